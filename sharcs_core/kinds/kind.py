"""What there is to say of a kind of modality; each module beside this one says it of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.readers.checks import MAX_BYTES
from sharcs_core.structures import Floats, Inputs

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from sharcs_core.config import EncoderConfig

C = TypeVar("C")


@dataclass_transform(frozen_default=True)
def frozen_form(form: type[C]) -> type[C]:
    """Makes a form: a frozen dataclass that is checked where it is made, from Python and from JSON alike."""
    made: Any = checked_dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))(form)
    checked: type[C] = made
    return checked


Arrays = Mapping[str, NDArray[Any]]
Notes = tuple[str, ...]
"""What was changed to read or to prepare an input, a sentence each without its full stop."""


class Form:
    """What the inputs of a modality are like, and all that is needed to prepare one.

    Fitted on training inputs alone and kept in the task's card; JSON in and out through
    :func:`sharcs_core.kinds.form_to_json` and :func:`sharcs_core.kinds.form_from_json`.
    """

    kind: ClassVar[str]

    @property
    def read_size(self) -> tuple[int, int] | None:
        """Height and width in pixels that files are read as large as; None where the usual will do."""
        return None


class File(NamedTuple):
    """An input as a file: what its name ends in, its content, and its media type."""

    suffix: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Paper:
    """What a hand draws an input on.

    Attributes:
        width, height: of the whole input, in its own pixels.
        ground: its brightness, from 0, black, to 1, white; ink is the other of the two.
    """

    width: int
    height: int
    ground: float


Faults = Iterator[tuple[str, str]]
"""What was expected and what came, both in words."""


def no_noise(config: EncoderConfig, batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Nothing varies the inputs of a kind that has no jitter."""
    return {}


def not_drawn(form: Form, inputs: Inputs) -> Paper | None:
    """Nothing: no hand draws an input of such a kind."""
    return None


F = TypeVar("F", bound=Form)


@dataclass(frozen=True)
class Kind(Generic[F]):
    """One kind of modality.

    A *raw* input is what a person brings of one input, in the shape that Python people have it in: a NumPy array or
    a PIL picture, a networkx or PyG graph, a mapping or sequence of cells, a sentence.

    Attributes:
        name: such as ``image``.
        form: the class of its forms.
        arrays: the arrays that every input of the kind has, the first of them as long as there are inputs.
        suffixes: of the files that ``read`` takes, the usual one first.
        words: a form → the words that its arrays count: of a text, word t is that of token t; of a table, its columns.
        takes: whether something is a raw input of the kind, by its type alone.
        fit: raw training inputs → their form. Raises UserError for what is no input of the kind.
        prepare: a form and raw inputs → the inputs as arrays, and notes on each. Raises UserError.
        read: a form, a file's name and its content → a raw input, and notes. Raises InputError.
        decode: a file's name and content → a raw input and notes, where nothing is known of training yet; None where a
            file cannot tell without, as that of a table's row. Raises InputError.
        write: a form, inputs and a row → that input as a file, which ``read`` and ``prepare`` take back as it was
            where the file format keeps it.
        settings: a form → the encoder that fits it, where nothing else is asked for.
        encoder: settings and K → the encoder, raw scores (B, K) out of a batch of the arrays.
        faults: settings and inputs → what an encoder of these settings expects of the arrays and what came, both in
            words, as far as one does not go with the other.
        vary: settings, a batch and a generator → the arrays of noise that vary the batch in training; none where the
            settings ask for no jitter.
        counts: a form and inputs → what can be out of range, (n, Q); None where only the features of the encoder tell.
        says: a form, the place of such a quantity and its value → the same in words.
        sized: a form, or None where none is known yet, and height and width in pixels → the form of inputs of that
            size; None of a kind whose inputs have none.
        paper: a form and some inputs → what a hand would draw such an input on; None of what is not drawn by hand.
        typed: whether people rather write an input than bring a file of it.
        of_columns: whether an input is a row of cells, so that a sheet holds it itself.
        drawable: a form → part of a drawing → the attributes of inputs that may say it; None where there is nothing
            to choose.
        max_bytes: of a file.
        perturb: inputs, a level in [0, 1], a generator, and whether the encoder goes by positions → the arrays that
            change under so much noise.
    """

    name: str
    form: type[F]
    arrays: tuple[str, ...]
    suffixes: tuple[str, ...]
    words: Callable[[F], tuple[str, ...]]
    takes: Callable[[Any], bool]
    fit: Callable[[Sequence[Any]], F]
    prepare: Callable[[F, Sequence[Any]], tuple[Inputs, tuple[Notes, ...]]]
    read: Callable[[F, str, bytes], tuple[Any, Notes]]
    write: Callable[[F, Inputs, int], File]
    settings: Callable[[F], EncoderConfig]
    encoder: Callable[[EncoderConfig, int], nn.Module]
    faults: Callable[[EncoderConfig, Inputs], Faults]
    perturb: Callable[[Inputs, float, np.random.Generator, bool], Arrays]
    vary: Callable[[EncoderConfig, Mapping[str, Tensor], torch.Generator], dict[str, Tensor]] = no_noise
    counts: Callable[[F, Inputs], Floats] | None = None
    says: Callable[[F, int, float], str] | None = None
    decode: Callable[[str, bytes], tuple[Any, Notes]] | None = None
    sized: Callable[[F | None, tuple[int, int]], F] | None = None
    paper: Callable[[F, Inputs], Paper | None] = not_drawn
    typed: bool = False
    of_columns: bool = False
    drawable: Callable[[F], Mapping[str, tuple[str, ...]]] | None = None
    max_bytes: int = MAX_BYTES


def form_values(form: Form) -> dict[str, Any]:
    """The fields of a form, as JSON has them, its kind first."""
    return {"kind": form.kind, **asdict(form)}  # type: ignore[call-overload]

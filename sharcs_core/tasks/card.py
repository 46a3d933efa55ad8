"""The card of a task: all that is to be known of it without its data and without its code.

A run carries the card of its task, so that it can be loaded, shown and used where the task itself is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, Literal, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, PlainSerializer, PlainValidator, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from sharcs_core.errors import UserError
from sharcs_core.faults import plain_part
from sharcs_core.kinds import KINDS, form_from_json
from sharcs_core.kinds.kind import Form, form_values
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.modality_names import check_modality_name
from sharcs_core.named import names_of_values

C = TypeVar("C")

NOT_KNOWN = "not known"
"""What is said of an input of whose meaning nothing is known."""


@dataclass_transform(frozen_default=True)
def _frozen(part: type[C]) -> type[C]:
    """A frozen dataclass that is checked where it is made, from Python and from JSON alike."""
    made: Any = checked_dataclass(frozen=True, config=ConfigDict(extra="forbid"))(part)
    checked: type[C] = made
    return checked


def _form(value: object) -> Form:
    if isinstance(value, Form):
        return value
    if isinstance(value, Mapping):
        return form_from_json(value)
    raise UserError(f"The form of a modality must be an object (got {type(value).__name__})")


AnyForm = Annotated[Form, PlainValidator(_form), PlainSerializer(form_values)]


@_frozen
class Target:
    """What is predicted. Loss, tree, figures, words of an answer and colours ask it.

    Attributes:
        names: the classes, in the order of their numbers.
        title: what is predicted, in a word or two, such as ``sum``.
        kind: ``class``: one of several names. There is no other yet.
    """

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    title: str = "class"
    kind: Literal["class"] = "class"

    @property
    def n(self) -> int:
        """How many outputs a model of it has."""
        return len(self.names)

    def name(self, index: int) -> str:
        """What an answer is called."""
        return self.names[index]


@_frozen
class Modality:
    """One kind of input of a task.

    Attributes:
        name: such as ``graph``; what can be one, :mod:`sharcs_core.modality_names` says.
        title: for people, such as ``Superpixel graph``.
        form: what its inputs are like, and how one is prepared.
        key_names: semantics key → what it says in words, such as ``digit 7``; none where each input means only itself.
        states: the factors of which its inputs say something; None for all that the task knows.
        draws: part of a drawing → the attribute of its inputs that says it, see ``Kind.drawable``.
        explains: whether its inputs say why a sample is of its class, and so give it away; see
            :attr:`sharcs_core.config.ModelConfig.explaining`.
    """

    name: str
    title: str
    form: AnyForm
    key_names: tuple[str, ...] = ()
    states: tuple[str, ...] | None = None
    draws: Mapping[str, str] = field(default_factory=dict)
    explains: bool = False

    def __post_init__(self) -> None:
        check_modality_name(self.name)

    @property
    def kind(self) -> str:
        """``tabular``, ``image``, ``graph`` or ``text``."""
        return self.form.kind

    def key_name(self, key: int) -> str:
        """What a key says in words; ``not known`` of an input of which nothing is."""
        return NOT_KNOWN if key == UNKNOWN else self.key_names[key]

    @property
    def words(self) -> tuple[str, ...]:
        """Of a text: token t is ``words[t]``; token 0 is padding and has no word. Of a table: its columns."""
        return KINDS[self.kind].words(self.form)


@_frozen
class SheetColumns:
    """Where the inputs of a task stand in a sheet, a row a sample, so that another such sheet is read alike.

    Attributes:
        columns: modality → the column whose cells are its texts, or name its files; tables have the names of their own.
        in_files: the modalities of which the cells name files.
        id, label, split, group: columns; None where there is none.
        missing: cells that say nothing, beside the empty one.
        means: modality → factor → the column that says its value.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    in_files: tuple[str, ...] = ()
    id: str | None = None
    label: str | None = None
    split: str | None = None
    group: str | None = None
    missing: tuple[str, ...] = ()
    means: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@_frozen
class TaskCard:
    """What a task is.

    Attributes:
        name: of letters, digits and ``_``.
        title, summary, question: for people.
        factors: what the semantics keys are known to be made of: name of a factor → its value for each key; -1 where
            the key says nothing of it.
        values: factor → what its values are called, such as ``red``; read off the names of the keys where they are not
            given.
        facts: what the content of a sample states, in words → modality → the factor of its key that states it.
        compared: in words → modality → factor, of what the question compares though nothing says that they are one
            fact; facts that several modalities state are compared anyway.
        own_keys: whether nothing is known of what inputs mean, so that each sample is its own key. A key is then no
            more than the class of the sample that an input belongs to: it says what an input resembles, and neither
            aligns modalities nor scores retrieval.
        traits: what may hold for a sample and is no input, such as ``has an alcohol``; concepts are described by it.
        sheet: where its inputs stand in a sheet; None of a task that was not made of one.
        redistribute: whether originals may be kept with a run.
        license: text of the licence that the originals come under, to be kept with every copy; None where free.
    """

    name: str
    title: str
    summary: str
    question: str
    target: Target
    modalities: tuple[Modality, ...]
    factors: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    compared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    own_keys: bool = False
    traits: tuple[str, ...] = ()
    sheet: SheetColumns | None = None
    redistribute: bool = True
    license: str | None = None

    def __post_init__(self) -> None:
        names = [modality.name for modality in self.modalities]
        if len(set(names)) < len(names):
            raise UserError(f"Every modality needs a name of its own (got {names})")
        for factor, called in self.values.items():
            if len(called) != self.n_values(factor):
                raise UserError(f"{factor!r} has {self.n_values(factor)} values (got {len(called)} names)")
        for modality in self.modalities:
            unknown = sorted(set(modality.states or ()) - set(self.factors))
            if unknown:
                raise UserError(f"{modality.name!r} states {unknown[0]!r}; choose from {sorted(self.factors)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the modalities, in their order."""
        return tuple(modality.name for modality in self.modalities)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The names of those that the class is predicted from."""
        return tuple(modality.name for modality in self.modalities if not modality.explains)

    @property
    def titles(self) -> dict[str, str]:
        """Modality → what people call it."""
        return {modality.name: modality.title for modality in self.modalities}

    @property
    def meanings(self) -> Meanings:
        """When two inputs mean the same."""
        return Meanings(self.factors, self.own_keys)

    def modality(self, name: str) -> Modality:
        """The modality of that name.

        Raises:
            UserError: for a name that the task does not have.
        """
        for modality in self.modalities:
            if modality.name == name:
                return modality
        names = [modality.name for modality in self.modalities]
        raise UserError(f"{self.name} has no modality {name!r}; choose one of {names}")

    def stated_by(self, modality: str) -> tuple[str, ...]:
        """The factors of which inputs of a modality say something, in the order of the task."""
        states = self.modality(modality).states
        return tuple(factor for factor in self.factors if states is None or factor in states)

    def full_keys(self, modality: str) -> tuple[int, ...]:
        """The keys that say something of all that a modality states, and of nothing else."""
        if not self.factors:
            return tuple(range(len(self.modality(modality).key_names)))
        stated = self.stated_by(modality)
        known = zip(*[[value != UNKNOWN for value in values] for values in self.factors.values()], strict=True)
        wanted = tuple(factor in stated for factor in self.factors)
        return tuple(key for key, says in enumerate(known) if says == wanted and stated)

    def value_names(self, factor: str) -> tuple[str, ...]:
        """What the values of a factor are called, (V,).

        Raises:
            UserError: for a factor that the task does not know.
        """
        self.n_values(factor)  # says which there are
        return self.values.get(factor) or names_of_values(self.factors, self.modalities[0].key_names, factor)

    def n_values(self, factor: str) -> int:
        """How many values a factor has.

        Raises:
            UserError: for a factor that the task does not know.
        """
        if factor not in self.factors:
            raise UserError(f"{self.name} has no factor {factor!r}; choose from {sorted(self.factors)}")
        return max(self.factors[factor]) + 1


_CARD = TypeAdapter(TaskCard)


def card_values(card: TaskCard) -> dict[str, Any]:
    """The card as JSON has it."""
    values: dict[str, Any] = _CARD.dump_python(card, mode="json")
    return values


def card_from_json(values: Any) -> TaskCard:
    """The inverse of :func:`card_values`.

    Raises:
        UserError: that names what is wrong.
    """
    try:
        return _CARD.validate_python(values)
    except ValidationError as error:
        raise UserError(f"This is not the card of a task: {_in_words(error.errors(include_url=False)[0])}") from None


def _in_words(fault: Mapping[str, Any]) -> str:
    place: Sequence[int | str] = fault["loc"]
    return f"{'.'.join(map(plain_part, place))}: {fault['msg']}"

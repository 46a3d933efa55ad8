"""What a task is: its modalities, its classes, its splits, and how a person's own input is read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import RunConfig, changed
from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS, check_arrays
from sharcs_core.kinds.kind import File, Form
from sharcs_core.meanings import UNKNOWN
from sharcs_core.readers.checks import InputError
from sharcs_core.structures import Inputs, Ints, Split, TaskData
from sharcs_core.tasks import arrays
from sharcs_core.tasks.card import TaskCard
from sharcs_core.tasks.given import check_kinds, check_texts
from sharcs_core.tasks.usual import usual_settings

CONCEPTS = ("free", "named")
"""What a model is trained with: concepts that it finds by itself, or such as follow the values of known factors."""


Reader = Callable[[str, bytes], tuple[Inputs, tuple[str, ...]]]
"""A file's name and content → one input, prepared, and notes on what was changed to read it."""


@dataclass(frozen=True)
class Making:
    """How the file that someone brought for one modality gives an input of another.

    Attributes:
        source: the modality of that file.
        offer: what is offered, in a few words.
        about: more of it, in a sentence.
        make: the file's name and content → the input. Raises InputError.
        note: what is to be known of such an input.
        needs: a note on the reading of the file without which it gives none.
    """

    source: str
    offer: str
    about: str
    make: Callable[[str, bytes], Inputs]
    note: str
    needs: str | None = None

    def is_offered(self, notes: Sequence[str]) -> bool:
        """Whether a file gives an input that was read with these notes."""
        return self.needs is None or self.needs in notes


class Task:
    """A task: its card, and what only code can say. Stateless; a loaded task is a ``TaskData``.

    A task needs a card and ``load``. What else it lacks is not to be had of it, and is said to be so: figures are n/a,
    buttons are not there.

    Attributes:
        card: what the task is; pages and commands read it.
        readers: modality → its own reader of people's files, which may mend what they bring. Where there is none, a
            file is read as the modality's kind and form say.
        suffixes: modality → the files that its own reader takes.
        makings: modality → how the file of another one gives an input of it.
        default_concepts: one of ``CONCEPTS``, where nothing else is asked for.
        guided: how explanations teach where to look, where that is not as usual, see
            :class:`sharcs_core.guided.settings.GuidedSettings`.
    """

    card: TaskCard
    readers: Mapping[str, Reader] = {}
    suffixes: Mapping[str, tuple[str, ...]] = {}
    makings: Mapping[str, Making] = {}
    default_concepts = "free"
    guided: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        return self.card.name

    def read(self, modality: str, file: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
        """A person's file as one prepared input, and notes on what was changed to read it.

        Raises:
            InputError: one sentence that names the fault and the mend.
        """
        if modality in self.readers:
            return self.readers[modality](file, content)
        form = self.card.modality(modality).form
        kind = KINDS[form.kind]
        raw, notes = kind.read(form, file, content)
        inputs, (more,) = kind.prepare(form, [raw])
        return inputs, (*notes, *more)

    def read_sentence(self, modality: str, sentence: str) -> tuple[Inputs, tuple[str, ...]]:
        """A sentence that was typed, read as a file with it would be.

        Raises:
            InputError: naming the fault and the mend.
        """
        if not sentence.strip():
            raise InputError("The sentence holds no words; write one, such as those of the examples")
        file = f"sentence{self.suffixes_of(modality)[0]}"
        try:
            return self.read(modality, file, sentence.encode())
        except UnicodeEncodeError:
            raise InputError("The sentence holds bytes that are no text; write it in plain letters") from None
        except InputError as error:
            raise InputError(str(error).replace(file, "The sentence", 1)) from None

    def write(self, modality: str, inputs: Inputs, row: int = 0) -> File:
        """An input as a file to download, which :meth:`read` reads again.

        Raises:
            UserError: for inputs of which a run keeps nothing.
        """
        check_arrays(inputs)
        form = self.card.modality(modality).form
        return KINDS[form.kind].write(form, inputs, row)

    def suffixes_of(self, modality: str) -> tuple[str, ...]:
        """What the files end in that :meth:`read` takes, the usual one first."""
        return self.suffixes.get(modality) or KINDS[self.card.modality(modality).kind].suffixes

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """The splits of the task.

        Args:
            seed: governs what is drawn.
            data_dir: holds what is not shipped.
            n_train: so many training samples, chosen by the seed; None is all. The other splits stay whole.
        """
        raise NotImplementedError

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        """The settings that the shipped run was trained with.

        Args:
            concepts: one of ``CONCEPTS``; None is ``default_concepts``.

        Raises:
            ValueError: for other concepts, or named ones where the task knows no factors.
        """
        raise NotImplementedError

    def named(self, concepts: str | None) -> dict[str, int]:
        """The factors that a model is taught, each with the number of its values; none for free concepts.

        Raises:
            ValueError: as :meth:`preset` does.
        """
        chosen = concepts or self.default_concepts
        if chosen not in CONCEPTS:
            raise UserError(f"Unknown concepts {chosen!r}; choose one of {list(CONCEPTS)}")
        if chosen == "free":
            return {}
        if not self.card.factors:
            raise UserError(f"{self.name} knows no factors that concepts could be named after; train free ones")
        return {name: max(values) + 1 for name, values in self.card.factors.items()}

    def run_name(self, concepts: str | None) -> str:
        """What a run is called unless something else is said: the task, and its concepts where they are not usual."""
        return self.name if concepts in (None, self.default_concepts) else f"{self.name}_{concepts}"

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        """Pairing and labels for one epoch of training; the split's own unless the task pairs afresh."""
        return split.pairing, split.labels

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The content of each sample's ``missing`` input, rendered in another modality of the task."""
        raise NotImplementedError

    @property
    def can_answer(self) -> bool:
        """Whether :meth:`answer` is to be had."""
        return type(self).answer is not Task.answer

    @property
    def can_tell_difficulties(self) -> bool:
        """Whether :meth:`difficulties` tells any kinds of samples apart."""
        return type(self).difficulties is not Task.difficulties

    @property
    def can_describe(self) -> bool:
        """Whether :meth:`describe` is to be had."""
        return type(self).describe is not Task.describe

    def can_describe_in(self, split: Split) -> bool:
        """Whether :meth:`describe` is to be had of the samples of a split."""
        return self.can_describe

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """The class that follows from what the inputs of a sample mean, modality → key.

        None where they contradict each other, or leave it open: what is needed may be missing from ``keys``.
        """
        return None

    def because(self, keys: Mapping[str, int]) -> str:
        """Why :meth:`answer` follows from what the inputs mean, as a clause such as ``7 + 2 = 9``; it names the class.

        Only asked where there is an answer.
        """
        return f"so the answer is {self.card.target.name(self._answered(keys))}"

    def _answered(self, keys: Mapping[str, int]) -> int:
        answer = self.answer(keys)
        if answer is None:
            raise ValueError(f"Nothing follows from the keys {dict(keys)}; ask answer() first")
        return answer

    def stated(self, keys: Mapping[str, int]) -> dict[str, set[int]]:
        """What inputs of these keys state: fact → its values, of which there are several where they contradict."""
        return {
            fact: {
                value
                for name, factor in by.items()
                if keys.get(name, UNKNOWN) != UNKNOWN and (value := self.card.factors[factor][keys[name]]) != UNKNOWN
            }
            for fact, by in self.card.facts.items()
        }

    def difficulties(self, split: Split) -> Mapping[str, NDArray[np.bool_]]:
        """Kinds of sample whose accuracy is worth reporting apart: name → which samples (n,); none by default."""
        return {}

    @staticmethod
    def from_arrays(
        name: str,
        inputs: Mapping[str, Any],
        labels: Sequence[Hashable | None],
        *,
        means: arrays.Means | None = None,
        split: Sequence[str] | None = None,
        ids: Sequence[Hashable] | None = None,
        kinds: Mapping[str, str | Form] | None = None,
        title: str | None = None,
        summary: str = "",
        question: str = "Which class is it?",
        target: str = "class",
        seed: int = 0,
    ) -> LoadedTask:
        """A task out of what is in memory.

        What prepares an input is fitted on the training samples alone and kept in the task's card.

        Args:
            name: of letters, digits and ``_``.
            inputs: modality → an input a sample, None where it has none: NumPy or PIL pictures, networkx or PyG
                graphs, a pandas data frame or rows of cells, sentences.
            labels: the class of each sample, a word or a number, None where it is not known; numbers that people write
                alike are one class, so that ``1`` and ``1.0`` are ``1``, whatever their type; ``True`` is ``True``.
            means: modality → factor → its value for each sample, None where unknown: what the inputs are known to
                say. Concepts are named after it, and inputs of equal meaning are drawn together.
            split: ``train``, ``validation`` or ``test`` for each sample; drawn by the seed, class by class, where it
                is not given.
            ids: what each sample is called; its number where they are not given.
            kinds: modality → its kind, or its form, where what it is does not say it.
            target: what is predicted, in a word.

        Raises:
            UserError: one sentence that names the fault and the mend.
        """
        check_texts(name, title=title or "", summary=summary, question=question, target=target)
        given = arrays.checked(inputs, labels, means=means, split=split, ids=ids, seed=seed)
        check_kinds(kinds or {}, list(inputs))
        card, values = arrays.card_of(
            given,
            kinds or {},
            name=name,
            title=title or name.replace("_", " ").capitalize(),
            summary=summary,
            question=question,
            target=target,
        )
        return LoadedTask(card, arrays.data_of(card, given, values))


class DescribedTask(Task):
    """A task of which nothing is known but its card, as a run brings it."""

    def __init__(self, card: TaskCard) -> None:
        self.card = card
        self.default_concepts = "named" if card.factors else "free"

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """Not to be had.

        Raises:
            UserError: always: a card brings no data.
        """
        raise UserError(
            f"The data of {self.name} are not here: the run brings their description alone, so its figures are those "
            "that it was made with"
        )

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        return usual_settings(self.card, 0, seed, self.named(concepts))


class LoadedTask(Task):
    """A task whose data are in memory.

    Args:
        settings: of the model and its training, those that differ from the usual ones, as in :func:`config.changed`.
    """

    def __init__(self, card: TaskCard, data: TaskData, settings: Mapping[Any, Any] | None = None) -> None:
        self.card = card
        self.data = data
        self.settings = settings or {}
        self.default_concepts = "named" if card.factors else "free"

    def load(self, seed: int, data_dir: Path | None = None, n_train: int | None = None) -> TaskData:
        """The splits that the task was made of, whatever the seed.

        Raises:
            UserError: for an ``n_train`` that there are not.
        """
        if n_train is None:
            return replace(self.data, seed=seed)
        if not 2 <= n_train <= len(self.data.train):
            raise UserError(f"n_train must be 2 … {len(self.data.train):,} (got {n_train})")
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.data.train))[:n_train])
        return replace(self.data, seed=seed, train=self.data.train.select(chosen))

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        usual = usual_settings(self.card, len(self.data.train), seed, self.named(concepts))
        return changed(usual, self.settings) if self.settings else usual

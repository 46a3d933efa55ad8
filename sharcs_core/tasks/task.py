"""What a task is: its modalities, its classes, its splits, and how a person's own input is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import RunConfig
from sharcs_core.errors import UserError
from sharcs_core.modality_names import check_modality_name
from sharcs_core.structures import Inputs, Ints, Split, TaskData

CONCEPTS = ("free", "named")
"""What a model is trained with: concepts that it finds by itself, or such as follow the values of known factors."""


@dataclass(frozen=True)
class Modality:
    """One kind of input of a task.

    Attributes:
        name: such as ``graph``; what can be one, :mod:`sharcs_core.modality_names` says.
        kind: ``tabular``, ``image``, ``graph`` or ``text``.
        title: for people, such as ``Superpixel graph``.
        key_names: semantics key → what it says in words, such as ``digit 7``.
        read: a file's name and content → one input and notes on what was changed to read it.
        suffixes: the file types ``read`` takes.
        words: of a text: token t is ``words[t]``; token 0 is padding and has no word. Of a table: the names of its
            columns.
    """

    name: str
    kind: str
    title: str
    key_names: tuple[str, ...]
    read: Callable[[str, bytes], tuple[Inputs, tuple[str, ...]]]
    suffixes: tuple[str, ...]
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_modality_name(self.name)


class Task:
    """A task. Subclasses are stateless; a loaded task is a :class:`~sharcs_core.structures.TaskData`.

    Attributes:
        factors: what the semantics keys are known to be made of: name of a factor → its value for each key.
        facts: what the content of a sample states, in words → modality → the factor of its key that states it.
        compared: in words → modality → factor, of what the question compares though nothing says that they are one
            fact; facts that several modalities state are compared anyway.
        default_concepts: one of ``CONCEPTS``, where nothing else is asked for.
    """

    name: str
    title: str
    summary: str
    question: str
    modalities: tuple[Modality, ...]
    class_names: tuple[str, ...]
    factors: ClassVar[Mapping[str, tuple[int, ...]]] = {}
    facts: Mapping[str, Mapping[str, str]] = {}
    compared: Mapping[str, Mapping[str, str]] = {}
    default_concepts = "free"

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
        if not self.factors:
            raise UserError(f"{self.name} knows no factors that concepts could be named after; train free ones")
        return {name: max(values) + 1 for name, values in self.factors.items()}

    def run_name(self, concepts: str | None) -> str:
        """What a run is called unless something else is said: the task, and its concepts where they are not usual."""
        return self.name if concepts in (None, self.default_concepts) else f"{self.name}_{concepts}"

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        """Pairing and labels for one epoch of training; the split's own unless the task pairs afresh."""
        return split.pairing, split.labels

    def describe(self, split: Split, missing: str, described_in: str, rng: np.random.Generator) -> Inputs:
        """The content of each sample's ``missing`` input, rendered in another modality of the task."""
        raise NotImplementedError

    def answer(self, keys: Mapping[str, int]) -> int | None:
        """The class that follows from what the inputs of a sample mean, modality → key.

        None where they contradict each other, or leave it open: what is needed may be missing from ``keys``.
        """
        return None

    def because(self, keys: Mapping[str, int]) -> str:
        """Why :meth:`answer` follows from what the inputs mean, as a clause such as ``7 + 2 = 9``; it names the class.

        Only asked where there is an answer.
        """
        return f"so the answer is {self.class_names[self._answered(keys)]}"

    def _answered(self, keys: Mapping[str, int]) -> int:
        answer = self.answer(keys)
        if answer is None:
            raise ValueError(f"Nothing follows from the keys {dict(keys)}; ask answer() first")
        return answer

    def stated(self, keys: Mapping[str, int]) -> dict[str, set[int]]:
        """What inputs of these keys state: fact → its values, of which there are several where they contradict."""
        return {
            fact: {self.factors[factor][keys[name]] for name, factor in by.items() if name in keys}
            for fact, by in self.facts.items()
        }

    def difficulties(self, split: Split) -> Mapping[str, NDArray[np.bool_]]:
        """Kinds of sample whose accuracy is worth reporting apart: name → which samples (n,); none by default."""
        return {}

    def data_license(self) -> str | None:
        """Text of the licence that the task's originals come under, to be kept with every copy; None where free."""
        return None

    def modality(self, name: str) -> Modality:
        """The modality of that name. Raises ValueError for a name that the task does not have."""
        for modality in self.modalities:
            if modality.name == name:
                return modality
        names = [modality.name for modality in self.modalities]
        raise UserError(f"{self.name} has no modality {name!r}; choose one of {names}")

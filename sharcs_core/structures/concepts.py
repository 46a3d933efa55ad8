"""What concepts stand for, what is asked about them, and which of them were kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Factor:
    """A known factor of the semantics keys whose values are taught as concepts.

    A factor of two values takes one concept, on for the second of them; a factor of more takes one a value.

    Attributes:
        name: such as ``colour``.
        n_values: at least 2.
        first: the place of its first concept among the T.

    >>> Factor("size", 2, 0).concepts, Factor("shape", 3, 1).concepts
    ((0,), (1, 2, 3))
    """

    name: str
    n_values: int
    first: int

    @property
    def concepts(self) -> tuple[int, ...]:
        """The places of its concepts among the T."""
        return tuple(range(self.first, self.first + (1 if self.n_values == 2 else self.n_values)))


@dataclass(frozen=True)
class Question:
    """What a node of the tree asks: whether a concept is on in one modality, or whether two modalities agree.

    Attributes:
        modalities: the one that is asked, or the two that are compared.
        concepts: the one that is asked about, or all that the agreement reads: those of a factor, or a free one.
        factor: what the two are compared by; None where a single concept is asked about.
        is_told: whether the modality says something of what is asked. It has its place among the questions where not,
            and no tree asks it.
    """

    modalities: tuple[str, ...]
    concepts: tuple[int, ...]
    factor: str | None = None
    is_told: bool = field(default=True, compare=False)

    @property
    def kind(self) -> str:
        """``concept`` or ``agreement``."""
        return "concept" if len(self.modalities) == 1 else "agreement"


@dataclass(frozen=True)
class Removal:
    """One step of choosing concepts: which went, and what validation was after it.

    Attributes:
        concept: its place among the concepts before choosing.
        tree_accuracy: of a tree on what is left.
        recall: recall@1, the least of all ways between two modalities.
    """

    concept: int
    tree_accuracy: float
    recall: float


@dataclass(frozen=True)
class Choice:
    """Which of a model's concepts were kept, and what it cost, on validation samples.

    Attributes:
        n_before: concepts before choosing.
        kept: their places among these, rising.
        tree_accuracy, recall: of all concepts, as in :class:`Removal`.
        removals: in the order in which they went.
    """

    n_before: int
    kept: tuple[int, ...]
    tree_accuracy: float
    recall: float
    removals: tuple[Removal, ...]

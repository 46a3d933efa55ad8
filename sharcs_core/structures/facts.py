"""What is said of one sample, as data: each fact can be checked before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass

from sharcs_core.structures.concepts import Question
from sharcs_core.structures.explanation import Neighbour
from sharcs_core.structures.inputs import Ints


@dataclass(frozen=True)
class Region:
    """A part of an input that has a name.

    Attributes:
        words: such as ``upper left``, ``node 4``, ``bit_1`` or ``“red”``.
        members: the pixels of a picture, counted row by row, or the nodes, columns or words that it is.
    """

    modality: str
    words: str
    members: Ints


@dataclass(frozen=True)
class SaysClass:
    """The model says a class, with that probability."""

    class_index: int
    probability: float


@dataclass(frozen=True)
class IsRead:
    """A concept is on or off, or two modalities agree or not, and it is read in some regions.

    Attributes:
        value: whether it is on, or whether they agree.
        regions: of one input or of both, what has most of the evidence first; none where nothing stands out.
    """

    question: Question
    value: bool
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class IsLike:
    """Of all inputs of another modality in the bank that say the same of a question, one is nearest to an input.

    Attributes:
        modality: of the input.
        concept: what both say, and whether it is on.
    """

    modality: str
    neighbour: Neighbour
    concepts: tuple[int, ...]


@dataclass(frozen=True)
class WouldChange:
    """With one change to what is read, the model would say another class.

    Attributes:
        words: the change.
        edits: modality, concept and value, as they carry it out.
    """

    words: str
    edits: tuple[tuple[str, int, float], ...]
    class_index: int


Fact = SaysClass | IsRead | IsLike | WouldChange


@dataclass(frozen=True)
class Said:
    """Two or three sentences on one sample, and the facts that they tell."""

    facts: tuple[Fact, ...]
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences, one after the other."""
        return " ".join(self.sentences)

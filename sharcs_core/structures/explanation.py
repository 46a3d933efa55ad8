"""Everything that is to be said of one sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sharcs_core.structures.concepts import Question
from sharcs_core.structures.inputs import Floats


@dataclass(frozen=True)
class Neighbour:
    """A bank row close to a query in the shared space."""

    id: str
    modality: str
    row: int
    distance: float
    key: int
    shared_concepts: tuple[int, ...]


@dataclass(frozen=True)
class TreeStep:
    """One decision on a sample's way through the tree.

    Attributes:
        node: where it was asked.
        column: the question's place among all questions of the run.
        question: what was asked.
        value: the answer: whether the concept is on, or whether the two agree.
    """

    node: int
    column: int
    question: Question
    value: bool


@dataclass(frozen=True)
class TreePath:
    """The way of one sample: its steps, where it ended, and what the tree says there.

    ``stopped_for`` names a missing modality that the next question would have needed; then ``node`` is that
    question, ``asks`` what it asks, and ``probabilities`` are those of the training samples that reached it.
    """

    steps: tuple[TreeStep, ...]
    node: int
    probabilities: Floats
    stopped_for: str | None = None
    asks: Question | None = None

    @property
    def class_index(self) -> int:
        return int(np.argmax(self.probabilities))


@dataclass(frozen=True)
class Missing:
    """How a missing modality was handled: ``described`` (by an input of ``described_in``) or ``absent``."""

    handling: str
    described_in: str | None = None
    stand_in: Neighbour | None = None


@dataclass(frozen=True)
class Unusual:
    """How far one input lies from what the model was trained on.

    Attributes:
        score: 1 is the limit, above which it is unusual.
        says: the same in a short clause.
    """

    modality: str
    score: float
    says: str

    @property
    def is_unusual(self) -> bool:
        return self.score > 1


@dataclass(frozen=True)
class Explanation:
    """Everything a page or a notebook shows about one sample.

    Attributes:
        sample_id: id in the run, or None for a sample that was brought.
        label: true class where known.
        probabilities: (C,).
        local: modality → (K,), present modalities only.
        shared: modality → (T,), present modalities and stand-ins.
        path: the way through the tree.
        neighbours: present modality → modality → the bank rows there that are nearest to the input of the first.
        missing: modality → how it was handled.
        positions: map method → modality → (2,) place on the map.
        unusual: present modality → how far its input lies from what the model was trained on; not of a sample of
            which a run keeps no input.
    """

    sample_id: str | None
    label: int | None
    probabilities: Floats
    local: Mapping[str, Floats]
    shared: Mapping[str, Floats]
    path: TreePath
    neighbours: Mapping[str, Mapping[str, tuple[Neighbour, ...]]]
    missing: Mapping[str, Missing]
    positions: Mapping[str, Mapping[str, Floats]]
    unusual: Mapping[str, Unusual] = field(default_factory=dict)

    @property
    def class_index(self) -> int:
        return int(np.argmax(self.probabilities))

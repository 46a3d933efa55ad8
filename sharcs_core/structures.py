"""Values that cross from one layer to the next.

Shape legend, used throughout the package:
    n  inputs or samples      B  batch          C  classes
    K  local concepts         T  shared concepts
    N  nodes of a graph, padded                 D  neighbours of a node, padded
    F  features of a node or of a table row
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Strings = NDArray[np.str_]
Codes = NDArray[np.bool_]

THRESHOLD = 0.5
"""A concept is *on* above this activation; the pattern of concepts that are on is the code."""

FIELDS: dict[str, tuple[str, ...]] = {
    "tabular": ("values",),
    "image": ("pixels",),
    "graph": ("nodes", "n_nodes", "neighbours"),
    "text": ("tokens",),
}
"""The arrays that an input of each kind of modality must bring."""


@dataclass(frozen=True)
class Inputs:
    """Many inputs of one kind, as arrays that share their first axis.

    ``tabular``: ``values`` (n, F) float. ``image``: ``pixels`` (n, H, W) or (n, H, W, 3) uint8.
    ``graph``: ``nodes`` (n, N, F) float, zero beyond ``n_nodes`` (n,), and ``neighbours`` (n, N, D), the
    nodes each node listens to, -1 where there are fewer. ``text``: ``tokens`` (n, L), 0 where there is none.
    Further arrays (a superpixel's ``segments``, say) travel along and are for display only.

    Raises:
        ValueError: for an unknown kind, a missing array, or arrays of unequal length.

    >>> rows = Inputs("tabular", {"values": np.eye(3)})
    >>> len(rows), rows.take([2, 0]).arrays["values"].tolist()
    (3, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    """

    kind: str
    arrays: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        if self.kind not in FIELDS:
            raise ValueError(f"Unknown kind of modality {self.kind!r}; choose one of {sorted(FIELDS)}")
        missing = [name for name in FIELDS[self.kind] if name not in self.arrays]
        if missing:
            raise ValueError(f"Inputs of kind {self.kind!r} need {list(FIELDS[self.kind])} (missing {missing})")
        lengths = {name: len(values) for name, values in self.arrays.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The arrays of inputs must be of equal length (got {lengths})")

    def __len__(self) -> int:
        return len(self.arrays[FIELDS[self.kind][0]])

    def take(self, index: Any) -> Inputs:
        """The inputs at ``index`` (integers, a Boolean mask or a slice), in that order."""
        chosen = slice(index.start, index.stop, index.step) if isinstance(index, slice) else np.asarray(index)
        return Inputs(self.kind, {name: values[chosen] for name, values in self.arrays.items()})


@dataclass(frozen=True)
class Split:
    """The inputs of one split, what they mean, and which of them make a sample.

    Attributes:
        inputs: the inputs of each modality.
        semantics: per modality (n,): inputs of equal key mean the same, whatever their modality.
        sources: per modality (n,): what an input was made from; a query never meets its own source.
        pairing: per modality (n_samples,): position of the sample's input.
        labels: (n_samples,) class of each sample.
    """

    inputs: Mapping[str, Inputs]
    semantics: Mapping[str, Ints]
    sources: Mapping[str, Ints]
    pairing: Mapping[str, Ints]
    labels: Ints

    def __len__(self) -> int:
        return len(self.labels)

    def samples(self, index: Any = slice(None)) -> dict[str, Inputs]:
        """The inputs of the samples at ``index``, a modality each, aligned."""
        return {name: self.inputs[name].take(rows[index]) for name, rows in self.pairing.items()}

    def select(self, index: Any) -> Split:
        """The samples at ``index``; the inputs stay whole, so positions keep their meaning."""
        return Split(
            self.inputs,
            self.semantics,
            self.sources,
            {name: rows[index] for name, rows in self.pairing.items()},
            self.labels[index],
        )

    def sample_semantics(self) -> dict[str, Ints]:
        """The semantics key of each sample's inputs, aligned with ``labels``."""
        return {name: self.semantics[name][rows] for name, rows in self.pairing.items()}

    def sample_sources(self) -> dict[str, Ints]:
        """The source of each sample's inputs, aligned with ``labels``."""
        return {name: self.sources[name][rows] for name, rows in self.pairing.items()}


@dataclass(frozen=True)
class DataSource:
    """Where a task's data came from: a name such as ``mnist-full`` and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class TaskData:
    """A loaded task: its three splits and the source they came from."""

    task: str
    seed: int
    source: DataSource
    train: Split
    validation: Split
    test: Split


@dataclass(frozen=True)
class BankSide:
    """What a bank holds of one modality; row i belongs to the bank's sample i.

    Attributes:
        ids: (n,) such as ``train/01234/image``.
        inputs: the originals, for display.
        semantics, sources: (n,) as in :class:`Split`.
        local: (n, K) local concepts in [0, 1].
        shared: (n, T) shared concepts in [0, 1].
        maps: projection method → (n, 2) coordinates on the map of the run.
        described: other modality → (n, T) shared concepts of the same content rendered there.
    """

    ids: Strings
    inputs: Inputs
    semantics: Ints
    sources: Ints
    local: Floats
    shared: Floats
    maps: Mapping[str, Floats] = field(default_factory=dict)
    described: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Bank:
    """Concepts and originals of a part of one split, sample by sample.

    Only the bank of the training split answers queries; the one of the test split holds unseen samples
    to look at.
    """

    sample_ids: Strings
    labels: Ints
    sides: Mapping[str, BankSide]

    def __len__(self) -> int:
        return len(self.sample_ids)

    def row(self, sample_id: str) -> int:
        """Row of a sample. Raises KeyError for an id that is not here."""
        found = np.flatnonzero(self.sample_ids == sample_id)
        if not len(found):
            raise KeyError(f"No sample {sample_id!r} in this bank; ids look like {str(self.sample_ids[0])!r}")
        return int(found[0])

    def shared(self) -> dict[str, Floats]:
        """Shared concepts of every modality, (n, T) each."""
        return {name: side.shared for name, side in self.sides.items()}


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
    """

    modalities: tuple[str, ...]
    concepts: tuple[int, ...]
    factor: str | None = None

    @property
    def kind(self) -> str:
        """``concept`` or ``agreement``."""
        return "concept" if len(self.modalities) == 1 else "agreement"


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
        limit: what the limit is, in words.
    """

    modality: str
    score: float
    says: str
    limit: str = ""

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
        neighbours: target modality → nearest bank rows, per present query modality.
        missing: modality → how it was handled.
        positions: map method → modality → (2,) place on the map.
        unusual: present modality → how far its input lies from what the model was trained on.
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

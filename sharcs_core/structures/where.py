"""From which parts of the inputs something that a model says comes.

A *share* is what a part adds to what is said, or, below 0, what it takes from it; the shares of one input add up to 1
without their signs, and are all 0 where nothing in it counts.

Shapes: H × W pixels of a picture, N nodes, E edges, C columns of a table, W words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures.concepts import Question
from sharcs_core.structures.inputs import Floats, Ints


@dataclass(frozen=True)
class Answer:
    """What is asked for where the class that a model says is to be explained; None is the one that it says."""

    class_index: int | None = None


Asked = Question | Answer
"""Something that a model says: a concept of one modality, an agreement of two, or a class."""


@dataclass(frozen=True)
class OnPicture:
    """Where in a picture.

    Attributes:
        shares: (H, W), a pixel each; 0 where the encoder does not look.
        seen: the first row and column that the encoder looks at, and those after the last; all of most pictures.
    """

    shares: Floats
    seen: tuple[int, int, int, int]

    def flat(self) -> Floats:
        """The shares of what is looked at, (pixels,)."""
        top, left, bottom, right = self.seen
        return self.shares[top:bottom, left:right].ravel()


@dataclass(frozen=True)
class OnGraph:
    """Where in a graph.

    Attributes:
        nodes: (N,) share of each.
        ends: (E, 2) of the edges that have shares, each once; none where an encoder reads places and not edges.
        edges: (E,) their shares. A loop counts with its node.
        regions: (H, W) the node that each pixel belongs to, N or more where to none; of superpixels alone, None of all
            others.
    """

    nodes: Floats
    ends: Ints
    edges: Floats
    regions: Ints | None = None

    def flat(self) -> Floats:
        """The shares of nodes and then of edges, (N + E,)."""
        return np.concatenate([self.nodes, self.edges])

    def painted(self) -> Floats | None:
        """The shares of nodes over the pixels of their regions, (H, W): each node's spread evenly; None without.

        A pixel that belongs to no node has none.
        """
        if self.regions is None:
            return None
        sizes = np.bincount(self.regions.ravel(), minlength=len(self.nodes))[: len(self.nodes)]
        return over_regions(self.nodes / np.maximum(sizes, 1), self.regions)


@dataclass(frozen=True)
class OnTable:
    """Where in a row of a table.

    Attributes:
        columns: the names of the C columns.
        cells: (C,) share of each.
    """

    columns: tuple[str, ...]
    cells: Floats

    def flat(self) -> Floats:
        """The shares, (C,)."""
        return self.cells


@dataclass(frozen=True)
class OnText:
    """Where in a text.

    Attributes:
        text: what was read.
        words: the W words of it, as they stand there.
        places: (W, 2) the first character of each and the one after its last.
        shares: (W,) of each.
    """

    text: str
    words: tuple[str, ...]
    places: Ints
    shares: Floats

    def flat(self) -> Floats:
        """The shares, (W,)."""
        return self.shares


Part = OnPicture | OnGraph | OnTable | OnText


@dataclass(frozen=True)
class Where:
    """From which parts of the inputs of one sample something that a model says comes.

    Attributes:
        asked: what is explained.
        says: whether the concept is on, or whether the two agree; True of a class.
        certainty: the probability of that, in [0, 1]; of a class, of that class.
        parts: present modality that has a say → where in its input. What is above 0 speaks for what is said: where a
            concept is off, for its being off.
        weights: the same modalities → what share of the evidence each has, signed, as shares are.
        nothing: the same modalities → the probability that the same is said where nothing is in its input; near
            ``certainty``, what is said is not read in that input but taken for granted.
        explainers: the same modalities → the name of what found it.
    """

    asked: Asked
    says: bool
    certainty: float
    parts: Mapping[str, Part]
    weights: Mapping[str, float]
    nothing: Mapping[str, float]
    explainers: Mapping[str, str]


def over_regions(values: Floats, regions: Ints) -> Floats:
    """The value of each node (N,) at the pixels (H, W) of its region; 0 where a pixel belongs to none.

    >>> over_regions(np.array([3.0, 5.0]), np.array([[0, 1], [255, 1]])).tolist()
    [[3.0, 5.0], [0.0, 5.0]]
    """
    spread: Floats = np.append(np.asarray(values, dtype=np.float64), 0.0)[np.minimum(regions, len(values))]
    return spread


def as_shares(values: Floats) -> NDArray[np.float64]:
    """Signed amounts of any unit as shares: without their signs they add up to 1; all 0 where all are.

    >>> as_shares(np.array([3.0, -1.0])).tolist(), as_shares(np.zeros(2)).tolist()
    ([0.75, -0.25], [0.0, 0.0])
    """
    amounts = np.asarray(values, dtype=np.float64)
    total = np.abs(amounts).sum()
    shares: NDArray[np.float64] = amounts / total if total > 0 else amounts * 0.0
    return shares

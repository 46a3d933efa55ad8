"""Who is joined to whom, in both ways that inputs keep it.

A *message* is an edge as an encoder reads it: from one node to one that listens to it. An edge without direction is
two messages, a loop is one.

Shapes: n graphs, N nodes, D neighbours, E edges or messages.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.graph.raw import RawGraph
from sharcs_core.structures import Floats, Inputs, Ints


class Messages(NamedTuple):
    """The messages of a graph.

    Attributes:
        ends: (E, 2) from and to, each pair once, sorted.
        edge: (E,) position of the raw edge that each is of.
        n_repeated: raw edges that joined the same nodes once more.
    """

    ends: Ints
    edge: Ints
    n_repeated: int


def messages(raw: RawGraph, directed: bool) -> Messages:
    """The messages of a raw graph; of edges that join the same nodes the first counts.

    Args:
        directed: whether the direction of edges is kept, where they have one.
    """
    ends = raw.ends if raw.directed else np.sort(raw.ends, axis=1)
    unlike = _first_of(ends, raw.n_nodes)
    kept = unlike if directed or not raw.directed else _first_of(np.sort(raw.ends, axis=1), raw.n_nodes)
    both_ways = not (directed and raw.directed)
    back = kept[raw.ends[kept, 0] != raw.ends[kept, 1]] if both_ways else kept[:0]
    told = np.concatenate([raw.ends[kept], raw.ends[back][:, ::-1]])
    order = np.lexsort((told[:, 1], told[:, 0]))
    return Messages(told[order], np.concatenate([kept, back])[order], len(ends) - len(unlike))


def is_one_way(raw: RawGraph) -> bool:
    """Whether some edge has a direction, and none goes back."""
    return raw.directed and len(messages(raw, directed=False).ends) > len(messages(raw, directed=True).ends)


def _first_of(ends: Ints, n_nodes: int) -> Ints:
    """Position of the first of each different pair."""
    first: Ints = np.unique(ends[:, 0] * n_nodes + ends[:, 1], return_index=True)[1]
    return first


def neighbours(ends: Ints, n_nodes: int, n_places: int, places: Floats | None) -> tuple[NDArray[np.int32], bool]:
    """The nodes that each listens to, in rising order, (N, n_places), -1 beyond; and whether some were left out.

    Args:
        ends: (E, 2) messages.
        places: (N, 2) in the plane: of too many the nearest are kept; None keeps the first.
    """
    away = np.zeros(len(ends)) if places is None else np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1)
    by_distance = ends[np.lexsort((ends[:, 0], away, ends[:, 1]))]
    kept = by_distance[_rank(by_distance[:, 1], n_nodes) < n_places]
    kept = kept[np.lexsort((kept[:, 0], kept[:, 1]))]
    heard = np.full((n_nodes, n_places), -1, dtype=np.int32)
    heard[kept[:, 1], _rank(kept[:, 1], n_nodes)] = kept[:, 0]
    return heard, len(kept) < len(ends)


def _rank(grouped: Ints, n_groups: int) -> Ints:
    """The place of each within its group; ``grouped`` (E,) is sorted."""
    counts = np.bincount(grouped, minlength=n_groups)
    ranks: Ints = np.arange(len(grouped)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks


def most_heard(ends: Ints) -> int:
    """The most messages that go to one node."""
    return int(np.bincount(ends[:, 1]).max(initial=0)) if len(ends) else 0


# -- of inputs


def messages_of(inputs: Inputs, row: int) -> Ints:
    """The messages of a graph, (E, 2) from and to, whichever way its edges are kept."""
    if "edges" in inputs.arrays:
        ends = inputs.arrays["edges"][row]
        listed: Ints = ends[ends[:, 0] >= 0].astype(np.int64)
        return listed
    heard = inputs.arrays["neighbours"][row][: int(inputs.arrays["n_nodes"][row])].astype(np.int64)
    listener, place = np.nonzero(heard >= 0)
    return np.stack([heard[listener, place], listener], axis=1)


def edges_of(inputs: Inputs, row: int, directed: bool = False) -> Ints:
    """The edges of a graph, (E, 2), each once and in rising order, to be drawn or written.

    Args:
        directed: each from where to where; otherwise the lower node comes first.

    >>> arrays = {"nodes": np.ones((1, 3, 1)), "n_nodes": np.array([3]), "neighbours": np.array([[[1], [0], [1]]])}
    >>> edges_of(Inputs("graph", arrays), 0).tolist()
    [[0, 1], [1, 2]]
    """
    ends = messages_of(inputs, row)
    edges: Ints = np.unique(ends if directed else np.sort(ends, axis=1), axis=0)
    return edges


def n_edges(inputs: Inputs) -> Floats:
    """Edges of each graph, loops not counted, (n,); one that is heard at one end alone counts half."""
    if "edges" in inputs.arrays:
        ends = inputs.arrays["edges"]
        counted = (ends[..., 0] >= 0) & (ends[..., 0] != ends[..., 1])
        n_counted: Floats = counted.sum(1) / 2
        return n_counted
    heard = inputs.arrays["neighbours"]
    itself = heard == np.arange(heard.shape[1])[:, None]
    halves: Floats = ((heard >= 0) & ~itself).sum((1, 2)) / 2
    return halves

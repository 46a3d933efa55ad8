"""Graphs under noise.

Shapes: n graphs, N nodes, D neighbours, E messages, F places of a node, P pairs of nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.graph.edges import messages_of
from sharcs_core.kinds.graph.form import STRUCTURE
from sharcs_core.kinds.graph.preparing import PLACE_COLUMN, STRUCTURE_COLUMN
from sharcs_core.kinds.graph.structure import betweenness, structure_of
from sharcs_core.kinds.kind import Arrays
from sharcs_core.structures import Codes, Inputs, Ints

SHIFT = 0.1
"""Standard deviation of a node's shift at level 1, in widths of the picture."""

CLOSE = 1e-3
"""A feature that differs from the betweenness by no more, for rounding, is the betweenness."""

VALUES_AT_ONCE = 4_000_000
"""Numbers held in memory at one time, so that many graphs need no more."""

_ROUNDS = 50
"""Draws of pairs of nodes before edges that were taken out are put back."""

Array = NDArray[Any]


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, positions: bool = False) -> Arrays:
    """Graphs under noise of a level in [0, 1].

    What a node says in a column is replaced with probability ``level`` by what another node of these graphs says
    there; each node that has a place moves by a normal shift of ``SHIFT`` · level. Edges that are a list are taken
    out with probability ``level``, and as many, with what they say, are put between random nodes that are not joined;
    loops stay. What is computed from how nodes are joined is computed anew. Neighbours of nodes in the plane stay.

    Graphs that do not say what their ``columns`` are: with ``positions`` their features are blended with uniform
    noise and their nodes moved within the picture; else edges are put elsewhere, and a single feature that is the
    betweenness is computed anew.
    """
    if "columns" in inputs.arrays:
        return _noisy(inputs, level, rng)
    return (_moved if positions else _rewired)(inputs, level, rng)


# -- graphs that say what their columns are


def _noisy(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    nodes = inputs.arrays["nodes"]
    columns = inputs.arrays["columns"][0] if len(nodes) else np.zeros(0, dtype=np.int64)
    is_node = np.arange(nodes.shape[1]) < inputs.arrays["n_nodes"][:, None]  # (n, N)
    said = nodes[is_node]  # (all nodes, F)
    for column in np.unique(columns[columns >= 0]):
        others = (np.arange(len(said)) + rng.integers(1, max(len(said), 2), len(said))) % len(said)
        replaced = rng.random(len(said)) < level
        own = columns == column
        said[:, own] = np.where(replaced[:, None], said[others][:, own], said[:, own])
    is_place = columns == PLACE_COLUMN
    if is_place.any():
        places = said[:, is_place]
        shifted = places + level * SHIFT * rng.standard_normal(places.shape)
        said[:, is_place] = shifted.clip(np.minimum(places, 0), np.maximum(places, 1))
    noisy: dict[str, Array] = {"nodes": np.zeros_like(nodes)}
    noisy["nodes"][is_node] = said
    if "edges" in inputs.arrays:
        noisy["edges"] = np.stack([_put_elsewhere(inputs, row, level, rng) for row in range(len(nodes))])
        if (columns == STRUCTURE_COLUMN).any():
            _compute_anew(noisy, inputs.arrays["n_nodes"])
    return noisy


def _put_elsewhere(inputs: Inputs, row: int, level: float, rng: np.random.Generator) -> Array:
    """The messages of a graph, (E, 2), some of them between other nodes, each in the place of the one it stands for."""
    edges = inputs.arrays["edges"][row].copy()
    ends, n_nodes = messages_of(inputs, row), int(inputs.arrays["n_nodes"][row])
    codes = ends[:, 0] * n_nodes + ends[:, 1]
    back = ends[:, 1] * n_nodes + ends[:, 0]
    both_ways = bool(np.isin(back, codes).all())
    forward = np.flatnonzero(ends[:, 0] < ends[:, 1] if both_ways else ends[:, 0] != ends[:, 1])
    taken = forward[rng.random(len(forward)) < level]
    kept = set(codes.tolist()) - set(codes[taken].tolist())
    new = _free_pairs(codes[taken], n_nodes, kept, both_ways, rng)
    place = {code: number for number, code in enumerate(codes.tolist())}
    edges[taken] = new
    if both_ways:
        edges[[place[code] for code in back[taken].tolist()]] = new[:, ::-1]
    moved: Array = edges
    return moved


def _free_pairs(
    taken: Ints, n_nodes: int, kept: set[int], both_ways: bool, rng: np.random.Generator
) -> NDArray[np.int32]:
    """As many pairs of nodes as were taken out (T, 2), different ones that are not joined; some of those taken where
    there are too few others. The lower node comes first where edges go both ways."""
    found: dict[int, None] = {}
    for _ in range(_ROUNDS if len(taken) else 0):
        pairs = rng.integers(0, n_nodes, (2 * len(taken) + 8, 2))
        pairs = np.sort(pairs, axis=1) if both_ways else pairs
        free = pairs[pairs[:, 0] != pairs[:, 1]]
        found |= dict.fromkeys(code for code in (free[:, 0] * n_nodes + free[:, 1]).tolist() if code not in kept)
        if len(found) >= len(taken):
            break
    codes = np.array(list(found | dict.fromkeys(taken.tolist()))[: len(taken)], dtype=np.int64)
    return np.stack([codes // n_nodes, codes % n_nodes], axis=1).astype(np.int32)


def _compute_anew(noisy: dict[str, Array], n_nodes: Ints) -> None:
    nodes, edges = noisy["nodes"], noisy["edges"]
    names = STRUCTURE[: nodes.shape[2]]
    for row, size in enumerate(n_nodes.tolist()):
        ends = edges[row][edges[row][:, 0] >= 0]
        nodes[row, :size] = structure_of(names, size, ends)


# -- graphs that do not


def _moved(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    """Graphs in the plane with their nodes blended with noise and shifted."""
    nodes = inputs.arrays["nodes"].astype(np.float32)  # (n, N, F)
    features, places = nodes[..., :-2], nodes[..., -2:]
    blended = (1 - level) * features + level * rng.random(features.shape)
    shifted = (places + level * SHIFT * rng.standard_normal(places.shape)).clip(0, 1)
    is_node = np.arange(nodes.shape[1]) < inputs.arrays["n_nodes"][:, None]
    noisy = np.concatenate([blended, shifted], axis=-1) * is_node[..., None]
    return {"nodes": noisy.astype(inputs.arrays["nodes"].dtype)}


def _rewired(inputs: Inputs, level: float, rng: np.random.Generator) -> dict[str, Array]:
    """Graphs without a place, some of their edges between other nodes."""
    nodes, neighbours = inputs.arrays["nodes"], inputs.arrays["neighbours"]
    n_nodes = inputs.arrays["n_nodes"].astype(np.int64)
    adjacency = adjacency_of(neighbours)
    is_central = nodes.shape[2] == 1 and np.allclose(nodes[..., 0], _betweenness(adjacency, n_nodes), atol=CLOSE)
    for part in _parts(len(nodes), nodes.shape[1] ** 3):
        adjacency[part] = _rewire(adjacency[part], n_nodes[part], level, rng)
    found: dict[str, Array] = {"neighbours": neighbours_of(adjacency, neighbours.shape[2]).astype(neighbours.dtype)}
    if is_central:
        found["nodes"] = _betweenness(adjacency, n_nodes)[..., None].astype(nodes.dtype)
    return found


def adjacency_of(neighbours: Ints) -> Codes:
    """Who is joined to whom: neighbours (n, N, D) → (n, N, N), symmetric, joined where either listens."""
    n_graphs, size, _ = neighbours.shape
    adjacency = np.zeros((n_graphs, size, size), dtype=bool)
    graph, node, place = np.nonzero(neighbours >= 0)
    adjacency[graph, node, neighbours[graph, node, place]] = True
    symmetric: Codes = adjacency | adjacency.transpose(0, 2, 1)
    return symmetric


def neighbours_of(adjacency: Codes, n_places: int) -> Ints:
    """Adjacency (n, N, N) → neighbours in rising order, -1 beyond; at least ``n_places`` a node, more if needed."""
    width = max(n_places, int(adjacency.sum(axis=2).max(initial=0)))
    order = np.argsort(~adjacency, axis=2, kind="stable")
    present = np.take_along_axis(adjacency, order, axis=2)
    packed = np.where(present, order, -1)
    missing = max(0, width - packed.shape[2])
    return np.pad(packed, ((0, 0), (0, 0), (0, missing)), constant_values=-1)[:, :, :width]


def _rewire(adjacency: Codes, n_nodes: Ints, level: float, rng: np.random.Generator) -> Codes:
    """(n, N, N) with each edge taken out with probability ``level`` and as many put in at random."""
    rows, columns = np.triu_indices(adjacency.shape[1], k=1)  # (P,)
    edges = adjacency[:, rows, columns]  # (n, P)
    kept = edges & (rng.random(edges.shape) >= level)
    free = ~kept & (columns[None, :] < n_nodes[:, None])  # also where an edge was just taken out
    order = np.where(free, rng.random(edges.shape), np.inf)
    n_taken = (edges & ~kept).sum(axis=1, keepdims=True)
    put_in = order.argsort(axis=1).argsort(axis=1) < n_taken
    graph, pair = np.nonzero(kept | put_in)
    rewired: Codes = adjacency & np.eye(adjacency.shape[1], dtype=bool)
    rewired[graph, rows[pair], columns[pair]] = rewired[graph, columns[pair], rows[pair]] = True
    return rewired


def _betweenness(adjacency: Codes, n_nodes: Ints) -> Array:
    """Betweenness (n, N) of every node of graphs of ``n_nodes`` (n,) each; 0 beyond."""
    found = np.zeros(adjacency.shape[:2])
    for size in np.unique(n_nodes):
        same = np.flatnonzero(n_nodes == size)
        found[same, :size] = betweenness(adjacency[same, :size, :size])
    return found


def _parts(n: int, values_each: int) -> list[slice]:
    size = max(1, VALUES_AT_ONCE // max(1, values_each))
    return [slice(start, start + size) for start in range(0, n, size)]

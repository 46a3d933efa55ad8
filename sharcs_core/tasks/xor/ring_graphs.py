"""Graphs of ten nodes whose two rings say two bits, under a few random edges.

Shapes: n graphs, N nodes, up to N neighbours a node (itself counted).
"""

from __future__ import annotations

import numpy as np

from sharcs_core.kinds.graph.structure import betweenness
from sharcs_core.structures import Codes, Inputs, Ints

N_NODES = 10
NOISE = 0.2


def _ring(nodes: list[int]) -> Codes:
    """Adjacency of one ring through ``nodes``, (10, 10)."""
    adjacency = np.zeros((N_NODES, N_NODES), dtype=bool)
    following = nodes[1:] + nodes[:1]
    adjacency[nodes, following] = adjacency[following, nodes] = True
    return adjacency


SMALL_RING = _ring([0, 1, 2, 3])
LARGE_RING = _ring([4, 5, 6, 7, 8, 9])
BRIDGE = _ring([3, 4])


def ring_graphs(third: Ints, second: Ints, rng: np.random.Generator) -> Inputs:
    """Graphs of ten nodes whose two rings say the bits, under a few random edges.

    Args:
        third: (n,) bit f3: whether nodes 4 to 9 form a ring.
        second: (n,) bit f2: whether nodes 0 to 3 form a ring. A bridge joins the rings where both are there.
    """
    return pack_adjacency(add_noise(clean_adjacency(third, second), rng))


def clean_adjacency(third: Ints, second: Ints) -> Codes:
    """Adjacency (n, 10, 10) of the graphs before noise; every node listens to itself."""
    has_small, has_large = (np.asarray(bit, dtype=bool)[:, None, None] for bit in (second, third))
    rings = (has_small & SMALL_RING) | (has_large & LARGE_RING) | (has_small & has_large & BRIDGE)
    with_loops: Codes = rings | np.eye(N_NODES, dtype=bool)
    return with_loops


def n_noise_edges(adjacency: Codes) -> Ints:
    """Random undirected edges to add to each graph: ⌊round(0.2·E) / 2⌋ of E directed entries, (n,)."""
    entries: Ints = np.rint(NOISE * adjacency.sum((1, 2))).astype(np.int64)
    return entries // 2


def add_noise(adjacency: Codes, rng: np.random.Generator) -> Codes:
    """The graphs with random undirected edges that were not there, (n, 10, 10)."""
    rows, columns = np.triu_indices(N_NODES, k=1)
    order = rng.random((len(adjacency), len(rows)))
    order[adjacency[:, rows, columns]] = np.inf  # an edge that is there is never drawn
    rank = order.argsort(axis=1).argsort(axis=1)
    graphs, pairs = np.nonzero(rank < n_noise_edges(adjacency)[:, None])
    noisy = adjacency.copy()
    noisy[graphs, rows[pairs], columns[pairs]] = noisy[graphs, columns[pairs], rows[pairs]] = True
    return noisy


def pack_adjacency(adjacency: Codes) -> Inputs:
    """Graphs as inputs of kind graph; a node's feature is its betweenness, its neighbours in rising order."""
    n_graphs = len(adjacency)
    order = np.argsort(~adjacency, axis=2, kind="stable")
    present = np.take_along_axis(adjacency, order, axis=2)
    return Inputs(
        "graph",
        {
            "nodes": betweenness(adjacency).astype(np.float32)[:, :, None],
            "n_nodes": np.full(n_graphs, N_NODES, dtype=np.int16),
            "neighbours": np.where(present, order, -1).astype(np.int8),
        },
    )

"""What can be said of a node by how it is joined to others.

Shapes: n graphs, N nodes, M edges, each once each way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.graph.form import MOST_FOR_BETWEENNESS
from sharcs_core.structures import Codes, Floats, Ints


def structure_of(names: tuple[str, ...], n_nodes: int, ends: Ints) -> NDArray[np.float32]:
    """Columns of ``STRUCTURE`` by name, (N, columns); the direction of edges and loops change nothing.

    Args:
        ends: (M, 2) positions of the nodes that each edge joins.

    >>> structure_of(("log_degree", "betweenness"), 3, np.array([[0, 1], [1, 2]])).round(2).tolist()
    [[0.6899999976158142, 0.0], [1.100000023841858, 1.0], [0.6899999976158142, 0.0]]
    """
    pairs = ends[ends[:, 0] != ends[:, 1]]
    both = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    compute = {"log_degree": _log_degree, "betweenness": _betweenness}
    columns = [compute[name](n_nodes, both) for name in names]
    return np.stack(columns, axis=1).astype(np.float32)


def _log_degree(n_nodes: int, ends: Ints) -> Floats:
    return np.log1p(np.bincount(ends[:, 0], minlength=n_nodes))


def _betweenness(n_nodes: int, ends: Ints) -> Floats:
    """Betweenness of every node (N,), in [0, 1], by Brandes' sums (2001) over all sources at a time."""
    from scipy.sparse import csr_array

    if not 3 <= n_nodes <= MOST_FOR_BETWEENNESS:
        return np.zeros(n_nodes)
    joined = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n_nodes, n_nodes))
    levels = [np.eye(n_nodes)]  # shortest paths from each source (a column) to the nodes that are so far away
    paths = levels[0]
    while levels[-1].any():
        levels.append(np.where(paths > 0, 0.0, joined @ levels[-1]))
        paths = paths + levels[-1]
    through = np.zeros((n_nodes, n_nodes))
    for nearer, farther in zip(levels[-2::-1], levels[:0:-1], strict=True):
        through += nearer * (joined @ np.where(farther > 0, (1 + through) / np.maximum(paths, 1), 0.0))
    np.fill_diagonal(through, 0.0)
    of_pairs: Floats = through.sum(1) / ((n_nodes - 1) * (n_nodes - 2))
    return of_pairs


def betweenness(adjacency: Codes) -> Floats:
    """Betweenness centrality of every node of many small graphs of one size, in [0, 1].

    Args:
        adjacency: (n, N, N) symmetric; self-loops change nothing.

    Returns:
        (n, N): share of shortest paths between other nodes that lead through a node, summed over the pairs
        and divided by their number, as networkx's ``betweenness_centrality`` has it (Freeman 1977).
    """
    distances, paths = shortest_paths(adjacency)
    through = distances[:, :, :, None] + distances[:, None, :, :]  # (n, from, via, to)
    on_the_way = through == distances[:, :, None, :]
    share = paths[:, :, :, None] * paths[:, None, :, :] / np.maximum(paths, 1)[:, :, None, :]
    node = np.arange(adjacency.shape[1])
    share[:, node, node, :] = share[:, :, node, node] = 0  # the ends of a path are not on its way
    share[:, node, :, node] = 0
    n_others = adjacency.shape[1] - 1
    of_pairs: Floats = np.where(on_the_way, share, 0).sum((1, 3)) / max(n_others * (n_others - 1), 1)
    return of_pairs


def shortest_paths(adjacency: Codes) -> tuple[Floats, Floats]:
    """Length and number of the shortest paths between every two nodes, (n, N, N) each; no path: inf and 0."""
    n_nodes = adjacency.shape[1]
    own = np.eye(n_nodes, dtype=bool)
    edges = (adjacency & ~own).astype(np.float64)
    distances = np.where(own, 0.0, np.full(adjacency.shape, np.inf))
    paths = np.broadcast_to(own, adjacency.shape).astype(np.float64)
    walks = paths
    for length in range(1, n_nodes):
        walks = walks @ edges  # walks of exactly this length; the first to arrive are the shortest paths
        arrived = np.isinf(distances) & (walks > 0)
        distances[arrived], paths[arrived] = length, walks[arrived]
    return distances, paths

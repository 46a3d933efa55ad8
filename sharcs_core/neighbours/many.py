"""How far the nearest row is from each of many queries, where looking at every pair would take too long.

Shapes: n queries, m rows, T shared concepts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.neighbours.scan import checked_points, nearest_rows
from sharcs_core.structures import Floats, Ints

MOST_SCANNED = 400_000_000
"""Pairs of a query and a row that are all looked at; of more a tree of SciPy finds the nearest, as exactly."""
MOST_OWN = 100
"""Rows of one source that are asked for on top, to be left out; of more every pair is looked at after all."""


def nearest_distances(queries: Floats, rows: Floats, query_sources: Ints, row_sources: Ints) -> NDArray[np.float64]:
    """The Euclidean distance (n,) from each query to the nearest row not of its source, infinity where there is none.

    Args:
        queries: (n, T). rows: (m, T). query_sources, row_sources: (n,) and (m,) what each was made from.

    Raises:
        ValueError: as :func:`~sharcs_core.neighbours.nearest_rows`.

    >>> rows = np.array([[0.0], [3.0], [7.0]])
    >>> nearest_distances(rows, rows, np.arange(3), np.arange(3)).tolist()
    [3.0, 3.0, 4.0]
    """
    if len(queries) * len(rows) > MOST_SCANNED:
        own = np.bincount(np.unique(row_sources, return_inverse=True)[1]).max()
        if own <= MOST_OWN:
            return _by_tree(queries, rows, query_sources, row_sources, int(own) + 1)
    return nearest_rows(queries, rows, 1, query_sources=query_sources, row_sources=row_sources)[1][:, 0]


def _by_tree(queries: Floats, rows: Floats, query_sources: Ints, row_sources: Ints, k: int) -> NDArray[np.float64]:
    """The same by a tree, which is asked for ``k`` rows: one more than there are of any source."""
    from scipy.spatial import cKDTree

    k = min(k, len(rows))
    tree = cKDTree(checked_points(rows, "rows"), balanced_tree=False, compact_nodes=False)  # many rows are equal
    distances, found = tree.query(checked_points(queries, "queries"), k=np.arange(1, k + 1))
    own = np.asarray(query_sources)[:, None] == np.asarray(row_sources)[found]
    nearest: NDArray[np.float64] = np.where(own, np.inf, distances).min(axis=1)
    return nearest

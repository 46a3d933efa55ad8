"""Exact neighbours by looking at every row, a block of rows at a time, so that memory does not grow with the bank.

Shapes: n queries, m rows, T shared concepts, k neighbours, B queries and b rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from sharcs_core.errors import UserError
from sharcs_core.neighbours.sieve import Sieve, sieve_of
from sharcs_core.structures import Codes, Floats, Found, Ints

PAIRS_AT_ONCE = 2_000_000
"""Distances held in memory at one time: 16 MB."""

ROWS_AT_ONCE = 16_384
"""Rows of a block: few enough that they stay in a processor's cache while they are converted and measured."""

FEW = 8
"""Up to so many times the rows that are wanted are sorted as they are; of more the nearest are set apart first."""

NO_ROW = -1
"""Stands for a neighbour that does not exist, at distance infinity."""

Rows = slice | NDArray[np.int64]
Between = Callable[[slice, Rows], NDArray[np.float64]]
"""Some queries and some rows → their distances (B, b), infinity where a query may not meet a row."""


def nearest_rows(
    queries: Floats,
    rows: Floats,
    k: int,
    *,
    query_sources: Ints | None = None,
    row_sources: Ints | None = None,
    among: Codes | None = None,
) -> Found:
    """The ``k`` rows nearest to each query, nearest first, equal distances by lower row.

    Args:
        queries: (n, T). rows: (m, T).
        query_sources, row_sources: (n,) and (m,); where both are given, a query never meets a row made from
            its own source. Rows alone may have some: queries that are made from nothing known meet them all.
        among: (m,) which rows may be met at all; all by default.

    Returns:
        Rows (n, k) and their Euclidean distances (n, k). Where fewer than ``k`` rows are eligible, the rest
        is row -1 at distance infinity.

    Raises:
        ValueError: for ``k`` below 1, shapes that do not fit, values that are not finite, or sources of the queries
            alone.

    >>> rows = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    >>> indices, distances = nearest_rows(np.array([[1.0, 0.0]]), rows, k=2)
    >>> indices.tolist(), distances.tolist()
    ([[1, 0]], [[0.0, 1.0]])
    """
    if k < 1:
        raise UserError(f"k must be at least 1 (got {k})")
    queries = checked_points(queries, "queries")
    rows = _shaped(rows, "rows")
    _check_fit(queries, rows, query_sources, row_sources)
    told = query_sources is not None and row_sources is not None

    def between(part: slice, block: Rows) -> NDArray[np.float64]:
        distances: NDArray[np.float64] = cdist(queries[part], checked_points(rows[block], "rows"))
        if told:
            distances[np.asarray(query_sources)[part, None] == np.asarray(row_sources)[block][None]] = np.inf
        if among is not None:
            distances[:, ~among[block]] = np.inf
        return distances

    return smallest(len(queries), len(rows), k, between, sieve_of(queries, rows))


def smallest(n: int, m: int, k: int, between: Between, sieve: Sieve | None = None) -> Found:
    """Of each of n queries the ``k`` of m rows at the smallest distances, by distance and then by row.

    Args:
        sieve: leaves out rows of a block that are surely too far, before any distance is computed.

    Returns:
        As :func:`nearest_rows`.
    """
    indices, values = np.full((n, k), NO_ROW, dtype=np.int64), np.full((n, k), np.inf)
    width = max(1, min(m, ROWS_AT_ONCE, PAIRS_AT_ONCE))
    for part in _parts(n, max(1, PAIRS_AT_ONCE // width)):
        for block in _parts(m, width):
            left = None if sieve is None else sieve(part, block, values[part, -1])
            if left is not None and not len(left):
                continue
            distances = between(part, block if left is None else left)
            nearer = np.flatnonzero((distances < values[part, -1:]).any(axis=1))
            if len(nearer):
                own = nearer + part.start
                columns, found = _smallest(distances[nearer], k, values[own, -1:])
                rows = columns + block.start if left is None else left[columns]
                _merge(indices, values, own, np.where(columns == NO_ROW, NO_ROW, rows), found)
    return indices, values


def _merge(indices: Ints, values: Floats, own: Ints, rows: Ints, distances: Floats) -> None:
    """Put what a later block has for the queries ``own`` among what was found; of equals the earlier stays first."""
    both, which = np.hstack([values[own], distances]), np.hstack([indices[own], rows])
    order = both.argsort(axis=1, kind="stable")[:, : values.shape[1]]
    values[own], indices[own] = np.take_along_axis(both, order, 1), np.take_along_axis(which, order, 1)


def _smallest(distances: Floats, k: int, below: Floats) -> Found:
    """Columns and values of the ``k`` smallest in each row that are ``below`` (n, 1), by value and then by column."""
    n, m = distances.shape
    if k == 1:  # a third of the time that several take
        column = distances.argmin(axis=1)[:, None]
        value = np.take_along_axis(distances, column, 1)
        nearer = value < below
        return np.where(nearer, column, NO_ROW), np.where(nearer, value, np.inf)
    indices, values = np.full((n, k), NO_ROW, dtype=np.int64), np.full((n, k), np.inf)
    wanted = distances < below
    if np.count_nonzero(wanted) > FEW * n * k:
        last = min(k, m) - 1
        # All ties at the limit are kept until the sort: a plain argpartition would drop some at random.
        wanted &= distances <= np.partition(distances, last, axis=1)[:, [last]]
    of_query, column = np.nonzero(wanted)
    value = distances[of_query, column]
    order = np.lexsort((column, value, of_query))
    of_query, column, value = of_query[order], column[order], value[order]
    place = np.arange(len(of_query)) - np.searchsorted(of_query, of_query)  # rank within the query
    kept = place < k
    indices[of_query[kept], place[kept]] = column[kept]
    values[of_query[kept], place[kept]] = value[kept]
    return indices, values


def distances_in_chunks(
    queries: Floats, rows: Floats, query_sources: Ints | None, row_sources: Ints | None
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.bool_]]]:
    """Some queries at a time: which, their distances (B, m), and which rows each may meet (B, m)."""
    _check_fit(queries, rows, query_sources, row_sources)
    for part in _parts(len(queries), max(1, PAIRS_AT_ONCE // max(1, len(rows)))):
        distances = cdist(queries[part], rows)  # (B, m)
        if query_sources is not None and row_sources is not None:
            eligible = np.asarray(query_sources)[part, None] != np.asarray(row_sources)[None, :]
        else:
            eligible = np.ones(distances.shape, dtype=bool)
        yield part, distances, eligible


def checked_points(values: Any, what: str) -> NDArray[np.float64]:
    """``values`` as (n, T) float64. Raises ValueError for another shape or a value that is not finite."""
    points = np.ascontiguousarray(_shaped(values, what), dtype=np.float64)
    if not np.isfinite(points).all():
        raise ValueError(f"{what} must be finite (got NaN or infinity); check the input they come from")
    return points


def _shaped(values: Any, what: str) -> NDArray[Any]:
    points = np.asarray(values)
    if points.ndim != 2:
        raise ValueError(f"{what} must be of shape (n, T), a row each (got {points.shape})")
    return points


def _parts(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def _check_fit(queries: Floats, rows: Floats, query_sources: Ints | None, row_sources: Ints | None) -> None:
    if queries.shape[1] != rows.shape[1]:
        raise ValueError(f"Queries and rows must have as many concepts (got {queries.shape[1]} and {rows.shape[1]})")
    if query_sources is not None and row_sources is None:
        raise ValueError("Rows need sources where queries have them (got those of the queries alone)")
    _check_length(query_sources, queries, "query_sources")
    _check_length(row_sources, rows, "row_sources")


def _check_length(sources: Ints | None, points: Floats, what: str) -> None:
    if sources is not None and np.shape(sources) != (len(points),):
        raise ValueError(f"{what} must be of shape ({len(points)},) (got {np.shape(sources)})")

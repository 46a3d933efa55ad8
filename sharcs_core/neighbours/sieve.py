"""Which rows are surely too far, told in single precision by one product of matrices, so that few are measured exactly.

Shapes: n queries, m rows, T shared concepts, B queries and b rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Floats

EPSILON = float(np.finfo(np.float32).eps)
MOST_QUERIES = 8
"""Of more queries at once most rows are near to some, and nothing is left out."""
SLACK = 8.0
"""Times as much as rounding can be off by."""

LARGEST = 1e30
"""Squares beyond that come near to what single precision can hold; nothing is left out."""

Sieve = Callable[[slice, slice, NDArray[np.float64]], NDArray[np.int64] | None]
"""Some queries, some rows and the distance (B,) below which a row counts → the rows that may; None where all may."""


def sieve_of(queries: NDArray[np.float64], rows: Floats) -> Sieve | None:
    """What leaves out rows (m, T) that are surely too far from queries (n, T); None where it would not pay.

    |r − q|² is |r|² − 2 r·q + |q|². In single precision, summed in any order, that is off by at most about T + 2
    roundings of |r|² + |q|² each way; a row is left out where it lies beyond by ``SLACK`` times as much.
    """
    if rows.dtype != np.float32 or len(queries) > MOST_QUERIES:
        return None
    squares_of_queries = (queries**2).sum(axis=1)
    if (squares_of_queries > LARGEST).any():
        return None
    points, ones = queries.astype(np.float32), np.ones(rows.shape[1], dtype=np.float32)

    def sieve(part: slice, block: slice, limits: NDArray[np.float64]) -> NDArray[np.int64] | None:
        if not np.isfinite(limits).all():
            return None
        some = rows[block]
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.square(some) @ ones  # (b,)
        if not (largest := float(squares.max())) <= LARGEST:
            return None  # and what is not finite is told
        off = SLACK * EPSILON * (rows.shape[1] + 4) * (largest + squares_of_queries[part])
        bounds = (limits**2 - squares_of_queries[part] + off).astype(np.float32)  # (B,)
        bounds = np.nextafter(bounds, np.float32(np.inf))
        near = [squares - 2 * (some @ point) <= bound for point, bound in zip(points[part], bounds, strict=True)]
        left: NDArray[np.int64] = np.flatnonzero(np.logical_or.reduce(near)) + block.start
        return left

    return sieve

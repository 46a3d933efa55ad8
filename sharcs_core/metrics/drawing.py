"""How many are looked at where looking at all would take a time that grows with their square.

Shapes: n queries or inputs, m rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEWEST = 100
"""Queries that are asked however many rows there are: fewer would say little."""


def drawn(n: int, most: int, seed: int = 0) -> NDArray[np.int64]:
    """Positions of ``most`` of n, drawn by ``seed``, in order; all where there are no more.

    >>> drawn(3, 5).tolist(), len(drawn(10, 4)), bool((np.diff(drawn(10, 4)) > 0).all())
    ([0, 1, 2], 4, True)
    """
    if n <= most:
        return np.arange(n)
    chosen: NDArray[np.int64] = np.sort(np.random.default_rng(seed).permutation(n)[:most])
    return chosen


def n_queries(n: int, m: int, most_pairs: int) -> int:
    """How many of n queries are asked of m rows: all where that makes at most so many pairs, ``FEWEST`` at least.

    >>> n_queries(500, 800, 400_000), n_queries(5000, 1000, 2_000_000), n_queries(5000, 10**9, 2_000_000)
    (500, 2000, 100)
    """
    return n if n * m <= most_pairs else min(n, max(FEWEST, most_pairs // m))

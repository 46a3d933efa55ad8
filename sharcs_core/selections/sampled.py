"""A map of more inputs than a screen can tell apart: which are drawn, and which lie within what is drawn around.

Shapes: n inputs, m of them drawn, s strata, v corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.selections.inputs import Fault, InputTable
from sharcs_core.structures import Codes, Floats, Ints

MOST_DRAWN = 100_000
"""So many inputs are drawn on a map at most; of more a sample."""
MISTAKES = 4
"""One part in so many of the sample is kept for mistakes."""


def rows_drawn(table: InputTable, among: Codes, most: int = MOST_DRAWN, seed: int = 0) -> NDArray[np.int64]:
    """Rows of the inputs ``among`` (n,) those of a table that a map draws, rising: all, or ``most`` of them.

    A sample holds every mistake where these fill a quarter of it at most, else that quarter of them; both the mistakes
    and the others are drawn from each part, modality and class in proportion. The same table gives the same sample.

    Raises:
        UserError: for a ``most`` below 1.
    """
    if most < 1:
        raise UserError(f"A map draws one input at least (got {most}); ask for more")
    rows = np.flatnonzero(among)
    if len(rows) <= most:
        return rows
    order = np.random.default_rng(seed).permutation(len(table))
    is_mistake = table.faults[rows] > Fault.NONE
    n_others = int((~is_mistake).sum())
    mistakes = _drawn(table, rows[is_mistake], max(most // MISTAKES, most - n_others), order)
    others = _drawn(table, rows[~is_mistake], most - len(mistakes), order)
    return np.sort(np.concatenate([mistakes, others]))


def _drawn(table: InputTable, rows: Ints, most: int, order: Ints) -> NDArray[np.int64]:
    """Of each stratum of the rows its share of ``most``: those that come first in an order (n,)."""
    if len(rows) <= most:
        return np.asarray(rows)
    _, strata = np.unique(np.stack([table.sides[rows], table.labels[rows]]), axis=1, return_inverse=True)
    counts = np.bincount(strata)
    sorted_rows = np.lexsort((order[rows], strata))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)  # within its stratum
    kept = sorted_rows[place < np.repeat(shares_of(counts, most), counts)]
    return np.asarray(rows[kept], dtype=np.int64)


def shares_of(counts: Ints, most: int) -> NDArray[np.int64]:
    """How many of ``most`` places each stratum (s,) gets: one at least where there are enough, the rest in proportion.

    What is left over goes to the largest remainders, of equal ones to the first.

    >>> shares_of(np.array([900, 90, 10]), 10).tolist(), shares_of(np.array([3, 9, 5]), 2).tolist()
    ([7, 2, 1], [0, 1, 1])
    """
    counts = np.asarray(counts, dtype=np.int64)
    most, n_strata = min(most, int(counts.sum())), int((counts > 0).sum())
    if most < n_strata:
        return _first(np.argsort(-counts, kind="stable"), most)
    wanted, n_left = np.maximum(counts - 1, 0), most - n_strata
    exact = wanted * n_left / max(1, int(wanted.sum()))
    found = np.floor(exact).astype(np.int64)
    order = np.argsort(found - exact, kind="stable")
    return np.asarray((counts > 0) + found + _first(order, n_left - int(found.sum())), dtype=np.int64)


def _first(order: Ints, n: int) -> NDArray[np.int64]:
    """One place for each of the first ``n`` in an order of all."""
    chosen = np.zeros(len(order), dtype=np.int64)
    chosen[order[:n]] = 1
    return chosen


def rows_within(places: Floats, corners: Sequence[tuple[float, float]] | Floats) -> NDArray[np.int64]:
    """Rows of the places (n, 2) that lie within a polygon of corners (v, 2), which closes by itself, rising.

    Where it crosses itself, what is encircled twice lies without. Of fewer than three corners nothing lies within.
    """
    around = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    if len(around) < 3:
        return np.zeros(0, dtype=np.int64)
    points = np.asarray(places, dtype=np.float64)
    order = np.argsort(points[:, 1], kind="stable")
    x, y = points[order].T
    is_within = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(around, np.roll(around, -1, axis=0), strict=True):
        level = slice(*np.searchsorted(y, sorted((y0, y1))))  # a ray to the right of these may meet this side
        if y0 != y1:
            is_within[level] ^= x[level] < (x1 - x0) * (y[level] - y0) / (y1 - y0) + x0
    return np.sort(order[is_within])


def rows_in_areas(places: Floats, areas: Iterable[Sequence[tuple[float, float]]], among: Codes) -> NDArray[np.int64]:
    """Rows of the inputs ``among`` (n,) those at some places (n, 2) that lie within any of some polygons, rising."""
    found = [rows_within(places, corners) for corners in areas]
    rows: NDArray[np.int64] = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))
    return rows[np.asarray(among)[rows]]

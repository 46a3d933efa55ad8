"""Where inputs that are alike lie on a map, and what tells such groups apart.

Shapes: n inputs, k semantics keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.meanings import UNKNOWN
from sharcs_core.selections.inputs import groups_of
from sharcs_core.structures import Codes, Floats, Ints

MAP_CELLS = 24
"""Inputs belong to one island of a map where their cells touch, of so many along each axis."""

DENSE = 0.05
"""Cells with fewer inputs than this share of the fullest one join no islands."""

LEAST_ISLAND = 0.05
"""A smaller share of a group's inputs is no island."""

INNER = 0.02
"""Share of an island's inputs that lie beyond its box on each of the four sides."""

MARGIN = 0.05
"""Share of a map's width, or height, that is left free on either side."""

COVERED = 0.95
"""The usual values are the fewest that so large a share of the inputs has."""


@dataclass(frozen=True)
class Island:
    """Where inputs of one group lie together on a map: how many, and the box (x, y) that most of them are in."""

    group: int
    n: int
    low: tuple[float, float]
    high: tuple[float, float]


def frame_of(places: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """From where to where a map of places (n, 2) reaches along x and along y, a margin included.

    >>> frame_of(np.array([[-1.0, 0.2], [1.0, 0.4]]))
    ((-1.1, 1.1), (0.19, 0.41))
    """
    low, high = np.asarray(places, dtype=np.float64).min(0), np.asarray(places, dtype=np.float64).max(0)
    margin = np.maximum(MARGIN * (high - low), MARGIN * 0.1)
    (x0, y0), (x1, y1) = (np.round(end, 4).tolist() for end in (low - margin, high + margin))
    return (x0, x1), (y0, y1)


def islands(places: Floats, groups: Ints) -> tuple[Island, ...]:
    """Where the inputs of each group lie together on a map, the islands of many inputs first.

    A group's inputs are of one island where the cells of the map that hold many of them touch each other.

    Args:
        places: (n, 2) on the map, from -1 to 1.
        groups: (n,); an input of a negative one is passed over.
    """
    cells = np.clip(((np.asarray(places) + 1) / 2 * MAP_CELLS).astype(int), 0, MAP_CELLS - 1)
    found = []
    for group in np.unique(groups[groups >= 0]):
        own = np.flatnonzero(groups == group)
        island_of = _touching(cells[own])
        for island in range(1, int(island_of.max()) + 1):
            members = own[island_of == island]
            if len(members) >= LEAST_ISLAND * len(own):
                low, high = np.quantile(places[members], (INNER, 1 - INNER), axis=0)
                found.append(Island(int(group), len(members), (low[0], low[1]), (high[0], high[1])))
    return tuple(sorted(found, key=lambda island: -island.n))


def usual_values(values: Ints) -> tuple[int, ...]:
    """The fewest values that ``COVERED`` of the inputs (n,) have, rising.

    >>> usual_values(np.array([4] * 60 + [9] * 38 + [1, 2]))
    (4, 9)
    """
    found, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    n = int(np.searchsorted(np.cumsum(counts[order]), COVERED * len(values)) + 1)
    return tuple(sorted(int(value) for value in found[order[:n]]))


def groups_on(groups: Ints, is_on: Codes | None) -> dict[int, bool]:
    """The groups that inputs (n,) are of, rising, and whether most inputs of each are on (n,); None is all on.

    >>> groups_on(np.array([4, 4, 2]), np.array([True, False, True])), groups_on(np.array([1]), None)
    ({2: True, 4: False}, {1: True})
    """
    there, of_input = np.unique(groups, return_inverse=True)
    on = np.ones(len(groups)) if is_on is None else np.asarray(is_on, dtype=float)
    shares = np.bincount(of_input, on) / np.bincount(of_input)
    return dict(zip(there.tolist(), (shares > 0.5).tolist(), strict=True))


def most_telling(group_of_key: Mapping[str, Ints], keys: Ints, is_on: Codes) -> str:
    """The grouping of keys that tells best in which inputs something is on; of equals the first.

    Each group says what most of its inputs are; the grouping that is right most often tells best.

    Args:
        group_of_key: grouping → (k,).
        keys, is_on: (n,); inputs of which nothing is known, and those of group -1, are passed over.
    """

    def n_right(name: str) -> int:
        groups = groups_of(keys, group_of_key[name])
        known = groups != UNKNOWN
        on, every = np.bincount(groups[known], weights=is_on[known]), np.bincount(groups[known])
        return int(np.maximum(on, every - on).sum())

    return max(group_of_key, key=n_right)


def _touching(cells: Ints) -> NDArray[np.int64]:
    """The island of each of some inputs, from 1, by their cells (n, 2); 0 for one whose cell holds few."""
    from scipy.ndimage import label

    counts = np.zeros((MAP_CELLS, MAP_CELLS), dtype=np.int64)
    np.add.at(counts, (cells[:, 0], cells[:, 1]), 1)
    numbers, _ = label(counts > DENSE * counts.max(), structure=np.ones((3, 3)))
    return np.asarray(numbers[cells[:, 0], cells[:, 1]], dtype=np.int64)

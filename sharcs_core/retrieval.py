"""Cross-modal neighbours and stand-ins: exact Euclidean distances over the whole bank, ties by lower row.

Shapes: n queries, m rows, T shared concepts, k neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from sharcs_core.errors import UserError
from sharcs_core.structures import THRESHOLD, Bank, BankSide, Floats, Ints, Neighbour

PAIRS_AT_ONCE = 2_000_000
"""Distances held in memory at one time: 16 MB."""

NO_ROW = -1
"""Stands for a neighbour that does not exist, at distance infinity."""


def nearest_rows(
    queries: Floats,
    rows: Floats,
    k: int,
    *,
    query_sources: Ints | None = None,
    row_sources: Ints | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The ``k`` rows nearest to each query, nearest first, equal distances by lower row.

    Args:
        queries: (n, T). rows: (m, T).
        query_sources, row_sources: (n,) and (m,); where both are given, a query never meets a row made from
            its own source. Rows alone may have some: queries that are made from nothing known meet them all.

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
    queries, rows = checked_points(queries, "queries"), checked_points(rows, "rows")
    _check_same_width(queries, rows)
    indices = np.full((len(queries), k), NO_ROW, dtype=np.int64)
    nearest = np.full((len(queries), k), np.inf)
    for part, distances, eligible in distances_in_chunks(queries, rows, query_sources, row_sources):
        distances[~eligible] = np.inf
        indices[part], nearest[part] = _smallest(distances, k)
    return indices, nearest


def neighbours(
    query: Floats, bank: Bank, target: str, k: int = 8, *, source: int | None = None
) -> tuple[Neighbour, ...]:
    """The ``k`` inputs of modality ``target`` in the bank nearest to one input's shared concepts.

    Args:
        query: (T,) shared concepts of an input of any modality.
        source: what the query was made from; inputs made from the same are left out.

    Returns:
        Nearest first, fewer than ``k`` where the bank has fewer. ``shared_concepts`` are those that are on in
        both the query and the neighbour.

    Raises:
        ValueError: for a modality that the bank lacks, or a query of another width.
    """
    side = side_of(bank, target)
    query = np.asarray(query)
    sources = None if source is None else np.array([source])
    indices, distances = nearest_rows(query[None], side.shared, k, query_sources=sources, row_sources=side.sources)
    found = zip(indices[0].tolist(), distances[0].tolist(), strict=True)
    return tuple(_neighbour(query, side, target, row, away) for row, away in found if row != NO_ROW)


def stand_in(described: Floats, bank: Bank, missing: str) -> tuple[NDArray[np.int64], Floats]:
    """What stands in for inputs that are missing but described in another modality.

    Args:
        described: (n, T) shared concepts of the missing inputs' content, rendered in another modality.
        missing: the modality that is missing.

    Returns:
        The nearest bank rows of that modality (n,) and their shared concepts (n, T).

    Raises:
        ValueError: for a modality that the bank lacks, or shapes that do not fit.
        UserError: for an empty bank.
    """
    side = side_of(bank, missing)
    if not len(side.shared):
        raise UserError(f"Nothing can stand in for {missing!r}: the bank holds no sample; train with a larger bank")
    rows = nearest_rows(described, side.shared, k=1)[0][:, 0]  # (n,)
    return rows, side.shared[rows]


def companions(
    shared: Mapping[str, Floats], bank: Bank, k: int, *, exclude: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """The bank samples that resemble what is present, nearest first: (n, k), fewer where the bank has fewer.

    Near is a small mean of the distances of all present modalities, equal ones by lower row.

    Args:
        shared: present modality → (n, T).
        exclude: of each query the bank sample that must not answer it, such as itself, (n,).

    Raises:
        ValueError: for a modality that the bank lacks, or nothing present.
        UserError: where no sample is left to answer.
    """
    sides = {name: checked_points(side_of(bank, name).shared, "rows") for name in shared}
    queries = {name: checked_points(values, "queries") for name, values in shared.items()}
    if not queries:
        raise UserError("Companions resemble what is present, so give one modality at least (got none)")
    n = len(next(iter(queries.values())))
    k = min(k, len(bank) - (exclude is not None))
    if k < 1:
        raise UserError(
            "Nothing can stand in for what is absent: the bank holds no other sample; train with a larger bank"
        )
    found = np.empty((n, k), dtype=np.int64)
    size = max(1, PAIRS_AT_ONCE // len(bank))
    for start in range(0, n, size):
        part = slice(start, min(start + size, n))
        apart = np.mean([cdist(values[part], sides[name]) for name, values in queries.items()], axis=0)
        if exclude is not None:
            apart[np.arange(len(apart)), np.asarray(exclude)[part]] = np.inf
        found[part] = _smallest(apart, k)[0]
    return found


def side_of(bank: Bank, modality: str) -> BankSide:
    """The bank's side of a modality. Raises ValueError for one that it lacks."""
    if modality not in bank.sides:
        raise UserError(f"The bank has no modality {modality!r}; choose one of {sorted(bank.sides)}")
    return bank.sides[modality]


def checked_points(values: Any, what: str) -> NDArray[np.float64]:
    """``values`` as (n, T) float64. Raises ValueError for another shape or a value that is not finite."""
    points = np.ascontiguousarray(values, dtype=np.float64)
    if points.ndim != 2:
        raise ValueError(f"{what} must be of shape (n, T), a row each (got {points.shape})")
    if not np.isfinite(points).all():
        raise ValueError(f"{what} must be finite (got NaN or infinity); check the input they come from")
    return points


def distances_in_chunks(
    queries: Floats, rows: Floats, query_sources: Ints | None, row_sources: Ints | None
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.bool_]]]:
    """Some queries at a time: which, their distances (B, m), and which rows each may meet (B, m)."""
    if query_sources is not None and row_sources is None:
        raise ValueError("Rows need sources where queries have them (got those of the queries alone)")
    _check_length(query_sources, queries, "query_sources")
    _check_length(row_sources, rows, "row_sources")
    size = max(1, PAIRS_AT_ONCE // max(1, len(rows)))
    for start in range(0, len(queries), size):
        part = slice(start, min(start + size, len(queries)))
        distances = cdist(queries[part], rows)  # (B, m)
        if query_sources is not None and row_sources is not None:
            eligible = np.asarray(query_sources)[part, None] != np.asarray(row_sources)[None, :]
        else:
            eligible = np.ones(distances.shape, dtype=bool)
        yield part, distances, eligible


def _smallest(distances: Floats, k: int) -> tuple[NDArray[np.int64], Floats]:
    """Columns and values of the ``k`` smallest in each row, by value and then by column."""
    n, m = distances.shape
    indices, values = np.full((n, k), NO_ROW, dtype=np.int64), np.full((n, k), np.inf)
    if not m:
        return indices, values
    last = min(k, m) - 1
    limit = np.partition(distances, last, axis=1)[:, [last]]  # (n, 1)
    # All ties at the limit are kept until the sort: a plain argpartition would drop some at random.
    of_query, column = np.nonzero((distances <= limit) & np.isfinite(distances))
    value = distances[of_query, column]
    order = np.lexsort((column, value, of_query))
    of_query, column, value = of_query[order], column[order], value[order]
    place = np.arange(len(of_query)) - np.searchsorted(of_query, of_query)  # rank within the query
    kept = place < k
    indices[of_query[kept], place[kept]] = column[kept]
    values[of_query[kept], place[kept]] = value[kept]
    return indices, values


def _neighbour(query: Floats, side: BankSide, modality: str, row: int, distance: float) -> Neighbour:
    both_on = (query > THRESHOLD) & (side.shared[row] > THRESHOLD)
    return Neighbour(
        id=str(side.ids[row]),
        modality=modality,
        row=row,
        distance=distance,
        key=int(side.semantics[row]),
        shared_concepts=tuple(np.flatnonzero(both_on).tolist()),
    )


def _check_same_width(queries: Floats, rows: Floats) -> None:
    if queries.shape[1] != rows.shape[1]:
        raise ValueError(f"Queries and rows must have as many concepts (got {queries.shape[1]} and {rows.shape[1]})")


def _check_length(sources: Ints | None, points: Floats, what: str) -> None:
    if sources is not None and np.shape(sources) != (len(points),):
        raise ValueError(f"{what} must be of shape ({len(points)},) (got {np.shape(sources)})")

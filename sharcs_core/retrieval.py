"""Cross-modal neighbours and stand-ins in a bank: Euclidean distances, ties by lower row.

The search is exact, over the whole bank, unless a side of it has an engine of its own (:mod:`sharcs_core.neighbours`).
Shapes: n queries, m rows, T shared concepts, k neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from sharcs_core.errors import UserError
from sharcs_core.neighbours import NO_ROW, Rows, checked_points, nearest_rows, smallest
from sharcs_core.structures import THRESHOLD, Bank, BankSide, Floats, Found, Ints, Neighbour

MOST_OWN = 100
"""An engine is asked for as many rows more as a query has of its own source, up to that; of more all are scanned."""


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
    query = np.asarray(query)
    sources = None if source is None else np.array([source])
    rows, distances = nearest_in(side_of(bank, target), query[None], k, sources)
    return as_neighbours(query, bank, target, (rows[0], distances[0]))


def as_neighbours(query: Floats, bank: Bank, target: str, found: Found) -> tuple[Neighbour, ...]:
    """Rows (k,) that were found for one query (T,), and their distances (k,), with what is known of each."""
    side, pairs = side_of(bank, target), zip(found[0].tolist(), found[1].tolist(), strict=True)
    return tuple(_neighbour(query, side, target, row, away) for row, away in pairs if row != NO_ROW)


def nearest_in(side: BankSide, queries: Floats, k: int, sources: Ints | None = None) -> Found:
    """The ``k`` rows of a side of a bank nearest to each of the queries (n, T), by its engine where it has one.

    Args:
        sources: (n,) what each query was made from; rows made from the same are left out.

    Returns:
        Rows (n, k) and distances (n, k), as :func:`~sharcs_core.neighbours.nearest_rows`.
    """
    n_own = 0 if side.index is None or sources is None else _most_of_one(sources, side.sources)
    if side.index is None or k < 1 or n_own > MOST_OWN:
        row_sources = None if sources is None else side.sources
        return nearest_rows(queries, side.shared, k, query_sources=sources, row_sources=row_sources)
    rows, distances = side.index.nearest(checked_points(queries, "queries"), k + n_own)
    if sources is None:
        return rows, distances
    mine = (rows != NO_ROW) & (side.sources[rows] == np.asarray(sources)[:, None])
    return _first(rows, np.where(mine, np.inf, distances), k)


def nearest_in_all(bank: Bank, queries: Floats, k: int, sources: Ints | None = None) -> Found:
    """As :func:`nearest_in`, over the inputs of all modalities of a bank, numbered one modality below the other."""
    return merged(bank, {name: nearest_in(side, queries, k, sources) for name, side in bank.sides.items()}, k)


def merged(bank: Bank, found: Mapping[str, Found], k: int) -> Found:
    """The nearest ``k`` of what was found in every modality of a bank, numbered one modality below the other."""
    starts = {name: place * len(bank) for place, name in enumerate(bank.sides)}
    rows = [np.where(found[name][0] == NO_ROW, NO_ROW, found[name][0] + start) for name, start in starts.items()]
    return _first(np.hstack(rows), np.hstack([found[name][1] for name in starts]), k)


def _first(rows: NDArray[np.int64], distances: NDArray[np.float64], k: int) -> Found:
    """The ``k`` nearest of rows (n, any), of equals those that stand first; those at infinity are none."""
    order = distances.argsort(axis=1, kind="stable")[:, :k]
    distances = np.take_along_axis(distances, order, 1)
    return np.where(np.isfinite(distances), np.take_along_axis(rows, order, 1), NO_ROW), distances


def _most_of_one(sources: Ints, row_sources: Ints) -> int:
    """How many rows were made from the same source, at most, of the sources given."""
    return max((int(np.count_nonzero(row_sources == source)) for source in np.unique(sources)), default=0)


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
    rows = nearest_in(side, described, k=1)[0][:, 0]  # (n,)
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
    sides = {name: side_of(bank, name) for name in shared}
    queries = {name: checked_points(values, "queries") for name, values in shared.items()}
    if not queries:
        raise UserError("Companions resemble what is present, so give one modality at least (got none)")
    k = min(k, len(bank) - (exclude is not None))
    if k < 1:
        raise UserError(
            "Nothing can stand in for what is absent: the bank holds no other sample; train with a larger bank"
        )
    left_out = None if exclude is None else np.asarray(exclude)
    if len(sides) == 1:
        name, side = next(iter(sides.items()))
        return _others(*nearest_in(side, queries[name], k + (left_out is not None)), k, left_out)

    def apart(part: slice, block: Rows) -> NDArray[np.float64]:
        each = [
            cdist(values[part], checked_points(sides[name].shared[block], "rows")) for name, values in queries.items()
        ]
        mean: NDArray[np.float64] = np.mean(each, axis=0)
        return mean

    n = len(next(iter(queries.values())))
    return _others(*smallest(n, len(bank), k + (left_out is not None), apart), k, left_out)


def _others(
    rows: NDArray[np.int64], distances: NDArray[np.float64], k: int, left_out: Ints | None
) -> NDArray[np.int64]:
    """The first ``k`` of rows (n, k or k + 1) but for the one that each query leaves out."""
    if left_out is None:
        return rows
    return _first(rows, np.where(rows == left_out[:, None], np.inf, distances), k)[0]


def side_of(bank: Bank, modality: str) -> BankSide:
    """The bank's side of a modality. Raises ValueError for one that it lacks."""
    if modality not in bank.sides:
        raise UserError(f"The bank has no modality {modality!r}; choose one of {sorted(bank.sides)}")
    return bank.sides[modality]


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

"""How well inputs of one modality find those of another that mean the same.

Shapes: n queries, m rows, T shared concepts, B queries at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.meanings import UNKNOWN
from sharcs_core.metrics.drawing import drawn, n_queries
from sharcs_core.neighbours import checked_points, distances_in_chunks, nearest_rows
from sharcs_core.structures import Codes, Floats, Ints

MAX_RANKED = 200_000_000
"""Pairs of a query and a row that are ranked: half a minute. Of more, queries are drawn."""
MAX_SEARCHED = 2_000_000_000
"""Pairs among which only the nearest are searched for, which takes no sorting: ten seconds."""

RANKS = (1, 5)
"""The k of the recall@k that we report."""

Scores = dict[str, float]
Sameness = Callable[[Ints, Ints], Codes]


def equal(keys: Ints, others: Ints) -> Codes:
    """Whether keys (n,) are those of others (m,), (n, m)."""
    matches: Codes = np.asarray(keys)[:, None] == np.asarray(others)[None, :]
    return matches


def retrieval(
    queries: Floats,
    query_keys: Ints,
    rows: Floats,
    row_keys: Ints,
    query_sources: Ints | None = None,
    row_sources: Ints | None = None,
    same: Sameness = equal,
    comparable: Sameness | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """How well queries of one modality find bank rows of another that mean the same.

    Rows stand in the order of distance, ties by lower row; where both sources are given, a query's own source
    is left out. A query that no row answers scores 0. Recall@k: share of queries with an equal key among the
    first k. MRR: mean of 1 / rank of the first equal key. mAP: mean over queries of the average precision,
    which is the mean, over the rows of equal key, of the share of equal keys down to that row (the whole
    ranking counts; Manning, Raghavan and Schütze 2008, *Introduction to Information Retrieval*, section 8.4).

    Up to ``MAX_RANKED`` pairs of a query and a row every query is ranked; of more, as many queries as make that many
    pairs, a hundred at least (:func:`n_ranked`), drawn by ``seed``, each against all rows.

    Args:
        queries: (n, T). query_keys: (n,). rows: (m, T). row_keys: (m,).
        same: keys of queries (B,) and of rows (m,) → whether they mean the same, (B, m).
        comparable: the same → whether that can be said of them; a row of which it cannot is left out, for it is
            neither right nor wrong. It can of all by default.

    Returns:
        ``recall_at_1``, ``recall_at_5``, ``mrr`` and ``map``, and under ``chance`` what the same four would be
        on average if the rows stood in random order (exact, not simulated).

    Raises:
        ValueError: for no queries, or keys that do not fit.
    """
    queries, rows = checked_points(queries, "queries"), checked_points(rows, "rows")
    query_keys, row_keys = np.asarray(query_keys), np.asarray(row_keys)
    if query_keys.shape != (len(queries),) or row_keys.shape != (len(rows),) or not len(queries):
        raise ValueError(
            f"Retrieval needs queries and one key for each query and row (got {len(queries)} queries with keys "
            f"{query_keys.shape}, {len(rows)} rows with keys {row_keys.shape})"
        )
    asked = drawn(len(queries), n_ranked(len(queries), len(rows)), seed)
    if len(asked) < len(queries):
        queries, query_keys = queries[asked], query_keys[asked]
        query_sources = None if query_sources is None else np.asarray(query_sources)[asked]
    ranks = np.zeros(len(queries), dtype=np.int64)  # 0: no eligible row means the same
    precisions = np.zeros(len(queries))
    n_eligible, n_matching = np.zeros_like(ranks), np.zeros_like(ranks)
    for part, distances, eligible in distances_in_chunks(queries, rows, query_sources, row_sources):
        if comparable is not None:
            eligible = eligible & comparable(query_keys[part], row_keys)
        matching = eligible & same(query_keys[part], row_keys)
        n_eligible[part], n_matching[part] = eligible.sum(axis=1), matching.sum(axis=1)
        distances[~eligible] = np.inf  # behind all others
        order = distances.argsort(axis=1, kind="stable")
        ranks[part], precisions[part] = _first_ranks_and_precisions(np.take_along_axis(matching, order, axis=1))
    with np.errstate(divide="ignore"):
        reciprocal = np.where(ranks > 0, 1 / ranks, 0.0)
    scores = {f"recall_at_{k}": float(np.mean((ranks > 0) & (ranks <= k))) for k in RANKS}
    means = {"mrr": float(reciprocal.mean()), "map": float(precisions.mean())}
    return {**scores, **means, "chance": _mean_chance(n_eligible, n_matching)}


def n_ranked(n: int, m: int) -> int:
    """How many of n queries :func:`retrieval` ranks against m rows."""
    return n_queries(n, m, MAX_RANKED)


def n_searched(n: int, m: int) -> int:
    """Of how many of n queries :func:`attribute_retrieval` searches the nearest of m rows."""
    return n_queries(n, m, MAX_SEARCHED)


def chance_of(n_eligible: int, n_matching: int) -> Scores:
    """Expected recall@k, reciprocal rank and average precision of a query whose rows stand in random order.

    With n eligible rows of which m match, the first match stands at rank r with probability p(1) = m / n and
    p(r + 1) = p(r) · (n − m − r + 1) / (n − r). Recall@k is their sum up to k, which is
    1 − C(n − m, k) / C(n, k). At rank r stands a match with probability m / n, and then each of the r − 1
    places before it holds one with probability (m − 1) / (n − 1); the expected average precision is therefore
    1/n · (H + (m − 1) / (n − 1) · (n − H)) with the harmonic number H = 1 + 1/2 + … + 1/n.

    >>> chance = chance_of(4, 2)
    >>> chance["recall_at_1"], round(chance["mrr"], 6), round(chance["map"], 6)
    (0.5, 0.722222, 0.680556)
    """
    n, m = n_eligible, n_matching
    if m < 1:
        return {**{f"recall_at_{k}": 0.0 for k in RANKS}, "mrr": 0.0, "map": 0.0}
    ranks = np.arange(1, n - m + 2)  # the last place the first match can have
    factors = np.concatenate([[m / n], (n - m - ranks[:-1] + 1) / (n - ranks[:-1])])
    first_at = np.cumprod(factors)
    scores = {f"recall_at_{k}": float(min(first_at[:k].sum(), 1.0)) for k in RANKS}
    harmonic = float((1 / np.arange(1, n + 1)).sum())
    expected_precision = (harmonic + (m - 1) / max(n - 1, 1) * (n - harmonic)) / n
    return {**scores, "mrr": float((first_at / ranks).sum()), "map": expected_precision}


def attribute_retrieval(
    queries: Floats,
    query_keys: Ints,
    rows: Floats,
    row_keys: Ints,
    factors: Mapping[str, tuple[int, ...]],
    query_sources: Ints | None = None,
    row_sources: Ints | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """For each known factor, the share of queries whose nearest row has the same value of it.

    Recall@1 by attribute: it tells a colour that is taken for another from a shape that is. Equal distances go
    to the lower row; where both sources are given, a query's own source is left out; a query without any row
    counts as wrong. Queries and rows whose value of a factor is not known are left out of its share, and a factor that
    is not known of any query, or of any row, has none. Of more than ``MAX_SEARCHED`` pairs of a query and a row as many
    queries are asked as make that many, a hundred at least (:func:`n_searched`), drawn by ``seed``.

    Args:
        queries: (n, T). query_keys: (n,). rows: (m, T). row_keys: (m,).
        factors: factor → its value for each key, such as ``{"colour": (0, 0, 1, 1)}`` for four keys; -1 where it says
            nothing of it. A key of -1 says nothing of any.

    Raises:
        ValueError: for no queries, or a key that a factor has no value for.

    >>> points, keys = np.eye(2), np.array([0, 1])
    >>> attribute_retrieval(points, keys, points, keys[::-1], {"size": (0, 1), "shape": (7, 7)})
    {'size': 0.0, 'shape': 1.0}
    """
    query_keys, row_keys = np.asarray(query_keys), np.asarray(row_keys)
    if query_keys.shape != (len(queries),) or row_keys.shape != (len(rows),) or not len(queries):
        raise ValueError(
            f"Give at least one query and a key for each query and row (got {len(queries)} queries with keys "
            f"{query_keys.shape}, {len(rows)} rows with keys {row_keys.shape})"
        )
    queries, rows = np.asarray(queries), np.asarray(rows)
    nearest_of: dict[bytes, Ints] = {}  # factors that the same inputs are known for have the same neighbours
    shares = {}
    for name, values in factors.items():
        of_queries, of_rows = (values_of(keys, name, values) for keys in (query_keys, row_keys))
        asked, among = (np.flatnonzero(own != UNKNOWN) for own in (of_queries, of_rows))
        if not len(asked) or not len(among):
            continue
        asked = asked[drawn(len(asked), n_searched(len(asked), len(among)), seed)]
        which = asked.tobytes() + b"/" + among.tobytes()
        if which not in nearest_of:
            nearest_of[which] = nearest_rows(
                queries[asked],
                rows[among],
                1,
                query_sources=None if query_sources is None else np.asarray(query_sources)[asked],
                row_sources=None if row_sources is None else np.asarray(row_sources)[among],
            )[0][:, 0]
        nearest = nearest_of[which]
        right = (nearest >= 0) & (of_queries[asked] == of_rows[among][nearest])
        shares[name] = float(right.sum() / len(asked))
    return shares


def values_of(keys: Ints, factor: str, values: tuple[int, ...]) -> Ints:
    """The factor's value (n,) for each of the keys (n,), -1 of key -1. Raises ValueError for a key without one."""
    if len(keys) and not UNKNOWN <= np.min(keys) <= np.max(keys) < len(values):
        raise ValueError(
            f"The factor {factor!r} has values for keys 0 to {len(values) - 1} (got keys {np.min(keys)} to "
            f"{np.max(keys)}); give it one for every key"
        )
    return np.append(values, UNKNOWN)[np.asarray(keys, dtype=np.int64)]


def _first_ranks_and_precisions(found: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rank of the first match, from 1, and average precision of each query; both 0 where nothing matches.

    Args:
        found: (B, m) whether the row at each rank matches.
    """
    of_query, place = np.nonzero(found)  # in the order of queries, then ranks
    counts = np.bincount(of_query, minlength=len(found))
    starts = np.cumsum(counts) - counts
    nth_match = np.arange(len(place)) - starts[of_query] + 1
    precisions = np.bincount(of_query, nth_match / (place + 1), minlength=len(found)) / np.maximum(counts, 1)
    ranks = np.zeros(len(found), dtype=np.int64)
    answered = counts > 0
    ranks[answered] = place[starts[answered]] + 1
    return ranks, precisions


def _mean_chance(n_eligible: Ints, n_matching: Ints) -> Scores:
    """Mean of :func:`chance_of` over queries; computed once for queries with equal numbers."""
    cases, counts = np.unique(np.stack([n_eligible, n_matching], axis=1), axis=0, return_counts=True)
    chances = [chance_of(int(n), int(m)) for n, m in cases]
    return {name: float(np.average([chance[name] for chance in chances], weights=counts)) for name in chances[0]}

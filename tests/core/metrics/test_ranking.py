"""Retrieval against a loop over queries, its chance against every order of the rows."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from sharcs_core import metrics
from sharcs_core.neighbours import scan


def scores_by_loop(queries, query_keys, rows, row_keys, query_sources, row_sources):
    every = {"recall_at_1": [], "recall_at_5": [], "mrr": [], "map": []}
    for q, query in enumerate(queries):
        allowed = [r for r in range(len(rows)) if query_sources is None or query_sources[q] != row_sources[r]]
        ordered = sorted(allowed, key=lambda r: (np.linalg.norm(query - rows[r]), r))
        for name, value in scores_of_order([row_keys[r] == query_keys[q] for r in ordered]).items():
            every[name].append(value)
    return {name: np.mean([float(value) for value in values]) for name, values in every.items()}


def scores_of_order(matches):
    """The four scores of one query, as fractions, from whether each row in turn matches."""
    ranks = [rank for rank, match in enumerate(matches, start=1) if match]
    shares = [Fraction(sum(matches[:rank]), rank) for rank in ranks]  # of matches down to each match
    return {
        "recall_at_1": Fraction(any(matches[:1])),
        "recall_at_5": Fraction(any(matches[:5])),
        "mrr": Fraction(1, ranks[0]) if ranks else Fraction(0),
        "map": sum(shares) / len(shares) if shares else Fraction(0),
    }


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pairs_at_once", [1, 10**6])
def test_retrieval_is_that_of_a_double_loop(seed, pairs_at_once, monkeypatch):
    monkeypatch.setattr(scan, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(seed)
    queries, rows = rng.integers(0, 2, (15, 3)) / 2, rng.integers(0, 2, (30, 3)) / 2  # many exact ties
    query_keys, row_keys = rng.integers(0, 9, 15), rng.integers(0, 8, 30)  # key 8 has no answer
    sources = (rng.integers(0, 6, 15), rng.integers(0, 6, 30)) if seed % 2 else (None, None)
    found = metrics.retrieval(queries, query_keys, rows, row_keys, *sources)
    expected = scores_by_loop(queries, query_keys, rows, row_keys, *sources)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_perfect_and_hopeless_retrieval():
    keys, points = np.arange(4), np.eye(4)
    assert metrics.retrieval(points, keys, points, keys)["mrr"] == 1
    hopeless = metrics.retrieval(points, keys + 10, points, keys)
    nothing = {"recall_at_1": 0, "recall_at_5": 0, "mrr": 0, "map": 0}
    assert hopeless == {**nothing, "chance": nothing}


def test_the_whole_ranking_counts_for_map():
    rows = np.array([[0.0], [1.0], [2.0], [3.0]])
    query = np.array([[0.0]])
    found = metrics.retrieval(query, [1], rows, [1, 0, 0, 1])
    assert found["mrr"] == 1
    assert found["map"] == pytest.approx((1 / 1 + 2 / 4) / 2)


def test_a_single_row_and_no_row_at_all():
    point = np.zeros((1, 2))
    alone = metrics.retrieval(point, [3], point, [3])
    assert {alone["map"], alone["mrr"], alone["chance"]["map"], alone["chance"]["mrr"]} == {1.0}
    none = metrics.retrieval(point, [3], np.empty((0, 2)), np.empty(0, dtype=int))
    assert none["map"] == none["recall_at_5"] == none["chance"]["map"] == 0


def test_where_all_rows_lie_at_one_point_the_lower_row_comes_first():
    rows = np.zeros((3, 2))
    assert metrics.retrieval(rows[:1], [1], rows, [0, 1, 1])["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_the_own_source_is_no_answer():
    keys, points = np.arange(4), np.eye(4)
    assert metrics.retrieval(points, keys, points, keys, keys, keys)["recall_at_5"] == 0


@pytest.mark.parametrize(("n", "m"), [(n, m) for n in range(1, 8) for m in range(n + 1)])
def test_chance_is_the_mean_over_every_order(n, m):
    orders = [scores_of_order([row < m for row in order]) for order in permutations(range(n))]
    expected = {name: float(sum(order[name] for order in orders) / len(orders)) for name in orders[0]}
    assert metrics.chance_of(n, m) == pytest.approx(expected)


def test_chance_agrees_with_a_simulation_that_shuffles_the_rows():
    rng = np.random.default_rng(0)
    row_keys, row_sources = rng.integers(0, 4, 40), np.arange(40) % 10
    query_keys, query_sources = np.array([0, 1, 2, 3, 9]), np.array([0, 1, 2, 30, 4])
    queries = rng.random((5, 2))
    chance = metrics.retrieval(queries, query_keys, rng.random((40, 2)), row_keys, query_sources, row_sources)["chance"]
    simulated = [
        metrics.retrieval(queries, query_keys, rng.random((40, 2)), row_keys, query_sources, row_sources)
        for _ in range(600)
    ]
    for name, value in chance.items():
        assert np.mean([one[name] for one in simulated]) == pytest.approx(value, abs=0.03)


def test_chance_of_large_banks_is_finite_and_as_expected():
    chance = metrics.chance_of(60_000, 6_000)
    assert chance["recall_at_1"] == pytest.approx(0.1)
    assert chance["recall_at_5"] == pytest.approx(1 - 0.9**5, abs=1e-4)
    assert chance["mrr"] == pytest.approx(-np.log(0.1) * 0.1 / 0.9, abs=1e-4)  # geometric in the limit
    assert chance["map"] == pytest.approx(0.1, abs=1e-3)  # the share of matches, down to nearly every rank


@pytest.mark.parametrize(
    ("queries", "keys", "message"),
    [
        (np.empty((0, 2)), [], "got 0 queries"),
        (np.ones((2, 2)), [1], r"keys \(1,\)"),
        (np.full((1, 2), np.nan), [1], "queries must be finite"),
    ],
)
def test_retrieval_says_what_does_not_fit(queries, keys, message):
    with pytest.raises(ValueError, match=message):
        metrics.retrieval(queries, keys, np.ones((2, 2)), [0, 1])


FACTORS = {"size": (0, 0, 0, 1, 1, 1), "colour": (0, 1, 2, 0, 1, 2), "same": (7,) * 6}


@pytest.mark.parametrize("seed", range(4))
def test_attribute_retrieval_is_that_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    queries, rows = rng.integers(0, 3, (25, 2)) / 2, rng.integers(0, 3, (40, 2)) / 2  # many exact ties
    query_keys, row_keys = rng.integers(0, 6, 25), rng.integers(0, 6, 40)
    sources = (rng.integers(0, 5, 25), rng.integers(0, 5, 40)) if seed % 2 else (None, None)
    right = dict.fromkeys(FACTORS, 0)
    for q, query in enumerate(queries):
        allowed = [r for r in range(40) if sources[0] is None or sources[0][q] != sources[1][r]]
        nearest = min(allowed, key=lambda r: (np.linalg.norm(query - rows[r]), r))
        for name, values in FACTORS.items():
            right[name] += values[query_keys[q]] == values[row_keys[nearest]]
    expected = {name: count / 25 for name, count in right.items()}
    assert metrics.attribute_retrieval(queries, query_keys, rows, row_keys, FACTORS, *sources) == pytest.approx(
        expected
    )


def test_a_query_that_may_meet_no_row_counts_as_wrong():
    points, keys = np.eye(2), np.array([0, 5])
    found = metrics.attribute_retrieval(points, keys, points, keys[::-1], FACTORS, [0, 1], [0, 0])
    assert found == {"size": 0.0, "colour": 0.0, "same": 0.5}
    assert metrics.attribute_retrieval(points, keys, points, keys, FACTORS, [0, 0], [0, 0])["same"] == 0


@pytest.mark.parametrize(
    ("query_keys", "row_keys", "message"),
    [
        ([0, 6], [0, 1], "'size' has values for keys 0 to 5"),
        ([0, -2], [0, 1], "got keys -2 to 0"),
        ([0], [0, 1], r"keys \(1,\)"),
        ([0, 1], [0], r"2 rows with keys \(1,\)"),
    ],
)
def test_attribute_retrieval_says_what_does_not_fit(query_keys, row_keys, message):
    with pytest.raises(ValueError, match=message):
        metrics.attribute_retrieval(np.eye(2), query_keys, np.eye(2), row_keys, FACTORS)
    with pytest.raises(ValueError, match="at least one query"):
        metrics.attribute_retrieval(np.empty((0, 2)), [], np.eye(2), [0, 1], FACTORS)

"""Every figure against a slow and obvious computation of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest

from sharcs_core import metrics, retrieval
from sharcs_core.tree import fit_tree


def test_plain_shares():
    assert metrics.accuracy([0, 1, 1, 2], [0, 1, 2, 2]) == 0.75
    assert metrics.majority_accuracy([1, 1, 0], [0, 1, 2, 1]) == 0.5
    assert metrics.majority_accuracy([1, 0], [0, 0, 0, 1]) == 0.75  # a draw: the lowest class
    assert metrics.majority_prediction([2, 2, 2, 0]) == 0.75
    assert metrics.fidelity([0, 1], [0, 0]) == 0.5


def test_balanced_accuracy_counts_classes_alike_and_only_those_that_occur():
    labels, predicted = [0] * 8 + [1] * 2, [0] * 8 + [0, 3]
    assert metrics.balanced_accuracy(predicted, labels) == 0.5
    assert metrics.balanced_accuracy([0] * 8 + [1, 0], labels) == 0.75


def test_completeness_is_the_accuracy_of_the_tree():
    codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    tree = fit_tree(codes, [0, 1, 1, 0], ("a", "b"), 1, 2)
    assert metrics.completeness(tree, codes, [0, 1, 1, 0]) == 1
    assert metrics.completeness(tree, codes, [0, 1, 1, 1]) == 0.75


@pytest.mark.parametrize(
    "figure",
    [
        lambda: metrics.accuracy([], []),
        lambda: metrics.accuracy([1], [1, 2]),
        lambda: metrics.balanced_accuracy([1, 2], [1]),
        lambda: metrics.majority_accuracy([], [1]),
        lambda: metrics.majority_prediction([]),
    ],
)
def test_a_share_of_nothing_or_of_unequal_lengths_is_refused(figure):
    with pytest.raises(ValueError, match="got"):
        figure()


def test_semantics_accuracy_is_high_where_keys_lie_apart_and_at_chance_where_they_do_not():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 4, 600)
    apart = np.stack([keys % 2, keys // 2], axis=1) * 0.8 + rng.normal(0, 0.05, (600, 2))
    noise = rng.random((600, 2))
    assert metrics.semantics_accuracy(apart[:400], keys[:400], apart[400:], keys[400:]) == 1
    assert metrics.semantics_accuracy(noise[:400], keys[:400], noise[400:], keys[400:]) < 0.4


def test_semantics_accuracy_with_a_single_key_says_that_key():
    assert metrics.semantics_accuracy(np.ones((3, 2)), [4] * 3, np.ones((2, 2)), [4, 5]) == 0.5


def scores_by_loop(queries, query_keys, rows, row_keys, query_sources, row_sources):
    ranks = []
    for q, query in enumerate(queries):
        allowed = [r for r in range(len(rows)) if query_sources is None or query_sources[q] != row_sources[r]]
        ordered = sorted(allowed, key=lambda r: (np.linalg.norm(query - rows[r]), r))
        ranks.append(next((i + 1 for i, r in enumerate(ordered) if row_keys[r] == query_keys[q]), np.inf))
    ranks = np.array(ranks, dtype=float)
    return {"recall_at_1": (ranks <= 1).mean(), "recall_at_5": (ranks <= 5).mean(), "mrr": (1 / ranks).mean()}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pairs_at_once", [1, 10**6])
def test_retrieval_is_that_of_a_double_loop(seed, pairs_at_once, monkeypatch):
    monkeypatch.setattr(retrieval, "PAIRS_AT_ONCE", pairs_at_once)
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
    nothing = {"recall_at_1": 0, "recall_at_5": 0, "mrr": 0}
    assert hopeless == {**nothing, "chance": nothing}


def test_the_own_source_is_no_answer():
    keys, points = np.arange(4), np.eye(4)
    assert metrics.retrieval(points, keys, points, keys, keys, keys)["recall_at_5"] == 0


@pytest.mark.parametrize(("n", "m"), [(n, m) for n in range(1, 8) for m in range(n + 1)])
def test_chance_is_the_mean_over_every_order(n, m):
    ranks = [min(order[:m], default=None) for order in permutations(range(1, n + 1), m)]
    expected = {
        "recall_at_1": Fraction(sum(rank is not None and rank <= 1 for rank in ranks), len(ranks)),
        "recall_at_5": Fraction(sum(rank is not None and rank <= 5 for rank in ranks), len(ranks)),
        "mrr": sum((Fraction(1, rank) if rank else Fraction(0) for rank in ranks), Fraction(0)) / len(ranks),
    }
    # min() above takes the first match only: the places of the m matching rows are drawn in every way
    assert metrics.chance_of(n, m) == pytest.approx({name: float(value) for name, value in expected.items()})


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


def gap_by_loop(shared):
    means = [np.mean(points, axis=0) for points in shared.values()]
    between = np.mean([np.linalg.norm(a - b) for a, b in combinations(means, 2)])
    within = np.mean([np.mean([np.linalg.norm(a - b) for a, b in combinations(p, 2)]) for p in shared.values()])
    return between / within


@pytest.mark.parametrize("pairs_at_once", [1, 10**6])
def test_the_modality_gap_is_that_of_a_double_loop_for_three_modalities(pairs_at_once, monkeypatch):
    monkeypatch.setattr(metrics, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(0)
    shared = {"a": rng.random((9, 3)), "b": rng.random((7, 3)) + 0.5, "c": rng.random((5, 3)) * 2}
    assert metrics.modality_gap(shared) == pytest.approx(gap_by_loop(shared))


def test_the_gap_grows_as_modalities_move_apart_and_is_nothing_where_they_coincide():
    points = np.random.default_rng(0).random((20, 3))
    assert metrics.modality_gap({"a": points, "b": points}) == 0
    gaps = [metrics.modality_gap({"a": points, "b": points + shift}) for shift in (0.1, 0.5, 2)]
    assert gaps == sorted(gaps)
    assert gaps[0] > 0


def test_the_gap_between_single_points():
    assert metrics.modality_gap({"a": np.zeros((1, 2)), "b": np.zeros((1, 2))}) == 0
    assert metrics.modality_gap({"a": np.zeros((1, 2)), "b": np.ones((1, 2))}) == float("inf")
    with pytest.raises(ValueError, match="at least two modalities"):
        metrics.modality_gap({"a": np.zeros((1, 2))})
    with pytest.raises(ValueError, match="at least two modalities"):
        metrics.modality_gap({"a": np.zeros((1, 2)), "b": np.empty((0, 2))})

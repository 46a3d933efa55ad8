"""Figures of the shared space against double loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sharcs_core import metrics
from sharcs_core.metrics import space


def test_semantics_accuracy_is_high_where_keys_lie_apart_and_at_chance_where_they_do_not():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 4, 600)
    apart = np.stack([keys % 2, keys // 2], axis=1) * 0.8 + rng.normal(0, 0.05, (600, 2))
    noise = rng.random((600, 2))
    assert metrics.semantics_accuracy(apart[:400], keys[:400], apart[400:], keys[400:]) == 1
    assert metrics.semantics_accuracy(noise[:400], keys[:400], noise[400:], keys[400:]) < 0.4


def test_semantics_accuracy_with_a_single_key_says_that_key():
    assert metrics.semantics_accuracy(np.ones((3, 2)), [4] * 3, np.ones((2, 2)), [4, 5]) == 0.5


def gap_by_loop(shared):
    means = [np.mean(points, axis=0) for points in shared.values()]
    between = np.mean([np.linalg.norm(a - b) for a, b in combinations(means, 2)])
    within = np.mean([np.mean([np.linalg.norm(a - b) for a, b in combinations(p, 2)]) for p in shared.values()])
    return between / within


@pytest.mark.parametrize("pairs_at_once", [1, 10**6])
def test_the_modality_gap_is_that_of_a_double_loop_for_three_modalities(pairs_at_once, monkeypatch):
    monkeypatch.setattr(space, "PAIRS_AT_ONCE", pairs_at_once)
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


def jaccard_by_loop(left, left_keys, right, right_keys):
    found = {"equal": [], "other": []}
    for code, key in zip(left, left_keys, strict=True):
        for other_code, other_key in zip(right, right_keys, strict=True):
            ones, others = set(np.flatnonzero(code)), set(np.flatnonzero(other_code))
            overlap = len(ones & others) / len(ones | others) if ones | others else 1.0
            found["equal" if key == other_key else "other"].append(overlap)
    return {name: np.mean(values) if values else None for name, values in found.items()}


@pytest.mark.parametrize("pairs_at_once", [1, 10**6])
@pytest.mark.parametrize("n_concepts", [1, 3, 12])
def test_code_agreement_is_that_of_a_double_loop(pairs_at_once, n_concepts, monkeypatch):
    monkeypatch.setattr(space, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(n_concepts)
    left, right = rng.random((30, n_concepts)) < 0.3, rng.random((20, n_concepts)) < 0.4  # some are empty
    left_keys, right_keys = rng.integers(0, 4, 30), rng.integers(1, 6, 20)  # 0, 4 and 5 occur on one side only
    expected = jaccard_by_loop(left, left_keys, right, right_keys)
    assert metrics.code_agreement(left, left_keys, right, right_keys) == pytest.approx(expected)


def test_two_empty_codes_agree_and_an_empty_one_agrees_with_no_other():
    empty, full = np.zeros((1, 3), dtype=bool), np.ones((1, 3), dtype=bool)
    assert metrics.code_agreement(empty, [1], empty, [1])["equal"] == 1
    assert metrics.code_agreement(empty, [1], full, [1])["equal"] == 0


def test_pairs_that_do_not_exist_have_no_agreement():
    codes = np.eye(3, dtype=bool)
    assert metrics.code_agreement(codes, [1, 1, 1], codes, [1, 1, 1])["other"] is None
    assert metrics.code_agreement(codes, [1, 1, 1], codes, [2, 2, 2])["equal"] is None


@pytest.mark.parametrize(
    ("right", "right_keys"),
    [(np.ones((2, 2), dtype=bool), [0, 1]), (np.ones((2, 3)), [0, 1]), (np.ones((2, 3), dtype=bool), [0])],
)
def test_codes_that_do_not_fit_are_refused(right, right_keys):
    with pytest.raises(ValueError, match="got"):
        metrics.code_agreement(np.ones((2, 3), dtype=bool), [0, 1], right, right_keys)


def test_the_probe_tells_modalities_that_lie_apart_and_not_those_that_are_mixed():
    rng = np.random.default_rng(0)
    train, test = rng.random((3, 400, 4)), rng.random((3, 300, 4))
    mixed = metrics.modality_probe(dict(zip("abc", train, strict=True)), dict(zip("abc", test, strict=True)))
    assert mixed["accuracy"] < 0.42
    assert mixed["chance"] == pytest.approx(1 / 3)
    shifts = np.eye(3, 4)[:, None]
    apart = metrics.modality_probe(
        dict(zip("abc", train + shifts * 2, strict=True)), dict(zip("abc", test + shifts * 2, strict=True))
    )
    assert apart["accuracy"] == 1


def test_the_probe_is_scored_on_the_test_inputs():
    points = np.linspace(0, 1, 50)[:, None]
    train = {"a": points, "b": points + 2}
    assert metrics.modality_probe(train, train)["accuracy"] == 1
    swapped = {"a": points + 2, "b": points}
    assert metrics.modality_probe(train, swapped)["accuracy"] == 0
    reordered = {"b": train["b"], "a": train["a"]}
    assert metrics.modality_probe(train, reordered)["accuracy"] == 1  # names count, not their order


def test_the_probe_names_its_chance_by_the_test_inputs_it_looked_at(monkeypatch):
    train = {"a": np.random.default_rng(0).random((60, 2)), "b": np.random.default_rng(1).random((60, 2))}
    assert metrics.modality_probe(train, {"a": train["a"][:30], "b": train["b"][:10]})["chance"] == 0.75
    monkeypatch.setattr(space, "MAX_PROBED", 20)
    found = metrics.modality_probe(train, {"a": train["a"], "b": train["b"][:10]}, seed=3)
    assert found["chance"] == pytest.approx(2 / 3)
    assert found == metrics.modality_probe(train, {"a": train["a"], "b": train["b"][:10]}, seed=3)


def test_the_probe_needs_the_same_two_modalities():
    points = np.ones((3, 2))
    with pytest.raises(ValueError, match="same modalities"):
        metrics.modality_probe({"a": points, "b": points}, {"a": points, "c": points})
    with pytest.raises(ValueError, match="at least two modalities"):
        metrics.modality_probe({"a": points}, {"a": points})
    with pytest.raises(ValueError, match="at least two modalities"):
        metrics.modality_probe({"a": points, "b": points}, {"a": points, "b": points[:0]})


def quantile_by_hand(values, share):
    """Linear interpolation between the two values around the place share · (n − 1)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def test_the_error_of_stand_ins_is_that_of_a_loop():
    rng = np.random.default_rng(0)
    true = rng.random((31, 4))
    stand_in = true + rng.normal(0, 0.02, true.shape)
    found = metrics.stand_in_error(stand_in, true, seed=5)
    shuffled = true[np.random.default_rng(5).permutation(31)]
    for against, figures in ((true, found), (shuffled, found["shuffled"])):
        distances = [
            sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) ** 0.5 for x, y in zip(stand_in, against, strict=True)
        ]
        for name, share in {"median": 0.5, "q25": 0.25, "q75": 0.75, "p95": 0.95}.items():
            assert figures[name] == pytest.approx(quantile_by_hand(distances, share))
    assert found["p95"] < found["shuffled"]["q25"]


def test_a_perfect_stand_in_has_no_error_and_a_blind_one_that_of_shuffled_samples():
    rng = np.random.default_rng(1)
    true = rng.random((500, 3))
    assert metrics.stand_in_error(true, true)["p95"] == 0
    blind = metrics.stand_in_error(rng.random((500, 3)), true)
    assert blind["median"] == pytest.approx(blind["shuffled"]["median"], rel=0.1)


@pytest.mark.parametrize(("stand_in", "true"), [(np.ones((2, 3)), np.ones((3, 3))), (np.empty((0, 3)),) * 2])
def test_stand_ins_that_do_not_fit_are_refused(stand_in, true):
    with pytest.raises(ValueError, match="one stand-in for each"):
        metrics.stand_in_error(stand_in, true)

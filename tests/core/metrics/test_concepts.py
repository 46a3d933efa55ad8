"""Figures of the concepts against loops in exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import mean

import numpy as np
import pytest

from sharcs_core import metrics

FACTORS = {"size": (0, 0, 0, 1, 1, 1), "colour": (0, 1, 2, 0, 1, 2)}


def some_activations(seed, n=250, width=9):
    """Live, dead, nearly dead, copied and mirrored concepts."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, width))
    points[:, 1] = np.clip(points[:, 0] + rng.normal(0, 0.05, n), 0, 1)
    points[:, 2] = 1 - points[:, 0]
    points[:, 3] = points[:, 3] > 1 - 0.008  # on for about 1 %
    points[:, 4] = points[:, 4] < 1 - 0.008
    points[:, 5] *= 0.5  # never on, though it varies
    return points


def live_by_loop(activations):
    n = len(activations)
    live = []
    for t in range(activations.shape[1]):
        share = Fraction(sum(bool(value > 0.5) for value in activations[:, t]), n)
        if Fraction(1, 100) <= share <= Fraction(99, 100):
            live.append(t)
    return live


def correlation_by_loop(left, right):
    left_mean, right_mean = math.fsum(left) / len(left), math.fsum(right) / len(right)
    both = math.fsum((a - left_mean) * (b - right_mean) for a, b in zip(left, right, strict=True))
    left_square, right_square = (
        math.fsum((value - middle) ** 2 for value in values)
        for values, middle in ((left, left_mean), (right, right_mean))
    )
    return abs(both / math.sqrt(left_square * right_square))


@pytest.mark.parametrize("seed", range(6))
def test_dead_redundant_and_twin_concepts_are_those_of_a_double_loop(seed):
    activations = some_activations(seed)
    live = live_by_loop(activations)
    pairs = {(a, b): correlation_by_loop(activations[:, a], activations[:, b]) for a in live for b in live if a != b}
    assert metrics.n_dead(activations) == activations.shape[1] - len(live)
    assert metrics.redundancy(activations) == pytest.approx(max(pairs.values()))
    for limit in (0.05, 0.1, 0.95):
        expected = sum(any(pairs[a, b] >= limit for b in live if b != a) for a in live)
        assert metrics.twins(activations, limit) == expected


def on_for(n_on, n):
    return (np.arange(n) < n_on).astype(float)[:, None]


@pytest.mark.parametrize(
    ("n_on", "n", "dead"),
    [
        *((0, 7, 1), (1, 7, 0), (7, 7, 1), (1, 100, 0), (99, 100, 0), (100, 100, 1), (1, 101, 1), (100, 101, 1)),
        *((7, 700, 0), (6, 700, 1), (693, 700, 0), (694, 700, 1)),
    ],
)
def test_exactly_one_and_ninety_nine_percent_are_alive(n_on, n, dead):
    assert metrics.n_dead(on_for(n_on, n)) == dead


def test_an_activation_of_one_half_is_off():
    assert metrics.n_dead(np.array([[0.5, 0.500001], [0.5, 0.5]])) == 1


def test_redundancy_sees_copies_and_opposites_but_no_dead_concept():
    rng = np.random.default_rng(0)
    own, other = rng.random(400), rng.random(400)
    assert metrics.redundancy(np.stack([own, other], 1)) < 0.2
    assert metrics.redundancy(np.stack([own, other, 0.3 + own / 2], 1)) == pytest.approx(1)
    assert metrics.redundancy(np.stack([own, other, 1 - own], 1)) == pytest.approx(1)
    assert metrics.redundancy(np.stack([own, other, own / 2], 1)) < 0.2  # the copy is never on
    assert metrics.twins(np.stack([own, 1 - own, other, own / 2], 1)) == 2


@pytest.mark.parametrize("width", [0, 1, 2])
def test_fewer_than_two_live_concepts_have_no_redundancy_and_no_twins(width):
    activations = np.random.default_rng(0).random((50, 3))[:, :width]
    activations[:, 1:] = 0.2
    assert metrics.redundancy(activations) is None
    assert metrics.twins(activations) == 0


def test_single_precision_and_codes_are_taken_as_they_are():
    codes = np.array([[0, 1], [1, 0], [1, 0]], dtype=bool)
    assert metrics.redundancy(codes) == pytest.approx(1)
    assert metrics.redundancy(codes.astype(np.float32)) == pytest.approx(1)
    assert 0 <= metrics.redundancy(np.repeat(np.random.default_rng(3).random((70, 1), np.float32), 5, axis=1)) <= 1


@pytest.mark.parametrize("figure", [metrics.n_dead, metrics.redundancy, metrics.twins])
@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (np.zeros((0, 3)), r"at least one input \(got activations of shape \(0, 3\)\)"),
        (np.zeros(3), r"shape \(n, T\).*got \(3,\)"),
        (np.array([[0.1, np.nan]]), "must be finite"),
    ],
)
def test_figures_of_activations_say_what_does_not_fit(figure, activations, message):
    with pytest.raises(ValueError, match=message):
        figure(activations)


@pytest.mark.parametrize("limit", [0, -0.5, 1.01, float("nan")])
def test_a_limit_of_twins_is_a_correlation(limit):
    with pytest.raises(ValueError, match="limit must lie above 0 and be at most 1"):
        metrics.twins(np.eye(2), limit)


def balanced_by_loop(said, on):
    shares = []
    for wanted in (False, True):
        own = [bool(s) == wanted for s, o in zip(said, on, strict=True) if o == wanted]
        shares += [Fraction(sum(own), len(own))] if own else []
    return mean(shares)


def nameable_by_loop(train_codes, train_keys, test_codes, test_keys, factors):
    scores = []
    for train_on, test_on in zip(train_codes.T, test_codes.T, strict=True):
        best = None
        for values in factors.values():
            for value in sorted(set(values)):
                for present in (True, False):
                    said, said_on_test = (
                        [(values[key] == value) == present for key in keys] for keys in (train_keys, test_keys)
                    )
                    found = balanced_by_loop(said, train_on)
                    if best is None or found > best[0]:
                        best = found, balanced_by_loop(said_on_test, test_on)
        scores.append(float(best[1]))
    return scores


def some_codes(rng, keys, width):
    """Concepts of which some follow a factor, some nothing, and some never change."""
    codes = rng.random((len(keys), width)) < 0.3
    codes[:, 0] = np.asarray(FACTORS["size"])[keys] == 1
    codes[:, 1] = (np.asarray(FACTORS["colour"])[keys] == 2) ^ (rng.random(len(keys)) < 0.2)
    codes[:, 2] = np.asarray(FACTORS["colour"])[keys] != 0
    codes[:, 3:5] = [True, False]
    return codes


@pytest.mark.parametrize("seed", range(8))
def test_nameable_is_that_of_a_loop_over_all_rules(seed):
    rng = np.random.default_rng(seed)
    train_keys, test_keys = rng.integers(0, 6, 24), rng.integers(0, 6, 13)  # few, so that rules are often equally good
    train_codes, test_codes = some_codes(rng, train_keys, 9), some_codes(rng, test_keys, 9)
    found = metrics.nameable(train_codes, train_keys, test_codes, test_keys, FACTORS)
    expected = nameable_by_loop(train_codes, train_keys, test_codes, test_keys, FACTORS)
    assert found["by_concept"] == pytest.approx(expected)
    assert found["mean"] == pytest.approx(mean(expected))


@pytest.mark.parametrize("seed", [0, 5])
def test_shuffled_is_the_figure_of_shuffled_keys(seed):
    rng = np.random.default_rng(1)
    train_keys, test_keys = rng.integers(0, 6, 40), rng.integers(0, 6, 30)
    train_codes, test_codes = some_codes(rng, train_keys, 7), some_codes(rng, test_keys, 7)
    found = metrics.nameable(train_codes, train_keys, test_codes, test_keys, FACTORS, seed)
    shuffling = np.random.default_rng(seed)
    shuffled = shuffling.permutation(train_keys), shuffling.permutation(test_keys)
    assert found["shuffled"] == pytest.approx(
        mean(nameable_by_loop(train_codes, shuffled[0], test_codes, shuffled[1], FACTORS))
    )


def test_concepts_that_follow_values_are_nameable_and_shuffled_keys_are_at_chance():
    rng = np.random.default_rng(0)
    train_keys, test_keys = rng.integers(0, 6, 4000), rng.integers(0, 6, 2000)
    train, test = (some_codes(rng, keys, 5)[:, [0, 2]] for keys in (train_keys, test_keys))
    found = metrics.nameable(train, train_keys, test, test_keys, FACTORS)
    assert found["by_concept"] == [1, 1]
    assert found["shuffled"] == pytest.approx(0.5, abs=0.03)


def test_the_rule_is_chosen_on_training_inputs():
    keys, on = np.arange(6), np.asarray(FACTORS["size"], dtype=bool)[:, None]
    turned = metrics.nameable(on, keys, ~on, keys, FACTORS)
    assert turned["mean"] == 0  # a rule chosen on the test would say the absence, and always be right


def test_a_concept_that_never_changes_on_test_is_scored_on_the_class_there_is():
    on = np.asarray(FACTORS["size"], dtype=bool)[:, None]
    found = metrics.nameable(on, np.arange(6), np.ones((4, 1), dtype=bool), [3, 4, 5, 0], FACTORS)
    assert found["by_concept"] == [0.75]


def test_of_rules_that_are_equally_good_the_first_value_and_presence_are_chosen():
    train, test = np.array([[True], [False]]), np.ones((2, 1), dtype=bool)
    same = metrics.nameable(train, [0, 1], test, [0, 1], {"same": (7, 7)})  # presence says on, absence off
    assert same["by_concept"] == [1]
    first, second = {"a": (0, 1, 1)}, {"b": (0, 1, 0)}  # both right on training; key 2 tells them apart
    for factors, score in (({**first, **second}, 0), ({**second, **first}, 1)):
        assert metrics.nameable(train, [0, 1], test, [2, 2], factors)["by_concept"] == [score]


def test_without_factors_nothing_has_a_name():
    codes = np.ones((3, 2), dtype=bool)
    assert metrics.nameable(codes, [0, 1, 2], codes, [0, 1, 2], {}) is None


CODES = np.array([[True, False], [False, True]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((CODES.astype(float), [0, 1], CODES, [0, 1]), r"train_codes must be Boolean.*got float64 \(2, 2\)"),
        ((CODES, [0, 1], CODES[0], [0, 1]), r"test_codes must be Boolean, \(n, T\).*got bool \(2,\)"),
        ((CODES[:0], [], CODES, [0, 1]), "train_codes must be .* of at least one input"),
        ((CODES[:, :0], [0, 1], CODES[:, :0], [0, 1]), "at least one input and concept"),
        ((CODES, [0, 1, 2], CODES, [0, 1]), r"got \(2,\) and \(3,\)"),
        ((CODES, [0, 1], CODES[:, :1], [0, 1]), "of the same concepts .got 2 and 1"),
        ((CODES, [0, 6], CODES, [0, 1]), "'size' has values for keys 0 to 5 .got keys 0 to 6"),
        ((CODES, [0, 1], CODES, [-2, 1]), "got keys -2 to 1"),
    ],
)
def test_nameable_says_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.nameable(*arguments, FACTORS)

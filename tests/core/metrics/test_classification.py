"""Shares of samples, by hand and by loop."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sharcs_core import metrics
from sharcs_core.structures import Question
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
    tree = fit_tree(codes, [0, 1, 1, 0], (Question(("a",), (0,)), Question(("b",), (0,))), (), 2)
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
        lambda: metrics.unimodal_ceiling([], [], [1], [1]),
        lambda: metrics.unimodal_ceiling([1], [1], [1, 2], [1]),
    ],
)
def test_a_share_of_nothing_or_of_unequal_lengths_is_refused(figure):
    with pytest.raises(ValueError, match="got"):
        figure()


def ceiling_by_loop(train_keys, train_labels, test_keys, test_labels):
    """The best of all rules from key to label on the training samples, tried one after the other."""

    def best(labels):
        return max(sorted(set(labels)), key=lambda label: (sum(other == label for other in labels), -label))

    right = 0
    for key, label in zip(test_keys, test_labels, strict=True):
        same = [said for k, said in zip(train_keys, train_labels, strict=True) if k == key]
        right += best(same or list(train_labels)) == label
    return right / len(test_labels)


@pytest.mark.parametrize("seed", range(5))
def test_the_unimodal_ceiling_is_that_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    train_keys, train_labels = rng.integers(0, 6, 40), rng.integers(2, 5, 40)
    test_keys, test_labels = rng.integers(0, 8, 60), rng.integers(2, 5, 60)  # keys 6 and 7 are new
    given = (train_keys, train_labels, test_keys, test_labels)
    assert metrics.unimodal_ceiling(*given) == pytest.approx(ceiling_by_loop(*given))


def test_no_rule_from_key_to_label_beats_the_ceiling_where_train_and_test_are_one():
    rng = np.random.default_rng(0)
    keys, labels = rng.integers(0, 3, 30), rng.integers(0, 3, 30)
    rules = product(range(3), repeat=3)
    best = max(np.mean(np.array(rule)[keys] == labels) for rule in rules)
    assert metrics.unimodal_ceiling(keys, labels, keys, labels) == pytest.approx(best)


def test_the_ceiling_of_xor_and_xor_is_the_majority():
    first, second, third = np.array(list(product((0, 1), repeat=3))).T
    labels = (first ^ second) & (second ^ third)
    for keys in (2 * first + second, 2 * third + second):
        assert metrics.unimodal_ceiling(keys, labels, keys, labels) == 0.75
    both = 4 * first + 2 * second + third
    assert metrics.unimodal_ceiling(both, labels, both, labels) == 1


def test_normalised_completeness_is_a_share_of_what_the_model_wins():
    assert metrics.completeness_normalised(0.75, 0.5, 1.0, 50) == pytest.approx(0.5)
    assert metrics.completeness_normalised(1.0, 0.25, 1.0, 50) == 1
    assert metrics.completeness_normalised(0.25, 0.25, 0.75, 50) == 0
    assert metrics.completeness_normalised(0.1, 0.2, 0.7, 50) == pytest.approx(-0.2)  # worse than the majority
    assert metrics.completeness_normalised(0.9, 0.5, 0.8, 50) == pytest.approx(4 / 3)  # better than the model


@pytest.mark.parametrize("model_accuracy", [0.5, 0.4, 0.0])
def test_a_model_no_better_than_the_majority_leaves_nothing_to_explain(model_accuracy):
    assert metrics.completeness_normalised(0.9, 0.5, model_accuracy, 100) is None


def test_a_lead_that_chance_could_have_given_is_not_divided_by():
    # two standard errors of a half over 100 samples are a tenth
    assert metrics.completeness_normalised(0.9, 0.5, 0.599, 100) is None
    assert metrics.completeness_normalised(0.9, 0.5, 0.601, 100) == pytest.approx(0.4 / 0.101)
    assert metrics.completeness_normalised(0.9, 0.5, 0.599, 200) == pytest.approx(0.4 / 0.099)


@pytest.mark.parametrize("given", [(1.1, 0, 1, 5), (0.5, -0.1, 1, 5), (0.5, 0.2, float("nan"), 5)])
def test_normalised_completeness_refuses_what_is_no_share(given):
    with pytest.raises(ValueError, match="between 0 and 1"):
        metrics.completeness_normalised(*given)


def test_normalised_completeness_needs_samples():
    with pytest.raises(ValueError, match="n_samples must be at least 1"):
        metrics.completeness_normalised(0.5, 0.5, 0.5, 0)

"""Answers that go with a question: shares by counting, chance by shuffling one label after the other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sharcs_core.metrics.association import LEVEL, class_associations


def some_samples(seed, n=80, n_questions=6, n_classes=3):
    """Answers of which the first goes with the class, one is always yes, one is never."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    answers = rng.random((n, n_questions)) < 0.4
    answers[:, 0] = (labels == 1) ^ (rng.random(n) < 0.2)
    answers[:, 4], answers[:, 5] = True, False
    return answers, labels


def share(labels, chosen, wanted):
    own = [label for label, is_chosen in zip(labels, chosen, strict=True) if is_chosen]
    return sum(label == wanted for label in own) / len(own) if own else 0


@pytest.mark.parametrize("seed", range(4))
def test_shares_are_those_that_one_counts(seed):
    answers, labels = some_samples(seed)
    found = class_associations(answers, labels, 3)
    assert found.n_yes.tolist() == answers.sum(axis=0).tolist()
    for question in range(answers.shape[1]):
        for label in range(3):
            assert found.when_yes[question, label] == pytest.approx(share(labels, answers[:, question], label))
            assert found.when_no[question, label] == pytest.approx(share(labels, ~answers[:, question], label))


def scaled_by_loop(answers, labels, n_classes):
    """The distance of each count from what is expected, in standard deviations of the hypergeometric law."""
    n = len(labels)
    found = np.zeros((answers.shape[1], n_classes))
    for question in range(answers.shape[1]):
        for label in range(n_classes):
            both = sum(bool(yes) and own == label for yes, own in zip(answers[:, question], labels, strict=True))
            a, b = int(answers[:, question].sum()), int((labels == label).sum())
            variance = a * b * (n - a) * (n - b) / (n * n * (n - 1))
            found[question, label] = abs(both - a * b / n) / math.sqrt(variance) if variance else 0
    return found


@pytest.mark.parametrize("seed", range(3))
def test_p_values_are_the_share_of_shuffles_whose_largest_difference_is_as_large(seed):
    answers, labels = some_samples(seed)
    found = class_associations(answers, labels, 3, n_shuffles=39, seed=seed)
    rng = np.random.default_rng(seed)
    highest = [scaled_by_loop(answers, rng.permutation(labels), 3).max() for _ in range(39)]
    for cell, own in np.ndenumerate(scaled_by_loop(answers, labels, 3)):
        assert found.p_values[cell] == pytest.approx((1 + sum(high >= own - 1e-9 for high in highest)) / 40)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_beyond_the_reach_of_shuffles_is_what_has_a_small_p_value(seed):
    answers, labels = some_samples(seed)
    found = class_associations(answers, labels, 3)
    varies = (found.n_yes > 0) & (found.n_yes < len(labels))
    beyond = np.abs(found.when_yes - found.when_no) > found.reach + 1e-9
    assert (beyond[varies] == (found.p_values[varies] <= LEVEL)).all()
    assert (found.p_values[~varies] == 1).all()
    assert (found.reach[~varies] == 0).all()


def test_a_question_that_goes_with_a_class_is_found_and_the_others_are_not():
    answers, labels = some_samples(0, n=400)
    is_found = class_associations(answers, labels, 3).p_values <= LEVEL
    assert is_found[0].all()
    assert not is_found[1:].any()


def test_with_random_labels_hardly_one_data_set_in_twenty_has_any_claim_at_all():
    """Of all questions and classes together; 300 data sets, so that the rate is known to about .013."""
    rng = np.random.default_rng(0)
    n_claims = 0
    for seed in range(300):
        first = rng.random((60, 4)) < rng.uniform(0.1, 0.9, 4)
        answers = np.concatenate([first, first[:, :2] ^ (rng.random((60, 2)) < 0.1)], axis=1)  # some nearly alike
        labels = rng.choice(4, 60, p=(0.5, 0.3, 0.15, 0.05))
        n_claims += bool((class_associations(answers, labels, 4, n_shuffles=99, seed=seed).p_values <= LEVEL).any())
    assert 0.01 <= n_claims / 300 <= LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / 300)


def test_the_same_seed_shuffles_alike_and_the_order_of_samples_changes_no_share():
    answers, labels = some_samples(1)
    first, again = (class_associations(answers, labels, 3, seed=5) for _ in range(2))
    assert (first.p_values == again.p_values).all()
    order = np.random.default_rng(0).permutation(len(labels))
    turned = class_associations(answers[order], labels[order], 3)
    np.testing.assert_allclose(turned.when_yes, first.when_yes)


def test_too_few_shuffles_for_the_level_tell_nothing():
    answers, labels = some_samples(0)
    found = class_associations(answers, labels, 3, n_shuffles=9)
    assert found.p_values.min() == pytest.approx(0.1)
    assert np.isinf(found.reach[0]).all()


def test_one_sample_can_be_told_nothing_of():
    found = class_associations(np.array([[True]]), np.array([0]), 2)
    assert found.p_values.tolist() == [[1.0, 1.0]]
    assert found.when_yes.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("answers", "labels", "n_shuffles", "message"),
    [
        (np.zeros((0, 2), bool), np.zeros(0, int), 9, "at least one sample"),
        (np.zeros((2, 2), int), np.zeros(2, int), 9, "Boolean answers"),
        (np.zeros((2, 2), bool), np.zeros(3, int), 9, "a label a sample"),
        (np.zeros((2, 2), bool), np.array([0, 3]), 9, r"Labels must be 0 to 2 \(got 0 to 3\)"),
        (np.zeros((2, 2), bool), np.array([0, 1]), 0, r"at least one shuffle \(got 0\)"),
    ],
)
def test_what_cannot_be_counted_is_refused(answers, labels, n_shuffles, message):
    with pytest.raises(ValueError, match=message):
        class_associations(answers, labels, 3, n_shuffles)

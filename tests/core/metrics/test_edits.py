"""Figures of edits against loops over samples."""

from __future__ import annotations

from fractions import Fraction
from statistics import mean, median

import numpy as np
import pytest

from sharcs_core import metrics


@pytest.mark.parametrize("seed", range(6))
def test_share_changed_is_that_of_a_loop_over_samples_and_tries(seed):
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 3, 20)
    tries = []
    for size in (0, 1, 5, 12):
        places = rng.permutation(20)[:size]
        led_to = np.where(rng.random(size) < 0.7, before[places], rng.integers(0, 3, size))
        tries.append((places, led_to))
    changed = 0
    for sample in range(20):
        classes = [c for places, led_to in tries for p, c in zip(places, led_to, strict=True) if p == sample]
        changed += any(c != before[sample] for c in classes)
    assert 0 < changed < 20
    assert metrics.share_changed(before, tries) == changed / 20


def test_a_sample_without_tries_is_not_changed_and_a_change_is_not_taken_back_by_a_later_try():
    assert metrics.share_changed([0, 1], []) == 0
    assert metrics.share_changed([0, 1], [([], [])]) == 0
    assert metrics.share_changed([0, 1], [([0], [1]), ([0, 1], [0, 1])]) == 0.5
    assert metrics.share_changed([0, 1], [([0, 0], [1, 0])]) == 0.5
    assert metrics.share_changed([0, 1], [([1, 0], [1, 0])]) == 0


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ([], [], r"at least one sample \(got shape \(0,\)\)"),
        ([[0, 1]], [], r"got shape \(1, 2\)"),
        ([0, 1], [([0, 1], [0])], r"one class for each place \(got \(2,\) and \(1,\)\)"),
        ([0, 1], [([0], [0]), ([2], [0])], "whole numbers from 0 to 1 .got int64, 2 to 2"),
        ([0, 1], [([-1], [0])], "got int64, -1 to -1"),
        ([0, 1], [(np.array([True, False]), [1, 1])], "got bool"),
        ([0, 1], [([0.5], [1])], "got float64"),
    ],
)
def test_share_changed_says_what_does_not_fit(before, after, message):
    with pytest.raises(ValueError, match=message):
        metrics.share_changed(before, after)


def balanced_by_loop(said, wanted):
    shares = []
    for label in sorted(set(wanted)):
        own = [s == w for s, w in zip(said, wanted, strict=True) if w == label]
        shares.append(Fraction(sum(own), len(own)))
    return float(mean(shares))


@pytest.mark.parametrize("seed", range(6))
def test_right_edit_is_that_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    answers, wanted, before = (rng.integers(0, 4, 30).tolist() for _ in range(3))
    wanted = [min(label, 2) for label in wanted]  # class 3 is said but never wanted
    found = metrics.right_edit(answers, wanted, before)
    commonest = max(set(wanted), key=wanted.count)
    assert found == {
        "balanced_accuracy": pytest.approx(balanced_by_loop(answers, wanted)),
        "never_changes": pytest.approx(balanced_by_loop(before, wanted)),
        "always_commonest": pytest.approx(balanced_by_loop([commonest] * 30, wanted)),
        "n_moves": 30,
    }


def test_an_answer_that_never_follows_is_no_better_than_never_changing():
    wanted, before = [0] * 8 + [1] * 2, [1] * 8 + [0] * 2
    assert metrics.right_edit(wanted, wanted, before)["balanced_accuracy"] == 1
    stuck = metrics.right_edit(before, wanted, before)
    assert stuck["balanced_accuracy"] == stuck["never_changes"] == 0
    assert stuck["always_commonest"] == 0.5  # not .8: classes count alike


def test_a_single_wanted_class_and_no_move_at_all():
    assert metrics.right_edit([5, 4], [5, 5], [4, 4])["always_commonest"] == 1
    assert metrics.right_edit([], [], []) is None


@pytest.mark.parametrize("arguments", [([0], [0, 1], [0, 1]), ([0], [0], []), ([[0]], [[0]], [[0]]), (0, 0, 0)])
def test_right_edit_says_what_does_not_fit(arguments):
    with pytest.raises(ValueError, match=r"one for each edit \(got shapes"):
        metrics.right_edit(*arguments)


@pytest.mark.parametrize("n", [1, 2, 10, 11, 21, 31, 200, 201])
def test_edits_needed_is_that_of_sorted_counts(n):
    counts = np.random.default_rng(n).choice([1, 2, 3, 4], n, p=[0.6, 0.25, 0.05, 0.1]).tolist()
    ninetieth = next(count for place, count in enumerate(sorted(counts)) if 10 * place >= 9 * (n - 1))
    assert metrics.edits_needed(counts) == {
        "median": median(counts),
        "p90": ninetieth,
        "share_one": pytest.approx(counts.count(1) / n),
        "n_samples": n,
    }


def test_the_ninetieth_percent_is_a_count_that_occurs():
    assert metrics.edits_needed([1] * 10 + [metrics.NONE_WITHIN_THREE])["p90"] == 1
    assert metrics.edits_needed([1] * 9 + [4])["p90"] == 4


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], r"at least one sample \(got shape \(0,\)\)"),
        ([[1]], r"got shape \(1, 1\)"),
        ([1, 0], r"counted from 1 to 3, and 4 .*got \[0, 1\]"),
        ([5], r"got \[5\]"),
        ([1.5], r"got \[1.5\]"),
    ],
)
def test_edits_needed_says_what_does_not_fit(counts, message):
    with pytest.raises(ValueError, match=message):
        metrics.edits_needed(counts)

"""Curves against draws and against the area under their steps."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sharcs_core import metrics


def test_the_missing_rate_curve_is_the_mean_over_every_way_to_miss():
    full, missing = np.array([1, 1, 0, 1], dtype=bool), np.array([0, 1, 1, 0], dtype=bool)
    for rate, value in zip((0.25, 0.6), metrics.missing_rate_curve(full, missing, (0.25, 0.6)), strict=True):
        expected = 0.0
        for misses in product((False, True), repeat=4):
            chance = np.prod([rate if miss else 1 - rate for miss in misses])
            expected += chance * np.mean([missing[i] if miss else full[i] for i, miss in enumerate(misses)])
        assert value == pytest.approx(expected)


def test_the_ends_of_the_missing_rate_curve_are_the_two_accuracies():
    full, missing = np.arange(10) < 9, np.arange(10) < 4
    assert metrics.missing_rate_curve(full, missing, [0, 1]) == pytest.approx([0.9, 0.4])
    assert metrics.missing_rate_curve(full, missing, []) == []


def test_the_missing_rate_curve_says_what_does_not_fit():
    with pytest.raises(ValueError, match=r"between 0 and 1 \(got 1.5\)"):
        metrics.missing_rate_curve([True], [True], [0, 1.5])
    with pytest.raises(ValueError, match="got"):
        metrics.missing_rate_curve([True], [True, False], [0])
    with pytest.raises(ValueError, match="got"):
        metrics.missing_rate_curve([], [], [0])


def test_the_area_is_that_of_bars_side_by_side():
    curve = np.random.default_rng(0).random(7)
    bars = sum(value * (1 / 7) for value in curve)
    assert metrics.area(curve) == pytest.approx(bars)
    assert metrics.area([1.0]) == 1
    assert metrics.area([0.0, 0.5, 1.0]) < metrics.area([0.0, 1.0, 1.0])


@pytest.mark.parametrize("curve", [[], [0.5, 1.2], [float("nan")], [[0.5]]])
def test_a_curve_that_is_none_is_refused(curve):
    with pytest.raises(ValueError, match="at least one value"):
        metrics.area(curve)

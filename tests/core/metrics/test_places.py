"""Figures of maps against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from sharcs_core.errors import UserError
from sharcs_core.metrics.places import kept_in_steps, points_at, rank_correlation, removal_order, share_inside


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_parts_go_by_what_they_speak_for(rng):
    shares = rng.normal(size=40).round(1)
    order = removal_order(shares).tolist()
    assert sorted(order) == list(range(40))
    assert order == sorted(range(40), key=lambda part: (-shares[part], part))


@pytest.mark.parametrize(("n", "n_steps"), [(7, 3), (3, 7), (1, 1), (20, 20), (0, 4)])
def test_parts_are_taken_away_evenly_and_in_order(rng, n, n_steps):
    order = rng.permutation(n)
    kept = kept_in_steps(order, n_steps)
    assert kept.shape == (n_steps + 1, n)
    for step, row in enumerate(kept):
        gone = set(order[: int(np.rint(step / n_steps * n))].tolist())
        assert [part not in gone for part in range(n)] == row.tolist()
    assert kept[0].all()
    assert not kept[-1].any()


def test_a_step_at_least_is_asked_for():
    with pytest.raises(UserError, match=r"1 step or more \(got 0\)"):
        kept_in_steps(np.arange(3), 0)


def test_pointing_and_the_share_inside_are_those_of_a_loop(rng):
    for _ in range(50):
        shares, inside = rng.normal(size=12).round(1), rng.random(12) < 0.4
        most = max(abs(share) for share in shares)
        best = [inner for share, inner in zip(shares, inside, strict=True) if abs(share) == most]
        assert points_at(shares, inside) == pytest.approx(sum(best) / len(best))
        total = sum(abs(share) for share in shares)
        inner = sum(abs(share) for share, is_in in zip(shares, inside, strict=True) if is_in)
        assert share_inside(shares, inside) == pytest.approx(inner / total)


def test_of_a_map_that_is_even_the_chance_to_point_right_is_told():
    assert points_at(np.zeros(4), [True, False, False, False]) == 0.25
    assert share_inside(np.zeros(4), [True] * 4) == 0


@pytest.mark.parametrize("function", [points_at, share_inside])
def test_shares_need_as_many_marks(function):
    with pytest.raises(ValueError, match="as many marks"):
        function([0.5, 0.5], [True])
    with pytest.raises(ValueError, match="one at least"):
        function([], [])


def test_ranks_are_correlated_as_scipy_has_it(rng):
    for _ in range(30):
        first, second = rng.integers(0, 6, 15), rng.integers(0, 6, 15)
        assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert rank_correlation([3, 1, 2], [-3, -1, -2]) == pytest.approx(-1)


def test_maps_of_one_part_are_not_compared():
    with pytest.raises(ValueError, match="two parts at least"):
        rank_correlation([1], [1])

"""Which traits concepts follow, against loops over samples and against chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import make_bank
from sharcs_core.profiles.following import correlations, followed
from sharcs_core.profiles.words import followed_in_short, follows_in_words


def slow_correlation(on, holds, known):
    values = [(float(x), float(y)) for x, y, k in zip(on, holds, known, strict=True) if k]
    xs, ys = zip(*values, strict=True)
    if len(set(xs)) < 2 or len(set(ys)) < 2:
        return 0.0
    return float(np.corrcoef(xs, ys)[0, 1])


def test_correlations_are_those_of_a_loop_over_the_samples_that_are_known():
    rng = np.random.default_rng(0)
    on = rng.choice([0.0, 0.5, 1.0], (60, 4))
    on[:, 3] = 1.0  # never varies
    holds, known = rng.random((60, 5)) < 0.4, rng.random((60, 5)) < 0.8
    holds[:, 4] = True
    found = correlations(on, holds, known)
    for concept in range(4):
        for trait in range(5):
            slow = slow_correlation(on[:, concept], holds[:, trait], known[:, trait])
            assert found[concept, trait] == pytest.approx(slow, abs=1e-9)


def bank_of(traits, seed=0, n=200):
    """Concept 0 of both modalities is the first trait but for one sample in ten; concept 1 is noise."""
    rng = np.random.default_rng(seed)
    follows = np.where(rng.random(n) < 0.1, 1 - traits[:, 0], traits[:, 0])
    sides = {name: np.stack([follows, rng.random(n)], axis=1).astype(float) for name in ("image", "graph")}
    return replace(make_bank(**sides), traits=traits.astype(np.int8))


def test_a_concept_is_said_to_follow_what_it_was_made_of_with_its_figures():
    traits = np.random.default_rng(1).integers(0, 2, (200, 6))
    bank = bank_of(traits)
    first, noise = followed(bank, [f"trait {number}" for number in range(6)])
    assert first[0].trait == "trait 0"
    on = bank.sides["image"].shared[:, 0] > 0.5
    has = traits[:, 0] == 1
    assert (first[0].n_with, first[0].n_without) == (has.sum(), (~has).sum())
    assert first[0].on_with == pytest.approx(on[has].mean())
    assert first[0].on_without == pytest.approx(on[~has].mean())
    assert first[0].reach < 0.4 < first[0].correlation
    assert noise == ()


def test_false_claims_are_as_rare_as_is_said():
    rng, n_false = np.random.default_rng(2), 0
    for seed in range(40):
        bank = replace(
            bank_of(rng.integers(0, 2, (80, 3)), seed, n=80), traits=rng.integers(0, 2, (80, 8)).astype(np.int8)
        )
        n_false += any(followed(bank, [f"{number}" for number in range(8)], seed))
    assert n_false <= 6  # 2 of 40 are meant; more than 6 come by chance once in a hundred times


def test_without_traits_nothing_is_followed():
    assert followed(make_bank(image=np.ones((3, 2))), ()) == [(), ()]


def test_what_is_followed_is_told_in_words_with_what_chance_reaches():
    traits = np.random.default_rng(1).integers(0, 2, (200, 2))
    bank = bank_of(traits)
    profile = type("Profile", (), {"follows": followed(bank, ["alcohol", "halogen"])[0]})
    said = follows_in_words(profile)
    one = profile.follows[0]
    assert said[0].startswith("Mostly on with alcohol: on in ")
    assert f"of {one.n_with} samples with it" in said[0]
    assert f"{one.reach:.2f}" in said[-1]
    assert followed_in_short(profile) == "more often on with alcohol"
    inverse = replace(one, correlation=-one.correlation, on_with=one.on_without, on_without=one.on_with)
    profile.follows = (inverse,)
    assert follows_in_words(profile)[0].startswith("Mostly off with alcohol")
    assert followed_in_short(profile) == "more often off with alcohol"

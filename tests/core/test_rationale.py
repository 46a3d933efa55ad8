"""Concepts and rules in words."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ToyTask, make_bank, make_side
from sharcs_core.rationale import concept_meaning, key_activation, rule_in_words
from sharcs_core.structures import TreeStep

TASK = ToyTask()


@pytest.fixture
def bank():
    """Concepts: on for b; on for all but c; on for a and b; always; never; mixed within a key."""
    by_key = np.array(
        [[0, 1, 1, 1, 0, 0.4], [1, 1, 1, 1, 0, 0.9], [0, 0, 0, 1, 0, 0.1], [0, 1, 0, 1, 0, 0.2]], dtype=np.float16
    )
    keys = np.array([3, 0, 1, 2, 1, 0])
    return make_bank(image=make_side("image", by_key[keys], keys), graph=make_side("graph", by_key[keys], keys))


@pytest.mark.parametrize(
    ("concept", "meaning"),
    [
        (0, "on for letter b"),
        (1, "off for letter c"),
        (2, "on for letter a, letter b"),
        (3, "always on"),
        (4, "never on"),
        (5, "on for letter b"),
    ],
)
def test_a_concept_says_which_meanings_switch_it_on(bank, concept, meaning):
    assert concept_meaning(bank, TASK, "image", concept) == meaning


def test_key_activation_is_the_mean_of_the_inputs_with_that_key():
    rng = np.random.default_rng(0)
    shared, semantics = rng.random((30, 4)).astype(np.float16), rng.choice([1, 5, 6], 30)
    keys, means = key_activation(make_bank(image=make_side("image", shared, semantics)), "image")
    assert keys.tolist() == [1, 5, 6]
    for key, mean in zip(keys, means, strict=True):
        np.testing.assert_allclose(mean, shared[semantics == key].astype(float).mean(axis=0))


def test_a_rule_in_words(bank):
    steps = (
        TreeStep(node=0, feature=3, modality="image", concept=3, value=True, went="on"),
        TreeStep(node=4, feature=6, modality="graph", concept=0, value=False, went="off"),
    )
    assert rule_in_words(TASK, steps) == "image concept 3 is on and graph concept 0 is off"
    assert rule_in_words(TASK, steps[1:], bank) == "graph concept 0 is off (on for letter b)"
    assert rule_in_words(TASK, ()) == "every sample"


def test_what_is_not_there_is_said(bank):
    with pytest.raises(ValueError, match=r"'image' has concepts 0 to 5 \(got 6\)"):
        concept_meaning(bank, TASK, "image", 6)
    with pytest.raises(ValueError, match="no modality 'sound'"):
        concept_meaning(bank, TASK, "sound", 0)
    with pytest.raises(ValueError, match="toy has no modality 'sound'"):
        rule_in_words(TASK, [TreeStep(0, 0, "sound", 0, True, "on")])

"""Single edits of concepts and their combinations, against plain loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sharcs_core.interventions import apply_edits, edits_of_value
from sharcs_core.named import values_said
from sharcs_core.switches import SwitchedSamples, combinations_of, occur_among, switches_of
from small_models import small_model

NAMED = {"size": 2, "shape": 3}  # concepts 0; 1, 2, 3; free ones from 4


@pytest.fixture(scope="module")
def config():
    return small_model("ab", 6, named=NAMED).config


@pytest.fixture
def shared():
    rng = np.random.default_rng(0)
    return {name: rng.random((5, 6)).astype(np.float32) for name in "ab"}


def test_there_is_a_switch_for_each_other_value_of_a_factor_and_one_for_each_free_concept(config, shared):
    switches = switches_of(config, "ab")
    assert [(switch.modality, switch.factor.first, switch.is_taught) for switch in switches] == [
        (name, first, first < 4) for name in "ab" for first in (0, 1, 1, 4, 5)
    ]
    size, *shapes, free, _ = switches_of(config, "a")
    for row, concepts in enumerate(shared["a"]):
        said = int(values_said(concepts[None], config.factors[1])[0])
        assert {int(switch.values(shared["a"])[1][row]) for switch in shapes} == {0, 1, 2} - {said}
        assert size.values(shared["a"])[0][row] == (concepts[0] > 0.5)
        assert free.apply(shared["a"])[row, 4] == (0 if concepts[4] > 0.5 else 1)


def test_a_switch_sets_all_concepts_of_its_factor_and_no_other(config, shared):
    for switch in switches_of(config, "a"):
        before, after = switch.values(shared["a"])
        edited = switch.apply(shared["a"])
        assert (before != after).all()
        assert values_said(edited, switch.factor).tolist() == after.tolist()
        assert set(np.unique(edited[:, switch.factor.concepts])) <= {0.0, 1.0}
        others = sorted(set(range(6)) - set(switch.factor.concepts))
        np.testing.assert_array_equal(edited[:, others], shared["a"][:, others])


def test_a_model_without_taught_factors_switches_each_concept(shared):
    switches = switches_of(small_model("ab", 6).config, ["b"])
    after = [switch.apply(shared["b"]) for switch in switches]
    for concept, edited in enumerate(after):
        expected = shared["b"].copy()
        expected[:, concept] = shared["b"][:, concept] <= 0.5
        np.testing.assert_array_equal(edited, expected)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_combinations_are_all_that_edit_nothing_twice(config, size):
    switches = switches_of(config, "ab")
    expected = [
        list(places)
        for places in combinations(range(len(switches)), size)
        if len({(switches[place].modality, switches[place].factor.first) for place in places}) == size
    ]
    assert combinations_of(switches, size).tolist() == expected


def test_there_may_be_fewer_things_to_edit_than_edits():
    switches = switches_of(small_model("ab", 1).config, "ab")
    assert combinations_of(switches, 2).tolist() == [[0, 1]]
    assert combinations_of(switches, 3).shape == (0, 3)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_samples_after_combinations_are_those_of_edits_made_one_by_one(config, shared, size):
    switches = switches_of(config, "ab")
    samples, chosen = SwitchedSamples(switches, shared), combinations_of(switches, size)
    asked = np.array([3, 0])
    after = samples.after(asked, chosen)
    row = 0
    for sample in asked:
        own = {name: concepts[sample] for name, concepts in shared.items()}
        for places in chosen:
            edits = []
            for switch in (switches[place] for place in places):
                value = int(switch.values(own[switch.modality][None])[1][0])
                edits += edits_of_value(switch.factor, switch.modality, value)
            for name, concepts in apply_edits(own, edits).items():
                np.testing.assert_array_equal(after[name][row], concepts)
            row += 1
    assert {len(concepts) for concepts in after.values()} == {row}


@pytest.mark.parametrize("width", [1, 8, 9, 70])
def test_codes_are_found_among_others_as_a_whole(width):
    rng = np.random.default_rng(width)
    training = rng.random((40, width)) > 0.5
    codes = np.concatenate([training[::4], rng.random((10, width)) > 0.5, ~training[:5]])
    known = {tuple(row) for row in training.tolist()}
    expected = [tuple(row) in known for row in codes.tolist()]
    assert occur_among(codes, training).tolist() == expected
    assert all(expected[:10])


def test_no_code_is_among_none():
    assert occur_among(np.ones((2, 3), dtype=bool), np.zeros((0, 3), dtype=bool)).tolist() == [False, False]

"""What is asked of named concepts, and what is read off them."""

from __future__ import annotations

import numpy as np
import pytest

from sharcs_core.named import (
    UNSURE,
    concepts_for,
    factor_named,
    is_unsure,
    names_of_values,
    taught,
    values_said,
)
from sharcs_core.structures import Factor
from sharcs_core.tasks import get_task

SIZE, SHAPE, TONE = FACTORS = (Factor("size", 2, 0), Factor("shape", 3, 1), Factor("tone", 2, 4))
OF_KEYS = {"size": (0, 0, 1, 1), "shape": (2, 1, 0, 2), "tone": (1, 0, 0, 1), "unused": (0, 1, 2, 3)}


def test_a_factor_of_two_takes_one_concept_and_one_of_more_takes_one_a_value():
    assert [factor.concepts for factor in FACTORS] == [(0,), (1, 2, 3), (4,)]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_taught_is_one_where_the_key_has_the_value(seed):
    keys = np.random.default_rng(seed).integers(0, 4, 50)
    found = taught(FACTORS, OF_KEYS, keys)
    assert (found.shape, found.dtype) == ((50, 5), np.float32)
    for row, key in enumerate(keys):
        assert found[row, 0] == (OF_KEYS["size"][key] == 1)
        assert [found[row, 1 + value] for value in range(3)] == [OF_KEYS["shape"][key] == value for value in range(3)]
        assert found[row, 4] == (OF_KEYS["tone"][key] == 1)


def test_what_is_taught_is_read_back_for_sure():
    keys = np.arange(4)
    shared = np.concatenate([taught(FACTORS, OF_KEYS, keys), np.full((4, 2), 0.5)], axis=1)  # two free ones
    for factor in FACTORS:
        assert values_said(shared, factor).tolist() == list(OF_KEYS[factor.name])
        assert not is_unsure(shared, factor).any()


def test_nothing_taught_is_an_array_of_no_concepts():
    assert taught((), {}, np.array([0, 1])).shape == (2, 0)
    assert taught(FACTORS, OF_KEYS, np.array([], dtype=int)).shape == (0, 5)


def test_a_factor_that_inputs_do_not_show_cannot_be_taught():
    with pytest.raises(ValueError, match=r"Inputs show no factor 'mood'; choose from \['shape', 'size'"):
        taught([Factor("mood", 2, 0)], OF_KEYS, np.array([0]))


@pytest.mark.parametrize("seed", range(3))
def test_a_value_is_the_largest_of_its_factor_whatever_the_others_say(seed):
    shared = np.random.default_rng(seed).random((60, 6)).astype(np.float16)
    said = values_said(shared, SHAPE)
    assert said.dtype == values_said(shared, SIZE).dtype == np.int64
    for row, value in enumerate(said):
        assert all(shared[row, 1 + value] >= shared[row, 1 + other] for other in range(3))
    assert values_said(shared, TONE).tolist() == [int(row[4] > 0.5) for row in shared]


def test_equal_concepts_say_the_first_value_and_one_half_is_off():
    shared = np.array([[0.5, 0.7, 0.7, 0.1, 0.51], [0.2, 0, 0, 0, 0.5]])
    assert values_said(shared, SHAPE).tolist() == [0, 0]
    assert values_said(shared, SIZE).tolist() == [0, 0]
    assert values_said(shared, TONE).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("concepts", "unsure"),
    [
        ((0.9, 0.69, 0.0), False),
        ((0.9, 0.71, 0.0), True),
        ((0.71, 0.0, 0.9), True),
        ((0.1, 0.05, 0.0), True),
        ((1.0, 1.0, 1.0), True),
        ((0.0, 0.25, 0.0), False),
    ],
)
def test_a_value_is_unsure_where_the_best_two_are_near_each_other(concepts, unsure):
    assert is_unsure(np.array([[0.5, *concepts, 0.5]]), SHAPE).tolist() == [unsure]


@pytest.mark.parametrize("size", np.linspace(0, 1, 41))
def test_one_of_two_values_is_unsure_around_one_half(size):
    """On and off are the two values: as sure as the concept, and as one minus it."""
    if abs(abs(size - (1 - size)) - UNSURE) > 1e-9:
        assert bool(is_unsure(np.array([[size]]), SIZE)[0]) == (abs(size - (1 - size)) < UNSURE)


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_concepts_that_are_set_to_a_value_say_it_and_leave_the_others(factor):
    before = np.random.default_rng(0).random(5)
    for value in range(factor.n_values):
        edited = before.copy()
        for concept, activation in concepts_for(factor, value).items():
            edited[concept] = activation
        assert values_said(edited[None], factor).tolist() == [value]
        others = [concept for concept in range(5) if concept not in factor.concepts]
        assert edited[others].tolist() == before[others].tolist()


@pytest.mark.parametrize("value", [-1, 3])
def test_a_value_that_a_factor_does_not_have_is_refused(value):
    with pytest.raises(ValueError, match=rf"'shape' has values 0 to 2 \(got {value}\)"):
        concepts_for(SHAPE, value)


def test_factors_are_found_by_name():
    assert factor_named(FACTORS, "tone") == TONE
    with pytest.raises(ValueError, match=r"No factor 'mood' is taught; choose from \['size', 'shape', 'tone'\]"):
        factor_named(FACTORS, "mood")
    with pytest.raises(ValueError, match=r"choose from \[\]"):
        factor_named((), "size")


@pytest.mark.parametrize(
    ("task", "factor", "words"),
    [
        ("half_mnist", "half", ("top", "bottom")),
        ("half_mnist", "digit", tuple(f"digit {digit}" for digit in range(10))),
        ("xor_and_xor", "middle bit", ("middle bit 0", "middle bit 1")),
        ("xor_four_ways", "outer bit", ("outer bit 0", "outer bit 1")),
        ("mnist_superpixels", "digit", tuple(f"digit {digit}" for digit in range(10))),
        ("clevr", "size", ("large", "small")),
        ("clevr", "colour", ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")),
        ("clevr", "shape", ("cube", "sphere", "cylinder")),
    ],
)
def test_values_are_called_as_the_names_of_keys_call_them(task, factor, words):
    known = get_task(task)
    for modality in known.card.modalities:
        assert names_of_values(known.card.factors, modality.key_names, factor) == words


def test_a_value_that_no_single_word_says_is_called_by_its_factor_and_number():
    key_names = ("dark red thing", "light red thing", "dark blue thing", "pale blue thing")
    factors = {"tone": (0, 1, 0, 1), "colour": (0, 0, 1, 1)}
    assert names_of_values(factors, key_names, "colour") == ("red", "blue")
    assert names_of_values(factors, key_names, "tone") == ("tone 0", "tone 1")

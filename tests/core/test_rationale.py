"""Concepts in words."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from builders import ToyTask, make_bank, make_side
from sharcs_core import rationale
from sharcs_core.rationale import concept_meaning, key_activation, pooled_meanings
from sharcs_core.tasks import get_task

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


class ObjectTask(ToyTask):
    """Pictures of objects of two sizes, four colours and two shapes."""

    card = replace(
        ToyTask.card,
        factors={
            "size": tuple(key // 8 for key in range(16)),
            "colour": tuple(key // 2 % 4 for key in range(16)),
            "shape": tuple(key % 2 for key in range(16)),
        },
        modalities=(
            replace(
                ToyTask.card.modality("image"),
                key_names=tuple(
                    " ".join(words)
                    for words in product(("big", "small"), ("red", "blue", "pink", "grey"), ("cube", "ball"))
                ),
            ),
        ),
    )


SIZE, COLOUR, SHAPE = (np.array(values) for values in ObjectTask.card.factors.values())
OBJECT_CONCEPTS = {
    "one value of a factor": (SIZE == 0, "on for big"),
    "two values of a factor": (COLOUR < 2, "on for red, blue"),
    "all values but one": (COLOUR != 3, "off for grey"),
    "two factors": ((SIZE == 0) & (COLOUR < 2), "on for big if red, blue"),
    "two factors, the fewer words are off": ((SIZE == 0) | (COLOUR < 2), "off for small if pink, grey"),
    "two factors against each other": ((SIZE == 0) ^ (COLOUR == 1), "on for big if red, pink, grey; small if blue"),
    "whole values first": ((SIZE == 0) & (COLOUR < 2) | (COLOUR == 3), "on for grey; red, blue if big"),
    "one key": (np.arange(16) == 7, "on for big grey ball"),
    "two keys": (np.isin(np.arange(16), [0, 15]), "on for big red cube, small grey ball"),
    "nearly a factor": ((SIZE == 0) ^ (np.arange(16) == 3), "mostly on for big"),
}


@pytest.mark.parametrize(("on", "meaning"), OBJECT_CONCEPTS.values(), ids=OBJECT_CONCEPTS)
def test_known_factors_say_a_concept_where_they_can(on, meaning, monkeypatch):
    monkeypatch.setattr(rationale, "NEARLY", 0.9)  # one of 16 keys may be otherwise
    keys = np.arange(16)
    bank = make_bank(image=make_side("image", on.astype(np.float16)[:, None], keys))
    assert concept_meaning(bank, ObjectTask(), "image", 0) == meaning


@pytest.mark.parametrize("seed", range(20))
def test_what_is_said_by_factors_is_true_of_every_key_or_short_of_it_says_so(seed):
    """A concept drawn at random is hardly ever simple: then a share of the keys is told, and it is right."""
    rng = np.random.default_rng(seed)
    on = rng.permutation(np.arange(16) < 7)
    bank = make_bank(image=make_side("image", on.astype(float)[:, None], np.arange(16)))
    said = concept_meaning(bank, ObjectTask(), "image", 0)
    assert len(said) <= rationale.MOST_CHARACTERS
    if "meanings" in said:
        assert said.startswith("on for 7 of 16 meanings, most often for ")
        name, share = re.match(r".* for (\w+) \((\d+) %\)", said).groups()
        of_value = [name in key for key in ObjectTask.card.modalities[0].key_names]
        assert round(100 * on[of_value].mean()) == int(share)
    else:
        assert [key for key in range(16) if holds(said, key)] == np.flatnonzero(on).tolist()


def holds(said, key):
    """Whether a meaning of the form ``on for a if b, c; d`` or a list of names covers a key, read word by word."""
    name = ObjectTask.card.modalities[0].key_names[key]
    verb, rest = said.split(" for ")
    parts = [part.split(" if ") for part in rest.split("; ")]
    covered = any(
        all(any(set(option.split()) <= set(name.split()) for option in side.split(", ")) for side in part)
        for part in parts
    )
    return covered == (verb == "on")


def test_a_key_that_the_bank_lacks_does_not_count():
    keys = np.array([0, 1, 2, 3, 8, 9])  # of colour only red and blue
    bank = make_bank(image=make_side("image", (COLOUR[keys] == 0).astype(float)[:, None], keys))
    assert concept_meaning(bank, ObjectTask(), "image", 0) == "on for red"


def test_long_lists_of_names_are_cut_and_say_so():
    class Letters(ToyTask):
        card = replace(
            ToyTask.card,
            modalities=(
                replace(
                    ToyTask.card.modality("image"),
                    key_names=tuple(f"letter {letter}" for letter in "abcdefghijklmnopqrst"),
                ),
            ),
        )

    bank = make_bank(image=make_side("image", (np.arange(20) < 9).astype(float)[:, None], np.arange(20)))
    said = concept_meaning(bank, Letters(), "image", 0)
    assert said == "on for letter a, letter b, letter c, letter d, letter e, letter f and 3 more"


def test_numbers_share_the_word_before_them():
    bank = make_bank(image=make_side("image", np.isin(np.arange(10), [3, 5])[:, None].astype(float), np.arange(10)))
    assert concept_meaning(bank, get_task("mnist_superpixels"), "image", 0) == "on for digit 3, 5"


def test_key_activation_is_the_mean_of_the_inputs_with_that_key():
    rng = np.random.default_rng(0)
    shared, semantics = rng.random((30, 4)).astype(np.float16), rng.choice([1, 5, 6], 30)
    keys, means = key_activation(make_bank(image=make_side("image", shared, semantics)), "image")
    assert keys.tolist() == [1, 5, 6]
    for key, mean in zip(keys, means, strict=True):
        np.testing.assert_allclose(mean, shared[semantics == key].astype(float).mean(axis=0))


def test_key_activation_of_all_modalities_is_the_mean_of_all_their_inputs_with_that_key():
    rng = np.random.default_rng(0)
    shared = {name: rng.random((30, 4)).astype(np.float16) for name in ("image", "graph")}
    semantics = {"image": rng.choice([1, 5, 6], 30), "graph": rng.choice([0, 5], 30)}
    bank = make_bank(**{name: make_side(name, shared[name], semantics[name]) for name in shared})
    keys, means = key_activation(bank)
    assert keys.tolist() == [0, 1, 5, 6]
    for key, mean in zip(keys, means, strict=True):
        inputs = [row for name in shared for row in shared[name][semantics[name] == key].astype(float)]
        np.testing.assert_allclose(mean, np.mean(inputs, axis=0))


def test_what_all_modalities_say_together_has_a_sentence_and_a_name(bank):
    found = [(meaning.sentence, meaning.name) for meaning in pooled_meanings(bank, TASK)]
    assert found == [
        ("on for letter b", "letter b"),
        ("off for letter c", "not letter c"),
        ("on for letter a, letter b", "letter a, letter b"),
        ("always on", "always on"),
        ("never on", "never on"),
        ("on for letter b", "letter b"),
    ]


def test_modalities_that_contradict_each_other_are_weighed_by_their_inputs():
    """Letter a: on in all three pictures, off in the one graph; letter b the other way round."""
    image = make_side("image", [[1.0], [1.0], [1.0], [0.0]], [0, 0, 0, 1])
    graph = make_side("graph", [[0.0], [1.0], [1.0], [0.1]], [0, 1, 1, 1])
    bank = make_bank(image=image, graph=graph)  # a: 3 of 4 on; b: 2.1 of 4
    assert concept_meaning(bank, TASK, "graph", 0) == "on for letter b"
    assert concept_meaning(bank, TASK, "image", 0) == "on for letter a"
    assert pooled_meanings(bank, TASK)[0].name == "always on"
    less = make_bank(image=image, graph=make_side("graph", [[0.0], [0.9], [0.9], [0.1]], [0, 1, 1, 1]))
    assert pooled_meanings(less, TASK)[0].name == "letter a"


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (OBJECT_CONCEPTS["two factors"][0], "big if red, blue"),
        (OBJECT_CONCEPTS["two factors, the fewer words are off"][0], "not small if pink, grey"),
        (OBJECT_CONCEPTS["nearly a factor"][0], "mostly big"),
        (~OBJECT_CONCEPTS["one key"][0], "not big grey ball"),
    ],
)
def test_factors_make_a_name_as_they_make_a_sentence(on, name, monkeypatch):
    monkeypatch.setattr(rationale, "NEARLY", 0.9)
    bank = make_bank(image=make_side("image", on.astype(np.float16)[:, None], np.arange(16)))
    assert pooled_meanings(bank, ObjectTask())[0].name == name


def test_what_is_told_as_a_share_has_a_short_name():
    rng = np.random.default_rng(0)
    bank = make_bank(image=make_side("image", rng.permutation(np.arange(16) < 7)[:, None].astype(float), np.arange(16)))
    (meaning,) = pooled_meanings(bank, ObjectTask())
    value = re.fullmatch(r"most often (\w+) \(7 of 16 meanings\)", meaning.name).group(1)
    assert f"most often for {value} (" in meaning.sentence


def test_what_is_not_there_is_said(bank):
    with pytest.raises(ValueError, match=r"'image' has concepts 0 to 5 \(got 6\)"):
        concept_meaning(bank, TASK, "image", 6)
    with pytest.raises(ValueError, match="no modality 'sound'"):
        concept_meaning(bank, TASK, "sound", 0)

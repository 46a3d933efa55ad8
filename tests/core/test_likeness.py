"""What two inputs have in common, in words, and the votes of neighbours."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run
from sharcs_core.likeness import likeness, votes_of
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.structures import Neighbour


@pytest.fixture(scope="module")
def clevr(shipped_runs):
    return load_run(shipped_runs / "clevr")


def test_inputs_of_known_meaning_share_just_the_values_that_their_meanings_share(clevr):
    scenes, questions = clevr.bank.sides["image"], clevr.bank.sides["text"]
    for i, j in product(range(0, 40, 3), range(0, 40, 7)):
        found = likeness(clevr, ("image", scenes.shared[i]), ("text", questions.shared[j]))
        one, two = (
            clevr.task.card.modality(name).key_names[side.semantics[row]].split()
            for name, side, row in (("image", scenes, i), ("text", questions, j))
        )
        assert found.both == tuple(word for word in one if word in two)
        assert found.first == tuple(word for word in one if word not in two)
        assert found.second == tuple(word for word in two if word not in one)
        assert found.words == (" · ".join(found.both) or "nothing in common")


def test_a_modality_that_the_run_lacks_is_said(toy_run):
    with pytest.raises(ValueError, match="no modality 'sound'"):
        likeness(toy_run, ("table", np.zeros(5)), ("sound", np.zeros(5)))


def test_free_concepts_count_where_they_are_on(toy_run):
    names = toy_run.concept_names
    rng = np.random.default_rng(0)
    for _ in range(10):
        one, two = rng.random(len(names)), rng.random(len(names))
        found = likeness(toy_run, ("table", one), ("words", two))
        assert found.both == tuple(name for t, name in enumerate(names) if one[t] > 0.5 and two[t] > 0.5)
        assert found.first == tuple(name for t, name in enumerate(names) if one[t] > 0.5 >= two[t])
        assert found.second == tuple(name for t, name in enumerate(names) if two[t] > 0.5 >= one[t])


def test_a_value_bears_the_name_that_a_person_gave_its_concept(clevr):
    red = clevr.concept_names.index("red")
    metal = clevr.concept_names.index("metal")
    renamed = replace(clevr, given_names={red: "crimson", metal: "shiny"})
    scenes = clevr.bank.sides["image"]
    keys = [clevr.task.card.modality("image").key_names[key] for key in scenes.semantics]
    row = next(i for i, name in enumerate(keys) if "red" in name.split() and "rubber" in name)
    found = likeness(renamed, ("image", scenes.shared[row]), ("image", scenes.shared[row]))
    assert "crimson" in found.both
    assert "not shiny" in found.both
    assert not {"red", "rubber"} & set(found.both)
    assert found.first == found.second == ()


def test_concepts_of_another_width_are_refused(clevr):
    with pytest.raises(ValueError, match="compared by the same concepts"):
        likeness(clevr, ("image", np.zeros(13)), ("text", np.zeros(4)))


def neighbour(key):
    return Neighbour("train/00001/image", "image", 1, 0.5, key, ())


@pytest.mark.parametrize("seed", range(4))
def test_votes_are_counts_the_most_frequent_first_and_of_equals_the_nearest(seed):
    keys = np.random.default_rng(seed).integers(0, 4, 8).tolist()
    votes = votes_of([neighbour(key) for key in keys], truth=2)
    assert votes.n == 8
    assert votes.same == keys.count(2)
    assert dict(votes.by_key) == Counter(keys)
    assert [key for key, _ in votes.by_key] == sorted(set(keys), key=lambda key: (-keys.count(key), keys.index(key)))
    assert votes_of([], truth=None) == votes_of(())


def test_only_neighbours_of_which_it_can_be_said_are_counted_as_meaning_the_same():
    parts = Meanings({"colour": (0, 1, 0, UNKNOWN), "shape": (0, 0, UNKNOWN, 1)})
    found = [neighbour(key) for key in (0, 1, 2, 3, UNKNOWN, 0)]
    votes = votes_of(found, 2, parts)  # whose colour alone is known
    assert (votes.n, votes.told, votes.same, votes.unknown) == (6, 4, 3, 1)
    assert votes_of(found, 0, Meanings({}, own=True)).same is None

"""What a model makes of its training data: which samples the bank keeps, answers, and the size of the shown tree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from named_toy import NamedToy
from sharcs_core.comparison import bank_part, stratified_part, training_concepts
from sharcs_core.config import HAS_CONCEPTS, WIRINGS
from sharcs_core.inference import concepts_of
from sharcs_core.questions import questions_of
from sharcs_core.structures import Split
from sharcs_core.tree import choose_leaves
from toy_task import MODALITIES
from untrained_runs import choice_of, config_of, untrained_model

# --- parts ---------------------------------------------------------------------------------------------------


def test_a_stratified_part_keeps_the_shares_of_the_classes_and_is_the_same_each_time():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    part = stratified_part(labels, 100, seed=0)
    assert np.bincount(labels[part]).tolist() == [60, 30, 10]
    assert len(set(part.tolist())) == 100
    np.testing.assert_array_equal(part, np.sort(part))
    np.testing.assert_array_equal(part, stratified_part(labels, 100, seed=0))
    assert (part != stratified_part(labels, 100, seed=1)).any()


@pytest.mark.parametrize("size", [0, 5, 9])
def test_a_part_as_large_as_the_whole_is_the_whole(size):
    assert stratified_part(np.array([0, 1, 0, 1, 1]), size, seed=0).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("labels", "size"), [([0, 0, 0, 0, 1], 2), ([0, 1, 2, 3, 4] * 2, 3), ([0, 1, 2, 3, 4] * 2, 8)])
def test_rare_classes_and_small_parts_do_not_fail(labels, size):
    assert len(stratified_part(np.array(labels), size, seed=0)) == size


def split_of(labels, **keys):
    """A split whose inputs mean ``keys``, a modality each, those of the last in reverse order; it holds no inputs."""
    pairing = {name: np.arange(len(labels)) for name in keys}
    last = list(keys)[-1]
    pairing[last] = pairing[last][::-1]
    semantics = {name: np.asarray(own)[np.argsort(pairing[name])] for name, own in keys.items()}
    return Split({}, semantics, {}, pairing, np.asarray(labels))


@pytest.fixture(scope="module")
def many_meanings():
    """1,000 samples of three classes; one modality means 40 different things, each about as often, the other two."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    return split_of(labels, words=rng.permutation(1000) % 2, scene=np.tile(np.arange(40), 25)[:1000])


@pytest.mark.parametrize("seed", range(5))
def test_a_bank_has_an_input_of_every_meaning_and_the_shares_of_the_classes(many_meanings, seed):
    split = many_meanings
    part = bank_part(split, 200, seed)
    assert len(set(part.tolist())) == len(part) == 200
    np.testing.assert_array_equal(part, np.sort(part))
    np.testing.assert_array_equal(part, bank_part(split, 200, seed))
    meanings = split.sample_semantics()["scene"][part]
    assert np.unique(meanings).tolist() == list(range(40))
    assert np.bincount(meanings).min() >= 3  # of five that are its share
    np.testing.assert_allclose(np.bincount(split.labels[part]), [120, 60, 20], atol=6)


def test_by_classes_alone_a_bank_would_lack_meanings(many_meanings):
    """So that the test above can fail."""
    keys = many_meanings.sample_semantics()["scene"]
    least = [
        np.bincount(keys[stratified_part(many_meanings.labels, 200, seed)], minlength=40).min() for seed in range(5)
    ]
    assert max(least) < 3


@pytest.mark.parametrize("size", [30, 100])
def test_a_bank_too_small_for_all_meanings_keeps_the_shares_of_the_classes(many_meanings, size):
    part = bank_part(many_meanings, size, seed=0)  # 120 meanings of a class
    assert np.bincount(many_meanings.labels[part]).tolist() == [0.6 * size, 0.3 * size, 0.1 * size]
    np.testing.assert_array_equal(part, stratified_part(many_meanings.labels, size, seed=0))


def test_where_a_meaning_occurs_once_the_shares_of_the_classes_are_kept():
    split = split_of(np.repeat([0, 1], 50), words=np.r_[7, np.zeros(99, dtype=int)], scene=np.zeros(100, dtype=int))
    part = bank_part(split, 20, seed=0)
    assert np.bincount(split.labels[part]).tolist() == [10, 10]


@pytest.mark.parametrize("size", [0, 1000, 2000])
def test_a_bank_of_all_samples_is_all_of_them(many_meanings, size):
    assert bank_part(many_meanings, size, seed=0).tolist() == list(range(1000))


# --- what a model makes of them ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def concepts_from(toy, toy_data):
    def of(wiring):
        config = config_of(toy, wiring)
        model = untrained_model(config, toy_data.train)
        return model, training_concepts(model, toy, toy_data, config)

    return of


@pytest.mark.parametrize("wiring", HAS_CONCEPTS)
def test_answers_are_those_of_the_samples_one_by_one(concepts_from, toy_data, wiring):
    model, found = concepts_from(wiring)
    for split, answers, labels in (
        (toy_data.train, found.answers, found.labels),
        (toy_data.validation, found.validation_answers, found.validation_labels),
    ):
        np.testing.assert_array_equal(labels, split.labels)
        shared = concepts_of(model, split.samples())[1]
        for i in range(len(split)):
            for answer, question in zip(answers[i], questions_of(model.config), strict=True):
                (concept,) = question.concepts
                on = [shared[name][i, concept] > 0.5 for name in question.modalities]
                assert answer == (on[0] if question.kind == "concept" else on[0] == on[1])


def test_inputs_that_several_samples_share_are_counted_in_each(toy, toy_data):
    """The pairing of a split need not be one to one."""
    rng = np.random.default_rng(0)
    train = Split(
        toy_data.train.inputs,
        toy_data.train.semantics,
        toy_data.train.sources,
        {name: rng.integers(0, 256, 90) for name in MODALITIES},
        rng.integers(0, 4, 90),
    )
    config = config_of(toy)
    model = untrained_model(config, toy_data.train)
    found = training_concepts(model, toy, replace(toy_data, train=train), config)
    shared = concepts_of(model, train.samples())[1]
    expected = np.concatenate([shared[name] > 0.5 for name in MODALITIES], axis=1)
    assert found.answers.shape == (90, 30)
    np.testing.assert_array_equal(found.answers[:, :15], expected)
    for i, name in enumerate(MODALITIES):
        np.testing.assert_array_equal(found.codes(model.config)[name], expected[:, 5 * i : 5 * i + 5])
        np.testing.assert_array_equal(found.keys[name], toy_data.train.semantics[name])  # of inputs, not of samples
        assert found.shared[name].shape == (256, 5)
        np.testing.assert_array_equal(found.sample_keys[name], train.sample_semantics()[name])
    np.testing.assert_array_equal(found.sample_labels, train.labels)
    assert len(found.bank) == 90  # fewer than were asked for


def test_the_size_of_the_tree_is_what_validation_asks_for_and_test_samples_have_no_say(toy, toy_data, toy_run):
    found = training_concepts(toy_run.model, toy, toy_data, toy_run.config)
    config = toy_run.model.config
    asked = (questions_of(config), config.factors, config.n_classes)
    expected = choose_leaves(found.answers, found.labels, found.validation_answers, found.validation_labels, *asked)
    assert 2 < found.tree_leaves == toy_run.tree_leaves == expected
    no_test = replace(toy_data, test=toy_data.test.select([0]))
    assert training_concepts(toy_run.model, toy, no_test, toy_run.config).tree_leaves == found.tree_leaves
    mostly_none = replace(toy_data.validation, labels=np.zeros_like(toy_data.validation.labels))
    other = training_concepts(toy_run.model, toy, replace(toy_data, validation=mostly_none), toy_run.config)
    assert other.tree_leaves < found.tree_leaves


@pytest.mark.parametrize("wiring", sorted(set(WIRINGS) - set(HAS_CONCEPTS)))
def test_a_model_without_concepts_has_no_answers_and_no_tree_but_a_bank(concepts_from, wiring):
    _, found = concepts_from(wiring)
    assert found.answers.shape == (256, 0)
    assert found.validation_answers.shape == (64, 0)
    assert found.tree_leaves == 0
    assert len(found.bank) == 200


def test_of_a_model_that_was_cut_down_the_kept_concepts_are_asked_about():
    task = NamedToy()
    data, config = task.load(seed=0), config_of(task)
    model = untrained_model(config, data.train, choice_of(8, (0, 1, 2, 3, 4, 6)))
    found = training_concepts(model, task, data, config)
    assert (config.model.n_shared, model.config.n_shared) == (8, 6)
    assert found.answers.shape == (256, 3 * 6 + 3 * 3)  # codes, then two factors and a free concept of each pair
    assert {name: codes.shape for name, codes in found.codes(model.config).items()} == dict.fromkeys(
        MODALITIES, (256, 6)
    )

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from sharcs_core.evaluation import evaluate, missing_subsets, stratified_part, training_concepts
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.tree import codes_of
from toy_task import MODALITIES

FIGURES = [
    *("task", "run", "seed", "data_source", "n_train", "n_bank", "n_test", "accuracy", "majority_accuracy"),
    *("balanced_accuracy", "completeness", "fidelity", "majority_prediction", "tree_nodes", "semantics_accuracy"),
    *("retrieval", "missing", "modality_gap"),
]


@pytest.fixture(scope="module")
def train(toy_run, toy, toy_data):
    return training_concepts(toy_run.model, toy, toy_data.train, toy_run.config)


@pytest.fixture(scope="module")
def figures_of(toy_run, toy, toy_data, train):
    return lambda test=toy_data.test, train=train: evaluate(
        toy_run.model, toy, train, test, toy_data.source, "toy", seed=0
    )


@pytest.fixture(scope="module")
def figures(figures_of):
    return figures_of()


def test_the_figures_are_those_that_are_promised(figures):
    assert list(figures) == FIGURES
    assert set(figures["semantics_accuracy"]) == set(MODALITIES)
    assert set(figures["retrieval"]) == {f"{one}->{other}" for one, other in permutations(MODALITIES, 2)}
    for scores in figures["retrieval"].values():
        assert set(scores) == {"recall_at_1", "recall_at_5", "mrr", "chance"}
        assert set(scores["chance"]) == {"recall_at_1", "recall_at_5", "mrr"}
    assert set(figures["missing"]) == {
        *("picture", "table", "words"),
        *("picture+table", "picture+words", "table+words"),
    }
    assert all(set(answers) == {"described", "absent"} for answers in figures["missing"].values())


def test_the_figures_are_what_the_model_and_tree_say_of_the_test_samples(figures, toy_run, toy_data):
    _, shared = concepts_of(toy_run.model, toy_data.test.samples())
    predicted = probabilities(toy_run.model, shared).argmax(1)
    by_tree = toy_run.tree.predict(codes_of(shared, MODALITIES))
    assert figures["accuracy"] == pytest.approx(np.mean(predicted == toy_data.test.labels))
    assert figures["completeness"] == pytest.approx(np.mean(by_tree == toy_data.test.labels))
    assert figures["fidelity"] == pytest.approx(np.mean(by_tree == predicted))
    assert figures["tree_nodes"] == len(toy_run.tree.nodes())
    assert (figures["n_train"], figures["n_bank"], figures["n_test"]) == (256, 200, 96)


def test_described_knows_what_absent_cannot(figures):
    for answers in figures["missing"].values():
        assert answers["described"] > answers["absent"] + 0.2


def test_other_labels_and_fewer_samples_change_the_figures(figures, figures_of, toy_data):
    wrong = figures_of(replace(toy_data.test, labels=(toy_data.test.labels + 1) % 4))
    assert wrong["accuracy"] < 0.1
    assert wrong["completeness"] < 0.1
    assert wrong["fidelity"] == figures["fidelity"]
    few = figures_of(toy_data.test.select(np.arange(10)))
    assert few["n_test"] == 10


def test_scrambled_semantics_show_in_retrieval_and_semantics_accuracy(figures, figures_of, toy_data):
    scrambled = {name: np.random.default_rng(0).permutation(keys) for name, keys in toy_data.test.semantics.items()}
    found = figures_of(replace(toy_data.test, semantics=scrambled))
    for pair, scores in found["retrieval"].items():
        assert scores["recall_at_1"] < 0.5 < figures["retrieval"][pair]["recall_at_1"]
    assert all(value < 0.5 for value in found["semantics_accuracy"].values())


def test_the_bank_and_tree_hold_training_samples_only(train, toy_data):
    assert all(sample.startswith("train/") for sample in train.bank.sample_ids)
    assert len(train.codes) == len(train.labels) == len(toy_data.train)


def test_missing_subsets_leave_one_modality_present():
    assert list(missing_subsets(("a", "b"))) == [("a",), ("b",)]
    assert len(list(missing_subsets(("a", "b", "c")))) == 6
    assert len(list(missing_subsets(("a", "b", "c", "d")))) == 14


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

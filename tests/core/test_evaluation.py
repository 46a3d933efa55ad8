"""Every figure of a model: which there are, what each is worked out from, and which a wiring cannot have."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np
import pytest

from sharcs_core import inference
from sharcs_core.baselines import build_model, choose_anchors
from sharcs_core.config import WIRINGS
from sharcs_core.evaluation import (
    MISSING_FIGURES,
    MISSING_RATES,
    SPACE_FIGURES,
    TREE_FIGURES,
    evaluate,
    missing_subsets,
    stratified_part,
    training_concepts,
)
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.metrics import concept_alignment
from sharcs_core.tree import codes_of
from toy_task import MODALITIES

FIGURES = [
    *("task", "run", "seed", "data_source", "n_train", "n_bank", "n_test", "accuracy", "majority_accuracy"),
    *("balanced_accuracy", "majority_prediction", "unimodal_ceiling", "by_difficulty"),
    *("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes"),
    *("semantics_accuracy", "retrieval", "attribute_retrieval", "modality_gap", "modality_probe"),
    *("missing", "missing_rates", "stand_in_error", "code_agreement", "concept_alignment"),
]
FACTORS = {"half": (0, 0, 1, 1), "parity": (0, 1, 0, 1)}
"""What the toy task's numbers 0 to 3 are made of."""
SUBSETS = {*("picture", "table", "words"), *("picture+table", "picture+words", "table+words")}


@pytest.fixture(scope="module", autouse=True)
def known_factors(toy):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(toy), "factors", FACTORS)
        yield


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


@pytest.fixture(scope="module")
def shared(toy_run, toy_data):
    return concepts_of(toy_run.model, toy_data.test.samples())[1]


def test_the_figures_are_those_that_are_promised(figures):
    assert list(figures) == FIGURES
    assert set(figures["semantics_accuracy"]) == set(MODALITIES)
    assert set(figures["retrieval"]) == {f"{one}->{other}" for one, other in permutations(MODALITIES, 2)}
    for scores in figures["retrieval"].values():
        assert set(scores) == {"recall_at_1", "recall_at_5", "map", "mrr", "chance"}
        assert set(scores["chance"]) == {"recall_at_1", "recall_at_5", "map", "mrr"}
    assert set(figures["missing"]) == SUBSETS
    assert set(figures["missing_rates"]) == {"rates", *SUBSETS}
    assert set(figures["stand_in_error"]) == set(MODALITIES)
    assert all(set(answers) == {"described", "absent"} for answers in figures["missing"].values())


def test_the_figures_are_what_the_model_and_tree_say_of_the_test_samples(figures, toy_run, toy_data, shared):
    predicted = probabilities(toy_run.model, shared).argmax(1)
    by_tree = toy_run.tree.predict(codes_of(shared, MODALITIES))
    assert figures["accuracy"] == pytest.approx(np.mean(predicted == toy_data.test.labels))
    assert figures["completeness"] == pytest.approx(np.mean(by_tree == toy_data.test.labels))
    assert figures["fidelity"] == pytest.approx(np.mean(by_tree == predicted))
    assert figures["tree_nodes"] == len(toy_run.tree.nodes())
    assert (figures["tree_leaves"], figures["tree_depth"]) == (toy_run.tree.n_leaves, toy_run.tree.depth)
    majority = figures["majority_accuracy"]
    normalised = (figures["completeness"] - majority) / (figures["accuracy"] - majority)
    assert figures["completeness_normalised"] == pytest.approx(normalised)
    assert (figures["n_train"], figures["n_bank"], figures["n_test"]) == (256, 200, 96)


def test_the_ceiling_of_a_modality_is_what_its_key_alone_settles(figures, toy_data):
    """Of each number the most frequent class among training samples that show it, and how often that is right."""
    for name in MODALITIES:
        classes = defaultdict(Counter)
        for key, label in zip(toy_data.train.sample_semantics()[name], toy_data.train.labels, strict=True):
            classes[key][label] += 1
        keys = toy_data.test.sample_semantics()[name]
        said = [max(sorted(classes[key]), key=classes[key].get) for key in keys]
        assert figures["unimodal_ceiling"][name] == pytest.approx(np.mean(said == toy_data.test.labels))
        assert 0.3 < figures["unimodal_ceiling"][name] < figures["accuracy"] - 0.2


def test_a_share_of_missing_samples_loses_that_share_of_the_drop(figures):
    assert figures["missing_rates"]["rates"] == list(MISSING_RATES)
    for subset, handling in product(SUBSETS, ("described", "absent")):
        whole, without = figures["accuracy"], figures["missing"][subset][handling]
        expected = [whole + rate * (without - whole) for rate in MISSING_RATES]
        np.testing.assert_allclose(figures["missing_rates"][subset][handling], expected)


def test_absent_is_the_mean_answer_over_the_samples_of_the_bank(figures, toy_run, toy_data, train, shared):
    bank = train.bank.shared()
    for missing in ("table", "table+words"):
        lost = missing.split("+")
        right = 0
        for i in range(len(toy_data.test)):
            rows = {
                name: bank[name] if name in lost else np.repeat(shared[name][[i]], len(train.bank), axis=0)
                for name in MODALITIES
            }
            right += probabilities(toy_run.model, rows).mean(0).argmax() == toy_data.test.labels[i]
        assert figures["missing"][missing]["absent"] == pytest.approx(right / len(toy_data.test), abs=1.5 / 96)


def test_a_stand_in_is_off_by_its_distance_from_what_was_missing(figures, toy_run, toy, toy_data, train, shared):
    for missing in MODALITIES:
        described_in = next(name for name in MODALITIES if name != missing)
        asked = inference.described_concepts(toy_run.model, toy, toy_data.test, missing, described_in, seed=0)
        rows = train.bank.sides[missing].shared
        off = []
        for query, true in zip(asked, shared[missing], strict=True):
            nearest = min(range(len(rows)), key=lambda row: float(np.sum((rows[row] - query) ** 2)))
            off.append(np.sqrt(np.sum((rows[nearest] - true) ** 2)))
        found = figures["stand_in_error"][missing]
        assert found["median"] == pytest.approx(np.median(off), abs=1e-4)
        assert found["p95"] == pytest.approx(np.quantile(off, 0.95), abs=1e-4)
        assert found["median"] < found["shuffled"]["median"]


def test_codes_agree_by_their_overlap_over_all_pairs_of_samples(figures, toy_data, shared):
    keys = toy_data.test.sample_semantics()
    assert set(figures["code_agreement"]) == {"table-words", "table-picture", "words-picture"}
    for left, right in combinations(MODALITIES, 2):
        overlaps = {True: [], False: []}
        for i, j in product(range(len(toy_data.test)), repeat=2):
            one, other = (set(np.flatnonzero(shared[name][row] > 0.5)) for name, row in ((left, i), (right, j)))
            overlaps[bool(keys[left][i] == keys[right][j])].append(len(one & other) / len(one | other or {0}))
            if not one | other:
                overlaps[bool(keys[left][i] == keys[right][j])][-1] = 1.0
        found = figures["code_agreement"][f"{left}-{right}"]
        assert found["equal"] == pytest.approx(np.mean(overlaps[True]))
        assert found["other"] == pytest.approx(np.mean(overlaps[False]))
        assert found["equal"] > found["other"]


def test_alignment_is_asked_of_the_factors_of_each_samples_own_input(figures, toy_data, shared):
    for name in MODALITIES:
        keys = toy_data.test.sample_semantics()[name]
        values = {factor: np.array([of_key[key] for key in keys]) for factor, of_key in FACTORS.items()}
        assert figures["concept_alignment"][name] == pytest.approx(concept_alignment(shared[name], values, 0))
        assert figures["concept_alignment"][name]["mean"] > figures["concept_alignment"][name]["shuffled"]


def test_attributes_are_those_of_the_nearest_row_of_the_bank(figures, toy_data, train, shared):
    keys = toy_data.test.sample_semantics()
    for query, target in permutations(MODALITIES, 2):
        side = train.bank.sides[target]
        agree = dict.fromkeys(FACTORS, 0)
        for point, key in zip(shared[query], keys[query], strict=True):
            nearest = min(range(len(side.shared)), key=lambda row: float(np.sum((side.shared[row] - point) ** 2)))
            for factor, values in FACTORS.items():
                agree[factor] += values[key] == values[side.semantics[nearest]]
        expected = {factor: count / len(toy_data.test) for factor, count in agree.items()}
        assert figures["attribute_retrieval"][f"{query}->{target}"] == pytest.approx(expected, abs=1.5 / 96)


def test_a_task_without_known_factors_has_no_figures_of_them(figures, figures_of, toy, monkeypatch):
    monkeypatch.setattr(type(toy), "factors", {})
    found = figures_of()
    assert found["attribute_retrieval"] is None
    assert found["concept_alignment"] is None
    assert found["retrieval"] == figures["retrieval"]


def test_difficulties_are_reported_where_the_task_names_them(figures, figures_of, toy, toy_run, toy_data, monkeypatch):
    assert figures["by_difficulty"] is None
    kinds = {"mixed": toy_data.test.labels % 3 > 0, "plain": toy_data.test.labels % 3 == 0}
    monkeypatch.setattr(
        type(toy), "difficulties", lambda self, split: {**kinds, "unheard of": np.zeros(len(split), dtype=bool)}
    )
    found = figures_of()["by_difficulty"]
    assert set(found) == set(kinds)
    share = kinds["mixed"].mean()
    assert share * found["mixed"] + (1 - share) * found["plain"] == pytest.approx(figures["accuracy"])


# What a wiring cannot have by construction is None; the rest is there.

CONCEPT_FIGURES = (*TREE_FIGURES, "concept_alignment")
LACKING = {
    "sharcs": (),
    "concept": (*SPACE_FIGURES, "code_agreement"),
    "relative": (*CONCEPT_FIGURES, "code_agreement"),
    "embedding": (*CONCEPT_FIGURES, "code_agreement"),
    "fusion": (*CONCEPT_FIGURES, *SPACE_FIGURES, "code_agreement"),
    "late": (*CONCEPT_FIGURES, *SPACE_FIGURES, "code_agreement"),
}


def figures_with(toy, toy_data, wiring, modalities=MODALITIES):
    """Figures of an untrained model, which has the same ones as a trained one."""
    preset = toy.preset(0)
    encoders = {name: preset.model.encoders[name] for name in modalities}
    config = replace(preset, model=replace(preset.model, wiring=wiring, encoders=encoders))
    anchors = choose_anchors(config.model, toy_data.train, np.random.default_rng(0))
    model = build_model(config.model, 0, anchors).eval()
    train = training_concepts(model, toy, toy_data.train, config)
    return evaluate(model, toy, train, toy_data.test, toy_data.source, wiring, seed=0)


@pytest.mark.parametrize("wiring", WIRINGS)
def test_a_wiring_has_none_of_what_it_cannot_have_and_all_else(wiring, toy, toy_data):
    found = figures_with(toy, toy_data, wiring)
    assert list(found) == FIGURES
    may_be_none = {"by_difficulty", "completeness_normalised"}  # no kinds here, and a model that knows nothing yet
    assert {name for name, value in found.items() if value is None} - may_be_none == set(LACKING[wiring]) - may_be_none


@pytest.mark.parametrize("wiring", ["fusion", "late", "concept"])
def test_a_model_of_one_modality_has_nothing_that_takes_two(wiring, toy, toy_data):
    found = figures_with(toy, toy_data, wiring, ("words",))
    assert list(found) == FIGURES
    assert all(found[name] is None for name in (*MISSING_FIGURES, *SPACE_FIGURES, "code_agreement"))
    for name in ("semantics_accuracy", "unimodal_ceiling"):
        assert set(found[name]) == {"words"}
    assert (found["completeness"] is None) == (wiring != "concept")


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

"""Every figure of a model: which there are, what each is worked out from, and which a wiring cannot have."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from sharcs_core import inference
from sharcs_core.comparison import training_concepts
from sharcs_core.config import WIRINGS
from sharcs_core.edit_figures import edit_figures
from sharcs_core.evaluation import (
    CONCEPT_FIGURES,
    EDIT_FIGURES,
    MISSING_FIGURES,
    MISSING_RATES,
    SPACE_FIGURES,
    TREE_FIGURES,
    evaluate,
    missing_subsets,
)
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.metrics import balanced_accuracy, concept_alignment, drawing, nameable, ranking
from sharcs_core.moves import KeyMeans
from sharcs_core.pipeline import train_run
from sharcs_core.questions import answers_of
from sharcs_core.tasks import TASKS
from toy_task import MODALITIES, ToyTask
from untrained_runs import config_of, untrained_model

FIGURES = [
    *("task", "run", "seed", "data_source", "n_train", "n_bank", "n_test", "accuracy", "majority_accuracy"),
    *("balanced_accuracy", "majority_prediction", "unimodal_ceiling", "by_difficulty"),
    *("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes"),
    *("small_tree", "completeness_plain", "n_concepts", "n_dead", "redundancy", "n_twins", "nameable"),
    *("one_move", "any_switch", "right_edit", "edits_needed"),
    *("semantics_accuracy", "retrieval", "attribute_retrieval", "modality_gap", "modality_probe"),
    *("missing", "missing_rates", "stand_in_error", "code_agreement", "concept_alignment"),
]
FACTORS = {"half": (0, 0, 1, 1), "parity": (0, 1, 0, 1)}
"""What the toy task's numbers 0 to 3 are made of."""
SUBSETS = {*("picture", "table", "words"), *("picture+table", "picture+words", "table+words")}


class Halves(ToyTask):
    """The toy with known factors, of which two concepts are taught; what it asks for follows from three facts."""

    card = replace(
        ToyTask.card,
        name="halves",
        factors=FACTORS,
        facts={f"half of the {name}": {name: "half"} for name in MODALITIES},
    )
    default_concepts = "named"

    def preset(self, seed=0, concepts=None):
        config = super().preset(seed, concepts)
        training = replace(config.training, epochs=14, polish_epochs=4, tolerance=0.05)
        return replace(config, model=replace(config.model, n_shared=5), training=training)

    def answer(self, keys):
        return sum(FACTORS["half"][key] for key in keys.values()) if set(keys) == set(MODALITIES) else None


@pytest.fixture(scope="module", autouse=True)
def known_factors(toy, toy_run):
    """Of the task, once there is its run, which knows no factors and is shared by all modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(toy), "card", replace(toy.card, factors=FACTORS))
        yield


@pytest.fixture(scope="module", autouse=True)
def halves():
    """The task is known by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "halves", Halves())
        yield


@pytest.fixture(scope="module")
def named_run(halves, tmp_path_factory):
    """A run with two named concepts, trained wide and cut down, its figures being those of its training."""
    return train_run(Halves().preset(), Halves(), tmp_path_factory.mktemp("runs") / "halves")


@pytest.fixture(scope="module")
def train(toy_run, toy, toy_data):
    return training_concepts(toy_run.model, toy, toy_data, toy_run.config)


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
    assert all(set(of) == {"described", "absent", "absent_over_bank"} for of in figures["missing"].values())


def test_the_figures_are_what_the_model_and_tree_say_of_the_test_samples(figures, toy_run, toy_data, shared):
    predicted = probabilities(toy_run.model, shared).argmax(1)
    by_tree = toy_run.tree.predict(answers_of(shared, toy_run.questions, ()))
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


def right_with(run, test, shared, missing, rows_of):
    """Share of test samples answered right with the mean over what the bank's ``rows_of`` each have there."""
    right = []
    for i in range(len(test)):
        rows = rows_of({name: shared[name][i] for name in MODALITIES if name not in missing})
        filled = {
            name: run.bank.sides[name].shared[rows] if name in missing else np.repeat(shared[name][[i]], len(rows), 0)
            for name in MODALITIES
        }
        right.append(probabilities(run.model, filled).mean(0).argmax() == test.labels[i])
    return np.mean(right)


@pytest.mark.parametrize("missing", ["table", "words", "picture+table"])
def test_absent_is_the_mean_answer_over_the_twenty_that_are_most_alike(figures, toy_run, toy_data, shared, missing):
    def most_alike(present):
        sides = toy_run.bank.sides
        apart = np.mean([np.linalg.norm(sides[m].shared - values, axis=1) for m, values in present.items()], axis=0)
        return np.argsort(apart)[:20]

    expected = right_with(toy_run, toy_data.test, shared, missing.split("+"), most_alike)
    assert figures["missing"][missing]["absent"] == pytest.approx(expected, abs=1.5 / 96)


@pytest.mark.parametrize("missing", ["table", "picture+table"])
def test_absent_over_bank_is_the_mean_answer_over_all_samples_of_the_bank(figures, toy_run, toy_data, shared, missing):
    everything = np.arange(len(toy_run.bank))
    expected = right_with(toy_run, toy_data.test, shared, missing.split("+"), lambda _: everything)
    assert figures["missing"][missing]["absent_over_bank"] == pytest.approx(expected, abs=1.5 / 96)


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
    monkeypatch.setattr(type(toy), "card", replace(toy.card, factors={}))
    found = figures_of()
    assert found["attribute_retrieval"] is None
    assert found["concept_alignment"] is None
    assert found["nameable"] is None
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


# --- trees of two kinds, and what an expert can do with the concepts ------------------------------------------


def inputs_of(run, data):
    """Concepts and keys of training inputs, of all modalities one below the other."""
    shared = concepts_of(run.model, data.train.inputs)[1]
    return (np.concatenate([values[name] for name in MODALITIES]) for values in (shared, data.train.semantics))


@pytest.fixture(scope="module")
def named_shared(named_run, toy_data):
    return concepts_of(named_run.model, toy_data.test.samples())[1]


@pytest.fixture(scope="module", params=["free", "named"])
def measured(request, toy_run, figures):
    """A run, its figures, its concepts of test samples: one with free concepts, one of which two are named."""
    run = toy_run if request.param == "free" else request.getfixturevalue("named_run")
    return (
        run,
        figures if request.param == "free" else run.metrics,
        request.getfixturevalue("shared" if request.param == "free" else "named_shared"),
    )


def test_the_named_run_was_cut_down_so_that_its_figures_are_of_what_is_left(named_run):
    assert named_run.config.model.n_shared == 5
    assert 2 <= named_run.model.config.n_shared < 5
    assert named_run.metrics["accuracy"] > 0.9


def test_completeness_is_of_the_shown_tree_which_may_ask_for_agreement(measured, toy_data):
    run, found, shared = measured
    answers = answers_of(shared, run.questions, run.model.config.factors)
    said, predicted = run.tree.predict(answers), probabilities(run.model, shared).argmax(1)
    assert found["completeness"] == pytest.approx(np.mean(said == toy_data.test.labels))
    assert found["small_tree"] == {
        "leaves": run.tree.n_leaves,
        "depth": run.tree.depth,
        "accuracy": pytest.approx(np.mean(said == toy_data.test.labels)),
        "fidelity": pytest.approx(np.mean(said == predicted)),
    }
    assert found["tree_leaves"] <= run.tree_leaves < 300


def test_completeness_plain_is_of_a_tree_of_any_size_that_knows_no_agreement(measured, toy_data):
    run, found, shared = measured
    train = concepts_of(run.model, toy_data.train.samples())[1]
    codes, test_codes = (np.concatenate([of[name] > 0.5 for name in MODALITIES], axis=1) for of in (train, shared))
    tree = DecisionTreeClassifier(max_leaf_nodes=300, random_state=0).fit(codes, toy_data.train.labels)
    expected = np.mean(tree.predict(test_codes) == toy_data.test.labels)
    assert found["completeness_plain"] == pytest.approx(expected, abs=1.5 / 96)


def test_concepts_are_counted_and_compared_on_all_training_inputs(measured, toy_data):
    run, found, _ = measured
    concepts, _ = inputs_of(run, toy_data)
    share = (concepts > 0.5).mean(0)
    live = [place for place, on in enumerate(share) if 0.01 <= on <= 0.99]
    correlations = {
        (one, other): abs(np.corrcoef(concepts[:, one], concepts[:, other])[0, 1])
        for one, other in combinations(live, 2)
    }
    assert found["n_concepts"] == run.model.config.n_shared == concepts.shape[1]
    assert found["n_dead"] == concepts.shape[1] - len(live)
    assert found["redundancy"] == pytest.approx(max(correlations.values()), abs=1e-5)
    assert found["n_twins"] == len({place for pair, value in correlations.items() if value >= 0.95 for place in pair})


def test_names_are_chosen_on_training_inputs_and_scored_on_those_of_test_samples(measured, toy_data):
    run, found, shared = measured
    concepts, keys = inputs_of(run, toy_data)
    test_keys = np.concatenate([toy_data.test.sample_semantics()[name] for name in MODALITIES])
    test_codes = np.concatenate([shared[name] for name in MODALITIES]) > 0.5
    assert found["nameable"] == nameable(concepts > 0.5, keys, test_codes, test_keys, FACTORS, 0)
    assert found["nameable"]["mean"] > found["nameable"]["shuffled"] + 0.1


def test_taught_concepts_follow_their_factor(named_run):
    assert min(named_run.metrics["nameable"]["by_concept"][:2]) > 0.95


def test_edit_figures_are_of_training_codes_and_means_and_test_samples(measured, toy_data):
    run, found, shared = measured
    train = concepts_of(run.model, toy_data.train.samples())[1]
    means = KeyMeans.of(concepts_of(run.model, toy_data.train.inputs)[1], toy_data.train.semantics)
    codes = {name: values > 0.5 for name, values in train.items()}
    expected = edit_figures(run.model, run.task, means, codes, toy_data.test, shared, 0)
    assert {name: found[name] for name in EDIT_FIGURES} == expected


def test_single_switches_change_the_answer_where_they_do_in_a_loop(measured, toy_data):
    """Named values are switched too; here a factor has two, so that its concept is switched as a free one is."""
    run, found, shared = measured
    train = concepts_of(run.model, toy_data.train.samples())[1]
    predicted = probabilities(run.model, shared).argmax(1)
    changed, changed_by_seen = np.zeros(96, dtype=bool), np.zeros(96, dtype=bool)
    for name, concept in product(MODALITIES, range(run.model.config.n_shared)):
        edited = shared[name].copy()
        edited[:, concept] = edited[:, concept] <= 0.5
        other = probabilities(run.model, {**shared, name: edited}).argmax(1) != predicted
        codes = {tuple(code) for code in (train[name] > 0.5).tolist()}
        changed |= other
        changed_by_seen |= other & [tuple(code) in codes for code in (edited > 0.5).tolist()]
    assert found["any_switch"] == pytest.approx(changed.mean(), abs=1.5 / 96)
    if run.model.config.n_named < run.model.config.n_shared:
        assert found["one_move"] == pytest.approx(changed_by_seen.mean(), abs=1.5 / 96)
    assert found["edits_needed"]["share_one"] == pytest.approx(changed.mean(), abs=1.5 / 96)


def test_an_answer_follows_a_move_where_it_does_in_a_loop(named_run, named_shared, toy_data):
    """Of each modality the taught half is set to the other one, in the concept that says it."""
    keys, answers, wanted, before = toy_data.test.sample_semantics(), [], [], []
    predicted = probabilities(named_run.model, named_shared).argmax(1)
    halves = {name: (keys[name] >= 2).astype(int) for name in MODALITIES}
    for name in MODALITIES:
        edited = named_shared[name].copy()
        edited[:, 0] = 1 - halves[name]
        answers.append(probabilities(named_run.model, {**named_shared, name: edited}).argmax(1))
        wanted.append(sum({**halves, name: 1 - halves[name]}.values()))
        before.append(predicted)
    found = named_run.metrics["right_edit"]
    assert found["n_moves"] == 3 * 96
    for figure, said in (("balanced_accuracy", answers), ("never_changes", before)):
        expected = balanced_accuracy(np.concatenate(said), np.concatenate(wanted))
        assert found[figure] == pytest.approx(expected, abs=0.02)
    assert found["always_commonest"] == 0.25
    assert found["balanced_accuracy"] > found["never_changes"] + 0.5


def test_free_concepts_are_moved_to_what_training_inputs_of_the_changed_key_say(toy_run, toy_data, train, shared):
    def right_edit(train):
        return evaluate(toy_run.model, Halves(), train, toy_data.test, toy_data.source, "toy", seed=0)["right_edit"]

    found = right_edit(train)
    learned, keys = concepts_of(toy_run.model, toy_data.train.inputs)[1], toy_data.test.sample_semantics()
    right = defaultdict(list)
    for name, i in product(MODALITIES, range(96)):
        changed = {**{m: keys[m][i] for m in MODALITIES}, name: (keys[name][i] + 2) % 4}
        mean = learned[name][toy_data.train.semantics[name] == changed[name]].mean(0)
        edited = {**{m: shared[m][[i]] for m in MODALITIES}, name: mean[None]}
        wanted = sum(key >= 2 for key in changed.values())
        right[wanted].append(probabilities(toy_run.model, edited).argmax() == wanted)
    assert found["n_moves"] == 3 * 96
    assert found["balanced_accuracy"] == pytest.approx(np.mean([np.mean(of) for of in right.values()]), abs=0.02)
    assert found["balanced_accuracy"] > 0.9
    other_half = replace(train, keys={name: (own + 2) % 4 for name, own in train.keys.items()})
    assert right_edit(other_half)["balanced_accuracy"] < 0.1


def test_a_task_that_states_no_facts_has_no_right_edit(figures):
    assert figures["right_edit"] is None
    assert figures["one_move"] is not None


# --- what a wiring cannot have by construction is None; the rest is there ------------------------------------

OF_CONCEPTS = (*TREE_FIGURES, *CONCEPT_FIGURES, *EDIT_FIGURES, "concept_alignment")
LACKING = {
    "sharcs": (),
    "concept": (*SPACE_FIGURES, "code_agreement"),
    "relative": (*OF_CONCEPTS, "code_agreement"),
    "embedding": (*OF_CONCEPTS, "code_agreement"),
    "fusion": (*OF_CONCEPTS, *SPACE_FIGURES, "code_agreement"),
    "late": (*OF_CONCEPTS, *SPACE_FIGURES, "code_agreement"),
}


def figures_with(task, data, wiring, modalities=MODALITIES, **settings):
    """Figures of an untrained model, which has the same ones as a trained one."""
    config = config_of(task, wiring, modalities, **settings)
    model = untrained_model(config, data.train)
    train = training_concepts(model, task, data, config)
    return evaluate(model, task, train, data.test, data.source, wiring, seed=0)


def nones(found):
    # no kinds here, and a model that knows nothing yet
    return {name for name, value in found.items() if value is None} - {"by_difficulty", "completeness_normalised"}


@pytest.mark.parametrize("wiring", WIRINGS)
def test_a_wiring_has_none_of_what_it_cannot_have_and_all_else(wiring, toy_data):
    found = figures_with(Halves(), toy_data, wiring)
    assert list(found) == FIGURES
    assert nones(found) == set(LACKING[wiring]) - {"completeness_normalised"}


@pytest.mark.parametrize("wiring", ["fusion", "late", "concept"])
def test_a_model_of_one_modality_has_nothing_that_takes_two(wiring, toy_data):
    found = figures_with(Halves(), toy_data, wiring, ("words",))
    assert list(found) == FIGURES
    lacking = {*LACKING[wiring], *MISSING_FIGURES, *SPACE_FIGURES, "code_agreement"} - {"completeness_normalised"}
    # what all three say cannot follow from one
    assert nones(found) - {"right_edit"} == lacking - {"right_edit"}
    assert found["right_edit"] is None
    for name in ("semantics_accuracy", "unimodal_ceiling"):
        assert set(found[name]) == {"words"}


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
    assert len(train.answers) == len(train.labels) == len(toy_data.train)
    assert len(train.validation_answers) == len(train.validation_labels) == len(toy_data.validation)


def test_missing_subsets_leave_one_modality_present():
    assert list(missing_subsets(("a", "b"))) == [("a",), ("b",)]
    assert len(list(missing_subsets(("a", "b", "c")))) == 6
    assert len(list(missing_subsets(("a", "b", "c", "d")))) == 14


def test_of_how_many_queries_figures_are_is_said_where_they_were_drawn(figures, figures_of, monkeypatch):
    assert "rows" not in figures
    monkeypatch.setattr(drawing, "FEWEST", 1)
    monkeypatch.setattr(ranking, "MAX_RANKED", 7 * figures["n_bank"])
    rows = figures_of()["rows"]
    assert rows == {f"retrieval.{query}->{target}": 7 for query, target in permutations(MODALITIES, 2)}

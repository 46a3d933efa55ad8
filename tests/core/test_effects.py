"""What edits would do, against making each of them singly; occurrences and nearest samples against plain loops."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from builders import make_bank
from sharcs_core.counterfactuals import Change, counterfactuals
from sharcs_core.effects import alone as module
from sharcs_core.effects import (
    changes_in_words,
    contrast,
    edits_in_words,
    effects_alone,
    nearest_samples,
    occurrence_of,
    seen,
    steps_in_common,
    things_edited,
)
from sharcs_core.interventions import Edit, apply_edits, edits_of_value, outcome_of
from sharcs_core.structures import Factor, Question, TreePath, TreeStep
from sharcs_core.tasks import get_task
from small_models import leaning, small_model, small_run

NAMED = {"size": 2, "shape": 3}


@pytest.fixture(scope="module")
def run():
    """Two taught factors and two free concepts, and a model that single changes turn now and then."""
    return small_run(leaning(small_model("ab", 6, seed=2, named=NAMED, agreements=True), 0, 1.5))


def sample_of(run, seed, modalities="ab"):
    rng = np.random.default_rng(seed)
    return {name: rng.random(run.model.config.width).astype(np.float32) for name in modalities}


# --- each change alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("modalities", ["ab", "b"])
def test_each_effect_is_that_of_its_edits_made_singly(run, modalities):
    others = set()
    for seed in range(15):
        shared = sample_of(run, seed, modalities)
        said = outcome_of(run, shared).class_index
        for effect in effects_alone(run, shared):
            outcome = outcome_of(run, apply_edits(shared, effect.change.edits))
            assert effect.class_index == outcome.class_index
            assert effect.probability == pytest.approx(outcome.probabilities.max(), abs=1e-5)
            assert effect.is_other == (outcome.class_index != said)
            others.add(effect.is_other)
    assert others == {True, False}


def test_every_value_that_is_not_said_and_every_free_concept_is_changed_once(run):
    shared = sample_of(run, 0)
    changed = [(one.change.modality, one.change.thing, one.change.after) for one in effects_alone(run, shared)]
    assert len(set(changed)) == len(changed) == 2 * (1 + 2 + 2)
    for modality, thing, after in changed:
        if isinstance(thing, int):
            assert after != (shared[modality][thing] > 0.5)
    assert [one.change.modality for one in effects_alone(run, sample_of(run, 0, "b"))] == ["b"] * 5


def test_changes_that_alone_lead_elsewhere_are_the_counterfactuals_of_one_edit(run):
    for seed in range(10):
        shared = sample_of(run, seed)
        alone = {frozenset(one.change.edits) for one in effects_alone(run, shared) if one.is_other}
        found = counterfactuals(run, shared, most=1, n=1000)
        assert {frozenset(one.edits) for one in found} == alone


def test_a_bank_sample_is_no_companion_of_itself(run):
    shared = {"b": run.bank.sides["b"].shared[7]}
    for effect in effects_alone(run, shared, exclude=7):
        outcome = outcome_of(run, apply_edits(shared, effect.change.edits), exclude=7)
        assert effect.probability == pytest.approx(outcome.probabilities.max(), abs=1e-5)


def test_all_effects_take_one_pass_of_the_model(run, monkeypatch):
    asked = []
    monkeypatch.setattr(
        module, "probabilities_of", lambda _, rows, exclude: asked.append(len(rows["a"])) or np.eye(3)[[0] * 11]
    )
    effects_alone(run, sample_of(run, 0))
    assert asked == [11]


# --- where ways part -----------------------------------------------------------------------------------------


def way(*answers):
    steps = tuple(TreeStep(node, 0, Question(("a",), (0,)), value) for node, value in answers)
    return TreePath(steps, 0, np.array([1.0, 0.0]))


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (way((0, True), (2, False)), way((0, True), (2, False)), 2),
        (way((0, True), (2, False)), way((0, True), (2, True)), 1),
        (way((0, True)), way((0, False), (1, True)), 0),
        (way((0, True)), way((0, True), (2, True)), 1),
        (way(), way((0, True)), 0),
    ],
)
def test_ways_have_the_answers_before_the_first_other_one_in_common(one, other, common):
    assert steps_in_common(one, other) == steps_in_common(other, one) == common


# --- what training has ---------------------------------------------------------------------------------------


def test_codes_are_counted_alone_and_together(run):
    codes = {name: side.shared > 0.5 for name, side in run.bank.sides.items()}
    kinds = set()
    for a, b in [(0, 0), (0, 1), (3, 3), (5, 9)]:
        shared = {"a": run.bank.sides["a"].shared[a], "b": run.bank.sides["b"].shared[b]}
        found = occurrence_of(run, shared)
        same = {name: [tuple(row) == tuple(own > 0.5) for row in codes[name].tolist()] for name, own in shared.items()}
        assert found.n_samples == len(run.bank)
        assert found.alone == {name: sum(own) for name, own in same.items()}
        assert found.together == sum(x and y for x, y in zip(*same.values(), strict=True))
        assert found.unseen == ()
        kinds.add(found.together > 0)
    assert kinds == {True, False}


def test_a_code_that_no_training_input_has_is_unseen(run):
    known = {tuple(row) for row in (run.bank.sides["a"].shared > 0.5).tolist()}
    new = next(code for seed in range(100) if (code := tuple(np.random.default_rng(seed).random(6) > 0.5)) not in known)
    found = occurrence_of(run, {"a": np.array(new, dtype=float), "b": run.bank.sides["b"].shared[0]})
    assert found.unseen == ("a",)
    assert found.together == found.alone["a"] == 0 < found.alone["b"]


def test_what_cannot_be_counted_is_said(run):
    with pytest.raises(ValueError, match=r"at least one of \['a', 'b'\] \(got \['x'\]\)"):
        occurrence_of(run, {"x": np.zeros(6)})
    with pytest.raises(ValueError, match="at least one of"):
        occurrence_of(run, {})


# --- the nearest real samples --------------------------------------------------------------------------------


def plainly_ranked(run, shared, edited, exclude):
    def rank(row):
        rows = {name: side.shared[row] for name, side in run.bank.sides.items()}
        same = [name for name, own in shared.items() if ((rows[name] > 0.5) == (own > 0.5)).all()]
        distance = np.mean([np.linalg.norm(rows[name] - own) for name, own in shared.items()])
        return -len(set(same) & set(edited)), -len(same), distance, row

    return sorted(rank(row) for row in range(len(run.bank)) if row != exclude)


@pytest.mark.parametrize("edited", [(), ("a",), ("a", "b")])
@pytest.mark.parametrize("exclude", [None, 4])
def test_samples_with_the_edited_code_come_first_and_then_the_nearest(run, edited, exclude):
    for row in (4, 11):
        shared = {"a": run.bank.sides["a"].shared[row], "b": run.bank.sides["b"].shared[row + 1]}
        expected = plainly_ranked(run, shared, edited, exclude)
        found = nearest_samples(run, shared, edited=edited, k=5, exclude=exclude)
        assert [one.row for one in found] == [place for *_, place in expected[:5]]
        assert [one.distance for one in found] == pytest.approx([distance for _, _, distance, _ in expected[:5]])
        assert [one.sample_id for one in found] == [str(run.bank.sample_ids[one.row]) for one in found]
        assert [-len(one.same) for one in found] == [same for _, same, _, _ in expected[:5]]


def test_fewer_samples_are_found_where_there_are_fewer(run):
    assert len(nearest_samples(run, sample_of(run, 0), k=1000, exclude=0)) == len(run.bank) - 1
    assert len(nearest_samples(run, sample_of(run, 0, "b"), k=2)) == 2


@pytest.mark.parametrize(
    ("shared", "k", "message"), [("ab", 0, "k must be at least 1"), ("ax", 3, "at least one of"), ("", 3, "at least")]
)
def test_what_cannot_be_looked_for_is_said(run, shared, k, message):
    with pytest.raises(ValueError, match=message):
        nearest_samples(run, sample_of(run, 0, shared), k=k)


# --- two inputs that differ in a concept -----------------------------------------------------------------------


def test_a_contrast_is_the_nearest_of_all_pairs_that_are_clear():
    shared = np.random.default_rng(0).random((40, 4))
    bank = make_bank(a=shared)
    for concept in range(4):
        own, rest = shared[:, concept], np.delete(shared, concept, axis=1)
        sides = []
        for state in (False, True):
            rows = [row for row in range(40) if (own[row] > 0.5) == state]
            clear = np.median([abs(own[row] - 0.5) for row in rows])
            sides.append([row for row in rows if abs(own[row] - 0.5) >= clear])
        pairs = [(np.linalg.norm(rest[off] - rest[on]), off, on) for off in sides[0] for on in sides[1]]
        assert contrast(bank, "a", concept) == min(pairs)[1:]


def test_of_many_inputs_the_clearest_are_contrasted(monkeypatch):
    shared = np.random.default_rng(1).random((60, 3))
    monkeypatch.setattr(seen, "MOST_CONTRASTED", 5)
    own, rest, sides = shared[:, 0], shared[:, 1:], []
    for state in (False, True):
        rows = [row for row in range(60) if (own[row] > 0.5) == state]
        sides.append(sorted(rows, key=lambda row: -abs(own[row] - 0.5))[:5])
    pairs = [(np.linalg.norm(rest[off] - rest[on]), off, on) for off in sides[0] for on in sides[1]]
    assert contrast(make_bank(a=shared), "a", 0) == min(pairs)[1:]


@pytest.mark.parametrize("values", [1, 2, 3, 50])
@pytest.mark.parametrize("k", [1, 4, 29, 30, 99])
def test_the_first_by_several_keys_are_those_of_a_whole_sort(values, k):
    rng = np.random.default_rng(values)
    keys = [rng.integers(0, size, 30) for size in (values, 2, values)]
    assert seen._first(keys, k).tolist() == np.lexsort(keys)[:k].tolist()


def test_a_state_that_no_input_has_is_none():
    bank = make_bank(a=np.array([[0.9, 0.2], [0.7, 0.4]]))
    assert contrast(bank, "a", 0) == (None, 0)
    assert contrast(bank, "a", 1) == (0, None)


def test_a_contrast_of_what_is_not_there_is_refused():
    bank = make_bank(a=np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"'a' has concepts 0 to 1 \(got 2\)"):
        contrast(bank, "a", 2)
    with pytest.raises(ValueError, match="no modality 'x'"):
        contrast(bank, "x", 0)


# --- in words ------------------------------------------------------------------------------------------------


@pytest.fixture
def scenes():
    """A run of scenes whose size and shape are taught, and of one free concept."""
    task, size, shape = get_task("clevr"), Factor("size", 2, 0), Factor("shape", 3, 1)
    config = SimpleNamespace(factors=(size, shape))
    names = ("small", "cube", "sphere", "cylinder", "warm; bright")
    return SimpleNamespace(task=task, card=task.card, concept_names=names, model=SimpleNamespace(config=config))


def change(modality, factor, before, after, concept=None):
    return Change(modality, factor, concept, before, after, ())


def test_changes_are_said_by_modality_in_the_words_of_their_values(scenes):
    changes = [change("image", "shape", 0, 2), change("image", "size", 0, 1), change("text", None, 1, 0, concept=4)]
    assert changes_in_words(scenes, changes) == (
        "Scene: shape cube → cylinder, size large → small; Question: “warm; bright” on → off"
    )
    assert changes_in_words(scenes, []) == ""


def test_a_value_that_is_a_number_is_told_without_its_factor_twice():
    task = get_task("mnist_superpixels")
    digit = Factor("digit", 10, 0)
    run = SimpleNamespace(
        task=task,
        card=task.card,
        concept_names=tuple(f"digit {value}" for value in range(10)),
        model=SimpleNamespace(config=SimpleNamespace(factors=(digit,))),
    )
    title = task.card.modality("graph").title
    assert changes_in_words(run, [change("graph", "digit", 2, 9)]) == f"{title}: digit 2 → 9"


def test_edits_are_said_as_changes_where_they_are_some(scenes):
    shared = {"image": np.array([0.9, 0.1, 0.8, 0.2, 0.3]), "text": np.array([0.1, 0.9, 0.1, 0.1, 0.9])}
    shape = Factor("shape", 3, 1)
    edits = [*edits_of_value(shape, "image", 0), Edit("image", 0, 0.0), Edit("text", 4, 0.0)]
    assert edits_in_words(scenes, shared, edits) == (
        "Scene: shape sphere → cube, size small → large; Question: “warm; bright” on → off"
    )
    assert edits_in_words(scenes, shared, edits, most=1) == "Scene: shape sphere → cube and 2 more"
    assert edits_in_words(scenes, shared, []) == ""


def test_edits_between_off_and_on_are_told_by_their_number(scenes):
    shared = {"image": np.array([0.9, 0.1, 0.8, 0.2, 0.3])}
    assert edits_in_words(scenes, shared, [Edit("image", 4, 0.25)]) == "Scene: “warm; bright” 0.25"
    assert edits_in_words(scenes, shared, [Edit("image", 4, 0.75)]) == "Scene: “warm; bright” 0.75"
    assert edits_in_words(scenes, shared, [Edit("image", 4, 0.0)]) == "Scene: “warm; bright” 0"  # off it was
    assert edits_in_words(scenes, shared, [Edit("image", 2, 0.6)]) == "Scene: “sphere” 0.6"  # and a sphere it stays


def test_edits_are_gathered_by_what_they_are_about(scenes):
    edits = [Edit("text", 4, 1.0), Edit("image", 1, 1.0), Edit("image", 0, 0.0), Edit("image", 2, 0.0)]
    found = things_edited(scenes.model.config.factors, edits)
    assert list(found) == [("text", 4), ("image", Factor("shape", 3, 1)), ("image", Factor("size", 2, 0))]
    assert found["image", Factor("shape", 3, 1)] == (edits[1], edits[3])


def test_a_name_that_a_person_gave_is_used(scenes):
    renamed = SimpleNamespace(**{**vars(scenes), "concept_names": (*scenes.concept_names[:4], "sunlit")})
    assert changes_in_words(renamed, [change("image", None, 0, 1, concept=4)]) == "Scene: “sunlit” off → on"
    assert replace(change("image", None, 0, 1, concept=4), after=0).thing == 4

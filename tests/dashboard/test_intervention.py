"""The page where concepts are edited: an edit, its effect, undo, reset, borrowing and scenarios."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st

from pages import faultless, open_page, texts
from sharcs_core import interventions
from sharcs_core.data import get_task
from sharcs_core.explanations import explain_sample
from sharcs_core.interventions import Edit, effect_of
from sharcs_core.naming import value_words
from sharcs_core.structures import THRESHOLD, Factor
from untrained_runs import config_of, untrained_run
from widgets.editor import Editor
from widgets.scenarios import edits_in_words

RUN = "xor_and_xor"
SIZE, COLOUR = Factor("size", 2, 0), Factor("colour", 3, 1)


@pytest.fixture(scope="module")
def sample_id(xor_run):
    return str(xor_run.test_bank.sample_ids[0])


@pytest.fixture
def page(sample_id):
    return faultless(open_page("intervention", run=RUN, sample=sample_id))


@pytest.fixture(scope="module")
def free_runs(tmp_path_factory):
    """A folder with a run whose concepts are all free."""
    task, folder = get_task(RUN), tmp_path_factory.mktemp("free")
    untrained_run(task, task.load(seed=0), folder / RUN, config_of(task, named={}, n_shared=3))
    return folder


@pytest.fixture
def free_page(free_runs, sample_id, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(free_runs))
    return faultless(open_page("intervention", run=RUN, sample=sample_id))


@pytest.fixture
def flip(xor_run, sample_id):
    """A modality, a factor and the value that turns the answer over when it is said."""
    explanation = explain_sample(xor_run, sample_id)
    editor = Editor("any", explanation.shared, xor_run.model.config.factors)
    for factor in editor.factors:
        for modality in explanation.shared:
            other = 1 - editor.read(modality, factor)
            edits = [Edit(modality, factor.first, float(other))]
            if effect_of(xor_run, explanation.shared, edits).after.class_index != explanation.class_index:
                return modality, factor, other
    raise AssertionError("no single edit turns the answer of this sample over")


def choices(page, sample_id, modality, factor):
    return page.segmented_control(key=f"Choices|{RUN}|{sample_id}|{modality}|{factor.name}")


def switch(page, sample_id, modality, concept):
    return page.toggle(key=f"Switches|{RUN}|{sample_id}|{modality}|{concept}")


def headline(page):
    return next(element.value for element in page.markdown if element.value.startswith("#### The model says"))


# --- taught factors ------------------------------------------------------------------------------------------


def test_choices_start_at_what_is_read_and_replace_the_switches(page, sample_id, xor_run):
    bank, row = xor_run.find(sample_id)
    for modality, side in bank.sides.items():
        for factor in xor_run.model.config.factors:
            assert choices(page, sample_id, modality, factor).value == int(side.shared[row, factor.first] > THRESHOLD)
    assert not page.toggle


def test_one_choice_changes_answer_and_path_at_once(page, sample_id, flip, xor_run):
    before = xor_run.task.class_names[explain_sample(xor_run, sample_id).class_index]
    assert "as before" in headline(page)
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    assert f"(before: {before})" in headline(page)
    assert "**1 edit**" in texts(page)
    assert "was read as" in choices(page, sample_id, *flip[:2]).label


def test_choosing_what_was_read_leaves_no_edit(page, sample_id, flip):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    faultless(choices(page, sample_id, *flip[:2]).set_value(1 - flip[2]).run())
    assert "nothing edited" in texts(page)


def test_sliders_edit_the_same_concepts(page, sample_id, flip):
    modality, factor, other = flip
    faultless(page.segmented_control(key="edit_with").set_value("Sliders").run())
    slider = page.slider(key=f"Sliders|{RUN}|{sample_id}|{modality}|{factor.first}")
    faultless(slider.set_value(0.63 if other else 0.37).run())
    assert "**1 edit**" in texts(page)
    faultless(page.segmented_control(key="edit_with").set_value("Switches").run())
    assert choices(page, sample_id, modality, factor).value == other
    assert "**1 edit**" in texts(page)


def test_scenarios_are_kept_compared_and_loaded(page, sample_id, flip, xor_run):
    assert page.button(key="keep").disabled
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    page.text_input(key="scenario_name").set_value("turned over")
    faultless(page.button(key="keep").click().run())
    said = texts(page)
    assert "**turned over**" in said
    assert "**As it is**" in said
    words = value_words(xor_run.task, flip[1], flip[0])
    assert f"{xor_run.task.modality(flip[0]).title}: {words[1 - flip[2]]} → {flip[2]}" in said
    faultless(page.button(key="reset").click().run())
    faultless(page.button(key=f"load|{RUN}|{sample_id}|turned over").click().run())
    assert "before:" in headline(page)
    faultless(page.button(key="forget").click().run())
    assert "turned over" not in texts(page)


def test_edits_of_one_sample_stay_with_it(page, sample_id, flip, xor_run):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    page.session_state["sample"] = str(xor_run.test_bank.sample_ids[1])
    faultless(page.run())
    assert "nothing edited" in texts(page)
    page.session_state["sample"] = sample_id
    faultless(page.run())
    assert "**1 edit**" in texts(page)
    assert choices(page, sample_id, *flip[:2]).value == flip[2]


def test_edits_survive_a_change_of_page(page, sample_id, flip):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    faultless(page.switch_page("views/tree.py").run())
    faultless(page.switch_page("views/intervention.py").run())
    assert choices(page, sample_id, *flip[:2]).value == flip[2]


# --- free concepts -------------------------------------------------------------------------------------------


def test_free_concepts_have_switches_that_start_at_their_own_value(free_page, free_runs, sample_id):
    from sharcs_core.checkpoints import load_run

    run = load_run(free_runs / RUN)
    for modality, values in explain_sample(run, sample_id).shared.items():
        shown = [switch(free_page, sample_id, modality, t) for t in range(3)]
        assert [one.value for one in shown] == (np.asarray(values) > THRESHOLD).tolist()
        assert all(f"**{name}**" in one.label for name, one in zip(run.concept_names, shown, strict=True))


def test_switching_back_leaves_no_edit(free_page, sample_id):
    own = switch(free_page, sample_id, "graph", 0).value
    faultless(switch(free_page, sample_id, "graph", 0).set_value(not own).run())
    assert "**1 edit**" in texts(free_page)
    faultless(switch(free_page, sample_id, "graph", 0).set_value(own).run())
    assert "nothing edited" in texts(free_page)


def test_undo_goes_back_step_by_step_and_takes_back_a_reset(free_page, sample_id):
    page = free_page
    first, second = (switch(page, sample_id, "table", t).value for t in (0, 1))
    faultless(switch(page, sample_id, "table", 0).set_value(not first).run())
    faultless(switch(page, sample_id, "table", 1).set_value(not second).run())
    faultless(page.button(key="reset").click().run())
    assert switch(page, sample_id, "table", 0).value == first
    faultless(page.button(key="undo").click().run())
    assert switch(page, sample_id, "table", 0).value != first
    faultless(page.button(key="undo").click().run())
    assert switch(page, sample_id, "table", 0).value != first
    assert switch(page, sample_id, "table", 1).value == second
    faultless(page.button(key="undo").click().run())
    assert switch(page, sample_id, "table", 0).value == first
    assert page.button(key="undo").disabled


# --- the editor itself ---------------------------------------------------------------------------------------


@pytest.fixture
def editor(monkeypatch):
    """Edits of a scene that is read as small and red, and of one free concept."""
    monkeypatch.setattr(st, "session_state", {})
    shared = {"image": np.array([0.9, 0.1, 0.8, 0.2, 0.3]), "text": np.array([0.1, 0.9, 0.1, 0.1, 0.9])}
    return Editor("any", shared, (SIZE, COLOUR))


def test_another_value_sets_all_concepts_of_its_factor_and_is_one_step(editor):
    assert editor.read("image", COLOUR) == 1
    editor.choose("image", COLOUR, 2)
    assert [editor.value("image", t) for t in COLOUR.concepts] == [0, 0, 1]
    assert editor.said("image", COLOUR) == 2
    assert editor.read("image", COLOUR) == 1
    assert list(editor.changes(editor.edits)) == [("image", COLOUR)]
    editor.choose("image", SIZE, 0)
    editor.add([Edit("text", 4, 0.0)])
    assert list(editor.changes(editor.edits)) == [("image", COLOUR), ("image", SIZE), ("text", 4)]
    editor.undo()
    editor.undo()
    assert list(editor.changes(editor.edits)) == [("image", COLOUR)]
    editor.undo()
    assert editor.edits == ()


def test_a_value_chosen_after_another_replaces_it_and_the_read_one_brings_all_concepts_back(editor):
    editor.choose("image", COLOUR, 2)
    editor.choose("image", COLOUR, 0)
    assert [editor.value("image", t) for t in COLOUR.concepts] == [1, 0, 0]
    editor.choose("image", COLOUR, 1)
    assert editor.edits == ()


def test_only_concepts_of_no_factor_are_free(editor):
    assert editor.free == (4,)


def test_edits_are_told_in_names_and_many_are_counted(editor, xor_run):
    task = get_task("clevr")
    run = SimpleNamespace(task=task, concept_names=tuple("abcde"))
    factors = Factor("size", 2, 0), Factor("shape", 3, 1)
    named = Editor("any", editor.shared, factors)
    shape, size = value_words(task, factors[1]), value_words(task, factors[0])
    edits = [Edit("image", 1, 1.0), Edit("image", 2, 0.0), Edit("text", 0, 1.0), Edit("text", 4, 0.25)]
    assert edits_in_words(run, named, edits) == (
        f"Scene: {shape[1]} → {shape[0]}, Question: {size[0]} → {size[1]}, Question: e → 0.25"
    )
    assert edits_in_words(run, named, [*edits, Edit("image", 4, 0.0)]).endswith(", 1 more")
    assert edits_in_words(run, named, [Edit("image", 2, 0.6)]) == "Scene: c → 0.6"  # a cube it was, and still is
    assert edits_in_words(run, named, []) == "no edit"


def test_taking_over_gives_all_concepts_of_another_input(editor):
    wanted = np.array([0.2, 0.7, 0.1, 0.6, 0.4])
    editor.add([Edit("text", 1, 0.4)])
    editor.take_over("image", wanted)
    assert [editor.value("image", t) for t in range(5)] == pytest.approx(wanted.tolist())
    assert editor.value("text", 1) == 0.4
    editor.undo()
    assert editor.edits == (Edit("text", 1, 0.4),)


@pytest.mark.parametrize(("sample", "row"), [("train/00003", 3), ("test", None)])
def test_a_training_sample_is_no_companion_of_itself(xor_run, sample_id, monkeypatch, sample, row):
    asked = []

    def remembered(*args, exclude=None):
        asked.append(exclude)
        return effect_of(*args, exclude=exclude)

    monkeypatch.setattr(interventions, "effect_of", remembered)
    faultless(open_page("intervention", run=RUN, sample=sample_id if sample == "test" else sample))
    assert asked == [None if row is None else xor_run.bank.row(sample)]

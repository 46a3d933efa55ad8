"""The page where concepts are edited: an edit, its effect, undo, reset, borrowing and scenarios."""

from __future__ import annotations

import numpy as np
import pytest

from pages import faultless, open_page, texts
from sharcs_core.explanations import explain_sample
from sharcs_core.interventions import Edit, effect_of
from sharcs_core.structures import THRESHOLD

RUN = "xor_and_xor"


@pytest.fixture(scope="module")
def sample_id(xor_run):
    return str(xor_run.test_bank.sample_ids[0])


@pytest.fixture
def page(sample_id):
    return faultless(open_page("intervention", run=RUN, sample=sample_id))


@pytest.fixture
def flip(xor_run, sample_id):
    """The edits of the table that turn the answer over: its concepts become those of another meaning."""
    explanation = explain_sample(xor_run, sample_id)
    side = xor_run.bank.sides["table"]
    for row in range(len(side.ids)):
        edits = tuple(
            Edit("table", t, float(value > THRESHOLD))
            for t, value in enumerate(side.shared[row])
            if (value > THRESHOLD) != (explanation.shared["table"][t] > THRESHOLD)
        )
        if effect_of(xor_run, explanation.shared, edits).after.class_index != explanation.class_index:
            return edits
    raise AssertionError("no training table turns the answer of this sample over")


def switch(page, sample_id, modality, concept):
    return page.toggle(key=f"Switches|{RUN}|{sample_id}|{modality}|{concept}")


def apply(page, sample_id, edits):
    for edit in edits:
        faultless(switch(page, sample_id, edit.modality, edit.concept).set_value(bool(edit.value)).run())


def headline(page):
    return next(element.value for element in page.markdown if element.value.startswith("#### The model says"))


def test_switches_start_at_the_samples_own_concepts(page, sample_id, xor_run):
    shared = explain_sample(xor_run, sample_id).shared
    for modality, values in shared.items():
        shown = [switch(page, sample_id, modality, t).value for t in range(len(values))]
        assert shown == (np.asarray(values) > THRESHOLD).tolist()


def test_edits_change_answer_and_path_at_once(page, sample_id, flip, xor_run):
    before = xor_run.task.class_names[explain_sample(xor_run, sample_id).class_index]
    assert "as before" in headline(page)
    apply(page, sample_id, flip)
    assert f"(before: {before})" in headline(page)


def test_switching_back_leaves_no_edit(page, sample_id):
    own = switch(page, sample_id, "graph", 0).value
    faultless(switch(page, sample_id, "graph", 0).set_value(not own).run())
    assert "1 concept edited" in texts(page)
    faultless(switch(page, sample_id, "graph", 0).set_value(own).run())
    assert "nothing edited" in texts(page)


def test_undo_goes_back_step_by_step_and_takes_back_a_reset(page, sample_id):
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


def test_sliders_edit_the_same_concepts(page, sample_id):
    faultless(page.segmented_control(key="edit_with").set_value("Sliders").run())
    slider = page.slider(key=f"Sliders|{RUN}|{sample_id}|graph|2")
    faultless(slider.set_value(0.37).run())
    assert "1 concept edited" in texts(page)
    faultless(page.segmented_control(key="edit_with").set_value("Switches").run())
    assert switch(page, sample_id, "graph", 2).value is False
    assert "1 concept edited" in texts(page)


def test_scenarios_are_kept_compared_and_loaded(page, sample_id, flip):
    assert page.button(key="keep").disabled
    apply(page, sample_id, flip)
    page.text_input(key="scenario_name").set_value("turned over")
    faultless(page.button(key="keep").click().run())
    said = texts(page)
    assert "**turned over**" in said
    assert "**As it is**" in said
    faultless(page.button(key="reset").click().run())
    faultless(page.button(key=f"load|{RUN}|{sample_id}|turned over").click().run())
    assert "before:" in headline(page)
    faultless(page.button(key="forget").click().run())
    assert "turned over" not in texts(page)


def test_edits_of_one_sample_stay_with_it(page, sample_id, xor_run):
    own = switch(page, sample_id, "table", 0).value
    faultless(switch(page, sample_id, "table", 0).set_value(not own).run())
    page.session_state["sample"] = str(xor_run.test_bank.sample_ids[1])
    faultless(page.run())
    assert "nothing edited" in texts(page)
    page.session_state["sample"] = sample_id
    faultless(page.run())
    assert "1 concept edited" in texts(page)
    assert switch(page, sample_id, "table", 0).value != own


def test_edits_survive_a_change_of_page(page, sample_id):
    own = switch(page, sample_id, "table", 0).value
    faultless(switch(page, sample_id, "table", 0).set_value(not own).run())
    faultless(page.switch_page("views/tree.py").run())
    faultless(page.switch_page("views/intervention.py").run())
    assert switch(page, sample_id, "table", 0).value != own


def test_taking_over_gives_all_concepts_of_another_input(xor_run, sample_id, monkeypatch):
    import streamlit as st

    from widgets.concept_editor import Editor

    monkeypatch.setattr(st, "session_state", {})
    editor = Editor("any", explain_sample(xor_run, sample_id).shared)
    wanted = xor_run.bank.sides["graph"].shared[5]
    editor.add([Edit("graph", 1, 0.4)])
    editor.take_over("table", wanted)
    assert [editor.value("table", t) for t in range(len(wanted))] == pytest.approx(wanted.tolist())
    assert editor.value("graph", 1) == 0.4
    editor.undo()
    assert editor.edits == (Edit("graph", 1, 0.4),)

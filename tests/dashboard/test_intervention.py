"""The page where concepts are edited: an edit, what each would do, what changes the answer, undo and scenarios."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from drawings.look import look_of
from drawings.outcome import outcome_bar
from drawings.parting import parted_ways
from drawings.thumbnails import thumbnail
from pages import faultless, open_page, texts
from sharcs_core.counterfactuals import counterfactuals
from sharcs_core.effects import changes_in_words, effects_alone, things_edited
from sharcs_core.explanations import explain_sample
from sharcs_core.interventions import Edit, apply_edits, effect_of, outcome_of
from sharcs_core.structures import THRESHOLD, Factor
from sharcs_core.tasks import get_task
from shared.intervene import concepts as concept_editor
from shared.intervene import intervene, outcome
from shared.intervene.editor import Editor
from shared.plain import plain
from untrained_runs import config_of, untrained_run

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
    return page.pills(key=f"Choices|{RUN}|{sample_id}|{modality}|{factor.name}")


def switch(page, sample_id, modality, concept):
    return page.toggle(key=f"Switches|{RUN}|{sample_id}|{modality}|{concept}")


def headline(page):
    return next(element.value for element in page.markdown if element.value.startswith("#### The model says"))


def drawn(page):
    """All HTML of the page, tags and all."""
    return "\n".join(element.proto.body for element in page.get("html"))


def is_edited(page):
    return "<b>Edited</b>" in drawn(page)


# --- taught factors ------------------------------------------------------------------------------------------


def test_choices_start_at_what_is_read_and_replace_the_switches(page, sample_id, xor_run):
    bank, row = xor_run.find(sample_id)
    for modality, side in bank.sides.items():
        for factor in xor_run.model.config.factors:
            assert choices(page, sample_id, modality, factor).value == int(side.shared[row, factor.first] > THRESHOLD)
    assert [toggle.label for toggle in page.toggle] == ["Where?"]


def test_one_choice_changes_answer_and_path_at_once(page, sample_id, flip, xor_run):
    before = xor_run.card.target.names[explain_sample(xor_run, sample_id).class_index]
    assert headline(page) == f"#### The model says {before}"
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    assert f"(before: {before})" in headline(page)
    assert f"<b>Edited</b> {xor_run.card.modality(flip[0]).title}: {flip[1].name}" in drawn(page)
    assert "(read as " in choices(page, sample_id, *flip[:2]).label


def test_where_ways_part_and_where_tree_and_model_differ_is_told(page, sample_id, xor_run):
    shared, told = explain_sample(xor_run, sample_id).shared, set()
    for one in effects_alone(xor_run, shared):
        effect = effect_of(xor_run, shared, one.change.edits)
        factor = next(factor for factor in xor_run.model.config.factors if factor.name == one.change.factor)
        faultless(choices(page, sample_id, one.change.modality, factor).set_value(one.change.after).run())
        parts = effect.before.path.steps != effect.after.path.steps
        differ = effect.after.path.class_index != effect.after.class_index
        assert ("Here they part" in drawn(page)) == parts
        assert any("it does not explain the model" in warning.value for warning in page.warning) == differ
        told |= {("parts", parts), ("differ", differ)}
        faultless(page.button(key="reset").click().run())
    assert len(told) == 4


def test_each_value_tells_what_it_alone_would_do(page, sample_id, xor_run):
    classes, shared = xor_run.card.target.names, explain_sample(xor_run, sample_id).shared
    for edits in ((), [Edit("table", 0, 1 - round(float(shared["table"][0])))]):
        now = apply_edits(shared, edits)
        said = outcome_of(xor_run, now).class_index
        for modality in shared:
            for factor in xor_run.model.config.factors:
                for value, label in enumerate(choices(page, sample_id, modality, factor).options):
                    alone = outcome_of(xor_run, apply_edits(now, [Edit(modality, factor.first, float(value))]))
                    leads = f" **→ {classes[alone.class_index]}**" if alone.class_index != said else ""
                    assert label == f"{value}{leads}"
        first = xor_run.model.config.factors[0]
        faultless(
            choices(page, sample_id, "table", first).set_value(1 - choices(page, sample_id, "table", first).value).run()
        )


def test_what_changes_the_answer_as_it_was_read_comes_first_and_stays_there(page, sample_id, xor_run, flip):
    shared = explain_sample(xor_run, sample_id).shared
    turning = {(one.change.modality, one.change.factor) for one in effects_alone(xor_run, shared) if one.is_other}
    order = [tuple(one.key.split("|")[-2:]) for one in page.pills]
    for modality in shared:
        turns = [(name, thing) in turning for name, thing in order if name == modality]
        assert turns == sorted(turns, reverse=True)
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    assert [tuple(one.key.split("|")[-2:]) for one in page.pills] == order


def test_labels_say_their_modality_and_carry_no_asterisks(page, free_page, xor_run):
    titles = tuple(f"{modality.title}: " for modality in xor_run.card.modalities)
    controls = [*page.pills, *(one for one in free_page.toggle if one.label != "Where?")]
    assert len(controls) == 10
    assert all(one.label.startswith(titles) and "*" not in one.label for one in controls)


def test_choosing_what_was_read_leaves_no_edit(page, sample_id, flip):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    faultless(choices(page, sample_id, *flip[:2]).set_value(1 - flip[2]).run())
    assert not is_edited(page)


def test_sliders_edit_the_same_concepts(page, sample_id, flip):
    modality, factor, other = flip
    faultless(page.segmented_control(key="edit_with").set_value("Sliders").run())
    slider = page.slider(key=f"Sliders|{RUN}|{sample_id}|{modality}|{factor.first}")
    faultless(slider.set_value(0.63 if other else 0.37).run())
    assert is_edited(page)
    faultless(page.segmented_control(key="edit_with").set_value("Switches").run())
    assert choices(page, sample_id, modality, factor).value == other
    assert is_edited(page)


def test_scenarios_are_kept_compared_and_loaded(page, sample_id, flip, xor_run):
    assert page.button(key="keep").disabled
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    page.text_input(key="scenario_name").set_value("turned over")
    faultless(page.button(key="keep").click().run())
    said = texts(page)
    assert "**turned over**" in said
    assert "**As it was read**" in said
    assert f"{xor_run.card.modality(flip[0]).title}: {flip[1].name} {1 - flip[2]} → {flip[2]}" in said
    faultless(page.button(key="reset").click().run())
    faultless(page.button(key=f"load|{RUN}|{sample_id}|turned over").click().run())
    assert "before:" in headline(page)
    faultless(page.button(key="forget").click().run())
    assert "turned over" not in texts(page)


@pytest.mark.parametrize(("how", "kept"), [("replace", 1), ("both", 2), ("leave", 1)])
def test_a_second_scenario_of_the_same_name_asks(page, sample_id, flip, how, kept):
    modality, factor, other = flip
    faultless(choices(page, sample_id, modality, factor).set_value(other).run())
    page.text_input(key="scenario_name").set_value("mine")
    faultless(page.button(key="keep").click().run())
    faultless(page.pills[-1].set_value(1 - page.pills[-1].value).run())
    page.text_input(key="scenario_name").set_value("mine")
    faultless(page.button(key="keep").click().run())
    assert "There is a scenario “mine” already" in page.warning[0].value
    before = dict(page.session_state[f"scenarios|{RUN}|{sample_id}"])
    faultless(page.button(key=f"clash-{how}").click().run())
    assert not page.warning
    now = page.session_state[f"scenarios|{RUN}|{sample_id}"]
    assert list(now) == ["mine", "mine (2)"][:kept]
    assert (now["mine"] == before["mine"]) == (how != "replace")
    assert page.text_input(key="scenario_name").value == ("mine" if how == "leave" else "")


# --- what would change it --------------------------------------------------------------------------------------


def changers(page):
    return [button for button in page.button if button.key and button.key.startswith("changer|")]


def test_the_smallest_edits_are_listed_in_words_and_a_press_makes_one(page, sample_id, xor_run):
    found = counterfactuals(xor_run, explain_sample(xor_run, sample_id).shared)
    classes = xor_run.card.target.names
    assert len(changers(page)) == len(found) > 0
    for button, one in zip(changers(page), found, strict=True):
        assert button.label.startswith(f"{changes_in_words(xor_run, one.changes)} · then {classes[one.class_index]} (")
    faultless(changers(page)[0].click().run())
    assert f"The model says {classes[found[0].class_index]}" in headline(page)
    assert f"<b>Edited</b> {changes_in_words(xor_run, found[0].changes)}" in drawn(page)
    assert [button.disabled for button in changers(page)] == [place == 0 for place in range(len(found))]


def test_none_within_three_is_said_and_what_was_never_seen_is_marked(page, monkeypatch, xor_run, sample_id):
    import resources

    found = counterfactuals(xor_run, explain_sample(xor_run, sample_id).shared)
    monkeypatch.setattr(resources, "what_changes", lambda *_: (found[0], replace(found[0], seen=False)))
    faultless(page.run())
    assert ["never seen in training" in button.label for button in changers(page)] == [False, True]
    monkeypatch.setattr(resources, "what_changes", lambda *_: ())
    faultless(page.run())
    assert "None within three: no three edits or fewer change" in texts(page)


# --- undo and redo -------------------------------------------------------------------------------------------


def test_redo_brings_back_what_was_undone_until_something_else_is_edited(page, sample_id, flip):
    assert page.button(key="redo").disabled
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    faultless(page.button(key="undo").click().run())
    assert not is_edited(page)
    faultless(page.button(key="redo").click().run())
    assert choices(page, sample_id, *flip[:2]).value == flip[2]
    assert page.button(key="redo").disabled
    faultless(page.button(key="undo").click().run())
    faultless(page.pills[-1].set_value(1 - page.pills[-1].value).run())
    assert page.button(key="redo").disabled


def test_edits_of_one_sample_stay_with_it(page, sample_id, flip, xor_run):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    page.session_state["sample"] = str(xor_run.test_bank.sample_ids[1])
    faultless(page.run())
    assert not is_edited(page)
    page.session_state["sample"] = sample_id
    faultless(page.run())
    assert is_edited(page)
    assert choices(page, sample_id, *flip[:2]).value == flip[2]


def test_edits_survive_a_change_of_page(page, sample_id, flip):
    faultless(choices(page, sample_id, *flip[:2]).set_value(flip[2]).run())
    faultless(page.switch_page("views/tree/tree.py").run())
    faultless(page.switch_page("views/intervention/intervention.py").run())
    assert choices(page, sample_id, *flip[:2]).value == flip[2]


# --- free concepts -------------------------------------------------------------------------------------------


def test_free_concepts_have_switches_that_start_at_their_own_value(free_page, free_runs, sample_id):
    from sharcs_core.checkpoints import load_run

    run = load_run(free_runs / RUN)
    for modality, values in explain_sample(run, sample_id).shared.items():
        shown = [switch(free_page, sample_id, modality, t) for t in range(3)]
        assert [one.value for one in shown] == (np.asarray(values) > THRESHOLD).tolist()
        assert all(f": {name}" in one.label for name, one in zip(run.concept_names, shown, strict=True))


def test_each_free_concept_has_two_prototypes_whose_pictures_are_sent_once(free_page):
    sheets = [element.proto.body for element in free_page.get("html") if element.proto.body.startswith("<style>.proto")]
    assert len(sheets) == 1
    pairs = [element.proto.body for element in free_page.get("html") if "class='prototypes'" in element.proto.body]
    assert len(pairs) == 6
    assert not any("data:" in pair for pair in pairs)
    assert all("<small>off</small>" in pair and "<small>on</small>" in pair for pair in pairs)


def test_a_switch_tells_what_it_alone_would_do(free_page, free_runs, sample_id):
    from sharcs_core.checkpoints import load_run

    run = load_run(free_runs / RUN)
    for effect in effects_alone(run, explain_sample(run, sample_id).shared):
        label = switch(free_page, sample_id, effect.change.modality, effect.change.concept).label
        assert label.endswith(f" → {run.card.target.names[effect.class_index]}") == effect.is_other


def test_switching_back_leaves_no_edit(free_page, sample_id):
    own = switch(free_page, sample_id, "graph", 0).value
    faultless(switch(free_page, sample_id, "graph", 0).set_value(not own).run())
    assert is_edited(free_page)
    faultless(switch(free_page, sample_id, "graph", 0).set_value(own).run())
    assert not is_edited(free_page)


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
    assert list(things_edited(editor.factors, editor.edits)) == [("image", COLOUR)]
    editor.choose("image", SIZE, 0)
    editor.add([Edit("text", 4, 0.0)])
    assert list(things_edited(editor.factors, editor.edits)) == [("image", COLOUR), ("image", SIZE), ("text", 4)]
    editor.undo()
    editor.undo()
    assert list(things_edited(editor.factors, editor.edits)) == [("image", COLOUR)]
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


def test_edits_hold_in_any_order_and_those_that_change_nothing_do_not_count(editor):
    edits = (Edit("image", 2, 0.1), Edit("text", 4, 0.0))
    editor.set(edits)
    assert editor.holds(reversed(edits))
    assert editor.holds((*edits, Edit("image", 0, 0.9)))
    assert not editor.holds(edits[:1])


def test_names_of_scenarios_that_are_taken_are_counted_on(editor):
    for expected in ("Scenario 1", "Scenario 2"):
        editor.add([Edit("text", 0, 0.5 + len(editor.history) / 10)])
        editor.keep("field")
        assert list(editor.scenarios)[-1] == expected
    st.session_state["field"] = "Scenario 1"
    editor.keep("field")
    assert editor.clash == "Scenario 1"
    editor.settle_clash("both", "field")
    assert list(editor.scenarios)[-1] == "Scenario 1 (2)"
    assert editor.clash is None


def test_taking_over_gives_all_concepts_of_another_input(editor):
    wanted = np.array([0.2, 0.7, 0.1, 0.6, 0.4])
    editor.add([Edit("text", 1, 0.4)])
    editor.take_over("image", wanted)
    assert [editor.value("image", t) for t in range(5)] == pytest.approx(wanted.tolist())
    assert editor.value("text", 1) == 0.4
    editor.undo()
    assert editor.edits == (Edit("text", 1, 0.4),)


@pytest.mark.parametrize("sample", ["train/00003", "test"])
def test_a_training_sample_is_no_companion_and_no_likeness_of_itself(xor_run, sample_id, monkeypatch, sample):
    asked = []
    for module, name in (
        (intervene, "effect_of"),
        (concept_editor, "effects_alone"),
        (outcome, "nearest_samples"),
    ):
        own = getattr(module, name)

        def remembered(*args, exclude=None, own=own, **others):
            asked.append(exclude)
            return own(*args, exclude=exclude, **others)

        monkeypatch.setattr(module, name, remembered)
    faultless(open_page("intervention", run=RUN, sample=sample_id if sample == "test" else sample))
    assert len(asked) == 3
    assert set(asked) == {None if sample == "test" else xor_run.bank.row(sample)}


def brought():
    """A page with one modality of what someone brought."""
    import resources
    from shared.intervene.intervene import intervene
    from shared.own import OWN
    from shared.sample import OwnSample

    run = resources.run("xor_and_xor")
    inputs = {"table": run.test_bank.sides["table"].inputs.take([0])}
    intervene(OwnSample(run, OWN, inputs, None, "brought"))


def test_what_someone_brought_is_edited_alike_be_it_of_one_modality(xor_run):
    page = faultless(AppTest.from_function(brought, default_timeout=60).run())
    assert {one.label.split(":")[0] for one in page.pills} == {xor_run.card.modality("table").title}
    for pills in list(page.pills):
        faultless(page.pills(key=pills.key).set_value(1 - pills.value).run())
    assert is_edited(page)
    assert "It stops here" in drawn(page)


# --- the drawings --------------------------------------------------------------------------------------------


def test_ways_that_are_the_same_are_drawn_once_and_long_ones_are_folded(xor_run, sample_id):
    path = explain_sample(xor_run, sample_id).path
    names, task = xor_run.concept_names, xor_run.task
    assert parted_ways(path, path, names, task).count("class='step'") == len(path.steps)
    assert "Here they part" not in parted_ways(path, path, names, task)
    long = replace(path, steps=path.steps * 4)
    folded = parted_ways(long, long, names, task)
    assert folded.count("class='step'") == len(long.steps)
    assert f"<summary>{len(long.steps) - 5} before</summary>" in folded


def test_what_people_wrote_is_shown_letter_by_letter(xor_run, sample_id):
    path = explain_sample(xor_run, sample_id).path
    names = ["<b>bold</b>"] * len(xor_run.concept_names)
    assert "<b>bold" not in parted_ways(path, replace(path, steps=()), names, xor_run.task)
    assert "<i>" not in outcome_bar("<i>", "<i>b", "<i>c")
    assert plain("*a* [b](c) $d$") == r"\*a\* \[b\](c) \$d\$"


def test_thumbnails_are_light_and_say_what_they_show(xor_run):
    for name, side in xor_run.bank.sides.items():
        picture = thumbnail(side.inputs, 0, 56, look_of(xor_run.card.modality(name)), says='a "bit"')
        assert 'alt="a &#34;bit&#34;"' in picture
        assert len(picture) < 5000

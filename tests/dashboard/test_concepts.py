"""The page of concepts: the list, one concept, its name, and the samples that have it."""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from dataclasses import replace

import numpy as np
import pytest

import resources
from drawings.concept_profile import agreement_table, answers_with, list_row, pictures, sentences, spread_of
from pages import faultless, open_page, texts
from sharcs_core.profiles import Agreement, Pattern, concept_profiles, find_samples
from sharcs_core.tasks import get_task
from shared.plain import plain
from untrained_runs import config_of, untrained_run
from views.concepts.choice import ALL, ONE, SAMPLES
from views.concepts.samples import PER_PAGE

RUN = "xor_and_xor"
RUNS = (RUN, "clevr_free", "half_mnist_named", "xor_four_ways")
NASTY = "**mine** <b>$x$</b> [a](b)"


@pytest.fixture(scope="module")
def profiles(xor_run):
    return concept_profiles(xor_run)


@pytest.fixture
def own_runs(tmp_path, shipped_runs, monkeypatch):
    """A folder with a copy of the run, whose concepts may be renamed."""
    shutil.copytree(shipped_runs / RUN, tmp_path / RUN)
    (tmp_path / RUN / "names.json").unlink(missing_ok=True)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    return tmp_path


def drawn(page):
    return "".join(block.proto.body for block in page.get("html"))


def opened(see, run=RUN, **choices):
    return faultless(open_page("concepts", run=run, see=see, **choices))


def ids_of(page):
    return [button.label for button in page.button if (button.key or "").startswith("found|")]


# --- the list and one concept --------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUNS)
def test_every_concept_is_in_the_list_and_its_name_opens_it(run):
    page, names = faultless(open_page("concepts", run=run)), resources.run(run).concept_names
    buttons = [button for button in page.button if (button.key or "").startswith("look_at|")]
    assert [button.label for button in buttons] == [f"**{plain(name)}**" for name in names]
    faultless(buttons[-1].click().run())
    assert page.session_state["see"] == ONE
    assert page.selectbox(key="concept").value == len(names) - 1
    assert page.header[0].value == plain(names[-1])


@pytest.mark.parametrize("run", RUNS)
def test_all_that_is_known_of_a_concept_is_shown(run):
    page, loaded = opened(ONE, run, concept=1), resources.run(run)
    profile = resources.concept_profiles(run)[1]
    for modality, said in profile.said.items():
        assert f"{said.n_on:,} of {said.n_inputs:,} training inputs" in drawn(page)
        assert loaded.task.card.modality(modality).title in drawn(page)
    n_shown = sum(len(said.on) + len(said.off) + len(said.border) for said in profile.said.values())
    assert drawn(page).count("<figure>") == n_shown
    for heading in ("Which answers go with it", "Do the modalities agree?", "Where the tree asks", "Nearest relatives"):
        assert heading in texts(page)


def test_concepts_of_one_factor_stand_together_under_it():
    shown = texts(faultless(open_page("concepts", run="half_mnist_named")))
    assert "**digit** :small[taught: 10 concepts, one a value, of which one is meant to be on]" in shown
    assert "**half** :small[taught: on for bottom, off for top]" in shown


def test_concepts_that_mean_little_are_said_to():
    page = faultless(open_page("concepts", run="clevr_free"))
    doubtful = [one for one in resources.concept_profiles("clevr_free") if one.told_by_value < 0.8]
    assert drawn(page).count("no single meaning") == len(doubtful) > 0
    shown = opened(ONE, "clevr_free", concept=doubtful[0].concept)
    assert "No single value tells it; it stands for a list of meanings." in drawn(shown)


def test_another_model_begins_without_the_choices_made_for_the_last(shipped_runs):
    page = opened(SAMPLES, "half_mnist_named", on=[9])
    faultless(page.selectbox(key="run").set_value(RUN).run())
    assert page.multiselect(key="on").value == []


def test_a_model_without_concepts_ends_the_page_in_a_sentence(tmp_path, monkeypatch):
    task = get_task(RUN)
    untrained_run(task, task.load(seed=0), tmp_path / "late", config_of(task, "late"))
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    page = open_page("concepts", run="late")
    assert not page.exception
    assert "model without concepts" in page.error[0].value
    assert not page.multiselect


# --- its name ------------------------------------------------------------------------------------------------


def rename(page, name):
    page.text_input(key=f"name|{RUN}|1").set_value(name)
    return next(button for button in page.button if button.label == "Save").click().run()


def test_a_concept_is_renamed_and_met_everywhere_and_takes_its_name_back(own_runs):
    page = opened(ONE, concept=1)
    former = page.header[0].value
    faultless(rename(page, "glass"))
    assert page.header[0].value == "glass"
    assert page.success[0].value == "It is called “glass” now, on every page."
    assert (own_runs / RUN / "names.json").exists()
    assert "glass" in page.selectbox(key="concept").options
    for other in ("retrieval", "tree"):
        shown = faultless(open_page(other, run=RUN))
        assert "glass" in drawn(shown) + texts(shown)
    faultless(next(button for button in page.button if button.label == "Take it back").click().run())
    assert page.header[0].value == former
    assert not any(button.label == "Take it back" for button in page.button)


def test_an_empty_name_and_the_models_own_take_the_given_one_back(own_runs):
    page = opened(ONE, concept=1)
    former = page.header[0].value
    for name in ("", former):
        faultless(rename(page, "glass"))
        faultless(rename(page, name))
        assert page.header[0].value == former
        assert page.text_input(key=f"name|{RUN}|1").value == former
        assert resources.run(RUN).given_names == {}


def test_a_name_with_markup_is_shown_as_it_is(own_runs):
    page = faultless(rename(opened(ONE, concept=1), NASTY))
    assert page.header[0].value == plain(NASTY)
    assert NASTY not in drawn(page)
    assert html.escape(NASTY) in drawn(page)
    faultless(page.segmented_control(key="see").set_value(ALL).run())
    assert f"**{plain(NASTY)}**" in [button.label for button in page.button]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 61, "A name can have 60 characters"),
        ("a\tb", "A name must be on one line"),
        ("   ", "A name must show something"),
    ],
)
def test_a_bad_name_is_refused_in_one_sentence(own_runs, name, sentence):
    page = rename(opened(ONE, concept=1), name)
    assert not page.exception
    assert plain(sentence) in page.error[0].value
    assert not (own_runs / RUN / "names.json").exists()


def test_a_name_that_another_concept_was_given_is_refused(own_runs):
    page = opened(ONE, concept=0)
    page.text_input(key=f"name|{RUN}|0").set_value("taken")
    faultless(next(button for button in page.button if button.label == "Save").click().run())
    faultless(page.selectbox(key="concept").set_value(1).run())
    assert "name of another concept already" in rename(page, "taken").error[0].value


def test_a_folder_that_cannot_be_written_to_is_told_in_one_sentence(own_runs, monkeypatch):
    page = opened(ONE, concept=1)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    page = rename(page, "glass")
    assert not page.exception
    assert "cannot be written" in page.error[0].value


# --- samples -------------------------------------------------------------------------------------------------


def test_two_concepts_at_once_are_found_in_any_and_in_one_modality(xor_run):
    page = opened(SAMPLES)
    faultless(page.multiselect(key="on").set_value([0, 1]).run())
    for where in ("any modality", "every modality", "table", "graph"):
        faultless(page.selectbox(key="where").set_value(where).run())
        expected = find_samples(xor_run, resources.predictions(RUN), [Pattern((0, 1), (), where)])
        assert f"**{len(expected):,}** of {len(xor_run.bank) + len(xor_run.test_bank):,} samples" in texts(page)
        assert ids_of(page) == [one.sample_id for one in expected[:PER_PAGE]]


def test_a_second_pattern_asks_for_another_input(xor_run):
    page = opened(SAMPLES, where="table", on=[0])
    faultless(next(button for button in page.button if button.label.startswith("And another")).click().run())
    page.selectbox(key="where2").set_value("graph")
    faultless(page.multiselect(key="off2").set_value([0]).run())
    patterns = [Pattern((0,), (), "table"), Pattern((), (0,), "graph")]
    expected = find_samples(xor_run, resources.predictions(RUN), patterns)
    assert ids_of(page) == [one.sample_id for one in expected[:PER_PAGE]]
    faultless(next(button for button in page.button if button.label == "Clear all").click().run())
    assert page.multiselect(key="on").value == []
    assert len(page.multiselect) == 2


def test_parts_and_answers_narrow_the_samples_and_pages_turn():
    run = resources.run("half_mnist_named")
    page = opened(SAMPLES, "half_mnist_named", on=[3])
    first = ids_of(page)
    faultless(page.number_input[0].set_value(2).run())
    assert not set(first) & set(ids_of(page))
    page.segmented_control(key="samples_kept").set_value("Unseen")
    faultless(page.segmented_control(key="samples_answered").set_value("Wrong").run())
    predicted = resources.predictions("half_mnist_named")
    expected = find_samples(run, predicted, [Pattern((3,))], ("test",), right=False)
    assert ids_of(page) == [one.sample_id for one in expected[:PER_PAGE]]
    assert f"**{len(expected):,}** of {len(run.test_bank):,} samples" in texts(page)


def test_what_no_sample_has_is_told_and_there_is_no_file_of_it():
    page = opened(SAMPLES, on=[0], off=[0])
    assert "No sample has these together" in page.info[0].value
    assert page.get("download_button")[0].proto.disabled


def test_a_sample_is_chosen_and_stays():
    page = opened(SAMPLES, on=[0])
    button = next(button for button in page.button if (button.key or "").startswith("found|"))
    faultless(button.click().run())
    assert page.session_state["sample"] == button.label


def test_all_samples_that_have_a_concept_are_one_press_away(xor_run):
    page = opened(ONE, concept=1, off=[0])
    faultless(page.button(key="have_it").click().run())
    assert page.session_state["see"] == SAMPLES
    expected = find_samples(xor_run, resources.predictions(RUN), [Pattern((1,))])
    assert ids_of(page) == [one.sample_id for one in expected[:PER_PAGE]]


# --- drawings ------------------------------------------------------------------------------------------------


def test_a_histogram_is_told_to_those_who_do_not_see_it(profiles):
    said = replace(profiles[0].said["table"], n_inputs=8, n_on=2, histogram=np.array([6, *[0] * 18, 2]))
    for picture in (spread_of(said, {"table": "A <b>"}), list_row({"table": said}, {"table": "A <b>"}, "yes", 2, "")):
        assert "aria-label='A &lt;b&gt;: on in 2 of 8 training inputs, 25 %'" in picture
        assert picture.count("height:0'") == 18
        assert "<b>:" not in picture


def test_answers_are_a_row_each_or_a_column_each_where_they_are_many(profiles):
    one = profiles[0].associations[0]
    few = answers_with(one, ["<no>", "yes"], "where <b>")
    assert "&lt;no&gt;" in few
    assert "where &lt;b&gt;" in few
    assert few.count("<tr") == 3
    shares = np.full(9, 1 / 9)
    many = replace(one, when_yes=shares, when_no=shares[::-1], reach=shares, is_beyond=np.arange(9) == 2)
    drawing = answers_with(many, [str(number) for number in range(9)], "")
    assert drawing.count("<span>") == 9
    assert "aria-label='2: +0.0 points'" in drawing


def test_words_of_pictures_sentences_and_pairs_are_escaped():
    assert "&lt;x&gt;" in pictures([("<img>", "<x>")], "On")
    assert sentences(["<x>"]) == "<p class='said '>&lt;x&gt;</p>"
    assert sentences(["a", "<x>"]).count("<li>") == 2
    table = agreement_table([Agreement(("a", "b"), None, 0.5)], {"a": "<A>", "b": "B"})
    assert "&lt;A&gt; and B" in table
    assert "no such pair" in table
    assert "pairs of one meaning" in table
    by_sample = Agreement(("a", "b"), 0.25, 0.5, by_sample=True)
    assert "pairs of one sample" in agreement_table([by_sample], {"a": "A", "b": "B"})
    both = agreement_table([by_sample, Agreement(("a", "b"), 0.75, 0.5)], {"a": "A", "b": "B"})
    assert "25 % of one sample" in both
    assert "75 % of one meaning" in both


def test_a_name_is_plain_in_markdown():
    assert plain("a_b :red[c]") == r"a_b \:red\[c\]"
    assert re.sub(r"\\(.)", r"\1", plain(NASTY)) == NASTY

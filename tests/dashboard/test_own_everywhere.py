"""What somebody brought, on every page as a sample of the run is: chosen, drawn, placed, asked with and edited."""

from __future__ import annotations

import os
import re
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from brought_runs import RUN as PONDS
from brought_runs import ponds
from pages import HOME, faultless, open_page, texts
from resources.uploads import uploads
from sharcs_core.checkpoints import load_run
from sharcs_core.explanations import explain_inputs
from sharcs_core.projection import place
from shared import keeping, own
from views.concept_map import chart

__all__ = ["ponds"]

EXPLAINED = ("overview", "concept_map", "retrieval", "intervention", "concepts", "tree")
ROW = 0
"""Of the unseen samples: the one that the example is."""


def go_to(page, name):
    return faultless(page.switch_page(f"views/{name}/{name}.py").run())


def with_example(run_name, *, without=()):
    """The page after an example was taken, less some of its inputs."""
    page = faultless(faultless(open_page("upload", run=run_name)).button(key="try_example").click().run())
    for modality in without:
        page = faultless(page.button(key=f"remove|{own.kept_key(run_name, modality)}").click().run())
    return page


def from_form():
    """Two readings filled in, and a sentence; no picture."""
    page = faultless(open_page("upload", run=PONDS))
    page.session_state[f"fill|{own.kept_key(PONDS, 'readings')}"] = True
    page.run()
    acidity = next(field for field in page.text_input if re.fullmatch(r"cell\|.*\|ph", field.key))
    acidity.set_value("5.5")
    page = faultless(next(button for button in page.button if button.label == "Use these values").click().run())
    note = next(field for field in page.text_input if field.key.startswith("sentence|"))
    return faultless(note.set_value("this is a bog of day 3").run())


BROUGHT = {
    "xor_four_ways": lambda: with_example("xor_four_ways", without=["table"]),
    "clevr": lambda: with_example("clevr"),
    PONDS: from_form,
}
LACKS = {"xor_four_ways": ["table"], "clevr": [], PONDS: ["picture"]}


@pytest.fixture(autouse=True)
def runs(monkeypatch, ponds, shipped_runs, tmp_path):
    """The folder of the shipped runs and of the one that is made of a folder."""
    for run in (*shipped_runs.iterdir(), ponds / PONDS):
        (tmp_path / run.name).symlink_to(run, target_is_directory=True)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    return tmp_path


@pytest.fixture(params=BROUGHT)
def brought(request, runs):
    """The upload page with something on it that is explained, and the run."""
    return BROUGHT[request.param](), load_run(runs / request.param)


def test_every_page_shows_it_and_says_no_truth(brought):
    page, run = brought
    lacking = LACKS[run.name]
    assert page.session_state["sample"] == own.OWN
    for name in EXPLAINED:
        page = go_to(page, name)
        assert not page.warning, name
        assert page.query_params["sample"] == own.OWN
        assert page.query_params[keeping.TOKEN] == page.session_state[keeping.HELD]
        said = texts(page)
        if name != "concepts":
            assert "Your own `" in said, name
            assert said.count("not brought") == len(lacking), name
            assert ("not known for sure; likeliest **" if lacking else "truth not known") in said, name
        assert not re.search(r"truth \*\*|known <b>|truth <b>", said.split("Samples that come here")[0]), name


def example_of(run, without=()):
    return {name: side.inputs.take([ROW]) for name, side in run.test_bank.sides.items() if name not in without}


def test_its_inputs_are_ringed_where_they_lie_on_the_map(monkeypatch, runs):
    ringed, marks = [], chart.marks
    monkeypatch.setattr(chart, "marks", lambda task, positions: ringed.append(positions) or marks(task, positions))
    page = go_to(with_example("xor_four_ways", without=["table"]), "concept_map")
    run = load_run(runs / "xor_four_ways")
    shared = explain_inputs(run, example_of(run, ["table"])).shared
    assert list(ringed[-1]) == ["graph", "image", "text"]
    method = page.segmented_control(key="map_method").value
    for name, position in ringed[-1].items():
        np.testing.assert_allclose(position, place(shared[name][None], run.bank, method)[0], atol=1e-5)


def test_each_of_its_inputs_asks_for_neighbours_and_one_can_be_taken_away(runs):
    page = go_to(with_example("xor_four_ways", without=["table"]), "retrieval")
    run = load_run(runs / "xor_four_ways")
    found = explain_inputs(run, example_of(run, ["table"]))
    ask = next(one for one in page.segmented_control if one.label == "Ask with")
    assert ask.options == ["Ring graph", "Shape", "Sentence"]
    page = faultless(ask.set_value("text").run())
    labels = [button.label for button in page.button if button.key and button.key.startswith("neighbour|")]
    target = next(one for one in page.segmented_control if one.label == "Look among").value
    assert labels == [str(run.bank.sample_ids[one.row]) for one in found.neighbours["text"][target]]
    assert "With all that you brought" in texts(page)
    assert not page.radio, "nobody has described what was brought"


def test_it_is_edited_and_the_edits_are_kept_by_name_and_with_it():
    page = go_to(with_example("clevr"), "intervention")
    change = next(button for button in page.button if button.key and button.key.startswith("changer|"))
    page = faultless(change.click().run())
    assert "(before: " in texts(page)
    page.text_input(key="scenario_name").set_value("mine").run()
    page = faultless(page.button(key="keep").click().run())
    assert "**mine**" in texts(page)
    page = go_to(go_to(page, "tree"), "intervention")
    assert "**mine**" in texts(page)
    page = go_to(page, "upload")
    page.session_state["change_it"] = True
    assert "(before: " in texts(faultless(page.run())), "the page that it was brought on knows of the edits too"


def test_its_way_through_the_tree_is_lit_as_far_as_it_goes(runs):
    page = go_to(from_form(), "tree")
    run = load_run(runs / PONDS)
    token = page.query_params[keeping.TOKEN]
    inputs = {
        name: keeping_file.made[next(key for key in keeping_file.made if key[0] == own.READ)][0]
        for name in ("note", "readings")
        if (keeping_file := uploads().get(token, own.kept_key(PONDS, name)))
    }
    path = explain_inputs(run, inputs).path
    said = texts(page)
    assert "Pink is the way of your own" in said
    assert ("Tree stops where it asks of the" in said) == (path.stopped_for is not None)


def test_the_picker_names_it_and_brings_it_back(xor_run):
    other = str(xor_run.test_bank.sample_ids[5])
    page = with_example("xor_and_xor")
    page = go_to(faultless(page.text_input(key="sample").set_value(other).run()), "tree")
    assert f"Pink is the way of {other}" in texts(page)
    assert keeping.TOKEN not in page.query_params
    button = page.sidebar.button(key="choose_own")
    assert "test-00001-table.csv" in button.label.replace("\\", "")
    assert "Pink is the way of your own" in texts(faultless(button.click().run()))
    page = faultless(go_to(page, "upload").button(key="clear").click().run())
    assert "choose_own" not in {one.key for one in page.sidebar.button}
    assert page.session_state["sample"] == ""


def sentences(page):
    return [one.value.replace("\\", "") for one in page.warning]


def test_what_is_forgotten_gets_one_sentence_and_the_sample_of_the_run():
    page = go_to(with_example("xor_and_xor"), "tree")
    uploads()._bags.clear()
    faultless(page.run())
    assert sentences(page) == [
        "What was brought is forgotten, or this is not its whole address, so you see `test/00001`."
    ]
    assert "Pink is the way of test/00001" in texts(page)


def linked(view, **query):
    page = AppTest.from_file(str(HOME), default_timeout=60)
    page.session_state["run"] = "xor_and_xor"
    for name, value in query.items():
        page.query_params[name] = value
    return page.switch_page(f"views/{view}/{view}.py").run()


def test_the_whole_address_leads_to_it_and_a_part_of_it_does_not():
    token = with_example("xor_and_xor").session_state[keeping.HELD]
    page = faultless(linked("retrieval", sample=own.OWN, upload=token))
    assert "Your own `test-00001-table.csv`" in texts(page)
    for query in ({}, {"upload": "nothing"}):
        page = faultless(linked("retrieval", sample=own.OWN, **query))
        assert len(sentences(page)) == 1
        assert "`test/00001`  \nModel" in texts(page)


def test_it_goes_along_to_a_model_that_reads_it_and_else_that_is_said():
    page = go_to(with_example("clevr"), "retrieval")
    page = faultless(page.selectbox(key="run").set_value("clevr_free").run())
    assert not page.warning
    assert "Your own `test-00001-image.png`" in texts(page)
    page = faultless(page.selectbox(key="run").set_value("xor_and_xor").run())
    assert len(sentences(page)) == 1
    assert "does not read what you brought" in sentences(page)[0]
    assert "`test/00001`  \nModel" in texts(page)
    assert page.session_state["sample"] == own.OWN, "back at the first model it is there again"
    page = faultless(page.selectbox(key="run").set_value("clevr").run())
    assert "Your own `test-00001-image.png`" in texts(page)


def test_a_model_that_was_trained_anew_reads_it_anew(monkeypatch, tmp_path, shipped_runs):
    shutil.copytree(shipped_runs / "xor_and_xor", tmp_path / "copies" / "xor_and_xor")
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path / "copies"))
    read, read_file = [], own._read_file
    monkeypatch.setattr(own, "_read_file", lambda task, name, file: read.append(name) or read_file(task, name, file))
    page = go_to(with_example("xor_and_xor"), "tree")
    assert sorted(read) == ["graph", "table"]
    os.utime(tmp_path / "copies" / "xor_and_xor" / "weights.safetensors", (1, 1))
    assert "Pink is the way of your own" in texts(faultless(page.run()))
    assert sorted(read) == ["graph", "graph", "table", "table"]

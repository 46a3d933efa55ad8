"""Home: what it says of a run, and what it says when there is none that can be used."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import resources
import sharcs_core.tasks
from drawings import graphs, inputs, theme
from drawings.look import Look
from drawings.scores import percent, score_bar
from frame import RUNS, words
from sharcs_core.errors import UserError
from sharcs_core.headlines import main_headlines, shared_headlines
from sharcs_core.structures import Inputs
from shared.plain import plain
from untrained_runs import config_of, untrained_run

TASK_RUNS = ("xor_and_xor", "mnist_superpixels")


@pytest.mark.parametrize("name", TASK_RUNS)
def test_home_names_the_task_and_puts_the_majority_beside_the_accuracy(open_app, name):
    app = open_app(run=name)
    assert not app.exception
    task, metrics = sharcs_core.tasks.get_task(name), json.loads((RUNS / name / "metrics.json").read_text())
    assert task.card.title in words(app)
    assert task.card.question in words(app)
    drawn = "".join(block.proto.body for block in app.get("html"))
    assert percent(metrics["accuracy"]) in drawn
    assert percent(metrics["majority_accuracy"]) in drawn


def test_a_folder_without_runs_tells_how_to_train_one(open_app, tmp_path):
    app = open_app(runs=tmp_path)
    assert not app.exception
    assert "sharcs train" in words(app)


def test_an_unknown_run_in_the_address_is_named(open_app):
    app = open_app(run="no_such_run")
    assert not app.exception
    assert plain("no_such_run") in words(app)


@pytest.mark.parametrize("view", [None, "views/concept_map/concept_map.py"])
def test_a_damaged_run_is_told_in_a_sentence_and_does_not_come_first(open_app, tmp_path, view):
    shutil.copytree(RUNS / "xor_and_xor", tmp_path / "a_damaged")
    shutil.copytree(RUNS / "xor_and_xor", tmp_path / "sound")
    (tmp_path / "a_damaged" / "metrics.json").write_text("{")
    first = open_app(view, runs=tmp_path)
    assert not first.error
    assert first.selectbox(key="run").value == "sound"
    app = open_app(view, runs=tmp_path, run="a_damaged")
    assert not app.exception
    assert plain("a_damaged") in words(app)
    assert "damaged" in app.error[0].value


def test_what_a_person_can_mend_is_told_in_its_own_sentence_on_any_page(open_app, monkeypatch):
    def refuse(_):
        raise UserError("There is no *room*; make some")

    monkeypatch.setattr(resources, "first_samples", refuse)
    app = open_app(run="xor_and_xor")
    assert not app.exception
    assert [error.value for error in app.error] == [plain("There is no *room*; make some")]


def test_a_bug_is_not_told_as_if_a_person_could_mend_it(open_app, monkeypatch):
    def fail(_):
        raise ValueError("a bug")

    monkeypatch.setattr(resources, "run", fail)
    app = open_app(run="xor_and_xor")
    assert [exception.message for exception in app.exception] == ["a bug"]
    assert not app.error


@pytest.fixture(scope="module")
def without_concepts(tmp_path_factory):
    """A folder with a run of a model that has no concepts."""
    task, folder = sharcs_core.tasks.get_task("xor_and_xor"), tmp_path_factory.mktemp("plain")
    untrained_run(task, task.load(seed=0), folder / "plain", config_of(task, "fusion"))
    return folder


@pytest.mark.parametrize("view", ["concept_map", "retrieval", "intervention", "tree", "upload"])
def test_a_model_without_concepts_is_told_in_a_sentence(open_app, without_concepts, view):
    app = open_app(f"views/{view}/{view}.py", runs=without_concepts)
    assert not app.exception
    assert [error.value.startswith("The run 'plain' is of a model without concepts") for error in app.error] == [True]


def test_home_shows_a_model_without_concepts(open_app, without_concepts):
    app = open_app(runs=without_concepts)
    assert not app.exception
    assert not app.error
    assert any(str(button.key).startswith("begin-test/") for button in app.button)
    assert "start_tour" not in {button.key for button in app.button}


def test_home_says_how_many_concepts_and_leaves_there_are(open_app):
    app = open_app(run="xor_and_xor")
    metrics = json.loads((RUNS / "xor_and_xor" / "metrics.json").read_text())
    assert f"{metrics['n_concepts']} concepts, and a decision tree of {metrics['tree_leaves']} leaves" in words(app)


def test_a_sample_is_taken_along_to_another_page(open_app):
    app = open_app(run="xor_and_xor")
    button = next(button for button in app.button if str(button.key).startswith("begin-test/") and not button.disabled)
    sample_id = button.key.removeprefix("begin-")
    button.click().run()
    app.switch_page("views/concept_map/concept_map.py").run()
    assert not app.exception
    assert app.text_input(key="sample").value == sample_id
    assert f"`{sample_id}`" in words(app)


def test_another_run_forgets_the_sample(open_app):
    app = open_app(run="xor_and_xor", sample="train/00003")
    app.selectbox(key="run").set_value("mnist_superpixels").run()
    assert not app.exception
    assert not app.text_input(key="sample").value


def test_surprise_me_chooses_an_unseen_sample(open_app):
    app = open_app(run="xor_and_xor")
    next(button for button in app.sidebar.button if button.label == "Surprise me").click().run()
    assert not app.exception
    assert app.text_input(key="sample").value.startswith("test/")


def test_unseen_samples_are_those_of_the_test_split(xor_run):
    assert all(map(xor_run.is_unseen, xor_run.test_bank.sample_ids))
    assert not any(map(xor_run.is_unseen, xor_run.bank.sample_ids))
    assert not xor_run.is_unseen("test/99999")  # whose id looks like one


def test_scores_are_drawn_with_their_reference_in_words():
    for name in TASK_RUNS:
        metrics = json.loads((RUNS / name / "metrics.json").read_text())
        task = sharcs_core.tasks.get_task(name)
        for headline in [*main_headlines(metrics, task), *shared_headlines(metrics, task)]:
            drawn = score_bar(headline)
            assert percent(headline.value) in drawn
            assert f"{headline.reference_words}: <span>{percent(headline.reference)}" in drawn


def test_percent_never_rounds_up_to_all():
    assert (percent(1.0), percent(0.9999), percent(None)) == ("100 %", "99.9 %", "–")


def test_a_graph_is_drawn_with_each_edge_once_and_no_self_loops():
    neighbours = np.array([[[0, 1, -1], [1, 0, 2], [2, 1, -1]]])
    arrays = {"nodes": np.ones((1, 3, 1)), "n_nodes": np.array([3]), "neighbours": neighbours}
    assert graphs.graph_of(Inputs("graph", arrays), 0, Look()).edges == ((0, 1), (1, 2))


@pytest.mark.parametrize("n_nodes", [1, 2, 7, 10])
def test_a_layout_is_stable_and_inside_its_frame(n_nodes):
    edges = tuple((node, node + 1) for node in range(n_nodes - 1))
    first = graphs.layout(n_nodes, edges)
    np.testing.assert_array_equal(first, graphs.layout(n_nodes, edges))
    assert first.shape == (n_nodes, 2)
    assert np.isfinite(first).all()
    assert first.min() >= -1e-9
    assert first[:, 0].max() <= 1 + 1e-9
    assert first[:, 1].max() <= graphs.FLAT + 1e-9


def test_every_kind_of_input_has_a_picture():
    drawn = [
        inputs.draw(Inputs("tabular", {"values": np.eye(6)}), 0),
        inputs.draw(Inputs("image", {"pixels": np.zeros((1, 28, 28), np.uint8)}), 0),
        inputs.draw(
            Inputs("graph", {"nodes": np.zeros((1, 4, 1)), "n_nodes": [3], "neighbours": -np.ones((1, 4, 2), int)}), 0
        ),
    ]
    assert all(picture.startswith("<img") and "alt=" in picture for picture in drawn)


def test_modalities_and_classes_have_colours_of_their_own():
    marks = [*theme.MARKS.values(), *theme.MORE_MARKS]
    assert all(len(set(own)) == len(marks) for own in zip(*marks, strict=True))
    assert [len(set(theme.class_colours(n))) for n in (2, 19)] == [2, 19]
    assert len(set(theme.key_colours(10))) == 10

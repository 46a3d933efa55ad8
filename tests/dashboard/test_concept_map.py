"""The concept map: what a point is, what a choice does, and that nothing chosen changes the figure."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import resources
from figures.atlas import build_atlas
from figures.concept_map import COLOURS, Layer, concept_map, legend_entries, marks
from frame import RUNS, words
from widgets import map_selection

RUN = "xor_and_xor"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    return resources.run(RUN)


def layer(run, part):
    bank = run.bank if part == "train" else run.test_bank
    return Layer(part, bank, resources.predictions(RUN)[part])


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["xor_and_xor", "mnist_superpixels"])
def test_every_colour_of_every_map_is_drawn(open_app, name, colour):
    app = open_app("views/concept_map.py", run=name)
    for method in app.session_state["map_method"], "PCA":
        app.session_state["map_method"], app.session_state["map_colour"] = method, colour
        app.run()
        assert not app.exception
        assert not app.error


def test_the_page_says_how_many_of_how_many_it_shows(open_app, run):
    app = open_app("views/concept_map.py", run=RUN)
    assert f"Showing {len(run.bank):,} of {run.metrics['n_train']:,} training samples" in words(app)
    app.toggle(key="map_unseen").set_value(True).run()
    assert not app.exception
    assert f"{len(run.test_bank):,} unseen" in words(app)


def test_an_unknown_sample_is_named_and_replaced(open_app):
    app = open_app("views/concept_map.py", run=RUN, sample="test/99999")
    assert not app.exception
    assert "test/99999" in app.warning[0].value


def test_points_carry_the_ids_of_their_inputs(run):
    figure = concept_map(run.task, [layer(run, "train"), layer(run, "test")], "PCA", "Meaning")
    sides = [(bank, name) for bank in (run.bank, run.test_bank) for name in bank.sides]
    for trace, (bank, name) in zip(figure.data, sides, strict=True):
        ids = np.asarray(trace.customdata)
        assert ids.ndim == 1
        assert list(ids) == [f"{sample}/{name}" for sample in bank.sample_ids]
        np.testing.assert_allclose(trace.x, bank.sides[name].maps["PCA"][:, 0], atol=1e-4)


def test_shapes_tell_the_modalities_and_hollow_ones_the_unseen(run):
    figure = concept_map(run.task, [layer(run, "train"), layer(run, "test")], "PCA", "Kind")
    symbols = [trace.marker.symbol for trace in figure.data]
    assert len(set(symbols)) == 4
    assert [symbol.endswith("-open") for symbol in symbols] == [False, False, True, True]


def test_mistakes_are_coloured_where_prediction_and_truth_differ(run):
    wrong = Layer("train", run.bank, 1 - np.asarray(run.bank.labels))
    colours = {c for trace in concept_map(run.task, [wrong], "PCA", "Mistakes").data for c in trace.marker.color}
    right = {
        c for trace in concept_map(run.task, [layer(run, "train")], "PCA", "Mistakes").data for c in trace.marker.color
    }
    assert len(colours) == 1
    assert colours != right


def test_the_figure_does_not_depend_on_the_chosen_sample(open_app):
    app = open_app("views/concept_map.py", run=RUN)
    before = app.get("plotly_chart")[0].proto.spec
    app.text_input(key="sample").set_value("train/00003").run()
    assert app.get("plotly_chart")[0].proto.spec == before
    assert "`train/00003`" in words(app)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_legend_names_every_modality(run, colour):
    said = [words_ for words_, _, _ in legend_entries(run.task, colour)]
    assert said[:2] == [modality.title for modality in run.task.modalities]


def points(*ids):
    return {"selection": {"points": [{"customdata": one} for one in ids]}}


def test_one_click_chooses_the_sample_and_a_lasso_only_shows(monkeypatch):
    state = {"map-x": points("test/00004/graph")}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.remember_selection("map-x")
    assert state["sample"] == "test/00004"
    assert state["map_inputs"] == ["test/00004/graph"]
    state["map-x"] = points("train/00001/graph", "train/00002/table")
    map_selection.remember_selection("map-x")
    assert state["sample"] == "test/00004"
    assert len(state["map_inputs"]) == 2


def test_a_selection_is_drawn_and_what_the_run_does_not_have_is_left_out(open_app):
    app = open_app("views/concept_map.py", run=RUN)
    app.session_state["map_inputs"] = ["train/00001/graph", "train/00002/table", "train/00003/image", "train/zz/graph"]
    app.run()
    assert not app.exception
    assert "showing 2 of 2 inputs" in words(app)


def test_rings_lie_on_the_inputs_of_the_sample(run):
    found = marks({"train": run.bank, "test": run.test_bank}, str(run.test_bank.sample_ids[2]), "UMAP")
    places = [side.maps["UMAP"][2] for side in run.test_bank.sides.values()]
    np.testing.assert_allclose([[mark["x"], mark["y"]] for mark in found], places)


def test_a_run_finds_the_row_of_an_id(run):
    bank, row = run.find(str(run.bank.sample_ids[5]))
    assert bank is run.bank
    assert row == 5
    with pytest.raises(KeyError):
        run.find("test/none")


def test_the_atlas_has_a_tile_for_every_input(run):
    atlas = build_atlas({"train": run.bank, "test": run.test_bank})
    n_tiles = 2 * (len(run.bank) + len(run.test_bank))
    with Image.open(io.BytesIO(atlas.sheet)) as sheet:
        assert sheet.format == atlas.format
        assert sheet.width == atlas.columns * atlas.tile[0]
        assert sheet.height >= -(-n_tiles // atlas.columns) * atlas.tile[1]
    assert list(atlas.starts.values()) == [0, len(run.bank), 2 * len(run.bank), n_tiles - len(run.test_bank)]
    assert atlas.sentences == {}

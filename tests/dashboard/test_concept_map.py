"""The concept map: what a point is, what a choice does, and that nothing chosen changes the figure."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pytest
from PIL import Image

import resources
from drawings.atlas import build_atlas
from drawings.concept_map import COLOURS, HALF_WRONG, Layer, concept_map, legend, legend_entries, marks
from drawings.look import look_of
from drawings.map_names import counted_by, map_names
from drawings.theme import RIGHT, WRONG
from frame import RUNS, words
from sharcs_core.checkpoints import rename_concept
from sharcs_core.explanations import explain_sample
from sharcs_core.selections import Fault
from views.concept_map import overlay as map_overlay
from views.concept_map import selection as map_selection

RUN = "xor_and_xor"
KEPT = f"map_inputs|{RUN}"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    return resources.run(RUN)


def layer(run, part):
    bank = run.bank if part == "train" else run.test_bank
    return Layer(part, bank, resources.predictions(run.name)[part])


def html_of(app):
    return "".join(block.proto.body for block in app.get("html"))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["xor_and_xor", "mnist_superpixels"])
def test_every_colour_of_every_map_is_drawn(open_app, name, colour):
    app = open_app("views/concept_map/concept_map.py", run=name)
    for method in app.session_state["map_method"], "PCA":
        app.session_state["map_method"], app.session_state["map_colour"] = method, colour
        app.run()
        assert not app.exception
        assert not app.error


def test_the_page_says_how_many_of_how_many_it_shows(open_app, run):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    assert f"Showing {len(run.bank):,} of {run.metrics['n_train']:,} training samples" in words(app)
    app.toggle(key="map_unseen").set_value(True).run()
    assert not app.exception
    assert f"{len(run.test_bank):,} unseen" in words(app)


def test_an_unknown_sample_is_named_and_replaced(open_app):
    app = open_app("views/concept_map/concept_map.py", run=RUN, sample="test/99999")
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


def test_only_what_was_misread_is_painted_and_it_lies_on_top(run):
    n = len(run.bank)
    wrong, read_right = np.arange(n) == 3, np.arange(n) == 5
    faults = {
        "table": np.where(wrong, int(Fault.MISREAD), np.where(read_right, int(Fault.UNEXPLAINED), 0)),
        "graph": np.where(read_right, int(Fault.UNEXPLAINED), 0),
    }
    predicted = np.where(wrong | read_right, 1 - run.bank.labels, run.bank.labels)
    figure = concept_map(run.task, [Layer("train", run.bank, predicted, faults)], "PCA", "Mistakes")
    table, graph, *mistakes = figure.data
    assert {*table.marker.color, *graph.marker.color} == {RIGHT}
    ids = [str(sample) for sample in run.bank.sample_ids]
    assert list(table.customdata) == [f"{one}/table" for i, one in enumerate(ids) if i not in (3, 5)]
    assert list(graph.customdata) == [f"{one}/graph" for i, one in enumerate(ids) if i != 5]
    painted = [(trace.customdata[0], trace.marker.color) for trace in mistakes if trace.marker.symbol != "circle"]
    assert painted[-1] == (f"{ids[3]}/table", WRONG)
    assert (f"{ids[5]}/graph", HALF_WRONG) in painted
    assert all(trace.type == "scatter" for trace in mistakes)  # which the pointer finds more easily


def test_the_mistakes_of_a_run_are_those_of_its_wrong_samples(open_app, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    name = "mnist_superpixels"
    table, figure = resources.map_inputs(name), resources.map_figure(name, "PCA", "Mistakes", 0, False)
    painted = {one for trace in figure.data if trace.type == "scatter" for one in trace.customdata}
    assert painted == set(table.ids[(table.parts == "train") & (table.faults > Fault.NONE)])
    others = [one for trace in figure.data if trace.type == "scattergl" for one in trace.customdata]
    assert len(others) + len(painted) == (table.parts == "train").sum()
    for trace in figure.data:
        modality = trace.meta["side"].removeprefix("train/")
        ids = [f"{sample}/{modality}" for sample in resources.run(name).bank.sample_ids[list(trace.meta["rows"])]]
        assert ids == list(trace.customdata)


def test_the_figure_does_not_depend_on_the_chosen_sample(open_app):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    before = app.get("plotly_chart")[0].proto.spec
    app.text_input(key="sample").set_value("train/00003").run()
    assert app.get("plotly_chart")[0].proto.spec == before
    assert "`train/00003`" in words(app)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_legend_names_every_modality(run, colour):
    said = [words_ for words_, _, _ in legend_entries(run.task, colour)]
    assert said[:2] == [modality.title for modality in run.card.modalities]


def test_the_legend_is_a_list_with_a_name(run):
    assert legend(run.task, "Answer").startswith('<ul class="map-legend" aria-label=')
    assert legend(run.task, "Answer").count("<li>") == len(legend_entries(run.task, "Answer"))


# --- names ---------------------------------------------------------------------------------------------------


def names_of(name, method, colour, detail=0):
    return resources.map_names(name, method, colour, detail)


@pytest.fixture
def shipped(monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))


@pytest.mark.parametrize("method", ["t-SNE", "UMAP", "PCA"])
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", ["xor_and_xor", "mnist_superpixels", "clevr", "half_mnist"])
def test_every_colouring_of_every_map_is_named(shipped, name, colour, method):
    found = [one for one in names_of(name, method, colour) if not one.near]
    assert found
    assert all(one.text and len(one.text) < 40 for one in found)


def test_islands_are_called_by_what_their_inputs_mean_or_are_answered(shipped):
    assert {one.text for one in names_of("mnist_superpixels", "t-SNE", "Kind")} == {f"digit {n}" for n in range(10)}
    answers = {one.text for one in names_of("mnist_superpixels", "t-SNE", "Answer")}
    assert answers == {f"{n} to {n + 9}" for n in range(10)}
    assert {one.text for one in names_of("xor_and_xor", "t-SNE", "Answer")} == {"0", "0 or 1"}


def test_a_concept_is_named_where_it_is_on(shipped):
    concept = resources.run("clevr").concept_names.index("metal")
    assert {one.text for one in names_of("clevr", "t-SNE", "Concept", concept) if not one.near} == {"metal"}
    near = {one.text for one in names_of("clevr", "t-SNE", "Concept", concept) if one.near}
    assert near
    assert all("metal" in text for text in near)


def test_many_meanings_are_called_by_a_factor_and_from_near_in_whole(shipped):
    found = names_of("clevr", "t-SNE", "Meaning", "shape")
    assert {one.text for one in found if not one.near} == {"cube", "sphere", "cylinder"}
    assert {one.text for one in found if one.near} <= set(resources.run("clevr").card.modalities[0].key_names)


def test_a_name_has_the_box_of_inputs_that_it_names(shipped):
    run, table = resources.run("mnist_superpixels"), resources.map_inputs("mnist_superpixels")
    train = table.take(table.parts == "train")
    places = np.concatenate([side.maps["t-SNE"] for side in run.bank.sides.values()])
    for name in map_names(run.task, train, places, "Meaning"):
        inside = ((places >= name.low) & (places <= name.high)).all(1)
        said = [run.card.modalities[0].key_names[key] for key in train.keys[inside]]
        assert said.count(name.text) > 0.8 * len(said)


def test_inputs_are_counted_by_what_colours_them(shipped):
    task, table = resources.run("clevr").task, resources.map_inputs("clevr")
    assert len(counted_by(task, table, "Meaning", "material").names) == 2
    assert len(counted_by(task, table, "Kind").names) == 8
    half = resources.run("half_mnist").task
    assert len(counted_by(half, resources.map_inputs("half_mnist"), "Answer").names) == 20


# --- selection -----------------------------------------------------------------------------------------------


def points(*ids):
    return {"selection": {"points": [{"customdata": one} for one in ids]}}


def test_one_click_chooses_the_sample_and_a_lasso_only_selects(monkeypatch):
    state = {"map-x": points("test/00004/graph")}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.remember_selection(RUN, "map-x")
    assert state["sample"] == "test/00004"
    assert state[KEPT] == []
    state["map-x"] = points("train/00001/graph", "train/00002/table", "train/00001/graph")
    map_selection.remember_selection(RUN, "map-x")
    assert state["sample"] == "test/00004"
    assert state[KEPT] == ["train/00001/graph", "train/00002/table"]


def test_what_a_tab_remembers_is_selected_again_and_nonsense_is_not(monkeypatch, shipped):
    table = resources.map_inputs(RUN)
    kept = {"train/graph": [0, 4, 10**9, "x"], "train/none": [1], "nonsense": [2]}
    state = {map_overlay.OVERLAY_KEY: {"restored": kept}}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.restore_selection(RUN)
    sides = map_selection.by_side(table, table.rows_of(state[KEPT]))
    assert sides == {"train/graph": [0, 4]}


def test_a_selection_is_told_of_and_what_the_run_does_not_have_is_left_out(open_app):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    app.session_state[KEPT] = ["train/00001/graph", "train/00002/table", "train/00003/image", "train/zz/graph"]
    app.run()
    assert not app.exception
    assert "Your selection: 2 inputs" in words(app)
    assert f"{RUN}:train/00001/graph,train/00002/table" in app.query_params["selected"]
    app.button(key="clear_selection").click().run()
    assert "Your selection" not in words(app)
    assert "selected" not in app.query_params


def test_a_group_is_selected_by_name_with_its_counts_and_an_input_chosen_from_the_list(open_app):
    name = "mnist_superpixels"
    app = open_app("views/concept_map/concept_map.py", run=name)
    app.selectbox(key=f"map_group|{name}").select(map_selection.MISTAKES).run()
    table = resources.map_inputs(name)
    rows = np.flatnonzero((table.parts == "train") & (table.faults > Fault.NONE))
    assert f"Your selection: {len(rows)} inputs" in words(app)
    assert f"{(table.faults[rows] == Fault.MISREAD).sum()} of these misread" in html_of(app)
    app.selectbox(key=f"map_list|{name}").select_index(0).run()
    assert app.session_state["sample"] in table.sample_ids[rows]
    assert not app.exception


def test_strays_are_drawn_first_with_what_they_are_read_as(open_app):
    name = "mnist_superpixels"
    app = open_app("views/concept_map/concept_map.py", run=name)
    table = resources.map_inputs(name)
    train = table.parts == "train"
    stray = np.flatnonzero(train & (table.faults == Fault.MISREAD) & (table.keys != 3))[0]
    rows = [*np.flatnonzero(train & (table.keys == 3))[:30], stray]
    app.session_state[f"map_inputs|{name}"] = [str(one) for one in table.ids[rows]]
    app.run()
    assert "<b>1 stray</b>, in a selection of mostly digit 3" in html_of(app)
    drawn = [button.label for button in app.button if (button.key or "").startswith("lasso-")]
    assert drawn[0] == table.sample_ids[stray]
    assert "read as digit" in html_of(app)
    assert "digit 3: on in" in html_of(app)


def test_unseen_inputs_count_only_while_they_are_on_the_map(open_app, run):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    app.session_state[KEPT] = [f"{sample}/graph" for sample in run.test_bank.sample_ids[:5]]
    app.run()
    assert "Your selection" not in words(app)
    app.toggle(key="map_unseen").set_value(True).run()
    assert "Your selection: 5 inputs" in words(app)


def test_a_choice_that_another_run_has_not_gives_way(open_app):
    app = open_app("views/concept_map/concept_map.py", run="clevr")
    app.session_state["map_colour"] = "Concept"
    app.run()
    app.selectbox(key="map_concept").set_value(resources.run("clevr").concept_names.index("metal")).run()
    app.session_state["run"] = "mnist_superpixels"
    app.run()
    assert not app.exception
    assert app.selectbox(key="map_concept").value == 0


def test_the_chosen_concept_stays_when_it_is_renamed(open_app, tmp_path):
    shutil.copytree(RUNS / RUN, tmp_path / RUN)
    app = open_app("views/concept_map/concept_map.py", runs=tmp_path, run=RUN)
    app.session_state["map_colour"] = "Concept"
    app.run()
    app.selectbox(key="map_concept").set_value(1).run()
    rename_concept(tmp_path / RUN, 1, "a name of mine", 2)
    app.run()
    assert not app.exception
    assert app.selectbox(key="map_concept").value == 1
    assert "a name of mine" in html_of(app)


@pytest.mark.parametrize("named", ["", f"{RUN}:"])
def test_a_selection_of_another_run_in_the_address_is_none_of_this_one(open_app, named):
    ids = f"{named}train/00001/graph,train/00002/table"
    app = open_app("views/concept_map/concept_map.py", run="xor_four_ways", selected=ids)
    assert not app.exception
    assert "Your selection" not in words(app)
    assert "selected" not in app.query_params


def test_a_selection_stays_with_its_run(open_app):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    app.query_params["selected"] = f"{RUN}:train/00001/graph,train/00002/table"
    app.run()
    assert "Your selection: 2 inputs" in words(app)
    app.session_state["run"] = "xor_four_ways"
    app.run()
    assert "Your selection" not in words(app)
    assert "selected" not in app.query_params


def test_rings_lie_on_the_inputs_of_the_sample(run):
    found = marks(run.task, explain_sample(run, str(run.test_bank.sample_ids[2])).positions["UMAP"])
    places = [side.maps["UMAP"][2] for side in run.test_bank.sides.values()]
    np.testing.assert_allclose([[mark["x"], mark["y"]] for mark in found], places)
    assert [mark["title"] for mark in found] == ["Table of bits", "Ring graph"]


def test_a_run_finds_the_row_of_an_id(run):
    bank, row = run.find(str(run.bank.sample_ids[5]))
    assert bank is run.bank
    assert row == 5
    with pytest.raises(KeyError):
        run.find("test/none")


def test_the_atlas_has_a_tile_for_every_input(run):
    looks = {name: look_of(run.card.modality(name)) for name in run.bank.sides}
    atlas = build_atlas({"train": run.bank, "test": run.test_bank}, looks)
    n_tiles = 2 * (len(run.bank) + len(run.test_bank))
    with Image.open(io.BytesIO(atlas.sheet)) as sheet:
        assert sheet.format == atlas.format
        assert sheet.width == atlas.columns * atlas.tile[0]
        assert sheet.height >= -(-n_tiles // atlas.columns) * atlas.tile[1]
    assert list(atlas.starts.values()) == [0, len(run.bank), 2 * len(run.bank), n_tiles - len(run.test_bank)]
    assert atlas.sentences == {}

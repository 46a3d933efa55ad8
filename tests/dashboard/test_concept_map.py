"""The concept map: what a point is, what a choice does, and that nothing chosen changes what is painted."""

from __future__ import annotations

import base64
import io
import json
import shutil
from functools import partial
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image

import resources
from drawings.concept_map import COLOURS, marks, scale_of
from drawings.map_legend import legend, legend_entries
from drawings.map_names import counted_by, map_names
from drawings.map_points import HALF_WRONG, SHADES, Layer, painted, places
from drawings.theme import RIGHT, WRONG, class_colours, ordered_colours
from frame import RUNS, words
from resources import pictures
from sharcs_core.checkpoints import rename_concept
from sharcs_core.explanations import explain_sample
from sharcs_core.selections import Fault, rows_drawn
from views.concept_map import areas, asked
from views.concept_map import selection as map_selection
from views.concept_map.controls import MapChoice

RUN = "xor_and_xor"
KEPT = f"map_inputs|{RUN}"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(RUNS))
    return resources.run(RUN)


def layer(run, part):
    bank = run.bank if part == "train" else run.test_bank
    return Layer(part, bank, resources.predictions(run.name)[part])


def drawn_points(run, layers, method="PCA", colour="Kind", detail=0):
    """Of each point its side, its row there, its ink and where it lies."""
    lie, inks = places(layers, method), painted(run.task, layers, colour, detail)
    assert len(lie.rows) == len(lie.places) == len(inks.of)
    own = [inks.inks[number] for number in inks.of]
    return [(ink.side, int(row), ink, place) for ink, row, place in zip(own, lie.rows, lie.places, strict=True)]


def side_of(run, name):
    part, _, modality = name.partition("/")
    return (run.bank if part == "train" else run.test_bank).sides[modality]


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


def test_every_input_is_one_point_where_it_lies(run):
    points = drawn_points(run, [layer(run, "train"), layer(run, "test")], "UMAP", "Meaning")
    banks = {"train": run.bank, "test": run.test_bank}
    sides = [(f"{part}/{name}", row) for part, bank in banks.items() for name in bank.sides for row in range(len(bank))]
    assert sorted((side, row) for side, row, _, _ in points) == sorted(sides)
    for side, row, _, place in points:
        np.testing.assert_array_equal(place, side_of(run, side).maps["UMAP"][row])


def test_what_is_sent_are_the_places_the_rows_and_the_inks_themselves(run):
    rows = np.array([0, 3, 700])
    layers = [Layer("train", run.bank, resources.predictions(RUN)["train"], rows={"graph": rows})]
    lie, inks = places(layers, "UMAP"), painted(run.task, layers, "Answer")
    content, n = lie.to_bytes(), len(run.bank) + 3
    assert (len(content), len(inks.to_bytes())) == (12 * n, 2 * n)
    x, y = (np.frombuffer(content, "<f4", n, 4 * n * axis) for axis in (0, 1))
    sent, of = np.frombuffer(content, "<i4", n, 8 * n), np.frombuffer(inks.to_bytes(), "<u2")
    seen = {"train/table": [], "train/graph": []}
    for at in zip(x, y, sent, of, strict=True):
        ink = inks.inks[at[3]]
        np.testing.assert_array_equal(side_of(run, ink.side).maps["UMAP"][at[2]], at[:2])
        assert ink.colour == class_colours(2)[run.bank.labels[at[2]]]
        seen[ink.side].append(int(at[2]))
    assert sorted(seen["train/graph"]) == rows.tolist()
    assert sorted(seen["train/table"]) == list(range(len(run.bank)))


def test_each_point_has_the_colour_of_what_it_means(run):
    meaning = counted_by(run.task, resources.map_inputs(RUN), "Meaning")
    for side, row, ink, _ in drawn_points(run, [layer(run, "train")], colour="Meaning"):
        assert ink.colour == meaning.colours[side_of(run, side).semantics[row]]


def test_no_colour_lies_on_all_others(run):
    colours = [ink.colour for _, _, ink, _ in drawn_points(run, [layer(run, "train")], colour="Answer")]
    n = len(colours) // 4
    shares = [colours[quarter * n : (quarter + 1) * n].count(class_colours(2)[1]) / n for quarter in range(4)]
    assert max(shares) - min(shares) < 0.2


def test_a_concept_is_painted_in_steps_of_its_scale(run):
    for side, row, ink, _ in drawn_points(run, [layer(run, "train")], colour="Concept", detail=1):
        step = min(int(side_of(run, side).shared[row, 1] * SHADES), SHADES - 1)
        assert ink.colour == ordered_colours(SHADES)[step]
    assert scale_of("Concept")[0] == ordered_colours(SHADES)[0]
    assert not scale_of("Answer")


def test_shapes_tell_the_modalities_and_hollow_ones_the_unseen(run):
    points = drawn_points(run, [layer(run, "train"), layer(run, "test")])
    looks = {side: (ink.symbol, ink.hollow) for side, _, ink, _ in points}
    assert len({symbol for symbol, _ in looks.values()}) == 2
    assert all(hollow == side.startswith("test/") for side, (_, hollow) in looks.items())


def test_only_what_was_misread_is_painted_and_it_lies_on_top(run):
    n = len(run.bank)
    wrong, read_right = np.arange(n) == 3, np.arange(n) == 5
    faults = {
        "table": np.where(wrong, int(Fault.MISREAD), np.where(read_right, int(Fault.UNEXPLAINED), 0)),
        "graph": np.where(read_right, int(Fault.UNEXPLAINED), 0),
    }
    predicted = np.where(wrong | read_right, 1 - run.bank.labels, run.bank.labels)
    points = drawn_points(run, [Layer("train", run.bank, predicted, faults)], colour="Mistakes")
    mistakes = {(side, row): (ink.colour, ink.fault) for side, row, ink, _ in points if ink.fault}
    assert mistakes == {
        ("train/table", 3): (WRONG, int(Fault.MISREAD)),
        ("train/table", 5): (HALF_WRONG, int(Fault.UNEXPLAINED)),
        ("train/graph", 5): (HALF_WRONG, int(Fault.UNEXPLAINED)),
    }
    assert {ink.colour for _, _, ink, _ in points if not ink.fault} == {RIGHT}


def test_the_mistakes_of_a_run_are_those_of_its_wrong_samples(shipped):
    name = "mnist_superpixels"
    table, lie = resources.map_inputs(name), resources.map_points(name, "PCA", False)
    inks = resources.map_painted(name, "Mistakes", 0, False)
    own = [inks.inks[number] for number in inks.of]
    ids = [table.ids[areas.rows_of_side(table, ink.side)][row] for ink, row in zip(own, lie.rows, strict=True)]
    painted_wrong = {one for one, ink in zip(ids, own, strict=True) if ink.fault}
    assert painted_wrong == set(table.ids[table.is_train & (table.faults > Fault.NONE)])
    assert sorted(ids) == sorted(table.ids[table.is_train])


def told_to_the_map(app):
    """What the page tells the script of the map."""
    return json.loads(next(one.proto.json for one in app.get("bidi_component") if "map_points" in one.proto.json))


def test_what_is_painted_does_not_depend_on_the_chosen_sample(open_app):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    before = told_to_the_map(app)
    app.text_input(key="sample").set_value("train/00003").run()
    after = told_to_the_map(app)
    assert [after[name] for name in ("points", "painted", "inks", "frame")] == [
        before[name] for name in ("points", "painted", "inks", "frame")
    ]
    assert after["marks"] != before["marks"]
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


@pytest.mark.parametrize("unseen", [False, True])
def test_what_is_drawn_around_is_all_that_lies_there(monkeypatch, shipped, unseen):
    table, places = resources.map_inputs(RUN), resources.map_places(RUN, "PCA")
    x, y = (np.median(places, axis=0) + 1e-4).tolist()  # on no point
    wanted = table.ids[(places > (x, y)).all(1) & (table.is_train | unseen)]
    whole, halves = [[x, y], [2, y], [2, 2], [x, 2]], (x + 2) / 2
    parts = [[[x, y], [halves, y], [halves, 2], [x, 2]], [[halves, y], [2, y], [2, 2], [halves, 2]]]
    for drawn in ([whole], parts):
        state = {map_selection.CHART: {"drawn": drawn}}
        monkeypatch.setattr(map_selection.st, "session_state", state)
        map_selection.remember_selection(RUN, "PCA", unseen=unseen)
        assert state[KEPT] == list(wanted)
        assert len(wanted) > 1


NO_AREAS = [
    [[0, 1], [1, 1]],
    [["a", 0], [1, 1], [2, 2]],
    [[0, 0], [1, 1], [float("nan"), 2]],
    [[0, 0], [1, 1], [2]],
    [[0, 0], [1, 1], [1e300, 2]],
    [[0, 0], [1, 1], {"x": 2, "y": 2}],
    {},
    3,
    [[0, 0]] * 10**4,
]


@pytest.mark.parametrize("drawn", NO_AREAS)
def test_what_is_no_area_is_passed_over(drawn):
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
    assert areas.areas_of([drawn, [list(one) for one in corners]]) == [corners]
    assert areas.areas_of(drawn) == []


@pytest.mark.parametrize("point", [{}, {"side": "train/none", "row": 1}, {"side": 3}, None, "x", [1], {"row": 10**9}])
def test_a_point_that_the_run_has_not_chooses_nothing(monkeypatch, shipped, point):
    state = {map_selection.CHART: {"clicked": point}}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.choose_clicked(RUN)
    assert "sample" not in state


def test_a_click_chooses_the_sample_and_leaves_the_selection(monkeypatch, shipped):
    sample = str(resources.run(RUN).test_bank.sample_ids[4])
    state = {map_selection.CHART: {"clicked": {"side": "test/graph", "row": 4}}, KEPT: ["train/00001/graph"]}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.choose_clicked(RUN)
    assert (state["sample"], state[KEPT]) == (sample, ["train/00001/graph"])


def test_an_area_around_one_input_chooses_its_sample(monkeypatch, shipped):
    table, places = resources.map_inputs(RUN), resources.map_places(RUN, "t-SNE")
    row = int((np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(len(places))).min(1).argmax())
    (x, y), near = places[row].tolist(), 1e-4
    box = [[x - near, y - near], [x + near, y - near], [x + near, y + near], [x - near, y + near]]
    state = {map_selection.CHART: {"drawn": [box]}}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.remember_selection(RUN, "t-SNE", unseen=True)
    assert (state["sample"], state[KEPT]) == (table.sample_ids[row], [])


def test_what_a_tab_remembers_is_selected_again_and_nonsense_is_not(monkeypatch, shipped):
    table = resources.map_inputs(RUN)
    rows = np.array([*table.rows_of_side("train", "graph")[[0, -1]], table.rows_of_side("test", "table")[4]])
    kept = areas.by_side(table, rows)
    assert set(kept) == {"train/graph", "test/table"}
    beyond = base64.b64encode(b"\xff" * 10**4).decode()
    for nonsense in (
        {},
        {"train/none": beyond, "x": beyond},
        {"train/table": 3},
        {"train/table": "?"},
        {"train/table": [1]},
    ):
        state = {map_selection.CHART: {"restored": {**kept, **nonsense}}}
        monkeypatch.setattr(map_selection.st, "session_state", state)
        map_selection.restore_selection(RUN)
        assert sorted(state[KEPT]) == sorted(table.ids[rows])
    state = {map_selection.CHART: {"restored": {"train/graph": beyond}}}
    monkeypatch.setattr(map_selection.st, "session_state", state)
    map_selection.restore_selection(RUN)
    assert state[KEPT] == list(table.ids[table.rows_of_side("train", "graph")])


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


# --- more inputs than are drawn ------------------------------------------------------------------------------


def test_of_a_large_map_a_sample_is_drawn_and_all_is_counted(open_app, tmp_path, monkeypatch):
    shutil.copytree(RUNS / RUN, tmp_path / RUN)
    monkeypatch.setattr(pictures, "rows_drawn", partial(rows_drawn, most=300))
    app = open_app("views/concept_map/concept_map.py", runs=tmp_path, run=RUN)
    assert "300 of 1,600 inputs are drawn: of each kind and answer its share" in words(app)
    assert len(resources.map_points(RUN, "PCA", False).rows) == 300
    assert len(resources.map_painted(RUN, "Meaning", 0, False).of) == 300
    app.selectbox(key=f"map_group|{RUN}").select(0).run()
    table = resources.map_inputs(RUN)
    n = int((table.is_train & (table.keys == 0)).sum())
    assert f"Your selection: {n:,} inputs" in words(app)
    assert n > 300
    assert not app.exception


def test_what_is_selected_and_not_drawn_is_marked_beside(monkeypatch, tmp_path):
    shutil.copytree(RUNS / RUN, tmp_path / RUN)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    monkeypatch.setattr(pictures, "rows_drawn", partial(rows_drawn, most=300))
    run, table = resources.run(RUN), resources.map_inputs(RUN)
    hidden = np.setdiff1d(np.flatnonzero(table.is_train), resources.map_rows(RUN, unseen=False))[:3]
    shown = MapChoice("PCA", "Kind", 0, unseen=False)
    marked = map_selection.beside(run, table, np.append(hidden, resources.map_rows(RUN, unseen=False)[:5]), shown)
    np.testing.assert_allclose(marked, resources.map_places(RUN, "PCA")[hidden])


# --- what is under the pointer -------------------------------------------------------------------------------


def test_under_the_pointer_stand_its_meaning_its_sample_and_a_picture_of_it(run):
    for part, bank in (("train", run.bank), ("test", run.test_bank)):
        for name in bank.sides:
            said = resources.pointed(RUN, part, name, 7)
            assert run.card.modality(name).title in said.lines[0]
            assert f"sample {bank.sample_ids[7]} · truth " in said.lines[1]
            with Image.open(io.BytesIO(base64.b64decode(said.picture.partition(",")[2]))) as tile:
                assert tile.size == said.shape


def test_the_pointer_tells_of_mistakes(shipped):
    name = "mnist_superpixels"
    table = resources.map_inputs(name)
    for fault, words_ in ((Fault.MISREAD, "✗ misread"), (Fault.UNEXPLAINED, "✗ answered wrong")):
        row = np.flatnonzero(table.is_train & (table.faults == fault))[0]
        said = resources.pointed(name, "train", str(table.modalities[row]), int(table.places[row]))
        assert said.lines[-1] == words_


def test_the_address_of_what_is_pointed_at_answers_in_json(shipped):
    reply = asked.pointed({"run": RUN, "side": "train/graph", "row": "7"})
    assert reply.status_code == 200
    assert json.loads(reply.body)["lines"] == list(resources.pointed(RUN, "train", "graph", 7).lines)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"run": "../checkpoints/xor_and_xor", "side": "train/graph", "row": "1"},
        {"run": RUN, "side": "train/none", "row": "1"},
        {"run": RUN, "side": "train", "row": "1"},
        {"run": RUN, "side": "valid/graph", "row": "1"},
        {"run": RUN, "side": "train/graph", "row": "-1"},
        {"run": RUN, "side": "train/graph", "row": "800"},
        {"run": RUN, "side": "train/graph", "row": "9" * 400},
        {"run": RUN, "side": "train/graph", "row": "\u00b2"},
    ],
)
def test_of_what_is_not_there_the_address_says_so(shipped, values):
    assert says_reload(asked.pointed(values))


def says_reload(reply):
    return reply.status_code == 404 and json.loads(reply.body)["fault"].endswith("reload the page")


# --- what the map's script asks for --------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_the_addresses_that_the_page_tells_have_points_and_inks(open_app, colour):
    app = open_app("views/concept_map/concept_map.py", run=RUN)
    app.session_state["map_colour"], app.session_state["map_unseen"] = colour, True
    app.run()
    told = told_to_the_map(app)
    values = [dict(parse_qsl(told[name].partition("?")[2])) for name in ("points", "painted")]
    points, inks = asked.points(values[0]), asked.inks(values[1])
    run = resources.run(RUN)
    n = 2 * (len(run.bank) + len(run.test_bank))
    assert (len(points.body), len(inks.body)) == (12 * n, 2 * n)
    assert np.frombuffer(inks.body, "<u2").max() == len(told["inks"]) - 1
    assert "immutable" in points.headers["cache-control"]


def test_of_a_run_that_has_changed_no_points_come_but_a_word(shipped, tmp_path, monkeypatch):
    values = {"run": RUN, "of": resources.state_of(RUN), "method": "PCA"}
    assert asked.points(values).status_code == 200
    shutil.copytree(RUNS / RUN, tmp_path / RUN)
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    (tmp_path / RUN / "metrics.json").touch()
    assert says_reload(asked.points(values))


@pytest.mark.parametrize(
    "values",
    [
        {"run": ""},
        {"run": f"../checkpoints/{RUN}"},
        {"of": "0"},
        {"method": "none"},
        {"colour": "none"},
        {"colour": "Meaning", "detail": "none"},
        {"colour": "Concept", "detail": "whole"},
        {"colour": "Concept", "detail": "10000"},
        {"colour": "Concept", "detail": "-1"},
    ],
)
def test_what_no_page_asks_for_is_refused_in_a_sentence(shipped, values):
    usual = {"run": RUN, "of": resources.state_of(RUN), "method": "PCA", "colour": "Kind", "detail": "0"}
    said = [asked.points({**usual, **values}), asked.inks({**usual, **values})]
    assert any(map(says_reload, said))
    assert all(one.status_code == 200 or says_reload(one) for one in said)

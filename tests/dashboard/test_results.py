"""The page of results, and the drawings and tables it is made of."""

from __future__ import annotations

import json
import re
import shutil

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from drawings.result_curves import CURVES
from drawings.result_table import table_html
from drawings.results import comparison_drawing, study_drawing, without_title
from frame import ROOT, RUNS, words
from made_up_cells import as_once, made_up_cells, subset, write_made_up
from pages import faultless, open_page
from sharcs_benchmark.cells import write_cell
from sharcs_benchmark.definitions import DEFINITIONS, definition
from sharcs_benchmark.tables.claims import claim_table
from sharcs_benchmark.tables.comparison import OUR_TITLES, comparison
from sharcs_benchmark.tables.details import DETAILS
from sharcs_benchmark.tables.frames import load_results, results_of
from sharcs_benchmark.tables.overviews import OVERVIEWS, groups_with
from sharcs_benchmark.tables.reasons import load_sections
from sharcs_benchmark.tables.sentences import study_sentences
from sharcs_benchmark.tables.studies import studies
from sharcs_benchmark.tables.table import BOLD_SAYS
from sharcs_benchmark.tables.targets import target_table
from sharcs_core.checkpoints import load_run
from sharcs_core.differences import compare_runs
from untrained_runs import config_of, untrained_run

CELLS = made_up_cells()
RESULTS = results_of(CELLS)
PARTS = ("Models", "Targets", "Studies", "Where", "Reasons", "Two runs", "Definitions")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return write_made_up(tmp_path_factory.mktemp("results"))


@pytest.fixture
def page(results, monkeypatch):
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    return faultless(open_page("results", run="xor_and_xor"))


def tables(app) -> str:
    """The HTML of all tables of the page, the style sheet left out."""
    return "".join(block.proto.body for block in app.get("html") if "<table>" in block.proto.body)


def groups_of(task: str, block: str = "B"):
    return RESULTS.models(block, task)


# the page


def test_the_page_opens_on_the_models_of_the_chosen_models_task_at_equal_budget(page):
    table = comparison(RESULTS, "xor_and_xor", "B")
    assert tables(page).count("<tr") >= len(table.rows)
    assert table.rows[0].entries[0].text in tables(page)
    assert table.caption in words(page)
    assert all(remark in words(page) for remark in table.remarks)


@pytest.mark.parametrize(
    ("run", "task", "row"),
    [
        ("clevr", "clevr", "SHARCS (named)"),
        ("clevr_free", "clevr", "SHARCS (free, few)"),
        ("half_mnist", "half_mnist", "SHARCS (free, few)"),
        ("mnist_superpixels", "mnist_superpixels", "SHARCS (named)"),
    ],
)
def test_it_follows_the_chosen_model_and_marks_its_row(results, monkeypatch, run, task, row):
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    page = faultless(open_page("results", run=run))
    assert page.segmented_control(key="task").value == task
    assert marked_rows(page) == [row]
    assert "The marked row is the chosen model’s kind" in html(page)


def marked_rows(app) -> list[str]:
    """Titles of the marked rows of the first table."""
    return re.findall(r"<tr class='[^']*chosen'><th[^>]*><span>(.*?)</span>", html(app).split("</table>")[0])


def html(app) -> str:
    return "".join(block.proto.body for block in app.get("html"))


def test_another_model_brings_its_own_task_and_a_chosen_task_stays_until_then(page):
    faultless(page.segmented_control(key="task").set_value("half_mnist").run())
    assert marked_rows(page) == []  # the chosen model is of another task
    faultless(page.segmented_control(key="part").set_value("Targets").run())
    faultless(page.segmented_control(key="part").set_value("Models").run())
    page.session_state["run"] = "clevr"
    faultless(page.run())
    assert page.segmented_control(key="task").value == "clevr"
    assert marked_rows(page) == ["SHARCS (named)"]


def test_a_task_of_the_address_is_kept(results, monkeypatch):
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    page = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=60)
    page.query_params["run"], page.query_params["task"] = "clevr", "HalfMNIST"
    faultless(page.switch_page("views/results/results.py").run())
    assert page.segmented_control(key="task").value == "half_mnist"


def test_an_address_with_a_task_that_there_is_not_opens_on_the_models_own(results, monkeypatch):
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    page = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=60)
    page.query_params["run"], page.query_params["task"] = "clevr", "chess"
    faultless(page.switch_page("views/results/results.py").run())
    assert page.segmented_control(key="task").value == "clevr"


def test_a_model_whose_kind_was_not_measured_is_said_to_have_no_row(tmp_path, monkeypatch):
    for cell in subset(CELLS, block="B", task="clevr", model="late_fusion"):
        write_cell(cell, tmp_path)
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path))
    page = faultless(open_page("results", run="clevr"))
    assert "of a kind that was not measured in this block" in html(page)
    assert marked_rows(page) == []


def test_every_task_of_the_results_can_be_chosen(page):
    for task in RESULTS.tasks("B"):
        faultless(page.segmented_control(key="task").set_value(task).run())
        assert comparison(RESULTS, task, "B").caption in words(page)


def test_bold_is_explained_where_it_stands(page):
    assert BOLD_SAYS in words(page)


def test_the_block_can_be_chosen(page):
    control = next(one for one in page.segmented_control if str(one.key).startswith("block|"))
    faultless(control.set_value("A").run())
    assert comparison(RESULTS, "xor_and_xor", "A").caption in words(page)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_without_a_fault(page, part):
    faultless(page.segmented_control(key="part").set_value(part).run())


def test_every_table_of_the_details_opens(page):
    box = next(one for one in page.selectbox if str(one.key).startswith("detail|"))
    for title in box.options:
        faultless(box.set_value(title).run())


def test_targets_are_those_of_the_cells(page):
    faultless(page.segmented_control(key="part").set_value("Targets").run())
    targets, claims = target_table(RESULTS), claim_table(RESULTS)
    for row in (*targets.rows, *claims.rows):
        assert row.title in tables(page)
    assert all(remark in words(page) for remark in (*targets.remarks, *claims.remarks))
    assert marked_rows(page) == ["XOR-AND-XOR (named)"]


def test_verdicts_stand_in_front_of_the_figures(page):
    faultless(page.segmented_control(key="part").set_value("Targets").run())
    heads = re.findall(r"<table><thead>.*?<th[^>]*>", tables(page))
    assert len(heads) == 2
    assert all("verdict" in head for head in heads)


def test_figures_of_an_earlier_definition_are_marked_and_explained(tmp_path, monkeypatch):
    for cell in subset(CELLS, block="B", task="clevr"):
        write_cell(cell if cell.model == "sharcs" else as_once(cell), tmp_path)
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path))
    page = faultless(open_page("results", run="clevr"))
    assert "<sup>†</sup>" in tables(page)
    assert comparison(load_results(tmp_path), "clevr", "B").footnote in words(page)


def test_each_study_begins_with_what_it_concludes(page):
    faultless(page.segmented_control(key="part").set_value("Studies").run())
    for study in studies(RESULTS):
        conclusion, rest = study_sentences(study)
        assert f"**{conclusion}**\n" in words(page)
        assert rest in words(page)
    for name, overview in OVERVIEWS.items():
        assert f"**{overview.sentences(groups_with(RESULTS, name))[0]}**" in words(page)
    assert len(page.get("plotly_chart")) == len(studies(RESULTS)) + len(OVERVIEWS)


# two runs


def two_runs(run: str, results, monkeypatch, runs=RUNS):
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    monkeypatch.setenv("SHARCS_RUNS", str(runs))
    page = open_page("results", run=run)
    return faultless(page.segmented_control(key="part").set_value("Two runs").run())


def test_two_runs_of_the_chosen_models_task_are_compared_sample_by_sample(results, monkeypatch):
    page = two_runs("mnist_superpixels_free", results, monkeypatch)
    first, second = (load_run(RUNS / name) for name in ("mnist_superpixels_free", "mnist_superpixels"))
    found = compare_runs(first, second)
    assert f"On {len(found.differences)} of the 1,000 unseen samples" in html(page)
    assert "McNemar" in html(page)
    drawn = re.findall(r"<div class='differing'><code>(.*?)</code>", html(page))
    assert drawn == [one.sample_id for one in found.differences[:12]]
    page.toggle[0].set_value(True)
    assert len(re.findall(r"<div class='differing'>", html(faultless(page.run())))) == len(found.differences)
    control = next(one for one in page.segmented_control if str(one.key).startswith("differ|"))
    faultless(control.set_value("second").run())
    drawn = re.findall(r"<div class='differing'><code>(.*?)</code>", html(page))
    assert drawn == [one.sample_id for one in found.differences if one.right == "second"]


def test_a_sample_on_which_two_runs_differ_can_be_chosen(results, monkeypatch):
    page = two_runs("clevr", results, monkeypatch)
    button = next(one for one in page.button if str(one.key).startswith("differ-"))
    faultless(button.click().run())
    assert page.session_state["sample"] == str(button.key).removeprefix("differ-")
    assert "Chosen" in [one.label for one in page.button]


def test_figures_and_settings_of_both_stand_below(results, monkeypatch):
    page = two_runs("clevr", results, monkeypatch)
    assert "model.named.colour" in tables(page)
    figures = json.loads((RUNS / "clevr" / "metrics.json").read_text())
    assert f"{figures['accuracy']:.3f}".removeprefix("0") in tables(page)
    assert BOLD_SAYS in words(page)


@pytest.mark.parametrize("run", ["xor_and_xor", "xor_four_ways"])
def test_the_only_model_of_a_task_says_so_and_how_to_train_another(results, monkeypatch, run):
    page = two_runs(run, results, monkeypatch)
    said = words(page)
    assert "is the only model of its task here" in said
    assert f"sharcs train {run} --seed 1" in said
    assert "CLEVR, named concepts; CLEVR, free concepts" in said
    assert tables(page) == ""


def test_of_several_others_one_is_chosen_and_none_of_another_task_is_offered(results, monkeypatch, tmp_path):
    for name, source in (("one", "clevr"), ("two", "clevr_free"), ("three", "clevr"), ("other", "xor_and_xor")):
        shutil.copytree(RUNS / source, tmp_path / name)
    page = two_runs("one", results, monkeypatch, tmp_path)
    offered = page.selectbox(key="second_run")
    assert len(offered.options) == 2
    assert all(option.startswith("CLEVR") for option in offered.options)
    faultless(offered.set_value("three").run())
    assert "the two give the same answer" in html(page)  # a copy answers as its original does
    assert "No settings differ" in [block.label for block in page.expander]


@pytest.mark.parametrize(("wiring", "modalities"), [("fusion", ()), ("fusion", ("table",)), ("concept", ())])
def test_models_without_shared_concepts_are_compared_too(
    results, monkeypatch, tmp_path, toy, toy_data, wiring, modalities
):
    for name, settings in (("one", {}), ("two", {"wiring": wiring, "modalities": modalities})):
        untrained_run(toy, toy_data, tmp_path / name, config_of(toy, **settings))
    page = two_runs("two", results, monkeypatch, tmp_path)
    assert "unseen samples that both keep" in html(page)
    assert "accuracy" in tables(page)


def test_one_run_alone_is_told_to_be_alone(tmp_path, results, monkeypatch):
    shutil.copytree(RUNS / "xor_and_xor", tmp_path / "only")
    page = two_runs("only", results, monkeypatch, tmp_path)
    assert "is the only model of its task here" in words(page)
    assert "can be compared" not in words(page)


def test_without_a_model_the_results_are_there_and_two_runs_ask_for_one(tmp_path, results, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    monkeypatch.setenv("SHARCS_RESULTS", str(results))
    page = faultless(open_page("results"))
    assert marked_rows(page) == []
    assert "late fusion" in tables(page)
    for part in PARTS:
        faultless(page.segmented_control(key="part").set_value(part).run())


def test_definitions_name_every_figure(page):
    faultless(page.segmented_control(key="part").set_value("Definitions").run())
    assert all(one.says in words(page) for one in DEFINITIONS.values())


def test_downloads_are_the_table_and_the_cells(page):
    labels = {element.proto.label for element in page.get("download_button")}
    assert labels == {"Table as CSV", "Cells as JSON"}


def test_without_results_the_page_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path / "nowhere"))
    page = faultless(open_page("results", run="xor_and_xor"))
    assert "sharcs benchmark --quick" in words(page)
    for part in PARTS:
        faultless(page.segmented_control(key="part").set_value(part).run())


def test_where_only_studies_were_run_the_page_says_what_compares_models(tmp_path, monkeypatch):
    for cell in subset(CELLS, block="C", task="half_mnist"):
        write_cell(cell, tmp_path)
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path))
    page = faultless(open_page("results", run="xor_and_xor"))
    assert "No models have been compared yet" in words(page)
    assert "sharcs benchmark --blocks B" in words(page)
    faultless(page.segmented_control(key="part").set_value("Studies").run())
    assert len(page.get("plotly_chart")) == len(studies(results_of(subset(CELLS, block="C", task="half_mnist"))))


def test_where_no_studies_were_run_the_page_says_what_makes_some(tmp_path, monkeypatch):
    for cell in subset(CELLS, block="B", task="clevr", model="late_fusion"):
        write_cell(cell, tmp_path)
    monkeypatch.setenv("SHARCS_RESULTS", str(tmp_path))
    page = open_page("results", run="clevr")
    faultless(page.segmented_control(key="part").set_value("Studies").run())
    assert "sharcs benchmark --blocks C" in words(page)


def test_a_damaged_cell_is_told_and_the_others_are_shown(results, tmp_path, monkeypatch):
    folder = tmp_path / "some"
    shutil.copytree(results / "B" / "clevr", folder / "B" / "clevr")
    (folder / "B" / "clevr" / "sharcs" / "seed_0.json").write_text("{")
    monkeypatch.setenv("SHARCS_RESULTS", str(folder))
    page = open_page("results", run="clevr")
    assert not page.exception
    assert "seed_0.json is left out" in page.warning[0].value.replace("\\", "")
    assert "late fusion" in tables(page)


# the table


def test_every_heading_carries_its_definition():
    table = comparison(RESULTS, "clevr", "B")
    drawn = table_html(table)
    for column in table.columns:
        assert definition(column.figure).says.split(":")[0] in drawn
    assert drawn.count("role='tooltip'") >= len(table.columns)


def test_what_cannot_be_is_grey_with_its_reason():
    drawn = table_html(comparison(RESULTS, "clevr", "B"))
    cells = re.findall(r"<td class='none[^>]*>(.*?)</td>", drawn)
    assert cells
    assert all(cell.startswith("n/a<span class='tip'") for cell in cells)


def test_the_best_is_bold_and_ours_is_stressed():
    table = comparison(RESULTS, "clevr", "B")
    drawn = table_html(table)
    assert len(re.findall("<td[^>]*><b>", drawn)) == sum(entry.best for row in table.rows for entry in row.entries) > 0
    assert drawn.count("<tr class='ours'>") == len(OUR_TITLES) == 2
    assert table_html(table, ours=()).count("<tr class='ours'>") == 0


def test_rows_of_the_chosen_model_are_marked_in_words_too():
    table = comparison(RESULTS, "clevr", "B")
    drawn = table_html(table, chosen=OUR_TITLES[0])
    assert drawn.count("<tr class='ours chosen'>") == 1
    assert drawn.count("<small>the chosen model’s kind</small>") == 1
    (missing,) = [
        found for details in DETAILS if (found := details(groups_of("clevr"))) and "every subset" in found.title
    ]
    assert table_html(missing, chosen=OUR_TITLES[0]).count("<tr class='chosen'>") == 2  # no Scene, no Question


def test_nothing_stands_in_a_title_attribute_alone():
    for table in (comparison(RESULTS, "xor_and_xor", "B"), target_table(RESULTS)):
        assert "title=" not in table_html(table)


def test_what_was_asked_stands_below_what_was_reached_and_a_miss_stands_out():
    ours = next(iter(subset(CELLS, block="A", task="clevr", model="sharcs")))
    missing = type(ours)(**{**vars(ours), "figures": {**ours.figures, "accuracy": 0.5}})
    drawn = table_html(target_table(results_of([missing])))
    assert "<td class='missed'>.500<small><span class='read-out'>missed: </span>≥ .995</small></td>" in drawn
    reached = table_html(
        target_table(results_of([type(ours)(**{**vars(ours), "figures": {**ours.figures, "accuracy": 1.0}})]))
    )
    assert "<td class=''>1.000<small>≥ .995</small></td>" in reached


def test_what_was_not_measured_shows_what_is_asked_of_it_all_the_same():
    drawn = table_html(target_table(results_of([])))
    assert re.search(r"<td class='none[^>]*>–<span class='tip'[^>]*>It was not measured here.</span><small", drawn)


def test_marks_of_an_earlier_definition_are_hollow_and_say_so():
    cells = [cell if cell.model == "sharcs" else as_once(cell) for cell in subset(CELLS, block="B", task="clevr")]
    drawing = comparison_drawing(results_of(cells).groups)
    dots = {trace.hovertemplate.split(" ")[0]: trace for trace in drawing.data if isinstance(trace, go.Scatter)}
    hollow = {name: [symbol.endswith("-open") for symbol in trace.marker.symbol] for name, trace in dots.items()}
    assert not any(hollow["accuracy"])
    assert hollow["completeness"] == [False, *[True] * (len(dots["completeness"].x) - 1)]
    assert dots["completeness"].marker.symbol[:2] == ("diamond", "diamond-open")
    assert "earlier definition" in dots["completeness"].customdata[1]


def test_names_are_escaped():
    odd = [cell for cell in CELLS if cell.block == "B" and cell.task == "clevr"]
    odd = [type(cell)(**{**vars(cell), "model": "<b>x</b>"}) for cell in odd[:1]]
    assert "<b>x</b>" not in table_html(comparison(results_of(odd), "clevr", "B"))


# the drawings


def test_a_drawing_whose_title_the_page_says_is_as_much_lower():
    (study, *_) = studies(RESULTS)
    whole, bare = study_drawing(study), without_title(study_drawing(study))
    assert not bare.layout.title.text
    assert whole.layout.height - bare.layout.height == whole.layout.margin.t - bare.layout.margin.t > 0


def test_the_chosen_model_is_marked_in_the_comparison():
    groups = groups_of("clevr")
    names = comparison_drawing(groups, OUR_TITLES[1]).layout.yaxis.categoryarray
    assert [name for name in names if "▸" in name] == [f"<b>▸ {OUR_TITLES[1]}</b>"]


def test_every_study_draws_a_mark_for_every_setting():
    for study in studies(RESULTS):
        drawing = study_drawing(study)
        accuracies = [trace for trace in drawing.data if trace.name == "accuracy"]
        assert [len(trace.x) for trace in accuracies] == [len(panel.points) for panel in study.panels]
        axes = [axis for axis in drawing.select_xaxes() if axis.ticktext]
        assert [list(axis.ticktext) for axis in axes] == [[p.label for p in panel.points] for panel in study.panels]
        for trace, panel in zip(accuracies, study.panels, strict=True):
            assert list(trace.y) == pytest.approx([point.group.mean("accuracy") for point in panel.points])
        assert drawing.layout.title.text == study.title


def test_marks_of_equal_height_stand_beside_each_other():
    for study in studies(RESULTS):
        drawing = study_drawing(study)
        places = [(trace.xaxis, x) for trace in drawing.data for x in trace.x]
        assert len(set(places)) == len(places)
        assert all(abs(x - round(x)) < 0.2 for _, x in places)  # and still over their own setting


def test_no_mark_of_a_study_is_cut_off():
    for study in studies(RESULTS):
        drawing = study_drawing(study)
        low, high = drawing.layout.yaxis.range
        assert all(low <= y <= high for trace in drawing.data for y in trace.y)


def test_the_comparison_has_a_mark_or_an_na_for_every_model():
    groups = groups_of("half_mnist")
    drawing = comparison_drawing(groups)
    dots = [trace for trace in drawing.data if isinstance(trace, go.Scatter)]
    missing = [note for note in drawing.layout.annotations if note.text == "n/a"]
    assert sum(len(trace.x) for trace in dots) + len(missing) == len(dots) * len(groups)
    assert list(dots[0].x) == pytest.approx([group.mean("accuracy") for group in groups])


def test_a_comparison_of_one_model_is_drawn_too():
    assert comparison_drawing(groups_of("clevr", "A")).data


@pytest.mark.parametrize("name", OVERVIEWS)
def test_curves_are_those_of_the_cells(name):
    groups = groups_with(RESULTS, name)
    drawing = CURVES[name](groups)
    assert drawing.layout.title.text == OVERVIEWS[name].title
    drawn = {tuple(trace.y) for trace in drawing.data} | {tuple(trace.x) for trace in drawing.data}
    group = groups[0]
    wanted = {
        "errors": (group.mean("stand_in_error", "table", "median"),),
        "missing_rates": group.curve("missing_rates", "table", "described"),
        "interventions": group.curve("interventions", "greedy"),
        "noise": group.curve("noise", "accuracy"),
    }[name]
    assert wanted in drawn


@pytest.mark.parametrize("name", OVERVIEWS)
def test_curves_of_one_task_are_drawn_too(name):
    assert CURVES[name](groups_with(results_of(tuple(subset(CELLS, task="clevr"))), name)).data


def test_every_line_of_a_drawing_is_told_by_more_than_its_colour():
    for name in ("missing_rates", "interventions"):
        drawing = CURVES[name](groups_with(RESULTS, name))
        marked = [trace for trace in drawing.data if trace.marker.symbol]
        lines = {(trace.name, trace.line.dash, trace.marker.symbol) for trace in marked}
        assert len({line[1:] for line in lines}) == len(lines)


# --- benchmarks of their own ---------------------------------------------------------------------------------------


def test_where_and_reasons_have_the_tables_that_their_reports_have():
    page = faultless(open_page("results", part="Where"))
    drawn = "".join(block.proto.body for block in page.get("html"))
    report = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    section = report[report.index("## Where concepts are read") : report.index("Samples: ")]
    assert drawn.count("<tr>") - 1 == section.count("\n| ") - 1  # less the row of headings, here and there
    page = faultless(open_page("results", part="Reasons"))
    drawn = "".join(block.proto.body for block in page.get("html"))
    assert "<th scope='row'>MEGL</th>" in drawn
    assert "First round" in words(page)


def test_a_folder_without_cells_has_no_tables(tmp_path):
    assert load_sections(tmp_path) == ()
    (tmp_path / "megl").mkdir()
    (tmp_path / "megl" / "shifted_0.2_0.json").write_text("{}", encoding="utf-8")
    assert load_sections(tmp_path) == ()

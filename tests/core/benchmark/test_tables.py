"""Tables: what stands in them, against slow reckoning from the cells."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace

import pytest

from made_up_cells import made_up_cells, subset, write_made_up
from sharcs_core.benchmark.cells import write_cell
from sharcs_core.benchmark.definitions import definition
from sharcs_core.benchmark.tables import (
    comparison,
    group_cells,
    load_cells,
    select,
    to_csv,
    to_json,
    to_markdown,
    write_results,
)
from sharcs_core.benchmark.tables.captions import caption, tasks_of
from sharcs_core.benchmark.tables.details import DETAILS, missing_table, retrieval_table
from sharcs_core.benchmark.tables.overviews import OVERVIEWS, groups_with, shown_groups
from sharcs_core.benchmark.tables.runs import compare_metrics, compare_settings, numbers_in
from sharcs_core.benchmark.tables.sanity import sanity_table
from sharcs_core.benchmark.tables.sentences import study_sentences
from sharcs_core.benchmark.tables.studies import settings_difference, studies, study_tables
from sharcs_core.benchmark.tables.table import show
from sharcs_core.benchmark.tables.targets import TARGETS, claim_table, is_met, target_table


@pytest.fixture(scope="module")
def cells():
    return made_up_cells()


def of(cells, **wanted):
    return tuple(subset(cells, **wanted))


def changed(cell, **figures):
    return replace(cell, figures={**cell.figures, **figures})


def by_model(table):
    return {row.title: dict(zip([c.full_title for c in table.columns], row.entries, strict=True)) for row in table.rows}


# reading


def test_cells_come_back_from_their_files_in_order(cells, tmp_path):
    read = load_cells(write_made_up(tmp_path))
    assert [cell.key for cell in read] == sorted(
        (cell.key for cell in cells), key=lambda key: (key.block, key.task, key.model, key.variant, key.seed)
    )
    figures = {cell.key: cell.figures for cell in cells}
    assert all(cell.figures == figures[cell.key] for cell in read)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"format": 99}', '{"format": 1, "figures": {}}', "\x00", "[" * 100_000],
    ids=["empty", "cut off", "a list", "newer", "lacking", "binary", "deep"],
)
def test_a_damaged_file_is_told_and_left_out(cells, tmp_path, content):
    sound = write_cell(cells[0], tmp_path)
    damaged = sound.with_name("seed_99.json")
    damaged.write_text(content)
    told = []
    assert [cell.key for cell in load_cells(tmp_path, told.append)] == [cells[0].key]
    assert len(told) == 1
    assert "seed_99.json is left out" in told[0]
    assert load_cells(tmp_path)  # and silence is no fault


@pytest.mark.parametrize(("name", "value"), [("seed", "0"), ("settings", []), ("task", 3), ("figures", [1])])
def test_a_cell_of_wrong_kinds_is_told_and_left_out(cells, tmp_path, name, value):
    path = write_cell(cells[0], tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    told = []
    assert load_cells(tmp_path, told.append) == ()
    assert len(told) == 1


def test_a_folder_that_is_not_there_has_no_cells(tmp_path):
    assert load_cells(tmp_path / "nowhere") == ()


# over seeds


def test_groups_have_the_mean_the_lowest_and_the_highest_of_their_seeds(cells):
    group = next(iter(select(group_cells(cells), block="B", task="xor_and_xor", variant="")))
    found = [
        c.figures["retrieval"]["table->graph"]["mrr"] for c in of(cells, block="B", task="xor_and_xor", model="sharcs")
    ]
    assert len(found) == 5
    value = group.value("retrieval", "table->graph", "mrr")
    assert value.mean == pytest.approx(sum(found) / 5)
    assert (value.low, value.high, value.n_seeds) == (min(found), max(found), 5)
    assert value.worst("mrr") == min(found)
    assert value.worst("modality_gap") == max(found)


def test_a_star_is_the_mean_over_all_names(cells):
    (cell,) = of(cells, block="C", task="xor_four_ways", model="sharcs", variant="")[:1]
    found = [scores["recall_at_1"] for scores in cell.figures["retrieval"].values()]
    assert len(found) == 12
    (group,) = group_cells([cell])
    assert group.mean("retrieval", "*", "recall_at_1") == pytest.approx(sum(found) / 12)


def test_a_mean_is_over_the_seeds_that_have_the_figure_and_says_so(cells):
    ours = of(cells, block="B", task="half_mnist", model="sharcs")
    without = [changed(cell, completeness_normalised=None) if cell.seed == 0 else cell for cell in ours]
    entry = by_model(comparison(without, "half_mnist", "B"))["SHARCS"]["normalised"]
    found = [cell.figures["completeness_normalised"] for cell in without if cell.seed]
    assert entry.number == pytest.approx(sum(found) / 2)
    assert entry.partial == "2 of 3 seeds"


# the comparison


@pytest.mark.parametrize("task", ["xor_and_xor", "mnist_superpixels"])
def test_the_comparison_holds_the_means_of_the_cells(cells, task):
    table = by_model(comparison(cells, task, "B"))
    for title, path in (
        ("accuracy", ["accuracy"]),
        ("completeness", ["completeness"]),
        ("fidelity", ["fidelity"]),
        ("gap", ["modality_gap"]),
    ):
        found = [cell.figures[path[0]] for cell in of(cells, block="B", task=task, model="sharcs")]
        entry = table["SHARCS"][title]
        assert entry.number == pytest.approx(sum(found) / len(found))
        assert entry.text == show(entry.number, definition("modality_gap" if title == "gap" else title).unit)


def test_the_best_is_marked_among_the_models_that_have_the_figure(cells):
    table = comparison(cells, "xor_and_xor", "B")
    for place, column in enumerate(table.columns):
        entries = [row.entries[place] for row in table.rows if row.entries[place].number is not None]
        goodness = definition(column.figure).goodness
        best = max(entries, key=lambda entry: goodness(entry.number))
        marked = {entry.text for entry in entries if entry.best}
        assert marked == ({best.text} if len(entries) > 1 else set())
        assert not any(row.entries[place].best for row in table.rows if row.entries[place].number is None)


def test_what_cannot_be_is_said_with_its_reason_and_never_wins(cells):
    row = by_model(comparison(cells, "xor_and_xor", "B"))["late fusion"]
    entry = row["recall@1 table → graph"]
    assert (entry.text, entry.number, entry.best) == ("n/a", None, False)
    assert "common space" in entry.reason


def test_a_number_that_a_model_cannot_have_is_not_shown_even_if_a_cell_has_one(cells):
    counted = by_model(comparison(cells, "xor_and_xor", "B"))["edge count"]["parameters"]
    assert next(iter(of(cells, model="edge_count"))).n_parameters > 0
    assert counted.text == "n/a"


def test_what_was_not_measured_is_told_apart_from_what_cannot_be(cells):
    ours = of(cells, block="B", task="clevr", model="sharcs")[0]
    figures = {name: value for name, value in ours.figures.items() if name != "modality_gap"}
    other = of(cells, block="B", task="clevr", model="contrastive")
    table = by_model(comparison([replace(ours, figures=figures), *other], "clevr", "B"))
    assert table["SHARCS"]["gap"].text == "–"
    assert "not measured" in table["SHARCS"]["gap"].reason


def test_a_model_that_beats_ours_is_named_with_both_numbers(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97, completeness=0.99)
    other = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], accuracy=0.98, completeness=0.9)
    first = comparison([ours, other], "clevr", "B").remarks[0]
    assert "**concept multimodal**: accuracy .980 against .970" in first
    assert "completeness" not in first


def test_a_model_that_beats_ours_by_less_than_is_written_is_named_too(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97011)
    other = changed(of(cells, block="B", task="clevr", model="late_fusion")[0], accuracy=0.97013)
    assert "accuracy .97013 against .97011" in comparison([ours, other], "clevr", "B").remarks[0]


def test_where_no_model_beats_ours_it_says_so(cells):
    perfect = {"accuracy": 1.0, "missing": {"image": {"described": 1.0, "absent": 1.0}}}
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], **perfect)
    other = of(cells, block="B", task="clevr", model="late_fusion")[0]
    other = changed(other, missing={"image": {"described": 0.5, "absent": 0.5}})
    assert comparison([ours, other], "clevr", "B").remarks[0] == "No model is better than SHARCS in a figure."


def test_cheaper_models_are_counted(cells):
    ours = replace(of(cells, block="B", task="clevr", model="sharcs")[0], n_parameters=1000)
    others = [
        replace(of(cells, block="B", task="clevr", model=name)[0], n_parameters=n)
        for name, n in (("late_fusion", 999), ("triplet", 1000), ("relative", 1001))
    ]
    assert "in parameters, 1 of 3 other models" in comparison([ours, *others], "clevr", "B").remarks[1]


def test_captions_name_block_data_sizes_epochs_and_seeds(cells):
    said = comparison(cells, "half_mnist", "B").caption
    assert "Block B" in said
    assert "mnist-full (ab12cd34)" in said
    assert "10,000 training" in said
    assert "10 epochs" in said
    assert "seeds 0, 1, 2" in said


def test_a_caption_of_several_tasks_has_a_line_for_each(cells):
    lines = caption(group_cells(of(cells, block="A"))).splitlines()
    assert len(lines) == 1 + len(tasks_of(group_cells(cells), "A"))


# the other tables


def test_drops_are_what_is_lost_seed_by_seed(cells):
    ours = of(cells, block="B", task="half_mnist", model="sharcs")
    table = by_model(missing_table(group_cells(ours)))
    lost = [cell.figures["accuracy"] - cell.figures["missing"]["graph"]["absent"] for cell in ours]
    entry = table["SHARCS, no graph"]["drop, absent"]
    assert entry.number == pytest.approx(sum(lost) / len(lost))


def test_every_subset_of_missing_modalities_has_a_row(cells):
    rows = missing_table(group_cells(of(cells, block="C", task="xor_four_ways", model="sharcs"))).rows
    assert len(rows) == 4 + 6 + 4


def test_retrieval_in_full_has_chance_beside_every_figure(cells):
    ours = of(cells, block="A", task="clevr")[0]
    (table,) = [retrieval_table(group_cells([ours]))]
    scores = ours.figures["retrieval"]["text->image"]
    row = by_model(table)["SHARCS, text → image"]
    assert row["mAP"].number == scores["map"]
    assert row["mAP, chance"].number == scores["chance"]["map"]


def test_details_of_cells_without_figures_are_left_out(cells):
    bare = [replace(cell, figures={"accuracy": 0.5}) for cell in of(cells, block="B", task="clevr")]
    assert [table.title for details in DETAILS if (table := details(group_cells(bare)))] == []


def test_sanity_checks_stand_below_the_sound_model(cells):
    rows = sanity_table(cells, "half_mnist").rows
    assert [row.title for row in rows] == ["as it is", "random weights", "shuffled keys", "shuffled labels"]
    assert rows[0].entries[0].number > rows[3].entries[0].number


@pytest.mark.parametrize(("mean", "worst", "met"), [(0.995, 0.99, True), (0.995, 0.98, False), (0.994, 0.99, False)])
def test_a_target_asks_for_the_mean_and_the_worst_seed(mean, worst, met):
    assert is_met(TARGETS[0], mean, worst) is met


def test_a_target_of_cost_is_a_most():
    (cost,) = [target for target in TARGETS if target.task == "clevr" and "CPU" in target.title]
    assert is_met(cost, 6.0, 6.0)
    assert not is_met(cost, 6.1, 6.1)


def test_targets_that_were_not_run_are_neither_met_nor_missed(cells):
    table = target_table(of(cells, block="A", task="clevr"))
    verdicts = [row.entries[-1].text for row in table.rows]
    assert len(verdicts) == len(TARGETS)
    assert verdicts.count("–") == sum(target.task != "clevr" for target in TARGETS)
    assert f"{verdicts.count('yes')} of {len(TARGETS)} are met" in table.remarks[0]


def test_claims_hold_or_not_by_the_numbers(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97, completeness=0.9)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.9)
    box = changed(of(cells, block="B", task="clevr", model="triplet")[0], accuracy=0.975)
    rows = {row.title: row.entries[-1].text for row in claim_table([ours, rival, box], ["clevr"]).rows}
    assert rows["CLEVR, completeness: ahead of concept multimodal"] == "no"  # level is not ahead
    assert rows["CLEVR, accuracy: within half a point of the best black box (triplet embeddings)"] == "yes"


def test_a_claim_by_less_than_is_written_is_written_out(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=0.99999)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.9999)
    row = claim_table([ours, rival], ["clevr"]).rows[0]
    assert [entry.text for entry in row.entries[:2]] == ["1.0000", ".9999"]


def test_nobody_is_ahead_of_a_perfect_rival_and_the_table_says_why(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=1.0)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=1.0)
    assert claim_table([ours, rival], ["clevr"]).rows[0].entries[-1].text == "no, both are perfect"


def test_interventions_say_under_which_noise_and_on_how_many_samples(cells):
    (table,) = [
        table
        for details in DETAILS
        if (table := details(group_cells(of(cells, block="A", task="clevr")))) and "Interventions" in table.title
    ]
    assert "noise of level 0.3" in table.remarks[0]


# the studies


def test_every_study_is_found_by_what_its_runs_differ_in(cells):
    found = {
        study.name: [[point.label for point in panel.points] for panel in study.panels] for study in studies(cells)
    }
    assert found["weight"][0] == ["0", "0.1", "0.3", "1", "3"]
    assert all(points[0] == "0" and points == sorted(points, key=float) for points in found["weight"])
    assert found["alignment"] == [["contrastive", "distance", "triplet", "none"]] * 2
    assert all(len(points) == 5 and points == sorted(points, key=int) for points in found["size"])
    assert found["ways"] == [["2", "3", "4"]]
    assert found["ablation"] == [["with alignment", "without"]] * 2


def test_a_point_of_a_study_has_the_runs_of_its_setting(cells):
    (size,) = [study for study in studies(cells) if study.name == "size"]
    for panel in size.panels:
        for point in panel.points:
            assert {cell.settings["model"]["n_shared"] for cell in point.group.cells} == {int(point.label)}


def test_seed_and_task_make_no_difference_but_settings_do(cells):
    first, second = of(cells, block="B", task="xor_and_xor", model="sharcs")[:2]
    assert first.seed != second.seed
    assert settings_difference(first.settings, second.settings) == set()
    smaller = {**first.settings, "model": {**first.settings["model"], "n_shared": 2}}
    assert settings_difference(first.settings, smaller) == {"model.n_shared"}


def test_sentences_tell_the_settings_with_least_and_most_retrieval(cells):
    (weight,) = [study for study in studies(cells) if study.name == "weight"]
    table = study_tables(weight)[0]
    recall = {row.title: row.entries[2].number for row in table.rows}
    least, most = min(recall, key=recall.get), max(recall, key=recall.get)
    first, second = study_sentences(weight)
    assert f"lowest with {least.replace(' ', ' = ')} ({show(recall[least])})" in first
    assert f"highest with {most.replace(' ', ' = ')} ({show(recall[most])})" in first
    assert "accuracy" in second


def test_no_cells_answer_no_study():
    assert studies([]) == ()


def test_overviews_show_the_full_data_before_the_equal_budget(cells):
    blocks = {group.task: group.block for group in shown_groups(cells)}
    assert set(blocks.values()) == {"A"}
    fewer = [cell for cell in cells if (cell.block, cell.task) != ("A", "clevr")]
    assert {group.task: group.block for group in shown_groups(fewer)} == {**blocks, "clevr": "B"}


@pytest.mark.parametrize("name", OVERVIEWS)
def test_overviews_make_two_sentences_of_the_numbers(cells, name):
    sentences = OVERVIEWS[name].sentences(groups_with(cells, name))
    assert len(sentences) == 2
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "XOR-AND-XOR" in " ".join(sentences)


def test_a_curve_that_falls_and_rises_again_is_told_as_such(cells):
    ours = of(cells, block="A", task="clevr")[0]
    curves = {**ours.figures["interventions"], "wrong": [0.6, 0.2, 0.9]}
    groups = group_cells([changed(ours, interventions=curves)])
    second = OVERVIEWS["interventions"].sentences(groups)[1]
    assert "from .600 to .200 and, with all of them wrong, to .900 on CLEVR" in second


# two runs


def test_two_runs_are_compared_figure_by_figure():
    first = {"accuracy": 0.9, "modality_gap": 0.5, "missing": {"graph": {"absent": 0.7}}, "seed": 3}
    second = {"accuracy": 0.95, "modality_gap": 0.6}
    rows = {row.title: row.entries for row in compare_metrics(("one", "two"), (first, second)).rows}
    assert [entry.text for entry in rows["accuracy"]] == [".900", ".950", "+.050"]
    assert [entry.best for entry in rows["accuracy"]] == [False, True, False]
    assert [entry.best for entry in rows["modality gap"]] == [True, False, False]
    assert [entry.text for entry in rows["absent, no graph"]] == [".700", "–", "–"]
    assert "seed" not in rows


def test_only_settings_that_differ_are_listed():
    one = {"task": "clevr", "model": {"n_shared": 7, "encoders": {"image": {"hidden": [16, 32]}}}}
    two = {"task": "clevr", "model": {"n_shared": 9, "encoders": {"image": {"hidden": (16, 32)}}}}
    rows = compare_settings(("one", "two"), (one, two)).rows
    assert [(row.title, *(entry.text for entry in row.entries)) for row in rows] == [("model.n_shared", "7", "9")]


def test_numbers_are_found_wherever_they_stand():
    assert dict(numbers_in({"a": 1})) == {}
    assert dict(numbers_in({"accuracy": True})) == {}
    assert dict(numbers_in({"accuracy": 1})) == {("accuracy",): 1.0}


# written


def test_markdown_has_a_row_a_model_and_bold_for_the_best(cells):
    table = comparison(cells, "clevr", "B")
    lines = [line for line in to_markdown(table).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(table.rows)
    assert len({line.count("|") for line in lines}) == 1
    assert "**" in lines[2]


def test_csv_keeps_full_precision_and_leaves_gaps_empty(cells):
    table = comparison(cells, "clevr", "B")
    head, *rows = csv.reader(io.StringIO(to_csv(table)))
    assert head[1:] == [column.full_title for column in table.columns]
    for row, written in zip(table.rows, rows, strict=True):
        assert [float(part) if part else None for part in written[1:]] == [entry.number for entry in row.entries]


def test_json_holds_the_cells_as_their_files_do(cells, tmp_path):
    path = write_cell(cells[0], tmp_path)
    assert json.loads(to_json(cells[:1])) == [json.loads(path.read_text())]


def test_results_do_not_depend_on_the_order_of_the_cells(cells):
    shuffled = list(cells)
    random.Random(0).shuffle(shuffled)
    assert write_results(shuffled) == write_results(cells)


def test_results_name_blocks_tasks_versions_and_definitions(cells):
    text = write_results(cells)
    for words in (
        "Block B",
        "XOR-AND-XOR",
        "HalfMNIST",
        "torch 2.13.0",
        "figures/weight.svg",
        "Yeh et al. 2020",
        "n/a",
    ):
        assert words in text
    assert text.endswith("\n")


@pytest.mark.parametrize("block", ["A", "B", "C", "S"])
def test_a_part_of_the_cells_makes_results_too(cells, block):
    assert write_results(of(cells, block=block)).startswith("# Results")


def test_without_cells_the_results_say_what_to_run():
    assert "sharcs benchmark --quick" in write_results([])


@pytest.mark.parametrize(
    ("number", "unit", "written"),
    [
        (0.99951, "share", "1.000"),
        (0.0, "share", ".000"),
        (-0.0001, "share", ".000"),
        (4.0, "share", "4.000"),
        (0.126, "ratio", "0.13"),
        (float("inf"), "ratio", "∞"),
        (0.096, "seconds", "0.10"),
        (151.2, "seconds", "151"),
        (8.4, "count", "8.4"),
    ],
)
def test_numbers_are_written_alike(number, unit, written):
    assert show(number, unit) == written

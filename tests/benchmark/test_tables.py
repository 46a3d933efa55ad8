"""Tables: what stands in them, against slow reckoning from the cells."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import re
from dataclasses import replace

import pytest

from made_up_cells import as_once, made_up_cells, subset, write_made_up
from sharcs_benchmark.cells import to_json, write_cell
from sharcs_benchmark.definitions import NEITHER, definition
from sharcs_benchmark.models import model_title
from sharcs_benchmark.plan import configured, models_of, preset_for
from sharcs_benchmark.tables.captions import caption
from sharcs_benchmark.tables.claims import claim_table
from sharcs_benchmark.tables.comparison import comparison
from sharcs_benchmark.tables.details import DETAILS, concepts_table, missing_table, rates_table, retrieval_table
from sharcs_benchmark.tables.frames import load_results, results_of
from sharcs_benchmark.tables.groups import Value
from sharcs_benchmark.tables.overviews import OVERVIEWS, groups_with, shown_groups
from sharcs_benchmark.tables.runs import compare_metrics, compare_settings, model_of_settings, numbers_in
from sharcs_benchmark.tables.sanity import sanity_table
from sharcs_benchmark.tables.sentences import study_conclusion, study_sentences
from sharcs_benchmark.tables.studies import settings_difference, studies, study_tables
from sharcs_benchmark.tables.table import show, to_csv, to_markdown
from sharcs_benchmark.tables.targets import COLUMNS, is_met, shipped_runs, target_table, target_title
from sharcs_benchmark.tables.writing import write_results

OURS, NAMED = model_title("sharcs"), model_title("sharcs_named")


@pytest.fixture(scope="module")
def cells():
    return made_up_cells()


@pytest.fixture(scope="module")
def results(cells):
    return results_of(cells)


def over_seeds(cells):
    return results_of(cells).groups


def of(cells, **wanted):
    return tuple(subset(cells, **wanted))


def changed(cell, **figures):
    return replace(cell, figures={**cell.figures, **figures})


def by_model(table):
    return {row.title: dict(zip([c.full_title for c in table.columns], row.entries, strict=True)) for row in table.rows}


# reading


def test_cells_come_back_from_their_files_in_order(cells, tmp_path):
    read = load_results(write_made_up(tmp_path)).cells
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
    read = load_results(tmp_path)
    assert [cell.key for cell in read.cells] == [cells[0].key]
    (fault,) = read.faults
    assert re.match(r"\w+/\w+/\w+/seed_99\.json is left out: [^\n]+; (delete it|update SHARCS)[^\n]*$", fault)


@pytest.mark.parametrize(("name", "value"), [("seed", "0"), ("settings", []), ("task", 3), ("figures", [1])])
def test_a_cell_of_wrong_kinds_is_told_and_left_out(cells, tmp_path, name, value):
    path = write_cell(cells[0], tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    read = load_results(tmp_path)
    assert read.cells == ()
    (fault,) = read.faults
    assert re.search(rf"{name}.* must be .*; delete it", fault) or "an object with figures" in fault


def test_a_folder_that_is_not_there_has_no_cells(tmp_path):
    assert load_results(tmp_path / "nowhere").cells == ()


# over seeds


def test_groups_have_the_mean_the_lowest_and_the_highest_of_their_seeds(cells, results):
    group = next(iter(results.models("B", "xor_and_xor")))
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
    (group,) = over_seeds([cell])
    assert group.mean("retrieval", "*", "recall_at_1") == pytest.approx(sum(found) / 12)


def test_a_mean_is_over_the_seeds_that_have_the_figure_and_says_so(cells):
    ours = of(cells, block="B", task="half_mnist", model="sharcs")
    without = [changed(cell, modality_gap=None) if cell.seed == 0 else cell for cell in ours]
    entry = by_model(comparison(results_of(without), "half_mnist", "B"))[OURS]["gap"]
    found = [cell.figures["modality_gap"] for cell in without if cell.seed]
    assert entry.number == pytest.approx(sum(found) / 2)
    assert entry.partial == "2 of 3 seeds"


# the comparison


@pytest.mark.parametrize("task", ["xor_and_xor", "mnist_superpixels"])
def test_the_comparison_holds_the_means_of_the_cells(cells, results, task):
    table = by_model(comparison(results, task, "B"))
    for title, path in (
        ("accuracy", ["accuracy"]),
        ("completeness", ["completeness"]),
        ("fidelity", ["fidelity"]),
        ("gap", ["modality_gap"]),
    ):
        found = [cell.figures[path[0]] for cell in of(cells, block="B", task=task, model="sharcs")]
        entry = table[OURS][title]
        assert entry.number == pytest.approx(sum(found) / len(found))
        assert entry.text == show(entry.number, definition("modality_gap" if title == "gap" else title).unit)


def number_at(values, path):
    """The number at a path, by hand; a star is the mean over all names."""
    if not path:
        return values
    if path[0] == "*":
        found = [number_at(inner, path[1:]) for inner in values.values()]
        return sum(found) / len(found)
    return number_at(values[path[0]], path[1:])


def error_by_hand(cells, path, figure):
    """Standard error of the mean over the seeds of a model; of one seed that of a share; None where not known."""
    numbers = [number_at({**vars(cell), **cell.times, **cell.figures}, path) for cell in cells]
    if len(numbers) > 1:
        spread = math.sqrt(sum((x - sum(numbers) / len(numbers)) ** 2 for x in numbers) / (len(numbers) - 1))
        return spread / math.sqrt(len(numbers))
    if figure == "n_parameters":
        return 0.0
    counted = ("accuracy", "completeness", "completeness_plain", "fidelity", "described", "absent", "one_move")
    (number,) = numbers
    return math.sqrt(number * (1 - number) / cells[0].n_test) if figure in (*counted, "recall_at_1") else None


@pytest.mark.parametrize("task", ["xor_and_xor", "half_mnist", "clevr"])
def test_bold_is_what_beats_every_other_by_two_standard_errors_of_the_difference(cells, task):
    cells = [changed(c, accuracy=0.999 + c.seed / 1e5) if c.model == "triplet" else c for c in of(cells, block="B")]
    results = results_of(cells)
    table, groups = comparison(results, task, "B"), results.models("B", task)
    n_bold = 0
    for place, column in enumerate(table.columns):
        goodness = definition(column.figure).goodness
        have = [
            (row.entries[place], error_by_hand(group.cells, column.path, column.figure))
            for row, group in zip(table.rows, groups, strict=True)
            if row.entries[place].number is not None
        ]
        for entry, error in have:
            others = [(one, own) for one, own in have if one is not entry]
            wins = bool(others) and definition(column.figure).better != NEITHER
            for one, own in others:
                ahead = goodness(entry.number) - goodness(one.number)
                wins &= None not in (error, own) and ahead > 2 * math.sqrt((error or 0) ** 2 + (own or 0) ** 2)
            assert entry.best == wins, (column.full_title, entry.text)
        n_bold += sum(entry.best for entry, _ in have)
    assert n_bold


def test_a_lead_within_noise_is_not_bold_and_one_beyond_it_is(cells):
    ours, other = (of(cells, block="B", task="clevr", model=name)[0] for name in ("sharcs", "late_fusion"))
    assert ours.n_test == 2000
    assert 0.017 < 2 * math.sqrt((0.9 * 0.1 + 0.918 * 0.082) / 2000) < 0.0195
    for lead, bold in ((0.0170, False), (0.0195, True)):
        pair = [changed(ours, accuracy=0.9 + lead), changed(other, accuracy=0.9)]
        entry = by_model(comparison(results_of(pair), "clevr", "B"))[OURS]["accuracy"]
        assert entry.best is bold


def test_of_several_seeds_the_spread_decides(cells):
    ours, other = (of(cells, block="B", task="half_mnist", model=name) for name in ("sharcs", "late_fusion"))

    def bold(own, theirs):
        pairs = [*zip(ours, own, strict=True), *zip(other, theirs, strict=True)]
        some = [changed(cell, accuracy=accuracy) for cell, accuracy in pairs]
        return by_model(comparison(results_of(some), "half_mnist", "B"))[OURS]["accuracy"].best

    assert bold((0.951, 0.952, 0.953), (0.940, 0.941, 0.942))
    assert not bold((0.930, 0.952, 0.974), (0.920, 0.941, 0.962))  # the same lead among seeds that differ more


def test_models_that_are_level_at_the_top_are_not_bold(cells):
    perfect = [changed(c, accuracy=1.0) for c in of(cells, block="B", task="clevr")]
    assert not any(row["accuracy"].best for row in by_model(comparison(results_of(perfect), "clevr", "B")).values())


def test_where_noise_is_not_known_nothing_is_bold(cells):
    (ours,), (other,) = (of(cells, block="B", task="clevr", model=name) for name in ("sharcs", "triplet"))
    pair = [changed(ours, modality_gap=0.0), changed(other, modality_gap=5.0)]
    assert not any(row["gap"].best for row in by_model(comparison(results_of(pair), "clevr", "B")).values())
    assert "parameters" in {
        c for c, e in by_model(comparison(results_of(pair), "clevr", "B"))[OURS].items() if e.error == 0.0
    }


def test_what_cannot_be_is_said_with_its_reason_and_never_wins(results):
    row = by_model(comparison(results, "xor_and_xor", "B"))["late fusion"]
    entry = row["recall@1 Table of bits → Ring graph"]
    assert (entry.text, entry.number, entry.best) == ("n/a", None, False)
    assert "common space" in entry.reason


def test_a_number_that_a_model_cannot_have_is_not_shown_even_if_a_cell_has_one(cells, results):
    counted = by_model(comparison(results, "xor_and_xor", "B"))["edge count"]["parameters"]
    assert next(iter(of(cells, model="edge_count"))).n_parameters > 0
    assert counted.text == "n/a"


def test_what_was_not_measured_is_told_apart_from_what_cannot_be(cells):
    ours = of(cells, block="B", task="clevr", model="sharcs")[0]
    figures = {name: value for name, value in ours.figures.items() if name != "modality_gap"}
    other = of(cells, block="B", task="clevr", model="contrastive")
    table = by_model(comparison(results_of([replace(ours, figures=figures), *other]), "clevr", "B"))
    assert table[OURS]["gap"].text == "–"
    assert "not measured" in table[OURS]["gap"].reason


def test_a_model_that_beats_ours_is_named_with_both_numbers(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97, completeness=0.99)
    other = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], accuracy=0.98, completeness=0.9)
    first = comparison(results_of([ours, other]), "clevr", "B").remarks[0]
    assert "**concept multimodal**: accuracy .980 against .970" in first
    assert "completeness" not in first


def test_a_model_that_beats_ours_by_less_than_is_written_is_named_too(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97011)
    other = changed(of(cells, block="B", task="clevr", model="late_fusion")[0], accuracy=0.97013)
    assert "accuracy .97013 against .97011" in comparison(results_of([ours, other]), "clevr", "B").remarks[0]


def test_where_no_model_beats_ours_it_says_so(cells):
    perfect = {"accuracy": 1.0, "missing": {"image": {"described": 1.0, "absent": 1.0}}}
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], **perfect)
    other = of(cells, block="B", task="clevr", model="late_fusion")[0]
    other = changed(other, missing={"image": {"described": 0.5, "absent": 0.5}})
    assert (
        comparison(results_of([ours, other]), "clevr", "B").remarks[0]
        == f"No other model is better than {OURS} in a figure."
    )


def test_cheaper_models_are_counted(cells):
    ours = replace(of(cells, block="B", task="clevr", model="sharcs")[0], n_parameters=1000)
    others = [
        replace(of(cells, block="B", task="clevr", model=name)[0], n_parameters=n)
        for name, n in (("late_fusion", 999), ("triplet", 1000), ("relative", 1001))
    ]
    assert "in parameters, 1 of 3 other models" in comparison(results_of([ours, *others]), "clevr", "B").remarks[1]


def test_captions_name_block_data_sizes_epochs_and_seeds(results):
    said = comparison(results, "half_mnist", "B").caption
    assert "Block B" in said
    assert "mnist-full (ab12cd34)" in said
    assert "10,000 training" in said
    assert "10 epochs" in said
    assert "seeds 0, 1, 2" in said


def test_a_caption_of_several_tasks_has_a_line_for_each(cells, results):
    lines = caption(over_seeds(of(cells, block="A"))).splitlines()
    assert len(lines) == 1 + len(results.tasks("A"))


def test_models_that_are_taught_names_are_set_against_sharcs_with_names_only(cells):
    chosen = [
        changed(of(cells, block="B", task="clevr", model=name)[0], accuracy=accuracy)
        for name, accuracy in (
            *(("sharcs", 0.95), ("sharcs_named", 0.97)),
            *(("concept_named", 0.98), ("late_fusion", 0.96), ("triplet", 0.9)),
        )
    ]
    free, cost, named = comparison(results_of(chosen), "clevr", "B").remarks
    assert free.startswith(f"Better than {OURS}:")
    assert "late fusion**: accuracy .960 against .950" in free
    assert "named" not in free
    assert cost.startswith(f"Cheaper than {OURS}")
    assert named.startswith(f"Better than {NAMED}:")
    assert "concept multimodal (named)**: accuracy .980 against .970" in named
    assert "late fusion" not in named


def test_concepts_have_columns_only_where_somebody_has_measured_them(cells, results):
    titles = [column.full_title for column in comparison(results, "clevr", "B").columns]
    assert titles[:6] == ["accuracy", "completeness", "completeness plain", "T", "one move", "right edit"]
    once = [as_once(cell) for cell in of(cells, block="B", task="clevr")]
    assert not {"T", "one move", "right edit"} & {
        c.full_title for c in comparison(results_of(once), "clevr", "B").columns
    }


# earlier definitions


@pytest.fixture
def mixed(cells):
    """SHARCS measured today, its best rival of concepts when completeness was that of another tree, others too."""
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=0.9, accuracy=0.9)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.99, accuracy=0.99)
    return ours, as_once(rival), as_once(of(cells, block="B", task="clevr", model="late_fusion")[0])


def test_what_was_measured_by_an_earlier_definition_is_marked_and_explained(mixed):
    table = comparison(results_of(mixed), "clevr", "B")
    row = by_model(table)["concept multimodal"]
    assert (row["completeness"].behind, row["completeness plain"].behind, row["accuracy"].behind) == (1, 0, 0)
    assert row["completeness plain"].number == row["completeness"].number == 0.99
    text = to_markdown(table)
    assert "| .990† |" in text
    assert text.rstrip().endswith(table.footnote)
    assert "earlier definition" in table.footnote


def test_it_is_best_of_nothing_and_better_than_nothing_newer(mixed):
    table = comparison(results_of(mixed), "clevr", "B")
    rows = by_model(table)
    assert not rows["concept multimodal"]["completeness"].best
    assert rows["concept multimodal"]["accuracy"].best
    assert "accuracy .990 against .900" in table.remarks[0]
    assert "completeness .990" not in table.remarks[0]
    assert "completeness plain .990" in table.remarks[0]  # of which there is but one definition


def test_earlier_figures_are_compared_with_each_other(mixed):
    rows = by_model(comparison(results_of([as_once(cell) for cell in mixed]), "clevr", "B"))
    assert rows["concept multimodal"]["completeness"].best
    assert not rows[OURS]["completeness"].best


def test_a_table_of_todays_figures_has_no_footnote(results):
    table = comparison(results, "clevr", "B")
    assert table.footnote == ""
    assert "†" not in to_markdown(table)
    assert "earlier" not in to_csv(table)


def test_the_file_of_numbers_names_the_earlier_ones(mixed):
    head, *rows = csv.reader(io.StringIO(to_csv(comparison(results_of(mixed), "clevr", "B"))))
    assert head[-1] == "measured under an earlier definition"
    marked = {row[0]: row[-1].split("; ") for row in rows}
    assert "completeness" in marked["concept multimodal"]
    assert marked[OURS] == [""]


def test_a_mean_over_seeds_is_of_one_definition_only(cells):
    ours = of(cells, block="B", task="xor_and_xor", model="sharcs")
    half = [as_once(changed(c, completeness=0.1)) if c.seed < 10 else changed(c, completeness=0.9) for c in ours]
    (group,) = over_seeds(half)
    value = group.value("completeness")
    assert (value.mean, value.n_seeds, value.behind) == (pytest.approx(0.9), 3, 0)
    assert group.value("accuracy").n_seeds == 5
    entry = by_model(comparison(results_of(half), "xor_and_xor", "B"))[OURS]["completeness"]
    assert entry.partial == "3 of 5 seeds"


def test_drops_and_curves_of_what_is_absent_are_marked_as_it_is(cells):
    ours = [as_once(cell) for cell in of(cells, block="B", task="clevr", model="sharcs")]
    row = by_model(missing_table(over_seeds(ours)))[f"{OURS}, no Question"]
    marked = {title for title, entry in row.items() if entry.behind}
    assert marked == {"absent", "drop, absent"}
    curves = {row.title: row.entries[0].behind for row in rates_table(over_seeds(ours)).rows}
    assert curves[f"{OURS}, no Question, absent"] == 1
    assert curves[f"{OURS}, no Question, described"] == 0


def test_overviews_tell_where_what_is_absent_was_measured_otherwise(cells):
    once = [as_once(cell) if cell.task == "clevr" else cell for cell in cells]
    said = OVERVIEWS["missing_rates"].sentences(groups_with(results_of(once), "missing_rates"))
    assert said[1].endswith("(† measured under an earlier definition on CLEVR).")
    assert "†" not in said[0]


def test_seeds_that_were_trained_otherwise_are_left_out_of_the_mean(cells):
    first, *others = of(cells, block="B", task="half_mnist", model="sharcs")
    wide = {"training": {**first.settings["training"], "polish_epochs": 0}}
    old = [replace(as_once(cell), settings={**cell.settings, **wide}) for cell in others]
    (group,) = over_seeds([*old, first])
    assert group.cells == (first,)
    assert "seed 0" in caption([group])
    assert len(over_seeds([first, *others])[0].cells) == 3


# the other tables


def test_drops_are_what_is_lost_seed_by_seed(cells):
    ours = of(cells, block="B", task="half_mnist", model="sharcs")
    table = by_model(missing_table(over_seeds(ours)))
    lost = [cell.figures["accuracy"] - cell.figures["missing"]["graph"]["absent"] for cell in ours]
    entry = table[f"{OURS}, no Half graph"]["drop, absent"]
    assert entry.number == pytest.approx(sum(lost) / len(lost))


def test_every_subset_of_missing_modalities_has_a_row(cells):
    rows = missing_table(over_seeds(of(cells, block="C", task="xor_four_ways", model="sharcs"))).rows
    assert len(rows) == 4 + 6 + 4


def test_retrieval_in_full_has_chance_beside_every_figure(cells):
    ours = of(cells, block="A", task="clevr", model="sharcs")[0]
    (table,) = [retrieval_table(over_seeds([ours]))]
    scores = ours.figures["retrieval"]["text->image"]
    row = by_model(table)[f"{OURS}, Question → Scene"]
    assert row["mAP"].number == scores["map"]
    assert row["mAP, chance"].number == scores["chance"]["map"]


def test_details_of_cells_without_figures_are_left_out(cells):
    bare = [replace(cell, figures={"accuracy": 0.5}) for cell in of(cells, block="B", task="clevr")]
    assert [table.title for details in DETAILS if (table := details(over_seeds(bare)))] == []


def test_sanity_checks_stand_below_the_sound_model(results):
    rows = sanity_table(results, "half_mnist").rows
    assert [row.title for row in rows] == ["as it is", "random weights", "shuffled keys", "shuffled labels"]
    assert rows[0].entries[0].number > rows[3].entries[0].number


# what was asked


def target_rows(cells):
    return by_model(target_table(results_of(cells)))


@pytest.mark.parametrize(
    ("figure", "asked", "seeds", "met"),
    [
        ("accuracy", 0.99, [0.99, 1.0], True),
        ("accuracy", 0.99, [0.98, 1.0], False),  # every seed, not the mean
        ("n_concepts", 2, [2, 2], True),
        ("n_concepts", 2, [1, 3], False),  # neither good nor bad, but no more is asked
        ("redundancy", 0.9, [0.9, 0.2], True),
        ("n_dead", 0, [0, 1], False),
        ("cpu_s_per_1000_epoch", 2.0, [1.9, 2.1], True),  # of cost the mean
        ("cpu_s_per_1000_epoch", 2.0, [2.0, 2.1], False),
    ],
)
def test_a_target_asks_every_seed_for_at_least_or_at_most_so_much(figure, asked, seeds, met):
    mean = sum(seeds) / len(seeds)
    assert is_met(figure, asked, Value(mean, min(seeds), max(seeds), len(seeds))) is met


def test_there_is_a_row_for_every_shipped_run_with_what_it_reached_and_what_was_asked(cells):
    rows = target_rows(cells)
    assert list(rows) == [run.title for run in shipped_runs()]
    ours = of(cells, block="A", task="clevr", model="sharcs")[0]
    entry = rows["CLEVR (free)"]["accuracy"]
    assert (entry.number, entry.asked) == (ours.figures["accuracy"], "≥ .995")
    assert rows["CLEVR (named)"]["leaves"].asked == "≤ 10"
    assert rows["CLEVR (named)"]["one move"].asked == ""  # printed, and nothing is asked
    assert rows["CLEVR (named)"]["one move"].number is not None


def test_recall_is_asked_from_the_first_modality_to_the_second_and_back(cells):
    ours = of(cells, block="A", task="mnist_superpixels", model="sharcs")[0]
    found = {"recall_at_5": 1.0, "map": 1.0, "mrr": 1.0, "chance": {}}
    ways = {"image->graph": {"recall_at_1": 0.991, **found}, "graph->image": {"recall_at_1": 0.982, **found}}
    row = target_rows([changed(ours, retrieval=ways)])["MNIST+Superpixels (free)"]
    there, back = row["recall@1 1st → 2nd"], row["recall@1 2nd → 1st"]
    assert (there.number, there.asked, there.missed) == (0.991, "≥ .990", False)
    assert (back.number, back.asked, back.missed) == (0.982, "≥ .980", False)
    swapped = dict(zip(ways, reversed(ways.values()), strict=True))
    assert target_rows([changed(ours, retrieval=swapped)])["MNIST+Superpixels (free)"]["recall@1 1st → 2nd"].missed


def test_of_four_modalities_the_least_of_all_ways_is_asked(cells):
    (ours,) = of(cells, block="A", task="xor_four_ways")
    ways = {
        **ours.figures["retrieval"],
        "text->graph": {**ours.figures["retrieval"]["text->graph"], "recall_at_1": 0.5},
    }
    row = target_rows([changed(ours, retrieval=ways)])["XOR-AND-XOR, four ways (named)"]
    assert (row["recall@1 1st → 2nd"].number, row["recall@1 1st → 2nd"].missed) == (0.5, True)
    assert row["recall@1 2nd → 1st"].text == ""


def test_what_is_missed_is_listed_and_the_rest_is_counted(cells):
    ours = of(cells, block="A", task="clevr", model="sharcs")[0]
    table = target_table(results_of([changed(ours, accuracy=0.9, n_concepts=10)]))
    asked = sum(len(run.asked) for run in shipped_runs())
    (run,) = [run for run in shipped_runs() if (run.task, run.model) == ("clevr", "sharcs")]
    _, *entries = by_model(table)["CLEVR (free)"].values()
    missed = sum(entry.missed for entry in entries)
    assert table.remarks[0] == (
        f"{len(run.asked) - missed} of {asked} are met, {missed} are not, {asked - len(run.asked)} have not been "
        "measured."
    )
    assert "- CLEVR (free): accuracy .900 (≥ .995)" in table.remarks[1]
    assert "- CLEVR (free): T 10 (≤ 9)" in table.remarks[1]
    assert "**no:** .900 (≥ .995)" in to_markdown(table)


def test_a_run_that_was_not_measured_neither_reaches_nor_misses(cells):
    row = target_rows(of(cells, block="A", task="clevr"))["HalfMNIST (free)"]
    assert {entry.text for entry in row.values()} == {"–"}
    assert not any(entry.missed for entry in row.values())
    assert target_table(results_of(())).remarks[0].startswith("0 of")


def test_what_was_measured_by_an_earlier_definition_reaches_nothing(cells):
    ours = of(cells, block="A", task="clevr", model="sharcs")[0]
    ours = as_once(changed(ours, completeness=0.5, tree_leaves=8))
    row = target_rows([ours])["CLEVR (free)"]
    assert (row["completeness"].behind, row["completeness"].missed) == (1, False)
    counted = sum(bool(e.asked) and not e.missed and e.number is not None and not e.behind for e in row.values())
    assert target_table(results_of([ours])).remarks[0].startswith(f"{counted} of")


def test_every_column_of_what_was_asked_is_there_and_all_asked_for_are_columns():
    assert all(set(run.asked) <= set(COLUMNS) for run in shipped_runs())
    for run in shipped_runs():
        assert all(run.path(name) is not None for name in run.asked), run.title


# what is claimed


def test_claims_hold_or_not_by_the_numbers(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97, completeness=0.9)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.9)
    box = changed(of(cells, block="B", task="clevr", model="triplet")[0], accuracy=0.975)
    rows = {row.title: row.entries[0].text for row in claim_table(results_of([ours, rival, box])).rows}
    assert rows[f"CLEVR, {OURS}, completeness: ahead of concept multimodal"] == "no, level"
    assert rows[f"CLEVR, {OURS}, accuracy: within half a point of the best black box (triplet embeddings)"] == "yes"


def test_a_claim_by_less_than_is_written_is_written_out(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=0.99999)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.9999)
    row = claim_table(results_of([ours, rival])).rows[0]
    assert [entry.text for entry in row.entries[1:3]] == ["1.0000", ".9999"]


def test_nobody_is_ahead_of_a_perfect_rival_and_the_table_says_why(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=1.0)
    rival = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=1.0)
    assert claim_table(results_of([ours, rival])).rows[0].entries[0].text == "no, both are perfect"


def test_named_concepts_are_claimed_against_the_model_that_is_taught_the_same_names(cells):
    rows = [row.title for row in claim_table(results_of(of(cells, block="B", task="clevr"))).rows]
    named = [title for title in rows if NAMED in title]
    assert f"CLEVR, {NAMED}, completeness: ahead of concept multimodal (named)" in named
    assert all(title.endswith("ahead of concept multimodal (named)") for title in named)
    assert all(title.endswith("concept multimodal") or "black box" in title for title in rows if OURS in title)


def test_the_claims_say_on_which_tasks_the_best_black_box_is_too_far_ahead(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.97)
    near, far = (changed(of(cells, block="B", task="clevr", model="triplet")[0], accuracy=a) for a in (0.975, 0.976))
    assert claim_table(results_of([ours, near])).remarks == (
        f"{OURS} is within half a point of the best black box on CLEVR.",
    )
    assert claim_table(results_of([ours, far])).remarks == (
        f"{OURS} is within half a point of the best black box everywhere but on CLEVR (.970 against .976).",
    )
    assert claim_table(results_of([ours])).remarks == ()


def test_a_claim_is_not_made_against_a_figure_of_another_definition(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=0.99)
    rival = as_once(changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=0.5))
    rows = {row.title.split(f"{OURS}, ")[1].split(":")[0]: row for row in claim_table(results_of([ours, rival])).rows}
    entries = rows["completeness"].entries
    assert [entry.text for entry in entries] == ["–", ".990", ".500", "–"]
    assert [entry.behind for entry in entries[1:3]] == [0, 1]
    assert rows["described, no Scene"].entries[0].text in ("yes", "no", "within noise")


def test_what_concepts_are_and_do_stands_in_a_table_of_its_own(cells):
    groups = over_seeds(of(cells, block="B", task="clevr"))
    table = concepts_table(groups)
    rows = by_model(table)
    ours = of(cells, block="B", task="clevr", model="sharcs")[0].figures
    assert rows[OURS]["T"].number == ours["n_concepts"]
    assert rows[OURS]["right edit always the commonest"].number == ours["right_edit"]["always_commonest"]
    assert rows[OURS]["edits needed nine in ten"].text == "2"
    assert rows["concept multimodal"]["T"].text == "n/a"
    assert rows["concept multimodal"]["one move"].number is not None
    assert "late fusion" not in rows
    assert concepts_table(over_seeds([as_once(cell) for cell in of(cells, block="B", task="clevr")])) is None


def test_interventions_say_under_which_noise_and_on_how_many_samples(cells):
    (table,) = [
        table
        for details in DETAILS
        if (table := details(over_seeds(of(cells, block="A", task="clevr")))) and "Interventions" in table.title
    ]
    assert "noise of level 0.3" in table.remarks[0]


# the studies


def test_every_study_is_found_by_what_its_runs_differ_in(results):
    found = {
        study.name: [[point.label for point in panel.points] for panel in study.panels] for study in studies(results)
    }
    assert found["weight"][0] == ["0", "0.1", "0.3", "1", "3"]
    assert all(points[0] == "0" and points == sorted(points, key=float) for points in found["weight"])
    assert found["alignment"] == [["contrastive", "distance", "triplet", "none"]] * 2
    assert all(len(points) == 5 and points == sorted(points, key=int) for points in found["size"])
    assert found["ways"] == [["2", "3", "4"]]
    assert found["ablation"] == [["with alignment", "without"]] * 2


def test_a_point_of_a_study_has_the_runs_of_its_setting(cells, results):
    (size,) = [study for study in studies(results) if study.name == "size"]
    for panel in size.panels:
        for point in panel.points:
            assert {cell.settings["model"]["n_shared"] for cell in point.group.cells} == {int(point.label)}


def test_seed_and_task_make_no_difference_but_settings_do(cells):
    first, second = of(cells, block="B", task="xor_and_xor", model="sharcs")[:2]
    assert first.seed != second.seed
    assert settings_difference(first.settings, second.settings) == set()
    smaller = {**first.settings, "model": {**first.settings["model"], "n_shared": 2}}
    assert settings_difference(first.settings, smaller) == {"model.n_shared"}


def test_cells_of_before_settings_came_to_be_stand_in_the_same_study(cells):
    later = ("named", "agreements"), ("naming_weight", "polish_epochs", "polish_rate", "tolerance")
    found = {}
    for cell in of(cells, block="C", task="xor_and_xor"):
        parts = {
            part: {name: value for name, value in cell.settings[part].items() if name not in without}
            for part, without in zip(("model", "training"), later, strict=True)
        }
        old = cell.variant != ""
        found[cell.key] = replace(as_once(cell), settings={**cell.settings, **parts}) if old else cell
    whole, part = (studies(results_of(some)) for some in (of(cells, block="C", task="xor_and_xor"), found.values()))
    assert [(s.name, [[p.label for p in panel.points] for panel in s.panels]) for s in part] == [
        (s.name, [[p.label for p in panel.points] for panel in s.panels]) for s in whole
    ]
    for study in part:  # plain figures are of one definition, in old cells and new ones
        assert not any(entry.behind for table in study_tables(study) for row in table.rows for entry in row.entries)


def with_recall(cells, task, **recall):
    """The cells of block C of a task, recall@1 set by what each varies: every way the same."""

    def way(cell, scores):
        named = {"": "usual", "no alignment": "none"}.get(cell.variant, cell.variant.split("=")[-1])
        return {**scores, "recall_at_1": recall.get(named, recall.get("others", scores["recall_at_1"]))}

    chosen = of(cells, block="C", task=task, model="sharcs")
    return [
        changed(cell, retrieval={pair: way(cell, scores) for pair, scores in cell.figures["retrieval"].items()})
        for cell in chosen
    ]


def conclusion(cells, name):
    (study,) = [study for study in studies(results_of(cells)) if study.name == name]
    return study_conclusion(study)


def test_a_conclusion_names_the_best_setting_the_next_and_where_it_falls_furthest(cells):
    some = with_recall(cells, "half_mnist", **{"1.0": 0.99}, distance=0.48, triplet=0.7, none=0.1, others=0.9)
    said = conclusion(some, "alignment")
    assert said.startswith("Retrieval is best with contrast: .990 on HalfMNIST (next triplets, .700)")
    assert said.endswith("with no alignment it falls to .100.")


def test_settings_within_noise_or_half_a_point_are_level_and_not_ranked(cells):
    some = with_recall(cells, "half_mnist", **{"1.0": 0.99}, distance=0.992, triplet=0.988, none=0.1, others=0.9)
    said = conclusion(some, "alignment")
    assert said.startswith("Retrieval is best with contrast, the plain distance and triplets")
    assert said.endswith("with no alignment it falls to .100.")
    same = with_recall(cells, "half_mnist", others=0.990, usual=0.991, none=0.992)
    assert conclusion(same, "alignment") == (
        "Which alignment is used makes no difference to retrieval that counts: recall@1 is .990 to .992 on HalfMNIST."
    )


def test_a_conclusion_tells_what_grows_with_a_setting(cells):
    rising = dict(zip(("5", "8", "usual", "18", "24"), (0.5, 0.6, 0.7, 0.8, 0.9), strict=True))
    said = conclusion(with_recall(cells, "half_mnist", **rising), "size")
    assert said == (
        "Retrieval grows with the number of shared concepts on HalfMNIST, from .500 (T = 5) to .900 (T = 24)."
    )
    peaked = conclusion(with_recall(cells, "half_mnist", **{**rising, "24": 0.6}), "size")
    assert "best with T = 18" in peaked
    assert "grows" not in peaked


def test_without_alignment_retrieval_falls_rises_or_stays(cells):
    for usual, none, verb in ((0.9, 0.1, "falls from .900 to .100"), (0.1, 0.9, "rises from .100 to .900")):
        said = conclusion(with_recall(cells, "half_mnist", usual=usual, none=none), "ablation")
        assert said == f"Without the alignment retrieval {verb} on HalfMNIST."
    assert "makes no difference" in conclusion(with_recall(cells, "half_mnist", usual=0.9, none=0.9), "ablation")


def test_tasks_that_disagree_are_told_one_by_one(cells):
    some = [
        *with_recall(cells, "half_mnist", **{"1.0": 0.5}, distance=0.9, triplet=0.4, none=0.1),
        *with_recall(cells, "xor_and_xor", usual=0.9, distance=0.5, triplet=0.4, none=0.1),
    ]
    said = conclusion(some, "alignment")
    assert "best with contrast on XOR-AND-XOR (.900) and falls to .100 with no alignment" in said
    assert "best with the plain distance on HalfMNIST (.900)" in said


def test_the_rest_of_a_study_stands_still_or_is_told(results):
    (weight,) = [study for study in studies(results) if study.name == "weight"]
    rest = study_sentences(weight)[1]
    described = [row.entries[3].number for row in study_tables(weight)[0].rows]
    assert "Accuracy and plain completeness move by less than a point" in rest
    assert f"{show(min(described))} to {show(max(described))} on XOR-AND-XOR" in rest


def test_a_study_without_retrieval_says_so(cells):
    bare = [changed(cell, retrieval=None) for cell in of(cells, block="C", task="half_mnist")]
    assert {study_conclusion(study) for study in studies(results_of(bare))} == {"Recall@1 was not measured."}


@pytest.mark.parametrize("model", models_of("clevr"))
def test_settings_tell_which_model_they_make(model):
    preset = preset_for(model, "clevr")
    assert model_of_settings(configured(preset, model).to_json()) == model


def test_modalities_are_called_by_their_titles_everywhere(cells, results):
    told = to_markdown(comparison(results, "clevr", "B")) + "".join(
        to_markdown(table) for details in DETAILS if (table := details(over_seeds(of(cells, block="B", task="clevr"))))
    )
    assert "Scene → Question" in told
    assert "no Scene, absent" in told
    assert not re.search(r"image|text →|no text", told)


def test_a_claim_within_noise_neither_holds_nor_fails(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], completeness=0.905)
    for rival, verdict in ((0.9, "within noise"), (0.91, "within noise"), (0.85, "yes"), (0.95, "no")):
        other = changed(of(cells, block="B", task="clevr", model="concept_multimodal")[0], completeness=rival)
        assert claim_table(results_of([ours, other])).rows[0].entries[0].text == verdict


def test_a_better_figure_within_noise_is_said_to_be(cells):
    ours = changed(of(cells, block="B", task="clevr", model="sharcs")[0], accuracy=0.9, modality_gap=9.0)
    other = changed(of(cells, block="B", task="clevr", model="triplet")[0], accuracy=0.905)
    first = comparison(results_of([ours, other]), "clevr", "B").remarks[0]
    assert "accuracy .905 against .900 (within noise)" in first
    assert re.search(r"gap \d\.\d\d against 9\.00(?! \(within)", first)  # its noise is not known


def test_a_run_stands_in_front_of_its_figures_with_how_much_it_reached(cells):
    ours = of(cells, block="A", task="clevr", model="sharcs")[0]
    table = target_table(results_of([changed(ours, accuracy=0.9)]))
    reached = by_model(table)["CLEVR (free)"]["reached"]
    asked = [e for title, e in by_model(table)["CLEVR (free)"].items() if e.asked and title != "reached"]
    assert table.columns[0].title == "reached"
    assert reached.missed
    assert reached.text == f"{len([e for e in asked if not e.missed])} of {len(asked)}"
    assert target_title("clevr", "sharcs") == "CLEVR (free)"
    assert target_title("clevr", "triplet") is None


def test_no_cells_answer_no_study():
    assert studies(results_of([])) == ()


def test_overviews_show_the_full_data_before_the_equal_budget(cells, results):
    blocks = {group.task: group.block for group in shown_groups(results)}
    # XOR-AND-XOR ships with named concepts, which are not what the figures show
    assert blocks == {**dict.fromkeys(blocks, "A"), "xor_and_xor": "B"}
    fewer = [cell for cell in cells if (cell.block, cell.task) != ("A", "clevr")]
    assert {group.task: group.block for group in shown_groups(results_of(fewer))} == {**blocks, "clevr": "B"}


@pytest.mark.parametrize("name", OVERVIEWS)
def test_overviews_make_two_sentences_of_the_numbers(results, name):
    sentences = OVERVIEWS[name].sentences(groups_with(results, name))
    assert len(sentences) == 2
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "XOR-AND-XOR" in " ".join(sentences)


def test_a_curve_that_falls_and_rises_again_is_told_as_such(cells):
    ours = of(cells, block="A", task="clevr")[0]
    curves = {**ours.figures["interventions"], "wrong": [0.6, 0.2, 0.9]}
    groups = over_seeds([changed(ours, interventions=curves)])
    second = OVERVIEWS["interventions"].sentences(groups)[1]
    assert "from .600 to .200 and, with all of them wrong, to .900 on CLEVR" in second


# two runs


def test_two_runs_are_compared_figure_by_figure():
    first = {"accuracy": 0.9, "modality_gap": 0.5, "missing": {"graph": {"absent": 0.7}}, "seed": 3, "n_test": 2000}
    second = {"accuracy": 0.95, "modality_gap": 0.6, "n_test": 2000}
    rows = {row.title: row.entries for row in compare_metrics(("one", "two"), (first, second)).rows}
    assert [entry.text for entry in rows["accuracy"]] == [".900", ".950", "+.050"]
    assert [entry.best for entry in rows["accuracy"]] == [False, True, False]
    assert not any(entry.best for entry in rows["modality gap"])  # of one run its noise is not known
    assert [entry.text for entry in rows["absent, no graph"]] == [".700", "–", "–"]
    assert "seed" not in rows


def test_only_settings_that_differ_are_listed():
    one = {"task": "clevr", "model": {"n_shared": 7, "encoders": {"image": {"hidden": [16, 32]}}}}
    two = {"task": "clevr", "model": {"n_shared": 9, "encoders": {"image": {"hidden": (16, 32)}}}}
    rows = compare_settings(("one", "two"), (one, two)).rows
    assert [(row.title, *(entry.text for entry in row.entries)) for row in rows] == [("model.n_shared", "7", "9")]


def test_numbers_are_found_wherever_they_stand():
    assert numbers_in({"a": 1}) == {}
    assert numbers_in({"accuracy": True}) == {}
    assert numbers_in({"accuracy": 1}) == {("accuracy",): 1.0}


# written


def test_markdown_has_a_row_a_model_and_bold_for_the_best(results):
    table = comparison(results, "clevr", "B")
    lines = [line for line in to_markdown(table).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(table.rows)
    assert len({line.count("|") for line in lines}) == 1
    n_best = sum(entry.best for row in table.rows for entry in row.entries)
    assert sum(line.count("**") for line in lines) == 2 * n_best > 0


def test_csv_keeps_full_precision_and_leaves_gaps_empty(results):
    table = comparison(results, "clevr", "B")
    head, *rows = csv.reader(io.StringIO(to_csv(table)))
    assert head[1:] == [column.full_title for column in table.columns]
    for row, written in zip(table.rows, rows, strict=True):
        assert [float(part) if part else None for part in written[1:]] == [entry.number for entry in row.entries]


def test_json_holds_the_cells_as_their_files_do(cells, tmp_path):
    path = write_cell(cells[0], tmp_path)
    assert json.loads(to_json(cells[:1])) == [json.loads(path.read_text())]


def test_results_do_not_depend_on_the_order_of_the_cells(cells, results):
    shuffled = list(cells)
    random.Random(0).shuffle(shuffled)
    assert write_results(results_of(shuffled)) == write_results(results)


def test_results_name_blocks_tasks_versions_and_definitions(results):
    text = write_results(results)
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
    assert write_results(results_of(of(cells, block=block))).startswith("# Results")


def test_without_cells_the_results_say_what_to_run():
    assert "sharcs benchmark --quick" in write_results(results_of([]))


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

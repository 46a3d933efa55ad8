"""Cells over seeds: every number against slow reckoning, and what happens to cells that are not alike."""

from __future__ import annotations

import math
import random
import shutil
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from made_up_cells import as_once, made_up_cells, subset
from sharcs_benchmark.cells import write_cell
from sharcs_benchmark.nested import at, leaves
from sharcs_benchmark.tables.captions import task_title
from sharcs_benchmark.tables.frames import load_results, results_of
from sharcs_benchmark.tables.groups import DROP, EVERY, LEAST, error_of_one
from sharcs_benchmark.tables.writing import write_results

ROOT = Path(__file__).resolve().parents[2]
CELLS = made_up_cells()


def of(**wanted):
    return list(subset(CELLS, **wanted))


def group_of(cells):
    (group,) = results_of(cells).groups
    return group


def changed(cell, **figures):
    return replace(cell, figures={**cell.figures, **figures})


@pytest.fixture(params=["of five seeds", "of one", "some measured long ago"])
def cells(request):
    five = of(block="B", task="xor_and_xor", model="sharcs")
    old = [as_once(cell) if cell.seed < 10 else cell for cell in five]
    return {
        "of five seeds": five,
        "of one": of(block="A", task="clevr", model="sharcs"),
        "some measured long ago": old,
    }[request.param]


def having(cells, path):
    """The cells that have something at a path, by the newest definition that any was measured by."""
    found = [cell for cell in cells if at(cell.figures, *path) is not None]
    newest = min(cell.behind(path) for cell in found)
    return [cell for cell in found if cell.behind(path) == newest]


def test_every_number_is_its_mean_its_least_and_its_most_over_the_seeds_that_have_it(cells):
    group = group_of(cells)
    paths = {path for cell in cells for path, leaf in leaves(cell.figures) if isinstance(leaf, int | float)}
    assert len(paths) > 50
    for path in paths:
        own = having(cells, path)
        numbers = [float(at(cell.figures, *path)) for cell in own]
        value = group.value(*path)
        assert value.mean == pytest.approx(sum(numbers) / len(numbers), rel=1e-12)
        assert (value.low, value.high, value.n_seeds) == (min(numbers), max(numbers), len(numbers))
        assert value.behind == own[0].behind(path)
        if len(numbers) > 1:
            assert value.error == pytest.approx(statistics.stdev(numbers) / math.sqrt(len(numbers)), abs=1e-12)
        else:
            assert value.error == error_of_one(path, numbers[0], cells[0].n_test)


def test_every_curve_is_the_mean_of_the_seeds_place_by_place(cells):
    group = group_of(cells)
    paths = {path for cell in cells for path, leaf in leaves(cell.figures) if isinstance(leaf, list)}
    assert len(paths) > 8
    for path in paths:
        curves = [at(cell.figures, *path) for cell in having(cells, path)]
        wanted = [sum(numbers) / len(numbers) for numbers in zip(*curves, strict=True)]
        assert group.curve(*path) == pytest.approx(wanted, rel=1e-12)


def test_what_a_cell_says_of_itself_is_there_too(cells):
    group = group_of(cells)
    assert group.mean("n_parameters") == pytest.approx(sum(cell.n_parameters for cell in cells) / len(cells))
    costs = [cell.times["cpu_s_per_1000_epoch"] for cell in cells]
    assert group.mean("cpu_s_per_1000_epoch") == pytest.approx(sum(costs) / len(costs))


def test_the_mean_and_the_least_of_all_ways_are_taken_seed_by_seed(cells):
    group = group_of(cells)
    ways = [[scores["recall_at_1"] for scores in cell.figures["retrieval"].values()] for cell in cells]
    means, leasts = [sum(found) / len(found) for found in ways], [min(found) for found in ways]
    for stands_for, wanted in ((EVERY, means), (LEAST, leasts)):
        value = group.value("retrieval", stands_for, "recall_at_1")
        assert value.mean == pytest.approx(sum(wanted) / len(wanted))
        assert (value.low, value.high) == pytest.approx((min(wanted), max(wanted)))


def test_a_drop_is_taken_seed_by_seed_and_is_as_old_as_what_is_left(cells):
    group = group_of(cells)
    for subset_ in group.names("missing"):
        for how in ("described", "absent"):
            own = having(cells, ("missing", subset_, how))
            lost = [cell.figures["accuracy"] - cell.figures["missing"][subset_][how] for cell in own]
            value = group.value("missing", subset_, how, DROP)
            assert (value.low, value.high) == pytest.approx((min(lost), max(lost)))
            assert value.behind == group.value("missing", subset_, how).behind


def test_names_stand_in_the_order_of_the_first_cell_that_has_them():
    first, second, *_ = of(block="B", task="half_mnist", model="sharcs")
    group = group_of([changed(first, nameable={"b": 1.0, "a": 1.0}), changed(second, nameable={"c": 0.5, "a": 0.5})])
    assert group.names("nameable") == ("b", "a", "c")
    assert group.names("retrieval") == tuple(first.figures["retrieval"])  # and not the mean of all
    assert group.names("accuracy") == group.names("nowhere") == ()


def test_a_curve_goes_no_further_than_the_shortest_and_is_none_where_a_number_is_missing():
    first, second, *_ = of(block="B", task="half_mnist", model="sharcs")
    noise = {"levels": [0.0, 0.1], "accuracy": [0.9, 0.7]}
    group = group_of([changed(first, noise=noise), changed(second, noise={**noise, "accuracy": [0.8, 0.6, 0.4]})])
    assert group.curve("noise", "accuracy") == pytest.approx((0.85, 0.65))
    assert group_of([changed(first, noise={**noise, "accuracy": [0.9, None]})]).curve("noise", "accuracy") == ()


def test_nothing_is_told_apart_from_not_saying():
    first, second, *others = of(block="B", task="half_mnist", model="sharcs")
    none = group_of([changed(first, retrieval=None), changed(second, retrieval=None)])
    assert none.is_null("retrieval", "image->graph", "recall_at_1")
    assert not group_of([changed(first, retrieval=None), second, *others]).is_null("retrieval", "image->graph", "mrr")
    silent = replace(first, figures={name: value for name, value in first.figures.items() if name != "retrieval"})
    assert not group_of([silent]).is_null("retrieval", "image->graph", "recall_at_1")


def test_what_is_no_number_makes_no_figure():
    (cell,) = of(block="A", task="clevr", model="sharcs")
    group = group_of([changed(cell, accuracy=True, redundancy="high", noise={"levels": ["low"]})])
    assert group.value("accuracy") is group.value("redundancy") is None
    assert group.curve("noise", "levels") == ()


def test_settings_that_say_the_same_in_another_way_are_the_same():
    first, second, *_ = of(block="B", task="half_mnist", model="sharcs")
    training = {**second.settings["training"], "alignment_weight": int(second.settings["training"]["alignment_weight"])}
    whole = replace(second, settings={**second.settings, "training": training})
    assert training["alignment_weight"] == first.settings["training"]["alignment_weight"]
    assert len(group_of([first, whole]).cells) == 2


ODD = (None, "x", 3, [], [1, "a"], {}, {"a": {"b": [None]}}, True, [0.5])


def odd(values, rng):
    """Nested objects with some parts taken out and some replaced by what does not belong there."""
    if not isinstance(values, dict):
        return values
    kept = {name: inner for name, inner in values.items() if rng.random() > 0.02}
    return {name: rng.choice(ODD) if rng.random() < 0.04 else odd(inner, rng) for name, inner in kept.items()}


@pytest.mark.parametrize("seed", range(8))
def test_odd_figures_and_settings_spoil_no_table_of_the_others(seed):
    rng = random.Random(seed)
    cells = [cell for cell in CELLS if cell.task in ("half_mnist", "clevr")]
    spoilt = [
        replace(cell, figures=odd(cell.figures, rng), settings=odd(cell.settings, rng)) if rng.random() < 0.4 else cell
        for cell in cells
    ]
    text = write_results(results_of(spoilt))
    assert all(f"### {task_title(task)}" in text for task in ("half_mnist", "clevr"))
    assert text.count("| SHARCS (named)") > 10


def test_a_file_that_is_there_twice_counts_once_and_is_told(tmp_path):
    for cell in of(block="B", task="half_mnist", model="sharcs"):
        path = write_cell(cell, tmp_path)
    shutil.copytree(path.parent, path.parent.with_name("sharcs copy"))
    read = load_results(tmp_path)
    assert len(read.cells) == 3
    assert read.groups[0].value("accuracy").n_seeds == 3
    assert len(read.faults) == 3
    assert read.faults[0] == (
        "B/half_mnist/sharcs copy/seed_0.json is left out: B/half_mnist/sharcs/seed_0.json is the same cell; delete "
        "one of the two"
    )


@pytest.mark.parametrize("words", [["list"], ["--help"], ["benchmark", "--help"]])
def test_the_command_line_brings_no_pandas_where_no_table_is_made(words):
    code = "import sys; from sharcs_core.cli import main; main(sys.argv[1:]); sys.exit('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()

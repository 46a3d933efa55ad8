"""A quick benchmark end to end: a file a cell, nothing done twice, the same figures each time."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from made_up_cells import as_once, made_up_cells, subset, write_made_up
from sharcs_benchmark import runner
from sharcs_benchmark.cells import Cell, CellError, CellKey, read_cell, write_cell
from sharcs_benchmark.definitions import DEFINITIONS
from sharcs_benchmark.plan import SANITY, plans
from sharcs_benchmark.tables.frames import load_results
from sharcs_core.checkpoints import RunError
from sharcs_core.tasks import get_task
from sharcs_core.training import EpochRecord, FitResult

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def quick():
    return plans(tasks=["xor_and_xor"], quick=True)


@pytest.fixture(scope="module")
def quick_paths(quick, tmp_path_factory):
    """The cells of the whole quick benchmark, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("cache")))
        return runner.run_benchmark(quick, tmp_path_factory.mktemp("results"))


def of(plans_, model):
    return [plan for plan in plans_ if plan.key.model == model]


def test_every_model_of_a_task_yields_a_cell(quick, quick_paths):
    assert len(set(quick_paths)) == len(quick)
    for plan, path in zip(quick, quick_paths, strict=True):
        cell = read_cell(path)
        assert cell.key == plan.key
        assert cell.n_test == plan.n_test
        assert 0 <= cell.figures["accuracy"] <= 1
        assert cell.figure_versions["accuracy"] == DEFINITIONS["accuracy"].version
        if cell.figures.get("completeness") is not None:
            assert cell.figure_versions["completeness"] == DEFINITIONS["completeness"].version


def test_what_a_model_cannot_do_is_none_and_what_it_can_is_there(quick_paths):
    cells = {cell.model: cell.figures for cell in map(read_cell, quick_paths)}
    concepts, space = ("completeness", "fidelity", "tree_depth"), ("retrieval", "modality_gap", "modality_probe")
    assert all(cells["sharcs"][name] is not None for name in (*concepts, *space, "missing", "noise", "interventions"))
    for model in ("simple_multimodal", "late_fusion"):
        assert all(cells[model][name] is None for name in (*concepts, *space))
        assert cells[model]["missing"] is not None
    for model in ("relative", "contrastive", "triplet"):
        assert all(cells[model][name] is None for name in concepts)
        assert all(cells[model][name] is not None for name in space)
    assert all(cells["concept_multimodal"][name] is None for name in space)
    assert all(cells["unimodal_graph"][name] is None for name in (*concepts, *space, "missing"))
    assert cells["unimodal_concept_graph"]["completeness"] is not None
    edits = ("one_move", "any_switch", "right_edit", "edits_needed", "small_tree", "completeness_plain")
    clear = ("n_concepts", "n_dead", "nameable")
    for model in ("sharcs", "sharcs_named"):
        assert all(cells[model][name] is not None for name in (*edits, *clear))
        assert set(cells[model]["missing"]["graph"]) >= {"described", "absent", "absent_over_bank"}
    for model in ("simple_multimodal", "late_fusion", "relative", "contrastive", "triplet"):
        assert all(cells[model][name] is None for name in (*edits, *clear))
    for model, figures in cells.items():
        assert (figures.get("noise") is not None) == (model != "edge_count")
        assert (figures.get("interventions") is not None) == ("sharcs" in model or "concept" in model)


def test_a_cell_that_is_there_is_left_alone_unless_its_settings_changed(quick, tmp_path, monkeypatch):
    (plan,) = of(quick, "simple_multimodal")
    path = runner.run_benchmark([plan], tmp_path)[0]
    before = path.read_bytes()
    monkeypatch.setattr(runner, "run_cell", lambda *_: pytest.fail("run again"))
    assert runner.run_benchmark([plan], tmp_path) == [path]
    assert path.read_bytes() == before
    monkeypatch.undo()
    longer = replace(plan, config=replace(plan.config, training=replace(plan.config.training, epochs=3)))
    runner.run_benchmark([longer], tmp_path)
    assert read_cell(path).epochs == 3


LATER = {"model": ("named", "agreements"), "training": ("naming_weight", "polish_epochs", "polish_rate", "tolerance")}


def as_first_written(path):
    """The file of a cell as the first ones are: without versions, and without the settings that came later."""
    values = json.loads(path.read_text("utf-8"))
    for part, names in LATER.items():
        values["settings"][part] = {n: v for n, v in values["settings"][part].items() if n not in names}
    del values["figure_versions"]
    path.write_text(json.dumps({**values, "format": 1}), "utf-8")


def test_a_cell_of_before_settings_came_to_be_is_left_alone(quick, tmp_path, monkeypatch):
    (plan,) = of(quick, "simple_multimodal")
    path = runner.run_benchmark([plan], tmp_path)[0]
    as_first_written(path)
    before = path.read_bytes()
    monkeypatch.setattr(runner, "run_cell", lambda *_: pytest.fail("run again"))
    runner.run_benchmark([plan], tmp_path)
    assert path.read_bytes() == before


def test_a_cell_of_other_data_or_of_settings_that_came_later_and_matter_is_run_again(quick, tmp_path, monkeypatch):
    class RunAgainError(Exception):
        pass

    def run_again(*_):
        raise RunAgainError

    (plan,) = of(quick, "sharcs")
    assert plan.config.training.polish_epochs  # a setting that the first cells lack
    path = runner.run_benchmark([plan], tmp_path)[0]
    whole = path.read_text("utf-8")
    monkeypatch.setattr(runner, "run_cell", run_again)
    as_first_written(path)
    with pytest.raises(RunAgainError):
        runner.run_benchmark([plan], tmp_path)
    path.write_text(whole.replace(json.loads(whole)["data_source"]["sha256"], "0" * 64), "utf-8")
    with pytest.raises(RunAgainError):
        runner.run_benchmark([plan], tmp_path)


def fitted(device="cpu", n_epochs=2):
    history = tuple(EpochRecord(epoch, 1.0, 1.0, 0.5, cpu_seconds=3.0) for epoch in range(n_epochs))
    return FitResult(model=None, best_epoch=0, history=history, choice=None, device=device)


def test_cpu_seconds_are_told_of_a_cpu_only():
    times = runner._times(fitted(), 1500, 7.04)
    assert times == {"training_cpu_s": 6.0, "cpu_s_per_1000_epoch": 2.0, "measuring_cpu_s": 7.0}
    assert runner._times(fitted("cuda"), 1500, 7.04) == {}
    assert runner._times(fitted(n_epochs=0), 1500, 7.04) == {"measuring_cpu_s": 7.0}


def test_block_a_measures_the_shipped_run_of_these_very_settings_whatever_its_name(tmp_path, monkeypatch):
    plan = next(plan for plan in plans(["A"], ["xor_and_xor"], seeds=[0]) if plan.key.model == "sharcs_named")
    free = next(plan for plan in plans(["B"], ["xor_and_xor"], ["sharcs"], [0]))
    data = SimpleNamespace(source=SimpleNamespace(sha256="ab"))
    runs = {
        "a_damaged": None,
        "b_free": SimpleNamespace(config=free.config, source=data.source, model="free", choice=1),
        "c_other_data": SimpleNamespace(config=plan.config, source=SimpleNamespace(sha256="cd"), model="x", choice=2),
        "d_any_name": SimpleNamespace(config=plan.config, source=data.source, model="this one", choice=3),
    }
    of_task = [SimpleNamespace(path=name, task="xor_and_xor", error=None) for name in runs]
    others = [
        SimpleNamespace(path="e", task="clevr", error=None),
        SimpleNamespace(path="f", task="xor_and_xor", error="x"),
    ]

    def load(path):
        if runs[path] is None:
            raise RunError("damaged")
        return runs[path]

    monkeypatch.setattr("sharcs_core.checkpoints.list_runs", lambda: [*others, *of_task])
    monkeypatch.setattr("sharcs_core.checkpoints.load_run", load)
    found = runner._shipped(plan, data)
    assert (found.model, found.choice, found.history) == ("this one", 3, ())
    runs.pop("d_any_name")
    of_task.pop()
    assert runner._shipped(plan, data) is None


def test_measuring_again_trains_nothing_and_finds_the_same(quick, tmp_path, monkeypatch):
    (plan,) = of(quick, "sharcs")
    path = runner.run_benchmark([plan], tmp_path)[0]
    first = read_cell(path)
    monkeypatch.setattr("sharcs_core.training.Trainer.run_epoch", lambda _: pytest.fail("trained again"))
    runner.run_benchmark([plan], tmp_path, remeasure=True)
    again = read_cell(path)
    assert again.figures == first.figures
    assert again.times["training_cpu_s"] == first.times["training_cpu_s"]


def test_a_damaged_cell_is_run_again(quick, tmp_path):
    (plan,) = of(quick, "edge_count")
    path = tmp_path / plan.key.path
    path.parent.mkdir(parents=True)
    path.write_text('{"format": 1, "figures"')
    runner.run_benchmark([plan], tmp_path)
    assert read_cell(path).model == "edge_count"


def test_sanity_variants_run(tmp_path):
    short = [
        replace(p, config=replace(p.config, training=replace(p.config.training, epochs=1)), n_train=600, n_test=300)
        for p in plans(["S"], ["xor_and_xor"], seeds=[0])
    ]
    cells = [read_cell(path) for path in runner.run_benchmark(short, tmp_path)]
    assert sorted(cell.variant for cell in cells) == sorted(SANITY)
    assert [cell.epochs for cell in cells if cell.variant == "random weights"] == [0]


def test_counting_edges_reads_the_bits_of_the_graph():
    from sharcs_benchmark.edge_count import edge_count_figures, edge_counts

    data = get_task("xor_and_xor").load(3)
    graphs = data.test.inputs["graph"].arrays
    for row in (0, 17, 400):
        pairs = {frozenset((node, int(to))) for node in range(10) for to in graphs["neighbours"][row][node] if to >= 0}
        assert edge_counts(data.test)[row] == sum(len(pair) == 2 for pair in pairs)
    figures = edge_count_figures(data)
    assert figures["semantics_accuracy"]["graph"] > 0.99
    assert figures["accuracy"] > figures["majority_accuracy"]


def test_a_cell_survives_the_disk(tmp_path):
    cell = Cell(
        "B",
        "clevr",
        "sharcs",
        "n_shared=4",
        3,
        {"a": [1]},
        5,
        {"name": "x"},
        1,
        2,
        3,
        4,
        None,
        {},
        {},
        {"accuracy": 0.5},
    )
    path = write_cell(cell, tmp_path)
    assert path == tmp_path / "B" / "clevr" / "sharcs+n_shared_4" / "seed_3.json"
    assert read_cell(path) == cell
    versioned = replace(cell, figures={"completeness": 0.5}, figure_versions={"completeness": 2})
    assert read_cell(write_cell(versioned, tmp_path)) == versioned
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(CellError, match=r"^it is of format 99 where 1 to 2 can be read; update SHARCS"):
        read_cell(path)


@pytest.fixture
def first_cell(tmp_path):
    """A cell's file as the first ones are, and its figures."""
    cell = next(iter(subset(made_up_cells(), block="B", task="clevr", model="sharcs")))
    path = write_cell(as_once(cell), tmp_path)
    values = json.loads(path.read_text("utf-8"))
    del values["figure_versions"]
    del values["figures"]["completeness_plain"]
    for held in values["figures"]["missing"].values():
        del held["absent_over_bank"]
    path.write_text(json.dumps({**values, "format": 1}), "utf-8")
    return path, values["figures"]


def test_the_first_cells_are_read_with_all_figures_of_the_first_version(first_cell):
    path, figures = first_cell
    cell = read_cell(path)
    assert set(cell.figure_versions.values()) == {1}
    assert {"accuracy", "completeness", "absent", "recall_at_1", "interventions"} <= set(cell.figure_versions)
    assert (cell.behind(["completeness"]), cell.behind(["accuracy"])) == (1, 0)
    assert cell.figures["completeness"] == figures["completeness"]


def test_what_is_now_measured_beside_goes_by_its_new_name_in_the_first_cells(first_cell):
    path, figures = first_cell
    cell = read_cell(path)
    assert cell.figures["completeness_plain"] == figures["completeness"]
    for subset_, held in figures["missing"].items():
        assert cell.figures["missing"][subset_] == {**held, "absent_over_bank": held["absent"]}
    assert cell.behind(["completeness_plain"]) == cell.behind(["missing", "image", "absent_over_bank"]) == 0
    assert "one_move" not in cell.figures


@pytest.mark.parametrize("missing", [None, [], 3, {"image": None}, {"image": [1]}, {"image": {"described": 1.0}}])
def test_odd_figures_of_the_first_cells_stay_as_they_are(first_cell, missing):
    path, _ = first_cell
    values = json.loads(path.read_text("utf-8"))
    values["figures"] |= {"missing": missing}
    del values["figures"]["completeness"]
    path.write_text(json.dumps(values), "utf-8")
    cell = read_cell(path)
    assert cell.figures["missing"] == missing
    assert "completeness_plain" not in cell.figures


@pytest.mark.parametrize("versions", [None, [], {"accuracy": "1"}, {"accuracy": 0}, {"accuracy": True}, {"map": 1.0}])
def test_versions_that_are_none_are_refused(tmp_path, versions):
    path = write_cell(made_up_cells()[0], tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "figure_versions": versions}), "utf-8")
    with pytest.raises(
        CellError, match=r"^figure_versions\S* must be (an object|a whole number|at least 1) .*; delete it"
    ):
        read_cell(path)


def test_figures_of_later_definitions_are_refused_by_name(tmp_path):
    path = write_cell(replace(made_up_cells()[0], figure_versions={"absent": 3, "of tomorrow": 7}), tmp_path)
    with pytest.raises(CellError, match=r"later definitions than are known here \(absent\)"):
        read_cell(path)


def test_every_cell_that_is_kept_can_be_read():
    read = load_results(ROOT / "benchmarks" / "results")
    assert read.cells
    assert read.faults == ()


def test_tables_are_written_alike_whatever_the_language_of_the_machine(tmp_path):
    write_made_up(tmp_path / "results")
    here = runner.write_tables(tmp_path).read_bytes()
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code = "import sys, pathlib, sharcs_benchmark.runner as r; r.write_tables(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=plain, cwd=ROOT)
    assert (tmp_path / "RESULTS.md").read_bytes() == here
    assert "→" in here.decode("utf-8")


def test_variants_that_differ_lie_apart():
    variants = ["", "n_shared=4", "n_shared=14", "alignment_weight=0.1", "alignment_weight=1.0", "no alignment"]
    assert len({CellKey("C", "t", "sharcs", variant, 0).path for variant in variants}) == len(variants)
    assert CellKey("C", "t", "m", "../../x", 0).path.parts == ("C", "t", "m+.._.._x", "seed_0.json")


def test_the_command_runs_writes_tables_and_goes_on_where_it_was(tmp_path, capsys):
    from sharcs_core.cli import main

    arguments = ["benchmark", "--quick", "--tasks", "xor_and_xor", "--models", "edge_count", "--results", str(tmp_path)]
    assert main(arguments) == 0
    table = (tmp_path / "RESULTS.md").read_text("utf-8")
    assert "edge count" in table
    assert "sharcs: Q: edge_count" in capsys.readouterr().err
    assert main(arguments) == 0
    assert "edge_count on" not in capsys.readouterr().err  # nothing is run twice
    assert (tmp_path / "RESULTS.md").read_text("utf-8") == table


def test_the_command_names_what_it_does_not_know(capsys):
    from sharcs_core.cli import main

    assert main(["benchmark", "--models", "gpt"]) != 0
    assert "Unknown model 'gpt'" in capsys.readouterr().err

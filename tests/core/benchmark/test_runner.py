"""A quick benchmark end to end: a file a cell, nothing done twice, the same figures each time."""

import json
from dataclasses import replace

import pytest

from sharcs_core.benchmark import runner
from sharcs_core.benchmark.cells import Cell, CellKey, read_cell, write_cell
from sharcs_core.benchmark.plan import SANITY, plans
from sharcs_core.data import get_task


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
    for model, figures in cells.items():
        assert (figures.get("noise") is not None) == (model != "edge_count")
        assert (figures.get("interventions") is not None) == (model == "sharcs" or "concept" in model)


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
        replace(p, config=replace(p.config, training=replace(p.config.training, epochs=1)), n_test=300)
        for p in plans(["S"], ["xor_and_xor"], seeds=[0])
    ]
    cells = [read_cell(path) for path in runner.run_benchmark(short, tmp_path)]
    assert sorted(cell.variant for cell in cells) == sorted(SANITY)
    assert [cell.epochs for cell in cells if cell.variant == "random weights"] == [0]


def test_counting_edges_reads_the_bits_of_the_graph():
    from sharcs_core.benchmark.edge_count import edge_count_figures, edge_counts

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
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(ValueError, match="format"):
        read_cell(path)


def test_variants_that_differ_lie_apart():
    variants = ["", "n_shared=4", "n_shared=14", "alignment_weight=0.1", "alignment_weight=1.0", "no alignment"]
    assert len({CellKey("C", "t", "sharcs", variant, 0).path for variant in variants}) == len(variants)
    assert CellKey("C", "t", "m", "../../x", 0).path.parts == ("C", "t", "m+.._.._x", "seed_0.json")


def test_the_command_runs_writes_tables_and_goes_on_where_it_was(tmp_path, capsys):
    from sharcs_core.cli import main

    arguments = ["benchmark", "--quick", "--tasks", "xor_and_xor", "--models", "edge_count", "--results", str(tmp_path)]
    assert main(arguments) == 0
    table = (tmp_path / "RESULTS.md").read_text()
    assert "edge count" in table
    assert "sharcs: Q: edge_count" in capsys.readouterr().err
    assert main(arguments) == 0
    assert "edge_count on" not in capsys.readouterr().err  # nothing is run twice
    assert (tmp_path / "RESULTS.md").read_text() == table


def test_the_command_names_what_it_does_not_know(capsys):
    from sharcs_core.cli import main

    assert main(["benchmark", "--models", "gpt"]) != 0
    assert "Unknown model 'gpt'" in capsys.readouterr().err

"""The ``sharcs`` command, as a person calls it: what it prints, where, and with which exit code."""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from named_toy import NamedToy, named_toy_run
from sharcs_core import checkpoints
from sharcs_core.checkpoints import RunError, layout, save_run
from sharcs_core.cli import main
from sharcs_core.tasks import TASKS
from sharcs_core.tasks.files import to_node_link
from sharcs_core.tasks.mnist import download as mnist_download
from sharcs_core.tasks.mnist import source as mnist
from untrained_runs import config_of, untrained_parts, untrained_run

ROOT = Path(__file__).resolve().parents[2]
ROW = "bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,0,1,0,1\n"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("SHARCS_RUNS", raising=False)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "row.csv"
    path.write_text(ROW)
    return str(path)


@pytest.fixture
def graph(tmp_path, xor_run):
    path = tmp_path / "rings.json"
    path.write_text(json.dumps(to_node_link(xor_run.test_bank.sides["graph"].inputs, 0)))
    return str(path)


@pytest.fixture
def said(capsys):
    """Call the command; returns exit code, stdout and stderr."""

    def call(*argv):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def assert_one_line(result, *words, code=1):
    found, out, err = result
    assert found == code, err
    assert not out
    assert len(err.splitlines()) == 1, err
    assert "Traceback" not in err
    for word in words:
        assert word in err


# --- help and usage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["--help"],
            ["train", "evaluate", "explain", "list", "download", "sharcs explain xor_and_xor --table row.csv"],
        ),
        (["train", "--help"], ["--seed", "--alignment", "contrastive", "goes on where it was"]),
        (["train", "--help"], ["mnist_superpixels", "half_mnist", "clevr", "xor_four_ways"]),
        (["train", "--help"], ["--concepts {free,named}", "the task's own"]),
        (["--help"], ["rename", "cache", "benchmark"]),
        (["rename", "--help"], ["RUN CONCEPT NAME", "takes a given name back", "--runs"]),
        (["evaluate", "--help"], ["--json", "--data", "IDX", "CLEVR"]),
        (["explain", "--help"], ["sharcs explain mnist_superpixels --image digit.png", '--text "big red shiny cube"']),
        (["explain", "xor_and_xor", "--help"], ["--table FILE", "Table of bits (.csv)", "--graph FILE"]),
        (
            ["benchmark", "--help"],
            ["--tasks", "--models", "--seeds", "--blocks", "--quick", "--results", "--remeasure"],
        ),
        (["list", "--help"], ["$SHARCS_RUNS"]),
        (["download", "--help"], ["mnist", "cache"]),
    ],
    ids=" ".join,
)
def test_help_teaches(said, argv, words):
    code, out, err = said(*argv)
    assert (code, err) == (0, "")
    for word in words:
        assert word in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["COMMAND"]),
        (["fly"], ["invalid choice: 'fly'", "see sharcs --help"]),
        (["train"], ["TASK", "see sharcs train --help"]),
        (["train", "xor_and_xor", "--epochs", "many"], ["--epochs", "'many'"]),
        (["train", "xor_and_xor", "--alignment", "hope"], ["'hope'", "contrastive"]),
        (["train", "xor_and_xor", "--concepts", "few"], ["'few'", "free", "named"]),
        (["rename", "xor_and_xor", "outer bit"], ["NAME", "see sharcs rename --help"]),
        (["explain", "xor_and_xor", "--tabel", "row.csv"], ["--tabel"]),
        (["explain", "xor_and_xor", "--neighbours", "x", "--table", "row.csv"], ["--neighbours"]),
        (["explain", "xor_and_xor", "--table"], ["--table"]),
        (["download", "imagenet"], ["'imagenet'", "mnist"]),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_a_wrong_command_is_answered_in_one_line(said, argv, words):
    assert_one_line(said(*argv), *words, code=2)


def test_python_m_sharcs_core_is_the_same_command(tmp_path):
    command = [sys.executable, "-m", "sharcs_core", "list", "--runs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Train one with: sharcs train xor_and_xor" in done.stdout


# --- list ----------------------------------------------------------------------------------------------------


def test_list_shows_runs_with_the_majority_beside_the_accuracy(said):
    code, out, err = said("list")
    assert (code, err) == (0, "")
    assert "xor_and_xor" in out
    assert "majority 0.7564" in out


def test_list_as_json(said, tmp_path):
    shutil.copytree("checkpoints/xor_and_xor", tmp_path / "broken")
    (tmp_path / "broken" / "config.json").write_text("{}")
    code, out, _ = said("list", "--json", "--runs", tmp_path)
    assert code == 0
    (row,) = json.loads(out)
    assert set(row) == {"run", "task", "error", "metrics"}
    assert "damaged" in row["error"]
    assert "cannot be used: " in said("list", "--runs", tmp_path)[1]


def test_list_says_where_a_model_cannot_have_a_figure(said, toy, toy_data, tmp_path):
    for name, figures in (
        ("late", {"accuracy": 0.875, "majority_accuracy": 0.5, "completeness": None, "seed": 3, "data_source": "mine"}),
        ("bare", {}),
    ):
        save_run(tmp_path / name, **{**untrained_parts(toy, toy_data, config_of(toy, "late")), "metrics": figures})
    code, out, err = said("list", "--runs", tmp_path)
    assert (code, err) == (0, "")
    bare, late = (" ".join(line.split()) for line in out.splitlines())
    assert late == "late accuracy 0.8750 (majority 0.5000), completeness n/a, seed 3, mine"
    assert bare == "bare accuracy n/a (majority n/a), completeness n/a, seed n/a, n/a"


# --- rename --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named_toy():
    """The toy with known factors, known by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "named_toy", NamedToy())
        yield TASKS["named_toy"]


@pytest.fixture
def named(named_toy, tmp_path):
    return named_toy_run(tmp_path / "runs").path


def test_a_renamed_concept_is_called_so_wherever_it_is_spoken_of(said, named):
    code, out, err = said("rename", named, "number 2", "  a pair ")
    assert (code, err) == (0, "")
    assert out == f"{named}: 'number 2' is now 'a pair'\n"
    found = json.loads(said("explain", named, "--words", "two", "--json")[1])
    names = ["parity", "number 0", "number 1", "a pair", "number 3", "number 1, 2"]
    assert list(found["concepts"]["words"]) == names
    assert all(set(row["shared_concepts"]) <= set(names) for rows in found["neighbours"].values() for row in rows)
    assert "a pair" in said("explain", named, "--words", "two")[1]
    code, out, _ = said("rename", named.name, "a pair", "both of them", "--runs", named.parent)
    assert (code, out) == (0, f"{named}: 'a pair' is now 'both of them'\n")
    assert said("rename", named, "both of them", "")[1] == f"{named}: 'both of them' is now 'number 2'\n"
    assert checkpoints.load_run(named).given_names == {}


@pytest.mark.parametrize(
    ("concept", "name", "words"),
    [
        ("number 9", "nine", ["named_toy has no concept 'number 9'; choose one of ['parity', 'number 0'"]),
        ("", "nothing", ["has no concept ''"]),
        ("5", "by its place", ["has no concept '5'"]),
        ("number 2", "two\nlines", ["on one line"]),
        ("number 2", "x" * 100, ["60 characters (got 100)"]),
        ("number 2", "   ", ["must show something"]),
    ],
)
def test_a_name_that_cannot_be_given_is_one_sentence(said, named, concept, name, words):
    assert_one_line(said("rename", named, concept, name), *words)
    assert not (named / "names.json").exists()


def test_two_concepts_cannot_be_given_the_same_name(said, named):
    said("rename", named, "number 2", "a pair")
    assert_one_line(said("rename", named, "number 3", "a pair"), "'a pair' is the name of another concept already")
    assert checkpoints.load_run(named).concept_names[3:5] == ("a pair", "number 3")


def test_a_run_that_is_not_there_has_no_concept_to_rename(said, tmp_path):
    assert_one_line(said("rename", "nope", "red", "crimson", "--runs", tmp_path), "There is no run 'nope'")


def test_a_model_without_concepts_has_none_to_rename_or_explain_by(said, toy, toy_data, tmp_path):
    run = untrained_run(toy, toy_data, tmp_path / "late", config_of(toy, "late"))
    for argv in (["rename", run.path, "one", "two"], ["explain", run.path, "--words", "two"]):
        assert_one_line(said(*argv), "The run 'late' is of a model without concepts (wiring late)")


# --- evaluate ------------------------------------------------------------------------------------------------


def test_evaluate_recomputes_and_never_reads_the_stored_figures(said, tmp_path, shipped_runs):
    """A copy says of itself that it is useless, with a digest that fits; the output stays the same."""
    copy = Path(shutil.copytree(shipped_runs / "xor_and_xor", tmp_path / "xor_and_xor"))
    (copy / "metrics.json").write_text('{"task": "chess", "accuracy": 0.123, "n_test": -1}')
    facts = json.loads((copy / "config.json").read_text())
    facts["files"]["metrics.json"] = layout.sha256_of(copy / "metrics.json")
    facts["sha256"] = layout.config_digest(facts)
    (copy / "config.json").write_text(json.dumps(facts))
    code, out, err = said("evaluate", copy, "--json")
    assert (code, err) == (0, "")
    figures = json.loads(out)
    shipped = json.loads((shipped_runs / "xor_and_xor" / "metrics.json").read_text())
    assert list(figures) == list(shipped)
    numbers, expected = ([value for value in _flat(one) if value is not None] for one in (figures, shipped))
    assert numbers == pytest.approx(expected, abs=1e-3)
    assert set(figures["missing"]) == {"table", "graph"}
    assert set(figures["retrieval"]) == {"table->graph", "graph->table"}
    assert (figures["task"], figures["run"], figures["n_test"]) == ("xor_and_xor", "xor_and_xor", 5000)


def _flat(values):
    if isinstance(values, (dict, list)):
        inner = values.values() if isinstance(values, dict) else values
        return [number for value in inner for number in _flat(value)]
    return [] if isinstance(values, str) else [values]


# --- benchmark -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tasks", "chess"], ["Unknown task 'chess'", "clevr"]),
        (["--models", "oracle"], ["Unknown model 'oracle'", "late_fusion"]),
        (["--blocks", "Z"], ["Unknown block 'Z'", "'A'"]),
    ],
    ids=" ".join,
)
def test_a_benchmark_of_what_is_not_there_is_refused_before_anything_is_trained(said, tmp_path, options, words):
    assert_one_line(said("benchmark", *options, "--results", tmp_path / "kept"), *words)
    assert not list(tmp_path.iterdir())


# --- explain -------------------------------------------------------------------------------------------------


def test_explain_as_json(said, table, graph, xor_run):
    code, out, err = said("explain", "xor_and_xor", "--table", table, "--graph", graph, "--json", "--neighbours", "3")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert {"class", "probabilities", "concepts", "tree_path", "neighbours", "missing"} <= set(found)
    assert set(found["probabilities"]) == {"0", "1"}
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert found["class"] == max(found["probabilities"], key=found["probabilities"].get)
    names = list(xor_run.concept_names)
    assert {name: list(values) for name, values in found["concepts"].items()} == {"table": names, "graph": names}
    assert all(0 <= value <= 1 for values in found["concepts"].values() for value in values.values())
    for step in found["tree_path"]:
        assert set(step) == {"kind", "modalities", "concepts", "factor", "value", "says"}
        on = {found["concepts"][name][step["concepts"][0]] > 0.5 for name in step["modalities"]}
        assert step["value"] == (on == {True} if step["kind"] == "concept" else len(on) == 1)
        assert step["concepts"][0] in step["says"] or step["factor"] in step["says"]
    assert set(found["neighbours"]) == {"table", "graph"}
    for name, rows in found["neighbours"].items():
        assert len(rows) == 3
        assert all(set(row) == {"id", "label", "distance", "shared_concepts"} for row in rows)
        assert all(row["id"].startswith("train/") and row["id"].endswith(name) for row in rows)
        assert [row["distance"] for row in rows] == sorted(row["distance"] for row in rows)
    assert found["missing"] == {}
    bits = xor_run.test_bank.sides["graph"].semantics[0]
    assert {row["label"] for row in found["neighbours"]["table"]} == {f"bits {bits // 2} {bits % 2}"}


@pytest.mark.parametrize(("given", "missing"), [("table", "graph"), ("graph", "table")])
def test_explain_with_a_modality_missing(said, table, graph, given, missing):
    path = {"table": table, "graph": graph}[given]
    code, out, _ = said("explain", "--json", "xor_and_xor", f"--{given}", path)
    found = json.loads(out)
    assert code == 0
    assert found["missing"] == {missing: "absent"}
    assert set(found["concepts"]) == {given}
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert set(found["neighbours"]) == {"table", "graph"}
    assert {name for step in found["tree_path"] for name in step["modalities"]} <= {given}
    assert found["tree_stopped_for"] in (missing, None)
    assert (found["tree_asks"] is None) == (found["tree_stopped_for"] is None)


def test_explain_in_words(said, table, graph):
    code, out, _ = said("explain", "xor_and_xor", "--table", table, "--graph", graph)
    assert code == 0
    for words in ("class: ", "probabilities:", "the Table of bits says:", "decision tree:", "nearest, Ring graph:"):
        assert words in out
    _, out, _ = said("explain", "xor_and_xor", "--table", table)
    assert "missing: Ring graph (absent" in out


def test_what_was_changed_to_read_a_file_is_said_apart_from_the_answer(said, tmp_path):
    (tmp_path / "ring.json").write_text(
        json.dumps(
            {"nodes": [{"id": i} for i in range(4)], "edges": [{"source": i, "target": (i + 1) % 4} for i in range(4)]}
        )
    )
    code, out, err = said("explain", "xor_and_xor", "--graph", tmp_path / "ring.json", "--json")
    assert code == 0
    assert json.loads(out)["missing"] == {"table": "absent"}
    assert "sharcs: graph: " in err


def test_a_text_is_given_as_a_sentence_or_in_a_file(said, tmp_path, toy_run):
    (tmp_path / "said.txt").write_text("old three\n")
    typed = said("explain", toy_run.path, "--words", "old three", "--json")
    filed = said("explain", toy_run.path, "--words", f"@{tmp_path / 'said.txt'}", "--json")
    assert typed == filed
    code, out, err = typed
    assert (code, err) == (0, "")
    assert set(json.loads(out)["concepts"]) == {"words"}
    assert said("explain", toy_run.path, "--words", "old three one new", "--json")[2].strip() == (
        "sharcs: words: Only three words were read."
    )


def test_a_text_in_help_is_a_sentence_or_a_file(said, toy_run):
    code, out, _ = said("explain", toy_run.path, "--help")
    assert code == 0
    assert "--words SENTENCE" in out
    assert "or @FILE (.txt)" in " ".join(out.split())


def test_a_sentence_that_cannot_be_read_is_told_as_such(said, tmp_path, toy_run):
    assert_one_line(said("explain", toy_run.path, "--words", "many"), "The sentence has the word 'many'")
    assert_one_line(said("explain", toy_run.path, "--words", " "), "holds no words")
    assert_one_line(said("explain", toy_run.path, "--words", "@no.txt"), "No such file", "no.txt")
    (tmp_path / "said.png").write_text("one")
    assert_one_line(said("explain", toy_run.path, "--words", f"@{tmp_path / 'said.png'}"), "said.png")


# --- faults: exit code 1, one line ---------------------------------------------------------------------------


def test_an_unknown_run_is_named_beside_those_there_are(said, table):
    for argv in (["evaluate", "nope"], ["explain", "nope", "--table", table]):
        assert_one_line(said(*argv), "There is no run 'nope'", "xor_and_xor")


def test_an_unknown_task_is_named_beside_those_there_are(said, tmp_path):
    assert_one_line(
        said("train", "chess", "--out", tmp_path / "x"), "There is no task and no folder 'chess'", "xor_and_xor"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--epochs", "0"], ["epochs must be at least 1"]),
        (["--seed", "-1"], ["seed must be at least 0"]),
        (["--temperature", "0"], ["temperature must be positive"]),
        (["--batch-size", "1"], ["batch_size"]),
        (["--threads", "0"], ["--threads must be at least 1"]),
    ],
    ids=" ".join,
)
def test_settings_out_of_range_are_refused(said, tmp_path, options, words):
    assert_one_line(said("train", "xor_and_xor", "--out", tmp_path / "x", *options), *words)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_something_else_is_not_overwritten(said, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert_one_line(said("train", "xor_and_xor", "--epochs", "1", "--out", tmp_path), "is not a run")
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("weights.safetensors", b"nonsense", ["weights.safetensors", "damaged"]),
        ("bank.npz", b"", ["bank.npz", "damaged"]),
        ("metrics.json", b"{}", ["metrics.json", "damaged"]),
        ("config.json", b"{", ["config.json", "damaged"]),
        ("config.json", b'{"format": 99}', ["format 99, newer", "update SHARCS"]),
        ("config.json", b'{"format": 3}', ["format 3, which this version no longer reads; train it anew"]),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "explain"])
def test_a_damaged_or_newer_run_is_said_in_one_line(said, table, tmp_path, command, name, content, words):
    copy = Path(shutil.copytree("checkpoints/xor_and_xor", tmp_path / "copy"))
    (copy / name).write_bytes(content)
    argv = [command, copy] + (["--table", table] if command == "explain" else [])
    assert_one_line(said(*argv), *words)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("row.csv", b""),
        ("row.csv", b"bit_0,bit_1\n0,1\n"),
        ("row.csv", b"\xff\xfe\x00"),
        ("row.png", b"\x89PNG"),
        ("row.csv", ROW.replace("1", "nan").encode()),
    ],
)
def test_a_bad_table_is_said_in_one_line(said, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert_one_line(said("explain", "xor_and_xor", "--table", tmp_path / name), "row.")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.json", b'{"nodes": []}'),
        ("g.json", b"[" * 5000),
        ("g.json", b'{"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 7}]}'),
        ("g.graphml", b'<!DOCTYPE x [<!ENTITY a "b">]><graphml>&a;</graphml>'),
        ("g.json", b" " * 6_000_000),
    ],
    ids=["no nodes", "deep", "dangling", "entities", "huge"],
)
def test_a_bad_graph_is_said_in_one_line(said, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert_one_line(said("explain", "xor_and_xor", "--graph", tmp_path / name), "g.")


def test_files_that_are_not_there_or_not_given_are_said(said, tmp_path):
    assert_one_line(said("explain", "xor_and_xor", "--table", tmp_path / "no.csv"), "No such file", "no.csv")
    assert_one_line(said("explain", "xor_and_xor", "--table", tmp_path), "directory")
    assert_one_line(said("explain", "xor_and_xor"), "at least one of", "--table", "--graph")
    assert_one_line(said("explain", "xor_and_xor", "--neighbours", "0", "--table", "x"), "--neighbours")


# --- train and download --------------------------------------------------------------------------------------


def test_train_makes_a_run_that_can_be_evaluated(said, toy, tmp_path):
    out_folder = tmp_path / "runs" / "mine"
    options = ["--epochs", "2", "--seed", "4", "--alignment", "distance", "--alignment-weight", "0.1"]
    code, out, err = said("train", toy.name, "--out", out_folder, *options, "--bank-size", "100")
    assert code == 0, err
    assert str(out_folder) in out
    assert "2/2" in err  # the progress bar
    assert [path.name for path in out_folder.parent.iterdir()] == ["mine"]
    run = checkpoints.load_run(out_folder)
    assert (run.config.training.seed, run.config.training.alignment) == (4, "distance")
    assert (run.config.training.alignment_weight, len(run.bank)) == (0.1, 100)
    code, out, _ = said("evaluate", "mine", "--runs", out_folder.parent, "--json")
    assert code == 0
    assert json.loads(out) == run.metrics


@pytest.fixture
def asked_for(monkeypatch):
    """What ``sharcs train`` would train, and where, instead of the training."""
    from sharcs_core import pipeline

    asked = []

    def train_run(config, task, out, **_):
        asked.append((config, out))
        raise RunError("not today")

    monkeypatch.setattr(pipeline, "train_run", train_run)
    return asked


def test_concepts_are_those_of_the_task_unless_others_are_asked_for(said, asked_for, monkeypatch, tmp_path):
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    for options in ([], ["--concepts", "named"], ["--concepts", "free"]):
        assert_not_today(said("train", "xor_and_xor", *options))
    assert [list(config.model.named) for config, _ in asked_for] == [["outer bit", "middle bit"]] * 2 + [[]]
    assert [out.name for _, out in asked_for] == ["xor_and_xor", "xor_and_xor", "xor_and_xor_free"]
    (tmp_path / "xor_and_xor_free").mkdir()
    said("train", "xor_and_xor", "--concepts", "free")
    assert asked_for[-1][1] == tmp_path / "xor_and_xor_free_2"


def assert_not_today(result):
    code, out, err = result
    assert (code, out, err.splitlines()[-1]) == (1, "", "sharcs: not today")


@pytest.mark.parametrize(("epochs", "polish_epochs"), [(60, 10), (11, 10), (10, 9), (2, 1), (1, 0)])
def test_a_short_training_has_a_short_polish(said, asked_for, tmp_path, epochs, polish_epochs):
    assert_not_today(said("train", "xor_and_xor", "--concepts", "free", "--epochs", epochs, "--out", tmp_path / "x"))
    training = asked_for[0][0].training
    assert (training.epochs, training.polish_epochs) == (epochs, polish_epochs)


def test_a_training_of_fewer_epochs_than_its_polish_makes_a_run(said, tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_RUNS", str(tmp_path))
    code, out, err = said("train", "xor_and_xor", "--concepts", "free", "--epochs", "3", "--bank-size", "100")
    assert code == 0, err
    assert out.startswith(f"{tmp_path / 'xor_and_xor_free'}: accuracy 0.")
    run = checkpoints.load_run(tmp_path / "xor_and_xor_free")
    assert run.config.model.named == {}
    assert run.choice.n_before == 7
    assert run.metrics["n_concepts"] == len(run.choice.kept)


def test_named_concepts_of_a_task_without_factors_are_one_sentence(said, toy, tmp_path):
    wanted = "sharcs: toy knows no factors that concepts could be named after; train free ones\n"
    assert said("train", "toy", "--concepts", "named", "--out", tmp_path / "x") == (1, "", wanted)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_training_says_how_to_go_on(said, tmp_path, monkeypatch):
    from sharcs_core import pipeline

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "evaluate", stop)
    code, out, err = said("train", "xor_and_xor", "--out", tmp_path / "mine", "--epochs", "1")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == "sharcs: stopped; call the same command again to go on"
    assert said("list", "--runs", tmp_path)[1].startswith("No runs")


def test_download_tells_what_it_fetches(said, tmp_path, monkeypatch):
    arrays = {name: np.zeros((5, 28, 28) if name.endswith("images") else 5, dtype=np.uint8) for name in mnist.IDX_FILES}
    content = {mnist.IDX_FILES[name]: gzip.compress(mnist.idx_bytes(values)) for name, values in arrays.items()}

    def fetch(self, url, output_file, pooch):
        body = content[url.rsplit("/", 1)[-1].removesuffix(".gz")]
        Path(output_file).write_bytes(body)
        self.progressbar.total = len(body)
        self.progressbar.update(len(body) // 2)
        self.progressbar.update(len(body))

    sha256 = {name: hashlib.sha256(content[file_name]).hexdigest() for name, file_name in mnist.IDX_FILES.items()}
    monkeypatch.setattr(mnist_download.pooch.HTTPDownloader, "__call__", fetch)
    monkeypatch.setitem(mnist_download.download_mnist.__kwdefaults__, "sha256", sha256)
    code, out, err = said("download", "mnist", "--to", tmp_path)
    assert code == 0, err
    assert str(tmp_path / "mnist.npz") in out
    assert [line.split(" (")[0] for line in err.splitlines()] == [
        f"sharcs: fetching {name}.gz" for name in mnist.IDX_FILES.values()
    ]


def test_a_failed_download_is_one_line(said, tmp_path, monkeypatch):
    def fetch(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(mnist_download.pooch.HTTPDownloader, "__call__", fetch)
    assert_one_line(said("download", "mnist", "--to", tmp_path), "no network", "try again later")
    assert not list(tmp_path.iterdir())

"""The commands on folders of one's own, as a person calls them: from ``init`` to ``predict``, and ``export``."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from made_folders import csv_of, folder
from sharcs_core.checkpoints import load_run
from sharcs_core.cli import main
from sharcs_core.tasks import TASKS

COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
N = 80


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def said(capsys):
    """Call the command; returns exit code, stdout and stderr."""

    def call(*argv):
        capsys.readouterr()
        code = main([str(argument) for argument in argv])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def right(result):
    code, out, err = result
    assert code == 0, err
    assert "Traceback" not in err
    return out


def refused(result, *words, code=1):
    """The one sentence of a command that is refused."""
    found, out, err = result
    assert (found, out) == (code, ""), err
    assert len(err.splitlines()) == 1, err
    for word in words:
        assert word in err
    return err


def picture(colour, row):
    noise = np.random.default_rng(row).integers(-20, 20, (12, 16, 3))
    content = io.BytesIO()
    Image.fromarray(np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def colour_of(row):
    return list(COLOURS)[row % 2]


def graph(row):
    """A ring where the colour is red, else a line."""
    edges = [{"source": node, "target": node + 1} for node in range(4)]
    edges += [{"source": 4, "target": 0}] if row % 2 == 0 else []
    return json.dumps({"nodes": [{"id": node, "mass": node + 1} for node in range(5)], "edges": edges})


def sheet_and_pictures():
    """``train.csv`` and pictures: a row a sample, as one has it from elsewhere."""
    rows = [(f"s{row}", f"{row}.png", colour_of(row), f"{7 + row % 2}.{row % 10}", "xyz"[row % 3]) for row in range(N)]
    pictures = {f"images/{row}.png": picture(colour_of(row), row) for row in range(N)}
    return {"train.csv": csv_of(("id", "picture", "label", "ph", "site"), *rows), **pictures}


def class_folders():
    """Pictures and what is said of them, in a folder a class."""
    files = {f"{colour_of(row)}/{row}.png": picture(colour_of(row), row) for row in range(N)}
    return files | {name.replace(".png", ".txt"): f"it looks {name.split('/')[0]} to me" for name in files}


def paired_names():
    """Pictures in one folder, graphs of the same names in another, classes in both."""
    files = {f"images/{colour_of(row)}/{row}.png": picture(colour_of(row), row) for row in range(N)}
    return files | {f"graphs/{colour_of(row)}/{row}.json": graph(row) for row in range(N)}


def lines_of_csv():
    """A sheet alone: sentences and numbers."""
    rows = [
        (colour_of(row), f"a {colour_of(row)} thing of sort {row % 5}", f"{row % 2 + row / 100}") for row in range(30)
    ]
    return {"data.csv": csv_of(("label", "told", "size"), *rows)}


FOLDERS = [sheet_and_pictures, class_folders, paired_names, lines_of_csv]


@pytest.mark.parametrize("files", FOLDERS, ids=lambda made: made.__name__)
def test_a_folder_is_begun_checked_trained_and_predicted_on(tmp_path, said, files):
    mine, run = tmp_path / "mine", tmp_path / "run"
    folder(mine, files())
    out = right(said("init", mine))
    assert f"Written in {mine}: metadata.csv and task.toml" in out
    assert out.rstrip().endswith(f"sharcs check {mine}")
    checked = right(said("check", mine))
    assert f"sharcs train {mine}" in checked
    assert "blue" in checked
    trained = right(said("train", mine, "--out", run, "--epochs", 3))
    assert str(run) in trained
    assert "accuracy without" in trained
    table = right(said("predict", run, mine))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == (30 if files is lines_of_csv else N)
    assert len(load_run(run).card.modalities) == 2
    answers = tmp_path / "answers.csv"
    assert f"in {answers}" in right(said("predict", run, mine, "--out", answers))
    assert answers.read_text(encoding="utf-8") == table


def test_what_is_begun_can_be_measured_again_on_the_same_folder(tmp_path, said):
    mine, run = tmp_path / "mine", tmp_path / "run"
    folder(mine, class_folders())
    right(said("init", mine))
    right(said("train", mine, "--out", run, "--epochs", 3))
    figures = json.loads(right(said("evaluate", run, "--data", mine, "--json")))
    assert figures["accuracy"] == load_run(run).metrics["accuracy"]


def test_pictures_alone_are_begun_and_said_to_lack_a_second_modality(tmp_path, said):
    folder(tmp_path / "mine", {f"{colour_of(row)}/{row}.png": picture(colour_of(row), row) for row in range(8)})
    out = right(said("init", tmp_path / "mine"))
    assert "SHARCS explains what two modalities share, and only one was found (image)" in out
    code, told, err = said("check", tmp_path / "mine")
    assert code == 1
    assert "concepts are shared between two at least" in told
    assert "1 fault" in err


def test_what_is_there_is_left_as_it_is(tmp_path, said):
    folder(tmp_path / "mine", {"metadata.csv": "a,b\n", "task.toml": "x", **class_folders()})
    refused(said("init", tmp_path / "mine"), "has a sheet and a task.toml already")
    assert (tmp_path / "mine" / "task.toml").read_text() == "x"


@pytest.mark.parametrize(
    ("files", "says"), [({}, "has no files"), ({"a.tif": b"II*\0"}, ".tif files"), (None, "There is no folder")]
)
def test_a_folder_that_cannot_be_begun_is_one_sentence(tmp_path, said, files, says):
    if files is not None:
        (tmp_path / "mine").mkdir()
        folder(tmp_path / "mine", files)
    refused(said("init", tmp_path / "mine"), says)


def test_every_fault_of_a_folder_is_told_and_written_as_a_table(tmp_path, said):
    rows = [("", "1.png", "red", "1"), ("b", "2.png", "blue", "x"), ("b", "../3.png", "red", "2")]
    sheet = csv_of(("id", "picture", "label", "ph"), *rows)
    toml = '[modalities.picture]\nkind = "image"\n[modalities.table]\nkind = "tabular"\nnumeric = ["ph"]\n'
    folder(tmp_path / "mine", {"metadata.csv": sheet, "task.toml": toml, "1.png": picture("red", 1)})
    code, out, err = said("check", tmp_path / "mine", "--csv", tmp_path / "faults.csv")
    assert code == 1
    assert "6 faults; mend them, then check again" in err
    with (tmp_path / "faults.csv").open(encoding="utf-8", newline="") as file:
        faults = [(row["row"], row["column"]) for row in csv.DictReader(file) if row["kind"] == "fault"]
    assert sorted(faults) == [("", ""), ("2", "id"), ("3", "ph"), ("3", "picture"), ("4", "id"), ("4", "picture")]
    assert "'../3.png' leads out of the folder" in out


def test_a_folder_with_faults_is_not_trained_on(tmp_path, said):
    folder(tmp_path / "mine", {"metadata.csv": "id,label\n1,2\n"})
    refused(said("train", tmp_path / "mine", "--out", tmp_path / "run"), "metadata.csv")
    assert not (tmp_path / "run").exists()


# --- export --------------------------------------------------------------------------------------------------


def test_a_task_is_exported_checked_and_trained_on(tmp_path, said):
    mine = tmp_path / "mine"
    out = right(said("export", "xor_and_xor", mine, "--n", 60))
    assert f"180 samples of XOR-AND-XOR in {mine}. Look at it with: sharcs check {mine}" in out
    assert "No fault." in right(said("check", mine))
    assert "accuracy" in right(said("train", mine, "--out", tmp_path / "run", "--epochs", 2))
    card = load_run(tmp_path / "run").card
    assert (card.title, tuple(card.factors)) == ("XOR-AND-XOR", ("outer bit", "middle bit"))


def test_the_shipped_run_is_measured_on_what_was_exported(tmp_path, said, shipped_runs):
    right(said("export", "xor_and_xor", tmp_path / "mine", "--n", 60))
    result = said("evaluate", "xor_and_xor", "--runs", shipped_runs, "--data", tmp_path / "mine", "--json")
    figures = json.loads(right(result))
    assert (figures["n_test"], figures["accuracy"]) == (60, 1.0)


def test_what_is_there_is_not_exported_over(tmp_path, said):
    folder(tmp_path / "mine", {"a.txt": "mine"})
    refused(said("export", "xor_and_xor", tmp_path / "mine"), "There is something at", "already")
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["a.txt"]


def test_nothing_is_read_for_a_place_that_is_taken(tmp_path, said, monkeypatch):
    def load(*_, **__):
        raise AssertionError("the data were read")

    monkeypatch.setattr(type(TASKS["xor_and_xor"]), "load", load)
    (tmp_path / "mine").write_text("mine")
    refused(said("export", "xor_and_xor", tmp_path / "mine"), "already")


def test_too_few_samples_and_unknown_tasks_are_refused(tmp_path, said):
    refused(said("export", "xor_and_xor", tmp_path / "mine", "--n", 1), "--n must be at least 4")
    refused(said("export", "nothing", tmp_path / "mine"), "xor_and_xor", code=2)
    assert not (tmp_path / "mine").exists()

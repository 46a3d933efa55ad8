"""Runs of one's own: renamed, deleted, exported and brought back; shipped ones stay as they are."""

from __future__ import annotations

import io
import json
import shutil
import zipfile

import pytest

from sharcs_core.checkpoints import RunError, list_runs, load_run
from sharcs_core.checkpoints.finding import shipped_in
from sharcs_core.checkpoints.layout import HISTORY, state_file
from sharcs_core.errors import UserError
from sharcs_core.storage import StorageError, locked
from sharcs_core.trainings import runs as own
from sharcs_core.trainings.runs import bring_run, delete_run, is_shipped, rename_run, zip_run


@pytest.fixture
def run(toy_run, tmp_path):
    path = tmp_path / "runs" / "toy"
    shutil.copytree(toy_run.path, path)
    (path / HISTORY).write_text('{"event": "began", "at": 1}\n', encoding="utf-8")
    return path


def exported(run):
    stream = io.BytesIO()
    zip_run(run, stream)
    stream.seek(0)
    return stream


def files(path):
    return {one.name: one.read_bytes() for one in path.iterdir()}


def names(runs):
    return sorted(path.name for path in runs.iterdir())


def changed(stream, name=None, content=None, add=()):
    """The zip with one file of the run changed, or left out, and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if not (name and member.endswith(f"/{name}")):
                new.writestr(member, old.read(member))
            elif content is not None:
                new.writestr(member, content(old.read(member)))
        for member, text in add:
            new.writestr(member, text)
    out.seek(0)
    return out


# --- renaming, deleting --------------------------------------------------------------------------------------


def test_a_run_has_its_new_name_and_all_that_it_had(run, toy):
    before = files(run)
    target = rename_run(run, " meadow ")
    assert names(run.parent) == ["meadow"]
    assert files(target) == before
    assert load_run(target).path.name == "meadow"
    assert rename_run(target, "meadow") == target


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "nul", "a\nb", "ends."])
def test_what_can_be_no_name_is_refused(run, name):
    with pytest.raises(StorageError, match=r"A name has letters"):
        rename_run(run, name)
    assert names(run.parent) == ["toy"]


def test_a_name_that_something_has_is_refused(run):
    (run.parent / "taken").mkdir()
    state_file(run.parent / "trained").write_bytes(b"x")
    with pytest.raises(StorageError, match="There is a taken already"):
        rename_run(run, "taken")
    with pytest.raises(StorageError, match="There is a training trained already"):
        rename_run(run, "trained")
    assert run.is_dir()


def test_a_run_that_a_training_works_on_is_left_alone(run):
    import threading

    held, done = threading.Event(), threading.Event()

    def hold():
        with locked(state_file(run), run):
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    for change in (lambda: rename_run(run, "meadow"), lambda: delete_run(run)):
        with pytest.raises(StorageError, match="is being worked on"):
            change()
    done.set()
    thread.join()
    assert names(run.parent) == ["toy"]


def test_a_deleted_run_leaves_nothing(run):
    delete_run(run)
    assert names(run.parent) == []
    with pytest.raises(RunError, match="no run 'toy' any more"):
        delete_run(run)
    with pytest.raises(RunError, match="no run 'toy' any more"):
        rename_run(run, "meadow")


def test_what_is_no_run_is_not_deleted(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.png").write_bytes(b"x")
    with pytest.raises(RunError, match="no run 'photos'"):
        delete_run(tmp_path / "photos")
    assert (tmp_path / "photos" / "1.png").exists()


def test_shipped_runs_are_all_listed_and_stay_as_they_are(shipped_runs):
    listed = shipped_in(shipped_runs)
    assert set(listed) <= {summary.name for summary in list_runs(shipped_runs)}
    assert len(listed) >= 8
    for change in (delete_run, lambda run: rename_run(run, "mine")):
        with pytest.raises(RunError, match="came with the project and stays as it is"):
            change(shipped_runs / listed[0])
    assert is_shipped(shipped_runs / "." / listed[0])
    assert not is_shipped(shipped_runs / "trained_here")


def test_where_nobody_knows_which_runs_are_shipped_all_are(monkeypatch, run):
    monkeypatch.setattr(own, "SHIPPED_RUNS", run.parent)
    assert is_shipped(run)


def test_a_copy_elsewhere_of_a_shipped_run_is_ones_own(shipped_runs, tmp_path):
    assert not is_shipped(tmp_path / "xor_and_xor")


# --- export and import ---------------------------------------------------------------------------------------


def test_what_was_exported_is_the_same_run_when_it_is_brought(run, toy, tmp_path):
    there = bring_run(tmp_path / "elsewhere", "toy.zip", exported(run))
    assert files(there) == files(run)
    assert there == tmp_path / "elsewhere" / "toy"
    assert bring_run(tmp_path / "elsewhere", "toy.zip", exported(run)).name == "toy_2"
    assert names(tmp_path / "elsewhere") == ["toy", "toy_2"]


def test_an_export_holds_what_a_run_has_and_nothing_else(run):
    (run / "notes.py").write_text("print()", encoding="utf-8")
    with zipfile.ZipFile(exported(run)) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"toy"}
        assert {name.split("/")[1] for name in archive.namelist()} == {*files(run)} - {"notes.py"}


def test_files_without_a_folder_are_a_run_too(run, toy, tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files(run).items():
            archive.writestr(name, content)
    out.seek(0)
    assert bring_run(tmp_path / "runs2", "../from elsewhere.zip", out).name == "from_elsewhere"


def lower(config):
    facts = json.loads(config)
    facts["config"]["training"]["seed"] = 99
    return json.dumps(facts)


def coded(config):
    facts = json.loads(config)
    for encoder in facts["config"]["model"]["encoders"].values():
        encoder["module"] = "os:system"
    return json.dumps(facts)


BAD = {
    "a damaged hash": ({"name": "weights.safetensors", "content": lambda old: old[:-1] + b"\0"}, "weights.safetensors"),
    "other figures": ({"name": "metrics.json", "content": lambda old: b"{}"}, "metrics.json"),
    "other settings": ({"name": "config.json", "content": lower}, "config.json"),
    "code that is named": ({"name": "config.json", "content": coded}, "config.json"),
    "no weights": ({"name": "weights.safetensors"}, "lacks weights.safetensors"),
    "no config": ({"name": "config.json"}, "holds no run"),
    "code": ({"add": [("toy/evil.py", "import os")]}, "'toy/evil.py', which no run has"),
    "a way out": ({"add": [("../config.json", "{}")]}, "'../config.json', which no run has"),
    "a root": ({"add": [("/config.json", "{}")]}, "'/config.json', which no run has"),
    "depth": ({"add": [("toy/a/config.json", "{}")]}, "which no run has"),
    "two runs": ({"add": [("other/config.json", "{}")]}, "twice"),
    "bad names": ({"add": [("toy/names.json", "[")]}, "names.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_run_is_refused_in_one_sentence_and_nothing_is_lost(run, toy, name):
    change, words = BAD[name]
    before = files(run)
    with pytest.raises(UserError) as caught:
        bring_run(run.parent, "toy.zip", changed(exported(run), **change))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(run.parent) == ["toy"]
    assert files(run) == before


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_zip_of_a_run_is_refused(tmp_path, content):
    with pytest.raises(UserError):
        bring_run(tmp_path / "runs", "x.zip", io.BytesIO(content))
    assert names(tmp_path / "runs") == []


def test_a_run_that_is_too_large_is_not_exported(run, monkeypatch):
    monkeypatch.setattr(own, "MOST_BYTES", 1000)
    with pytest.raises(RunError, match="copy its folder"):
        zip_run(run, io.BytesIO())

"""``sharcs cache``, as a person calls it: what it lists, what it deletes, and how it says that it cannot."""

import json
import os

import pytest

from sharcs_core.cli import main
from sharcs_core.tasks.clevr.generated import RENDERER_VERSION

PRESENT = f"clevr-test-2000-0-160x120-renderer{RENDERER_VERSION}.npz"
HASHED = "clevr-train-8000-0-160x120-0a1b2c3d4e5f.npz"
SIZES = {PRESENT: 2_000_000, HASHED: 4_300_000, "mnist.npz": 1_100_000, "notes.txt": 100_000}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    folder.mkdir()
    for name, size in SIZES.items():
        (folder / name).write_bytes(b"")
        os.truncate(folder / name, size)
    monkeypatch.setenv("SHARCS_CACHE", str(folder))
    return folder


@pytest.fixture
def said(capsys):
    """Call ``sharcs cache``; returns exit code, stdout and stderr."""

    def call(*argv):
        capsys.readouterr()
        try:
            code = main(["cache", *argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return call


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_it_lists_each_file_with_its_size_and_what_all_take(cache, said):
    code, out, err = said()
    assert (code, err) == (0, "")
    lines = [line.split(maxsplit=3) for line in out.splitlines()]
    assert [(size, unit, rest[0]) for size, unit, *rest in lines[:4]] == [
        ("2.0", "MB", PRESENT),
        ("4.3", "MB", HASHED),
        ("1.1", "MB", "mnist.npz"),
        ("0.1", "MB", "notes.txt"),
    ]
    assert "the present one" in lines[0][3]
    assert f"the present one is {RENDERER_VERSION}" in lines[1][3]
    assert lines[3][3].startswith("unknown")
    assert out.splitlines()[4].strip() == f"7.5 MB  in all, in {cache}"
    assert out.splitlines()[5].strip() == "4.3 MB  of it old: sharcs cache --clear old deletes that"
    assert names_in(cache) == set(SIZES)


def test_it_lists_as_json(cache, said):
    code, out, _ = said("--json")
    report = json.loads(out)
    assert code == 0
    assert {row["name"]: row["bytes"] for row in report["kept"]} == SIZES
    assert (report["folder"], report["bytes"], report["old_bytes"]) == (str(cache), 7_500_000, 4_300_000)
    assert report["kept"][1] == {
        "name": HASHED,
        "kind": "scenes",
        "what": report["kept"][1]["what"],
        "files": 1,
        "bytes": 4_300_000,
        "old": True,
        "renderer": "0a1b2c3d4e5f",
    }
    assert report["kept"][2]["renderer"] is None


@pytest.mark.parametrize(
    ("wanted", "gone", "freed"),
    [
        (["old"], {HASHED}, "4.3"),
        (["all"], {HASHED, PRESENT, "mnist.npz"}, "7.4"),
        (["notes.txt", "mnist.npz"], {"notes.txt", "mnist.npz"}, "1.2"),
    ],
)
def test_it_deletes_and_says_what_and_how_much(cache, said, wanted, gone, freed):
    code, out, err = said("--clear", *wanted)
    assert (code, err) == (0, "")
    *deleted, last = out.splitlines()
    assert {line.split()[1] for line in deleted} == gone
    assert all(line.startswith("deleted ") for line in deleted)
    assert last == f"freed {freed} MB"
    assert names_in(cache) == set(SIZES) - gone
    if wanted != ["notes.txt", "mnist.npz"]:
        assert said("--clear", *wanted) == (0, "freed 0.0 MB\n", "")


def test_it_deletes_and_says_so_as_json(cache, said):
    report = json.loads(said("--clear", "old", "--json")[1])
    assert [row["name"] for row in report["deleted"]] == [HASHED]
    assert (report["freed_bytes"], report["failed"]) == (4_300_000, [])
    assert json.loads(said("--clear", "old", "--json")[1]) == {"deleted": [], "freed_bytes": 0, "failed": []}


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["--clear", "scenes.npz"], 1, "nothing named 'scenes.npz'"),
        (["--clear", "all", "../cache"], 1, "nothing named '../cache'"),
        (["--clear"], 2, "expected at least one argument"),
        (["--wipe"], 2, "unrecognized arguments: --wipe"),
    ],
)
def test_a_fault_is_one_line_and_nothing_is_deleted(cache, said, argv, code, says):
    found, out, err = said(*argv)
    assert (found, out) == (code, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert names_in(cache) == set(SIZES)


def test_a_cache_that_is_no_folder_is_told_in_one_line(tmp_path, said, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "file"))
    for argv in ([], ["--clear", "all"]):
        code, out, err = said(*argv)
        assert (code, out) == (1, "")
        assert "cannot be read (Not a directory): make it readable, or name another in $SHARCS_CACHE" in err
        assert len(err.splitlines()) == 1


def test_what_could_not_be_deleted_is_told_after_what_was(cache, said, monkeypatch):
    from pathlib import Path

    really = Path.unlink

    def unlink(path, *rest, **named):
        if path.name == "mnist.npz":
            raise PermissionError(13, "Permission denied", str(path))
        really(path, *rest, **named)

    monkeypatch.setattr(Path, "unlink", unlink)
    code, out, err = said("--clear", "old", "mnist.npz")
    assert code == 1
    assert out.splitlines()[-1] == "freed 4.3 MB"
    assert "mnist.npz (Permission denied)" in err
    assert len(err.splitlines()) == 1


def test_no_cache_is_an_empty_one(tmp_path, said, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "none"))
    assert said() == (0, f"     0.0 MB  in all, in {tmp_path / 'none'}\n", "")
    assert said("--clear", "all") == (0, "freed 0.0 MB\n", "")
    assert not (tmp_path / "none").exists()


def test_a_name_with_signs_for_the_terminal_is_written_with_escapes(cache, said):
    (cache / "a\x1b[2Jb\nc").write_text("")
    _, out, _ = said()
    assert "'a\\x1b[2Jb\\nc'" in out
    assert "\x1b" not in out


def test_help_says_what_can_be_deleted(said):
    code, out, _ = said("--help")
    assert code == 0
    for word in ("--clear", "--json", "all", "old", "$SHARCS_CACHE"):
        assert word in out

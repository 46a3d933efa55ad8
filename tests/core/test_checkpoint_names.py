"""Names that people give to concepts: kept with the run, taken back, and never the reason of a traceback."""

import json
import os
import shutil
import stat
import threading
from functools import partial
from pathlib import Path

import pytest

from forked import Forked
from sharcs_core.checkpoints import RunError, list_runs, load_run, names, rename_concept, save_run, with_names
from untrained_runs import config_of, untrained_parts, untrained_run

N_CONCEPTS = 5
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def saved(toy, toy_data, tmp_path_factory):
    return untrained_run(toy, toy_data, tmp_path_factory.mktemp("runs") / "toy", config_of(toy)).path


@pytest.fixture
def path(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "runs" / "copy"))


def rename(path, concept, name):
    rename_concept(path, concept, name, N_CONCEPTS)


def files(path):
    return sorted(file.name for file in path.iterdir())


# --- giving and taking back ----------------------------------------------------------------------------------


def test_a_given_name_stays_with_the_run(path):
    assert names.read_names(path, N_CONCEPTS) == {}
    before = load_run(path).concept_names
    rename(path, 3, "Größe: groß 🦊")
    rename(path, 0, "below two")
    run = load_run(path)
    assert run.given_names == {0: "below two", 3: "Größe: groß 🦊"}
    assert run.concept_names == ("below two", *before[1:3], "Größe: groß 🦊", before[4])
    assert list_runs(path.parent)[0].error is None


def test_an_empty_name_takes_the_given_one_back(path):
    before = load_run(path).concept_names
    rename(path, 3, "mine")
    rename(path, 2, "another")
    rename(path, 3, "")
    assert load_run(path).given_names == {2: "another"}
    rename(path, 2, "")
    rename(path, 2, "")
    assert load_run(path).concept_names == before


def test_a_name_can_be_changed_and_given_to_another_once_it_is_free(path):
    rename(path, 1, "one")
    rename(path, 1, "one")  # its own name is no other's
    rename(path, 1, "two")
    rename(path, 2, "one")
    assert names.read_names(path, N_CONCEPTS) == {1: "two", 2: "one"}


def test_names_are_kept_in_one_way_of_writing(path):
    rename(path, 1, "  cafe\u0301 ")
    assert names.read_names(path, N_CONCEPTS) == {1: "caf\u00e9"}
    with pytest.raises(RunError, match="is the name of another concept already"):
        rename(path, 2, "caf\u00e9")


def test_nothing_but_the_names_is_left_in_the_folder_and_everybody_may_read_them(path):
    before = files(path)
    rename(path, 1, "one")
    assert files(path) == sorted([*before, "names.json"])
    assert stat.S_IMODE(os.stat(path / "names.json").st_mode) == 0o644


def test_a_better_run_in_the_same_folder_begins_without_names(toy, toy_data, path):
    rename(path, 1, "one")
    save_run(path, **untrained_parts(toy, toy_data, config_of(toy)))
    assert load_run(path).given_names == {}


# --- what cannot be a name -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 61, r"A name can have 60 characters \(got 61\); choose a shorter one"),
        ("x" * 1_000_000, "A name can have 60 characters"),
        ("two\nlines", "A name must be on one line, without control characters"),
        ("two\u2028lines", "on one line"),
        ("a\tb", "on one line"),
        ("a\x00b", "on one line"),
        ("\x1b[31mred", "on one line"),
        ("\ud800", "on one line"),
        ("\u202eder", "on one line"),
        (" ", r"A name must show something \(got blanks only\); leave it empty to take the name back"),
        ("\u00a0\u200b\u3000", "A name must show something"),
        ("taken", "'taken' is the name of another concept already; choose another name"),
        (" taken ", "'taken' is the name of another concept already; choose another name"),
        (7, r"A name must be text \(got int\)"),
        (["a"], r"A name must be text \(got list\)"),
    ],
)
def test_what_cannot_be_a_name_is_refused_in_one_sentence(path, name, message):
    rename(path, 4, "taken")
    before = (path / "names.json").read_bytes()
    with pytest.raises(RunError, match=message) as raised:
        rename(path, 2, name)
    assert len(str(raised.value).splitlines()) == 1
    assert (path / "names.json").read_bytes() == before


def test_the_longest_name_fits(path):
    rename(path, 2, "🦊" * 60)
    assert load_run(path).concept_names[2] == "🦊" * 60


@pytest.mark.parametrize("concept", [-1, 5, 10**30, 1.5, True, "1", None])
def test_a_concept_that_is_not_there_has_no_name(path, concept):
    with pytest.raises(RunError, match=r"The run 'copy' has concepts 0 to 4 \(got "):
        rename(path, concept, "mine")
    assert "names.json" not in files(path)


def test_no_folder_but_a_run_gets_names(tmp_path):
    with pytest.raises(RunError, match="There is no run at "):
        rename(tmp_path, 0, "mine")
    with pytest.raises(RunError, match="There is no run at "):
        rename(tmp_path / "nothing", 0, "mine")
    assert list(tmp_path.iterdir()) == []


# --- damage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON that one can read"),
        (b"{", "not JSON that one can read"),
        (b"\xff\xfe\x00", r"it is not UTF-8 text \(byte 3 cannot be read\)"),
        (b"[" * 50_000, "it is nested too deeply"),
        (b"[]", r"it must be an object \(got \[\]\)"),
        (b'{"1": NaN}', "it holds NaN, which is no number in JSON"),
        (b'{"1": "a", "1": "b"}', "it has '1' twice in one object"),
        (b'{"1": ' + b"9" * 5000 + b"}", "it holds a number of too many digits"),
        (b"null", "must be an object"),
        (b'{"5": "a"}', r"there are concepts 0 to 4 \(got '5'\)"),
        (b'{"-1": "a"}', "there are concepts 0 to 4"),
        (b'{"01": "a"}', "there are concepts 0 to 4"),
        (b'{"one": "a"}', "there are concepts 0 to 4"),
        (b'{"' + b"9" * 5000 + b'": "a"}', r"there are concepts 0 to 4 \(got '9{60}'\)"),
        (b'{"1": 2}', r"1 must be text \(got 2\)"),
        (b'{"1": null}', r"1 must be text \(got None\)"),
        (b'{"1": ""}', "A name must show something"),
        (b'{"1": "a\\nb"}', "on one line"),
        (b'{"1": "\\ud800"}', r"it holds half a character, '\\ud800'"),
        (b'{"1": "' + b"a" * 61 + b'"}', "60 characters"),
        (b'{"1": "a", "2": "a"}', "'a' is the name of another concept already"),
        (b" " * 100_001, "it is of 100,001 bytes, and names take 100,000 at most"),
    ],
)
def test_damaged_names_say_how_to_go_on_without_them(path, content, reason):
    (path / "names.json").write_bytes(content)
    wanted = rf"^names\.json of the run 'copy' is damaged \(.*{reason}.*\); delete names\.json to go back to the names "
    for ask in (lambda: load_run(path), lambda: rename(path, 1, "mine")):
        with pytest.raises(RunError, match=wanted) as raised:
            ask()
        assert len(str(raised.value).splitlines()) == 1
    assert (path / "names.json").read_bytes() == content
    assert list_runs(path.parent)[0].error is None
    (path / "names.json").unlink()
    assert load_run(path).given_names == {}


def test_a_folder_called_names_is_damage_too(path):
    (path / "names.json").mkdir()
    with pytest.raises(RunError, match=r"delete names\.json"):
        load_run(path)


def test_a_huge_file_is_not_read(path, monkeypatch):
    (path / "names.json").write_bytes(b" " * 100_001)
    monkeypatch.setattr(names.json, "loads", None)
    with pytest.raises(RunError, match="100,001 bytes"):
        names.read_names(path, N_CONCEPTS)


# --- writing -------------------------------------------------------------------------------------------------


def test_a_failure_while_writing_keeps_the_former_names_and_leaves_nothing_behind(path, monkeypatch):
    rename(path, 1, "one")
    before = files(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(
        RunError, match=r"The names of the run 'copy' cannot be changed: .* \(No space left on device\); "
    ):
        rename(path, 1, "other")
    assert files(path) == before
    assert names.read_names(path, N_CONCEPTS) == {1: "one"}


def test_names_given_at_the_same_moment_are_all_kept(path):
    together = threading.Barrier(N_CONCEPTS)

    def give(concept):
        together.wait()
        for turn in range(20):
            rename(path, concept, f"name {concept} {turn}")

    threads = [threading.Thread(target=give, args=(concept,)) for concept in range(N_CONCEPTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names.read_names(path, N_CONCEPTS) == {concept: f"name {concept} 19" for concept in range(N_CONCEPTS)}
    assert json.loads((path / "names.json").read_text(encoding="utf-8"))["0"] == "name 0 19"


def test_names_that_two_processes_give_at_once_are_both_kept(path):
    """A page and the command line, say: each reads what there is, and writes it with its own name more."""

    def give(concept, ear, _):
        ear.readline()  # until the other is there too
        for _ in range(30):
            rename_concept(path, concept, str(concept) * 3, 5)

    both = [Forked(partial(give, concept)) for concept in (1, 2)]
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait() for process in both] == [0, 0]
    assert names.read_names(path, N_CONCEPTS) == {1: "111", 2: "222"}
    assert "names.json" in files(path)
    assert not [name for name in files(path) if name.startswith(".")]


def test_a_loaded_run_takes_the_names_that_are_there_now(tmp_path, xor_run):
    path = shutil.copytree(xor_run.path, tmp_path / "copy")
    run = load_run(path)
    assert with_names(run) is run
    rename_concept(path, 0, "left lamp", xor_run.model.config.width)
    renamed = with_names(run)
    assert renamed.concept_names[0] == "left lamp"
    assert renamed.model is run.model
    assert run.concept_names[0] == xor_run.concept_names[0]

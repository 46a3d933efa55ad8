"""What the command says when something goes wrong: whose fault it is, in one line, wherever it is written to."""

import errno
import io
import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from sharcs_core.checkpoints import layout
from sharcs_core.cli import commands, faults, main
from sharcs_core.errors import UnknownError, UserError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def failing(monkeypatch, capsys):
    """Call the command where it raises an error; returns exit code, stdout and stderr."""

    def call(error, *argv):
        def fail(_):
            raise error

        monkeypatch.setitem(commands.COMMANDS, "list", fail)
        code = main(["list", *argv])
        return code, *capsys.readouterr()

    return call


def command(*argv, **options):
    """The command in a process of its own."""
    settings = {"cwd": ROOT, "capture_output": True, "check": False, **options}
    return subprocess.run([sys.executable, "-m", "sharcs_core", *map(str, argv)], **settings)


# --- whose fault it is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("Too few; give more"), 1, "Too few; give more"),
        (UserError("Two\nlines\t here"), 1, "Two lines here"),
        (UserError("red \x1b[31m"), 1, "red \\x1b[31m"),
        (layout.RunError("no such run"), 1, "no such run"),
        (UnknownError("No sample 'a'"), 1, "No sample 'a'"),
        (OSError(errno.ENOENT, "No such file or directory", "a.csv"), 1, "No such file or directory: a.csv"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (KeyboardInterrupt(), 130, "stopped; call the same command again to go on"),
    ],
    ids=repr,
)
def test_what_a_person_can_mend_is_said_and_nothing_else(failing, error, code, said):
    assert failing(error) == (code, "", f"sharcs: {said}\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("'NoneType' object is not\n callable"), "TypeError ('NoneType' object is not callable)"),
        (ValueError("operands could not be broadcast"), "ValueError (operands could not be broadcast)"),
        (KeyError("graph"), "KeyError ('graph')"),
        (AssertionError(), "AssertionError"),
        (RuntimeError("x" * 1000), f"RuntimeError ({'x' * 300} …)"),
        (OSError("broken data stream"), "OSError (broken data stream)"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), "UnicodeEncodeError ('ascii' codec can't encode"),
        (RecursionError("too deep"), "RecursionError (too deep)"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bug_says_that_it_is_one(failing, error, said):
    code, out, err = failing(error)
    assert (code, out) == (70, "")
    assert err.startswith(f"sharcs: this is a fault of sharcs, not of what you gave it: {said}")
    assert err.endswith("; call the same with --debug to see where, and report it\n")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 7.11 PiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 40000000000000 bytes"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
    ids=repr,
)
def test_a_machine_that_is_too_small_is_neither_damage_nor_a_bug(failing, error):
    code, out, err = failing(error)
    assert (code, out) == (1, "")
    assert err.startswith("sharcs: not enough memory: close other programs, or take a larger machine")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("error", [UserError("mend it"), TypeError("bug"), MemoryError(), OSError(2, "gone", "a.csv")])
def test_debug_shows_where_any_error_was_raised(failing, error):
    code, _, err = failing(error, "--debug")
    assert code == failing(error)[0]
    assert err.startswith("Traceback (most recent call last):")
    assert 'test_cli_errors.py", line' in err
    assert err.splitlines()[-1].startswith("sharcs: ")


@pytest.mark.parametrize("argv", [["--debug", "evaluate", "nope"], ["evaluate", "--debug", "nope"]])
def test_debug_may_stand_anywhere(capsys, argv):
    assert main(argv) == 1
    assert "Traceback" in capsys.readouterr().err
    assert main(["explain", "xor_and_xor", "--table", "row.csv", "--neighbours", "0", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_in_what_is_imported_for_a_command_is_a_bug_too(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sharcs_core.cli.commands", None)
    assert main(["list"]) == 70
    assert "ModuleNotFoundError" in capsys.readouterr().err


def test_own_warnings_are_lines_and_those_of_libraries_stay(monkeypatch, capsys):
    def warn(_):
        warnings.warn_explicit("some scenes\nare left out", UserWarning, str(faults.PACKAGE / "a.py"), 7)
        warnings.warn_explicit("deprecated", UserWarning, "/lib/other.py", 7)

    monkeypatch.setitem(commands.COMMANDS, "list", warn)
    with pytest.warns(UserWarning, match="deprecated") as seen:
        assert main(["list"]) == 0
    assert len(seen) == 1
    assert capsys.readouterr().err == "sharcs: some scenes are left out\n"


# --- where it is written to ----------------------------------------------------------------------------------

COMMANDS = [["train", "--help"], ["benchmark", "--help"], ["list"], ["explain", "--help"]]


@pytest.fixture
def on_terminal(monkeypatch, encoding):
    """Call the command where streams have an encoding that they are strict about; exit code, stdout and stderr."""

    def call(*argv):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            code = main([str(word) for word in argv])
        return code, *(stream.buffer.getvalue().decode(encoding) for stream in streams)

    return call


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_what_a_terminal_cannot_show_is_replaced(argv, on_terminal, monkeypatch):
    monkeypatch.chdir(ROOT)
    code, out, err = on_terminal(*argv)
    assert (code, err) == (0, "")
    assert len(out) > 100


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_explanation_is_shown_on_any_terminal(tmp_path, monkeypatch, on_terminal):
    (tmp_path / "row.csv").write_text("bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\n0,1,0,1,0,1\n", encoding="utf-8")
    monkeypatch.chdir(ROOT)
    code, out, err = on_terminal("explain", "xor_and_xor", "--table", tmp_path / "row.csv")
    assert (code, err) == (0, "")
    assert "what would change it:" in out
    code, _, err = on_terminal("explain", "xor_and_xor", "--table", tmp_path / "größer λ.csv")
    assert code == 1
    assert err.startswith("sharcs: No such file or directory: ")


@pytest.mark.parametrize("argv", [["train", "--help"], ["list"], ["list", "--json"]], ids=" ".join)
def test_a_reader_that_has_seen_enough_is_told_nothing(argv):
    words = " ".join([sys.executable, "-m", "sharcs_core", *argv])
    done = subprocess.run(f"{words} | head -c 1", shell=True, cwd=ROOT, capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_once():
    with open("/dev/full", "wb") as full:
        done = command("list", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 1
    assert done.stderr == b"sharcs: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&- <&-"])
def test_streams_that_are_not_there_are_no_fault(closed):
    words = f"{sys.executable} -m sharcs_core list {closed}"
    done = subprocess.run(words, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_listing_loads_nothing_that_takes_long():
    code = "import sys; from sharcs_core.cli import main; main(['list']); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# --- a run that hides others ---------------------------------------------------------------------------------


@pytest.fixture
def home(shipped_runs, tmp_path):
    """A folder of runs, of which the last is whole."""
    shutil.copytree(shipped_runs / "xor_and_xor", tmp_path / "whole")
    return tmp_path


def spoilt(home, name, metrics, change=lambda facts: None):
    path = Path(shutil.copytree(home / "whole", home / name))
    (path / "metrics.json").write_text(metrics, encoding="utf-8")
    facts = json.loads((path / "config.json").read_text(encoding="utf-8"))
    facts["files"]["metrics.json"] = layout.sha256_of(path / "metrics.json")
    change(facts)
    facts["sha256"] = layout.config_digest(facts)
    (path / "config.json").write_text(json.dumps(facts), encoding="utf-8")
    return path


NOTHING = "accuracy n/a (majority n/a), completeness n/a, seed n/a, n/a"
FIGURES = ("accuracy", "majority_accuracy", "completeness", "seed", "data_source")


def all_of(value):
    return json.dumps(dict.fromkeys(FIGURES, value))


@pytest.mark.parametrize(
    ("metrics", "line"),
    [
        ("{}", NOTHING),
        ('{"accuracy": 0.5, "seed": 3, "data_source": "mine"}', NOTHING[:9] + "0.5000" + NOTHING[12:-8] + "3, mine"),
        (all_of(None), NOTHING),
        (all_of([1]), NOTHING),
        (all_of({"a": 1}), NOTHING),
        (all_of(True), NOTHING),
        (all_of(float("inf")), NOTHING),
        (all_of(float("nan")), NOTHING),
        (all_of(10**400), NOTHING),
        (all_of("1e999").replace('"' + "1e999" + '"', "1e999"), NOTHING),
        (all_of("x" * 999), NOTHING),
        (all_of("\x1b[2J"), NOTHING.replace("seed n/a, n/a", r"seed \x1b[2J, \x1b[2J")),
    ],
)
def test_a_figure_that_is_none_is_not_shown_and_the_next_run_is(home, capsys, metrics, line):
    spoilt(home, "spoilt", metrics)
    assert main(["list", "--runs", str(home)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{'spoilt':24} {line}"
    assert second.startswith(f"{'whole':24} accuracy 1.0000")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: (path / "metrics.json").unlink(), "lacks metrics.json"),
        (
            lambda path: (path / "metrics.json").write_text("[]", encoding="utf-8"),
            "metrics.json of the run 'spoilt' is",
        ),
        (lambda path: (path / "config.json").write_text("{", encoding="utf-8"), "it is not JSON that one can read"),
        (lambda path: (path / "config.json").write_bytes(b"\xff" * 9), "it is not UTF-8 text"),
        (lambda path: (path / "config.json").write_text('{"format": "six"}', encoding="utf-8"), "got 'six'"),
        (lambda path: (path / "config.json").write_text('{"format": 9}', encoding="utf-8"), "update SHARCS"),
        (lambda path: (path / "config.json").write_text('{"format": 1}', encoding="utf-8"), "no longer reads"),
    ],
)
def test_a_run_that_cannot_be_used_says_why_and_the_next_is_shown(home, capsys, change, said):
    change(Path(shutil.copytree(home / "whole", home / "spoilt")))
    assert main(["list", "--runs", str(home)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{'spoilt':24} cannot be used: ")
    assert said in first
    assert second.startswith(f"{'whole':24} accuracy 1.0000")
    assert main(["list", "--runs", str(home), "--json"]) == 0
    assert [row["error"] is None for row in json.loads(capsys.readouterr().out)] == [False, True]


def test_metrics_of_no_object_are_damage_even_with_the_right_hash(home, capsys):
    spoilt(home, "spoilt", "[1, 2]")
    assert main(["list", "--runs", str(home)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "metrics.json of the run 'spoilt' is damaged: it must be an object (got [1, 2])" in first
    assert second.startswith("whole")

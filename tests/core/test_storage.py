"""What is kept on disk: whole or not at all, one writer at a time, and one sentence where it cannot be."""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from sharcs_core import storage
from sharcs_core.errors import UserError
from sharcs_core.storage import (
    InUseError,
    StorageError,
    check_writable,
    claim,
    holder_of,
    lock_file,
    locked,
    numbered,
    replacing,
    replacing_folder,
    tidy_up,
    write_text,
    writing,
)

ROOT = Path(__file__).resolve().parents[2]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- writing -------------------------------------------------------------------------------------------------


def test_a_file_is_there_once_it_is_whole_and_everybody_may_read_it(tmp_path):
    path = tmp_path / "new" / "kept.bin"
    for content in (b"first", b"second"):
        with replacing(path) as stream:
            stream.write(content)
            assert not path.exists() or path.read_bytes() == b"first"
        assert path.read_bytes() == content
    assert names(path.parent) == ["kept.bin"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_text_is_utf8_with_plain_ends_of_lines_on_every_system(tmp_path):
    write_text(tmp_path / "text", "λ\nβ\n")
    assert (tmp_path / "text").read_bytes() == "λ\nβ\n".encode()


@pytest.mark.parametrize("at", ["write", "fsync", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(tmp_path, monkeypatch, at):
    path = tmp_path / "kept"
    write_text(path, "as it was")
    with monkeypatch.context() as patch:
        if at != "write":
            patch.setattr(os, at, full)
        with pytest.raises(StorageError) as raised, replacing(path) as stream:
            full() if at == "write" else stream.write(b"new")
    assert str(raised.value) == (
        f"{path} cannot be written (No space left on device); free some space, or make its folder one that can be "
        "written to"
    )
    assert path.read_text() == "as it was"
    assert names(tmp_path) == ["kept"]


def test_a_fault_that_has_nothing_to_do_with_the_disk_stays_what_it_is(tmp_path):
    for block in (replacing(tmp_path / "kept"), replacing_folder(tmp_path / "kept")):
        with pytest.raises(KeyError), block:
            raise KeyError("a bug")
    assert names(tmp_path) == []


def test_a_folder_is_there_once_it_is_whole_and_nothing_of_the_former_stays(tmp_path):
    path = tmp_path / "run"
    for name in ("one", "two"):
        with replacing_folder(path) as folder:
            (folder / name).write_text(name)
            assert not (path / name).exists()
        assert names(path) == [name]
    assert names(tmp_path) == ["run"]
    assert (path.stat().st_mode & 0o777, (path / "two").stat().st_mode & 0o777) == (0o755, 0o644)


def test_a_folder_may_have_folders_in_it(tmp_path):
    with replacing_folder(tmp_path / "task") as folder:
        (folder / "images" / "deep").mkdir(parents=True)
        (folder / "images" / "deep" / "1.png").write_text("one")
        (folder / "sheet").write_text("two")
    inside = tmp_path / "task" / "images"
    assert (inside / "deep" / "1.png").read_text() == "one"
    assert {path.stat().st_mode & 0o777 for path in (inside, inside / "deep")} == {0o755}
    assert (inside / "deep" / "1.png").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("failing", [1, 2], ids=["former does not make way", "new one does not come"])
def test_a_folder_that_cannot_take_its_place_leaves_the_former_there(tmp_path, monkeypatch, failing):
    path, moves, replace = tmp_path / "run", [], os.replace
    path.mkdir()
    (path / "kept").write_text("as it was")

    def refuse(source, target):
        moves.append(target)
        return full() if len(moves) == failing else replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="run cannot be written"), replacing_folder(path) as folder:
        (folder / "new").write_text("new")
    assert (path / "kept").read_text() == "as it was"
    assert names(tmp_path) == ["run"]


def test_windows_is_asked_again_while_somebody_reads_what_was_there(tmp_path, monkeypatch):
    replace, refusals, waited = os.replace, iter([True, True, False]), []
    monkeypatch.setattr(writing, "IS_WINDOWS", True)
    monkeypatch.setattr(time, "sleep", waited.append)

    def refuse_twice(source, target):
        if next(refusals):
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse_twice)
    write_text(tmp_path / "kept", "new")
    assert (tmp_path / "kept").read_text() == "new"
    assert len(waited) == 2


@pytest.mark.parametrize("is_windows", [True, False])
def test_what_is_never_allowed_is_said_in_the_end(tmp_path, monkeypatch, is_windows):
    tries = []
    monkeypatch.setattr(writing, "IS_WINDOWS", is_windows)
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def refuse(*_):
        tries.append(1)
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="Access is denied"):
        write_text(tmp_path / "kept", "new")
    assert len(tries) == (1 + len(writing.PAUSES) if is_windows else 1)


KILLED = """
    import os, signal
    from pathlib import Path
    from sharcs_core import storage

    replace, moves = os.replace, []
    def until_killed(source, target):
        moves.append(target)
        if len(moves) == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)
    os.replace = until_killed
    with storage.{write}(Path({path!r})) as made:
        made.write(b"new") if {write!r} == "replacing" else (made / "new").write_text("new")
"""


@pytest.mark.parametrize(("write", "at"), [("replacing", 1), ("replacing_folder", 1), ("replacing_folder", 2)])
def test_what_a_kill_leaves_is_put_right_by_the_next_writer(tmp_path, write, at):
    """Killed before the new file or folder came, or when the former folder had made way already."""
    path = tmp_path / "run"
    if write == "replacing":
        path.write_text("as it was")
    else:
        path.mkdir()
        (path / "kept").write_text("as it was")
    (tmp_path / ".run.2.part").write_text("of another name")
    program = textwrap.dedent(KILLED).format(at=at, write=write, path=str(path))
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == -signal.SIGKILL
    assert path.exists() == (at == 1)
    tidy_up(path)
    assert names(tmp_path) == [".run.2.part", "run"]
    assert (path if path.is_file() else path / "kept").read_text() == "as it was"
    tidy_up(tmp_path / "no folder" / "run")


# --- before anything is written ------------------------------------------------------------------------------


def test_what_can_be_written_is_found_out_without_leaving_anything(tmp_path):
    check_writable(tmp_path)
    check_writable(tmp_path / "not" / "there" / "yet", 1000)
    assert names(tmp_path) == []


def test_a_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "a" / "b"):
        with pytest.raises(StorageError, match=r"cannot be a folder, for .*file is a file; name another folder$"):
            check_writable(folder)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_a_folder_that_even_root_cannot_write_in_is_refused():
    with pytest.raises(StorageError, match=r"^Nothing can be written in /proc \(.*\); make it writable, or name"):
        check_writable(Path("/proc/runs"))


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(StorageError, match=r"^Nothing can be written in .* \(Permission denied\); make it writable"):
        check_writable(tmp_path / "runs")


def test_too_little_room_is_said_in_numbers(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 9 * 10**8, 2_000_000))
    check_writable(tmp_path, 2_000_000)
    with pytest.raises(StorageError, match=r"^About 2\.5 MB will be needed in .*, where 2\.0 MB are free; make room"):
        check_writable(tmp_path, 2_500_000)


def test_of_many_who_claim_a_folder_at_once_each_gets_its_own(tmp_path):
    together, won = threading.Barrier(8), []

    def claim_one():
        together.wait()
        won.append(next(path.name for path in numbered(tmp_path / "runs" / "xor") if claim(path)))

    threads = [threading.Thread(target=claim_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == ["xor", *(f"xor_{number}" for number in range(2, 9))]


def test_a_folder_that_cannot_be_claimed_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        claim(tmp_path / "file" / "xor")


# --- while it is worked on -----------------------------------------------------------------------------------


HOLDING = """
    import sys
    from pathlib import Path
    from sharcs_core.storage import locked
    with locked(Path({path!r})):
        print("held", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of ``run``."""
    program = textwrap.dedent(HOLDING).format(path=str(tmp_path / "run"))
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_told_who_the_first_is_and_since_when(tmp_path, holder):
    with pytest.raises(InUseError) as raised, locked(tmp_path / "run", tmp_path / "mine"):
        pytest.fail("both had it")
    assert isinstance(raised.value, UserError)
    said = str(raised.value)
    assert said.startswith(f"{tmp_path / 'mine'} is being worked on by process {holder.pid} (since 20")
    assert said.endswith("); wait for it to end, or name another folder")
    assert "delete" not in said


def test_a_holder_on_another_machine_is_named_with_it(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    content = lock_file(tmp_path / "run").read_bytes()
    assert json.loads(content[1:])["pid"] == holder.pid
    with (
        pytest.raises(InUseError, match=rf"process {holder.pid} on {json.loads(content[1:])['host']} \(since"),
        locked(tmp_path / "run"),
    ):
        pytest.fail("both had it")


def test_a_holder_that_has_not_said_who_it_is_is_another_process(tmp_path, holder):
    lock_file(tmp_path / "run").write_bytes(b"")
    with pytest.raises(InUseError, match="by another process; wait"), locked(tmp_path / "run"):
        pytest.fail("both had it")


def test_what_a_killed_holder_leaves_stops_nobody(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert names(tmp_path) == [".run.lock"]
    with locked(tmp_path / "run"):
        assert json.loads(lock_file(tmp_path / "run").read_bytes()[1:].splitlines()[0])["pid"] == os.getpid()
    assert names(tmp_path) == []


@pytest.mark.parametrize("seconds", [-(10**6), -3600, 3600, 10**8], ids=["days back", "back", "on", "years on"])
def test_a_clock_that_is_set_makes_nobody_dead(tmp_path, holder, monkeypatch, seconds):
    """When a process began is told in the time of now, which moves with the clock; what a lock says does not."""
    began = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: began(self) + seconds)
    assert holder_of(tmp_path / "run").is_alive
    holder.kill()
    holder.wait()
    assert not holder_of(tmp_path / "run").is_alive


def test_another_process_that_has_the_number_now_is_not_the_holder(tmp_path, holder):
    held = holder_of(tmp_path / "run")
    assert held.is_alive
    assert not replace(held, born=f"{held.born}0").is_alive
    assert replace(held, born="").is_alive  # as former versions signed, by the time alone
    assert not replace(held, born="", since="2001-01-01 00:00:00").is_alive


def test_who_waits_comes_next(tmp_path, holder):
    ending = threading.Timer(0.2, holder.kill)
    ending.start()
    with locked(tmp_path / "run", wait=60.0):
        assert ending.finished.is_set()
        assert holder.wait(timeout=60) == -signal.SIGKILL


def test_a_thread_may_hold_a_lock_twice_and_another_thread_may_not(tmp_path):
    faults = []

    def ask():
        try:
            with locked(tmp_path / "run"):
                faults.append(None)
        except InUseError as error:
            faults.append(str(error))

    with locked(tmp_path / "run"), locked(tmp_path / "run"):
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join()
    assert len(faults) == 1
    assert f"process {os.getpid()} (since" in faults[0]
    assert names(tmp_path) == []


def test_a_lock_is_given_back_where_its_block_fails(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "run"):
        raise KeyError
    with locked(tmp_path / "run"):
        assert names(tmp_path) == [".run.lock"]
    assert names(tmp_path) == []


WITHOUT_LOCKS = """
    import errno, fcntl, sys, warnings
    from pathlib import Path

    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    fcntl.flock = flock
    warnings.simplefilter("ignore")
    from sharcs_core.storage import locked
    with locked(Path({path!r})):
        print("held", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has locks")
def test_a_file_system_without_locks_has_them_all_the_same_and_a_kill_stops_nobody(tmp_path):
    program = textwrap.dedent(WITHOUT_LOCKS).format(path=str(tmp_path / "run"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    asking = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, **pipes) for _ in range(3)]
    outcomes = [process.stdout.readline() for process in asking]
    assert sorted(outcomes) == ["", "", "held\n"]
    for process, outcome in zip(asking, outcomes, strict=True):
        process.kill()
        assert ("is being worked on by another process" in process.communicate()[1]) == (not outcome)
    after = subprocess.run([sys.executable, "-c", program], cwd=ROOT, input="\n", capture_output=True, text=True)
    assert after.stdout == "held\n"
    assert names(tmp_path) == []


def test_where_there_can_be_no_lock_it_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"), locked(tmp_path / "file" / "run"):
        pytest.fail("there was a lock")


# --- the cache -----------------------------------------------------------------------------------------------


def test_a_home_that_nobody_knows_is_one_sentence_where_it_was_asked_for(monkeypatch):
    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    monkeypatch.setenv("SHARCS_RUNS", "~/runs")
    with pytest.raises(StorageError, match=r"^\$SHARCS_RUNS is ~/runs, but nobody knows where ~ is here; name the fol"):
        storage.folder_from("SHARCS_RUNS")


@pytest.fixture
def numba_folder(monkeypatch):
    """Where numba is told to keep what it compiles, once it has been asked for."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")

    def told():
        storage.prepare_numba()
        return Path(os.environ["NUMBA_CACHE_DIR"])

    return told


def test_numba_keeps_what_it_compiles_in_the_cache(numba_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))
    assert numba_folder() == tmp_path / "cache" / "numba"


def test_numba_keeps_it_where_a_person_says(numba_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    assert numba_folder() == tmp_path / "mine"


@pytest.mark.parametrize("variable", ["SHARCS_CACHE", "NUMBA_CACHE_DIR", "HOME"])
def test_where_nothing_can_be_written_numba_has_a_folder_of_this_process(numba_folder, monkeypatch, tmp_path, variable):
    (tmp_path / "file").write_text("in the way")
    if variable == "HOME":
        monkeypatch.delenv("SHARCS_CACHE")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    folder = numba_folder()
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0  # what is compiled is run, so nobody else may put it there
    assert numba_folder() == folder


COMPILED = """
    from sharcs_core.storage import prepare_numba

    if {is_prepared}:
        prepare_numba()
    import numba
    from numba.core import caching

    for locator in (caching.InTreeCacheLocator, caching.UserWideCacheLocator):
        locator.from_function = classmethod(lambda *_: None)

    @numba.njit(cache=True)
    def nothing():
        pass
"""


@pytest.mark.parametrize("is_prepared", [True, False])
def test_numba_works_where_neither_packages_nor_home_nor_cache_can_be_written(tmp_path, is_prepared):
    """As on a server whose packages belong to somebody else, for a user without a home; numba alone gives up there."""
    (tmp_path / "file").write_text("in the way")
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(COMPILED).format(is_prepared=is_prepared))
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "NUMBA_CACHE_DIR")}
    environment |= {"SHARCS_CACHE": str(tmp_path / "file" / "cache"), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) == is_prepared, done.stderr
    assert is_prepared or "no locator available" in done.stderr
    assert names(tmp_path) == ["file", "program.py"]

"""One at a time: who works on something holds its lock, which the system gives back when a process dies."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sharcs_core.storage.writing import IS_WINDOWS, StorageError, hidden, unwritable

_STAMP = "%Y-%m-%d %H:%M:%S"
_ROUNDED = 2.0
"""Seconds by which the time in a lock may lie before the start of the process that wrote it: it is cut off."""
_STARTED = 19
"""Which of the values behind its name says when a process began, in ``/proc/<pid>/stat``."""


class InUseError(StorageError):
    """Another process works on it; the sentence says which."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, as it says itself.

    Attributes:
        since: the local time.
        born: what tells the process from any other that has its number, before or after, whatever the clock says; ""
            where the system knows no such thing.
    """

    pid: int
    host: str
    since: str
    born: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether that process still goes on; of another machine it is taken for granted.

        A number is given to another process one day, so it is looked at when that one began.
        """
        if not self.is_here:
            return True
        import psutil

        try:
            process = psutil.Process(self.pid)
            is_it = self.born == _born(self.pid) if self.born else self._is_older(process.create_time())
            return bool(is_it and process.status() != psutil.STATUS_ZOMBIE)
        except (psutil.Error, ValueError, OverflowError):
            return False

    def _is_older(self, began: float) -> bool:
        """Whether a process that began then can be the holder, where the clock was never set meanwhile."""
        return began <= time.mktime(time.strptime(self.since, _STAMP)) + _ROUNDED


def _born(pid: int) -> str:
    """The start of the machine and the tick after it at which a process began, as Linux counts both."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return f"{boot} {said.rpartition(')')[2].split()[_STARTED]}"  # a name in brackets may have anything in it
    except (OSError, ValueError, IndexError):
        return ""


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock of ``path``, or died while holding it; None where nobody does, or it has only just begun."""
    try:
        with lock_file(path).open("rb", buffering=0) as file:
            file.seek(1)
            said = json.loads(file.read(1000).splitlines()[0])
        return Holder(int(said["pid"]), str(said["host"]), str(said["since"]), str(said.get("born", "")))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def lock_file(path: Path) -> Path:
    """What is locked in place of ``path``, beside it; who died while holding it leaves it, unlocked."""
    return path.with_name(f"{hidden(path)}.lock")


@contextmanager
def locked(path: Path, what: Path | None = None, wait: float = 0.0) -> Iterator[None]:
    """Nobody else is in such a block for ``path`` meanwhile, in this process or another; a thread may nest them.

    Args:
        what: is said to be in use, where that is not ``path``.
        wait: for so many seconds, before giving up.

    Raises:
        InUseError: somebody else is; the sentence names the process.
        StorageError: there can be no lock.
    """
    held = lock_file(path)
    lock = FileLock(held, is_singleton=True, poll_interval=0.01)
    _acquire(lock, path, what or path, wait)
    is_outermost = lock.lock_counter == 1
    try:
        if is_outermost:
            _sign(held)
        yield
    finally:
        if is_outermost and not IS_WINDOWS:  # there, what is open cannot be deleted, and the release does it
            with suppress(OSError):
                held.unlink()
        lock.release()


def _acquire(lock: Any, path: Path, what: Path, wait: float) -> None:
    held = lock_file(path)
    try:
        held.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait)
    except Timeout:
        raise InUseError(
            f"{what} is being worked on by {_told(holder_of(path))}; wait for it to end, or name another folder"
        ) from None
    except OSError as error:
        raise unwritable(held, error) from error


def _sign(held: Path) -> None:
    """Say who holds the lock; on Windows the first byte of the file is the lock, and nobody else can read that."""
    pid = os.getpid()
    holder = {"pid": pid, "host": socket.gethostname(), "since": time.strftime(_STAMP), "born": _born(pid)}
    with suppress(OSError), held.open("r+b", buffering=0) as file:
        if not IS_WINDOWS and file.read(1) not in (b"", b"\0"):
            return  # where a file system knows no locks, this is a mark of the library's own
        file.seek(1)
        file.write(f"{json.dumps(holder)}\n".encode())


def _told(holder: Holder | None) -> str:
    """Who holds a lock, in words."""
    if holder is None:
        return "another process"
    return f"process {holder.pid}{'' if holder.is_here else f' on {holder.host}'} (since {holder.since})"

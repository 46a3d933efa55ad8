"""One at a time: who works on something holds its lock, which the system gives back when a process dies."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sharcs_core.storage.writing import IS_WINDOWS, StorageError, hidden, unwritable


class InUseError(StorageError):
    """Another process works on it; the sentence says which."""


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
    _acquire(lock, held, what or path, wait)
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


def _acquire(lock: Any, held: Path, what: Path, wait: float) -> None:
    try:
        held.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait)
    except Timeout:
        raise InUseError(
            f"{what} is being worked on by {_holder(held)}; wait for it to end, or name another folder"
        ) from None
    except OSError as error:
        raise unwritable(held, error) from error


def _sign(held: Path) -> None:
    """Say who holds the lock; on Windows the first byte of the file is the lock, and nobody else can read that."""
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
    with suppress(OSError), held.open("r+b", buffering=0) as file:
        if not IS_WINDOWS and file.read(1) not in (b"", b"\0"):
            return  # where a file system knows no locks, this is a mark of the library's own
        file.seek(1)
        file.write(f"{json.dumps(holder)}\n".encode())


def _holder(held: Path) -> str:
    """Who holds the lock, in words."""
    try:
        with held.open("rb", buffering=0) as file:
            file.seek(1)
            holder = json.loads(file.read(1000).splitlines()[0])
        place = "" if holder["host"] == socket.gethostname() else f" on {holder['host']}"
        return f"process {holder['pid']}{place} (since {holder['since']})"
    except (OSError, ValueError, LookupError, TypeError):  # it has only just begun
        return "another process"

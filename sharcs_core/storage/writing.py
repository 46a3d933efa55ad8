"""Files and folders that are written whole or not at all.

They are made aside, in the same folder, and take their place in one step, so that a kill, a full disk or a second
process finds the former content or the new one.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sharcs_core.errors import UserError

ASIDE, FORMER = ".part", ".former"
"""How names end of what is not whole yet, and of a folder that makes way; they begin with a dot and the true name."""

IS_WINDOWS = sys.platform == "win32"
PAUSES = (0.01, 0.05, 0.2, 0.5)
"""Seconds between tries to move a file into place: Windows refuses that while somebody reads what was there."""


class StorageError(UserError):
    """Something cannot be written, or not there; one sentence says why, and what to do."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content is the file at ``path`` once the block has ended; until then what was there stays.

    Raises:
        StorageError: it cannot be written.
    """
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{hidden(path)}.", suffix=ASIDE)
        aside = Path(name)
        with open(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(handle)
        aside.chmod(0o644)  # made for its owner only, as temporary files are
        move(aside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises StorageError."""
    with replacing(path) as stream:
        stream.write(content)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with ``\\n`` at the ends of lines, whole or not at all. Raises StorageError."""
    write_bytes(path, text.encode())


def append_line(path: Path, line: str) -> None:
    """Add a line to a file that is there, in one step; after one that a kill cut short it stands in a line of its own.

    Raises:
        StorageError: it cannot be written, or is not there.
    """
    try:
        with open(path, "r+b", buffering=0, opener=_appending) as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            is_cut = end > 0 and file.read(1) != b"\n"
            content = ("\n" * is_cut + line + "\n").encode()
            written = file.write(content)
            if written != len(content):
                file.truncate(file.tell() - (written or 0))  # no half of a line stays, and all that others wrote
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise unwritable(path, error) from error


def _appending(path: str, flags: int) -> int:
    """Opens a file such that the system puts whatever is written behind what others have written meanwhile."""
    return os.open(path, flags | os.O_APPEND)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """An empty folder that is the one at ``path`` once the block has ended; until then what was there stays.

    Raises:
        StorageError: it cannot be written.
    """
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{hidden(path)}.", suffix=ASIDE))
        yield aside
        _finish(aside)
        _put_in_place(aside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _finish(folder: Path) -> None:
    """Its files on the disk itself, for everybody to read: what they came from may be deleted next."""
    for path in folder.iterdir():
        if path.is_dir():
            _finish(path)
            continue
        with path.open("r+b") as stream:
            os.fsync(stream.fileno())
        path.chmod(0o644)
    folder.chmod(0o755)


def _put_in_place(aside: Path, path: Path) -> None:
    if not path.exists():
        move(aside, path)
        return
    former = path.with_name(f"{hidden(path)}.{secrets.token_hex(4)}{FORMER}")
    move(path, former)
    try:
        move(aside, path)
    except BaseException:
        move(former, path)
        raise
    shutil.rmtree(former, ignore_errors=True)


def unwritable(path: Path, error: OSError) -> StorageError:
    """The sentence for what the system says when ``path`` cannot be written."""
    reason = error.strerror or str(error) or type(error).__name__
    return StorageError(
        f"{path} cannot be written ({reason}); free some space, or make its folder one that can be written to"
    )


def move(source: Path, target: Path) -> None:
    """In one step to where something may be already; tried again where Windows refuses, since somebody has it open."""
    for pause in PAUSES if IS_WINDOWS else ():
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    os.replace(source, target)


def remove_folder(path: Path) -> None:
    """Delete a folder: in one step it is gone for whoever looks, then what it held goes.

    Raises:
        StorageError: it cannot be moved out of the way; then it is as it was.
    """
    aside = path.with_name(f"{hidden(path)}.{secrets.token_hex(4)}{ASIDE}")
    try:
        move(path, aside)
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(path, error) from error
    shutil.rmtree(aside, ignore_errors=True)


def move_folder(source: Path, target: Path) -> None:
    """A folder under another name, where nothing is yet; for who holds the locks of both.

    Raises:
        StorageError: there is something already, or it cannot be moved.
    """
    if os.path.lexists(target):
        raise StorageError(f"There is a {target.name} already; choose another name")
    try:
        move(source, target)
    except OSError as error:
        raise unwritable(target, error) from error


def hidden(path: Path) -> str:
    """How names begin of what stands beside ``path`` for its sake."""
    return "." + path.name.removeprefix(".")


def tidy_up(path: Path) -> None:
    """Put right what a kill left of writing ``path``; only for who holds its lock.

    A former folder that had made way comes back where nothing took its place; what was not whole goes.
    """
    for left in list(path.parent.iterdir()) if path.parent.is_dir() else ():
        if not re.fullmatch(rf"{re.escape(hidden(path))}\.\w{{8}}({re.escape(ASIDE)}|{re.escape(FORMER)})", left.name):
            continue
        if left.suffix == FORMER and not path.exists():
            move(left, path)
        elif left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)

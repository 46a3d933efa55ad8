"""Whether something can be written at all, found out before it is made; and a place that nobody else has."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from sharcs_core.storage.writing import StorageError, unwritable


def check_writable(folder: Path, n_bytes: int = 0) -> None:
    """Whether ``folder``, which need not be there yet, can take ``n_bytes``; a file is really made to find out.

    Raises:
        StorageError: it cannot.
    """
    there = _nearest(folder)
    if not there.is_dir():
        raise StorageError(f"{folder} cannot be a folder, for {there} is a file; name another folder")
    try:
        # it has no name where the system can do without, so that a kill leaves nothing
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"\0")
            probe.flush()
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise StorageError(
            f"Nothing can be written in {there} ({error.strerror or error}); make it writable, or name another folder"
        ) from None
    if free < n_bytes:
        raise StorageError(
            f"About {_megabytes(n_bytes)} will be needed in {there}, where {_megabytes(free)} are free; "
            "make room, or name another folder"
        )


def _nearest(path: Path) -> Path:
    """The path itself, or the first folder above it that is there."""
    absolute = Path(os.path.abspath(path))
    return next((place for place in (absolute, *absolute.parents) if os.path.lexists(place)), absolute)


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"


def claim(folder: Path) -> bool:
    """Make a folder; False where there is one already, so that of two who ask at once one alone has it.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir()
            return True
    except OSError as error:
        raise unwritable(folder, error) from error
    return False


def numbered(path: Path) -> Iterator[Path]:
    """``path`` itself, then ``path_2``, ``path_3`` … without end."""
    return chain([path], (path.with_name(f"{path.name}_{number}") for number in count(2)))

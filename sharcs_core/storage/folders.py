"""Folders that the environment names: where runs lie, where the cache is, what numba may write to."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path

from sharcs_core.storage.room import check_writable
from sharcs_core.storage.writing import StorageError

CACHE_VARIABLE = "SHARCS_CACHE"
NUMBA_VARIABLE = "NUMBA_CACHE_DIR"


def folder_from(variable: str) -> Path | None:
    """The folder that an environment variable names, ``~`` being home; None where it names none.

    Raises:
        StorageError: nobody knows where home is.
    """
    named = os.environ.get(variable)
    try:
        return Path(named).expanduser() if named else None
    except RuntimeError:
        raise StorageError(
            f"${variable} is {named}, but nobody knows where ~ is here; name the folder in full"
        ) from None


def cache_dir() -> Path:
    """Where downloads are kept: ``$SHARCS_CACHE``, else ``~/.cache/sharcs``; without a home, a temporary folder."""
    return _own_cache() or Path(tempfile.gettempdir()) / "sharcs"


def _own_cache() -> Path | None:
    """The cache that nobody else can write to; None where nobody knows where home is."""
    try:
        return folder_from(CACHE_VARIABLE) or Path("~/.cache/sharcs").expanduser()
    except (StorageError, RuntimeError):
        return None


def prepare_numba() -> None:
    """Give numba a folder that it can keep in what it compiles; to be called before it is imported.

    It looks for one beside its caller's source and at home, and where it can write in neither it fails.
    """
    given, own = os.environ.get(NUMBA_VARIABLE), _own_cache()
    folder = Path(given) if given else own and own / "numba"
    os.environ[NUMBA_VARIABLE] = str(folder if folder and _is_writable(folder) else _temporary_folder().name)


def _is_writable(folder: Path) -> bool:
    try:
        check_writable(folder)
    except StorageError:
        return False
    return True


@lru_cache(maxsize=1)
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, which goes with it."""
    return tempfile.TemporaryDirectory(prefix="sharcs-", ignore_cleanup_errors=True)

"""Folders that can be trained on: those below one folder, which people may add to by a zip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.zips import BOUNDS, Bounds, unpacked
from sharcs_core.storage import InUseError, StorageError, check_writable, folder_from, locked, move, numbered, safe_name
from sharcs_core.tasks.folder.listing import PlaceError, inside, is_hidden
from sharcs_core.tasks.folder.sheet import FILES

VARIABLE = "SHARCS_DATA"
DATA = Path("data")
DEEPEST = 4
"""Folders within each other in which a sheet is looked for."""
MOST = 500
MOST_LOOKED_AT = 20_000
_CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".ps1", ".pkl", ".pickle", ".pt")


@dataclass(frozen=True)
class DataFolder:
    """A folder of samples.

    Attributes:
        name: below the folder that all lie in, with ``/``.
        has_sheet: whether it holds a metadata file; one that does not may be begun.
    """

    name: str
    path: Path
    has_sheet: bool


def data_folder() -> Path:
    """Where folders of samples are looked for: ``$SHARCS_DATA``, else ``./data``. Raises StorageError."""
    return folder_from(VARIABLE) or DATA


def own_folders(home: Path) -> tuple[DataFolder, ...]:
    """The folders below ``home`` that hold a sheet, and those directly in it below which there is none.

    Links are not followed, and what is hidden is passed over.
    """
    found: list[DataFolder] = []
    looked = [0]
    if home.is_dir() and _has_sheet(home):
        found.append(DataFolder(home.resolve().name, home, True))
    for entry in _folders(home):
        inner = list(_with_sheet(entry, entry.name, DEEPEST, looked))
        found += inner or [DataFolder(entry.name, entry, False)]
    return tuple(found[:MOST])


def _with_sheet(folder: Path, name: str, deep: int, looked: list[int]) -> Iterator[DataFolder]:
    looked[0] += 1
    if _has_sheet(folder):
        yield DataFolder(name, folder, True)
    elif deep > 1 and looked[0] < MOST_LOOKED_AT:
        for entry in _folders(folder):
            yield from _with_sheet(entry, f"{name}/{entry.name}", deep - 1, looked)


def _has_sheet(folder: Path) -> bool:
    return any((folder / name).is_file() and not (folder / name).is_symlink() for name in FILES)


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [folder / name for name in sorted(names) if not is_hidden(name) and name.isprintable()]


def folder_named(home: Path, name: str) -> DataFolder:
    """One of :func:`own_folders`, looked for anew. Raises UserError where it is not there any more."""
    for one in own_folders(home):
        if one.name == name:
            return one
    raise UserError(f"The folder {shown(name)} is not there any more; choose another one")


def bring_zip(home: Path, file: str, content: BinaryIO, bounds: Bounds = BOUNDS) -> str:
    """Unpack a zip into a folder of its own in ``home``, called as the zip is; its name.

    What is hidden in the zip is left out. Nothing of it is there before all of it is.

    Raises:
        InputError: for what is no zip, too large, or leads out of the folder, and for one that brings code.
        StorageError: nothing can be written there.
    """
    check_writable(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with unpacked(file, content, _place_in_zip, bounds, home) as folder:
            inner = _inner(folder)
            if not any(inner.iterdir()):
                raise InputError(f"{shown(file)} holds no file that could be read; zip the folder itself")
            return _moved(inner, home / safe_name(PurePosixPath(file.replace("\\", "/")).stem, "data"))
    except OSError as error:
        raise StorageError(f"{shown(file)} cannot be unpacked in {home} ({error.strerror}); make room there") from None


def _place_in_zip(name: str) -> str | None:
    try:
        target = inside(name)
    except PlaceError as error:
        raise InputError(f"The zip is refused: {error.says}; zip the folder itself, and bring that") from None
    if any(map(is_hidden, PurePosixPath(target).parts)):
        return None
    if target.lower().endswith(_CODE):
        raise InputError(f"The zip is refused: {shown(target)} is code, which no data need; leave it out")
    return target


def _inner(folder: Path) -> Path:
    """The folder that was zipped: what was unpacked, or the one folder that lies there alone, if it has a sheet."""
    inner = folder
    while [one.is_dir() for one in inner.iterdir()] == [True]:
        (inner,) = inner.iterdir()
    return inner if _has_sheet(inner) or not _has_sheet(folder) else folder


def _moved(folder: Path, wanted: Path) -> str:
    folder.chmod(0o755)
    for target in numbered(wanted):
        try:
            with locked(target):
                if not os.path.lexists(target):
                    move(folder, target)
                    return target.name
        except InUseError:
            continue
    raise AssertionError("numbers end")

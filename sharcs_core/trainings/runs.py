"""Runs of one's own: renamed, deleted, taken elsewhere as a zip and brought back. Shipped ones stay as they are."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sharcs_core.checkpoints import RunError, load_run
from sharcs_core.checkpoints.finding import SHIPPED_RUNS, shipped_in
from sharcs_core.checkpoints.layout import CONFIG, FILES, HISTORY, LICENSE, NAMES, PARTS, state_file
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.zips import Bounds, unpacked
from sharcs_core.storage import (
    InUseError,
    StorageError,
    check_writable,
    checked_name,
    locked,
    move,
    move_folder,
    numbered,
    remove_folder,
    safe_name,
)

MOST_BYTES = 500_000_000
"""Of a run as a zip, packed and unpacked."""
BOUNDS = Bounds(packed=MOST_BYTES, unpacked=MOST_BYTES, files=40, ratio=1000)
PARTS_OF_A_RUN = (CONFIG, *FILES, NAMES, PARTS, HISTORY, LICENSE)


def is_shipped(run: Path) -> bool:
    """Whether a run came with the project."""
    if run.resolve().parent != SHIPPED_RUNS.resolve():
        return False
    shipped = shipped_in(SHIPPED_RUNS)
    return run.name in shipped or not shipped  # nobody knows which


def rename_run(run: Path, name: str) -> Path:
    """Give a run of one's own another name; its new place.

    Raises:
        RunError: it is shipped, or not there.
        StorageError: the name is taken or can be none, or a training works on one of them.
    """
    target = run.with_name(checked_name(name))
    if target == run:
        return run
    with _changing(run), locked(state_file(target), target):
        if state_file(target).exists():
            raise StorageError(f"There is a training {target.name} already; choose another name")
        move_folder(run, target)
    return target


def delete_run(run: Path) -> None:
    """Delete a run of one's own.

    Raises:
        RunError: it is shipped, or not there.
        StorageError: it cannot be deleted, or a training works on it.
    """
    with _changing(run):
        remove_folder(run)


@contextmanager
def _changing(run: Path) -> Iterator[None]:
    if is_shipped(run):
        raise RunError(f"The run {run.name!r} came with the project and stays as it is; train one of your own")
    with locked(state_file(run), run):
        if not (run / CONFIG).is_file():
            raise RunError(f"There is no run {run.name!r} any more; reload the page")
        yield


def zip_run(run: Path, stream: BinaryIO) -> None:
    """Write a run as a zip, its files in a folder of its name.

    Raises:
        RunError: it is not there, or too large.
    """
    parts = [name for name in PARTS_OF_A_RUN if (run / name).is_file()]
    try:
        size = sum((run / name).stat().st_size for name in parts)
        if CONFIG not in parts:
            raise RunError(f"There is no run {run.name!r} any more; reload the page")
        if size > MOST_BYTES:
            raise RunError(f"The run {run.name!r} is of {size / 1e6:,.0f} MB; copy its folder {run} instead")
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name in parts:
                archive.write(run / name, f"{run.name}/{name}")
    except OSError as error:
        raise RunError(f"The run {run.name!r} cannot be read ({error.strerror}); try again") from None


def bring_run(runs: Path, file: str, content: BinaryIO) -> Path:
    """Take a run out of a zip, load it to see that it is whole, and put it among the others; its place.

    Args:
        file: name of the zip, after which the run is called.

    Raises:
        InputError: for what is no zip, too large, or holds what no run has.
        RunError: for a run that is damaged, or needs code.
        StorageError: nothing can be written there.
    """
    check_writable(runs)
    wanted = safe_name(PurePosixPath(file.replace("\\", "/")).stem, "run")
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with unpacked(file, content, _NameOf(file, wanted), BOUNDS, runs) as folder:
            if not (folder / wanted / CONFIG).is_file():
                raise InputError(f"{shown(file)} holds no run; bring a zip that was exported here")
            load_run(folder / wanted)
            return _placed(folder / wanted, runs / wanted)
    except OSError as error:
        raise StorageError(f"{shown(file)} cannot be unpacked in {runs} ({error.strerror}); make room there") from None


class _NameOf:
    """Where a file of a zip goes: only what a run has, in no folder but the run's."""

    def __init__(self, file: str, wanted: str) -> None:
        self.file, self.wanted = file, wanted

    def __call__(self, name: str) -> str | None:
        path = PurePosixPath(name.replace("\\", "/"))
        if name.endswith("/") and len(path.parts) == 1 and ".." not in path.parts:
            return None
        if path.is_absolute() or ".." in path.parts or len(path.parts) > 2 or path.name not in PARTS_OF_A_RUN:
            raise InputError(f"{shown(self.file)} holds {shown(name)}, which no run has; bring a zip exported here")
        return f"{self.wanted}/{path.name}"


def _placed(folder: Path, wanted: Path) -> Path:
    folder.chmod(0o755)
    for target in numbered(wanted):
        try:
            with locked(state_file(target), target):
                if not os.path.lexists(target) and not state_file(target).exists():
                    move(folder, target)
                    return target
        except InUseError:
            continue
    raise AssertionError("numbers end")

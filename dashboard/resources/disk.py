"""Where runs and results lie, and whether anything of them has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar

from sharcs_core.checkpoints.finding import runs_folder as found_runs
from sharcs_core.storage.folders import folder_from

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parents[2]
Signature = tuple[tuple[str, int, int], ...]

_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("seen", default=None)


def runs_folder() -> Path:
    """Where runs are looked for, see :func:`sharcs_core.checkpoints.finding.runs_folder`."""
    return found_runs(None)


def results_folder() -> Path:
    """Where the benchmark's cells are looked for: ``$SHARCS_RESULTS``, else ``benchmarks/results`` of this project."""
    return folder_from("SHARCS_RESULTS") or PROJECT / "benchmarks" / "results"


@contextmanager
def one_look() -> Iterator[None]:
    """Within it, or in a function that it decorates, the disk is looked at once: a page shows one state of it."""
    seen = _seen.get()
    token = _seen.set({} if seen is None else seen)
    try:
        yield
    finally:
        _seen.reset(token)


def signature(folder: Path, pattern: str = "*") -> Signature:
    """Name, time and size of the files of ``folder``: changes when any of them does."""
    return _once((folder, pattern), lambda: _signature(folder, pattern))


def signatures(folder: Path) -> tuple[tuple[str, Signature], ...]:
    """Name and signature of every folder in ``folder``."""
    return _once(folder, lambda: tuple((name, signature(folder / name)) for name in _folders(folder)))


def _once(key: Hashable, look: Callable[[], T]) -> T:
    seen = _seen.get()
    if seen is None:
        return look()
    if key not in seen:
        seen[key] = look()
    found: T = seen[key]
    return found


def _folders(folder: Path) -> list[str]:
    entries = folder.iterdir() if folder.is_dir() else ()
    return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def _signature(folder: Path, pattern: str) -> Signature:
    seen = (path for path in sorted(folder.glob(pattern)) if not path.name.startswith("."))  # locks, half-written files
    files = ((path, _stat(path)) for path in seen)
    return tuple(
        (str(path.relative_to(folder)), stat.st_mtime_ns, stat.st_size) for path, stat in files if stat is not None
    )


def _stat(path: Path) -> os.stat_result | None:
    """What the file system says of a file; None of anything else, and of what has gone meanwhile."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found if S_ISREG(found.st_mode) else None

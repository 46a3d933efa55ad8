"""What lies in the cache folder, told from names alone, and how some of it is deleted.

Known are the names that SHARCS gives: what has another name may be somebody's own, so that it goes only when it is
named itself. Links are neither followed nor counted for what they lead to, and nothing outside the folder is touched.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from sharcs_core.errors import UserError
from sharcs_core.tasks.clevr.generated import N_SCENES, RENDERER_VERSION
from sharcs_core.tasks.mnist.source import IDX_FILES, NPZ_NAME

SCENES, SUPERPIXELS, FROZEN, MNIST = "scenes", "superpixels", "frozen", "mnist"
FOLDERS, PREPARED = "folders", "prepared"
TRAININGS, COMPILED, ENGINE = "trainings", "compiled", "engine"
UNFINISHED, UNKNOWN = "unfinished", "unknown"
KINDS = (SCENES, SUPERPIXELS, FROZEN, FOLDERS, PREPARED, MNIST, TRAININGS, COMPILED, ENGINE, UNFINISHED, UNKNOWN)

ALL, OLD = "all", "old"
BENCHMARK = "benchmark"
"""The folder of the benchmark's trainings, which are listed and deleted as one: there are hundreds."""

NUMBA = "numba"
"""The folder of what numba compiled for the maps, which is listed and deleted as one too."""

NEIGHBOURS = "neighbours"
"""The folder of what an engine searches in large banks, :mod:`sharcs_core.neighbours.lance`; so is that."""

LEFT_AFTER = 3600.0
"""Seconds after which a file that nothing was added to is taken to be left over, and no longer being written."""

SCENES_NAME = re.compile(
    rf"clevr(?P<reasons>_reasons)?-(?P<part>{'|'.join(N_SCENES)})-(?P<n>\d+)-\d+-\d+x\d+-(?:renderer(?P<version>\d+)|(?P<hash>[0-9a-f]{{12}}))"
    r"\.npz"
)
"""Before version 2 a renderer was known by a hash of its source."""

SUPERPIXELS_NAME = re.compile(
    r"(?P<half>half-)?superpixels-[0-9a-f]{16}-(?P<part>train|test)-(?P<n>\d+)-[\d.]+-skimage(?P<version>[\w.+]+)\.npz"
)
FROZEN_NAME = re.compile(r"frozen-[0-9a-f]{32}\.npz")
FOLDER_NAME = re.compile(r"folder-[0-9a-f]{16}-[a-z]+(-\d+-\d+)?(?P<shard>\.[0-9a-f]{8})?\.np[yz]")
"""Before they were kept in shards all decoded pictures of a folder were in one file."""
PREPARED_NAME = re.compile(r"prepared-[0-9a-f]{32}|(?P<left>\.prepared-[0-9a-f]{32}\.\w{8}\.(part|former))")
"""A folder that is whole, or one that a kill left."""
PREPARED_LOCK = re.compile(r"\.prepared-[0-9a-f]{32}\.lock")
TRAINING_NAME = re.compile(r"[a-z0-9_]+-[0-9a-f]{16}\.safetensors")
UNFINISHED_NAME = re.compile(
    r"\.(?:clevr|clevr_reasons|superpixels|half-superpixels|frozen|folder|mnist)[-.].+\.part"
    rf"|{BENCHMARK}/\.?[a-z0-9_]+-[0-9a-f]{{16}}(?:\.safetensors\.\w+)?\.part"
)
LOCK_NAME = re.compile(rf"{BENCHMARK}/\.[a-z0-9_]+-[0-9a-f]{{16}}\.safetensors\.lock")
MNIST_NAMES = {NPZ_NAME} | {
    stem + ending
    for name in IDX_FILES.values()
    for stem in (name, name.replace("-idx", ".idx"))
    for ending in ("", ".gz")
}

Found: TypeAlias = tuple[Path, os.stat_result]
"""A path and what the file system says of it, or of the link that it is."""


class CacheError(UserError):
    """The cache cannot be read, or has nothing of a name; one sentence says what, and what to do."""


@dataclass(frozen=True)
class Kept:
    """A file of the cache, or a group of files that belong together.

    Attributes:
        name: by which it is deleted: its path below the cache folder.
        kind: one of ``KINDS``.
        what: the same in words, with what it was made by.
        files: what goes when it is deleted; none for a folder that SHARCS did not make.
        n_bytes: of all its files.
        is_old: will it not be read again: scenes by another version of the renderer, a file left unfinished?
        renderer: of scenes, the version of the renderer or, from before there were versions, a hash; else empty.
    """

    name: str
    kind: str
    what: str
    files: tuple[Path, ...]
    n_bytes: int
    is_old: bool = False
    renderer: str = ""

    @property
    def is_of_all(self) -> bool:
        """Does deleting all that SHARCS keeps delete it? Not what SHARCS does not know or may still be writing."""
        return self.kind != UNKNOWN and (self.kind != UNFINISHED or self.is_old)


@dataclass(frozen=True)
class Cleared:
    """What was deleted (``files`` and ``n_bytes`` of what is gone), and which files could not be, each with why."""

    deleted: tuple[Kept, ...]
    failed: tuple[str, ...]


def total_bytes(kept: Iterable[Kept]) -> int:
    """What entries take, added up.

    >>> total_bytes([Kept("mnist.npz", "mnist", "MNIST", (), 3), Kept("notes.txt", "unknown", "not known", (), 4)])
    7
    """
    return sum(entry.n_bytes for entry in kept)


def list_kept(folder: Path, now: float | None = None) -> tuple[Kept, ...]:
    """What lies in the cache ``folder``, by kind and name; nothing where there is no such folder.

    Args:
        now: seconds since the epoch by which a file is left over or new (default: the time it is).

    Raises:
        CacheError: the folder cannot be read.
    """
    now = time.time() if now is None else now
    found = {path.name: (path, status) for path, status in _inside(folder)}
    trainings, compiled, engine = (
        found.pop(name) if name in found and stat.S_ISDIR(found[name][1].st_mode) else None
        for name in (BENCHMARK, NUMBA, NEIGHBOURS)
    )
    kept = [_entry(name, *at, now) for name, at in found.items()]
    if trainings is not None:
        kept += _benchmark(_inside(trainings[0]), now)
    if compiled is not None:
        kept += _below(Kept(NUMBA, COMPILED, "what numba compiled for the maps", (), 0), *compiled, "*.nbi", "*.nbc")
    if engine is not None:
        kept += _below(Kept(NEIGHBOURS, ENGINE, "rows of large banks, as an engine searches them", (), 0), *engine, "*")
    return tuple(sorted(kept, key=lambda entry: (KINDS.index(entry.kind), entry.name)))


def choose(kept: Iterable[Kept], wanted: Sequence[str]) -> tuple[Kept, ...]:
    """Which entries are meant: ``all`` that SHARCS keeps, what is ``old``, or entries by their names.

    Raises:
        CacheError: nothing has one of the names, or it is a folder that SHARCS did not make.
    """
    kept = tuple(kept)
    named = {name.rstrip("/") for name in wanted} - {ALL, OLD}
    for name in sorted(named - {entry.name for entry in kept}):
        raise CacheError(f"The cache keeps nothing named {name!r}: name {ALL}, {OLD} or what `sharcs cache` lists")
    chosen = tuple(
        entry
        for entry in kept
        if entry.name in named or (ALL in wanted and entry.is_of_all) or (OLD in wanted and entry.is_old)
    )
    for entry in chosen:
        if not entry.files:
            raise CacheError(f"{entry.name!r} is a folder that SHARCS did not make: delete it yourself, if you want to")
    return chosen


def clear(chosen: Iterable[Kept]) -> Cleared:
    """Deletes the files of entries that :func:`list_kept` found. One that cannot be deleted does not stop the rest."""
    deleted, failed = [], []
    for entry in chosen:
        gone, n_bytes = [], 0
        for path in entry.files:
            try:
                size = path.lstat().st_size
                _remove(path)
            except FileNotFoundError:  # somebody else was quicker
                continue
            except OSError as error:
                failed.append(f"{path} ({error.strerror or error})")
                continue
            gone.append(path)
            n_bytes += size
        _remove_empty(entry)
        if gone:
            deleted.append(replace(entry, files=tuple(gone), n_bytes=n_bytes))
    return Cleared(tuple(deleted), tuple(failed))


def _remove(path: Path) -> None:
    """Delete a file, or the empty folder that a kill left."""
    if PREPARED_NAME.fullmatch(path.name) and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def _remove_empty(entry: Kept) -> None:
    """The folder of prepared inputs, once nothing is in it."""
    for folder in {path.parent for path in entry.files if PREPARED_NAME.fullmatch(path.parent.name)}:
        with suppress(OSError):
            folder.rmdir()


def _inside(folder: Path) -> list[Found]:
    """What lies in a folder itself; files that vanish meanwhile, as those being written do, are left out."""
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CacheError(
            f"The cache folder {folder} cannot be read ({error.strerror or error}): make it readable, or name another "
            "in $SHARCS_CACHE"
        ) from error
    found = []
    for path in paths:
        try:
            found.append((path, path.lstat()))
        except FileNotFoundError:
            continue
    return found


def _benchmark(found: Iterable[Found], now: float) -> list[Kept]:
    """The benchmark's trainings as one entry, and what else lies in their folder."""
    trainings, kept = [], []
    for path, status in found:
        if TRAINING_NAME.fullmatch(path.name) and stat.S_ISREG(status.st_mode):
            trainings.append((path, status.st_size))
        else:
            kept.append(_entry(f"{BENCHMARK}/{path.name}", path, status, now))
    if trainings:
        paths, sizes = zip(*trainings, strict=True)
        kept.append(Kept(BENCHMARK, TRAININGS, f"{len(paths)} trainings of the benchmark", paths, sum(sizes)))
    return kept


def _below(entry: Kept, folder: Path, status: os.stat_result, *patterns: str) -> list[Kept]:
    """The plain files of some names below a folder, as one entry; the rest, if somebody put it there, is not ours."""
    below = [path for pattern in patterns for path in sorted(folder.rglob(pattern))]
    found = [path for path in below if stat.S_ISREG(path.lstat().st_mode)]
    if not found:
        left = any(not path.is_dir() for path in folder.rglob("*"))
        return [_entry(entry.name, folder, status, 0.0)] if left else []
    sizes = [path.lstat().st_size for path in found]
    return [replace(entry, files=tuple(found), n_bytes=sum(sizes))]


def _entry(name: str, path: Path, status: os.stat_result, now: float) -> Kept:
    """The entry of whatever lies at ``path``: only plain files can be known."""
    if stat.S_ISDIR(status.st_mode) and (prepared := PREPARED_NAME.fullmatch(name)):
        return _prepared(name, path, bool(prepared["left"]), now - status.st_mtime > LEFT_AFTER)
    if stat.S_ISDIR(status.st_mode):
        return Kept(name, UNKNOWN, "unknown, a folder that SHARCS did not make", (), _size_of_folder(path))
    if not stat.S_ISREG(status.st_mode):
        return Kept(name, UNKNOWN, "unknown, no plain file", (path,), status.st_size)
    plain = Kept(name, UNKNOWN, "unknown, not made by SHARCS", (path,), status.st_size)
    if match := SCENES_NAME.fullmatch(name):
        return _scenes(plain, match)
    if match := SUPERPIXELS_NAME.fullmatch(name):
        return replace(plain, kind=SUPERPIXELS, what=_superpixels(match))
    if match := FOLDER_NAME.fullmatch(name):
        return _decoded(plain, is_old=match["shard"] is None)
    if FROZEN_NAME.fullmatch(name):
        return replace(plain, kind=FROZEN, what="what the frozen part of an encoder says of the inputs of a training")
    if name in MNIST_NAMES:
        return replace(plain, kind=MNIST, what="the digits of MNIST")
    if PREPARED_LOCK.fullmatch(name):
        return replace(plain, kind=UNFINISHED, what="the lock of a folder that is being prepared")
    if LOCK_NAME.fullmatch(name):
        return replace(plain, kind=UNFINISHED, what="the lock of a training, which goes when the training does")
    if UNFINISHED_NAME.fullmatch(name):
        return _unfinished(plain, is_left=now - status.st_mtime > LEFT_AFTER)
    return plain


def _prepared(name: str, path: Path, was_left: bool, is_old: bool) -> Kept:
    """What a folder of many rows was prepared into, or what a kill left of it."""
    found = [(file, status) for file, status in _inside(path) if stat.S_ISREG(status.st_mode)]
    files, n_bytes = tuple(file for file, _ in found), sum(status.st_size for _, status in found)
    whole = Kept(name, PREPARED, "what a modality of a folder of your own was prepared into", files or (path,), n_bytes)
    return _unfinished(replace(whole, kind=UNFINISHED), is_old) if was_left else whole


def _decoded(plain: Kept, is_old: bool) -> Kept:
    what = "decoded pictures of a folder of your own" + (", from before there were shards" if is_old else "")
    return replace(plain, kind=FOLDERS, what=what, is_old=is_old)


def _scenes(plain: Kept, match: re.Match[str]) -> Kept:
    is_present = match["version"] == str(RENDERER_VERSION)
    by = f"renderer {match['version']}" if match["version"] else f"a renderer from before versions ({match['hash']})"
    beside = "the present one" if is_present else f"the present one is {RENDERER_VERSION}"
    of = "three things" if match["reasons"] else "CLEVR"
    what = f"{int(match['n']):,} {match['part']} scenes of {of} by {by}, {beside}"
    return replace(plain, kind=SCENES, what=what, is_old=not is_present, renderer=match["version"] or match["hash"])


def _superpixels(match: re.Match[str]) -> str:
    of = f"halves of the {match['part']} digits" if match["half"] else f"the {match['part']} digits"
    return f"superpixel graphs of {of} of MNIST, {match['n']} segments, by scikit-image {match['version']}"


def _unfinished(plain: Kept, is_left: bool) -> Kept:
    what = "left unfinished" if is_left else "unfinished, written to within the hour: perhaps still in use"
    return replace(plain, kind=UNFINISHED, what=what, is_old=is_left)


def _size_of_folder(folder: Path) -> int:
    """Bytes of all files below a folder, as far as it can be read."""
    sizes = []
    for parent, _, names in os.walk(folder):  # follows no links
        for name in names:
            try:
                sizes.append(Path(parent, name).lstat().st_size)
            except OSError:
                continue
    return sum(sizes)

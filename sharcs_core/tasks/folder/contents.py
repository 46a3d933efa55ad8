"""What the files of a folder hold: each content is decoded once, and pictures are kept for the next time.

Shapes: n rows; H × W pixels of C channels.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.image.raw import Values
from sharcs_core.kinds.kind import Notes
from sharcs_core.npz import read_arrays
from sharcs_core.readers.checks import InputError
from sharcs_core.storage import StorageError, cache_dir, replacing
from sharcs_core.tasks.folder.places import Place, PlaceError, Places

WORKERS = min(8, os.cpu_count() or 1)
"""Threads that decode; Pillow lets others work meanwhile."""
CHUNK = 256
"""Files that are read before the next progress is told."""

Progress = Callable[[int, int], None]
"""How many files of how many are done."""


@dataclass(frozen=True)
class Content:
    """What one place holds.

    Attributes:
        raw: the input, as its kind takes it; None where it cannot be read.
        digest: SHA-256 of the file; equal contents have equal ones.
        notes: on what was changed to read it.
        fault: what is wrong with it, and the mend.
    """

    raw: Any
    digest: str = ""
    notes: Notes = ()
    fault: tuple[str, str] | None = None


def contents_of(
    places: Places,
    found: Sequence[Place],
    kind: str,
    on_progress: Progress | None = None,
    size: tuple[int, int] | None = None,
) -> dict[str, Content]:
    """Name of a place → what it holds, for all that were found.

    Args:
        kind: of the inputs, one that can decode a file.
        on_progress: told after every few files.
        size: height and width that pictures are brought to, where these are larger than usual.
    """
    decode = _decoder(kind, size)
    different = list({place.name: place for place in found}.values())
    kept = _Kept.of(places, kind if size is None else f"{kind}-{size[0]}-{size[1]}")
    contents: dict[str, Content] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(different), CHUNK):
            part = different[start : start + CHUNK]
            read = list(
                pool.map(lambda place: _content(places, place, decode, KINDS[kind].max_bytes, kept.pictures), part)
            )
            contents |= {place.name: content for place, content in zip(part, read, strict=True)}
            if on_progress is not None:
                on_progress(len(contents), len(different))
    kept.keep(contents.values())
    return contents


Decode = Callable[[str, bytes], tuple[Any, Notes]]
"""A file's name and content → a raw input and notes."""


def _decoder(kind: str, size: tuple[int, int] | None) -> Decode:
    """What reads a file of a kind, as large as ``size`` asks for."""
    spoken = KINDS[kind]
    if size is not None and spoken.sized is not None:
        return partial(spoken.read, spoken.sized(None, size))
    assert spoken.decode is not None, kind
    return spoken.decode


def _content(places: Places, place: Place, decode: Decode, max_bytes: int, known: Mapping[str, Content]) -> Content:
    try:
        content = places.read(place, max_bytes)
        digest = hashlib.sha256(content).hexdigest()
        if digest in known:
            return known[digest]
        raw, notes = decode(place.file, content)
    except PlaceError as error:
        return Content(None, fault=(error.says, error.mend))
    except InputError as error:
        says, _, mend = str(error).rpartition("; ")
        return Content(None, fault=(says or mend, mend if says else ""))
    return Content(raw, digest, notes)


@dataclass(frozen=True)
class _Kept:
    """Pictures that were decoded before, by the SHA-256 of their files.

    Attributes:
        path: of the file that keeps them. What is no picture is decoded as quickly as it would be read, and not kept.
    """

    path: Path
    pictures: Mapping[str, Content]

    @classmethod
    def of(cls, places: Places, what: str) -> _Kept:
        root = hashlib.sha256(str(places.listing.root).encode()).hexdigest()[:16]
        path = cache_dir() / f"folder-{root}-{what}.npz"
        try:
            arrays = read_arrays(path)
            return cls(path, dict(_unpacked(arrays)))
        except (OSError, ValueError, KeyError):
            return cls(path, {})

    def keep(self, contents: Iterable[Content]) -> None:
        """Keeps these, where any is new; a cache that cannot be written costs time, nothing else."""
        pictures = {one.digest: one for one in contents if isinstance(one.raw, Values)}
        if set(pictures) <= set(self.pictures):
            return
        with suppress(StorageError), replacing(self.path) as stream:
            np.savez(stream, **_packed(pictures))


def _packed(pictures: Mapping[str, Content]) -> dict[str, Any]:
    raws = [one.raw for one in pictures.values()]
    return {
        "digests": np.array(list(pictures)),
        "shapes": np.array([raw.values.shape for raw in raws]).reshape(-1, 3),
        "types": np.array([raw.values.dtype.str for raw in raws]),
        "whites": np.array([-1 if raw.white is None else raw.white for raw in raws]),
        "own_notes": np.array(["\n".join(raw.notes) for raw in raws]),
        "notes": np.array(["\n".join(one.notes) for one in pictures.values()]),
        "values": np.frombuffer(b"".join(raw.values.tobytes() for raw in raws), dtype=np.uint8),
    }


def _unpacked(arrays: Mapping[str, Any]) -> Iterator[tuple[str, Content]]:
    """Raises KeyError or ValueError for what is not as it was packed."""
    content, start = arrays["values"].tobytes(), 0
    rows = zip(*(arrays[name].tolist() for name in _ROWS), strict=True)
    for digest, shape, kind, white, own_notes, notes in rows:
        if kind not in _TYPES:
            raise ValueError(f"pictures of type {kind!r}")
        values = np.frombuffer(content, dtype=kind, count=int(np.prod(shape)), offset=start).reshape(shape)
        start += values.nbytes
        own = Values(values, None if white < 0 else white, tuple(own_notes.split("\n")) if own_notes else ())
        yield digest, Content(own, digest, tuple(notes.split("\n")) if notes else ())


_ROWS = ("digests", "shapes", "types", "whites", "own_notes", "notes")
_TYPES = ("|u1", "<u2", "|b1", "<i4", "<f4", "<f8")

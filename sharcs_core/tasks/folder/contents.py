"""What the files of a folder hold: each content is decoded once, and pictures are kept for the next time.

Decoded pictures go from memory to the cache some at a time, and are read from there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.image.raw import Values
from sharcs_core.kinds.kind import Notes
from sharcs_core.readers.checks import InputError
from sharcs_core.tasks.folder.decoded import Decoded, Kept
from sharcs_core.tasks.folder.places import Place, PlaceError, Places

WORKERS = min(8, os.cpu_count() or 1)
"""Threads that decode; Pillow lets others work meanwhile."""
CHUNK = 256
"""Files that are read before the next progress is told."""

Progress = Callable[[int, int], None]
"""How many files of how many are done."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one place holds.

    Attributes:
        raw: the input, as its kind takes it, or where that lies in the cache; None where it cannot be read.
        digest: SHA-256 of the file; equal contents have equal ones.
        notes: on what was changed to read it.
        fault: what is wrong with it, and the mend.
    """

    raw: Any
    digest: str = ""
    notes: Notes = ()
    fault: tuple[str, str] | None = None

    def input(self) -> Any:
        """The input itself."""
        return self.raw.read() if isinstance(self.raw, Kept) else self.raw


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
    decoded = Decoded.of(places.listing.root, kind if size is None else f"{kind}-{size[0]}-{size[1]}")
    contents: dict[str, Content] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(different), CHUNK):
            part = different[start : start + CHUNK]
            read = pool.map(lambda place: _content(places, place, decode, KINDS[kind].max_bytes, decoded.known), part)
            contents |= {place.name: content for place, content in zip(part, read, strict=True)}
            _keep(contents, [place.name for place in part], decoded, is_last=start + CHUNK >= len(different))
            if on_progress is not None:
                on_progress(len(contents), len(different))
    decoded.forget({one.digest for one in contents.values()})
    return contents


def _keep(contents: dict[str, Content], names: Sequence[str], decoded: Decoded, is_last: bool) -> None:
    """Pictures that were decoded go to the cache, once they fill a shard."""
    for name in names:
        own = contents[name]
        if isinstance(own.raw, Values):
            decoded.add(own.digest, own.raw, own.notes)
    if decoded.is_full or is_last:
        at = decoded.write()
        for name, own in contents.items() if at else ():
            if own.digest in at and isinstance(own.raw, Values):
                contents[name] = replace(own, raw=at[own.digest][0])


Decode = Callable[[str, bytes], tuple[Any, Notes]]
"""A file's name and content → a raw input and notes."""


def _decoder(kind: str, size: tuple[int, int] | None) -> Decode:
    """What reads a file of a kind, as large as ``size`` asks for."""
    spoken = KINDS[kind]
    if size is not None and spoken.sized is not None:
        return partial(spoken.read, spoken.sized(None, size))
    assert spoken.decode is not None, kind
    return spoken.decode


def _content(
    places: Places, place: Place, decode: Decode, max_bytes: int, known: Mapping[str, tuple[Kept, Notes]]
) -> Content:
    try:
        content = places.read(place, max_bytes)
        digest = hashlib.sha256(content).hexdigest()
        if digest in known:
            return Content(known[digest][0], digest, known[digest][1])
        raw, notes = decode(place.file, content)
    except PlaceError as error:
        return Content(None, fault=(error.says, error.mend))
    except InputError as error:
        says, _, mend = str(error).rpartition("; ")
        return Content(None, fault=(says or mend, mend if says else ""))
    return Content(raw, digest, notes)

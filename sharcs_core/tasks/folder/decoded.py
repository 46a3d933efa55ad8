"""Decoded pictures in the cache, by the SHA-256 of their files: shards that are read as if they were in memory.

A shard is a file of values, one picture after the other, and one that says where each begins, which is written last:
without it the values count for nothing. So what a kill leaves is whole, and decoding goes on after the last shard.

Shapes: H × W pixels of C channels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.image.raw import Values
from sharcs_core.kinds.kind import Notes
from sharcs_core.npz import read_arrays
from sharcs_core.storage import StorageError, cache_dir, replacing

SHARD = 64_000_000
"""Bytes of decoded pictures that are written together."""
MOST_HELD = 1_000_000_000
"""Bytes of decoded pictures that are held in memory where the cache cannot be written."""

_ROWS = ("digests", "starts", "shapes", "types", "whites", "own_notes", "notes")
_TYPES = ("|u1", "<u2", "|b1", "<i4", "<f4", "<f8")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a decoded picture lies.

    Attributes:
        values: (bytes,) of all pictures of a shard.
        shape: (H, W, C).
        kind: type of its values, as NumPy writes it.
        white, notes: as in :class:`~sharcs_core.kinds.image.raw.Values`.
    """

    values: NDArray[np.uint8]
    start: int
    shape: tuple[int, ...]
    kind: str
    white: int | None
    notes: tuple[str, ...]

    def read(self) -> Values:
        """The picture itself."""
        n = int(np.prod(self.shape))
        found = np.frombuffer(self.values, dtype=self.kind, count=n, offset=self.start).reshape(self.shape)
        return Values(found, self.white, self.notes)


At = dict[str, tuple[Kept, Notes]]
"""Digest of a file → its picture, and notes on how it was decoded."""


@dataclass
class Decoded:
    """The decoded pictures of a folder.

    Attributes:
        stem: what the names of its shards begin with.
        known: those that are kept.
        shards: the files of a shard → digests of the pictures in it.
    """

    stem: str
    known: At = field(default_factory=dict)
    shards: dict[tuple[Path, Path], frozenset[str]] = field(default_factory=dict)
    _fresh: dict[str, tuple[Values, Notes]] = field(default_factory=dict)
    _n_bytes: int = 0
    _wanted: int = field(default_factory=lambda: SHARD)

    @classmethod
    def of(cls, root: Path, what: str) -> Decoded:
        """What is kept of the folder at ``root``: of each kind and size apart."""
        name = hashlib.sha256(str(root).encode()).hexdigest()[:16]
        found = cls(f"folder-{name}-{what}")
        for index in sorted(cache_dir().glob(f"{found.stem}.*.npz")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                found._take(index.with_suffix(".npy"), index, read_arrays(index))
        return found

    @property
    def is_full(self) -> bool:
        """Whether what was added makes a shard."""
        return self._n_bytes >= self._wanted

    def add(self, digest: str, picture: Values, notes: Notes) -> None:
        """A picture that was decoded."""
        if digest not in self._fresh:
            self._fresh[digest] = picture, notes
            self._n_bytes += picture.values.nbytes

    def write(self) -> At:
        """What was added as a shard, and where each picture is in it; nothing where the cache cannot be written.

        Such a cache costs time, and nothing else, as long as all that is decoded fits into memory.

        Raises:
            StorageError: the cache cannot be written, and there are too many pictures to do without.
        """
        if not self._fresh:
            return {}
        name = hashlib.sha256("".join(self._fresh).encode()).hexdigest()[:8]
        values, index = (cache_dir() / f"{self.stem}.{name}.{ending}" for ending in ("npy", "npz"))
        try:
            self._write(values, index)
        except StorageError:
            if self._n_bytes > MOST_HELD:
                raise
            self._wanted = 2 * self._n_bytes
            return {}
        before = set(self.known)
        self._take(values, index, read_arrays(index))
        self._fresh, self._n_bytes = {}, 0
        return {digest: at for digest, at in self.known.items() if digest not in before}

    def _write(self, values: Path, index: Path) -> None:
        pictures = [(picture, notes) for picture, notes in self._fresh.values()]
        sizes = [_padded(picture.values.nbytes) for picture, _ in pictures]
        with replacing(values) as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": (sum(sizes),)}
            np.lib.format.write_array_header_2_0(stream, header)
            for (picture, _), size in zip(pictures, sizes, strict=True):
                stream.write(picture.values.tobytes().ljust(size, b"\0"))
        with replacing(index) as stream:
            np.savez(
                stream,
                digests=np.array(list(self._fresh)),
                starts=np.cumsum(sizes) - np.array(sizes),
                shapes=np.array([picture.values.shape for picture, _ in pictures]).reshape(-1, 3),
                types=np.array([picture.values.dtype.str for picture, _ in pictures]),
                whites=np.array([-1 if picture.white is None else picture.white for picture, _ in pictures]),
                own_notes=np.array(["\n".join(picture.notes) for picture, _ in pictures]),
                notes=np.array(["\n".join(notes) for _, notes in pictures]),
            )

    def _take(self, values: Path, index: Path, arrays: Mapping[str, Any]) -> None:
        """A shard that is kept. Raises KeyError or ValueError for what is not as it was written."""
        content = np.load(values, mmap_mode="r", allow_pickle=False)
        rows = dict(_rows(content, arrays))
        self.known |= rows
        self.shards[values, index] = frozenset(rows)

    def forget(self, used: Collection[str]) -> None:
        """Delete the shards that have no picture that is still used."""
        for files, digests in self.shards.items():
            if digests.isdisjoint(used):
                for path in reversed(files):  # first what says where pictures are
                    with suppress(OSError):
                        path.unlink(missing_ok=True)


def _padded(n_bytes: int) -> int:
    """Up to where the next picture begins, wherever numbers of 8 bytes may begin."""
    return -(-n_bytes // 8) * 8


def _rows(content: NDArray[np.uint8], arrays: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Kept, Notes]]]:
    for digest, start, shape, kind, white, own, notes in zip(*(arrays[name].tolist() for name in _ROWS), strict=True):
        if kind not in _TYPES or not 0 <= start <= len(content) - int(np.prod(shape)) * np.dtype(kind).itemsize:
            raise ValueError(f"a picture of type {kind!r} at {start}")
        own_notes = tuple(own.split("\n")) if own else ()
        kept = Kept(content, start, tuple(shape), kind, None if white < 0 else white, own_notes)
        yield digest, (kept, tuple(notes.split("\n")) if notes else ())

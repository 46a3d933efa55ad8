"""The cells of a column: equal ones are held once, and of very many different ones only their bytes, in a file.

The file has no name, so that it is gone with the process, however that ends.
"""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import IO

import numpy as np

from sharcs_core.storage import cache_dir
from sharcs_core.storage.writing import unwritable

MOST_DIFFERENT = 100_000
"""Different cells of a column that are held in memory."""
ENCODING = ("utf-8", "surrogatepass")


class Packed(Sequence[str | None]):
    """Cells in a file: what is asked for is made of its bytes. What is empty, or among ``missing``, is None."""

    def __init__(self, file: IO[bytes], ends: array[int], missing: Collection[str] = ()) -> None:
        self.file, self.ends, self.missing = file, ends, frozenset(missing)
        self.content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if ends and ends[-1] else b""

    def without(self, missing: Collection[str]) -> Packed:
        """The same, of which some say that nothing is there."""
        return Packed(self.file, self.ends, missing)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, row):  # type: ignore[no-untyped-def]
        """One cell, or a list of some."""
        if isinstance(row, slice):
            return [self[one] for one in range(len(self))[row]]
        end = self.ends[row]
        row %= len(self)
        text = self.content[self.ends[row - 1] if row else 0 : end].decode(*ENCODING)
        return None if not text or text in self.missing else text

    def __iter__(self) -> Iterator[str | None]:
        return (self[row] for row in range(len(self)))


class Collected:
    """A column that is read cell by cell."""

    def __init__(self) -> None:
        self.cells: list[str | None] = []
        self.held: dict[str | None, str | None] = {}
        self.file: IO[bytes] | None = None
        self.ends = array("q")
        self.n_bytes = 0

    def add(self, cell: str | None) -> None:
        """The next cell. Raises StorageError where the cache has no room for very many."""
        if self.file is not None:
            self._write(cell)
            return
        self.cells.append(self.held.setdefault(cell, cell))
        if len(self.held) > MOST_DIFFERENT:
            self._pack()

    def _pack(self) -> None:
        try:
            cache_dir().mkdir(parents=True, exist_ok=True)
            self.file = tempfile.TemporaryFile(dir=cache_dir(), buffering=1 << 20)  # noqa: SIM115 - as long as its cells
        except OSError as error:
            raise unwritable(cache_dir(), error) from error
        for cell in self.cells:
            self._write(cell)
        self.cells, self.held = [], {}

    def _write(self, cell: str | None) -> None:
        assert self.file is not None
        content = (cell or "").encode(*ENCODING)
        self.n_bytes += len(content)
        self.ends.append(self.n_bytes)
        try:
            self.file.write(content)
        except OSError as error:
            raise unwritable(cache_dir(), error) from error

    def done(self) -> list[str | None] | Packed:
        """All of its cells. Raises StorageError as :meth:`add` does."""
        if self.file is None:
            return self.cells
        try:
            self.file.flush()
        except OSError as error:
            raise unwritable(cache_dir(), error) from error
        return Packed(self.file, self.ends)


def compact(cells: Iterable[str | None]) -> list[str | None] | Packed:
    """The cells of a column that was read at once."""
    collected = Collected()
    for cell in cells:
        collected.add(cell)
    return collected.done()


def n_different(cells: Iterable[str | None], n: int) -> int:
    """How many of n cells differ, in eight bytes a cell.

    >>> n_different(["a", None, "a"], 3)
    2
    """
    return len(np.unique(np.fromiter(map(hash, cells), dtype=np.int64, count=n)))


def different(cells: Sequence[str | None]) -> Iterable[str | None]:
    """The different ones of cells, or all of them where these are many."""
    return cells if isinstance(cells, Packed) else set(cells)

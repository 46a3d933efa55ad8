"""Raw inputs that are made one at a time, so that those of a million samples need no more memory than one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sharcs_core.structures import Codes, Ints


@dataclass(frozen=True, eq=False)
class RawInputs(Sequence[Any]):
    """The raw inputs of a modality, None where a sample has none.

    Attributes:
        make: number of a sample → its raw input.
        present: (n,) which samples have one.
        digest: equal for equal inputs in the same order; empty where nobody knows.
    """

    make: Callable[[int], Any]
    present: Codes
    digest: str = ""

    def __len__(self) -> int:
        return len(self.present)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return self.at(np.arange(len(self))[row])
        return self.make(int(row)) if self.present[row] else None

    def __iter__(self) -> Iterator[Any]:
        return (self.make(row) if there else None for row, there in enumerate(self.present.tolist()))

    def at(self, rows: Ints) -> Sequence[Any]:
        """Those of some samples, made one at a time as well."""
        return _Some(self, rows)


@dataclass(frozen=True, eq=False)
class _Some(Sequence[Any]):
    """What stands at some places of a sequence."""

    of: Sequence[Any]
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        return _Some(self.of, self.rows[place]) if isinstance(place, slice) else self.of[int(self.rows[place])]

    def __iter__(self) -> Iterator[Any]:
        return (self.of[row] for row in self.rows.tolist())


def at(raws: Sequence[Any], rows: Ints) -> Sequence[Any]:
    """The raw inputs of some samples; one at a time where they are made so.

    >>> at(["a", None, "b"], np.array([2, 0]))
    ['b', 'a']
    """
    return raws.at(rows) if isinstance(raws, RawInputs) else [raws[row] for row in rows]


@dataclass(frozen=True)
class Repeated(Sequence[Any]):
    """The same for each of n rows."""

    value: Any
    n: int

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return Repeated(self.value, len(range(self.n)[row]))
        return self.value if -self.n <= row < self.n else _beyond(row)

    def __iter__(self) -> Iterator[Any]:
        return (self.value for _ in range(self.n))


def _beyond(row: int) -> Any:
    raise IndexError(row)

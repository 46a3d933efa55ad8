"""Columns that are no input and say something about each sample → which traits hold for it.

Shapes: n rows, A traits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sharcs_core.kinds.columns import LEAST_SEEN, natural
from sharcs_core.kinds.columns.cells import word
from sharcs_core.meanings import UNKNOWN
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Ints
from sharcs_core.tasks.arrays import called
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.sheet import Sheet

YES, NO = ("yes", "true", "1"), ("no", "false", "0")
"""Cells of a column that is a trait itself, in small letters."""
MOST_TRAITS = 200
"""Of a task: each concept is compared with each."""
MOST_VALUES = 50
"""Of a column that is no yes and no: each is a trait of its own."""


class Traits(NamedTuple):
    """What is said about samples.

    Attributes:
        names: (A,) such as ``alcohol``, of a column of yes and no, or ``site north``.
        values: (n, A) 1 where it holds, 0 where not, -1 where that is not known; None where there are none.
    """

    names: tuple[str, ...]
    values: Ints | None


def traits_of(sheet: Sheet, columns: Sequence[str], train: Ints) -> Traits:
    """The traits that columns of a sheet say, those left out that training has, or lacks, hardly ever.

    Args:
        train: the rows that are trained on.

    Raises:
        FolderError: for a column of too many values, and for too many columns.
    """
    found = dict(one for column in columns for one in _of_column(sheet, word(column)))
    told = {name: values for name, values in found.items() if _varies(values[train])}
    if len(told) > MOST_TRAITS:
        mend = f"name at most {MOST_TRAITS}"
        raise FolderError([sheet.fault(None, None, f"says {len(told):,} traits of its samples", mend)])
    return Traits(tuple(told), np.stack(list(told.values()), axis=1) if told else None)


def _of_column(sheet: Sheet, column: str) -> Iterator[tuple[str, Ints]]:
    cells = [None if cell is None or not cell.strip() else word(cell) for cell in sheet.cells[column]]
    said = sorted({cell for cell in cells if cell is not None}, key=natural)
    if all(cell.lower() in (*YES, *NO) for cell in said):
        yield column, _numbers([None if cell is None else cell.lower() in YES for cell in cells])
        return
    if len(said) > MOST_VALUES:
        raise FolderError([_too_many(sheet, column, len(said))])
    for value in said:
        yield called(column, value), _numbers([None if cell is None else cell == value for cell in cells])


def _too_many(sheet: Sheet, column: str, n: int) -> Fault:
    says = f"has {n:,} values, of which each would be a trait (such as {shown(sheet.cells[column][0] or '')})"
    return sheet.fault(None, column, says, f"write yes and no, or at most {MOST_VALUES} different words")


def _numbers(holds: Sequence[bool | None]) -> Ints:
    return np.array([UNKNOWN if one is None else int(one) for one in holds], dtype=np.int8)


def _varies(values: Ints) -> bool:
    """Whether there are samples enough with a trait, and without it, to say anything of it."""
    return bool(min((values == 1).sum(), (values == 0).sum()) >= LEAST_SEEN)

"""Cells → the numbers that an encoder reads, and back.

Shapes: n rows, C columns, W places of a prepared row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import is_not_finite, number_in, number_word, word
from sharcs_core.kinds.columns.column import Column
from sharcs_core.kinds.columns.fitting import Cells, numbers_in, said_in
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Codes, Floats

MOST = 1e15
"""Prepared numbers beyond that lead to infinite ones where a model computes."""

_BITS = {"false": 0.0, "true": 1.0, "0": 0.0, "1": 1.0}
_STEPS = 64
"""Neighbouring numbers that are tried where no short one is prepared to the wanted value."""


@dataclass(frozen=True)
class Rows:
    """Prepared rows.

    Attributes:
        values: (n, W) float32.
        lacking: (n, C) where a cell says nothing though each training cell said something.
        other: (n, C) where a category has a value that has no place of its own.
    """

    values: NDArray[np.float32]
    lacking: Codes
    other: Codes


def prepare_rows(columns: Sequence[Column], cells: Sequence[Cells], where: Callable[[int], str] = str) -> Rows:
    """The cells of n rows as an encoder reads them.

    A number is centred and scaled; a missing one is 0, a missing category has none of its places.

    Args:
        cells: of each column the n cells of its rows.
        where: number of a row → how to name it in an error.

    Raises:
        UserError: for a cell that does not fit its column.

    >>> columns = (Column("size", mean=2.0, scale=0.5, missing=True), Column("colour", "category", values=("red",)))
    >>> prepare_rows(columns, [[2.5, None], ["red", "teal"]]).values.tolist()
    [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]]
    """
    prepared = [_prepared(column, of_one, where) for column, of_one in zip(columns, cells, strict=True)]
    n_rows = len(cells[0]) if cells else 0
    blank, codes = np.zeros((n_rows, 0), dtype=np.float32), np.zeros((n_rows, 0), dtype=bool)
    return Rows(
        values=np.concatenate([blank, *(one.values for one in prepared)], axis=1),
        lacking=np.concatenate([codes, *(one.lacking for one in prepared)], axis=1),
        other=np.concatenate([codes, *(one.other for one in prepared)], axis=1),
    )


def _prepared(column: Column, cells: Cells, where: Callable[[int], str]) -> Rows:
    if column.kind == "category":
        said = said_in(column.name, cells, where)
        values = _places(column, said)
        absent, other = np.array([cell is None for cell in said], dtype=bool), values[:, -1] > 0
    else:
        numbers = _numbers(column, cells, where)
        values = _scaled(column, numbers, where)[:, None]
        absent, other = np.isnan(numbers), np.zeros(len(numbers), dtype=bool)
    if column.missing:
        values = np.concatenate([values, absent[:, None]], axis=1)
    lacking = absent & (not column.missing)
    return Rows(values.astype(np.float32), lacking[:, None], other[:, None])


def _places(column: Column, said: Sequence[Any]) -> Floats:
    """One 1 a row, (n, values + 1); none where there is no value."""
    place = {value: number for number, value in enumerate(column.values)}
    found = [place.get(word(cell), len(place)) if cell is not None else -1 for cell in said]
    places: Floats = (np.array(found, dtype=np.int64)[:, None] == np.arange(len(place) + 1)).astype(np.float32)
    return places


def _numbers(column: Column, cells: Cells, where: Callable[[int], str]) -> Floats:
    """What the cells of a column of numbers or bits say, NaN where they say nothing."""
    numbers = numbers_in(cells) if column.kind == "number" else None
    if numbers is not None and not np.isinf(numbers).any():
        return numbers
    said = said_in(column.name, cells, where)
    return np.array([_number(column, cell, where, row) for row, cell in enumerate(said)], dtype=np.float64)


def _scaled(column: Column, numbers: Floats, where: Callable[[int], str]) -> Floats:
    with np.errstate(over="ignore"):
        scaled = np.where(np.isnan(numbers), 0.0, scaled_by(column, numbers))
    far = np.flatnonzero(np.abs(scaled) > MOST)
    if len(far):
        row = int(far[0])
        raise UserError(
            f"{where(row)}: {column.name} is {numbers[row]:.3g}, too far from what training had "
            f"(about {column.mean:.3g} ± {column.scale:.3g}) to be computed with; check its unit"
        )
    return scaled + 0.0  # no number is −0


def scaled_by(column: Column, values: Floats) -> Floats:
    """Numbers as a column has them, in double precision."""
    return (values - column.mean) / column.scale


def _number(column: Column, cell: Any, where: Callable[[int], str], row: int) -> float:
    fault = fault_of(column, cell)
    if fault:
        raise UserError(f"{where(row)}: {column.name} {fault}")
    if cell is None:
        return math.nan
    bit = _BITS.get(str(cell).strip().lower()) if column.kind == "bit" else None
    return bit if bit is not None else number_in(cell) or 0.0


def fault_of(column: Column, cell: Any) -> str | None:
    """What keeps a cell that says something from being one of a column of numbers or bits, and the mend."""
    if cell is None or column.kind == "category":
        return None
    if column.kind == "bit":
        is_bit = str(cell).strip().lower() in _BITS or number_in(cell) in (0.0, 1.0)
        return None if is_bit else f"is {shown(cell)}; write 0 or 1, or leave it empty"
    if is_not_finite(cell) or number_in(cell) == math.inf:
        return f"is {shown(cell)}, which is no finite number; write one, or leave it empty"
    return None if number_in(cell) is not None else f"is {shown(cell)}; write a number such as 0.5, or leave it empty"


# -- back


def cells_of(columns: Sequence[Column], row: Floats) -> tuple[str, ...]:
    """A prepared row (W,) as words, a cell a column, such that preparing them gives the same row.

    ``""`` where there is nothing, and a word such as ``other`` for a value that has no place of its own.

    >>> columns = (Column("size", mean=2.0, scale=0.5, missing=True), Column("colour", "category", values=("red",)))
    >>> cells_of(columns, np.array([1, 0, 1, 0.0])), cells_of(columns, np.array([0, 1, 0, 1.0]))
    (('2.5', 'red'), ('', 'other'))
    """
    ends = np.cumsum([column.width for column in columns]).tolist()
    starts = [0, *ends[:-1]]
    return tuple(_cell(column, row[start:end]) for column, start, end in zip(columns, starts, ends, strict=True))


def _cell(column: Column, places: Floats) -> str:
    if column.missing and places[-1] > 0:
        return ""
    if column.kind == "category":
        return _value(column, places[: len(column.values) + 1])
    return number_word_of(column, np.float32(places[0]))


def _value(column: Column, places: Floats) -> str:
    if not (places > 0).any():
        return ""
    place = int(places.argmax())
    return column.values[place] if place < len(column.values) else column.other


def number_word_of(column: Column, prepared: np.float32) -> str:
    """The shortest number that is prepared to this one."""
    if _is_prepared_to(column, "0", prepared):
        return "0"  # which no rounding of a number beside it gives
    number = float(prepared) * column.scale + column.mean
    for digits in range(1, 18):
        text = number_word(number, digits)
        if _is_prepared_to(column, text, prepared):
            return text
    return _neighbour(column, number, prepared)


def _neighbour(column: Column, number: float, prepared: np.float32) -> str:
    """A number next to ``number`` that is prepared as wanted; ``number`` itself where there is none."""
    above = below = number
    for _ in range(_STEPS):
        above, below = math.nextafter(above, math.inf), math.nextafter(below, -math.inf)
        for near in (above, below):
            if _is_prepared_to(column, number_word(near), prepared):
                return number_word(near)
    return number_word(number)


def _is_prepared_to(column: Column, text: str, prepared: np.float32) -> bool:
    return bool(scaled_by(column, np.array([float(text)])).astype(np.float32)[0] == prepared)

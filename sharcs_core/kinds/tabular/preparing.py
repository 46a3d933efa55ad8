"""Rows → the numbers that a model reads. The one way: for stored samples, people's files and rows from Python.

Shapes: n rows, C columns, F places of a prepared row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column, Rows, prepare_rows
from sharcs_core.kinds.columns.cells import bare, number_in, number_word, word
from sharcs_core.kinds.kind import Notes
from sharcs_core.kinds.tabular.form import TableForm
from sharcs_core.kinds.tabular.raw import has_names, named_cells
from sharcs_core.readers.checks import shown
from sharcs_core.readers.rows import names_in
from sharcs_core.structures import Codes, Inputs, Strings


def prepare(form: TableForm, raws: Sequence[Any]) -> tuple[Inputs, tuple[Notes, ...]]:
    """Rows as inputs, and notes on each.

    Returns:
        ``values`` (n, F) float32. Where a column takes several places, ``columns`` (n, F) as well, the number of the
        column of each place, the same in every row. Where there are categories, ``cells`` (n, C) as well, what stood
        in the row, for display and for files.

    Raises:
        UserError: for a cell that does not fit its column, and for a row that has none of the columns.
    """
    single = len(raws) == 1
    rows = [_checked(form, raw, "The row" if single else f"Row {number}") for number, raw in enumerate(raws, start=1)]
    cells = [[row.get(name) for row in rows] for name in form.names]
    prepared = prepare_rows(form.columns, cells, lambda row: "The row" if single else f"Row {row + 1}")
    arrays: dict[str, NDArray[Any]] = {"values": prepared.values}
    if any(column.width > 1 for column in form.columns):
        arrays["columns"] = np.tile(column_of_place(form.columns), (len(rows), 1))
    if any(column.kind == "category" for column in form.columns):
        arrays["cells"] = _words(form, rows)
    return Inputs("tabular", arrays), tuple(_notes(form, row, prepared, place) for place, row in enumerate(rows))


def column_of_place(columns: Sequence[Column]) -> NDArray[np.int16]:
    """The number of the column of each place of a prepared row, (F,)."""
    return np.repeat(np.arange(len(columns), dtype=np.int16), [column.width for column in columns])


def _checked(form: TableForm, raw: Any, where: str) -> dict[str, Any]:
    cells = named_cells(raw, where)
    if not set(cells) & set(form.names):
        raise UserError(f"{where} has none of the columns {names_in(form.names)} (got {names_in(list(cells))})")
    if not has_names(raw) and len(cells) != len(form.columns):
        raise UserError(f"{where} has {len(cells)} cells for {len(form.columns)} columns; bring one for each")
    return cells


def _words(form: TableForm, rows: Sequence[Mapping[str, Any]]) -> Strings:
    """What stands in each cell, (n, C)."""
    words = [[_word(column, row.get(column.name)) for column in form.columns] for row in rows]
    return np.array(words, dtype=np.str_).reshape(len(rows), len(form.columns))


def _word(column: Column, cell: Any) -> str:
    said = bare(cell)
    if said is None:
        return ""
    number = number_in(said) if column.kind != "category" else None
    return word(said) if number is None else number_word(number)


def _notes(form: TableForm, row: Mapping[str, Any], prepared: Rows, place: int) -> Notes:
    absent = [name for name in form.names if name not in row]
    lacking = [name for name in _flagged(form, prepared.lacking[place]) if name in row]
    other = [f"{name} ({word(bare(row[name]))})" for name in _flagged(form, prepared.other[place])]
    further = [shown(name)[1:-1] for name in row if name not in form.names]
    said = {
        "The row does not say {}; it was taken as missing": absent,
        "Nothing is said of {}, of which every training row said something; judge with care": lacking,
        "Training had {} seldom or never; each counts as any other rare value": other,
        "What is said of {} was left out; the model does not read it": further,
    }
    return tuple(sentence.format(names_in(names)) for sentence, names in said.items() if names)


def _flagged(form: TableForm, flags: Codes) -> list[str]:
    return [name for name, flag in zip(form.names, flags, strict=True) if flag]

"""Rows in CSV files."""

from __future__ import annotations

from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import cells_of, prepare_rows
from sharcs_core.kinds.kind import File, Notes
from sharcs_core.kinds.tabular.form import TableForm
from sharcs_core.kinds.tabular.preparing import column_of_place, prepare
from sharcs_core.readers.checks import InputError, file_name
from sharcs_core.readers.rows import as_csv, read_row
from sharcs_core.readers.tables import TABLE_SUFFIXES
from sharcs_core.structures import Inputs


def read(form: TableForm, name: str, content: bytes) -> tuple[Any, Notes]:
    """The row of a CSV file, column → cell, and notes.

    Raises:
        InputError: naming the fault and the mend.
    """
    numbers = [column.name for column in form.columns if column.kind == "number"]
    cells, notes = read_row(name, content, form.names, numbers, TABLE_SUFFIXES)
    try:
        prepare(form, [cells])
    except UserError as error:
        raise InputError(str(error).replace("The row", file_name(name), 1)) from None
    return cells, notes


def write(form: TableForm, inputs: Inputs, row: int) -> File:
    """A row as CSV under the columns' own names, numbers as precise as they are."""
    return File(".csv", as_csv(dict(zip(form.names, row_cells(form, inputs, row), strict=True))), "text/csv")


def row_cells(form: TableForm, inputs: Inputs, row: int) -> tuple[str, ...]:
    """What stands in the cells of a prepared row, such that preparing them gives the row again; (C,).

    Rare values by their own names where ``cells`` has them.
    """
    values = inputs.arrays["values"][row]
    told = cells_of(form.columns, values)
    if "cells" not in inputs.arrays:
        return told
    kept = tuple(str(cell) for cell in inputs.arrays["cells"][row])
    again = [prepare_rows([column], [[cell]]).values[0] for column, cell in zip(form.columns, kept, strict=True)]
    of_column = column_of_place(form.columns)
    same = [np.array_equal(values[of_column == place], one) for place, one in enumerate(again)]
    return tuple(own if is_same else other for own, other, is_same in zip(kept, told, same, strict=True))

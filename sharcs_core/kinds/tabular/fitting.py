"""Training rows → the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column, fit_column, natural
from sharcs_core.kinds.columns.cells import bare
from sharcs_core.kinds.tabular.form import TableForm
from sharcs_core.kinds.tabular.raw import has_names, named_cells


def fit(raws: Sequence[Any]) -> TableForm:
    """The columns of training rows: mappings, pandas rows, or sequences of equally many cells.

    The columns of mappings stand as in the first row where all rows have the same, else in natural order.

    Raises:
        UserError: for what are no such rows, and for a column of which none of several rows says anything.

    >>> fit([{"size": 1.0, "colour": "red"}, {"size": 3.0, "colour": "red"}, {"size": 2, "colour": "red"}]).names
    ('size', 'colour')
    """
    rows = [named_cells(raw, f"Row {number}") for number, raw in enumerate(raws, start=1)]
    if not rows:
        raise UserError("A table needs at least one training row to learn its columns from (got none)")
    lengths = sorted({len(row) for raw, row in zip(raws, rows, strict=True) if not has_names(raw)})
    if len(lengths) > 1:
        raise UserError(
            f"Rows have {lengths[0]} cells and {lengths[-1]}; bring one for each column, None where none is"
        )
    names = set().union(*rows)
    ordered = list(rows[0]) if len(rows[0]) == len(names) else sorted(names, key=natural)
    return TableForm(tuple(_fitted(name, [row.get(name) for row in rows]) for name in ordered))


def _fitted(name: str, cells: Sequence[Any]) -> Column:
    column = fit_column(name, cells)
    says_nothing = column.kind == "category" and not column.values and all(bare(cell) is None for cell in cells)
    if says_nothing and len(cells) > 1:
        raise UserError(f"Of {name} no training row says anything; leave the column out")
    return column

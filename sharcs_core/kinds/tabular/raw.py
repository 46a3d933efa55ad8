"""Rows as Python people have them → the cells by the name of their column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import word


def named_cells(raw: Any, where: str) -> dict[str, Any]:
    """The cells of a raw row by the name of their column; ``column_1`` … where they have none.

    Raises:
        UserError: for what is no row, or has a column twice or without a name.
    """
    cells = _pairs(raw, where)
    named = {word(name): cell for name, cell in cells}
    if not named:
        raise UserError(f"{where} has no cells; bring at least one column")
    if "" in named:
        raise UserError(f"{where} has a column without a name; give it one")
    if len(named) < len(cells):
        twice, _ = Counter(word(name) for name, _ in cells).most_common(1)[0]
        raise UserError(f"{where} has the column {twice!r} more than once; keep one")
    return named


def has_names(raw: Any) -> bool:
    """Whether a raw row says which cell is in which column."""
    is_series = callable(getattr(raw, "items", None)) and getattr(raw, "ndim", 1) == 1
    return isinstance(raw, Mapping) or is_series or callable(getattr(raw, "_asdict", None))


def _pairs(raw: Any, where: str) -> list[tuple[Any, Any]]:
    if has_names(raw):
        return list((raw._asdict() if callable(getattr(raw, "_asdict", None)) else raw).items())
    is_row = isinstance(raw, Sequence) and not isinstance(raw, str | bytes)
    if not is_row and getattr(raw, "ndim", None) != 1:
        raise UserError(f"{where} is no row of a table (got {type(raw).__name__}); bring a mapping or a list of cells")
    return [(f"column_{number}", cell) for number, cell in enumerate(raw, start=1)]


def takes(raw: object) -> bool:
    """Whether it is a row of a table: cells by column, or in an order."""
    return isinstance(raw, Mapping) or getattr(raw, "ndim", 0) == 1 or isinstance(raw, list | tuple)

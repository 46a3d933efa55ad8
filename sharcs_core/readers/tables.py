"""A person's row of bits, as CSV → one input of kind tabular."""

from __future__ import annotations

import csv
import io
import re

import numpy as np

from sharcs_core.readers.checks import InputError, check_file, shown, text_of
from sharcs_core.structures import Inputs

TABLE_SUFFIXES = (".csv",)
COLUMNS = tuple(f"bit_{i}" for i in range(6))
EXPECTED = f"write the header {','.join(COLUMNS)} and below it one row of 0 and 1"
SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""What separates columns where commas do not, and what it is called."""
_VALUES = {"0": 0.0, "0.0": 0.0, "1": 1.0, "1.0": 1.0}


def read_bits_table(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A CSV with the columns ``bit_0`` … ``bit_5``, in any order, and one row of 0 and 1.

    Returns:
        One row, ``values`` (1, 6), and a note where the columns were put in order.

    Raises:
        InputError: naming the fault and the mend.

    >>> read_bits_table("a.csv", b"bit_0,bit_1,bit_2,bit_3,bit_4,bit_5\\n0,1,1,0,0,1\\n")[0].arrays["values"].tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]]
    """
    file = check_file(name, content, TABLE_SUFFIXES, "table")
    rows, notes = _rows(file, text_of(file, content))
    header = rows[0]
    _check_header(file, header)
    if len(rows) != 2:
        raise InputError(f"{file} has {len(rows) - 1:,} rows below its header; keep exactly one")
    if len(rows[1]) != len(header):
        raise InputError(f"{file}: the row has {len(rows[1]):,} values for {len(header)} columns; {EXPECTED}")
    cells = dict(zip(header, rows[1], strict=True))
    values = [[_bit(file, column, cells[column]) for column in COLUMNS]]
    notes += () if tuple(header) == COLUMNS else ("The columns were put in order, bit_0 to bit_5.",)
    return Inputs("tabular", {"values": np.array(values, dtype=np.float32)}), notes


def _rows(file: str, text: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows that are not empty, at least one, their cells bare; and what was changed to read them."""
    separator, text, notes = _separator(text)
    try:
        read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = [[cell.strip() for cell in row] for row in read if any(cell.strip() for cell in row)]
    except csv.Error:
        raise InputError(f"{file} is not a table in CSV; {EXPECTED}") from None
    if not rows:
        raise InputError(f"{file} is empty; {EXPECTED}")
    if rows[0][0].startswith("|"):
        raise InputError(f"{file} is a table in Markdown; {EXPECTED}")
    trimmed = [_without_empty_end(row) for row in rows]
    if trimmed != rows:
        notes += ("Empty cells at the ends of rows were left out.",)
    return trimmed, notes


def _separator(text: str) -> tuple[str, str, tuple[str, ...]]:
    """What separates the columns, the text without a line that declares it, and a note where it is no comma."""
    first, _, rest = text.lstrip().partition("\n")
    declared = re.fullmatch(r"sep=(.)\s*", first)
    if declared:
        separator, text = declared[1], rest
    else:
        separator = next((other for other in SEPARATORS if other in first and "," not in first), ",")
    if separator == ",":
        return separator, text, ()
    return separator, text, (f"The columns are separated by {SEPARATORS.get(separator, repr(separator))}.",)


def _without_empty_end(row: list[str]) -> list[str]:
    """A row without the empty cell that a separator at its end makes."""
    return row[:-1] if len(row) == len(COLUMNS) + 1 and not row[-1] else row


def _check_header(file: str, header: list[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InputError(f"{file} has no column {', '.join(missing)}; {EXPECTED}")
    repeated = [column for column in COLUMNS if header.count(column) > 1]
    if repeated:
        raise InputError(f"{file} has the column {', '.join(repeated)} more than once; keep one")
    further = [column for column in header if column not in COLUMNS]
    if further:
        raise InputError(f"{file} has a further column {shown(further[0])}; keep only bit_0 to bit_5")


def _bit(file: str, column: str, cell: str) -> float:
    if cell not in _VALUES:
        fault = f"is {shown(cell)}" if cell else "is empty"
        raise InputError(f"{file}: {column} {fault}; write 0 or 1")
    return _VALUES[cell]

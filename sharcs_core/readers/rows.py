"""A row of a table as CSV, under any columns → a cell a column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence

from sharcs_core.named import listed
from sharcs_core.readers.checks import InputError, check_file, shown, text_of

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
"""What may separate columns, and what it is called; the first under which most columns are found is the one."""

MOST_NAMED = 5
"""Of more columns the number is told."""

_DECLARED = re.compile(r"sep=(.)\s*")
_WITH_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_Table = list[list[str]]


def read_row(
    name: str, content: bytes, columns: Sequence[str], numbers: Collection[str], suffixes: tuple[str, ...]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The cells of a CSV of one row below its header, in any order, and notes on what was changed to read it.

    Args:
        columns: those that are wanted: none may stand there twice, and one of them must. Further ones are read too.
        numbers: the columns of numbers, in which a decimal comma is read as one.

    Raises:
        InputError: naming the fault and the mend.

    >>> read_row("a.csv", b"size;colour\\n1,5;red\\n", ("colour", "size"), ("size",), (".csv",))[0]
    {'size': '1.5', 'colour': 'red'}
    """
    file = check_file(name, content, suffixes, "table")
    table, separator, notes = _table(file, text_of(file, content), columns)
    header, row = _header_and_row(file, table, columns)
    _check_columns(file, header, columns)
    cells = {column: cell for column, cell in zip(header, row, strict=True) if column}
    with_point = cells if separator == "," else {name: _pointed(cell, name in numbers) for name, cell in cells.items()}
    return with_point, notes if with_point == cells else (*notes, "The numbers have a decimal comma")


def names_in(columns: Sequence[str]) -> str:
    """Columns by name, or the first of them and how many more.

    >>> names_in("abcdefgh")
    'a, b, c, d, e and 3 more'
    """
    if len(columns) <= MOST_NAMED:
        return listed(list(columns))
    return f"{', '.join(columns[:MOST_NAMED])} and {len(columns) - MOST_NAMED} more"


def _expected(columns: Sequence[str]) -> str:
    return f"write a header with the columns {names_in(columns)}, and one row below it"


def _table(file: str, text: str, columns: Sequence[str]) -> tuple[_Table, str, tuple[str, ...]]:
    """The rows of bare cells, at least one, what separates them, and a note where that is no comma."""
    first, _, rest = text.lstrip().partition("\n")
    declared = _DECLARED.fullmatch(first)
    if declared and first.strip() not in columns:
        separator, table = declared[1], _rows(rest, declared[1])
    else:
        tables = {separator: _rows(text, separator) for separator in SEPARATORS}
        separator = max(tables, key=lambda one: len(set(columns) & set(tables[one][0])) if tables[one] else -1)
        table = tables[separator]
    if not table:
        raise InputError(f"{file} is empty, or no table in CSV; {_expected(columns)}")
    if separator == ",":
        return table, separator, ()
    return table, separator, (f"The columns are separated by {SEPARATORS.get(separator, repr(separator))}",)


def _rows(text: str, separator: str) -> _Table:
    """Rows of bare cells, blank lines left out; none for what cannot be read as CSV."""
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []
    return [[" ".join(cell.split()) for cell in row] for row in read if row]


def _header_and_row(file: str, table: _Table, columns: Sequence[str]) -> tuple[list[str], list[str]]:
    header, *below = table
    while header and not header[-1]:
        header = header[:-1]
    if not set(columns) & set(header):
        raise InputError(f"{file} has none of the columns {names_in(columns)}; {_expected(columns)}")
    rows = [row for row in below if any(row)] or below[:1]  # of one row each cell may be empty
    if len(rows) != 1:
        raise InputError(f"{file} has {len(rows):,} rows below its header; keep exactly one")
    row = rows[0] if any(rows[0][len(header) :]) else rows[0][: len(header)]
    if len(row) != len(header):
        raise InputError(
            f"{file}: the row has {len(row):,} values for {len(header):,} columns; "
            "write one below each name, and nothing between two separators where there is none"
        )
    return header, row


def _pointed(cell: str, is_number: bool) -> str:
    return cell.replace(",", ".") if is_number and _WITH_COMMA.fullmatch(cell) else cell


def _check_columns(file: str, header: Sequence[str], columns: Sequence[str]) -> None:
    repeated = [column for column in columns if header.count(column) > 1]
    if repeated:
        raise InputError(f"{file} has the column {shown(repeated[0])} more than once; keep one")


def as_csv(cells: Mapping[str, str]) -> bytes:
    """A row as a CSV file with its header; :func:`read_row` reads it again."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n")
    writer.writerows([list(cells), list(cells.values())])
    return content.getvalue().encode()

"""The text of a CSV file → its rows, whatever separates and quotes its cells."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sharcs_core.named import counted
from sharcs_core.readers.rows import SEPARATORS
from sharcs_core.tasks.folder.cells import Collected
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults

MOST_COLUMNS = 2000
MOST_ROWS = 2_000_000
MOST_CELLS = 50_000_000
"""Of a sheet; all of it is held in memory."""

_DECLARED = re.compile(r"sep=(.)\r?\n?")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_TRIED = 50
"""Rows by which separator and quotes are found."""
_TRIED_CHARACTERS = 1_000_000


class Table(NamedTuple):
    """Rows of equally many cells.

    Attributes:
        header: as it is written.
        columns: the cells of each as they are written, blank rows left out.
        numbers: of each row, as a spreadsheet counts.
        notes: on what was found out.
    """

    header: list[str]
    columns: list[Sequence[str | None]]
    numbers: Sequence[int]
    notes: tuple[str, ...]


class _Style(NamedTuple):
    separator: str
    quote: str
    start: int
    """Where the table begins: after a line that only says what separates its cells."""


def read_table(file: str, text: str) -> Table:
    """The rows of a CSV file, cells as they are written.

    Raises:
        FolderError: with every row that has not as many cells as there are columns, or is quoted wrongly.
    """
    style = _style(text)
    records = _records(file, text, style)
    first, header = next(((number, row) for number, row in records if isinstance(row, Fault) or any(row)), (1, []))
    if isinstance(header, Fault):
        raise FolderError([header])
    _check_columns(file, header)
    columns = [Collected() for _ in header]
    numbers = array("q")
    faults: list[Fault] = []
    n_blank = first - 1
    for number, row in records:
        if isinstance(row, Fault):
            faults.append(row)
        elif not any(row):
            n_blank += 1
        elif len(row) != len(header) and any(row[len(header) :] if len(row) > len(header) else ["short"]):
            faults.append(_ragged(file, number, len(row), len(header)))
        else:
            for column, cell in zip(columns, row, strict=False):  # what is beyond the header is empty
                column.add(cell)
            numbers.append(number)
            _check_rows(file, len(numbers), len(header))
    if faults:
        raise FolderError(first_faults(faults, "rows at fault"))
    return Table(header, [column.done() for column in columns], numbers, (*_style_notes(style), *_blank_note(n_blank)))


def check_size(file: str, n_columns: int, n_rows: int) -> None:
    """Raise FolderError for a sheet that is too large to be held in memory."""
    for n, most, what in ((n_columns, MOST_COLUMNS, "columns"), (n_rows, MOST_ROWS, "rows")):
        if n > most:
            raise FolderError([Fault(file, None, None, f"has {n:,} {what}, more than {most:,}", f"bring fewer {what}")])
    if n_columns * n_rows > MOST_CELLS:
        says = f"has {n_columns * n_rows:,} cells, more than {MOST_CELLS:,}"
        raise FolderError([Fault(file, None, None, says, "bring fewer rows or columns")])


def _check_columns(file: str, header: Sequence[str]) -> None:
    if not header:
        says = "is empty"
        raise FolderError([Fault(file, None, None, says, "write a header that names the columns, and a row a sample")])
    check_size(file, len(header), 1)


def _check_rows(file: str, n_rows: int, n_columns: int) -> None:
    if n_rows > MOST_ROWS or n_rows * n_columns > MOST_CELLS:
        check_size(file, n_columns, n_rows)


def _ragged(file: str, number: int, n_cells: int, n_columns: int) -> Fault:
    says = f"has {counted(n_cells, 'cell')} for {counted(n_columns, 'column')}"
    mend = "write one a column, nothing between two separators where there is none, and quote one that has a separator"
    return Fault(file, number, None, says, mend)


def _records(file: str, text: str, style: _Style) -> Iterator[tuple[int, list[str] | Fault]]:
    """Every row with its number, blank ones as such, and one that is quoted wrongly as a fault."""
    lines = (line[0] for line in _LINE.finditer(text, style.start) if line[0])
    reader = csv.reader(lines, delimiter=style.separator, quotechar=style.quote, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            says, mend = _in_words(str(error), style.quote)
            yield number, Fault(file, number, None, says, mend)
            if "limit" in str(error):  # of a quote that is never closed; what follows is read from its middle
                return


def _in_words(error: str, quote: str) -> tuple[str, str]:
    if "limit" in error:
        most = csv.field_size_limit()
        return f"has a cell of more than {most:,} characters", f"close the quote {quote} that begins it, or bring less"
    if "end of data" in error:
        return f"opens a quote {quote} that is never closed", f"close it, or write {quote * 2} for one that is meant"
    return f"has text after a quote {quote} was closed", f"write {quote * 2} for a {quote} inside of a quoted cell"


# -- what separates and quotes


def _style(text: str) -> _Style:
    """How a table is written: as its first line says, or else as most rows agree with the header."""
    head = text[:_TRIED_CHARACTERS]
    declared = _DECLARED.match(head)
    start = declared.end() if declared else 0
    wanted = [declared[1]] if declared and declared[1] not in "\r\n\"'" else list(SEPARATORS)
    first = head[start:].lstrip().splitlines()[:1] or [""]
    is_single = len(first[0].strip()) > 1 and first[0][0] == first[0].strip()[-1] == "'"
    styles = [_Style(separator, "'" if is_single else '"', start) for separator in wanted]
    return max(styles, key=lambda style: _agreement(head, style))


def _agreement(head: str, style: _Style) -> tuple[float, int]:
    """The share of rows with as many cells as the header, of two or more; and how many those are."""
    rows = _try(head, style)
    n_columns = len(rows[0]) if rows else 0
    if not 2 <= n_columns <= MOST_COLUMNS:
        return (0.0, n_columns if n_columns > 1 else 0)
    return sum(len(row) == n_columns for row in rows) / len(rows), n_columns


def _try(head: str, style: _Style) -> list[list[str]]:
    """Some rows as they are in that style."""
    reader = csv.reader(io.StringIO(head[style.start :], newline=""), delimiter=style.separator, quotechar=style.quote)
    try:
        return list(islice((row for row in reader if any(row)), _TRIED))
    except csv.Error:
        return []


def _style_notes(style: _Style) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if style.separator != ",":
        notes += (f"The columns are separated by {SEPARATORS.get(style.separator, repr(style.separator))}",)
    if style.quote != '"':
        notes += ("Cells are quoted by single quotes",)
    return notes


def _blank_note(n_blank: int) -> tuple[str, ...]:
    return (f"{counted(n_blank, 'blank row')} {'was' if n_blank == 1 else 'were'} left out",) if n_blank else ()

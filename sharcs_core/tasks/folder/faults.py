"""What is wrong with a folder, fault by fault: where it is, what it is, how to mend it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sharcs_core.errors import UserError
from sharcs_core.named import counted
from sharcs_core.readers.checks import shown

MOST_LISTED = 100
"""Faults of one sort that are listed one by one; of more the number is told."""

_IN_LINES, _IN_KEYS = (".toml", ".jsonl"), (".toml",)
"""What files end in of which a row is called a line, and a column a key."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes the beginning of a formula for."""


@dataclass(frozen=True)
class Fault:
    """One fault, or one note.

    Attributes:
        file: relative to the folder.
        row: as a spreadsheet counts, so that the header is row 1; of TOML and JSON lines the line. None for all of it.
        column: as it stands in the header, or a key of task.toml.
        says: what is wrong.
        mend: what to do.
        is_note: whether the folder can be used as it is.

    >>> print(Fault("metadata.csv", 7, "picture", "names no file", "write one that is there"))
    metadata.csv, row 7, column 'picture': names no file; write one that is there
    """

    file: str
    row: int | None
    column: str | None
    says: str
    mend: str = ""
    is_note: bool = False

    @property
    def where(self) -> str:
        """File, row and column in words."""
        in_lines, in_keys = (self.file.lower().endswith(ends) for ends in (_IN_LINES, _IN_KEYS))
        row = "" if self.row is None else f", {'line' if in_lines else 'row'} {self.row}"
        column = "" if self.column is None else f", {'key' if in_keys else 'column'} {shown(self.column)}"
        return f"{self.file}{row}{column}"

    def __str__(self) -> str:
        return f"{self.where}: {self.says}" + (f"; {self.mend}" if self.mend else "")


class FolderError(UserError):
    """A folder, or a file of it, cannot be read at all; ``faults`` has every fault that was found on the way."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = f" (and {counted(len(faults) - 1, 'more fault')})" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}")
        self.faults = tuple(faults)


def as_lines(faults: Iterable[Fault]) -> list[str]:
    """The faults as lines of text, notes marked as such."""
    return [f"{'note: ' if fault.is_note else ''}{fault}" for fault in faults]


def as_csv(faults: Iterable[Fault]) -> bytes:
    """The faults as a CSV file: file, row, column, what is wrong, the mend, and whether it is a note.

    No cell is a formula to a spreadsheet: one that begins like one has an apostrophe before it.
    """
    content = io.StringIO(newline="")
    writer = csv.writer(content)  # its line ends make it quote both kinds of them
    writer.writerow(("file", "row", "column", "fault", "mend", "kind"))
    for fault in faults:
        row = "" if fault.row is None else str(fault.row)
        cells = (fault.file, row, fault.column or "", fault.says, fault.mend, "note" if fault.is_note else "fault")
        writer.writerow([plain_cell(cell) for cell in cells])
    return content.getvalue().encode()


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> plain_cell("=1+1"), plain_cell("red")
    ("'=1+1", 'red')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def first_faults(faults: Sequence[Fault], what: str, most: int = MOST_LISTED) -> list[Fault]:
    """At most so many faults of one sort, and one more that says how many further ones there are."""
    if len(faults) <= most:
        return list(faults)
    last = faults[-1]
    more = f"{len(faults) - most:,} further {what}, the last in row {last.row}"
    return [*faults[:most], Fault(last.file, None, last.column, more, last.mend, last.is_note)]

"""metadata.csv or metadata.parquet → its cells, each a text byte for byte, or None where it is empty."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sharcs_core.kinds.columns.cells import number_in, word
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.cells import Packed, compact, different
from sharcs_core.tasks.folder.csv_table import read_table
from sharcs_core.tasks.folder.description import Description
from sharcs_core.tasks.folder.encodings import text_of_sheet
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults
from sharcs_core.tasks.folder.listing import PlaceError
from sharcs_core.tasks.folder.parquet_table import read_columns
from sharcs_core.tasks.folder.places import Places

FILES = ("metadata.csv", "metadata.parquet")
MAX_BYTES = 500_000_000

WITH_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
"""A number with a decimal comma, or one with a comma between its thousands."""
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
"""May be either."""

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Sheet:
    """A sheet, a row a sample.

    Attributes:
        file: its name.
        cells: column → what stands in it, (n,); None where nothing does.
        numbers: of each row, as a spreadsheet counts, (n,); the header is row 1.
        decimal: what stands before the decimals of its numbers, ``.`` or ``,``.
        notes: on what was found out, and on what was left out.
        pictures: what a cell names → content, of pictures that the sheet itself holds.
        digest: equal where the cells are; empty where nobody knows.
    """

    file: str
    cells: Mapping[str, Cells]
    numbers: Sequence[int]
    decimal: str = "."
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    digest: str = ""

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(self.cells)

    @property
    def rows(self) -> list[tuple[str | None, ...]]:
        """The cells row by row, in the order of the columns."""
        return list(zip(*self.cells.values(), strict=True))

    def pointed(self, cell: str | None) -> str | None:
        """A cell of a column of numbers as numbers are written everywhere, with a decimal point."""
        return cell.replace(",", ".") if cell and self.decimal == "," and WITH_COMMA.fullmatch(cell) else cell

    def fault(self, row: int | None, column: str | None, says: str, mend: str = "", *, is_note: bool = False) -> Fault:
        """A fault of one of its rows, counted from 0; or of a column, or of all of it."""
        return Fault(self.file, None if row is None else self.numbers[row], column, says, mend, is_note)


def read_sheet(places: Places, description: Description | None = None) -> Sheet:
    """The folder's sheet, its cells as they are written.

    Args:
        description: which cells are missing beside the empty ones, and which columns are ignored.

    Raises:
        FolderError: with every fault of rows and columns.
    """
    file, *held = _file(places)
    return _sheet(file, held, description)


def sheet_of(file: str, content: bytes, description: Description | None = None) -> Sheet:
    """The sheet that a file of that name and content is. Raises FolderError as :func:`read_sheet` does."""
    return _sheet(file, [content], description)


def _sheet(file: str, held: list[bytes], description: Description | None) -> Sheet:
    """The same; the content is let go of once its text is known, where nobody else holds it."""
    content = held.pop()
    wanted = description or Description()
    digest = hashlib.sha256(content)
    digest.update(repr((file, sorted(wanted.missing), sorted(wanted.ignore))).encode())
    if file.lower().endswith(".parquet"):
        header, read, pictures, notes = read_columns(file, content, wanted.ignore)
        cells: Sequence[Cells] = [compact(column) for column in read]
        numbers: Sequence[int] = range(2, len(cells[0]) + 2 if cells else 2)
    else:
        text, said = text_of_sheet(file, content)
        del content
        table = read_table(file, text)
        header, numbers, pictures, notes = table.header, table.numbers, {}, (*said, *table.notes)
        cells = table.columns
    columns, more = _named(file, header, cells)
    if not numbers:
        raise FolderError([Fault(file, None, None, "has no rows below its header", "write one for each sample")])
    present = {name: _present(column, wanted.missing) for name, column in columns.items()}
    decimal = "," if any(map(_has_decimal_comma, present.values())) else "."
    comma = ("The numbers have a decimal comma",) if decimal == "," else ()
    _check_plain(file, present, numbers)
    return Sheet(file, present, numbers, decimal, (*notes, *more, *comma), pictures, digest.hexdigest())


def _file(places: Places) -> tuple[str, bytes]:
    """The sheet's name and content."""
    found: list[tuple[str, bytes]] = []
    for name in FILES:
        try:
            content = places.own(name, MAX_BYTES)
        except PlaceError as error:
            raise FolderError([Fault(name, None, None, error.says, error.mend)]) from None
        found += [(name, content)] if content is not None else []
    if len(found) == 1:
        return found[0]
    if found:
        raise FolderError([Fault(FILES[0], None, None, f"is there, and so is {FILES[1]}", "keep one of them")])
    raise FolderError([Fault(FILES[0], None, None, "is not there", _mend_of_none(places))])


def _mend_of_none(places: Places) -> str:
    others = [name for name in places.listing.files if "/" not in name]
    for suffixes, mend in (
        (FILES[0].lower() + "|" + FILES[1].lower(), "write its name in small letters: rename {}"),
        (".csv|.parquet|.tsv|.txt", "rename {} if that is the sheet"),
        (".xlsx|.xls|.ods|.numbers", "save {} as CSV under that name"),
    ):
        like = [name for name in others if name.lower().endswith(tuple(suffixes.split("|")))]
        if len(like) == 1:
            return mend.format(shown(like[0]))
    return "write one, with a row a sample, or have sharcs init write it"


# -- columns


def _named(
    file: str, header: Sequence[str], cells: Sequence[Cells]
) -> tuple[dict[str, Sequence[str | None]], tuple[str, ...]]:
    """Column → cells; and notes on columns without a name that hold nothing of a sample, which are left out."""
    names = [word(name) for name in header]
    left = [place for place, name in enumerate(names) if not name and _says_nothing(place, cells[place])]
    kept = [place for place in range(len(names)) if place not in set(left)]
    counts = Counter(names[place] for place in kept)
    faults = [_twice(file, name, n, header) for name, n in counts.items() if n > 1 or not name]
    if faults:
        raise FolderError(first_faults(faults, "columns at fault"))
    changed = [header[place] for place in kept if header[place] != names[place]]
    notes = [f"{_nth(place)} has no name and only counts the rows, so it was left out" for place in left if not place]
    notes += [f"The name {shown(name)} of a column was read as {shown(word(name))}" for name in changed]
    return {names[place]: cells[place] for place in kept}, tuple(notes)


def _says_nothing(place: int, cells: Sequence[str | None]) -> bool:
    """Whether a column without a name is empty, or is the first and counts the rows, as pandas writes its index."""
    if not any(cells):
        return True
    first = cells[0] or ""
    return place == 0 and first in ("0", "1") and list(cells) == [str(int(first) + row) for row in range(len(cells))]


def _twice(file: str, name: str, n: int, header: Sequence[str]) -> Fault:
    if name:
        return Fault(file, 1, name, f"stands {n} times in the header", "call each column by a name of its own")
    blank = next(place for place, one in enumerate(header) if not word(one))
    return Fault(file, 1, None, f"{_nth(blank).lower()} has no name", "give it one, or take the column out")


def _nth(place: int) -> str:
    return f"Column {place + 1}"


# -- cells


def _present(cells: Cells, missing: Collection[str]) -> Cells:
    """The cells, None where they are empty or say that they are missing; equal ones are held once."""
    if isinstance(cells, Packed):
        return cells.without(missing)
    held: dict[str | None, str | None] = {None: None, "": None, **dict.fromkeys(missing)}
    return [held.setdefault(cell, cell) for cell in cells]


def _has_decimal_comma(cells: Sequence[str | None]) -> bool:
    """Whether a column is of numbers, and commas in it are no thousands."""
    is_decimal = False
    for cell in different(cells):
        said = cell.strip() if cell else "0"
        if WITH_COMMA.fullmatch(said):
            is_decimal = is_decimal or not _THOUSANDS.fullmatch(said)
        elif number_in(said) is None:
            return False
    return is_decimal


def _check_plain(file: str, columns: Mapping[str, Sequence[str | None]], numbers: Sequence[int]) -> None:
    """Raise FolderError for a cell with a NUL, which no CSV file could hold."""
    faults = [
        Fault(file, numbers[cells.index(cell)], name, "holds a NUL, which is no text", "take it out")
        for name, cells in columns.items()
        for cell in different(cells)
        if cell and "\0" in cell
    ]
    if faults:
        raise FolderError(first_faults(faults, "cells at fault"))

"""A folder → all that its rows bring, raw, and every fault that was found on the way.

Shapes: n rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import is_not_finite, number_in
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Codes, Ints
from sharcs_core.tasks.folder.contents import Content, contents_of
from sharcs_core.tasks.folder.description import Description, read_description
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults
from sharcs_core.tasks.folder.labels import id_faults, ids_of, label_faults
from sharcs_core.tasks.folder.places import Place, PlaceError, Places
from sharcs_core.tasks.folder.roles import ModalityRole, Roles, roles_of
from sharcs_core.tasks.folder.sheet import Sheet, read_sheet
from sharcs_core.tasks.given.raw_inputs import RawInputs, Repeated, at
from sharcs_core.tasks.given.sequences import is_present

Progress = Callable[[str, int, int], None]
"""Title of a modality, and how many of how many of its files are read."""
MOST_FORGIVEN = 3
"""Names of files that were forgiven and are told one by one: they are alike, and nothing is to be done."""


@dataclass(frozen=True)
class Read:
    """The inputs of one modality.

    Attributes:
        raws: (n,) as the kind takes them; None where a row has none, or one that cannot be read.
        digests: (n,) what rows that belong together have in common; None where no file was read.
        notes: (n,) what was changed to read each.
        faults: of rows and files.
        used: the names of the places that were read.
    """

    raws: Sequence[Any]
    digests: Sequence[str | None]
    notes: Sequence[tuple[str, ...]]
    faults: tuple[Fault, ...] = ()
    used: frozenset[str] = frozenset()

    @property
    def present(self) -> Codes:
        """(n,) which rows have an input that can be read."""
        return is_present(self.raws)


@dataclass(frozen=True, eq=False)
class TableRows(RawInputs):
    """Rows of a table, column → cell.

    Attributes:
        columns: name → its cells.
    """

    columns: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    def column(self, name: str, rows: Ints) -> Sequence[str | None]:
        """What stands in a column of some rows."""
        return at(RawInputs(self.columns[name].__getitem__, np.ones(len(self), dtype=bool)), rows)


@dataclass(frozen=True)
class Folder:
    """A folder that was read.

    Attributes:
        ids: (n,).
        labels: (n,) as they are written; None where there is none.
        read: modality → its inputs.
        faults: what keeps it from being a task, and notes.
    """

    places: Places
    sheet: Sheet
    description: Description
    roles: Roles
    ids: Sequence[str]
    labels: Sequence[str | None]
    read: Mapping[str, Read]
    faults: tuple[Fault, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.sheet)


def read_folder(folder: Path, on_progress: Progress | None = None) -> Folder:
    """All of a folder, its files decoded.

    Raises:
        FolderError: where its sheet, its task.toml or the parts of its columns cannot be made out. What is wrong with
            single rows and files is among ``faults`` instead.
    """
    places = Places.of(folder)
    description = read_description(places)
    sheet = read_sheet(places, description)
    roles = roles_of(sheet, description, places)
    places = places.holding(sheet.pictures)
    read = {role.name: read_modality(places, sheet, role, on_progress) for role in roles.modalities}
    labels = sheet.cells[roles.label] if roles.label else [None] * len(sheet)
    faults = [
        *(sheet.fault(None, None, note, is_note=True) for note in (*sheet.notes, *roles.notes)),
        *(sheet.fault(None, column, f"is left out: {why}", is_note=True) for column, why in roles.ignored.items()),
        *id_faults(sheet, roles.id),
        *label_faults(sheet, roles.label, description.classes),
        *(fault for one in read.values() for fault in one.faults),
        *places.line_faults,
        *_without_inputs(sheet, read),
        *_without_rows(places, read),
    ]
    return Folder(places, sheet, description, roles, ids_of(sheet, roles.id), labels, read, tuple(faults))


def read_modality(places: Places, sheet: Sheet, role: ModalityRole, on_progress: Progress | None = None) -> Read:
    """The inputs of a modality, row by row."""
    if role.column is None:
        return _rows_of_table(sheet, role)
    if not role.in_files:
        cells = sheet.cells[role.column]
        raws = RawInputs(cells.__getitem__, _said(cells), _digest(sheet, role))
        return Read(raws, Repeated(None, len(sheet)), Repeated((), len(sheet)))
    return _files(places, sheet, role, on_progress)


def _rows_of_table(sheet: Sheet, role: ModalityRole) -> Read:
    """Rows as column → cell, numbers with a decimal point; None where a row says nothing at all."""
    columns = {name: _pointed(sheet, name) for name in role.numeric} | {
        name: sheet.cells[name] for name in role.category
    }
    faults = [fault for name in role.numeric for fault in _no_numbers(sheet, name, columns[name])]
    present = np.logical_or.reduce([_said(cells) for cells in columns.values()])

    def row_of(row: int) -> dict[str, str | None]:
        return {name: cells[row] for name, cells in columns.items()}

    raws = TableRows(row_of, present, _digest(sheet, role), columns)
    return Read(raws, Repeated(None, len(sheet)), Repeated((), len(sheet)), tuple(faults))


def _pointed(sheet: Sheet, name: str) -> Sequence[str | None]:
    """The cells of a column of numbers, with a decimal point."""
    cells = sheet.cells[name]
    return cells if sheet.decimal == "." else [sheet.pointed(cell) for cell in cells]


def _said(cells: Sequence[str | None]) -> Codes:
    """Which cells say something, (n,)."""
    return np.fromiter((cell is not None for cell in cells), dtype=bool, count=len(cells))


def _digest(sheet: Sheet, role: ModalityRole) -> str:
    """What tells apart the inputs that a sheet itself holds; empty of a sheet that was put together."""
    if not sheet.digest:
        return ""
    facts = sheet.digest, sheet.decimal, role.column, role.numeric, role.category
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _no_numbers(sheet: Sheet, column: str, cells: Sequence[str | None]) -> list[Fault]:
    mend = "write a number, leave the cell empty, or name what stands for nothing in missing = [...] of task.toml"
    return first_faults(
        [
            sheet.fault(row, column, f"is {shown(cell)}, in a column of numbers", mend)
            for row, cell in enumerate(cells)
            if cell is not None and cell.strip() and (number_in(cell) is None or is_not_finite(cell))
        ],
        "cells that are no numbers",
    )


def _files(places: Places, sheet: Sheet, role: ModalityRole, on_progress: Progress | None) -> Read:
    assert role.column is not None
    found: dict[int, Place] = {}
    faults: list[Fault] = []
    for row, cell in enumerate(sheet.cells[role.column]):
        if cell is None:
            continue
        try:
            found[row] = places.find(cell, KINDS[role.kind].suffixes)
        except PlaceError as error:
            faults.append(sheet.fault(row, role.column, error.says, error.mend))
    told = None if on_progress is None else lambda done, of: on_progress(role.title, done, of)
    contents = contents_of(places, list(found.values()), role.kind, told, role.size)
    rows = [contents[found[row].name] if row in found else None for row in range(len(sheet))]
    faults += [
        sheet.fault(row, role.column, *content.fault)
        for row, content in enumerate(rows)
        if content is not None and content.fault is not None
    ]
    notes = [sheet.fault(row, role.column, note, is_note=True) for row, place in found.items() for note in place.notes]
    present = np.array([one is not None and one.raw is not None for one in rows], dtype=bool)
    digests = [None if one is None else one.digest for one in rows]
    return Read(
        RawInputs(lambda row: _input(rows[row]), present, hashlib.sha256(repr(digests).encode()).hexdigest()),
        [None if one is None or one.raw is None else _same(role, found[row], one) for row, one in enumerate(rows)],
        [() if one is None else _notes(one) for one in rows],
        (*first_faults(faults, "files at fault"), *first_faults(notes, "names that were forgiven", MOST_FORGIVEN)),
        frozenset(place.name for place in found.values()),
    )


def _same(role: ModalityRole, place: Place, content: Content) -> str:
    """Equal for rows that belong together: of one content; of short texts, which many samples may share, one file."""
    return place.name if KINDS[role.kind].typed else content.digest


def _input(content: Content | None) -> Any:
    return None if content is None else content.input()


def _notes(content: Content) -> tuple[str, ...]:
    return (*content.notes, *getattr(content.raw, "notes", ()))


def _without_inputs(sheet: Sheet, read: Mapping[str, Read]) -> list[Fault]:
    """A fault for each row that brings nothing, and in which nothing else is at fault."""
    at_fault = {fault.row for one in read.values() for fault in one.faults}
    nothing = np.flatnonzero(~np.logical_or.reduce([one.present for one in read.values()]))
    return first_faults(
        [
            sheet.fault(row, None, "has no input in any modality", "fill it in, or take the row out")
            for row in nothing.tolist()
            if sheet.numbers[row] not in at_fault
        ],
        "rows without any input",
    )


def _without_rows(places: Places, read: Mapping[str, Read]) -> Iterator[Fault]:
    """A note on the files that no row names."""
    unused = places.without_rows({name for one in read.values() for name in one.used})
    if unused:
        more = f" and {len(unused) - 1:,} more" if len(unused) > 1 else ""
        yield Fault(unused[0], None, None, f"is named by no row{more}, and is not read", is_note=True)


def check_readable(folder: Folder) -> None:
    """Raise FolderError with every fault of a folder that keeps it from being a task."""
    faults = [fault for fault in folder.faults if not fault.is_note]
    if faults:
        raise FolderError(faults)

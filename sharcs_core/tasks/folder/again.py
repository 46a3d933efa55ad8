"""A folder read again as the card of a run says, so that the run can be measured on it.

Shapes: n rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns.cells import word
from sharcs_core.meanings import UNKNOWN
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Inputs, Ints, TaskData, id_digest
from sharcs_core.tasks import arrays
from sharcs_core.tasks.card import Modality, SheetColumns, TaskCard
from sharcs_core.tasks.folder.description import Description
from sharcs_core.tasks.folder.exporting import exported_columns
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults
from sharcs_core.tasks.folder.labels import ids_of
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.reading import Read, read_modality
from sharcs_core.tasks.folder.roles import ModalityRole
from sharcs_core.tasks.folder.sheet import Sheet, read_sheet
from sharcs_core.tasks.folder.splits import split_named
from sharcs_core.tasks.given import Given
from sharcs_core.tasks.task import Task

NOBODY = -1
"""Stands in the place of a neighbour that a node does not have."""


def data_again(
    card: TaskCard,
    path: Path,
    parts: Mapping[str, str],
    note: Callable[[str], None] = lambda _: None,
    task: Task | None = None,
) -> TaskData:
    """The splits of a folder, prepared as a card says. Of a task that was made of none it is one that was exported.

    Rows are in the part that the sheet says, else in that which the run had them in, else in the test part.

    Args:
        parts: digest of an id → the part that the run had it in.
        note: told what could not be known.
        task: reads files of a modality in its own way, where it has one.

    Raises:
        FolderError: with every fault of the folder.
        UserError: for a folder that has nothing of the columns.
    """
    card = card if card.sheet is not None else replace(card, sheet=exported_columns(card))
    assert card.sheet is not None
    readers = task.readers if task is not None else {}
    places = Places.of(path)
    sheet = read_sheet(places, Description(missing=card.sheet.missing))
    places = places.holding(sheet.pictures)
    roles = [_role(modality, card.sheet) for modality in card.modalities]
    own = {role.name: task for role in roles if task is not None and role.name in readers and role.column is not None}
    read = {role.name: _read(places, sheet, role, own.get(role.name)) for role in roles}
    faults = [fault for one in read.values() for fault in one.faults if not fault.is_note]
    if faults:
        raise FolderError(faults)
    labels = _labels(card, sheet, note)
    ids = ids_of(sheet, card.sheet.id if card.sheet.id in sheet.cells else None)
    given = Given(
        inputs={name: one.raws for name, one in read.items()},
        labels=labels,
        means={},
        split=np.array(_parts(card.sheet, sheet, ids, parts)),
        ids=None if card.sheet.id is None else tuple(word(own) for own in ids),
    )
    return arrays.data_of(card, given, _values(card, sheet), dict.fromkeys(own, joined))


def _role(modality: Modality, sheet: SheetColumns) -> ModalityRole:
    """Where the inputs of a modality stand."""
    if KINDS[modality.kind].of_columns:
        columns = {column.name: column.kind for column in modality.form.columns}  # type: ignore[attr-defined]
        numeric = tuple(name for name, kind in columns.items() if kind == "number")
        category = tuple(name for name, kind in columns.items() if kind != "number")
        return ModalityRole(modality.name, modality.kind, modality.title, numeric=numeric, category=category)
    column = sheet.columns.get(modality.name, modality.name)
    in_files, size = modality.name in sheet.in_files, modality.form.read_size
    return ModalityRole(modality.name, modality.kind, modality.title, column, in_files, size=size)


def _read(places: Places, sheet: Sheet, role: ModalityRole, task: Task | None) -> Read:
    lacking = [column for column in role.columns if column not in sheet.cells]
    if lacking:
        raise UserError(f"{sheet.file} has no column {shown(lacking[0])}, which {role.name!r} is read from")
    return read_modality(places, sheet, role) if task is None else _read_as(task, places, sheet, role)


def _read_as(task: Task, places: Places, sheet: Sheet, role: ModalityRole) -> Read:
    """The inputs of a modality as the task's own reader gives them, each prepared."""
    assert role.column is not None
    known: dict[str, Inputs] = {}
    faults: list[Fault] = []
    cells = sheet.cells[role.column]
    for cell in dict.fromkeys(cells):
        try:
            if cell is not None:
                known[cell] = _read_cell(task, places, role, cell)
        except UserError as error:
            faults.append(sheet.fault(cells.index(cell), role.column, str(error)))
    raws = [None if cell is None else known.get(cell) for cell in cells]
    return Read(raws, [None] * len(sheet), [()] * len(sheet), tuple(first_faults(faults, "inputs at fault")))


def _read_cell(task: Task, places: Places, role: ModalityRole, cell: str) -> Inputs:
    if not role.in_files:
        return task.read_sentence(role.name, cell)[0]
    place = places.find(cell, task.suffixes_of(role.name))
    return task.read(role.name, place.file, places.read(place, KINDS[role.kind].max_bytes))[0]


def joined(parts: Sequence[Inputs]) -> Inputs:
    """Inputs of one modality, one after the other, padded to the largest.

    >>> one, two = (Inputs("graph", {"neighbours": np.zeros((1, 1, width), dtype=int)}) for width in (1, 2))
    >>> joined([one, two]).arrays["neighbours"].tolist()
    [[[0, -1]], [[0, 0]]]
    """
    names = parts[0].arrays
    return Inputs(parts[0].kind, {name: _joined([part.arrays[name] for part in parts], name) for name in names})


def _joined(parts: Sequence[NDArray[Any]], name: str) -> NDArray[Any]:
    shapes = np.array([part.shape for part in parts])
    if (shapes[:, 1:] == shapes[0, 1:]).all():
        return np.concatenate(parts)
    beyond = NOBODY if name in ("neighbours", "edges") else 0
    whole = np.full((shapes[:, 0].sum(), *shapes[:, 1:].max(0)), beyond, dtype=parts[0].dtype)
    for part, start in zip(parts, np.cumsum(shapes[:, 0]) - shapes[:, 0], strict=True):
        whole[(slice(start, start + len(part)), *map(slice, part.shape[1:]))] = part
    return whole


def _labels(card: TaskCard, sheet: Sheet, note: Callable[[str], None]) -> list[str | None]:
    """The class of each row; None where it has none that the model knows."""
    column = card.sheet.label if card.sheet else None
    if column is None or column not in sheet.cells:
        return [None] * len(sheet)
    said = [None if cell is None else word(cell) for cell in sheet.cells[column]]
    unknown = sorted({name for name in said if name is not None} - set(card.target.names))
    if unknown:
        note(f"the model does not know {shown(unknown[0])}; rows of such labels are left out of the figures")
    return [name if name in card.target.names else None for name in said]


def _parts(columns: SheetColumns, sheet: Sheet, ids: Sequence[str], parts: Mapping[str, str]) -> list[str]:
    if columns.split is not None and columns.split in sheet.cells:
        named = [split_named(cell) if cell else None for cell in sheet.cells[columns.split]]
        return [part or "test" for part in named]
    return [parts.get(id_digest(word(own)), "test") for own in ids]


def _values(card: TaskCard, sheet: Sheet) -> dict[str, dict[str, Ints]]:
    """Modality → factor → value of each row (n,), -1 where unknown."""
    means = card.sheet.means if card.sheet else {}
    return {
        modality.name: {
            factor: _numbers(card, factor, sheet.cells.get(column, [None] * len(sheet)))
            for factor, column in means.get(modality.name, {}).items()
        }
        for modality in card.modalities
    }


def _numbers(card: TaskCard, factor: str, cells: Sequence[str | None]) -> Ints:
    number = {name: place for place, name in enumerate(card.value_names(factor))}
    called = [None if cell is None else arrays.called(factor, word(cell)) for cell in cells]
    return np.array([UNKNOWN if name is None else number.get(name, UNKNOWN) for name in called])

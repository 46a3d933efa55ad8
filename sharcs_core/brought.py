"""Samples that somebody brings in a folder to a model that is trained: a row a sample, as the task's card says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.named import listed_first
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Inputs
from sharcs_core.tasks.card import Modality, SheetColumns
from sharcs_core.tasks.folder.description import Description
from sharcs_core.tasks.folder.labels import ids_of
from sharcs_core.tasks.folder.places import Places
from sharcs_core.tasks.folder.sheet import Sheet, read_sheet
from sharcs_core.tasks.task import Task

MOST_NAMED = 5


@dataclass(frozen=True)
class Brought:
    """One sample that somebody brings.

    Attributes:
        id: what it is called.
        inputs: modality → its input; what it lacks is not in it.
        notes: what was changed to read it.
        faults: modality → why what was brought for it cannot be read.
    """

    id: str
    inputs: Mapping[str, Inputs]
    notes: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BroughtFolder:
    """The samples of a folder.

    Attributes:
        samples: read one after the other as they are asked for, in the order of the rows.
        n: how many there are.
        notes: on columns that are missing, or that the model does not read.
    """

    samples: Iterator[Brought]
    n: int
    notes: tuple[str, ...]


def samples_in(task: Task, path: Path) -> BroughtFolder:
    """The samples of a folder with a sheet, read by the names of its columns.

    A column that the task has and the sheet lacks is missing in every row; others are not read. A label is not needed.
    Of a task that was not made of a sheet a column is called as its modality is, and those of no modality ``id``,
    ``label``, ``split`` and ``group``.

    Raises:
        UserError: where there is no such sheet, or none of its columns is read.
    """
    places = Places.of(path)
    columns = task.card.sheet or SheetColumns(id="id", label="label", split="split", group="group")
    sheet = read_sheet(places, Description(missing=columns.missing))
    places = places.holding(sheet.pictures)
    of = {one.name: columns_of(one, columns) for one in task.card.modalities}
    read = [name for names in of.values() for name in names]
    lacking = [name for name in read if name not in sheet.cells]
    if len(lacking) == len(read):
        raise UserError(
            f"{sheet.file} has none of the columns {_some(read)} that the model reads (got {_some(sheet.columns)})"
        )
    own = {columns.id, columns.label, columns.split, columns.group}
    further = [name for name in sheet.columns if name not in read and name not in own]
    ids = ids_of(sheet, columns.id if columns.id in sheet.cells else None)
    notes = (
        *sheet.notes,
        *([f"There is no column {_some(lacking)}, so that it is missing in every row"] if lacking else []),
        *([f"The model does not read {_some(further)}"] if further else []),
    )
    samples = (_sample(task, places, sheet, of, ids[row], row) for row in range(len(sheet)))
    return BroughtFolder(samples, len(sheet), notes)


def columns_of(modality: Modality, sheet: SheetColumns) -> tuple[str, ...]:
    """The columns that a modality is read from."""
    if KINDS[modality.kind].of_columns:
        return KINDS[modality.kind].words(modality.form)
    return (sheet.columns.get(modality.name, modality.name),)


def _some(names: tuple[str, ...] | list[str]) -> str:
    return listed_first([shown(name) for name in names], MOST_NAMED)


def _sample(
    task: Task, places: Places, sheet: Sheet, of: Mapping[str, tuple[str, ...]], own_id: str, row: int
) -> Brought:
    inputs: dict[str, Inputs] = {}
    notes: list[str] = []
    faults: dict[str, str] = {}
    for name, columns in of.items():
        cells = {column: sheet.pointed(sheet.cells[column][row]) for column in columns if column in sheet.cells}
        if all(cell is None for cell in cells.values()):
            continue
        try:
            inputs[name], said = _read(task, places, name, cells)
            notes += [f"{name}: {note}" for note in said]
        except UserError as error:
            faults[name] = str(error)
    return Brought(own_id, inputs, tuple(notes), faults)


def _read(task: Task, places: Places, name: str, cells: Mapping[str, str | None]) -> tuple[Inputs, tuple[str, ...]]:
    modality = task.card.modality(name)
    kind, sheet = KINDS[modality.kind], task.card.sheet
    if kind.of_columns:
        inputs, (notes,) = kind.prepare(modality.form, [dict(cells)])
        return inputs, notes
    (cell,) = cells.values()
    assert cell is not None
    if kind.typed and not (sheet is not None and name in sheet.in_files):
        return task.read_sentence(name, cell)
    place = places.find(cell, task.suffixes_of(name))
    inputs, notes = task.read(name, place.file, places.read(place, kind.max_bytes))
    return inputs, (*place.notes, *notes)

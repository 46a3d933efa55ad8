"""A row of a table without a file: what may be filled in, and the file that it makes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sharcs_core.kinds import KINDS
from sharcs_core.kinds.columns import Column
from sharcs_core.readers.rows import as_csv
from sharcs_core.structures import Inputs
from sharcs_core.tasks.card import Modality
from sharcs_core.tasks.task import Task


@dataclass(frozen=True)
class Field:
    """A column to fill in.

    Attributes:
        usual: of a number, what is usual in training, in words; empty where that is not known.
        values: of a category, those that the model knows.
    """

    name: str
    kind: Literal["number", "category", "bit"]
    usual: str = ""
    values: tuple[str, ...] = ()


def fields_of(modality: Modality) -> tuple[Field, ...]:
    """What may be filled in of a table's row, in its order; nothing of what is no table."""
    if not KINDS[modality.kind].of_columns:
        return ()
    columns: tuple[Column, ...] = getattr(modality.form, "columns", ())
    return tuple(Field(one.name, one.kind, _usual(one), one.values) for one in columns)


def _usual(column: Column) -> str:
    if column.kind != "number" or (column.mean, column.scale) == (0, 1):
        return ""
    return f"usually {column.mean:.3g} ± {column.scale:.2g}"


def cells_in(task: Task, modality: str, inputs: Inputs) -> dict[str, str]:
    """Column → what stands in it, of the first row of a table's inputs; empty where nothing does."""
    return cells_of(task.write(modality, inputs, 0).content)


def cells_of(content: bytes) -> dict[str, str]:
    """Column → what stands in it, of a file that :func:`filled` made."""
    header, row = csv.reader(io.StringIO(content.decode(), newline=""))
    return dict(zip(header, row, strict=True))


def filled(cells: Mapping[str, str]) -> bytes:
    """The cells as the CSV file that says the same; a cell without anything says that it is not known."""
    return as_csv(cells)

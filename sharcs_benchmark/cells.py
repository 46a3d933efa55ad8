"""A cell: one model, trained on one task with one seed, and every figure measured of it; a JSON file each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from sharcs_benchmark.definitions import DEFINITIONS, measured_by, versions_of
from sharcs_core.errors import UserError
from sharcs_core.faults import in_words
from sharcs_core.json_text import json_text
from sharcs_core.storage import write_text

FORMAT = 2
Count = Annotated[int, Field(ge=0, strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]
Name = Annotated[str, Field(pattern=r"^\w+$")]
Variant = Annotated[str, Field(pattern=r"^(\w[\w=.+-]*( [\w=.+-]+)*)?$")]
"""Names stand in tables, in Markdown and in paths, and those that are not known are their own titles."""
MEASURE_ANEW = "delete it, and sharcs benchmark measures it anew"
UPDATE = "update SHARCS, or delete it to have it measured anew"


class CellError(UserError):
    """A file is no cell that can be read here; the message follows its name."""


@dataclass(frozen=True)
class CellKey:
    """What names a cell.

    Attributes:
        block: ``A`` full data, ``B`` equal budget, ``C`` studies, ``S`` sanity checks, ``Q`` quick.
        variant: what differs from the model's own settings, such as ``n_shared=4``; empty where nothing does.
    """

    block: str
    task: str
    model: str
    variant: str
    seed: int

    @property
    def path(self) -> Path:
        """Of the cell's file, below the folder of results."""
        slug = re.sub(r"[^a-z0-9.]+", "_", self.variant.lower()).strip("_")
        return Path(self.block, self.task, f"{self.model}+{slug}" if slug else self.model, f"seed_{self.seed}.json")

    def __str__(self) -> str:
        varied = f" ({self.variant})" if self.variant else ""
        return f"{self.block}: {self.model}{varied} on {self.task}, seed {self.seed}"


@dataclass(frozen=True)
class Cell:
    """A measured cell.

    Attributes:
        settings: the :class:`~sharcs_core.config.RunConfig` it was trained with, as JSON.
        n_parameters: trainable numbers of the model.
        data_source: name and SHA-256 of the data.
        epochs, best_epoch: how long it was trained, and the epoch (from 1) whose weights were kept.
        versions: of Python and the packages that matter.
        times: CPU seconds of one thread: ``training_cpu_s``, ``cpu_s_per_1000_epoch``, ``measuring_cpu_s``.
        figures: see :mod:`sharcs_benchmark.definitions`; None where a model cannot have one.
        figure_versions: figure → the version of its definition that it was measured by; 1 where nothing is said.
    """

    block: Name
    task: Name
    model: Name
    variant: Variant
    seed: Count
    settings: Mapping[str, Any]
    n_parameters: Count
    data_source: Mapping[str, str]
    n_train: Count
    n_validation: Count
    n_test: Count
    epochs: Count
    best_epoch: Count | None
    versions: Mapping[str, str]
    times: Mapping[str, float]
    figures: Mapping[str, Any]
    figure_versions: Mapping[str, Version] = field(default_factory=dict)

    def behind(self, path: Sequence[str]) -> int:
        """How many versions ago the figure at ``path`` was defined as it was measured here; 0 is as today."""
        figure = measured_by(path)
        return DEFINITIONS[figure].version - self.figure_versions.get(figure, 1) if figure else 0

    @property
    def key(self) -> CellKey:
        return CellKey(self.block, self.task, self.model, self.variant, self.seed)


CELLS = TypeAdapter(Cell)
"""Checks what a file has against the fields of a cell."""


def write_cell(cell: Cell, folder: Path) -> Path:
    """Write a cell below ``folder``, whole or not at all, and return where it lies. Raises StorageError."""
    path = folder / cell.key.path
    write_text(path, json_text(_as_json(cell)))
    return path


def to_json(cells: Iterable[Cell]) -> str:
    """Cells as one JSON list, each as its own file has it."""
    return json_text([_as_json(cell) for cell in cells])


def _as_json(cell: Cell) -> dict[str, Any]:
    return {"format": FORMAT, **asdict(cell)}


def read_cell(path: Path) -> Cell:
    """The cell of a file. Raises CellError, which says what is wrong with it and what to do, for any that is none."""
    try:
        values = from_json(path.read_bytes(), allow_inf_nan=False)
    except OSError as error:
        raise CellError(f"it cannot be read ({error.strerror}); see to it that you may read it") from error
    except ValueError as error:
        raise CellError(f"it is not whole JSON ({error}); {MEASURE_ANEW}") from error
    cell = _checked(_of_todays_format(values))
    later = [name for name, version in cell.figure_versions.items() if name in DEFINITIONS and _is_later(name, version)]
    if later:
        raise CellError(f"it was measured by later definitions than are known here ({', '.join(later)}); {UPDATE}")
    return cell


def _checked(values: Mapping[str, Any]) -> Cell:
    try:
        return CELLS.validate_python(values)
    except ValidationError as error:
        raise CellError(f"{in_words(error)}; {MEASURE_ANEW}") from None


def _is_later(figure: str, version: int) -> bool:
    return version > DEFINITIONS[figure].version


def _of_todays_format(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, dict) or not isinstance(values.get("figures"), dict):
        raise CellError(f"it is not a cell (expected an object with figures); {MEASURE_ANEW}")
    if values.get("format") == 1:
        return _of_format_1(values)
    if values.get("format") != FORMAT:
        raise CellError(f"it is of format {values.get('format')!r} where 1 to {FORMAT} can be read; {UPDATE}")
    return values


def _of_format_1(values: Mapping[str, Any]) -> dict[str, Any]:
    """A cell of before figures had versions: all are of the first.

    Two figures whose definitions have changed are measured beside the new ones as they were, under names of their
    own, so that the old numbers go by these names too.
    """
    figures = dict(values["figures"])
    if "completeness" in figures:
        figures["completeness_plain"] = figures["completeness"]
    missing = figures.get("missing")
    if isinstance(missing, Mapping):
        figures["missing"] = {subset: _with_the_bank(held) for subset, held in missing.items()}
    return {**values, "figures": figures, "figure_versions": dict.fromkeys(versions_of(figures), 1)}


def _with_the_bank(held: Any) -> Any:
    return {**held, "absent_over_bank": held["absent"]} if isinstance(held, Mapping) and "absent" in held else held

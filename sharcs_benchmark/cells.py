"""A cell: one model, trained on one task with one seed, and every figure measured of it; a JSON file each."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sharcs_benchmark.definitions import DEFINITIONS, measured_by, versions_of
from sharcs_core.json_text import json_text

FORMAT = 2


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

    block: str
    task: str
    model: str
    variant: str
    seed: int
    settings: Mapping[str, Any]
    n_parameters: int
    data_source: Mapping[str, str]
    n_train: int
    n_validation: int
    n_test: int
    epochs: int
    best_epoch: int | None
    versions: Mapping[str, str]
    times: Mapping[str, float]
    figures: Mapping[str, Any]
    figure_versions: Mapping[str, int] = field(default_factory=dict)

    def behind(self, path: Sequence[str]) -> int:
        """How many versions ago the figure at ``path`` was defined as it was measured here; 0 is as today."""
        figure = measured_by(path)
        return DEFINITIONS[figure].version - self.figure_versions.get(figure, 1) if figure else 0

    @property
    def key(self) -> CellKey:
        return CellKey(self.block, self.task, self.model, self.variant, self.seed)


def write_cell(cell: Cell, folder: Path) -> Path:
    """Write a cell below ``folder``, aside first, and return where it lies."""
    path = folder / cell.key.path
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{os.getpid()}-{path.name}")
    aside.write_text(json_text({"format": FORMAT, **asdict(cell)}), encoding="utf-8")
    os.replace(aside, path)
    return path


def read_cell(path: Path) -> Cell:
    """The cell of a file. Raises OSError, or ValueError with what is wrong with it."""
    values = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict) or not isinstance(values.get("figures"), dict):
        raise ValueError("it is not a cell: an object with figures")
    if values.get("format") == 1:
        values = _of_format_1(values)
    elif values.get("format") != FORMAT:
        raise ValueError(f"it is of format {values.get('format')!r}; 1 to {FORMAT} can be read")
    missing = set(Cell.__dataclass_fields__) - set(values)
    if missing:
        raise ValueError(f"it lacks {sorted(missing)}")
    _check_versions(values["figure_versions"])
    return Cell(**{name: values[name] for name in Cell.__dataclass_fields__})


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


def _check_versions(versions: Any) -> None:
    if not isinstance(versions, dict) or any(type(version) is not int or version < 1 for version in versions.values()):
        raise ValueError(f"figure_versions must be whole numbers from 1 by figure (got {versions!r})")
    later = sorted(
        name for name, version in versions.items() if name in DEFINITIONS and version > DEFINITIONS[name].version
    )
    if later:
        raise ValueError(f"it was measured by later definitions than are known here ({', '.join(later)})")

"""The cells of a results folder, read; what is damaged is told and left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from sharcs_benchmark.cells import FORMAT, Cell, read_cell

KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("block", "task", "model", "variant"), (str,)),
    **dict.fromkeys(("seed", "n_parameters", "n_train", "n_validation", "n_test", "epochs"), (int,)),
    **dict.fromkeys(("settings", "data_source", "versions", "times", "figures"), (dict,)),
}


def load_cells(folder: Path, on_damage: Callable[[str], None] | None = None) -> tuple[Cell, ...]:
    """The cells below a folder, in the order of block, task, model, variant and seed.

    Args:
        on_damage: called with a sentence for every file that cannot be read; such a file is left out.
    """
    cells = []
    for path in sorted(Path(folder).rglob("seed_*.json")):
        try:
            cells.append(_checked(read_cell(path)))
        except (OSError, ValueError, RecursionError) as error:
            if on_damage is not None:
                on_damage(f"{path.relative_to(folder).as_posix()} is left out: {error}")
    return tuple(sorted(cells, key=lambda cell: (cell.block, cell.task, cell.model, cell.variant, cell.seed)))


def _checked(cell: Cell) -> Cell:
    """The cell, or ValueError where one of its values is of another kind than the tables can use."""
    for name, kinds in KINDS.items():
        value = getattr(cell, name)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f"{name} must be {kinds[0].__name__} (got {type(value).__name__})")
    return cell


def to_json(cells: Iterable[Cell]) -> str:
    """Cells as one JSON list, each as its own file has it."""
    return json.dumps([{"format": FORMAT, **asdict(cell)} for cell in cells], indent=1) + "\n"

"""Cells as pandas frames, read once and grouped once: a row a cell, a row a number, a row a number over seeds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sharcs_benchmark.cells import Cell, CellError, CellKey, read_cell
from sharcs_benchmark.definitions import HOLDERS
from sharcs_benchmark.models import model_order
from sharcs_benchmark.nested import KeyPath, is_number, leaves
from sharcs_benchmark.settings import counting_settings
from sharcs_benchmark.tables.groups import DROP, EVERY, LEAST, Group, Results, Value, error_of_one

OF_A_GROUP = ["block", "task", "model", "variant"]
"""What the cells of a group have in common."""
OF_A_CELL = ["group", "nth"]
"""What tells a cell from all others."""
TOLD_OF_A_CELL = ("n_parameters", "epochs")
"""What a cell says of its model and training that tables tell as figures."""
OVER_SEEDS = ("mean", "min", "max", "count", "sem")
ALONE = -1
"""The place in a curve of a number that stands alone."""


def load_results(folder: Path) -> Results:
    """The cells below a folder, grouped; files that are none, or the same once more, are left out and told of."""
    found: dict[CellKey, tuple[str, Cell]] = {}
    faults = []
    for path in sorted(Path(folder).rglob("seed_*.json")):
        name = path.relative_to(folder).as_posix()
        try:
            cell = read_cell(path)
        except CellError as error:
            faults.append(f"{name} is left out: {error}")
            continue
        first, _ = found.setdefault(cell.key, (name, cell))
        if first != name:
            faults.append(f"{name} is left out: {first} is the same cell; delete one of the two")
    return results_of((cell for _, cell in found.values()), faults)


def results_of(cells: Iterable[Cell], faults: Sequence[str] = ()) -> Results:
    """Cells in their order and grouped.

    All seeds of a group have the same settings. Where some were trained with others, as happens while the cells of
    one seed after the other are run anew, those count that are as the cell with most and newest figures.
    """
    ordered = sorted(cells, key=lambda cell: (cell.block, cell.task, cell.model, cell.variant, cell.seed))
    groups = sorted(_groups(ordered), key=lambda one: (one.block, one.task, model_order(one.model), one.variant))
    return Results(tuple(ordered), tuple(groups), tuple(faults))


def _groups(cells: Sequence[Cell]) -> Iterator[Group]:
    if not cells:
        return
    by_cell = cell_frame(cells)
    by_number = number_frame(by_cell)
    over_seeds = seeds_frame(by_number)
    for group, own in by_number.groupby("group"):
        kept = by_cell.cell[by_cell.group == group]
        yield _group(tuple(kept), own, over_seeds.loc[group])


def cell_frame(cells: Sequence[Cell]) -> pd.DataFrame:
    """A row a ``cell``: its ``group`` and the ``nth`` of it that it is; those trained otherwise are left out."""
    groups = pd.DataFrame([{name: getattr(cell, name) for name in OF_A_GROUP} for cell in cells]).groupby(OF_A_GROUP)
    frame = pd.DataFrame({"cell": cells, "group": groups.ngroup(), "nth": groups.cumcount()})
    settings = frame.cell.map(_settings_in_text)
    newest = frame.cell.map(_n_known).groupby(frame.group).transform("idxmax")
    return frame[settings == settings[newest].to_numpy()]


def _settings_in_text(cell: Cell) -> str:
    """The settings that seeds of one group must share."""
    counting = {**counting_settings(cell.settings), "training.seed": None}
    return json.dumps({name: float(one) if is_number(one) else one for name, one in counting.items()}, sort_keys=True)


def _n_known(cell: Cell) -> int:
    """Rises with the figures of a cell and with how new their definitions are."""
    return sum(cell.figure_versions.values())


def number_frame(by_cell: pd.DataFrame) -> pd.DataFrame:
    """A row a ``number`` of a cell: its ``path``, its ``place`` in a curve, and how many versions it is ``behind``.

    It is NaN where the cell says outright that it has none.
    """
    rows = [(group, nth, *found) for cell, group, nth in by_cell.itertuples(index=False) for found in _numbers(cell)]
    return pd.DataFrame(rows, columns=[*OF_A_CELL, "path", "place", "behind", "number"]).astype({"number": float})


def _numbers(cell: Cell) -> Iterator[tuple[KeyPath, int, int, float | None]]:
    """Path, place, versions behind and number."""
    told = {**{name: getattr(cell, name) for name in TOLD_OF_A_CELL}, **cell.times, **cell.figures}
    for path, found in leaves(told):
        numbers = found if isinstance(found, list) else [found]
        first = 0 if isinstance(found, list) else ALONE
        if found is None or all(map(is_number, numbers)):
            for place, number in enumerate(numbers, start=first):
                yield path, place, cell.behind(path), number


def _with_derived(by_number: pd.DataFrame) -> pd.DataFrame:
    """The numbers, and those that follow from several of one cell: means and leasts over names, and drops."""
    held = _at(by_number, lambda path: path[0] in HOLDERS and len(path) > 2)
    whole = _at(by_number, lambda path: path == ("accuracy",)).set_index(OF_A_CELL).number
    left = _at(held, lambda path: path[0] == "missing").set_index(OF_A_CELL)
    drops = left.assign(path=left.path.map(lambda path: (*path, DROP)), number=whole.reindex(left.index) - left.number)
    ways = [_over_names(held, EVERY, "mean"), _over_names(held, LEAST, "min")]
    return pd.concat([by_number, *ways, drops.reset_index()])


def _at(by_number: pd.DataFrame, chosen: Callable[[KeyPath], bool]) -> pd.DataFrame:
    return by_number[by_number.path.map(chosen).astype(bool)]


def _over_names(held: pd.DataFrame, stands_for_all: str, how: str) -> pd.DataFrame:
    over = held.assign(path=held.path.map(lambda path: (path[0], stands_for_all, *path[2:])))
    return over.groupby([*OF_A_CELL, "path", "place", "behind"], as_index=False).number.agg(how)


def seeds_frame(by_number: pd.DataFrame) -> pd.DataFrame:
    """A row a group, path and place: ``mean``, ``min``, ``max``, ``count`` and ``sem`` over the seeds that have it.

    Where it was measured by several versions of its definition, over the seeds that have the newest, so many
    versions ``behind``.
    """
    known = _with_derived(by_number).dropna(subset="number")
    newest = known[known.behind == known.groupby(["group", "path"]).behind.transform("min")]
    by_seed = newest.pivot(index=["group", "path", "place", "behind"], columns="nth", values="number")
    return pd.DataFrame({name: getattr(by_seed, name)(axis=1) for name in OVER_SEEDS}).reset_index("behind")


def _group(cells: tuple[Cell, ...], by_number: pd.DataFrame, over_seeds: pd.DataFrame) -> Group:
    values: dict[KeyPath, Value] = {}
    curves: dict[KeyPath, tuple[Value, ...]] = {}
    for (path, place), *told in over_seeds.itertuples(name=None):
        value = _value(path, told, cells[0].n_test)
        if place == ALONE:
            values[path] = value
        elif not place or value.n_seeds == curves[path][0].n_seeds:  # no further than the shortest
            curves[path] = (*curves.get(path, ()), value)
    n_null = by_number[by_number.number.isna()].path.value_counts()
    nulls = frozenset(n_null.index[n_null == len(cells)])
    paths, one = tuple(dict.fromkeys(by_number.path)), cells[0]
    return Group(one.block, one.task, one.model, one.variant, cells, paths, values, curves, nulls)


def _value(path: KeyPath, told: Sequence[Any], n_test: int) -> Value:
    behind, mean, low, high, n_seeds, error = told
    return Value(mean, low, high, n_seeds, behind, error if n_seeds > 1 else error_of_one(path, mean, n_test))

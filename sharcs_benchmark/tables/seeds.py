"""Cells of one model on one task, over its seeds: means and worst values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import definition, figure_at
from sharcs_benchmark.models import model_order
from sharcs_benchmark.settings import counting_settings
from sharcs_core.differences import error_of_mean, error_of_share

OF_THE_CELL = ("n_parameters", "epochs", "best_epoch", "n_train", "n_validation", "n_test")
EVERY = "*"
"""In a path: the mean over all names that stand there."""
LEAST = "least of *"
"""In a path: the least of all names that stand there."""
OF_TIMES = ("training_cpu_s", "cpu_s_per_1000_epoch", "measuring_cpu_s")
EXACT = ("n_parameters",)
"""What no other sample and no other seed would change."""
SHARES_OF_TEST_SAMPLES = (
    *("accuracy", "completeness", "completeness_plain", "fidelity", "small_tree", "small_tree_fidelity"),
    *("one_move", "any_switch", "described", "absent", "absent_over_bank", "semantics_accuracy"),
    *("recall_at_1", "recall_at_5", "attribute_retrieval"),
)
"""Figures that are counted on all test samples, or test inputs, of which there are as many."""


@dataclass(frozen=True)
class Value:
    """A figure over seeds: its mean, its smallest and its greatest value, and over how many seeds.

    Attributes:
        behind: how many versions ago it was defined as it was measured; 0 is as today.
        error: standard error of the mean; None where it is not known.
    """

    mean: float
    low: float
    high: float
    n_seeds: int
    behind: int = 0
    error: float | None = None

    def worst(self, figure: str) -> float:
        """The worse of the smallest and the greatest; the smallest of a figure that is neither good nor bad."""
        return min((self.low, self.high), key=definition(figure).goodness)


def value_of(numbers: Sequence[float], behind: int = 0, error: float | None = None) -> Value | None:
    """One value of the numbers of some seeds; None of none.

    Args:
        error: the standard error where there is one seed; that of more is told by their spread.

    >>> value_of([0.5, 1.0])
    Value(mean=0.75, low=0.5, high=1.0, n_seeds=2, behind=0, error=0.25)
    """
    if not numbers:
        return None
    own = error_of_mean(numbers) if len(numbers) > 1 else error
    return Value(sum(numbers) / len(numbers), min(numbers), max(numbers), len(numbers), behind, own)


def error_of_one(path: Sequence[str], number: float, n_test: int) -> float | None:
    """Standard error of the number at ``path`` of one training; None where it is not known.

    Of a share of the test samples it is that of such a share; how far another figure would move is not to be known
    from one training.

    >>> error_of_one(("accuracy",), 0.5, 100), error_of_one(("modality_gap",), 0.5, 100)
    (0.05, None)
    """
    figure = figure_at(path) or path[0]
    if figure in EXACT:
        return 0.0
    return error_of_share(number, n_test) if figure in SHARES_OF_TEST_SAMPLES and n_test else None


@dataclass(frozen=True)
class Group:
    """The seeds of one model in one variant, on one task, in one block; at least one cell."""

    cells: tuple[Cell, ...]

    @property
    def block(self) -> str:
        return self.cells[0].block

    @property
    def task(self) -> str:
        return self.cells[0].task

    @property
    def model(self) -> str:
        return self.cells[0].model

    @property
    def variant(self) -> str:
        return self.cells[0].variant

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(cell.seed for cell in self.cells)

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.cells[0].settings

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities that the model reads, in its own order."""
        return tuple(at(self.settings, ("model", "encoders")) or ())

    def value(self, *path: str) -> Value | None:
        """The figure that stands at ``path``, over the seeds that have it; None where none has.

        Where it was measured by several versions of its definition, over the seeds that have the newest.
        """
        cells = self._newest(path, [cell for cell in self.cells if figure_of(cell, path) is not None])
        numbers = [number for cell in cells if (number := figure_of(cell, path)) is not None]
        if not cells:
            return None
        return value_of(numbers, cells[0].behind(path), error_of_one(path, numbers[0], cells[0].n_test))

    def mean(self, *path: str) -> float | None:
        """Mean over seeds of the number at ``path``; None where no seed has it."""
        value = self.value(*path)
        return value.mean if value else None

    def curve(self, *path: str) -> tuple[float, ...]:
        """Mean over seeds of the list of numbers at ``path``; empty where there is none."""
        cells = self._newest(path, [cell for cell in self.cells if _numbers_at(cell, path)])
        found = [_numbers_at(cell, path) for cell in cells]
        if not found or None in [number for numbers in found for number in numbers]:
            return ()
        length = min(map(len, found))
        return tuple(sum(numbers[i] for numbers in found) / len(found) for i in range(length))

    def behind(self, *path: str) -> int:
        """How many versions ago the number, or the curve, at ``path`` was defined as it was measured; 0 is as today."""
        having = [cell for cell in self.cells if _numbers_at(cell, path) or figure_of(cell, path) is not None]
        return min((cell.behind(path) for cell in having), default=0)

    def _newest(self, path: Sequence[str], cells: Sequence[Cell]) -> list[Cell]:
        """Of some cells those that were measured by the newest definition that any of them was measured by."""
        least = min((cell.behind(path) for cell in cells), default=0)
        return [cell for cell in cells if cell.behind(path) == least]

    def is_null(self, *path: str) -> bool:
        """Whether every seed says outright that it has nothing at ``path``, which is more than not saying it."""
        return all(_is_null(cell.figures, path) for cell in self.cells)

    def names(self, *path: str) -> tuple[str, ...]:
        """The names under ``path`` in any seed, in the order of the first cell that has them."""
        names: dict[str, None] = {}
        for cell in self.cells:
            inner = at(cell.figures, path)
            names |= dict.fromkeys(inner) if isinstance(inner, Mapping) else {}
        return tuple(names)


def group_cells(cells: Iterable[Cell]) -> tuple[Group, ...]:
    """Cells by block, task, model and variant; SHARCS first, then as ``MODELS`` lists them.

    All seeds of a group have the same settings. Where some were trained with others, as happens while the cells of
    one seed after the other are run anew, those count that are as the cell with most and newest figures.
    """
    found: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.block, cell.task, cell.model, cell.variant), []).append(cell)
    ordered = sorted(found, key=lambda key: (key[0], key[1], model_order(key[2]), key[3]))
    return tuple(Group(_of_one_setting(sorted(found[key], key=lambda cell: cell.seed))) for key in ordered)


def _of_one_setting(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    if len(cells) == 1:
        return tuple(cells)
    settings = [{**counting_settings(cell.settings), "training.seed": None} for cell in cells]
    newest = max(range(len(cells)), key=lambda i: (sum(cells[i].figure_versions.values()), -i))
    return tuple(cell for cell, own in zip(cells, settings, strict=True) if own == settings[newest])


def select(groups: Iterable[Group], *, block: str, task: str, variant: str | None = None) -> tuple[Group, ...]:
    """The groups of a block and a task, and of a variant where one is given."""
    return tuple(
        group
        for group in groups
        if group.block == block and group.task == task and (variant is None or group.variant == variant)
    )


def at(values: Any, path: Sequence[str]) -> Any:
    """What stands at ``path`` in nested objects; None where there is nothing."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _is_null(values: Any, path: Sequence[str]) -> bool:
    for name in path:
        if not isinstance(values, Mapping) or name not in values:
            return False
        values = values[name]
        if values is None:
            return True
    return False


def mean_at(values: Any, path: Sequence[str]) -> float | None:
    """The number at ``path``; None where there is none.

    ``EVERY`` in it is the mean, ``LEAST`` the least, over all names that have one.
    """
    place = next((i for i, name in enumerate(path) if name in (EVERY, LEAST)), None)
    if place is None:
        found = at(values, path)
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
    names = at(values, path[:place])
    inner = names.values() if isinstance(names, Mapping) else ()
    numbers = [number for one in inner if (number := mean_at(one, path[place + 1 :])) is not None]
    if not numbers:
        return None
    return min(numbers) if path[place] == LEAST else sum(numbers) / len(numbers)


def _numbers_at(cell: Cell, path: Sequence[str]) -> list[float]:
    found = at(cell.figures, path)
    return found if isinstance(found, list) else []


def figure_of(cell: Cell, path: Sequence[str]) -> float | None:
    """The number at ``path`` in a cell's figures, or among what the cell says of its model and times."""
    if path[0] in OF_THE_CELL:
        return mean_at({path[0]: getattr(cell, path[0])}, path)
    return mean_at(cell.times if path[0] in OF_TIMES else cell.figures, path)

"""What is known of a model on a task over its seeds: plain values, which tables, drawings and pages read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import definition, figure_at
from sharcs_benchmark.nested import KeyPath, at
from sharcs_core.differences import error_of_share
from sharcs_core.tasks import TASKS

EVERY, LEAST = "*", "least of *"
"""In a path, for the names that stand there: their mean, and the least of them."""
DROP = "drop"
"""Below the accuracy without a modality: what that is less than the accuracy with all of them, seed by seed."""
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
    """The seeds of one model in one variant, on one task, in one block; at least one cell.

    Attributes:
        paths: where the cells have a number, a curve or nothing, in the order of the first cell that has them.
        values: path → the number there, over the seeds that have it by the newest definition that any was measured
            by. Beside the cells' own paths there are those with ``EVERY``, ``LEAST`` and ``DROP``.
        curves: path → the list of numbers there, each over the seeds likewise.
        nulls: the paths where every seed says outright that it has nothing, which is more than not saying it.
    """

    block: str
    task: str
    model: str
    variant: str
    cells: tuple[Cell, ...] = field(repr=False)
    paths: tuple[KeyPath, ...] = field(repr=False)
    values: Mapping[KeyPath, Value] = field(repr=False)
    curves: Mapping[KeyPath, tuple[Value, ...]] = field(repr=False)
    nulls: frozenset[KeyPath] = field(repr=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(cell.seed for cell in self.cells)

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.cells[0].settings

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities that the model reads, in its own order."""
        encoders = at(self.settings, "model", "encoders")
        return tuple(encoders) if isinstance(encoders, Mapping) else ()

    def value(self, *path: str) -> Value | None:
        """The figure at ``path``, over the seeds that have it; None where none has."""
        return self.values.get(path)

    def mean(self, *path: str) -> float | None:
        """Mean over seeds of the number at ``path``; None where no seed has it."""
        value = self.values.get(path)
        return value.mean if value else None

    def curve(self, *path: str) -> tuple[float, ...]:
        """Mean over seeds of the list of numbers at ``path``; empty where there is none."""
        return tuple(value.mean for value in self.curves.get(path, ()))

    def is_null(self, *path: str) -> bool:
        """Whether every seed says outright that it has nothing at ``path``, or where that would stand."""
        return any(path[:depth] in self.nulls for depth in range(1, len(path) + 1))

    def names(self, *path: str) -> tuple[str, ...]:
        """The names under ``path`` in any seed, in the order of the first cell that has them."""
        depth = len(path)
        return tuple(dict.fromkeys(own[depth] for own in self.paths if own[:depth] == path and len(own) > depth))


@dataclass(frozen=True)
class Results:
    """All that was measured.

    Attributes:
        cells: in the order of block, task, model, variant and seed.
        groups: the same over seeds; SHARCS first, then as ``MODELS`` lists them.
        faults: a sentence on every file that cannot be read and is left out.
    """

    cells: tuple[Cell, ...]
    groups: tuple[Group, ...]
    faults: tuple[str, ...] = ()

    def models(self, block: str, task: str) -> tuple[Group, ...]:
        """The models of a task in a block, with nothing varied."""
        return tuple(g for g in self.groups if (g.block, g.task, g.variant) == (block, task, ""))

    def model(self, block: str, task: str, name: str) -> Group | None:
        """One of :meth:`models`; None where it was not measured."""
        return next((group for group in self.models(block, task) if group.model == name), None)

    def tasks(self, block: str) -> tuple[str, ...]:
        """The tasks that a block has cells of, in the order of the tables."""
        return in_order(group.task for group in self.groups if group.block == block)


def in_order(tasks: Iterable[str]) -> tuple[str, ...]:
    """Tasks in the order of the tables, each once; unknown ones last."""
    found = set(tasks)
    return (*(task for task in TASKS if task in found), *sorted(found - set(TASKS)))

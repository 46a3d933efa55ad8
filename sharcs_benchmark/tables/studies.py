"""The questions the paper leaves open: which runs answer each, found by what their settings differ in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.settings import counting_settings
from sharcs_benchmark.tables.captions import TASK_TITLES, caption, task_title
from sharcs_benchmark.tables.comparison import OURS, model_row
from sharcs_benchmark.tables.seeds import EVERY, Group, at, group_cells
from sharcs_benchmark.tables.table import Column, Table
from sharcs_core.config import ALIGNMENT_WEIGHTS

STUDY_COLUMNS = (
    Column("accuracy", "accuracy", ("accuracy",)),
    Column("plain completeness", "completeness_plain", ("completeness_plain",)),
    Column("recall@1", "recall_at_1", ("retrieval", EVERY, "recall_at_1")),
    Column("described", "described", ("missing", EVERY, "described")),
    Column("absent, over the bank", "absent_over_bank", ("missing", EVERY, "absent_over_bank")),
    Column("gap", "modality_gap", ("modality_gap",)),
)
"""What every study looks at; recall@1 is the mean of all ways, described and absent that of all missing subsets.

Of trees and of absent modalities the plain figures: those of the paper, which every cell has, also of before there were
agreements and companions.
"""

OF_THE_ALIGNMENT = {"training.alignment", "training.alignment_weight", "training.temperature", "training.margin"}
OF_THE_SIZE = {"model.n_shared", "model.n_local"}
OF_THE_RUN = {"training.seed", "task"}
WAYS = {"xor_and_xor": 2, "xor_three_ways": 3, "xor_four_ways": 4}
NONE = "none"


@dataclass(frozen=True)
class Point:
    """One setting of a study and the runs made with it."""

    label: str
    group: Group


@dataclass(frozen=True)
class Panel:
    """The points of one task (and, where a study needs it, of one alignment), in order."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Study:
    """One question.

    Attributes:
        name: of its figure's file.
        title: the question in a few words; also the caption.
        setting: what is varied, as the title of an axis.
        ordered: whether the settings are steps of one quantity, so that a line between them means something.
    """

    name: str
    title: str
    setting: str
    ordered: bool
    panels: tuple[Panel, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(point.group for panel in self.panels for point in panel.points)


def studies(cells: Iterable[Cell]) -> tuple[Study, ...]:
    """The studies that there are runs for, each panel with at least two settings."""
    groups = [group for group in group_cells(cells) if group.model == OURS]
    found = []
    for name, title, setting, ordered, panels_of in STUDIES:
        panels = tuple(panel for panel in panels_of(groups) if len(panel.points) > 1)
        found += [Study(name, title, setting, ordered, panels)] if panels else []
    return tuple(found)


def study_tables(study: Study) -> tuple[Table, ...]:
    """A table a panel: settings by figures."""
    return tuple(_study_table(study, panel) for panel in study.panels)


def _study_table(study: Study, panel: Panel) -> Table:
    rows = tuple(
        model_row(p.group, STUDY_COLUMNS, f"{study.setting} {p.label}" if study.ordered else p.label)
        for p in panel.points
    )
    return Table(f"{study.title}: {panel.title}", caption([point.group for point in panel.points]), STUDY_COLUMNS, rows)


def usual(groups: Sequence[Group], task: str) -> Group | None:
    """SHARCS on a task as it is meant to be, at the studies' budget: from block C, else from block B."""
    found = {group.block: group for group in groups if group.task == task and not group.variant}
    return found.get("C") or found.get("B")


def settings_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """Dotted names of the settings in which two runs differ; the seed, the task and what is kept do not count."""
    first, second = counting_settings(one), counting_settings(other)
    return {
        name
        for name in first.keys() | second.keys()
        if first.get(name) != second.get(name) and name not in OF_THE_RUN and name.startswith(("model.", "training."))
    }


def alignment_of(group: Group) -> str:
    """The alignment of a run; ``none`` also where its weight is 0."""
    return NONE if weight_of(group) == 0 else str(at(group.settings, ("training", "alignment")))


def weight_of(group: Group) -> float:
    """λ of a run; 0 where nothing aligns."""
    none = at(group.settings, ("training", "alignment")) == NONE
    return 0.0 if none else float(at(group.settings, ("training", "alignment_weight")) or 0)


def _varied(groups: Sequence[Group], task: str, settings: set[str]) -> list[Group]:
    """Runs of a task that differ from the usual one in nothing but ``settings``; the usual one first."""
    base = usual(groups, task)
    if base is None:
        return []
    others = [group for group in groups if group.task == task and group.block == "C" and group is not base]
    differences = [(settings_difference(group.settings, base.settings), group) for group in others]
    return [base, *(group for difference, group in differences if difference and difference <= settings)]


def _tasks(groups: Sequence[Group]) -> list[str]:
    return [task for task in TASK_TITLES if any(group.task == task for group in groups)]


def _weight_panels(groups: Sequence[Group]) -> Iterable[Panel]:
    for task in _tasks(groups):
        varied = _varied(groups, task, OF_THE_ALIGNMENT)
        without = [group for group in varied if alignment_of(group) == NONE][:1]
        lines = {name: line for name in ALIGNMENT_WEIGHTS if len(line := _weights_of(varied, name)) > 1}
        for alignment, own in lines.items():
            points = sorted([*own.items(), *((0.0, group) for group in without)], key=lambda pair: pair[0])
            title = task_title(task) if len(lines) == 1 else f"{task_title(task)}, {alignment}"
            yield Panel(title, tuple(Point(f"{weight:g}", group) for weight, group in points))


def _weights_of(varied: Sequence[Group], alignment: str) -> dict[float, Group]:
    """λ → the runs of an alignment with it; those as they are meant to be before others of equal settings."""
    return {weight_of(group): group for group in reversed(varied) if alignment_of(group) == alignment != NONE}


def _alignment_panels(groups: Sequence[Group]) -> Iterable[Panel]:
    for task in _tasks(groups):
        varied, points = _varied(groups, task, OF_THE_ALIGNMENT), []
        for alignment, weight in ALIGNMENT_WEIGHTS.items():
            own = [group for group in varied if alignment_of(group) == alignment]
            at_its_weight = [group for group in own if weight_of(group) == weight] or own
            points += [Point(alignment, group) for group in at_its_weight[:1]]
        yield Panel(task_title(task), tuple(points))


def _size_panels(groups: Sequence[Group]) -> Iterable[Panel]:
    for task in _tasks(groups):
        by_size = {int(at(g.settings, ("model", "n_shared"))): g for g in reversed(_varied(groups, task, OF_THE_SIZE))}
        yield Panel(task_title(task), tuple(Point(str(size), by_size[size]) for size in sorted(by_size)))


def _ways_panels(groups: Sequence[Group]) -> Iterable[Panel]:
    found = {ways: group for task, ways in WAYS.items() if (group := usual(groups, task))}
    yield Panel("XOR-AND-XOR", tuple(Point(str(ways), found[ways]) for ways in sorted(found)))


def _ablation_panels(groups: Sequence[Group]) -> Iterable[Panel]:
    for task in _tasks(groups):
        varied = _varied(groups, task, OF_THE_ALIGNMENT)
        without = [group for group in varied if alignment_of(group) == NONE]
        points = [Point("with alignment", varied[0]), Point("without", without[0])] if without else []
        yield Panel(task_title(task), tuple(points))


Panels = Callable[[Sequence[Group]], Iterable[Panel]]
STUDIES: tuple[tuple[str, str, str, bool, Panels], ...] = (
    ("weight", "How much alignment", "λ", True, _weight_panels),
    ("alignment", "Which alignment", "alignment", False, _alignment_panels),
    ("size", "How many shared concepts", "T", True, _size_panels),
    ("ways", "Two, three and four modalities", "modalities", True, _ways_panels),
    ("ablation", "With and without the alignment", "alignment", False, _ablation_panels),
)

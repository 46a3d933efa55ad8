"""The questions the paper leaves open: which runs answer each, found by what their settings differ in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sharcs_benchmark.models import SHARCS_FREE
from sharcs_benchmark.nested import at, is_number
from sharcs_benchmark.plan import WAYS
from sharcs_benchmark.settings import counting_settings
from sharcs_benchmark.tables.captions import caption, task_title
from sharcs_benchmark.tables.comparison import ACCURACY, DESCRIBED, GAP, RECALL, model_row
from sharcs_benchmark.tables.groups import EVERY, Group, Results, in_order
from sharcs_benchmark.tables.table import Column, Table
from sharcs_core.config import ALIGNMENT_WEIGHTS

PLAIN_COMPLETENESS = Column.of("plain completeness", "completeness_plain")
STUDY_COLUMNS = (
    ACCURACY,
    PLAIN_COMPLETENESS,
    RECALL,
    DESCRIBED,
    Column.of("absent, over the bank", "missing", EVERY, "absent_over_bank"),
    GAP,
)
"""What every study looks at; recall@1 is the mean of all ways, described and absent that of all missing subsets.

Of trees and of absent modalities the plain figures: those of the paper, which every cell has, also of before there were
agreements and companions.
"""

OF_THE_ALIGNMENT = {"training.alignment", "training.alignment_weight", "training.temperature", "training.margin"}
OF_THE_SIZE = {"model.n_shared", "model.n_local"}
OF_THE_RUN = {"training.seed", "task"}
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
        name: of its drawing's file.
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


def studies(results: Results) -> tuple[Study, ...]:
    """The studies that there are runs for, each panel with at least two settings."""
    groups = [group for group in results.groups if group.model == SHARCS_FREE]
    found = []
    for name, title, setting, ordered, panels_of in QUESTIONS:
        panels = tuple(Panel(title, tuple(points)) for title, points in panels_of(groups) if len(points) > 1)
        found += [Study(name, title, setting, ordered, panels)] if panels else []
    return tuple(found)


def study_tables(study: Study) -> tuple[Table, ...]:
    """A table a panel: settings by figures."""
    return tuple(_study_table(study, panel) for panel in study.panels)


def _study_table(study: Study, panel: Panel) -> Table:
    titles = [f"{study.setting} {point.label}" if study.ordered else point.label for point in panel.points]
    groups = [point.group for point in panel.points]
    rows = (model_row(group, STUDY_COLUMNS, title) for group, title in zip(groups, titles, strict=True))
    return Table(f"{study.title}: {panel.title}", caption(groups), STUDY_COLUMNS, tuple(rows))


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
    return NONE if weight_of(group) == 0 else str(at(group.settings, "training", "alignment"))


def weight_of(group: Group) -> float:
    """λ of a run; 0 where nothing aligns."""
    alignment, weight = (at(group.settings, "training", name) for name in ("alignment", "alignment_weight"))
    return float(weight) if is_number(weight) and alignment != NONE else 0.0


def _varied(groups: Sequence[Group], settings: set[str]) -> Iterator[tuple[str, list[Group]]]:
    """Each task with its runs that differ from the usual one in nothing but ``settings``; the usual one first."""
    for task in in_order(group.task for group in groups):
        base = usual(groups, task)
        others = [group for group in groups if (group.task, group.block) == (task, "C") and group is not base]
        if base is not None:
            differences = [settings_difference(group.settings, base.settings) for group in others]
            own = [group for group, found in zip(others, differences, strict=True) if found and found <= settings]
            yield task, [base, *own]


Points = list[Point]
Panels = Callable[[Sequence[Group]], Iterable[tuple[str, Points]]]


def _weight_panels(groups: Sequence[Group]) -> Iterator[tuple[str, Points]]:
    for task, varied in _varied(groups, OF_THE_ALIGNMENT):
        lines = {name: line for name in ALIGNMENT_WEIGHTS if len(line := _by_weight(varied, name)) > 1}
        for alignment, own in lines.items():
            points = [
                Point(f"{weight:g}", group) for weight, group in sorted({**own, **_by_weight(varied, NONE)}.items())
            ]
            yield task_title(task) if len(lines) == 1 else f"{task_title(task)}, {alignment}", points


def _by_weight(varied: Sequence[Group], alignment: str) -> dict[float, Group]:
    """λ → the runs of an alignment with it; those as they are meant to be before others of equal settings."""
    return {weight_of(group): group for group in reversed(varied) if alignment_of(group) == alignment}


def _alignment_panels(groups: Sequence[Group]) -> Iterator[tuple[str, Points]]:
    for task, varied in _varied(groups, OF_THE_ALIGNMENT):
        points = []
        for alignment, weight in ALIGNMENT_WEIGHTS.items():
            own = [group for group in varied if alignment_of(group) == alignment]
            at_its_weight = [group for group in own if weight_of(group) == weight] or own
            points += [Point(alignment, group) for group in at_its_weight[:1]]
        yield task_title(task), points


def _size_panels(groups: Sequence[Group]) -> Iterator[tuple[str, Points]]:
    for task, varied in _varied(groups, OF_THE_SIZE):
        sizes = [(at(group.settings, "model", "n_shared"), group) for group in reversed(varied)]
        by_size = {size: group for size, group in sizes if is_number(size)}
        yield task_title(task), [Point(str(size), by_size[size]) for size in sorted(by_size)]


def _ways_panels(groups: Sequence[Group]) -> Iterator[tuple[str, Points]]:
    found = {len(group.modalities): group for task in WAYS if (group := usual(groups, task))}
    yield task_title(WAYS[0]), [Point(str(n_ways), found[n_ways]) for n_ways in sorted(found)]


def _ablation_panels(groups: Sequence[Group]) -> Iterator[tuple[str, Points]]:
    for task, varied in _varied(groups, OF_THE_ALIGNMENT):
        without = [Point("without", group) for group in varied if alignment_of(group) == NONE]
        yield task_title(task), [Point("with alignment", varied[0]), *without[:1]]


QUESTIONS: tuple[tuple[str, str, str, bool, Panels], ...] = (
    ("weight", "How much alignment", "λ", True, _weight_panels),
    ("alignment", "Which alignment", "alignment", False, _alignment_panels),
    ("size", "How many shared concepts", "T", True, _size_panels),
    ("ways", "Two, three and four modalities", "modalities", True, _ways_panels),
    ("ablation", "With and without the alignment", "alignment", False, _ablation_panels),
)
"""Name, title, setting and order of each study, and what finds its panels: title → points."""

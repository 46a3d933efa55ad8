"""Two sentences on each study, made from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sharcs_core.benchmark.tables.seeds import Value
from sharcs_core.benchmark.tables.studies import STUDY_COLUMNS, Panel, Point, Study
from sharcs_core.benchmark.tables.table import Column, show

BY_TITLE = {column.title: column for column in STUDY_COLUMNS}
Sentences = tuple[str, str]


def study_sentences(study: Study) -> Sentences:
    """What a study shows: where retrieval is lowest and highest, and how little or much the rest moves."""
    if study.name == "ablation":
        return _ablation_sentences(study)
    spans = [told for panel in study.panels if (told := _extremes(study, panel, BY_TITLE["recall@1"]))]
    ranges = [told for panel in study.panels if (told := _ranges(panel))]
    return (
        f"Recall@1 is {joined(spans)}." if spans else "Recall@1 was not measured.",
        f"Over the same settings, {joined(ranges)}." if ranges else "Nothing else was measured.",
    )


def _value(point: Point, column: Column) -> Value | None:
    return point.group.value(*column.path)


def _measured(panel: Panel, column: Column) -> list[tuple[float, Point]]:
    return [(value.mean, point) for point in panel.points if (value := _value(point, column))]


def _extremes(study: Study, panel: Panel, column: Column) -> str:
    found = _measured(panel, column)
    if not found:
        return ""
    (low, lowest), (high, highest) = min(found, key=lambda f: f[0]), max(found, key=lambda f: f[0])
    if show(low) == show(high):
        return f"{show(high)} with every setting on {panel.title}"
    least, most = f"{_named(study, lowest)} ({show(low)})", f"{_named(study, highest)} ({show(high)})"
    return f"lowest with {least} and highest with {most} on {panel.title}"


def _named(study: Study, point: Point) -> str:
    if study.setting in ("λ", "T"):
        return f"{study.setting} = {point.label}"
    return f"{point.label} {study.setting}" if study.ordered else f"“{point.label}”"


def _ranges(panel: Panel) -> str:
    told = []
    for title in ("accuracy", "plain completeness", "described"):
        numbers = [number for number, _ in _measured(panel, BY_TITLE[title])]
        told += [f"{title} {_range(numbers)}"] if numbers else []
    return f"{', '.join(told)} on {panel.title}" if told else ""


def _range(numbers: Sequence[float]) -> str:
    low, high = show(min(numbers)), show(max(numbers))
    return f"stays at {low}" if low == high else f"spans {low} to {high}"


def _ablation_sentences(study: Study) -> Sentences:
    return (
        f"Without the alignment recall@1 {joined(_from_to(panel, 'recall@1') for panel in study.panels)}.",
        f"Plain completeness {joined(_from_to(panel, 'plain completeness') for panel in study.panels)}, and accuracy "
        f"{joined(_from_to(panel, 'accuracy') for panel in study.panels)}.",
    )


def _from_to(panel: Panel, title: str) -> str:
    with_it, without = (show(point.group.mean(*BY_TITLE[title].path)) for point in panel.points)
    change = f"stays at {with_it}" if with_it == without else f"goes from {with_it} to {without}"
    return f"{change} on {panel.title}"


def joined(parts: Iterable[str]) -> str:
    """Parts as a list in words.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    *others, last = list(parts) or ["not measured"]
    return f"{', '.join(others)} and {last}" if others else last

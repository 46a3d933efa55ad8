"""Two runs beside each other: every figure of both, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sharcs_benchmark.definitions import definition, figure_at, title_at
from sharcs_benchmark.settings import flat_settings
from sharcs_benchmark.tables.captions import in_titles
from sharcs_benchmark.tables.comparison import OURS, OURS_NAMED
from sharcs_benchmark.tables.seeds import error_of_one
from sharcs_benchmark.tables.table import (
    NOT_MEASURED,
    NOT_MEASURED_SAYS,
    Column,
    Entry,
    Row,
    Table,
    best_of,
    show,
)

Numbers = dict[tuple[str, ...], float]


def model_of_settings(settings: Mapping[str, Any]) -> str:
    """Name of the model, as :data:`~sharcs_benchmark.models.MODELS` has it, that a run's settings make.

    >>> model_of_settings({"model": {"wiring": "sharcs", "named": {"colour": 8}}})
    'sharcs_named'
    """
    model = settings["model"]
    wiring, named, encoders = model.get("wiring", OURS), bool(model.get("named")), tuple(model.get("encoders", ()))
    if wiring in ("concept", "fusion") and len(encoders) == 1:
        return f"unimodal_concept_{encoders[0]}" if wiring == "concept" else f"unimodal_{encoders[0]}"
    return {
        "sharcs": OURS_NAMED if named else OURS,
        "concept": "concept_named" if named else "concept_multimodal",
        "fusion": "simple_multimodal",
        "late": "late_fusion",
        "embedding": str(settings.get("training", {}).get("alignment")),
    }.get(wiring, wiring)


def compare_metrics(names: tuple[str, str], metrics: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Table:
    """Every figure that either of two runs has, a row each: both values and the difference, the second less the first.

    Of each figure the better value is marked, where it is better beyond noise.

    Args:
        names: what to call the runs.
        metrics: their ``metrics.json``.
    """
    first, second = dict(numbers_in(metrics[0])), dict(numbers_in(metrics[1]))
    columns = tuple(Column(name, "accuracy", ()) for name in (*names, "difference"))
    rows = tuple(_row(path, (first.get(path), second.get(path)), metrics) for path in {**first, **second})
    return Table("Figures", "", columns, rows)


def numbers_in(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Where each defined number stands in nested figures, and the number; curves are left out.

    >>> dict(numbers_in({"missing": {"graph": {"absent": 0.5}}, "n_test": 5000}))
    {('missing', 'graph', 'absent'): 0.5}
    """
    if isinstance(values, Mapping):
        for name, inner in values.items():
            yield from numbers_in(inner, (*path, name))
    elif isinstance(values, int | float) and not isinstance(values, bool) and path and figure_at(path):
        yield path, float(values)


def _row(
    path: tuple[str, ...],
    numbers: tuple[float | None, float | None],
    metrics: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> Row:
    figure, title = figure_at(path) or path[0], _title(path, str(metrics[0].get("task", "")))
    first, second = numbers
    entries = [_entry(path, number, own) for number, own in zip(numbers, metrics, strict=True)]
    if first is None or second is None:
        return Row(title, definition(figure).hover, (*entries, Entry(NOT_MEASURED)))
    best = best_of(figure, entries)
    marked = [replace(entry, best=place == best) for place, entry in enumerate(entries)]
    return Row(title, definition(figure).hover, (*marked, _difference(second - first, definition(figure).unit)))


def _title(path: tuple[str, ...], task: str) -> str:
    """What to call a figure, modalities by their titles."""
    return title_at(tuple(in_titles(task, part) for part in path))


def _entry(path: tuple[str, ...], number: float | None, metrics: Mapping[str, Any]) -> Entry:
    figure = figure_at(path) or path[0]
    if number is None:
        return Entry(NOT_MEASURED, reason=NOT_MEASURED_SAYS)
    error = error_of_one(path, number, int(metrics.get("n_test", 0)))
    return Entry(show(number, definition(figure).unit), number, error=error)


def _difference(number: float, unit: str) -> Entry:
    written = show(number, unit)
    return Entry(f"+{written}" if number > 0 and written.strip("0.,") else written, number)


def compare_settings(names: tuple[str, str], settings: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Table:
    """The settings in which two runs differ, a row each; no rows where they do not."""
    first, second = (flat_settings(one) for one in settings)
    columns = tuple(Column(name, "accuracy", ()) for name in names)
    rows = tuple(
        Row(name, "", tuple(Entry(_said(flat, name)) for flat in (first, second)))
        for name in {**first, **second}
        if _said(first, name) != _said(second, name)
    )
    return Table("Settings that differ", "", columns, rows)


def _said(flat: Mapping[str, Any], name: str) -> str:
    value = flat.get(name, NOT_MEASURED)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

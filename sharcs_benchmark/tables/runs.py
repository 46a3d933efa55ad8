"""Two runs beside each other: every figure of both, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sharcs_benchmark.definitions import definition, figure_at, title_at
from sharcs_benchmark.models import SHARCS_FREE, SHARCS_NAMED
from sharcs_benchmark.nested import KeyPath, is_number, leaves
from sharcs_benchmark.settings import flat_settings
from sharcs_benchmark.tables.captions import in_titles
from sharcs_benchmark.tables.groups import error_of_one
from sharcs_benchmark.tables.table import NOT_MEASURED, NOT_MEASURED_SAYS, Column, Entry, Row, Table, best_of, show

Metrics = Mapping[str, Any]
MISSING = Entry(NOT_MEASURED, reason=NOT_MEASURED_SAYS)


def model_of_settings(settings: Mapping[str, Any]) -> str:
    """Name of the model, as :data:`~sharcs_benchmark.models.MODELS` has it, that a run's settings make.

    >>> model_of_settings({"model": {"wiring": "sharcs", "named": {"colour": 8}}})
    'sharcs_named'
    """
    model = settings["model"]
    wiring, named, encoders = model.get("wiring", "sharcs"), bool(model.get("named")), tuple(model.get("encoders", ()))
    if wiring in ("concept", "fusion") and len(encoders) == 1:
        return f"unimodal_concept_{encoders[0]}" if wiring == "concept" else f"unimodal_{encoders[0]}"
    names: dict[str, str] = {
        "sharcs": SHARCS_NAMED if named else SHARCS_FREE,
        "concept": "concept_named" if named else "concept_multimodal",
        "fusion": "simple_multimodal",
        "late": "late_fusion",
        "embedding": str(settings.get("training", {}).get("alignment")),
    }
    return names.get(wiring, str(wiring))


def compare_metrics(names: tuple[str, str], metrics: tuple[Metrics, Metrics]) -> Table:
    """Every figure that either of two runs has, a row each: both values and the difference, the second less the first.

    Of each figure the better value is marked, where it is better beyond noise.

    Args:
        names: what to call the runs.
        metrics: their ``metrics.json``.
    """
    columns = tuple(Column.of(name, "accuracy") for name in (*names, "difference"))
    first, second = (_entries(one) for one in metrics)
    task = str(metrics[0].get("task", ""))
    rows = (_row(task, path, (first.get(path, MISSING), second.get(path, MISSING))) for path in {**first, **second})
    return Table("Figures", "", columns, tuple(rows))


def numbers_in(values: Metrics) -> dict[KeyPath, float]:
    """Where each defined number stands in nested figures, and the number; curves are left out.

    >>> numbers_in({"missing": {"graph": {"absent": 0.5}}, "n_test": 5000})
    {('missing', 'graph', 'absent'): 0.5}
    """
    return {path: float(value) for path, value in leaves(values) if is_number(value) and figure_at(path)}


def _entries(metrics: Metrics) -> dict[KeyPath, Entry]:
    """The numbers of a run as they stand in the table, each with its noise."""
    n_test = int(metrics.get("n_test", 0))
    return {
        path: Entry(show(number, definition(_figure(path)).unit), number, error=error_of_one(path, number, n_test))
        for path, number in numbers_in(metrics).items()
    }


def _row(task: str, path: KeyPath, entries: tuple[Entry, Entry]) -> Row:
    """A figure of two runs; modalities go by their titles."""
    one, title = definition(_figure(path)), title_at([in_titles(task, part) for part in path])
    first, second = (entry.number for entry in entries)
    if first is None or second is None:
        return Row(title, one.hover, (*entries, Entry(NOT_MEASURED)))
    best = best_of(_figure(path), entries)
    marked = (replace(entry, best=entry is best) for entry in entries)
    return Row(title, one.hover, (*marked, _difference(second - first, one.unit)))


def _figure(path: KeyPath) -> str:
    return figure_at(path) or path[0]


def _difference(number: float, unit: str) -> Entry:
    written = show(number, unit)
    return Entry(f"+{written}" if number > 0 and written.strip("0.,") else written, number)


def compare_settings(names: tuple[str, str], settings: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Table:
    """The settings in which two runs differ, a row each; no rows where they do not."""
    first, second = ({name: _said(value) for name, value in flat_settings(one).items()} for one in settings)
    pairs = {name: (first.get(name, NOT_MEASURED), second.get(name, NOT_MEASURED)) for name in {**first, **second}}
    rows = tuple(Row(name, "", tuple(map(Entry, pair))) for name, pair in pairs.items() if pair[0] != pair[1])
    return Table("Settings that differ", "", tuple(Column.of(name, "accuracy") for name in names), rows)


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

"""Two runs beside each other: every figure of both, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sharcs_core.benchmark.definitions import NEITHER, definition, figure_at, title_at
from sharcs_core.benchmark.settings import flat_settings
from sharcs_core.benchmark.tables.table import (
    NOT_MEASURED,
    NOT_MEASURED_SAYS,
    Column,
    Entry,
    Row,
    Table,
    is_better,
    show,
)

Numbers = dict[tuple[str, ...], float]


def compare_metrics(names: tuple[str, str], metrics: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Table:
    """Every figure that either of two runs has, a row each: both values, the better one marked, and the difference.

    Args:
        names: what to call the runs.
        metrics: their ``metrics.json``.
    """
    first, second = dict(numbers_in(metrics[0])), dict(numbers_in(metrics[1]))
    columns = tuple(Column(name, "accuracy", ()) for name in (*names, "difference"))
    rows = tuple(_row(path, first.get(path), second.get(path)) for path in {**first, **second})
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


def _row(path: tuple[str, ...], first: float | None, second: float | None) -> Row:
    figure = figure_at(path) or path[0]
    unit = definition(figure).unit
    entries = [_entry(number, unit) for number in (first, second)]
    if first is None or second is None:
        return Row(title_at(path), definition(figure).hover, (*entries, Entry(NOT_MEASURED)))
    if definition(figure).better != NEITHER:
        better = (is_better(figure, first, second), is_better(figure, second, first))
        entries = [Entry(e.text, e.number, best=best) for e, best in zip(entries, better, strict=True)]
    return Row(title_at(path), definition(figure).hover, (*entries, _difference(second - first, unit)))


def _entry(number: float | None, unit: str) -> Entry:
    return Entry(show(number, unit), number, reason=NOT_MEASURED_SAYS if number is None else "")


def _difference(number: float, unit: str) -> Entry:
    written = show(number, unit)
    return Entry(f"+{written}" if number > 0 else written, number)


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

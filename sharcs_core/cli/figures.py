"""All figures of a run for the terminal, a line each; n/a with its reason, a share of few rows with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sharcs_core.cli.listing import NONE
from sharcs_core.reasons import NO_LABELS, reason_of
from sharcs_core.shares import few_rows, with_rows

WIDE = 45


def figure_lines(figures: Mapping[str, Any], lacks: Mapping[str, str]) -> list[str]:
    """What ``sharcs evaluate`` prints.

    Args:
        figures: as :func:`sharcs_core.evaluation.evaluate` gives them.
        lacks: figure → why it is n/a.

    >>> for line in figure_lines({"accuracy": 0.95, "n_test": 60, "nameable": None}, {"nameable": "nothing is known"}):
    ...     print(" ".join(line.split()))
    accuracy 0.9500 (n = 60)
    n_test 60
    nameable n/a (nothing is known)
    """
    flat = [row for name, value in figures.items() if name != "rows" for row in _flat(value, name)]
    lines = [f"{name:{WIDE}} {_words(figures, name, value, lacks)}" for name, value in flat]
    unsaid = [name for name in lacks if "." in name and not any(told.startswith(name) for told, _ in flat)]
    return lines + [f"{name:{WIDE}} {NONE} ({lacks[name]})" for name in unsaid if name.partition(".")[0] not in lacks]


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, own in value.items():
        yield from _flat(own, f"{name}.{key}")


def _words(figures: Mapping[str, Any], name: str, value: Any, lacks: Mapping[str, str]) -> str:
    if value is None:
        return f"{NONE} ({NO_LABELS if figures.get('n_test') == 0 else reason_of(name, lacks)})"
    few = few_rows(figures, name)
    if isinstance(value, float):
        return with_rows(f"{value:.4f}", few)
    return with_rows(str(value), few) if isinstance(value, list) else str(value)

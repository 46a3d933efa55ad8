"""Shares that were counted on few rows, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEW = 100
"""A share on fewer rows is told with their number: a single one of them counts more than 1 %."""

NO_SHARES = (
    *("modality_gap", "stand_in_error", "redundancy", "completeness_normalised"),
    *("edits_needed.median", "edits_needed.p90", "missing_rates.rates"),
)
"""Figures with a fraction that are no shares."""


def few_rows(figures: Mapping[str, Any], name: str) -> int | None:
    """The number of test rows of which a figure is a share, where these are fewer than ``FEW``; else None.

    Args:
        figures: all figures of a run; ``n_test`` and, of those measured on fewer, ``rows`` tell the numbers.
        name: of the figure, such as ``semantics_accuracy.text``.

    >>> few_rows({"n_test": 60}, "accuracy"), few_rows({"n_test": 60}, "modality_gap"), few_rows({"n_test": 100}, "map")
    (60, None, None)
    >>> few_rows({"n_test": 500, "rows": {"retrieval.a->b": 40}}, "retrieval.a->b.recall_at_1")
    40
    """
    if any(f"{name}.".startswith(f"{other}.") for other in NO_SHARES):
        return None
    of_rows = figures.get("rows") or {}
    fewer = [n for other, n in of_rows.items() if f"{name}.".startswith(f"{other}.")]
    n = min(fewer) if fewer else figures.get("n_test")
    return n if isinstance(n, int) and not isinstance(n, bool) and 0 < n < FEW else None


def with_rows(words: str, n: int | None) -> str:
    """Words for a share, with the number of its rows where that is told.

    >>> with_rows("0.9500", 60), with_rows("0.9500", None)
    ('0.9500 (n = 60)', '0.9500')
    """
    return words if n is None else f"{words} (n = {n})"

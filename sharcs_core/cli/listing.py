"""The runs there are, a line each; a run that lacks something, or lies about it, hides no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sharcs_core.cli.faults import printable
from sharcs_core.shares import few_rows, with_rows

if TYPE_CHECKING:
    from sharcs_core.checkpoints import RunSummary

NONE = "n/a"
LONGEST = 40


def run_line(run: RunSummary) -> str:
    """What ``sharcs list`` says of a run."""
    name = printable(run.name)
    if run.error:
        return f"{name:24} cannot be used: {printable(run.error)}"
    figures = run.metrics
    accuracy, majority, completeness = (
        share(figures.get(key)) for key in ("accuracy", "majority_accuracy", "completeness")
    )
    return (
        f"{name:24} accuracy {accuracy} (majority {majority}), completeness {completeness}{_few(figures)}, "
        f"seed {_fact(figures.get('seed'))}, {_fact(figures.get('data_source'))}"
    )


def _few(figures: Mapping[str, Any]) -> str:
    """The number of test samples that the figures are shares of, where these are few.

    >>> _few({"n_test": 60}), _few({"n_test": 600}), _few({})
    (' (n = 60)', '', '')
    """
    return with_rows("", few_rows(figures, "accuracy"))


def share(value: Any) -> str:
    """A share with four digits; n/a for what is none, as where a model cannot have it.

    >>> share(0.5), share(1), share(None), share("high"), share(True), share(10**400)
    ('0.5000', '1.0000', 'n/a', 'n/a', 'n/a', 'n/a')
    """
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return f"{value:.4f}" if is_share else NONE


def _fact(value: Any) -> str:
    """A number or a few words; n/a for all else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return NONE
    text = printable(str(value)) if isinstance(value, str) or abs(value) < 10**LONGEST else ""
    return text if 0 < len(text) <= LONGEST else NONE

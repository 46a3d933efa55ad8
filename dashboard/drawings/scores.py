"""A run's figures, each over what it must be compared with, and the answers of a model as bars: HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from drawings.theme import BAR, QUIET

if TYPE_CHECKING:
    from sharcs_core.headlines import Headline


def percent(value: float | None) -> str:
    """A share for people; full marks only where they are full.

    >>> percent(0.9876), percent(1.0), percent(0.99997), percent(None)
    ('98.8 %', '100 %', '99.9 %', '–')
    """
    if value is None:
        return "–"
    return "100 %" if value >= 1 else f"{min(100 * value, 99.9):.1f} %"


def score_bar(headline: Headline) -> str:
    """The figure, a bar of it with a mark at the reference, and the reference in words."""
    mark, words = "", ""
    if headline.reference is not None:
        mark = f'<div class="mark" style="left:{100 * headline.reference:.1f}%"></div>'
        words = f"{escape(headline.reference_words)}: <span>{percent(headline.reference)}</span>"
    return (
        f'<div class="score"><div class="value">{percent(headline.value)}</div>'
        f'<div class="track" style="background:{QUIET}40">'
        f'<div style="width:{100 * headline.value:.1f}%;background:{BAR}"></div>{mark}</div>'
        f'<div class="reference">{words}</div></div>'
    )


def size_in_words(metrics: Mapping[str, Any]) -> str:
    """How many concepts a model has, and how large its tree is; nothing of a model without.

    >>> size_in_words({"n_concepts": 2, "tree_leaves": 5})
    ' It has 2 concepts, and a decision tree of 5 leaves.'
    """
    n_concepts, leaves = metrics.get("n_concepts"), metrics.get("tree_leaves")
    return f" It has {n_concepts} concepts, and a decision tree of {leaves} leaves." if n_concepts and leaves else ""

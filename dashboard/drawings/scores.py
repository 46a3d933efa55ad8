"""A run's figures, each over what it must be compared with, and the answers of a model as bars: HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from drawings.markup import NOTHING, html
from drawings.theme import BAR, QUIET
from sharcs_core.named import counted

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


def score_bar(headline: Headline) -> Markup:
    """The figure, a bar of it with a mark at the reference, and the reference in words."""
    mark = words = NOTHING
    if headline.reference is not None:
        mark = html('<div class="mark" style="left:{:.1f}%"></div>', 100 * headline.reference)
        words = html("{}: <span>{}</span>", headline.reference_words, percent(headline.reference))
    return html(
        '<div class="score"><div class="value">{}</div><div class="track" style="background:{}40">'
        '<div style="width:{:.1f}%;background:{}"></div>{}</div><div class="reference">{}</div></div>',
        percent(headline.value),
        QUIET,
        100 * headline.value,
        BAR,
        mark,
        words,
    )


def size_in_words(metrics: Mapping[str, Any]) -> str:
    """How many concepts a model has, and how large its tree is; nothing of a model without.

    >>> size_in_words({"n_concepts": 2, "tree_leaves": 5})
    'It has 2 concepts, and a decision tree of 5 leaves.'
    """
    n_concepts, leaves = metrics.get("n_concepts"), metrics.get("tree_leaves")
    if not n_concepts or not leaves:
        return ""
    return f"It has {counted(n_concepts, 'concept')}, and a decision tree of {counted(leaves, 'leaf', 'leaves')}."

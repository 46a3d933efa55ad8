"""One palette for all pages: safe for the colour-blind, readable on light and on dark ground.

Drawings have no ground of their own and take the colour of text from the page (``currentColor``), so none of
them needs to know which theme is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go


class Mark(NamedTuple):
    """How a modality is told from the others: its colour, Plotly's name of its shape, and the shape as a character."""

    colour: str
    symbol: str
    sign: str


# Okabe & Ito (2008), the four that keep a contrast of 3 : 1 on white and on the dark theme.
MARKS = {
    "image": Mark("#D55E00", "circle", "●"),
    "graph": Mark("#0072B2", "diamond", "◆"),
    "table": Mark("#009E73", "square", "■"),
    "text": Mark("#CC79A7", "triangle-up", "▲"),
}
MORE_MARKS = (
    Mark("#8C8C1F", "star", "★"),
    Mark("#5A4FCF", "triangle-down", "▼"),
    Mark("#A3396B", "hexagon", "⬢"),
    Mark("#9C755F", "pentagon", "⬟"),
    Mark("#56B4E9", "cross", "✚"),
    Mark("#44AA99", "x", "✖"),
)
"""For modalities beyond four."""

TWO_COLOURS = ("#E69F00", "#56B4E9")
"""A pair, for instance two classes: orange and sky blue of Okabe & Ito."""

# Tol (2021), "muted", its darkest two made lighter so that they stand out on dark ground too.
KEY_COLOURS = (
    "#CC6677",
    "#5A4FCF",
    "#C9A227",
    "#228833",
    "#56B4E9",
    "#A3396B",
    "#44AA99",
    "#8C8C1F",
    "#AA4499",
    "#9C755F",
)

# What a word for a colour says, a little darker or lighter where it would vanish on white or on dark ground.
NAMED_COLOURS = {
    "gray": "#7A7F88",
    "red": "#C22B2B",
    "blue": "#3A5FE0",
    "green": "#1F8A2E",
    "brown": "#8F5326",
    "purple": "#9333CC",
    "cyan": "#1FBDBD",
    "yellow": "#E3C000",
}

# One meaning a colour: none of these is a modality's, a class's or a meaning's.
RIGHT = "#8A93A6"
WRONG = "#CF2036"
"""What was misread or answered wrong; a ✗ always stands beside it, for a colour alone is not seen by all."""
FOR, AGAINST = "#9BD600", "#8A4DFF"
"""What speaks for something, and what against it: told apart by all, and on grey, white and dark ground."""
CHOSEN = "#E8308A"
"""The ring around the chosen sample."""
QUIET = "#8A93A6"
"""Axes, edges and what stands back, on either ground."""
BAR = "#6F7FC4"
"""A plain share, where no class and no modality is meant."""

# Viridis without its ends, which vanish on dark and on white ground.
VIRIDIS = ("#46307E", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30", "#DCD319")
FONT = "Source Sans, 'Source Sans Pro', sans-serif"


def mark_of(name: str, among: Sequence[str] = ()) -> Mark:
    """The mark of a modality: its own, or the first that none of those before it ``among`` a task's has.

    Args:
        among: the names of all modalities of the task, in its order. More than there are marks share some.

    >>> [mark_of(name, ("left", "graph", "right")).sign for name in ("left", "graph", "right")]
    ['●', '◆', '■']
    """
    if name in MARKS:
        return MARKS[name]
    free = [mark for own, mark in MARKS.items() if own not in among] + list(MORE_MARKS)
    others = [other for other in dict.fromkeys((*among, name)) if other not in MARKS]
    return free[others.index(name) % len(free)]


def _mix(first: str, second: str, share: float) -> str:
    channels = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in channels)


def ordered_colours(n: int) -> tuple[str, ...]:
    """``n`` colours of even perceptual steps from low to high.

    >>> ordered_colours(2)
    ('#46307E', '#DCD319')
    """
    steps = [i * (len(VIRIDIS) - 1) / max(n - 1, 1) for i in range(n)]
    pairs = [(int(step), min(int(step) + 1, len(VIRIDIS) - 1), step % 1) for step in steps]
    return tuple(_mix(VIRIDIS[low], VIRIDIS[high], share) for low, high, share in pairs)


def class_colours(n_classes: int) -> tuple[str, ...]:
    """A colour a class: a clear pair for two, an ordered scale for more (our many classes are numbers)."""
    return TWO_COLOURS if n_classes == 2 else ordered_colours(n_classes)


def key_colours(n_keys: int) -> tuple[str, ...]:
    """A colour a meaning: a clear pair for two, distinct ones up to ten, an ordered scale beyond."""
    if n_keys == 2:
        return TWO_COLOURS
    return KEY_COLOURS[:n_keys] if n_keys <= len(KEY_COLOURS) else ordered_colours(n_keys)


def quiet(figure: go.Figure, height: int) -> go.Figure:
    """Gives a figure the look of all: no ground, no frame, small margins, a legend above."""
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 14},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": {"text": ""}},
        hoverlabel={"font": {"family": FONT, "color": "#F2F4F8"}, "bgcolor": "#1B2130", "bordercolor": "#3A4256"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": QUIET, "activecolor": CHOSEN},
    )

"""The drawn decision tree as SVG: to look at and press on a page, or as a file that stands on its own.

Plain attributes give the look on white; a page colours it anew for its theme, by class.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from drawings.theme import CHOSEN, QUIET
from drawings.tree_layout import FONT_SIZE, LINE_HEIGHT, PADDING, STRIP, Box, Link, TreeDrawing

INK, PAPER, SHADE = "#1F2430", "#FFFFFF", "#EEF0F4"
FONTS = "Source Sans, Source Sans 3, Helvetica, Arial, sans-serif"
THINNEST, THICKEST = 1.2, 7.0
"""Of a link that nobody takes, and of one that all take."""
BAR_WIDTH = 5
COUNT_SIZE = 11


def tree_svg(
    drawing: TreeDrawing, colours: Sequence[str], says: str, *, live: bool = False, looked_at: int | None = None
) -> str:
    """The tree as an ``<svg>``.

    Args:
        colours: of the classes, (C,).
        says: what the drawing is, for those who do not see it.
        live: for a page: its boxes can be pressed and reached by the keyboard. Else for a file: on white.
        looked_at: the node whose box is set off.
    """
    links = "".join(_link(link) for link in _lit_last(drawing.links))
    boxes = "".join(_box(box, colours, live, box.node == looked_at) for box in drawing.boxes)
    ground = "" if live else f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    told = html.escape(says, quote=True)
    role = f'role="group" aria-label="{told}"' if live else f'role="img" aria-label="{told}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}" '
        f'width="{drawing.width:.0f}" height="{drawing.height:.0f}" font-family="{FONTS}" {role}>'
        f"<title>{html.escape(says)}</title>{ground}{links}{_answers(drawing)}{boxes}</svg>"
    )


def _lit_last(links: Sequence[Link]) -> list[Link]:
    """The links in the order in which they are painted: what is lit lies on top."""
    return sorted(links, key=lambda link: link.on_way)


def _link(link: Link) -> str:
    (x, y), (u, v) = link.start, link.end
    colour, kind = (CHOSEN, "link lit") if link.on_way else (QUIET, "link")
    width = max(THINNEST + (THICKEST - THINNEST) * link.share, 3 if link.on_way else 0)
    bend = (v - y) * 0.6
    return (
        f'<path class="{kind}" d="M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {u:.1f} {v - bend:.1f} {u:.1f} {v:.1f}" '
        f'fill="none" stroke="{colour}" stroke-width="{width:.1f}"/>'
    )


def _answers(drawing: TreeDrawing) -> str:
    """The words no and yes, once: beside the ways that leave the first question."""
    said = ""
    for link in drawing.links[:2]:
        x, y, anchor = answer_place(link)
        said += _text(link.answer, x, y, "answer", anchor=anchor, weight=700)
    return said


def answer_place(link: Link) -> tuple[float, float, str]:
    """Where an answer stands beside its link: x, the line it stands on, and which end of it is at x."""
    x = link.start[0] + 0.75 * (link.end[0] - link.start[0])
    return (x - 8, link.start[1] + 14, "end") if link.answer == "no" else (x + 8, link.start[1] + 14, "start")


def _box(box: Box, colours: Sequence[str], live: bool, looked_at: bool) -> str:
    kinds = ["node", box.kind, *(["lit"] if box.on_way else []), *(["looked-at"] if looked_at else [])]
    edge, width = (CHOSEN, 2.6) if box.on_way else (QUIET, 1.2)
    dashes = ' stroke-dasharray="5 3"' if box.kind == "folded" else ""
    shape = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="7"'
    ring = f'<rect class="ring" {_around(box, 3)} rx="10" fill="none" stroke="{INK}" stroke-width="2.5"/>'
    rect = (
        f'<rect class="box" {shape} fill="{SHADE if box.kind == "folded" else PAPER}" stroke="{edge}" '
        f'stroke-width="{3 if looked_at else width}"{dashes}/>'
    )
    pressed = "true" if looked_at else "false"
    told = html.escape(box.told, quote=True)
    acts = f' role="button" tabindex="0" aria-pressed="{pressed}" aria-label="{told}"' if live else ""
    return (
        f'<g class="{" ".join(kinds)}" data-node="{box.node}"{acts}>{ring if looked_at else ""}{rect}'
        f"{_bars(box)}{_strip(box, colours)}{_lines(box)}{_count(box)}</g>"
    )


def _around(box: Box, by: float) -> str:
    return (
        f'x="{box.x - by:.1f}" y="{box.y - by:.1f}" width="{box.width + 2 * by:.1f}" height="{box.height + 2 * by:.1f}"'
    )


def _bars(box: Box) -> str:
    """A bar at the left edge, in the colours of the modalities that are asked."""
    if not box.colours:
        return ""
    room = box.height - STRIP - 2 * PADDING
    tall = room / len(box.colours)
    return "".join(
        f'<rect x="{box.x + 5:.1f}" y="{box.y + PADDING + place * tall:.1f}" width="{BAR_WIDTH}" height="{tall:.1f}" '
        f'fill="{colour}"/>'
        for place, colour in enumerate(box.colours)
    )


def _strip(box: Box, colours: Sequence[str]) -> str:
    """The classes of those who come here, as parts of a line at the box's foot."""
    left, wide, parts = box.x + 5, box.width - 10, ""
    for share, colour in zip(box.shares, colours, strict=True):
        if share > 0:
            parts += f'<rect x="{left:.1f}" y="{box.y + box.height - STRIP - 2:.1f}" width="{share * wide:.1f}" '
            parts += f'height="{STRIP - 1}" fill="{colour}"/>'
            left += share * wide
    return parts


def _lines(box: Box) -> str:
    x, weight = box.x + box.width / 2 + (BAR_WIDTH if box.colours else 0), 700 if box.kind == "answer" else 400
    first = box.y + PADDING + FONT_SIZE - 1
    return "".join(
        _text(line, x, first + place * LINE_HEIGHT, "words", weight=weight) for place, line in enumerate(box.lines)
    )


def _count(box: Box) -> str:
    """How many come here, beside where the way comes in."""
    x, anchor = count_place(box)
    return _text(f"{box.count:,}", x, box.y - 6, "count", anchor=anchor, size=COUNT_SIZE)


def count_place(box: Box) -> tuple[float, str]:
    """At the outer corner of a box, away from its link: x, and which end of the number is there."""
    return (box.x + 4, "start") if box.is_left else (box.x + box.width - 4, "end")


def _text(
    said: str, x: float, y: float, kind: str, *, anchor: str = "middle", weight: int = 400, size: float = FONT_SIZE
) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{INK}">{html.escape(said)}</text>'
    )

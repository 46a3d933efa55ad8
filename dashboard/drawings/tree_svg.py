"""The drawn decision tree as SVG: to look at and press on a page, or as a file that stands on its own.

Plain attributes give the look on white; a page colours it anew for its theme, by class.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
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
) -> Markup:
    """The tree as an ``<svg>``.

    Args:
        colours: of the classes, (C,).
        says: what the drawing is, for those who do not see it.
        live: for a page: its boxes can be pressed and reached by the keyboard. Else for a file: on white.
        looked_at: the node whose box is set off.
    """
    return html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'width="{width:.0f}" height="{height:.0f}" font-family="{fonts}" role="{role}" aria-label="{says}">'
        "<title>{says}</title>{ground}{links}{answers}{boxes}</svg>",
        width=drawing.width,
        height=drawing.height,
        fonts=FONTS,
        role="group" if live else "img",
        says=says,
        ground=NOTHING if live else html('<rect width="100%" height="100%" fill="{}"/>', PAPER),
        links=joined(map(_link, _lit_last(drawing.links))),
        answers=joined(map(_answer, drawing.links[:2])),
        boxes=joined(_box(box, colours, live, box.node == looked_at) for box in drawing.boxes),
    )


def _lit_last(links: Sequence[Link]) -> list[Link]:
    """The links in the order in which they are painted: what is lit lies on top."""
    return sorted(links, key=lambda link: link.on_way)


def _link(link: Link) -> Markup:
    (x, y), (u, v) = link.start, link.end
    bend = (v - y) * 0.6
    return html(
        '<path class="{}" d="M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}" '
        'fill="none" stroke="{}" stroke-width="{:.1f}"/>',
        "link lit" if link.on_way else "link",
        *(x, y, x, y + bend, u, v - bend, u, v),
        CHOSEN if link.on_way else QUIET,
        max(THINNEST + (THICKEST - THINNEST) * link.share, 3 if link.on_way else 0),
    )


def _answer(link: Link) -> Markup:
    """The words no and yes, which are told once: beside the ways that leave the first question."""
    x, y, anchor = answer_place(link)
    return _text(link.answer, x, y, "answer", anchor=anchor, weight=700)


def answer_place(link: Link) -> tuple[float, float, str]:
    """Where an answer stands beside its link: x, the line it stands on, and which end of it is at x."""
    x = link.start[0] + 0.75 * (link.end[0] - link.start[0])
    return (x - 8, link.start[1] + 14, "end") if link.answer == "no" else (x + 8, link.start[1] + 14, "start")


def _box(box: Box, colours: Sequence[str], live: bool, looked_at: bool) -> Markup:
    kinds = ["node", box.kind, *(["lit"] if box.on_way else []), *(["looked-at"] if looked_at else [])]
    return html(
        '<g class="{}" data-node="{}"{}>{}{}{}{}{}{}</g>',
        " ".join(kinds),
        box.node,
        _acts(box, looked_at) if live else NOTHING,
        _ring(box) if looked_at else NOTHING,
        _frame(box, looked_at),
        _bars(box),
        _strip(box, colours),
        _lines(box),
        _count(box),
    )


def _acts(box: Box, looked_at: bool) -> Markup:
    """What makes a box a button that can be reached by the keyboard."""
    return html(
        ' role="button" tabindex="0" aria-pressed="{}" aria-label="{}"', "true" if looked_at else "false", box.told
    )


def _ring(box: Box) -> Markup:
    return html(
        '<rect class="ring" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="10" fill="none" stroke="{}" '
        'stroke-width="2.5"/>',
        *(box.x - 3, box.y - 3, box.width + 6, box.height + 6),
        INK,
    )


def _frame(box: Box, looked_at: bool) -> Markup:
    edge, width = (CHOSEN, 2.6) if box.on_way else (QUIET, 1.2)
    return html(
        '<rect class="box" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="7" fill="{}" stroke="{}" '
        'stroke-width="{}"{}/>',
        *(box.x, box.y, box.width, box.height),
        SHADE if box.kind == "folded" else PAPER,
        edge,
        3 if looked_at else width,
        html(' stroke-dasharray="5 3"') if box.kind == "folded" else NOTHING,
    )


def _bars(box: Box) -> Markup:
    """A bar at the left edge, in the colours of the modalities that are asked."""
    tall = (box.height - STRIP - 2 * PADDING) / max(1, len(box.colours))
    return joined(
        _filled(box.x + 5, box.y + PADDING + place * tall, BAR_WIDTH, tall, colour)
        for place, colour in enumerate(box.colours)
    )


def _strip(box: Box, colours: Sequence[str]) -> Markup:
    """The classes of those who come here, as parts of a line at the box's foot."""
    left, wide, parts = box.x + 5, box.width - 10, []
    for share, colour in zip(box.shares, colours, strict=True):
        if share > 0:
            parts.append(_filled(left, box.y + box.height - STRIP - 2, share * wide, STRIP - 1, colour))
            left += share * wide
    return joined(parts)


def _filled(x: float, y: float, width: float, height: float, colour: str) -> Markup:
    return html('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>', x, y, width, height, colour)


def _lines(box: Box) -> Markup:
    x, weight = box.x + box.width / 2 + (BAR_WIDTH if box.colours else 0), 700 if box.kind == "answer" else 400
    first = box.y + PADDING + FONT_SIZE - 1
    return joined(
        _text(line, x, first + place * LINE_HEIGHT, "words", weight=weight) for place, line in enumerate(box.lines)
    )


def _count(box: Box) -> Markup:
    """How many come here, beside where the way comes in."""
    x, anchor = count_place(box)
    return _text(f"{box.count:,}", x, box.y - 6, "count", anchor=anchor, size=COUNT_SIZE)


def count_place(box: Box) -> tuple[float, str]:
    """At the outer corner of a box, away from its link: x, and which end of the number is there."""
    return (box.x + 4, "start") if box.is_left else (box.x + box.width - 4, "end")


def _text(
    said: str, x: float, y: float, kind: str, *, anchor: str = "middle", weight: int = 400, size: float = FONT_SIZE
) -> Markup:
    return html(
        '<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}" font-weight="{}" fill="{}">{}</text>',
        kind,
        x,
        y,
        anchor,
        size,
        weight,
        INK,
        said,
    )

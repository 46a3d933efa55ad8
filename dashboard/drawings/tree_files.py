"""The decision tree as files for other programs: DOT of all of it, and PNG of what is drawn."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from drawings.markup import visible
from drawings.theme import CHOSEN, QUIET
from drawings.tree_layout import FONT_SIZE, LINE_HEIGHT, PADDING, STRIP, Box, Link, TreeDrawing
from drawings.tree_svg import (
    BAR_WIDTH,
    COUNT_SIZE,
    INK,
    PAPER,
    SHADE,
    THICKEST,
    THINNEST,
    answer_place,
    count_place,
)
from sharcs_core.named import counted
from sharcs_core.naming import question_in_words

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Task
    from sharcs_core.tree import TreeNode

SCALE = 2
"""Pixels of the PNG for each of the drawing."""
FINER = 2
"""Painted so much larger first: that makes lines smooth."""
FOUNT = "DejaVuSans.ttf"
_ENTITY = re.compile(r"&(?=#?\w+;)")
STEPS = 24
"""Straight pieces of a bent link."""


def tree_dot(nodes: Sequence[TreeNode], names: Sequence[str], task: Task) -> str:
    """The whole tree in Graphviz's language; no stands before yes.

    Args:
        nodes: all of a tree, by id. names: of the concepts, (T,).
    """
    lines = ["digraph tree {", '  node [shape=box, style=rounded, fontname="sans-serif"];', "  ordering=out;"]
    for node in nodes:
        asked = node.question
        words = (
            f"answer {task.card.target.names[node.class_index]}"
            if asked is None
            else question_in_words(asked, names, task)
        )
        label = f"{words}\n{counted(node.n_samples, 'sample')}"
        lines.append(f"  {node.id} [label={quoted(label)}];")
    for node in nodes:
        for answer, child in (("no", node.no_child), ("yes", node.yes_child)):
            if child is not None:
                lines.append(f"  {node.id} -> {child} [label={quoted(answer)}];")
    return "\n".join([*lines, "}", ""])


def quoted(text: str) -> str:
    r"""A string of Graphviz's language that is shown letter by letter; only a break of a line is one.

    >>> print(quoted('say "a\\b" &lt;'))
    "say \"a\\b\" &amp;lt;"
    """
    escaped = _ENTITY.sub("&amp;", visible(text)).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def tree_png(drawing: TreeDrawing, colours: Sequence[str]) -> bytes:
    """What is drawn, as a PNG on white.

    Args:
        colours: of the classes, (C,).
    """
    brush = _Brush(drawing, SCALE * FINER)
    for link in sorted(drawing.links, key=lambda link: link.on_way):
        brush.link(link)
    for box in drawing.boxes:
        brush.box(box, colours)
    brush.answers(drawing.links[:2])
    content = io.BytesIO()
    brush.picture.reduce(FINER).save(content, "PNG")
    return content.getvalue()


_ANCHORS = {"start": "ls", "end": "rs"}
"""Which end of a text is at its place, as Pillow calls it."""


class _Brush:
    """Paints a drawing that is so many pixels to one of its own."""

    def __init__(self, drawing: TreeDrawing, scale: int) -> None:
        self.scale = scale
        self.picture = Image.new("RGB", (round(drawing.width * scale), round(drawing.height * scale)), PAPER)
        self.draw = ImageDraw.Draw(self.picture)

    def link(self, link: Link) -> None:
        (x, y), (u, v) = link.start, link.end
        width = max(THINNEST + (THICKEST - THINNEST) * link.share, 3 if link.on_way else 0)
        bend, points = (v - y) * 0.6, []
        for step in range(STEPS + 1):
            t = step / STEPS
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            points.append(self._at(a * x + b * x + c * u + d * u, a * y + b * (y + bend) + c * (v - bend) + d * v))
        colour = CHOSEN if link.on_way else QUIET
        self.draw.line(points, fill=colour, width=round(width * self.scale), joint="curve")

    def box(self, box: Box, colours: Sequence[str]) -> None:
        frame = (*self._at(box.x, box.y), *self._at(box.x + box.width, box.y + box.height))
        self.draw.rounded_rectangle(
            frame,
            radius=7 * self.scale,
            fill=SHADE if box.kind == "folded" else PAPER,
            outline=CHOSEN if box.on_way else QUIET,
            width=round((2.6 if box.on_way else 1.2) * self.scale),
        )
        self._bars(box)
        self._strip(box, colours)
        middle = box.x + box.width / 2 + (BAR_WIDTH if box.colours else 0)
        for place, line in enumerate(box.lines):
            self._text(line, middle, box.y + PADDING + (place + 0.5) * LINE_HEIGHT, "mm")
        x, anchor = count_place(box)
        self._text(f"{box.count:,}", x, box.y - 6, _ANCHORS[anchor], COUNT_SIZE)

    def answers(self, links: Sequence[Link]) -> None:
        """The words no and yes, once."""
        for link in links:
            x, y, anchor = answer_place(link)
            self._text(link.answer, x, y, _ANCHORS[anchor])

    def _bars(self, box: Box) -> None:
        tall = (box.height - STRIP - 2 * PADDING) / max(1, len(box.colours))
        for place, colour in enumerate(box.colours):
            top = box.y + PADDING + place * tall
            self._rectangle(box.x + 5, top, BAR_WIDTH, tall, colour)

    def _strip(self, box: Box, colours: Sequence[str]) -> None:
        left = box.x + 5
        for share, colour in zip(box.shares, colours, strict=True):
            wide = share * (box.width - 10)
            if wide * self.scale >= 1:
                self._rectangle(left, box.y + box.height - STRIP - 2, wide, STRIP - 1, colour)
            left += wide

    def _rectangle(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.draw.rectangle((*self._at(x, y), *self._at(x + width, y + height)), fill=colour)

    def _text(self, said: str, x: float, y: float, anchor: str, size: float = FONT_SIZE - 1) -> None:
        self.draw.text(self._at(x, y), said, fill=INK, anchor=anchor, font=_fount(size * self.scale))

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale, y * self.scale


def _fount(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A fount of many letters where the system has it, else the one that comes with Pillow."""
    try:
        return ImageFont.truetype(FOUNT, size)
    except OSError:
        return ImageFont.load_default(size)

"""One input as a picture: pixels as pixels, a graph as a graph, a table row as cells."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from drawings import cells, graphs, written
from drawings.look import Look
from drawings.markup import html
from drawings.theme import FONT, QUIET
from sharcs_core.structures import Inputs, Ints

CRISP_SIDE = 64
"""Up to so many pixels a side, a picture's pixels are shown as such; larger ones are smoothed."""


NOT_KEPT = "not kept"
"""What is said in place of an input of which a run keeps nothing."""


@dataclass(frozen=True)
class Picture:
    """A drawn input.

    Attributes:
        source: a ``data:`` address.
        width, height: its proportions.
        measures: what there is of it, in words.
        is_crisp: whether its pixels are to be seen as such.
        has_ground: whether it covers its ground, so that its corners are rounded.
    """

    source: str
    width: float
    height: float
    measures: str
    is_crisp: bool = False
    has_ground: bool = True


def pixels_picture(inputs: Inputs, row: int, look: Look) -> Picture:
    """A picture in its own proportions; the pixels of a small one are kept crisp."""
    pixels = inputs.arrays["pixels"][row]
    height, width = pixels.shape[:2]
    crisp = max(height, width) <= CRISP_SIDE
    source = data_address(_png(pixels), "png") if crisp else data_address(_webp(pixels), "webp")
    return Picture(source, width, height, f"{width} × {height} pixels", is_crisp=crisp)


def _png(pixels: Ints) -> bytes:
    content = io.BytesIO()
    Image.fromarray(in_8_bits(pixels)).save(content, "PNG")
    return content.getvalue()


def _webp(pixels: Ints) -> bytes:
    """A larger picture, lossless: a third of a PNG."""
    content = io.BytesIO()
    Image.fromarray(in_8_bits(pixels)).save(content, "WEBP", lossless=True, quality=20, method=1)
    return content.getvalue()


def graph_picture(inputs: Inputs, row: int, look: Look) -> Picture:
    graph = graphs.graph_of(inputs, row, look)
    if graph.words is not None:
        body, height = written.draw_written(graph, look.colour("graph"))
        return svg_picture(body, height, graphs.measures(graph, replace(look, place=None)), has_ground=False)
    in_place, measures = look.place is not None, graphs.measures(graph, look)
    body = graphs.draw_in_place(graph) if in_place else graphs.draw_laid_out(graph, look.colour("graph"))
    return svg_picture(body, 100 if in_place else 14 + 86 * graphs.FLAT, measures, has_ground=in_place)


def table_picture(inputs: Inputs, row: int, look: Look) -> Picture:
    values = cells.words_of(inputs, row, look)
    body, height = cells.draw_row(values, look)
    return svg_picture(body, height, cells.measures(values, look), has_ground=False)


def withheld_picture(inputs: Inputs, row: int, look: Look) -> Picture:
    """What stands in place of an input of which nothing is kept."""
    body = html(
        '<rect x="2" y="2" width="96" height="56" rx="6" fill="none" stroke="{quiet}" stroke-dasharray="5 4"/>'
        '<text x="50" y="35" text-anchor="middle" font-family="{fount}" font-size="13" fill="{quiet}">{says}</text>',
        quiet=QUIET,
        fount=FONT.replace("'", ""),
        says=NOT_KEPT,
    )
    return svg_picture(body, 60, NOT_KEPT, has_ground=False)


def svg_picture(body: Markup, height: float, measures: str = "", *, has_ground: bool) -> Picture:
    """A drawing of 100 by ``height``."""
    drawn = html('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 {:g}">{}</svg>', height, body)
    return Picture(data_address(drawn.encode(), "svg+xml"), 100, height, measures, has_ground=has_ground)


def in_8_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Pixels of 8 or 16 bits as a screen shows them."""
    shown: NDArray[np.uint8] = (pixels >> 8 if pixels.dtype == np.uint16 else pixels).astype(np.uint8)
    return shown


def data_address(content: bytes, kind: str) -> str:
    """A picture's file as an address that holds it; ``kind`` such as ``png``."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

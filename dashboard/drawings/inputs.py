"""One input as a small picture: pixels as pixels, a graph as a graph, a table row as cells, a sentence as words.

Pictures are ``<img>`` for ``st.html``, which would strip an ``<svg>``. A picture cannot take the page's colour of
text, so lines in it are of a grey that is seen on light and on dark ground, and letters ask which of the two it is. A
sentence stays text: it takes size, fount and colour of the page, and a screen reader reads it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from PIL import Image

from drawings import cells, graphs
from drawings.look import Look
from drawings.markup import html
from drawings.theme import modality_colour
from sharcs_core.structures import Inputs, Ints

RADIUS = 6
CRISP_SIDE = 64
"""Up to so many pixels a side, a picture's pixels are shown as such; larger ones are smoothed."""
WIDER = {"tabular": 1.5, "text": 1.3}
"""A table row is flat and a sentence has words, so they are drawn wider than a picture to be as readable."""


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


def draw(inputs: Inputs, row: int, size: int = 140, look: Look | None = None, says: str = "") -> Markup:
    """HTML of input ``row``, ``size`` CSS pixels wide: an ``<img>``, or a ``<div>`` of a sentence.

    Args:
        look: how inputs of its modality are drawn; by default plainly.
        says: what a screen reader says of a picture before its measures, such as ``Picture: digit 7``: the modality,
            and the content where it is known. Default: the kind. A sentence is read as it is.
    """
    look = look or Look()
    if inputs.kind == "text":
        return draw_sentence(sentence(inputs, row, look.words), size, look.name)
    drawn = picture(inputs, row, look)
    return html(
        '<img src="{}" style="width:{}px;aspect-ratio:{:g}/{:g};max-width:100%;border-radius:{}px;'
        'image-rendering:{};display:block" alt="{}">',
        drawn.source,
        size,
        drawn.width,
        drawn.height,
        RADIUS if drawn.has_ground else 0,
        "pixelated" if drawn.is_crisp else "auto",
        told(says or _CALLED[inputs.kind], drawn.measures),
    )


def picture(inputs: Inputs, row: int, look: Look) -> Picture:
    """Input ``row``, which is no text, as a picture."""
    return _PICTURES[inputs.kind](inputs, row, look)


def told(says: str, measures: str) -> str:
    """What a screen reader says of a drawing.

    >>> told("Picture: digit 7", "28 × 28 pixels")
    'Picture: digit 7 (28 × 28 pixels)'
    """
    return f"{says} ({measures})"


def width_of(inputs: Inputs, size: int) -> int:
    """How wide an input is drawn beside a square picture of ``size``, so that it reads as well."""
    if inputs.kind == "image":
        height, width = map(int, inputs.arrays["pixels"].shape[1:3])
        return round(size * max(1.0, width / height))
    return round(size * WIDER.get(inputs.kind, 1.0))


def sentence(inputs: Inputs, row: int, words: Sequence[str]) -> str:
    """The words of a text; a token without a word shows its number."""
    tokens = (int(token) for token in inputs.arrays["tokens"][row] if token)
    return " ".join(words[token] if token < len(words) else f"#{token}" for token in tokens)


def draw_sentence(said: str, size: int, name: str = "") -> Markup:
    """``<div>`` of a sentence, its letters the smaller the less room there is for its words."""
    return html(
        '<div style="width:{size}px;max-width:100%;box-sizing:border-box;padding:.45em .55em;border-radius:{radius}px;'
        "border-left:3px solid {colour};background:color-mix(in srgb, {colour} 13%, transparent);"
        'font-size:{letters:.1f}px;line-height:1.28;overflow-wrap:anywhere">{said}</div>',
        size=size,
        radius=RADIUS,
        colour=modality_colour(name or "text"),
        letters=min(max(size / 7.5, 10.5), 17.0) * (0.88 if len(said) > 40 else 1),
        said=said or "(no words)",
    )


def data_address(content: bytes, kind: str) -> str:
    """A picture's file as an address that holds it; ``kind`` such as ``png``."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _pixels(inputs: Inputs, row: int, look: Look) -> Picture:
    """A picture in its own proportions; the pixels of a small one are kept crisp."""
    pixels = inputs.arrays["pixels"][row]
    height, width = pixels.shape[:2]
    crisp = max(height, width) <= CRISP_SIDE
    source = data_address(_png(pixels), "png") if crisp else data_address(_webp(pixels), "webp")
    return Picture(source, width, height, f"{width} × {height} pixels", is_crisp=crisp)


def _png(pixels: Ints) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(content, "PNG")
    return content.getvalue()


def _webp(pixels: Ints) -> bytes:
    """A larger picture, lossless: a third of a PNG."""
    content = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(content, "WEBP", lossless=True, quality=20, method=1)
    return content.getvalue()


def _graph(inputs: Inputs, row: int, look: Look) -> Picture:
    graph = graphs.graph_of(inputs, row, look)
    in_place, measures = look.place is not None, graphs.measures(graph, look)
    body = graphs.draw_in_place(graph) if in_place else graphs.draw_laid_out(graph, look.name or "graph")
    return _svg(body, 100 if in_place else 14 + 86 * graphs.FLAT, measures, has_ground=in_place)


def _table(inputs: Inputs, row: int, look: Look) -> Picture:
    values = np.asarray(inputs.arrays["values"][row], dtype=np.float64)
    body, height = cells.draw_row(values, look)
    return _svg(body, height, cells.measures(values, look), has_ground=False)


def _svg(body: Markup, height: float, measures: str, *, has_ground: bool) -> Picture:
    """A drawing of 100 by ``height``."""
    drawn = html('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 {:g}">{}</svg>', height, body)
    return Picture(data_address(drawn.encode(), "svg+xml"), 100, height, measures, has_ground=has_ground)


_PICTURES: dict[str, Callable[[Inputs, int, Look], Picture]] = {"image": _pixels, "graph": _graph, "tabular": _table}
_CALLED = {"image": "picture", "graph": "graph", "tabular": "table"}
"""What a screen reader calls an input of which nothing else is known."""

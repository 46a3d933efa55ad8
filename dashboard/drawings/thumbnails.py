"""Inputs as small and light pictures: a few hundred bytes each, so that many can be sent at once.

What is drawn larger elsewhere (:mod:`drawings.inputs`) is made small here: fewer pixels, a graph that lies in a picture
without its lines.
"""

from __future__ import annotations

import io

from markupsafe import Markup
from PIL import Image, ImageDraw

from drawings.graphs import GROUND, Graph, graph_of, grey
from drawings.inputs import RADIUS, draw_sentence, picture, sentence
from drawings.kinds import is_told
from drawings.look import Look
from drawings.markup import html
from drawings.pictures import data_address, in_8_bits
from sharcs_core.structures import Inputs

DENSITY = 2
"""Pixels of a picture on a pixel of the page, for screens that are finer."""
QUALITY = 75


def thumbnail(inputs: Inputs, row: int, size: int, look: Look, says: str = "") -> Markup:
    """HTML of one input, ``size`` CSS pixels wide and as high as a square at most.

    Args:
        look: how inputs of its modality are drawn.
        says: what the picture shows, for those who do not see it.
    """
    source = thumbnail_source(inputs, row, size, look)
    if source is None:
        return draw_sentence(sentence(inputs, row, look.words), size, look.colour("text"))
    return html(
        '<img src="{source}" style="width:{size}px;max-width:100%;height:auto;max-height:{size}px;object-fit:contain;'
        'border-radius:{radius}px;display:block" alt="{says}">',
        source=source,
        size=size,
        radius=RADIUS,
        says=says,
    )


def thumbnail_source(inputs: Inputs, row: int, size: int, look: Look) -> str | None:
    """The picture of an input as a ``data:`` address; None for a text, which is no picture."""
    if is_told(inputs):
        return None
    if "pixels" in inputs.arrays:
        return _webp(Image.fromarray(in_8_bits(inputs.arrays["pixels"][row])), size)
    if look.place is not None and inputs.is_kept:
        return _webp(_dots(graph_of(inputs, row, look), DENSITY * size), size)
    return picture(inputs, row, look).source


def _webp(image: Image.Image, size: int) -> str:
    """A picture made as small as it is shown, never larger than it is."""
    side, content = DENSITY * size, io.BytesIO()
    if image.width < size:  # its pixels are seen as such
        image = image.resize((2 * image.width, 2 * image.height), Image.Resampling.NEAREST)
    image.thumbnail((side, side))
    image.save(content, "WEBP", quality=QUALITY, method=4)
    return data_address(content.getvalue(), "webp")


def _dots(graph: Graph, side: int) -> Image.Image:
    """The nodes of a graph as dots where they lie in the picture."""
    image = Image.new("RGB", (side, side), GROUND)
    pen = ImageDraw.Draw(image)
    for light, (x, y) in zip(graph.shades, graph.places, strict=True):
        radius = side * (0.022 + 0.016 * light) * min(1.0, graph.dot / 3)
        left, top = side * (0.06 + 0.88 * x), side * (0.06 + 0.88 * y)
        pen.ellipse([left - radius, top - radius, left + radius, top + radius], fill=grey(light))
    return image

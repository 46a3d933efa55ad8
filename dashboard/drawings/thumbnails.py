"""Inputs as small and light pictures: a few hundred bytes each, so that many can be sent at once.

What is drawn larger elsewhere (:mod:`drawings.inputs`) is made small here: fewer pixels, a graph of superpixels
without its lines.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from drawings.inputs import GROUND, RADIUS, draw, draw_sentence, sentence
from sharcs_core.structures import Floats, Inputs, Ints

DENSITY = 2
"""Pixels of a picture on a pixel of the page, for screens that are finer."""
QUALITY = 75
_SOURCE = re.compile(r'src="([^"]+)"')


def thumbnail(inputs: Inputs, row: int, size: int, name: str, words: Sequence[str] = (), says: str = "") -> str:
    """HTML of one input, ``size`` CSS pixels wide and as high as a square at most.

    Args:
        name: of the modality; gives the colour.
        words: of a text: token t is ``words[t]``.
        says: what the picture shows, for those who do not see it.
    """
    source = thumbnail_source(inputs, row, size, name)
    if source is None:
        return draw_sentence(sentence(inputs, row, words), size, name)
    style = f"width:{size}px;max-width:100%;height:auto;max-height:{size}px;object-fit:contain;border-radius:{RADIUS}px"
    return f'<img src="{source}" style="{style};display:block" alt="{html.escape(says)}">'


def thumbnail_source(inputs: Inputs, row: int, size: int, name: str) -> str | None:
    """The picture of an input as a ``data:`` address; None for a text, which is no picture."""
    if inputs.kind == "text":
        return None
    if inputs.kind == "image":
        return _webp(Image.fromarray(np.asarray(inputs.arrays["pixels"][row], dtype=np.uint8)), size)
    if inputs.kind == "graph" and inputs.arrays["nodes"].shape[-1] >= 3:
        return _webp(_dots(inputs.arrays["nodes"][row][: int(inputs.arrays["n_nodes"][row])], DENSITY * size), size)
    found = _SOURCE.search(draw(inputs, row, size, name))
    assert found is not None, "every other kind is drawn as an <img>"
    return found[1]


def _webp(picture: Image.Image, size: int) -> str:
    """A picture made as small as it is shown, never larger than it is."""
    side, content = DENSITY * size, io.BytesIO()
    if picture.width < size:  # its pixels are seen as such
        picture = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)
    picture.thumbnail((side, side))
    picture.save(content, "WEBP", quality=QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(content.getvalue()).decode()}"


def _dots(nodes: Floats | Ints, side: int) -> Image.Image:
    """Superpixels (N, 3) of intensity, x, y in [0, 1] as dots where they lie in the picture."""
    picture = Image.new("RGB", (side, side), GROUND)
    pen = ImageDraw.Draw(picture)
    for light, x, y in np.asarray(nodes, dtype=np.float64):
        radius = side * (0.022 + 0.016 * light)
        at, level = (side * (0.06 + 0.88 * x), side * (0.06 + 0.88 * y)), round(46 + 209 * min(max(light, 0), 1))
        pen.ellipse([at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius], fill=(level, level, level))
    return picture

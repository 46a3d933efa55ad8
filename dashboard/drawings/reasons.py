"""A picture with its map, with the region of a word, and with the outline of what truly matters."""

from __future__ import annotations

import io

import numpy as np
from markupsafe import Markup
from PIL import Image

from drawings.lit import lit_pixels
from drawings.look import Look
from drawings.markup import html, joined
from drawings.pictures import data_address, pixels_picture
from sharcs_core.guided.taught import Annotation
from sharcs_core.structures import Codes, Floats, Inputs, OnPicture


def bare(inputs: Inputs, look: Look) -> str:
    """The address of a picture as it is."""
    return pixels_picture(inputs, 0, look).source


def lit(inputs: Inputs, look: Look, region: Floats) -> str:
    """The address of a picture in grey, lit where a region (H, W) of 0 to 1 is on."""
    height, width = region.shape
    return lit_pixels(inputs, 0, look, OnPicture(np.asarray(region, dtype=float), (0, 0, height, width))).source


def outline(mask: Codes) -> str:
    """The border of what is on in a mask (H, W), as the path of an SVG drawing of W by H."""
    padded = np.pad(mask, 1)
    across = np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])
    down = np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])
    return "".join([*(f"M{x} {y}h1" for y, x in across.tolist()), *(f"M{x} {y}v1" for y, x in down.tolist())])


def white_on_black(mask: Codes) -> str:
    """The address of a mask (H, W) as a picture."""
    content = io.BytesIO()
    Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))).save(content, "PNG")
    return data_address(content.getvalue(), "png")


def picture_and_mask(annotation: Annotation) -> Markup:
    """A picture, and beside it the same lit where somebody said that it matters."""
    inputs, look = Inputs("image", {"pixels": annotation.pixels[None]}), Look()
    sources = [(bare(inputs, look), "picture")]
    if annotation.mask is not None:
        sources.append((lit(inputs, look, annotation.mask.astype(float)), "what matters in it"))
    return html(
        "<div class='taught'>{}</div>",
        joined(html("<img src='{}' alt='{}'>", source, says) for source, says in sources),
    )

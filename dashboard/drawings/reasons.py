"""A picture with its map, with the region of a word, and with the outline of what truly matters."""

from __future__ import annotations

import numpy as np

from drawings.lit import lit_pixels
from drawings.look import Look
from drawings.pictures import pixels_picture
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

"""A person's picture of a scene → one input of kind image, with what was changed to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core.readers.checks import InputError, check_file
from sharcs_core.readers.digit_pixels import Steps
from sharcs_core.readers.pictures import (
    IMAGE_SUFFIXES,
    MAX_PICTURE_BYTES,
    naming_damage,
    open_picture,
    turned_upright,
    without_transparency,
)
from sharcs_core.structures import Inputs

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH, HEIGHT = 160, 120
PROPORTIONS = "4:3"
GROUND = "gray"
"""What transparent parts are laid over: a mid grey, as the floor of the scenes is."""
MIN_CONTRAST = 12
"""A picture whose brightness varies less from end to end shows no object."""


def read_scene_image(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A PNG, JPEG or WebP of a scene, of any size.

    The middle of it at 4:3 is kept and brought to 160×120; a picture that has this size is taken as it is.

    Returns:
        One picture, ``pixels`` (1, 120, 160, 3) uint8, and a note of every change.

    Raises:
        InputError: naming the fault and the mend.
    """
    file = check_file(name, content, IMAGE_SUFFIXES, "picture", MAX_PICTURE_BYTES)
    steps = Steps(like="as the scenes that the model knows")
    picture = open_picture(file, content)
    width, height = picture.size
    with naming_damage(file):
        picture.draft(None, (4 * WIDTH, 4 * HEIGHT))  # JPEG only: decode at a fraction of the size
        picture.load()
        colours = _in_colour(picture, steps)
    upright, on_its_side = turned_upright(np.asarray(colours), picture, steps)
    if on_its_side:
        width, height = height, width
    pixels = _scaled(upright, (width, height), steps)
    if np.ptp(pixels.astype(np.int16), axis=(0, 1)).max() < MIN_CONTRAST:
        raise InputError(f"{file} shows no object: it is of one colour all over; bring a picture of a scene")
    return Inputs("image", {"pixels": pixels[None]}), steps.note(width, height)


def _in_colour(picture: Image, steps: Steps) -> Image:
    """The picture in RGB, transparent parts laid over grey."""
    flat = without_transparency(picture, GROUND, steps)
    if flat.mode == "F":
        flat = flat.convert("L")
    return flat.convert("RGB")


def _scaled(colours: NDArray[np.uint8], size: tuple[int, int], steps: Steps) -> NDArray[np.uint8]:
    """The middle of a picture (H, W, 3) at the target's proportions and size.

    Args:
        size: width and height of the picture before it was decoded, perhaps at a fraction of them.
    """
    from PIL import Image

    if size == (WIDTH, HEIGHT):
        return colours
    left, top, right, bottom = _middle(size)
    if max(left, top) >= 1:
        steps.done.append(f"cropped to its middle at {PROPORTIONS}")
    if (right - left, bottom - top) != (WIDTH, HEIGHT):
        steps.done.append(f"scaled to {WIDTH}×{HEIGHT}")
    # like the averaging of the renderer where the picture shrinks, smooth where it grows
    method = Image.Resampling.HAMMING if right - left > WIDTH else Image.Resampling.BICUBIC
    box = _middle((colours.shape[1], colours.shape[0]))
    return np.asarray(Image.fromarray(colours).resize((WIDTH, HEIGHT), method, box=box))


def _middle(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the largest part at 4:3 in the middle of a picture."""
    width, height = size
    kept_width, kept_height = min(width, height * WIDTH / HEIGHT), min(height, width * HEIGHT / WIDTH)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return left, top, left + kept_width, top + kept_height

"""What somebody says matters in a picture: a mask or a box, checked, each fault one sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Codes

_BOX = re.compile(r"\s*[(\[]?\s*(-?\d+(?:\.\d+)?(?:[\s,;]+-?\d+(?:\.\d+)?)*)\s*[)\]]?\s*", re.ASCII)
BRIGHT = 128
"""Of 255: from here on a pixel of a mask is on."""


class AnnotationError(UserError):
    """A mask or a box says nothing, or nothing of this picture; ``says`` is the fault, ``mend`` the mend."""

    def __init__(self, says: str, mend: str) -> None:
        super().__init__(f"It {says}; {mend}")
        self.says, self.mend = says, mend


def mask_of_picture(picture: NDArray[Any], size: tuple[int, int]) -> Codes:
    """A picture (H, W) or (H, W, channels) of 0 to 255 as a mask of another one of height and width ``size``.

    Raises:
        AnnotationError: it is of another size, empty, or all on.
    """
    if picture.shape[:2] != size:
        raise AnnotationError(
            f"is a mask of {picture.shape[1]} × {picture.shape[0]} for a picture of {size[1]} × {size[0]}",
            "make it as large as its picture",
        )
    return checked_mask((picture if picture.ndim == 2 else picture.max(2)) >= BRIGHT)


def mask_of_box(text: str, size: tuple[int, int]) -> Codes:
    """A box in pixels, ``left top right bottom``, as a mask of a picture of height and width ``size``.

    Raises:
        AnnotationError: it is no box, has no area, lies outside of the picture in part, or is all of it.

    >>> mask_of_box("1 0 3 1", (2, 4)).astype(int).tolist()
    [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    found = _BOX.fullmatch(text)
    numbers = [float(number) for number in re.split(r"[\s,;]+", found[1])] if found else []
    if len(numbers) != 4:
        raise AnnotationError(f"says {shown(text)}", "write the file of a mask, or a box: left top right bottom")
    left, top, right, bottom = numbers
    if left < 0 or top < 0 or right > size[1] or bottom > size[0]:
        raise AnnotationError(f"is a box outside of its picture of {size[1]} × {size[0]}", "keep it within")
    mask = np.zeros(size, dtype=bool)
    mask[round(top) : round(bottom), round(left) : round(right)] = True
    return checked_mask(mask)


def checked_mask(mask: Codes) -> Codes:
    """The mask itself. Raises AnnotationError where it is empty or all on."""
    if not mask.any():
        raise AnnotationError("is empty", "mark what matters, or leave the cell empty")
    if mask.all():
        raise AnnotationError("is all on", "mark what matters and nothing else, or leave the cell empty")
    return mask

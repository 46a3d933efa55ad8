"""The plain and the shifted form of pictures: a patch in a corner that gives the class away, or misleads.

Shapes: n pictures of H × W.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Ints

SIDE = 7
"""Pixels of the patch's side."""

MARGIN = 1
CORNERS = ("upper left", "upper right", "lower left", "lower right")
TOLD, ELSEWHERE = CORNERS[0], CORNERS[3]
"""The corner in which training has the patch, and the one that it moves to in the test *elsewhere*."""

COLOURS = np.array([(235, 60, 170), (245, 150, 40), (60, 235, 140)], dtype=np.uint8)
"""The patch of each class."""

SHIFTS = ("random", "absent", "elsewhere")
"""What becomes of the patch in the shifted test sets: of a class drawn by chance; none; that, and in another corner."""


def corner_of(pictures: NDArray[Any], corner: str) -> NDArray[Any]:
    """The part of a picture (..., H, W) that a patch would cover in a corner."""
    upper, left = corner.startswith("upper"), corner.endswith("left")
    rows = slice(MARGIN, MARGIN + SIDE) if upper else slice(-MARGIN - SIDE, -MARGIN)
    columns = slice(MARGIN, MARGIN + SIDE) if left else slice(-MARGIN - SIDE, -MARGIN)
    part: NDArray[Any] = pictures[..., rows, columns]
    return part


def patched(pixels: NDArray[np.uint8], told: Ints, corner: str = TOLD) -> NDArray[np.uint8]:
    """Copies of pictures (n, H, W, 3) with the patch of class ``told`` (n,) in a corner."""
    pictures = pixels.copy()
    corner_of(pictures.transpose(0, 3, 1, 2), corner)[:] = COLOURS[told][:, :, None, None]
    return pictures


def shifted(pixels: NDArray[np.uint8], shift: str, seed: int = 0) -> NDArray[np.uint8]:
    """The pictures of a shifted test set, (n, H, W, 3): see ``SHIFTS``."""
    if shift == "absent":
        return pixels
    told = np.random.default_rng([SHIFTS.index(shift), seed]).integers(len(COLOURS), size=len(pixels))
    return patched(pixels, told, TOLD if shift == "random" else ELSEWHERE)

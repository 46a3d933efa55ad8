"""Small grey pictures of one shape: a disc or a square, hollow or filled, somewhere on a dark ground.

Place, size, brightness, width of the line and the noise are drawn afresh for every picture and say nothing.

Shapes: n pictures of 28 by 28 pixels; lengths are in pixels.
"""

from __future__ import annotations

import numpy as np

from sharcs_core.structures import Floats, Inputs, Ints

SIDE = 28
RADII = (6.0, 10.0)
LINES = (1.4, 2.8)
GROUND = (20.0, 60.0)
INK = (130.0, 230.0)
GRAIN = 10.0
SPECKS = 0.01
"""Share of the pixels that are of any brightness."""
HALF_SIDE = np.sqrt(np.pi) / 2
"""Half the side of the square whose area is that of a disc of radius 1: brightness does not tell them apart."""


def shape_pictures(square: Ints, filled: Ints, rng: np.random.Generator) -> Inputs:
    """One picture for each pair of bits.

    Args:
        square: (n,) a square (1) or a disc (0).
        filled: (n,) filled (1) or hollow (0).

    Returns:
        ``pixels`` (n, 28, 28) uint8.
    """
    n = len(square)
    radius, line = (_column(rng.uniform(*limits, n)) for limits in (RADII, LINES))
    room = SIDE / 2 - 1 - radius  # the shape stays clear of the frame
    across, down = rng.uniform(-1, 1, (2, n, 1, 1)) * room
    outside = distance_outside(_column(square), radius, across, down)
    wall = np.maximum(outside, -line - outside)
    cover = (0.5 - np.where(_column(filled) == 1, outside, wall)).clip(0, 1)  # smooth edges
    ground, ink = (_column(rng.uniform(*limits, n)) for limits in (GROUND, INK))
    return Inputs("image", {"pixels": with_noise(ground + (ink - ground) * cover, rng)})


def distance_outside(square: Floats, radius: Floats, across: Floats, down: Floats) -> Floats:
    """How far each pixel is outside the outline, (n, 28, 28), negative inside; all arguments (n, 1, 1).

    Args:
        across, down: from the middle of the picture to that of the shape.
    """
    rows, columns = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    x, y = columns - across, rows - down
    distances: Floats = np.where(
        square == 1, np.maximum(np.abs(x), np.abs(y)) - HALF_SIDE * radius, np.hypot(x, y) - radius
    )
    return distances


def with_noise(pictures: Floats, rng: np.random.Generator) -> Ints:
    """The pictures (n, H, W) with grain and specks, as uint8."""
    grainy = pictures + rng.normal(0, GRAIN, pictures.shape)
    specks = rng.uniform(0, 255, pictures.shape)
    noisy = np.where(rng.random(pictures.shape) < SPECKS, specks, grainy)
    pixels: Ints = np.rint(noisy).clip(0, 255).astype(np.uint8)
    return pixels


def _column(values: Floats | Ints) -> Floats:
    """(n,) → (n, 1, 1), one value a picture."""
    column: Floats = np.asarray(values, dtype=np.float64)[:, None, None]
    return column

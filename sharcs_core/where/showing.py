"""Shares made ready for the eye, which sees regions and not single pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Floats, OnPicture

LEAST_SPREAD, SPREAD = 0.7, 0.015
"""How far a pixel's share is spread, in pixels at least, and as a part of the longer side."""


def softened(part: OnPicture) -> Floats:
    """The shares of a picture spread over neighbouring pixels, (H, W), as far as the encoder looks.

    A gradient jumps from pixel to pixel; what is added up over a few of them is what it says.
    """
    from scipy.ndimage import gaussian_filter

    spread = gaussian_filter(part.shares, max(LEAST_SPREAD, SPREAD * max(part.shares.shape)))
    top, left, bottom, right = part.seen
    soft: Floats = np.zeros_like(part.shares)
    soft[top:bottom, left:right] = spread[top:bottom, left:right]
    return soft


def strengths(shares: Floats) -> NDArray[np.float64]:
    """Shares as parts of the strongest one, in [-1, 1]; 0 where there is none."""
    most = np.abs(shares).max(initial=0.0)
    found: NDArray[np.float64] = np.asarray(shares, dtype=np.float64) / most if most > 0 else np.zeros(np.shape(shares))
    return found

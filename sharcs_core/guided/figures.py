"""How good maps, sentences and classes are, each a pure function.

Shapes: n pictures, maps (n, H, W) of 0 to 1, masks (n, H, W).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Codes, Floats, Ints

AT = 0.5
"""The level from which on a map is on."""


def overlaps(maps: Floats, masks: Codes) -> Floats:
    """Intersection over union of each map at .5 and its mask, (n,); 0 where both are empty."""
    on = maps > AT
    either = (on | masks).sum((1, 2))
    shares: Floats = (on & masks).sum((1, 2)) / np.maximum(either, 1)
    return shares


def inside(maps: Floats, masks: Codes) -> Floats:
    """Of each map's sum, the share that lies in the mask, (n,)."""
    shares: Floats = (maps * masks).sum((1, 2)) / np.maximum(maps.sum((1, 2)), 1e-12)
    return shares


def pointing(maps: Floats, masks: Codes) -> Codes:
    """Does each map's highest place lie in the mask? (n,)"""
    flat, places = masks.reshape(len(masks), -1), maps.reshape(len(maps), -1).argmax(1)
    hits: Codes = flat[np.arange(len(flat)), places]
    return hits


def lit(maps: Floats, things: Codes) -> Ints:
    """Which of k things (n, k, H, W) each map lights: the one with the highest mean; -1 where the map is on nowhere."""
    sizes = np.maximum(things.sum((2, 3)), 1)
    means = np.einsum("nhw,nkhw->nk", maps, things) / sizes
    return np.where((maps > AT).any((1, 2)), means.argmax(1), -1)


def mean(values: NDArray[Any]) -> float:
    """As a plain number, to four digits."""
    return round(float(np.mean(values)), 4)

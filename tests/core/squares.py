"""Pictures that are quick to learn: a red or blue square on grey, with what matters in each and a sentence."""

from __future__ import annotations

import numpy as np

from sharcs_core.guided.samples import GuidedSamples
from sharcs_core.guided.settings import GuidedSettings

COLOURS = np.array([(170, 100, 100), (100, 100, 170)], dtype=np.uint8)
CLASSES = ("red", "blue")
SETTINGS = GuidedSettings(epochs=8, warm_up=4, batch_size=16, learning_rate=0.015)


def pictures(n, corner, seed=0):
    """A square, red or blue, on grey somewhere; the upper left corner shows ``corner`` (n,) as bright or dark."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    pixels = rng.integers(100, 140, (n, 24, 32, 3)).astype(np.uint8)
    masks = np.zeros((n, 24, 32), dtype=bool)
    for row, (label, top, left) in enumerate(zip(labels, rng.integers(6, 17, n), rng.integers(6, 25, n), strict=True)):
        masks[row, top : top + 6, left : left + 6] = True
        pixels[row][masks[row]] = COLOURS[label]
    told = labels if corner is None else corner
    pixels[:, :5, :5] = np.where(told, 255, 0)[:, None, None, None]
    sides = np.where(masks.any(1)[:, :16].sum(1) > 3, "left", "right")
    sentences = tuple(f"a {CLASSES[label]} square {side}" for label, side in zip(labels, sides, strict=True))
    return GuidedSamples(pixels, labels, masks, sentences)

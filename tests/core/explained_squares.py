"""A folder of explained pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image

COLOURS = {"warm": (220, 60, 40), "cold": (40, 70, 220)}
HEIGHT, WIDTH = 60, 80


def write_folder(folder, n=48, sentences=True):
    """Pictures of a square in a warm or a cold colour, every other one with a mask or a box."""
    rng, rows = np.random.default_rng(0), ["image,label,split,visual_explanation,textual_explanation"]
    for number in range(n):
        label = list(COLOURS)[number % 2]
        picture = rng.integers(90, 130, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        top, left = (int(rng.integers(5, size - 25)) for size in (HEIGHT, WIDTH))
        picture[top : top + 18, left : left + 18] = COLOURS[label]
        Image.fromarray(picture).save(folder / f"{number}.png")
        box = f"{left} {top} {left + 18} {top + 18}" if number % 4 < 2 else ""
        said = f"the square is {label}" if sentences else ""
        split = ("train", "train", "train", "validation", "test")[number // 2 % 5]
        rows.append(f"{number}.png,{label},{split},{box},{said}")
    (folder / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder

"""Are digits read off what people photograph? Pictures made up for it, of test digits that no model was trained on.

A digit is drawn large, smooth, in ink, on a sheet, a card or a board that lies turned and in perspective on another
ground, its edges in the picture; or on paper that fills the picture; or as a plot with axes; or on 28×28, off its
centre, large, small or faint. Printed for each kind: how many are read right, how many wrongly, how many refused.

    python benchmarks/photos.py --run mnist_superpixels
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from sharcs_core.checkpoints import load_run
from sharcs_core.inference import concepts_of
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.pictures import read_digit_image
from sharcs_core.readings import keys_read
from sharcs_core.structures import Floats, Ints
from sharcs_core.tasks.mnist.source import load_mnist

WIDTH, HEIGHT = 800, 600
FRAME = 60


def drawn(digit: Ints, side: int) -> Floats:
    """A digit as smooth ink, (side, side) in [0, 1]."""
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    smooth = large.filter(ImageFilter.GaussianBlur(side / 70))
    return ((np.asarray(smooth, dtype=np.float64) / 255 - 0.35) * 4).clip(0, 1)


def on_a_sheet(
    digit: Ints, rng: np.random.Generator, sheet: tuple[int, int], ground: tuple[int, int], ink: tuple[int, int]
) -> bytes:
    """A digit on a sheet, turned and in perspective, on another ground, with a slope in the light and grain."""
    side = int(rng.integers(300, 420))
    paper = np.full((side, int(side * rng.uniform(0.8, 1.3))), rng.uniform(*sheet))
    size = int(side * rng.uniform(0.35, 0.7))
    top, left = (int(rng.uniform(0.15, 0.85) * (room - size)) for room in paper.shape)
    cover = drawn(digit, size)
    part = paper[top : top + size, left : left + size]
    part += (rng.uniform(*ink) - part) * cover
    canvas = Image.new("F", (WIDTH, HEIGHT), float(rng.uniform(*ground)))
    placed = _in_perspective(paper, rng)
    canvas.paste(placed[0], (0, 0), placed[1])
    return jpeg(lit(np.asarray(canvas, dtype=np.float64), rng))


def _in_perspective(paper: Floats, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    """The sheet, and where it lies, on a canvas."""
    height, width = paper.shape
    middle = np.array([WIDTH / 2, HEIGHT / 2]) + rng.uniform(-60, 60, 2)
    angle, stretch = rng.uniform(-0.35, 0.35), rng.uniform(0.85, 1.15)
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2 * stretch
    turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    there = turned * rng.uniform(0.93, 1.07, (4, 2)) + middle
    here = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
    rows = [[x, y, 1, 0, 0, 0, -u * x, -u * y] for (x, y), (u, v) in zip(there, here, strict=True)]
    rows += [[0, 0, 0, x, y, 1, -v * x, -v * y] for (x, y), (u, v) in zip(there, here, strict=True)]
    solved = np.linalg.solve(np.array(rows), np.concatenate([here[:, 0], here[:, 1]]))
    how = (Image.Transform.PERSPECTIVE, tuple(solved), Image.Resampling.BILINEAR)
    sheet = Image.fromarray(paper.astype(np.float32)).transform((WIDTH, HEIGHT), *how)
    return sheet, Image.new("L", (width, height), 255).transform((WIDTH, HEIGHT), *how)


def lit(grey: Floats, rng: np.random.Generator) -> Floats:
    rows, columns = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    slope = 1 + rng.uniform(-0.12, 0.12) * rows + rng.uniform(-0.12, 0.12) * columns
    return grey * slope + rng.normal(0, 3, grey.shape)


def jpeg(grey: Floats) -> bytes:
    content = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(content, "JPEG", quality=88)
    return content.getvalue()


def on_whole_paper(digit: Ints, rng: np.random.Generator) -> bytes:
    grey = np.full((HEIGHT, WIDTH), rng.uniform(170, 245))
    size = int(rng.uniform(180, 480))
    top, left = int(rng.uniform(0.1, 0.9) * (HEIGHT - size)), int(rng.uniform(0.1, 0.9) * (WIDTH - size))
    part = grey[top : top + size, left : left + size]
    part += (rng.uniform(10, 80) - part) * drawn(digit, size)
    return jpeg(lit(grey, rng))


def as_a_plot(digit: Ints, rng: np.random.Generator) -> bytes:
    """The digit as an image in a figure: bright on dark, a frame of lines and ticks around it, on white."""
    grey = np.full((480, 640), 255.0)
    side = 370
    grey[52 : 52 + side, 142 : 142 + side] = 255 * rng.uniform(0.0, 0.3)
    shown = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.NEAREST), dtype=np.float64)
    grey[52 : 52 + side, 142 : 142 + side] += shown / 255 * (240 - grey[53, 143])
    for tick in range(0, side, 66):
        grey[52 + side : 58 + side, 142 + tick : 144 + tick] = 0
        grey[62 + side : 72 + side, 138 + tick : 146 + tick] = rng.uniform(0, 60)
        grey[52 + tick : 54 + tick, 136:142] = 0
    return jpeg(grey)


def on_28(digit: Ints, rng: np.random.Generator, box: tuple[int, int], ink: tuple[float, float]) -> bytes:
    """The digit drawn anywhere on 28×28, of any size and strength."""
    side = int(rng.integers(*box))
    rows, columns = (np.flatnonzero((digit > FRAME).any(axis)) for axis in (1, 0))
    cropped = Image.fromarray(digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = side / max(cropped.size)
    cropped = cropped.resize(tuple(max(1, round(length * scale)) for length in cropped.size), Image.Resampling.BICUBIC)  # type: ignore[arg-type]
    canvas = Image.new("L", (28, 28))
    room = 28 - cropped.width, 28 - cropped.height
    canvas.paste(cropped, (int(rng.integers(room[0] + 1)), int(rng.integers(room[1] + 1))))
    content = io.BytesIO()
    Image.fromarray((np.asarray(canvas) * rng.uniform(*ink)).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


KINDS: dict[str, Callable[[Ints, np.random.Generator], bytes]] = {
    "paper on a dark desk": lambda digit, rng: on_a_sheet(digit, rng, (190, 245), (20, 90), (10, 70)),
    "card on a light table": lambda digit, rng: on_a_sheet(digit, rng, (220, 250), (140, 175), (10, 70)),
    "board on a light wall": lambda digit, rng: on_a_sheet(digit, rng, (25, 70), (170, 235), (200, 250)),
    "paper all over": on_whole_paper,
    "plot with axes": as_a_plot,
    "28×28, off centre": lambda digit, rng: on_28(digit, rng, (12, 21), (0.9, 1.0)),
    "28×28, faint": lambda digit, rng: on_28(digit, rng, (18, 21), (0.2, 0.5)),
    "28×28, large": lambda digit, rng: on_28(digit, rng, (24, 29), (0.9, 1.0)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("checkpoints/mnist_superpixels"))
    parser.add_argument("-n", type=int, default=100, help="pictures of each kind (default: 100)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    run, (mnist, _) = load_run(arguments.run), load_mnist()
    rng = np.random.default_rng(arguments.seed)
    print(f"{'kind':24} {'right':>6} {'wrong':>6} {'refused':>8}")
    for kind, made in KINDS.items():
        counts: Counter[str] = Counter()
        for place in rng.choice(len(mnist["test_labels"]), arguments.n, replace=False):
            try:
                inputs, _ = read_digit_image("photo.jpg", made(mnist["test_images"][place], rng))
            except InputError:
                counts["refused"] += 1
                continue
            shared = concepts_of(run.model, {"image": inputs})[1]["image"]
            counts["right" if keys_read(run, "image", shared)[0] == mnist["test_labels"][place] else "wrong"] += 1
        print(f"{kind:24} {counts['right']:6} {counts['wrong']:6} {counts['refused']:8}")


if __name__ == "__main__":
    main()

"""Brightness of any picture of a digit → 28×28 pixels as MNIST is.

MNIST (LeCun et al. 1998): bright ink on black, the ink scaled into 20×20 pixels keeping its shape, and set so
that its centre of mass is the centre of 28×28.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.readers.checks import InputError
from sharcs_core.readers.sheets import on_its_sheet
from sharcs_core.structures import Floats, Ints

SIDE, BOX = 28, 20
DARK = 64
"""MNIST's outermost ring of pixels is at most 9 of 255 on average."""
FAINT, FULL = 32, 200
"""Of 255: below the first a pixel of MNIST is no ink; its brightest is above the second."""
SIZE_ROOM, PLACE_ROOM = 3, 0.8
"""Pixels by which the box of ink, and its centre of mass, may differ from MNIST's."""
ENLARGED = 8
MIN_CONTRAST = 30.0
MAX_INK = 0.6
STROKE = 0.35
"""No stroke is wider than this share of the picture."""
SIDE_BY_SIDE = 0.5
"""Marks of this share of the tallest one's height, beside each other, are two digits and not parts of one."""
MOST_PARTS = 4
"""More parts of nearly one height are lines of writing, even one below the other."""
RECTANGLE, MOST_STROKE = 0.85, 0.4
"""A mark that fills so much of its box, and is no upright stroke, is a patch."""
THIN, PEN = 1.7, 2.6
"""Width of strokes in pixels of 28×28: below the first, they are widened to the second (MNIST's median is 2.8)."""


@dataclass
class Steps:
    """What was done to a picture, in the order in which it was done, and what it was to be like."""

    done: list[str] = field(default_factory=list)
    like: str = "as MNIST is"

    def note(self, width: int, height: int) -> tuple[str, ...]:
        if not self.done:
            return ()
        text = self.done[0] if len(self.done) == 1 else f"{', '.join(self.done[:-1])} and {self.done[-1]}"
        return (f"The picture was {width}×{height}; it was {text}, to be {self.like}.",)


def as_mnist(file: str, grey: Floats, size: tuple[int, int], steps: Steps) -> Ints:
    """The digit in ``grey`` as (28, 28) uint8."""
    if size == (SIDE, SIDE):
        ready = _ready(grey, steps)
        if ready is not None:
            return ready
        grey = _enlarged(grey)
    sheet = on_its_sheet(grey)
    if sheet is not None:
        steps.done.append("cut to the sheet that the ink is on")
        grey = sheet
    ink = _ink(file, grey, steps)
    steps.done.append("cropped to the ink")
    ink = widened(ink, BOX, steps)
    steps.done.append("scaled to 28×28")
    return _set_in_middle(_scaled(ink))


def _ready(grey: Floats, steps: Steps) -> Ints | None:
    """A 28×28 that is as MNIST is, or its negative; None where its ink is of another size, place or strength."""
    for picture, change in ((grey, None), (255 - grey, "inverted")):
        if border(picture).mean() < DARK / 2 and np.percentile(border(picture), 90) < DARK and _is_like_mnist(picture):
            if change:
                steps.done.append(change)
            return np.rint(picture).clip(0, 255).astype(np.uint8)
    return None


def _is_like_mnist(picture: Floats) -> bool:
    """Whether bright ink on black (28, 28) fills MNIST's box, at full strength, its centre of mass in the middle.

    Of MNIST's 70,000 pictures all do; the bounds leave room for what a JPEG adds.
    """
    ink = np.where(picture > FAINT, picture, 0.0)
    if ink.max() < FULL:
        return False
    longer = max(np.ptp(np.flatnonzero(ink.any(axis))) + 1 for axis in (0, 1))
    centres = [(ink.sum(1 - axis) * np.arange(SIDE)).sum() / ink.sum() for axis in (0, 1)]
    return bool(abs(longer - BOX) <= SIZE_ROOM and max(abs(centre - SIDE / 2) for centre in centres) <= PLACE_ROOM)


def _enlarged(grey: Floats) -> Floats:
    """A picture of 28×28 at a size at which ink can be looked for."""
    from PIL import Image

    side = SIDE * ENLARGED
    large = Image.fromarray(grey.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    clipped: Floats = np.asarray(large, dtype=np.float64).clip(0, 255)
    return clipped


def border(picture: NDArray[Any], share: float = 0.0) -> NDArray[Any]:
    """The pixels of the outermost ring, or of one as wide as ``share`` of the shorter side."""
    width = max(1, round(share * min(picture.shape)))
    inner = np.zeros(picture.shape, dtype=bool)
    inner[width:-width, width:-width] = True
    return picture[~inner]


def _ink(file: str, grey: Floats, steps: Steps) -> Floats:
    """The ink alone, cropped: (h, w) in [0, 1], zero where there is paper."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    smooth = ndimage.gaussian_filter(grey, max(grey.shape) / 400, mode="nearest")
    surface = _paper(smooth)
    if _is_dark_on_bright(smooth, surface):
        steps.done.append("inverted")
        smooth, surface = 255 - smooth, 255 - surface
    if np.ptp(surface) > MIN_CONTRAST:
        steps.done.append("evened out")
    # the opening keeps what is wider than any stroke: paper, its gradients and shadows
    size = tuple(round(side * STROKE) for side in smooth.shape)
    level = smooth - ndimage.grey_opening(smooth, size=size, mode="nearest")
    if level.max() < MIN_CONTRAST:
        raise blank(file)
    mask = level > threshold_otsu(level)  # type: ignore[no-untyped-call]
    paper, full = np.median(level[~mask]), np.percentile(level[mask], 80)
    grain = np.median(np.abs(level[~mask] - paper))
    if full - paper < max(MIN_CONTRAST, 6 * grain) or mask.mean() > MAX_INK:
        raise InputError(f"{file}: no digit stands out from its background; bring one dark digit on even, light paper")
    mask = _digit(mask)
    _check_one_mark(file, mask)
    near = ndimage.binary_dilation(mask, iterations=max(1, max(grey.shape) // 60))
    ink = np.where(near, (level - paper) / max(full - paper, 1), 0).clip(0, 1)
    rows, columns = (np.flatnonzero((ink > 0.2).any(axis)) for axis in (1, 0))
    cropped: Floats = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cropped


def _paper(grey: Floats) -> Floats:
    """Brightness of the bare ground everywhere, (H, W): a slope fitted to the border, strays left out."""
    height, width = grey.shape
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(rows), rows, columns])
    at_border = np.stack([border(term, 0.06) for term in terms], axis=1)
    values = border(grey, 0.06)
    kept = np.abs(values - np.median(values)) <= np.percentile(np.abs(values - np.median(values)), 90)
    for _ in range(3):
        weights, *_ = np.linalg.lstsq(at_border[kept], values[kept], rcond=None)
        away = np.abs(values - at_border @ weights)
        kept = away <= np.percentile(away, 90)
    surface: Floats = np.tensordot(weights, terms, axes=1)
    return surface


def _is_dark_on_bright(grey: Floats, surface: Floats) -> bool:
    """Whether the border is in the brighter half of what there is, a slope in the light left out."""
    away = grey - surface
    return bool(np.median(border(away, 0.06)) > np.percentile(away, [0.1, 99.9]).mean())


def _digit(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The marks that make the digit: no specks, and no table edge or shadow that enters from the border."""
    from scipy import ndimage

    labels, n_marks = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=n_marks + 1)
    areas[0] = 0
    at_border = np.isin(np.arange(n_marks + 1), border(labels))
    if areas[~at_border].max(initial=0) > areas[at_border].max(initial=0) / 2:
        areas[at_border] = 0
    kept: NDArray[np.bool_] = np.isin(labels, np.flatnonzero(areas > areas.max() / 20))
    return kept


def _check_one_mark(file: str, mask: NDArray[np.bool_]) -> None:
    """Raises InputError for what is no digit: several marks side by side, or one that is nearly a filled rectangle."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    tall = [box for box in boxes if _length(box[0]) >= SIDE_BY_SIDE * max(_length(other[0]) for other in boxes)]
    if len(tall) > MOST_PARTS or any(_apart(one[1], other[1]) for one, other in combinations(tall, 2)):
        raise InputError(f"{file} shows more than one mark; bring a picture of one digit alone")
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    if mask.sum() > RECTANGLE * height * width and min(height, width) > MOST_STROKE * max(height, width):
        raise InputError(f"{file} shows a filled patch, not a digit; bring a picture of one digit in thin strokes")


def _length(part: slice) -> int:
    return int(part.stop - part.start)


def _apart(one: slice, other: slice) -> bool:
    """Whether two ranges overlap by less than a third of the shorter one."""
    overlap: int = min(one.stop, other.stop) - max(one.start, other.start)
    return overlap < min(_length(one), _length(other)) / 3


def widened(ink: Floats, box: int, steps: Steps) -> Floats:
    """The ink with strokes wide enough to survive being scaled to ``box``; a pencil's would fade to nothing."""
    from scipy import ndimage
    from skimage.morphology import skeletonize

    mask = ink > 0.5
    scale = box / max(ink.shape)
    width = mask.sum() / max(skeletonize(mask).sum(), 1)  # type: ignore[no-untyped-call]
    if width * scale >= THIN:
        return ink
    steps.done.append("drawn with a wider pen")
    radius = (PEN / scale - width) / 2
    padded = np.pad(mask, int(np.ceil(radius)))
    away = ndimage.distance_transform_edt(~padded)
    wide: Floats = (radius + 0.5 - away).clip(0, 1)
    return wide


def _scaled(ink: Floats) -> Floats:
    """The ink with its longer side at 20 pixels, at full strength, in [0, 1]."""
    from PIL import Image

    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(ink.astype(np.float32)).resize(size, Image.Resampling.BOX), dtype=np.float64)
    full: Floats = small / max(small.max(), 1e-6)
    return full


def _set_in_middle(digit: Floats) -> Ints:
    """The digit on black, (28, 28) uint8, its centre of mass in the middle as far as it fits."""
    canvas = np.zeros((SIDE, SIDE))
    corner = []
    for axis, length in enumerate(digit.shape):
        centre = (digit.sum(1 - axis) * np.arange(length)).sum() / digit.sum()
        corner.append(int(np.clip(round(SIDE / 2 - centre), 0, SIDE - length)))
    top, left = corner
    canvas[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return np.rint(canvas * 255).astype(np.uint8)


def blank(file: str) -> InputError:
    return InputError(f"{file} is blank: it shows no digit; bring a picture of one dark digit on light paper")

"""A person's picture of a disc or a square → one input of kind image, with what was changed to read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.readers.checks import InputError
from sharcs_core.readers.digit_pixels import DARK, MIN_CONTRAST, Steps, border, widened
from sharcs_core.readers.pictures import read_grey
from sharcs_core.readers.sheets import on_its_sheet
from sharcs_core.structures import Floats, Inputs, Ints
from sharcs_core.tasks.xor.shape_pictures import GROUND, INK, SIDE, with_noise

BOX = 16
"""The longer side of a shape that was scaled: the middle of the sizes seen in training."""
MAX_OTHER = 1 / 3
"""A second mark above this share of the shape's area makes it unclear which of them is meant."""
MEND = "bring one disc or square, hollow or filled, on even ground"


def read_shape_picture(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A PNG, JPEG or WebP of one disc or square.

    A 28×28 with a dark border is taken as it is. Anything else is inverted where the border is bright, cropped
    to the shape, scaled and put in the middle.

    Returns:
        One picture, ``pixels`` (1, 28, 28) uint8, and a note of every change.

    Raises:
        InputError: naming the fault and the mend.
    """
    steps = Steps(like="as the pictures of training are")
    file, grey, (height, width) = read_grey(name, content, steps)
    if float(np.ptp(grey)) < MIN_CONTRAST:
        raise InputError(f"{file} is blank: it shows no shape; {MEND}")
    if (height, width) == (SIDE, SIDE) and np.median(border(grey)) < DARK:
        pixels: Ints = np.rint(grey).clip(0, 255).astype(np.uint8)
    else:
        sheet = on_its_sheet(grey)
        if sheet is not None:
            steps.done.append("cut to the sheet that the shape is on")
        shape = _shape(file, grey if sheet is None else sheet, steps)
        pixels = _in_the_middle(widened(shape, BOX, steps), steps)
    return Inputs("image", {"pixels": pixels[None]}), steps.note(width, height)


def _shape(file: str, grey: Floats, steps: Steps) -> Floats:
    """The shape alone, cropped: (h, w) in [0, 1], zero where there is ground."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    smooth = ndimage.gaussian_filter(grey, max(grey.shape) / 200, mode="nearest")
    if np.median(border(smooth, 0.04)) > (smooth.min() + smooth.max()) / 2:
        steps.done.append("inverted")
        smooth = 255 - smooth
    mask = smooth > threshold_otsu(smooth)  # type: ignore[no-untyped-call]
    ground, ink = np.median(smooth[~mask]), np.percentile(smooth[mask], 80)
    kept = _largest_mark(file, mask)
    if ink - ground < MIN_CONTRAST or border(kept).any():
        raise InputError(f"{file}: no shape stands out clear of the border; {MEND}")
    near = ndimage.binary_dilation(kept, iterations=2)
    level = np.where(near, (smooth - ground) / (ink - ground), 0).clip(0, 1)
    rows, columns = (np.flatnonzero(kept.any(axis)) for axis in (1, 0))
    steps.done.append("cropped to the shape")
    cropped: Floats = level[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cropped


def _largest_mark(file: str, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy import ndimage

    labels, n_marks = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=n_marks + 1)[1:]
    if n_marks > 1 and np.sort(areas)[-2] > MAX_OTHER * areas.max():
        raise InputError(f"{file} shows more than one shape; {MEND}")
    largest: NDArray[np.bool_] = labels == 1 + areas.argmax()
    return largest


def _in_the_middle(shape: Floats, steps: Steps) -> Ints:
    """The shape at its usual size and brightness in the middle of the canvas, with the usual grain, (28, 28) uint8."""
    from PIL import Image

    steps.done.append(f"scaled to {SIDE}×{SIDE}")
    height, width = (max(1, round(side * BOX / max(shape.shape))) for side in shape.shape)
    small = Image.fromarray(shape.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    cover = np.zeros((SIDE, SIDE))
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    cover[top : top + height, left : left + width] = np.asarray(small)
    ground, ink = np.mean(GROUND), np.mean(INK)
    steps.done.append("given the grain that the pictures of training have")
    drawn = ground + (ink - ground) * cover
    pixels: Ints = with_noise(drawn[None], np.random.default_rng(0))[0]  # the same for every picture
    return pixels

"""Training pictures → their form.

Shapes: n pictures of H × W pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.image.form import LONGEST_SIDE, ImageForm
from sharcs_core.kinds.image.preparing import SLACK, scaled_size, shares
from sharcs_core.kinds.image.raw import Values, called, limits, values_of
from sharcs_core.readers.pictures import DEPTHS
from sharcs_core.structures import Floats

SHORTEST_SIDE = 8
"""Pixels; smaller pictures are padded, so that an encoder has room to look at neighbours and to halve once."""
FEW_SHADES = 32
"""Whole numbers below this are no shades of 255, but have a white of their own."""
FINE = 0.1
"""Standard deviation of brightness, a share of white, below which the steps of 8 bits are too coarse for fractions."""
WHITE_GROUND = 1.0
"""Where nothing opaque touches the border of any picture."""


def fit(raws: Sequence[Any]) -> ImageForm:
    """The form of training pictures; their order changes nothing.

    Raises:
        UserError: for what is no picture, none at all, or pictures on several scales.

    >>> form = fit(np.arange(17.0).repeat(64).reshape(17, 8, 8))
    >>> form.height, form.width, form.channels, form.bits, form.low, form.high
    (8, 8, 1, 8, 0.0, 16.0)
    """
    if not len(raws):
        raise UserError("There is no training picture to learn the form of pictures from; bring at least one")
    low, high, bits = _scale([_range(picture) for picture in _pictures(raws)])
    scale = ImageForm(1, 1, bits=bits, low=low, high=high)
    looks = [_look(scale, picture) for picture in _pictures(raws)]
    channels: Literal[1, 3, 4] = 3 if any(look.coloured for look in looks) else 1
    if 2 * sum(look.clear for look in looks) > len(looks):
        channels = 4
    return ImageForm(
        height=max(SHORTEST_SIDE, *(look.size[0] for look in looks)),
        width=max(SHORTEST_SIDE, *(look.size[1] for look in looks)),
        channels=channels,
        bits=bits,
        low=low,
        high=high,
        ground=_ground(looks, channels),
    )


def _pictures(raws: Sequence[Any]) -> Iterator[Values]:
    return (values_of(raw, f"Training {called(row, len(raws) + 1).lower()}") for row, raw in enumerate(raws))


class _Range(NamedTuple):
    """The brightness of one picture: its ends, its moments, and of what type the values are.

    Attributes:
        white: as in :class:`~sharcs_core.kinds.image.raw.Values`.
        total, squares: sum of the values, and of their squares.
        whole: whether all are whole numbers; ``counted``: whether they cannot be any other.
    """

    white: int | None
    low: float
    high: float
    total: float
    squares: float
    n: int
    whole: bool
    counted: bool


def _range(picture: Values) -> _Range:
    values = picture.colours.astype(np.float64)
    whole = bool((values == np.rint(values)).all())
    return _Range(
        white=picture.white,
        low=float(picture.values.min()),
        high=float(picture.values.max()),
        total=float(values.sum()),
        squares=float((values**2).sum()),
        n=values.size,
        whole=whole,
        counted=picture.values.dtype.kind != "f",
    )


def _scale(pictures: Sequence[_Range]) -> tuple[float, float, Literal[8, 16]]:
    """What is black, what is white, and in how many bits a pixel is kept.

    What is white of itself (a PIL picture, an array of bools) has no say where there are arrays.
    """
    arrays = [picture for picture in pictures if picture.white in (None, 2**16 - 1)]
    if not arrays:
        return 0.0, float(max(picture.white or 1 for picture in pictures)), 8
    low, high = min(picture.low for picture in arrays), max(picture.high for picture in arrays)
    _check_one_scale(arrays)
    if all(picture.whole for picture in arrays):
        low, high = _whole_scale(low, high)
        return low, high, 16 if high - low > 255 else 8
    if low >= -1 and high <= 1:
        low, high = (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
    low = min(low, 0.0)
    return low, high, 16 if _deviation(arrays) / (high - low) < FINE else 8


def _whole_scale(low: float, high: float) -> tuple[float, float]:
    """Black and white of whole numbers between these."""
    if low < 0:
        return low, max(high, low + 1)
    if high < FEW_SHADES:
        return 0.0, max(high, 1.0)
    return 0.0, next((2.0**depth - 1 for depth in DEPTHS if high < 2**depth), high)


def _deviation(pictures: Sequence[_Range]) -> float:
    """Standard deviation of all values; sums that are exact, so that the order changes nothing."""
    n = sum(picture.n for picture in pictures)
    mean = math.fsum(picture.total for picture in pictures) / n
    return math.sqrt(max(0.0, math.fsum(picture.squares for picture in pictures) / n - mean**2))


def _check_one_scale(pictures: Sequence[_Range]) -> None:
    """Raises UserError where some are fractions of white and others are counted in whole numbers."""
    counted = [picture.high for picture in pictures if picture.counted]
    fractions = [picture.high for picture in pictures if not picture.counted]
    if counted and fractions and max(fractions) <= 1 < max(counted):
        raise UserError(
            f"Some training pictures are floats up to {max(fractions):g} and others whole numbers up to "
            f"{max(counted):g}, so that white is not the same in all; bring all on one scale"
        )


class _Look(NamedTuple):
    """What one picture says of the form.

    Attributes:
        size: height and width, bounded.
        coloured: whether it has other colours than grey.
        clear: whether any of it is transparent.
        border: median red, green and blue of the opaque border, shares of white; None where all of it is clear.
        border_opacity: median of the border's opacity.
    """

    size: tuple[int, int]
    coloured: bool
    clear: bool
    border: Floats | None
    border_opacity: float


def _look(scale: ImageForm, picture: Values) -> _Look:
    low, high, _ = limits(scale, picture)
    height, width = picture.values.shape[:2]
    rows, columns = np.indices((height, width), sparse=True)
    is_border = (rows == 0) | (rows == height - 1) | (columns == 0) | (columns == width - 1)
    border = shares(picture.values[is_border].astype(np.float64), low, high)  # (pixels, C)
    opacity = border[:, -1] if picture.has_opacity else np.ones(len(border))
    colours = np.broadcast_to(border[:, : picture.colours.shape[2]], (len(border), 3))[opacity >= 0.5]
    clear = picture.has_opacity and bool(shares(picture.values[..., -1], low, high).min() < 1 - SLACK)
    size = scaled_size((height, width), (LONGEST_SIDE, LONGEST_SIDE))
    return _Look(size, not picture.is_grey, clear, _median(colours) if len(colours) else None, float(_median(opacity)))


def _median(values: Floats) -> Floats:
    """The lower median over the first axis: a value that is there, and not one between two."""
    found: Floats = np.quantile(values, 0.5, axis=0, method="lower")
    return found


def _ground(looks: Sequence[_Look], channels: int) -> tuple[float, ...]:
    borders = [look.border for look in looks if look.border is not None]
    colours = _median(np.array(borders)) if borders else np.full(3, WHITE_GROUND)
    opacity = _median(np.array([look.border_opacity for look in looks]))
    return tuple(float(share) for share in [*colours, opacity][:channels])

"""Pictures → the pixels that a model reads. The one way: for stored samples, people's files and arrays from Python.

Shapes: n pictures of H × W pixels; C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.kinds.image.form import LONGEST_SIDE, ImageForm
from sharcs_core.kinds.image.raw import Values, called, limits, values_of
from sharcs_core.kinds.kind import Notes
from sharcs_core.structures import Inputs, Ints

LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue are (ITU-R BT.601)."""
SLACK = 1e-6
"""Share of the range by which a value may be beyond it and be said to be at its end."""
BYTE = 255
FAR_SMALLER = 0.5
"""A picture whose sides are both below this share of those it is prepared to is said to be small."""

Real = NDArray[np.float64]


def prepare(form: ImageForm, raws: Sequence[Any]) -> tuple[Inputs, tuple[Notes, ...]]:
    """``pixels`` (n, H, W), or (n, H, W, C) where C is more than 1, uint8 or uint16; and notes on each picture.

    Raises:
        UserError: for what is no picture.

    >>> form = ImageForm(2, 3, high=16)
    >>> inputs, notes = prepare(form, [[[0.0, 16.0]]])
    >>> inputs.arrays["pixels"].tolist()
    [[[0, 255, 0], [0, 0, 0]]]
    """
    prepared = [prepared_one(form, values_of(raw, called(row, len(raws)))) for row, raw in enumerate(raws)]
    pixels = np.array([pixels for pixels, _ in prepared], dtype=f"uint{form.bits}")
    shape = (len(raws), form.height, form.width, form.channels)
    return Inputs("image", {"pixels": pixels.reshape(shape[: 3 + (form.channels > 1)])}), tuple(
        notes for _, notes in prepared
    )


def prepared_one(form: ImageForm, picture: Values) -> tuple[Ints, Notes]:
    """One picture as (H, W, C) whole numbers, and notes."""
    picture = condensed(picture, max(LONGEST_SIDE, form.height, form.width))
    low, high, brightened = limits(form, picture)
    size, room = picture.values.shape[:2], (form.height, form.width)
    small = scaled_size(size, room)
    channels = [shares(channel, low, high) for channel in np.moveaxis(picture.values, -1, 0)]
    opacity = channels.pop() if picture.has_opacity else None
    clear = opacity is not None and bool(opacity.min() < 1)
    visible = [channel * opacity for channel in channels] if opacity is not None and clear else channels
    colours = np.stack([resized(channel, small) for channel in visible], -1)
    opaque = resized(opacity, small) if opacity is not None and clear else np.ones(small)
    pixels = _stored(form, _on_ground(form, _in_form(form, colours, picture.is_grey), opaque))
    beyond = picture.values.min() < low - SLACK * (high - low) or picture.values.max() > high + SLACK * (high - low)
    said = (
        *picture.notes,
        *brightened,
        *([f"Values beyond {low:g} and {high:g}, black and white in training, were clipped"] if beyond else ()),
        *(["The colours were turned to grey"] if form.channels == 1 and not picture.is_grey else ()),
        *(["What is transparent was laid on the ground"] if clear and form.channels < 4 else ()),
        *_size_notes(size, small, room),
    )
    return _padded(form, pixels), said


def condensed(picture: Values, longest: int, whole: tuple[int, int] | None = None) -> Values:
    """A picture that is larger scaled down to ``longest`` pixels of its longer side, in the numbers that it has.

    Args:
        whole: height and width that it had before it was decoded at a fraction of them, turned or not.
    """
    size = picture.values.shape[:2]
    if whole is not None and (whole[0] > whole[1]) != (size[0] > size[1]):
        whole = whole[::-1]
    small = scaled_size(size, (longest, longest))
    if small == size:
        return picture
    if picture.values.dtype == np.uint8 and picture.white == BYTE:
        smaller = _smaller_bytes(picture.values, small)
    else:
        smaller = _smaller(picture, small)
    return picture._replace(values=smaller, notes=(*picture.notes, *_size_notes(whole or size, small, size)))


def _smaller_bytes(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Values (H, W, C) of 8 bits, quickly."""
    from PIL import Image

    mode = ("L", "LA", "RGB", "RGBA")[values.shape[2] - 1]
    whole = Image.fromarray(values[..., 0] if mode == "L" else values, mode)
    with_opacity = {"LA": "La", "RGBA": "RGBa"}.get(mode)  # so that what is clear lends no colour
    picture = whole.convert(with_opacity) if with_opacity else whole
    small = np.asarray(picture.resize(size[::-1], Image.Resampling.HAMMING).convert(mode))
    return small if small.ndim == 3 else small[..., None]


def _smaller(picture: Values, size: tuple[int, int]) -> NDArray[Any]:
    """Values of any numbers."""
    values = picture.values.astype(np.float64)
    opacity = values[..., -1:] if picture.has_opacity else None
    weighed = values if opacity is None else values[..., :-1] * opacity
    smaller = np.stack([resized(channel, size) for channel in np.moveaxis(weighed, -1, 0)], -1)
    if opacity is not None:
        seen = resized(opacity[..., 0], size)[..., None]
        smaller = np.concatenate([smaller / np.where(seen > 0, seen, 1), seen], -1)
    whole = picture.values.dtype.kind in "bui"
    return (np.rint(smaller) if whole else smaller).astype(picture.values.dtype)


def shares(values: NDArray[Any], low: float, high: float) -> NDArray[np.floating[Any]]:
    """Brightness as a share of white, in [0, 1]."""
    small = values.itemsize <= 2 and values.dtype.kind in "bu"
    precise: NDArray[np.floating[Any]] = values.astype(np.float32 if small else np.float64)
    found: NDArray[np.floating[Any]] = np.clip((precise - low) / (high - low), 0, 1)
    return found


def scaled_size(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """The height and width of a picture that was scaled down to fit, its aspect kept; as it is where it fits.

    >>> scaled_size((3000, 4000), (96, 96)), scaled_size((8, 8), (96, 96)), scaled_size((1, 10_000), (96, 96))
    ((72, 96), (8, 8), (1, 96))
    """
    scale = min(1.0, room[0] / size[0], room[1] / size[1])
    height, width = (max(1, min(round(side * scale), most)) for side, most in zip(size, room, strict=True))
    return height, width


def resized(channel: NDArray[np.floating[Any]], size: tuple[int, int]) -> Real:
    """One channel (H, W) scaled down by averages, so that nothing gets brighter or darker than it was."""
    from PIL import Image

    if channel.shape == size:
        return channel.astype(np.float64)
    picture = Image.fromarray(channel.astype(np.float32))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.HAMMING), dtype=np.float64)


def _in_form(form: ImageForm, colours: Real, is_grey: bool) -> Real:
    """Colours (H, W, 1 or 3) as the form has them, (H, W, 1) or (H, W, 3)."""
    if form.channels > 1:
        return np.broadcast_to(colours, (*colours.shape[:2], 3))
    return colours[..., :1] if is_grey else (colours @ np.array(LUMA))[..., None]


def _on_ground(form: ImageForm, colours: Real, opacity: Real) -> Real:
    """(H, W, C) shares of white: colours, dimmed by their opacity (H, W), over the ground or beside it."""
    if form.channels < 4:
        return colours + np.array(form.ground) * (1 - opacity)[..., None]
    straight = colours / np.where(opacity > 0, opacity, 1)[..., None]
    return np.concatenate([straight, opacity[..., None]], axis=-1)


def _stored(form: ImageForm, pixels: Real) -> Ints:
    """Shares of white (H, W, C) as they are kept."""
    stored = _steps(form, pixels)
    if form.channels == 4:
        stored[stored[..., 3] == 0, :3] = ground_of(form)[:3]  # what cannot be seen says nothing
    return stored


def _steps(form: ImageForm, pixels: Real) -> Ints:
    """Shares of white as whole numbers; where training used so many of 16 bits, in as many steps."""
    steps = np.rint(np.clip(pixels, 0, 1) * form.white)
    stored: Ints = np.rint(steps * (form.top / form.white)).astype(f"uint{form.bits}")
    return stored


def ground_of(form: ImageForm) -> Ints:
    """The stored pixel of the ground, (C,)."""
    return _steps(form, np.broadcast_to(np.array(form.ground), form.channels))


def _padded(form: ImageForm, pixels: Ints) -> Ints:
    """Pixels (H, W, C) in the middle of a picture of the form's size."""
    height, width = pixels.shape[:2]
    if (height, width) == (form.height, form.width):
        return pixels
    canvas = np.tile(ground_of(form), (form.height, form.width, 1))
    top, left = (form.height - height) // 2, (form.width - width) // 2
    canvas[top : top + height, left : left + width] = pixels
    return canvas


def _size_notes(size: tuple[int, int], small: tuple[int, int], room: tuple[int, int]) -> Notes:
    if small != size:
        return (f"The picture was scaled down from {_shown(size)} to {_shown(small)}",)
    if max(size[0] / room[0], size[1] / room[1]) < FAR_SMALLER:
        return (f"The picture was padded from {_shown(size)} to {_shown(room)}",)
    return ()


def _shown(size: tuple[int, int]) -> str:
    """Width and height, as people say it."""
    return f"{size[1]:,} × {size[0]:,}"

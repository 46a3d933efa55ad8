"""A picture as somebody brings it, a NumPy array or a PIL picture → its values as they are.

Shapes: H × W pixels of C channels: 1 grey, 2 grey and opacity, 3 colour, 4 colour and opacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.image.form import ImageForm
from sharcs_core.readers.checks import shown
from sharcs_core.readers.digit_pixels import Steps
from sharcs_core.readers.pictures import DEPTHS, naming_damage, turned_upright

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_LIGHT = 1e30
"""What is brighter is soon no number any more where it is computed with."""
_FULL = 2 ** DEPTHS[-1] - 1
_PLAIN = {"1": "L", "L": "L", "LA": "LA", "La": "LA", "PA": "RGBA", "RGBA": "RGBA", "RGBa": "RGBA"}
"""Mode of a PIL picture → the one it is read in; all others are colours."""


class Values(NamedTuple):
    """A picture's values.

    Attributes:
        values: (H, W, C).
        white: what is white in them, whatever training had; None where the task's form says it.
        notes: what was changed.
    """

    values: NDArray[Any]
    white: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_opacity(self) -> bool:
        """Whether the last channel is opacity."""
        return self.values.shape[2] in (2, 4)

    @property
    def colours(self) -> NDArray[Any]:
        """(H, W, 1 or 3), without opacity."""
        return self.values[..., :-1] if self.has_opacity else self.values

    @property
    def is_grey(self) -> bool:
        """Whether all colours are shades of grey."""
        return bool((self.colours[..., :1] == self.colours[..., 1:]).all())


def called(row: int, n: int, what: str = "picture") -> str:
    """An input in a message.

    >>> called(0, 1), called(4, 9)
    ('The picture', 'Picture 4 (counted from 0)')
    """
    return f"The {what}" if n == 1 else f"{what.capitalize()} {row} (counted from 0)"


def values_of(raw: Any, name: str) -> Values:
    """The values of one picture.

    Args:
        raw: a PIL picture; an array, or what NumPy makes one of; or what this function gave before.
        name: of the picture, for messages.

    Raises:
        UserError: for what is no picture.
    """
    from PIL.Image import Image

    if isinstance(raw, Values):
        return raw
    return _of_pil(raw, name) if isinstance(raw, Image) else _of_array(raw, name)


def _of_array(raw: Any, name: str) -> Values:
    try:
        values = np.asarray(raw)
    except Exception:  # whatever an object that claims to be an array does
        raise UserError(f"{name} is no array of numbers (got {shown(raw)}); bring one of (height, width)") from None
    if values.dtype.kind not in "buif":
        raise UserError(f"{name} holds {values.dtype} and not numbers; bring it as an array of numbers or of bools")
    if values.ndim == 2:
        values = values[..., None]
    _check_shape(np.shape(raw), values, name)
    if values.dtype.kind == "f" and not (np.abs(values) < MOST_LIGHT).all():
        raise UserError(f"{name} has values that are no brightness (NaN, infinite or above 1e30); replace them")
    return Values(values, 1 if values.dtype == bool else None)


def _check_shape(shape: tuple[int, ...], values: NDArray[Any], name: str) -> None:
    """Raises UserError for what is not (H, W, C)."""
    if values.ndim != 3 or not (1 <= values.shape[2] <= 4 or 0 in shape):
        first = values.ndim == 3 and values.shape[0] in (1, 3, 4)
        mend = "; put the channels last, x.transpose(1, 2, 0)" if first else "; bring one picture in each"
        raise UserError(f"{name} must be of (height, width) or (height, width, 1 to 4 channels) (got {shape}){mend}")
    if 0 in shape:
        raise UserError(f"{name} has no pixels (got {shape}); leave it out")


def _of_pil(picture: Image, name: str) -> Values:
    with naming_damage(name):
        picture.load()
    if picture.mode in ("I", "F"):  # as an array: nothing says what white is
        found = _of_array(np.asarray(picture), name)
    elif picture.mode.startswith("I;16"):
        found = Values(with_opacity(np.asarray(picture)[..., None], picture.info.get("transparency")), _FULL)
    else:
        plain = np.asarray(picture.convert(_plain_mode(picture)))
        found = Values(plain if plain.ndim == 3 else plain[..., None], 255)
    _check_shape(found.values.shape, found.values, name)
    return upright(found, picture)


def upright(found: Values, picture: Image) -> Values:
    """Values of a decoded picture turned as its camera data say, and notes on that and on frames left out."""
    steps = Steps()
    values, _ = turned_upright(found.values, picture, steps)
    notes = [f"The picture was {step}" for step in steps.done]
    if getattr(picture, "n_frames", 1) > 1:
        notes.append("Of several pictures in the file the first was read")
    return Values(values, found.white, (*found.notes, *notes))


def _plain_mode(picture: Image) -> str:
    if "transparency" in picture.info:
        return "RGBA"
    return _PLAIN.get(picture.mode, "RGB")


def with_opacity(values: NDArray[Any], clear: Any) -> NDArray[Any]:
    """Pixels of 16 bits with a channel for opacity, where a file declares one of their colours ``clear``."""
    if clear is None:
        return values
    opacity = np.where((values == np.asarray(clear)).all(-1, keepdims=True), 0, _FULL)
    return np.concatenate([values, opacity.astype(values.dtype)], axis=-1)


def limits(form: ImageForm, picture: Values) -> tuple[float, float, tuple[str, ...]]:
    """What is black in a picture, what is white, and a note where that was guessed from the picture itself."""
    if picture.white is None:
        return form.low, form.high, ()
    if picture.white < _FULL:
        return 0.0, float(picture.white), ()
    if form.bits == 16:
        return 0.0, float(form.white), ()
    depth = next(depth for depth in DEPTHS if picture.colours.max() < 2**depth)
    note = (f"The picture was brightened from the {depth} of 16 bits that it uses",) if depth < DEPTHS[-1] else ()
    return 0.0, float(2**depth - 1), note


def takes(raw: object) -> bool:
    """Whether it is a picture: an array of rows, or one of PIL's."""
    return getattr(raw, "ndim", 0) in (2, 3) or hasattr(raw, "getbands")

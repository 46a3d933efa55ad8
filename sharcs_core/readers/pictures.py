"""A person's picture of a digit → one input of kind image, with what was changed to read it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.readers.checks import InputError, check_file
from sharcs_core.readers.digit_pixels import MIN_CONTRAST, Steps, as_mnist, blank
from sharcs_core.structures import Floats, Inputs

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".webp")
MAX_PICTURE_BYTES = 25_000_000
"""A photo of 108 megapixels is about as large."""
MAX_PIXELS = 25_000_000
"""Larger pictures are refused before they are decoded, but for JPEGs, which can be decoded at a fraction of it."""
MAX_JPEG_PIXELS = 120_000_000
DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras and scanners use of the 16 which a PNG has room for."""
OPAQUE = 128
"""Of 255: from here on a pixel counts as ink where ink must be told from a transparent ground."""
MIN_SIDE = 8
WORK_SIDE = 384
"""Ink is looked for in the picture at this size of its longer side; phones bring ten times that."""


def read_digit_image(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A PNG, JPEG or WebP of one digit as MNIST shows it.

    A grey 28×28 with a dark border is taken as it is. Anything else, a photo of a digit on paper among it, is
    evened out, inverted where the border is bright, cropped to the ink, scaled and centred.

    Returns:
        One picture, ``pixels`` (1, 28, 28) uint8, and a note of every change.

    Raises:
        InputError: naming the fault and the mend.
    """
    steps = Steps()
    file, grey, (height, width) = read_grey(name, content, steps)
    if float(np.ptp(grey)) < MIN_CONTRAST:
        raise blank(file)
    pixels = as_mnist(file, grey, (height, width), steps)
    return Inputs("image", {"pixels": pixels[None]}), steps.note(width, height)


def read_grey(name: str, content: bytes, steps: Steps) -> tuple[str, Floats, tuple[int, int]]:
    """A PNG, JPEG or WebP in shades of grey, whatever it shows.

    Returns:
        The file's name for messages; brightness (H, W) in [0, 255], the longer side at most ``WORK_SIDE``; and
        the height and width that the picture had, as it is looked at.

    Raises:
        InputError: naming the fault and the mend.
    """
    file = check_file(name, content, IMAGE_SUFFIXES, "picture", MAX_PICTURE_BYTES)
    picture = open_picture(file, content)
    width, height = picture.size
    _check_no_strip(file, width, height)
    grey, turned = _grey(file, picture, steps)
    return file, grey, (width, height) if turned else (height, width)


def open_picture(file: str, content: bytes, min_side: int = MIN_SIDE) -> Image:
    """The picture, its header read and its size checked, nothing decoded.

    Pillow's format classes are called by the signature in the content, not through ``Image.open``, whose own
    guard against huge pictures is one global number and at first no more than a printed warning.
    """
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    readers = {"PNG": PngImageFile, "JPEG": JpegImageFile, "WebP": WebPImageFile}
    kind = _kind_of(content)
    if kind is None:
        raise InputError(f"{file} is not a PNG, JPEG or WebP picture, whatever its name; save it as one of these")
    try:
        picture: Image = readers[kind](io.BytesIO(content))  # type: ignore[abstract]
    except MemoryError:
        raise
    except Exception:  # a damaged header can fail anywhere in the format's code
        raise InputError(f"{file} is a damaged {kind} picture; save or take it again") from None
    width, height = picture.size
    most = MAX_JPEG_PIXELS if kind == "JPEG" and not picture.info.get("progressive") else MAX_PIXELS
    if width * height > most:
        raise InputError(
            f"{file} is too large ({width:,}×{height:,} pixels); "
            f"scale it down to at most {most // 1_000_000} megapixels"
        )
    if min(width, height) < min_side:
        raise InputError(f"{file} is too small ({width}×{height} pixels); bring one of at least {min_side}×{min_side}")
    return picture


def _kind_of(content: bytes) -> str | None:
    """The format that the first bytes declare."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    return "WebP" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _check_no_strip(file: str, width: int, height: int) -> None:
    """Raises InputError for a picture that would be narrower than ``MIN_SIDE`` at working size."""
    if max(width, height) * MIN_SIDE > min(width, height) * WORK_SIDE:
        raise InputError(f"{file} is a thin strip ({width:,}×{height:,} pixels); cut it to what it shows")


def _grey(file: str, picture: Image, steps: Steps) -> tuple[Floats, bool]:
    """Brightness (H, W) in [0, 255] at no more than working size, and whether the picture was laid on its side."""
    from PIL import ImageOps

    with naming_damage(file):
        picture.draft(None, (2 * WORK_SIDE, 2 * WORK_SIDE))  # JPEG only: decode at a fraction of the size
        picture.load()
        flat = _flattened(picture, steps)
        if max(flat.size) > WORK_SIDE:
            flat = ImageOps.contain(flat, (WORK_SIDE, WORK_SIDE))
    return turned_upright(np.asarray(flat, dtype=np.float64), picture, steps)


@contextmanager
def naming_damage(file: str) -> Iterator[None]:
    """Turns whatever a damaged body raises in the format's code, which can be anything, into an InputError."""
    try:
        yield
    except MemoryError:
        raise
    except Exception:
        raise InputError(f"{file} is damaged or cut off; save or take the picture again") from None


def turned_upright(pixels: NDArray[Any], picture: Image, steps: Steps) -> tuple[NDArray[Any], bool]:
    """Pixels (H, W, …) turned as the picture's camera data say, and whether height and width changed places."""
    turn = _TURNS.get(_orientation(picture))
    if turn is None:
        return pixels, False
    steps.done.append("turned as its camera data say")
    turns, mirrored = turn
    pixels = np.rot90(pixels, turns)
    return np.ascontiguousarray(pixels[:, ::-1] if mirrored else pixels), turns % 2 == 1


def _orientation(picture: Image) -> int:
    """How the camera was held (EXIF 1 … 8). Only for decoded pictures: PNG hides a damaged body behind it."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:  # damaged camera data say nothing about the picture itself
        return 1


_TURNS = {2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}
"""EXIF orientation → quarter turns to the left, and whether to mirror left to right thereafter."""


def _flattened(picture: Image, steps: Steps) -> Image:
    """The picture in shades of grey (mode F), transparent parts laid over what the ink stands out from."""
    flat = without_transparency(picture, None, steps)
    if flat.mode == "F":
        return flat
    if flat.mode in ("1", "L"):
        return flat.convert("F")
    colours = flat.convert("RGB")
    red, green, blue = colours.split()
    if not red.tobytes() == green.tobytes() == blue.tobytes():
        steps.done.append("made grey")
    return colours.convert("L").convert("F")


def without_transparency(picture: Image, ground: str | None, steps: Steps) -> Image:
    """The first frame of a decoded picture, transparent parts laid over the colour ``ground``.

    Pictures of 16 bits a pixel come back in mode F in [0, 255], for Pillow's own conversion would clip them.

    Args:
        ground: None is white, or black where the ink is bright.
    """
    from PIL import Image

    if getattr(picture, "n_frames", 1) > 1:
        steps.done.append("reduced to its first frame")
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_in_8_bits(np.asarray(picture).astype(np.float32), steps))
    if picture.mode not in ("LA", "La", "PA", "RGBA", "RGBa") and "transparency" not in picture.info:
        return picture
    colours = picture.convert("RGBA")
    if np.asarray(colours)[..., 3].min() < 255:
        laid_over = ground or _ground_for(np.asarray(colours))
        steps.done.append(f"laid over {laid_over} where it was transparent")
        colours = Image.alpha_composite(Image.new("RGBA", colours.size, laid_over), colours)
    return colours.convert("RGB")


def _in_8_bits(values: NDArray[np.float32], steps: Steps) -> NDArray[np.float32]:
    """Brightness (H, W) in [0, 255] of a picture with room for 16 bits a pixel, by the bits that are in use."""
    highest = float(values.max(initial=0))
    bits = next((depth for depth in DEPTHS if highest < 2**depth), DEPTHS[-1])
    if bits < DEPTHS[-1]:
        steps.done.append(f"brightened from the {bits} of 16 bits that it uses")
    return values * np.float32(255 / (2**bits - 1))


def _ground_for(colours: NDArray[np.uint8]) -> str:
    """Black where what is opaque of RGBA pixels (H, W, 4) is brighter than mid grey, else white."""
    opaque = colours[..., 3] >= OPAQUE
    ink = colours[..., :3][opaque] if opaque.any() else colours[..., :3].reshape(-1, 3)
    return "black" if ink.mean() > 127 else "white"


def open_colours(name: str, content: bytes) -> NDArray[np.uint8]:
    """A PNG, JPEG or WebP as it is looked at: (H, W, 3) of 0 to 255, what is transparent laid over white.

    Raises:
        InputError: naming the fault and the mend.
    """
    file = check_file(name, content, IMAGE_SUFFIXES, "picture", MAX_PICTURE_BYTES)
    picture, steps = open_picture(file, content, min_side=1), Steps()
    with naming_damage(file):
        picture.load()
        flat = without_transparency(picture, "white", steps)
        colours = np.asarray(flat.convert("L").convert("RGB") if flat.mode == "F" else flat.convert("RGB"))
    return turned_upright(colours, picture, steps)[0]

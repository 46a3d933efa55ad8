"""Pictures in files."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np

from sharcs_core.kinds.image.form import LONGEST_SIDE, ImageForm
from sharcs_core.kinds.image.preparing import condensed
from sharcs_core.kinds.image.raw import Values, upright, values_of, with_opacity
from sharcs_core.kinds.kind import File, Notes
from sharcs_core.readers.checks import InputError, check_file, file_name
from sharcs_core.readers.pictures import (
    IMAGE_SUFFIXES,
    MAX_PICTURE_BYTES,
    naming_damage,
    open_picture,
)
from sharcs_core.structures import Inputs, Ints

_PNG = b"\x89PNG\r\n\x1a\n"
_WHITE_16 = 2**16 - 1
_OTHERS = (
    (0, b"GIF8", "a GIF", "save the picture of it that counts as PNG"),
    (0, b"II*\x00", "a TIFF picture", "save it as PNG, which keeps all of its 16 bits"),
    (0, b"MM\x00*", "a TIFF picture", "save it as PNG, which keeps all of its 16 bits"),
    (128, b"DICM", "a DICOM file", "export the picture in it as PNG of 16 bits"),
    (4, b"ftyp", "a HEIC or AVIF picture or a film", "save the picture as JPEG or PNG"),
    (0, b"BM", "a BMP picture", "save it as PNG"),
    (0, b"8BPS", "a Photoshop file", "export it as PNG"),
)
"""Where in a file of another format its signature stands, the signature, what the file is, and the way round."""
_SVG_WITHIN = 1000
"""Bytes in which a drawing names itself, after a comment or a declaration."""


def read(form: ImageForm, name: str, content: bytes) -> tuple[Any, Notes]:
    """The picture in a PNG, JPEG or WebP file, and notes; what it needs to fit, ``prepare`` does.

    Raises:
        InputError: naming the fault and the mend.
    """
    return decode(name, content, max(LONGEST_SIDE, form.height, form.width))


def decode(name: str, content: bytes, longest: int = LONGEST_SIDE) -> tuple[Any, Notes]:
    """The same before anything is known of training pictures.

    Args:
        longest: pixels of the longer side; what is larger is scaled down by averages.

    Raises:
        InputError: naming the fault and the mend.
    """
    _refuse_other_formats(file_name(name), content)
    file = check_file(name, content, IMAGE_SUFFIXES, "picture", MAX_PICTURE_BYTES)
    picture = open_picture(file, content, min_side=1)
    size = picture.size[::-1]
    picture.draft(None, (2 * longest, 2 * longest))  # a JPEG, decoded at a fraction of its size
    with naming_damage(file):
        picture.load()
        if content.startswith(_PNG) and _is_deep(content):
            return condensed(upright(_deep_values(content), picture), longest), ()
    return condensed(values_of(picture, file), longest, size), ()


def write(form: ImageForm, inputs: Inputs, row: int) -> File:
    """One prepared picture as PNG, of 16 bits where the form has as many."""
    from PIL import Image

    pixels = np.asarray(inputs.arrays["pixels"][row])
    if pixels.dtype == np.uint16:
        pixels = np.rint(pixels * (form.white / form.top)).astype(np.uint16)
    if pixels.dtype == np.uint16 and pixels.ndim == 3:
        return File(".png", _deep_png(pixels), "image/png")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return File(".png", buffer.getvalue(), "image/png")


def _refuse_other_formats(file: str, content: bytes) -> None:
    for place, signature, what, mend in _OTHERS:
        if content[place:].startswith(signature):
            raise InputError(f"{file} is {what}, which is not read here; {mend}")
    if b"<svg" in content[:_SVG_WITHIN].lower():
        raise InputError(f"{file} is an SVG drawing, which has no pixels; export it as PNG")


# Pillow decodes and encodes colours of 8 bits alone.


def _is_deep(png: bytes) -> bool:
    """Whether a PNG has colours of 16 bits; of grey ones Pillow knows."""
    return png[24] == 16 and png[25] in (2, 6)


def _deep_values(png: bytes) -> Values:
    """Colours of 16 bits (H, W, 3 or 4), the high bytes and the low bytes decoded one after the other."""
    from PIL.PngImagePlugin import PngImageFile

    halves = []
    for order in ("B", "L"):
        picture = PngImageFile(io.BytesIO(png))
        picture.tile = [tile._replace(args=f"{picture.mode};16{order}") for tile in picture.tile]
        picture.load()
        halves.append(np.asarray(picture).astype(np.uint16))
    return Values(with_opacity(halves[0] * 256 + halves[1], picture.info.get("transparency")), _WHITE_16)


def _deep_png(pixels: Ints) -> bytes:
    """A PNG of colours of 16 bits (H, W, 3 or 4)."""
    height, width, channels = pixels.shape
    values = np.ascontiguousarray(pixels, dtype=">u2").view(np.uint8).reshape(height, -1)
    rows = np.pad(values, ((0, 0), (1, 0)))  # each begins with the number of its filter: none
    header = struct.pack(">IIBBBBB", width, height, 16, 2 if channels == 3 else 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return _PNG + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

"""Colour pictures of a bank, each kept as a lossless WebP: a fifth of what the raw pixels take.

Shapes: n pictures of H by W pixels; the files of all of them lie end to end in one array of bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import is_out_of_memory

PIXELS = "pixels"
WEBP, ENDS, SHAPE = "pixels.webp", "pixels.ends", "pixels.shape"
MAX_DECODED_BYTES = 1_000_000_000
MAX_SIDE = 4096

Arrays = Mapping[str, NDArray[Any]]


def packed(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays of inputs as a run keeps them: colour pictures (n, H, W, 3) as WebP, all else as it is.

    >>> pixels = np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3)
    >>> sorted(packed({"pixels": pixels}))
    ['pixels.ends', 'pixels.shape', 'pixels.webp']
    >>> bool((unpacked(packed({"pixels": pixels}))["pixels"] == pixels).all())
    True
    """
    pixels = arrays.get(PIXELS)
    if pixels is None or pixels.shape[3:] != (3,) or pixels.dtype != np.uint8 or not len(pixels):
        return dict(arrays)
    files = [_webp(picture) for picture in pixels]
    return {
        **{name: values for name, values in arrays.items() if name != PIXELS},
        WEBP: np.frombuffer(b"".join(files), dtype=np.uint8),
        ENDS: np.cumsum([len(file) for file in files]),
        SHAPE: np.array(pixels.shape[1:3]),
    }


def unpacked(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The inverse of :func:`packed`.

    Raises:
        ValueError: for pictures that cannot be decoded, are of another size than is declared, or take too much room.
    """
    if WEBP not in arrays:
        return dict(arrays)
    missing = [name for name in (ENDS, SHAPE) if name not in arrays]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    content, ends, shape = arrays[WEBP], arrays[ENDS], arrays[SHAPE]
    height, width = _declared(content, ends, shape)
    pixels = np.empty((len(ends), height, width, 3), dtype=np.uint8)
    starts = [0, *ends[:-1].tolist()]
    for place, (start, end) in enumerate(zip(starts, ends.tolist(), strict=True)):
        pixels[place] = _decoded(content[start:end].tobytes(), height, width)
    return {**{name: values for name, values in arrays.items() if name not in (WEBP, ENDS, SHAPE)}, PIXELS: pixels}


def _declared(content: NDArray[Any], ends: NDArray[Any], shape: NDArray[Any]) -> tuple[int, int]:
    """Height and width that the arrays declare, once it is clear that they fit together and into memory."""
    whole = content.dtype == np.uint8 and content.ndim == 1 and ends.dtype.kind == "i" and ends.ndim == 1
    if not whole or shape.shape != (2,) or shape.dtype.kind != "i":
        raise ValueError("the pictures of the bank are not as they were written")
    height, width = map(int, shape)
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"pictures must be of 1 to {MAX_SIDE} pixels a side (got {height}×{width})")
    if len(ends) * height * width * 3 > MAX_DECODED_BYTES:
        raise ValueError(f"{len(ends):,} pictures of {height}×{width} pixels are more than a run may hold")
    if not len(ends) or (np.diff(ends, prepend=0) <= 0).any() or ends[-1] != len(content):
        raise ValueError("the pictures of the bank do not lie end to end")
    return height, width


def _webp(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "WEBP", lossless=True, quality=75, method=4)
    return content.getvalue()


def _decoded(content: bytes, height: int, width: int) -> NDArray[np.uint8]:
    from PIL.WebPImagePlugin import WebPImageFile

    try:
        picture = WebPImageFile(io.BytesIO(content))  # reads the header only
        fits = picture.size == (width, height) and picture.mode == "RGB" and not picture.is_animated
        pixels = np.asarray(picture) if fits else None
    except Exception as error:  # a damaged file can fail anywhere in the format's code
        if is_out_of_memory(error):
            raise
        raise ValueError(f"a picture of the bank cannot be decoded ({error})") from None
    if pixels is None:
        raise ValueError(f"a picture of the bank is not a plain one of {height}×{width} pixels (got {picture.size})")
    return pixels

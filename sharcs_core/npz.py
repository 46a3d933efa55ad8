"""Archives of arrays from elsewhere: each array is found to be as large as it says before it takes room.

NumPy believes a header and asks for the memory that it claims, so that a damaged file looks like a small machine.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import is_out_of_memory

MAX_BYTES = 8_000_000_000
"""Of all arrays of an archive when they are unpacked."""

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
"""Version of an array's file → what reads its header."""

ERRORS = (ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What zipfile and NumPy raise for content that is no archive of arrays; of an encrypted one a RuntimeError."""


def read_arrays(path: Path, below: str = "") -> dict[str, NDArray[Any]]:
    """The arrays in an archive.

    Args:
        below: only those whose names begin so.

    Raises:
        OSError: for a file that the system does not give.
        ValueError: for content that is anything else, in a few words.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            check_sizes(parts)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files if name.startswith(below)}
    except ERRORS as error:
        if is_out_of_memory(error):
            raise
        raise ValueError(str(error) or type(error).__name__) from None


def check_sizes(parts: zipfile.ZipFile) -> None:
    """Raise one of ``ERRORS`` for an archive whose parts are no arrays, or do not have the sizes that they claim."""
    size = sum(part.file_size for part in parts.infolist())
    if size > MAX_BYTES:
        raise ValueError(f"it would take {size:,} bytes, more than may be")
    for part in parts.infolist():
        with parts.open(part) as content:
            check_header(part, content)


def check_header(part: zipfile.ZipInfo, content: IO[bytes]) -> None:
    """Raise one of ``ERRORS`` for an array, read from its start, that has not the size it claims, or holds objects."""
    shape, _, dtype = HEADERS[np.lib.format.read_magic(content)](content)
    if dtype.hasobject:
        raise ValueError(f"{part.filename} holds Python objects, which are never unpickled")
    said = math.prod(shape) * dtype.itemsize + content.tell()
    if said != part.file_size:
        raise ValueError(f"{part.filename} says that it is of {said:,} bytes and is of {part.file_size:,}")

"""How many bytes of memory a value takes, with all that it refers to."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

PROGRAM = (type, ModuleType, FunctionType, BuiltinFunctionType, CodeType)
"""What is there anyway, and no value brings along."""


def size_of(value: object, seen: set[int]) -> int:
    """Bytes of a value and of all that it refers to and that is not ``seen`` yet.

    Args:
        seen: ids of what is counted elsewhere; those of what is counted now are added.

    >>> row = np.zeros(1000)
    >>> 8000 < size_of({"row": row, "again": row[:10]}, set()) < 9000
    True
    """
    total, ahead = 0, [value]
    while ahead:
        one = ahead.pop()
        if id(one) not in seen and not isinstance(one, PROGRAM):
            seen.add(id(one))
            total += sys.getsizeof(one, 0)
            ahead += _parts(one)
    return total


def _parts(one: Any) -> list[Any]:
    """What an object refers to; Python does not see where arrays and tensors keep their numbers."""
    if isinstance(one, np.ndarray):
        return [one.base, *(one.ravel().tolist() if one.dtype.hasobject else ())]
    if hasattr(type(one), "untyped_storage"):
        return [one.untyped_storage()]
    return gc.get_referents(one)

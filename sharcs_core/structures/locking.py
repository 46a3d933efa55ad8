"""Values that many readers share must not be written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def read_only(value: T) -> T:
    """The value, all of whose arrays raise ValueError where something is written into them.

    Arrays are looked for in the fields of dataclasses, in mappings, tuples and lists.

    >>> bank = read_only({"labels": np.arange(3)})
    >>> bank["labels"][0] = 7
    Traceback (most recent call last):
    ...
    ValueError: assignment destination is read-only
    """
    for array in _arrays_of(value):
        array.flags.writeable = False
    return value


def _arrays_of(value: object) -> Iterator[NDArray[Any]]:
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _arrays_of(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _arrays_of(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _arrays_of(part)

"""What the map's chart and its script say of a selection, and how it is told to them: areas, and rows of bank sides."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sharcs_core.selections import InputTable
    from sharcs_core.structures import Codes, Ints

MOST_CORNERS = 5000
"""A hand draws no more; what has more is passed over."""
MOST_AREAS = 50
FARTHEST = 1e6
"""The map itself ends at 1."""

Corners = list[tuple[float, float]]


def areas_of(drawn: Any) -> list[Corners]:
    """The corners of what was drawn around; what is no such thing is passed over."""
    areas = drawn if isinstance(drawn, list) else []
    return [corners for corners in map(_corners, areas[:MOST_AREAS]) if 2 < len(corners) <= MOST_CORNERS]


def _corners(area: Any) -> Corners:
    points = area if isinstance(area, list) else []
    if not all(isinstance(one, list) and len(one) == 2 and all(map(_is_place, one)) for one in points):
        return []
    return [(float(x), float(y)) for x, y in points]


def _is_place(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value) and abs(value) <= FARTHEST


def by_side(table: InputTable, rows: Ints) -> dict[str, str]:
    """Selected inputs as ``<part>/<modality>`` → a bit a row of that side of the bank, the lowest first, as Base64.

    Many inputs take few letters so, in the page's data and in what the browser's tab remembers.
    """
    numbers, sides = table.sides[rows], {}
    for number, (part, modality) in enumerate(table.side_names):
        own = rows[numbers == number]
        if len(own):
            is_chosen = np.zeros(len(table.rows_of_side(part, modality)), dtype=bool)
            is_chosen[table.places[own]] = True
            bits = np.packbits(is_chosen, bitorder="little")
            sides[f"{part}/{modality}"] = base64.b64encode(bits.tobytes()).decode()
    return sides


def rows_by_side(table: InputTable, kept: Mapping[str, Any]) -> Ints:
    """The inverse of :func:`by_side`; what the run does not have is left out."""
    found: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for side, mask in kept.items():
        own = rows_of_side(table, side)
        found.append(own[_is_set(mask, len(own))])
    return np.concatenate(found)


def rows_of_side(table: InputTable, side: Any) -> Ints:
    """Rows of the inputs of ``<part>/<modality>``; none of what is no side of the run."""
    return table.rows_of_side(*str(side).partition("/")[::2])


def _is_set(mask: Any, n: int) -> Codes:
    """Which of the first ``n`` bits are set; none of what is no mask."""
    try:
        content = base64.b64decode(mask, validate=True)
    except (TypeError, ValueError, binascii.Error):
        content = b""
    return np.unpackbits(np.frombuffer(content + bytes(n), dtype=np.uint8), count=n, bitorder="little").astype(bool)

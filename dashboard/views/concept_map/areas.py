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

Corners = list[tuple[float, float]]


def areas_of(selection: Mapping[str, Any]) -> list[Corners]:
    """The corners of the boxes and lassos of a selection; what is no such thing is passed over."""
    boxes = [box for box in map(_corners, selection.get("box", ())) if len(box) == 2]
    lassos = [_corners(lasso) for lasso in selection.get("lasso", ())]
    around = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for (x0, y0), (x1, y1) in boxes]
    return [*around, *(lasso for lasso in lassos if 2 < len(lasso) <= MOST_CORNERS)]


def _corners(drawn: Mapping[str, Any]) -> Corners:
    x, y = drawn.get("x") or (), drawn.get("y") or ()
    if len(x) != len(y) or not all(isinstance(one, int | float) and isfinite(one) for one in (*x, *y)):
        return []
    return list(zip(map(float, x), map(float, y), strict=True))


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

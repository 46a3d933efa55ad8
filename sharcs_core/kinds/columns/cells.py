"""What one cell says: nothing, a number, or a word; the same for what Python, a file and a page bring.

Nothing is ``None``, NaN, or text without a letter.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AnySet
from decimal import Decimal
from numbers import Real
from typing import Any

from sharcs_core.errors import UserError

MOST_CHARACTERS = 100
"""Longer words are cut: they are answers to be told apart, not texts to be read."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_NOTHING = ("NAType", "NaTType", "MaskedConstant")
"""Types of what pandas and NumPy put where there is nothing."""
_UNSEEN = ("Cf", "Cc", "Cs")
"""Kinds of characters that show nothing, or cannot be written."""


def bare(cell: Any) -> Any:
    """A cell without NumPy's or torch's wrapping; None where it says nothing.

    Raises:
        UserError: for what cannot be one value, such as a list.

    >>> import numpy as np
    >>> bare(np.float32(0.5)), bare(float("nan")), bare(" ")
    (0.5, None, None)
    """
    if hasattr(cell, "item") and getattr(cell, "ndim", None) == 0:
        cell = cell.item()
    if isinstance(cell, str):
        return cell if cell.strip() and (cell.isprintable() or word(cell)) else None
    if cell is None or type(cell).__name__ in _NOTHING or _is_nan(cell):
        return None
    if isinstance(cell, Mapping | AnySet | list | tuple | bytes) or hasattr(cell, "__array__"):
        raise UserError(f"holds {_article(cell)}; bring one number or one word instead")
    return cell


def number_in(cell: Any) -> float | None:
    """The number that a cell from :func:`bare` says; None for words. What is beyond all numbers is infinite.

    >>> number_in("1.5"), number_in("−2e3"), number_in(True), number_in("red"), number_in("1,5")
    (1.5, -2000.0, 1.0, None, None)
    """
    if isinstance(cell, str):
        text = cell.strip().replace("−", "-")
        return float(text) if _NUMBER.fullmatch(text) else None
    if not isinstance(cell, Real | Decimal):
        return None
    try:
        return float(cell)
    except OverflowError:
        return math.inf


def is_not_finite(cell: Any) -> bool:
    """Whether a cell spells a number that is none, such as ``inf``, or is one."""
    if isinstance(cell, str):
        return bool(_NOT_FINITE.fullmatch(cell.strip()))
    number = number_in(cell)
    return number is not None and not math.isfinite(number)


def word(cell: Any) -> str:
    """A cell from :func:`bare` as a word: on one line, without what cannot be seen, not too long.

    >>> word("  dark\\n red "), word(3.0), word(0.25), word(True)
    ('dark red', '3', '0.25', 'True')
    """
    if isinstance(cell, Real | Decimal) and not isinstance(cell, bool):
        number = number_in(cell)
        return number_word(number) if number is not None and math.isfinite(number) else str(cell)
    text = str(cell)
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return unicodedata.normalize("NFC", " ".join(text.split()))[:MOST_CHARACTERS].strip()


def number_word(number: float, digits: int | None = None) -> str:
    """A finite number as people write it, exactly, or rounded to so many digits.

    >>> number_word(1230000.0), number_word(0.1), number_word(1e-9), number_word(1234.5, 2), number_word(-0.0)
    ('1230000', '0.1', '1e-09', '1200', '0')
    """
    text = repr(number) if digits is None else f"{number:.{digits}g}"
    if float(text) == 0:
        return "0"
    if "e" in text and 1e-5 <= abs(number) < 1e16:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts ``a2`` before ``a10`` and numbers before words.

    >>> sorted(["10", "9", "a10", "a2"], key=natural)
    ['9', '10', 'a2', 'a10']
    """
    parts = re.split(r"(\d+(?:\.\d+)?)", text, flags=re.ASCII)
    return tuple((0, float(part), part) if place % 2 else (1, 0.0, part) for place, part in enumerate(parts) if part)


def _is_nan(cell: Any) -> bool:
    return cell.is_nan() if isinstance(cell, Decimal) else isinstance(cell, Real) and bool(cell != cell)


def _article(cell: Any) -> str:
    kinds = {"dict": "an object", "list": "a list", "tuple": "a list", "bytes": "bytes", "ndarray": "an array"}
    return kinds.get(type(cell).__name__, f"a {type(cell).__name__}")

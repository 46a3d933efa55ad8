"""The cells of training inputs → what is known of their column.

Nothing depends on the order of the inputs: sums are taken over sorted values.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import bare, is_not_finite, natural, number_in, word
from sharcs_core.kinds.columns.column import Column

LEAST_SEEN = 3
"""A value of a category that training has less often has no place of its own: nothing can be learned of it."""

MOST_VALUES = 100
"""Places for the values of a category, the most frequent ones."""

ROUNDING = 1e-12
"""Numbers that differ by a smaller share of the largest are one number, computed in several ways."""

Cells = Sequence[Any] | NDArray[Any]


def fit_column(name: str, cells: Cells, kind: Literal["number", "category"] | None = None) -> Column:
    """A column by what its training cells say.

    ``bit`` where each is true or false; ``number`` where each is a number, as such or as text; else, and where none
    says anything, ``category``. Cells that say nothing (None, NaN, empty text) do not count; where there are any, a
    place tells them.

    Args:
        kind: what it is, whatever its cells look like.

    Raises:
        UserError: for infinite numbers, and for cells that are not one value each.

    >>> fit_column("size", ["1.5", "", 2.5]).kind, fit_column("size", ["1.5", "", 2.5]).mean
    ('number', 2.0)
    >>> fit_column("colour", ["red"] * 3 + ["blue"] * 4 + ["teal"]).values
    ('blue', 'red')
    """
    numbers_only = numbers_in(cells)
    if numbers_only is not None and kind != "category":
        present_numbers = numbers_only[~np.isnan(numbers_only)]
        return _number(name, present_numbers, len(present_numbers) < len(cells))
    if kind is not None:
        return _told(name, cells, kind)
    said = said_in(name, cells)
    present = [cell for cell in said if cell is not None]
    missing = len(present) < len(said)
    if present and all(isinstance(cell, bool) for cell in present):
        return Column(name, "bit", missing=missing)
    numbers = [number_in(cell) for cell in present]
    words = [cell for cell, number in zip(present, numbers, strict=True) if number is None]
    if present and all(is_not_finite(cell) for cell in words):
        return _number(name, np.array([math.inf if cell is None else cell for cell in numbers]), missing)
    return Column(name, "category", values=_values(Counter(word(cell) for cell in present)), missing=missing)


def _told(name: str, cells: Cells, kind: str) -> Column:
    """A column of which it is said what it is; its cells are looked at one by one, and not held."""
    n_said, numbers, counts = 0, array("d"), Counter[str]()
    for cell in _each(name, cells):
        if cell is not None and kind == "number":
            number = number_in(cell)
            numbers.append(math.inf if number is None else number)
        elif cell is not None:
            counts[word(cell)] += 1
        n_said += cell is not None
    missing = n_said < len(cells)
    if kind == "number":
        return _number(name, np.frombuffer(numbers) if numbers else np.zeros(0), missing)
    return Column(name, "category", values=_values(counts), missing=missing)


def numbers_in(cells: Cells) -> NDArray[np.float64] | None:
    """The cells of an array of numbers, NaN where it says nothing; None for any other cells."""
    is_array = isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf"
    return np.asarray(cells, dtype=np.float64) if is_array else None


def said_in(name: str, cells: Cells, where: Callable[[int], str] | None = None) -> list[Any]:
    """What each cell says, None where it says nothing.

    Args:
        where: number of a cell → how to name its row in an error.

    Raises:
        UserError: for cells that are not one value each.
    """
    return list(_each(name, cells, where))


def _each(name: str, cells: Cells, where: Callable[[int], str] | None = None) -> Iterator[Any]:
    """What each cell says, one by one; raises as :func:`said_in` does."""
    for row, cell in enumerate(cells):
        try:
            said = bare(cell)
        except UserError as error:
            raise UserError(f"{where(row) + ': ' if where else ''}{name} {error}") from None
        yield said


def _number(name: str, numbers: NDArray[np.float64], missing: bool) -> Column:
    if not np.isfinite(numbers).all():
        raise UserError(f"{name} holds numbers that are not finite; write finite ones, or leave the cell empty")
    mean, scale = _spread(np.sort(numbers))
    return Column(name, "number", mean=mean, scale=scale, missing=missing)


def _spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of sorted numbers; the latter 1 or more where they differ by nothing but rounding."""
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return 0.0, 1.0
    shares = values / largest  # so that squares of what is huge or tiny stay numbers
    mean = float(shares.mean())
    if np.ptp(shares) <= ROUNDING:
        return mean * largest, max(1.0, ROUNDING * largest)
    deviation = float(np.sqrt(((shares - mean) ** 2).mean())) * largest
    return mean * largest, deviation or 1.0


def _values(counts: Counter[str]) -> tuple[str, ...]:
    """The words that have a place of their own, in natural order."""
    often = [value for value, count in counts.items() if count >= LEAST_SEEN]
    first = sorted(often, key=lambda value: (-counts[value], natural(value)))
    return tuple(sorted(first[:MOST_VALUES], key=natural))

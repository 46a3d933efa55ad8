"""Long lists page by page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def n_pages(n: int, per_page: int) -> int:
    """How many pages so many things take; one where there is none.

    >>> n_pages(0, 12), n_pages(12, 12), n_pages(13, 12)
    (1, 1, 2)
    """
    return max(1, math.ceil(n / per_page))


def on_page(things: Sequence[T], page: int, per_page: int) -> Sequence[T]:
    """What stands on a page, counted from 1.

    >>> on_page("abcdefg", 2, 3), on_page("abcdefg", 3, 3)
    ('def', 'g')
    """
    return things[(page - 1) * per_page : page * per_page]

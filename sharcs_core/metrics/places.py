"""How good it is to say that something is read in some parts of an input and not in others.

Signed shares of parts, as :mod:`sharcs_core.structures.where` has them. Shapes: P parts, S steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Floats, Ints


def removal_order(shares: Any) -> Ints:
    """The parts (P,) by what they speak for, the most first; equals in their own order.

    >>> removal_order([0.1, -0.2, 0.7]).tolist()
    [2, 0, 1]
    """
    order: Ints = np.argsort(-np.asarray(shares, dtype=np.float64), kind="stable")
    return order


def kept_in_steps(order: Ints, n_steps: int) -> Codes:
    """Which parts are left while they are taken away in that order, evenly, (S + 1, P): first all, in the end none.

    Raises:
        ValueError: for fewer than one step.

    >>> kept_in_steps(np.array([2, 0, 1]), 3).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0], [0, 1, 0], [0, 0, 0]]
    """
    if n_steps < 1:
        raise UserError(f"Parts are taken away in 1 step or more (got {n_steps})")
    n_taken = np.rint(np.arange(n_steps + 1) / n_steps * len(order)).astype(int)
    rank = np.empty(len(order), dtype=int)
    rank[np.asarray(order)] = np.arange(len(order))
    kept: Codes = rank[None] >= n_taken[:, None]
    return kept


def points_at(shares: Any, inside: Any) -> float:
    """Whether the part that has most evidence, for or against, is among those that are ``inside`` (P,) (Zhang et al.
    2018, the pointing game); of several that have as much, the share of them that is.

    Raises:
        ValueError: for no parts, or unequal lengths.

    >>> points_at([0.2, -0.6, 0.2], [False, True, False]), points_at([0.5, 0.5], [True, False])
    (1.0, 0.5)
    """
    amounts, inner = _pair(shares, inside)
    return float(inner[amounts == amounts.max()].mean())


def share_inside(shares: Any, inside: Any) -> float:
    """How much of the evidence, for or against, is in the parts that are ``inside`` (P,); 0 where there is none.

    Raises:
        ValueError: for no parts, or unequal lengths.

    >>> share_inside([0.25, -0.5, 0.25], [False, True, True])
    0.75
    """
    amounts, inner = _pair(shares, inside)
    total = amounts.sum()
    return float(amounts[inner].sum() / total) if total > 0 else 0.0


def _pair(shares: Any, inside: Any) -> tuple[Floats, Codes]:
    amounts, inner = np.abs(np.asarray(shares, dtype=np.float64)), np.asarray(inside, dtype=bool)
    if amounts.shape != inner.shape or not amounts.size:
        raise ValueError(f"Shares need as many marks, and one at least (got {amounts.shape} and {inner.shape})")
    return amounts, inner


def rank_correlation(first: Any, second: Any) -> float:
    """Spearman's correlation of two maps over the same parts (P,), in [-1, 1]; 0 where one of them is even.

    Raises:
        ValueError: for fewer than two parts, or unequal lengths.

    >>> round(rank_correlation([1, 2, 3], [2, 4, 9]), 6), rank_correlation([1, 2, 3], [1, 1, 1])
    (1.0, 0.0)
    """
    from scipy.stats import rankdata

    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 1 or len(one) < 2:
        raise ValueError(f"Two maps of two parts at least are compared (got {one.shape} and {other.shape})")
    ranks = [rankdata(values) - (len(one) + 1) / 2 for values in (one, other)]
    spread = np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1])
    return float(ranks[0] @ ranks[1] / spread) if spread > 0 else 0.0

"""Accuracy against how much is missing, noisy or set right, and one number for a whole curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.metrics.classification import checked_pair


def missing_rate_curve(right_full: Any, right_missing: Any, rates: Sequence[float]) -> list[float]:
    """Expected accuracy when a share of the samples, drawn at random, misses a modality.

    Exact rather than drawn: each sample misses it with probability r, so the expectation over all draws is
    (1 − r) · accuracy with everything + r · accuracy without.

    Args:
        right_full: (n,) Boolean, whether each sample is predicted rightly when nothing is missing.
        right_missing: (n,) the same when the modality is missing.
        rates: shares r in [0, 1].

    Raises:
        ValueError: for no samples, unequal lengths, or a rate outside [0, 1].

    >>> missing_rate_curve([True, True], [True, False], [0, 0.5, 1])
    [1.0, 0.75, 0.5]
    """
    full, missing = checked_pair(right_full, right_missing)
    wrong = [rate for rate in rates if not 0 <= rate <= 1]
    if wrong:
        raise UserError(f"A missing rate lies between 0 and 1 (got {wrong[0]})")
    with_all, without = float(np.mean(full.astype(bool))), float(np.mean(missing.astype(bool)))
    return [(1 - rate) * with_all + rate * without for rate in rates]


def area(values: Sequence[float]) -> float:
    """Mean of a curve's values: the area under accuracy against an evenly spaced count, as a share.

    A step under each value is as wide as the next, so a curve that is 1 everywhere has area 1.

    Raises:
        ValueError: for an empty curve or a value outside [0, 1].

    >>> area([0.5, 0.75, 1.0])
    0.75
    """
    curve = np.asarray(values, dtype=np.float64)
    if curve.ndim != 1 or not len(curve) or not ((curve >= 0) & (curve <= 1)).all():
        raise ValueError(f"A curve needs at least one value, all between 0 and 1 (got {curve.tolist()})")
    return float(curve.mean())

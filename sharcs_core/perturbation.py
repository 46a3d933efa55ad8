"""Noise on inputs, by level: 0 leaves them as they are, at 1 little of them is left."""

from __future__ import annotations

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds import check_arrays, known_kind
from sharcs_core.structures import Inputs


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, *, positions: bool = False) -> Inputs:
    """The inputs under noise of a level in [0, 1], as their kind has it; the given ones stay as they are.

    Arrays for display only (a superpixel's ``segments``) stay.

    Args:
        rng: draws all the noise.
        positions: whether their encoder goes by where things are, as its settings say.

    Raises:
        UserError: for a level outside [0, 1], and for inputs that are not kept.

    >>> words = Inputs("text", {"tokens": np.array([[1, 2, 0]])})
    >>> perturb(words, 1.0, np.random.default_rng(0)).arrays["tokens"].tolist()
    [[2, 1, 0]]
    """
    if not 0 <= level <= 1:
        raise UserError(f"The level of noise lies between 0 (none) and 1 (all) (got {level})")
    if level == 0 or not len(inputs):
        return inputs
    check_arrays(inputs)
    return Inputs(inputs.kind, {**inputs.arrays, **known_kind(inputs.kind).perturb(inputs, level, rng, positions)})

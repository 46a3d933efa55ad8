"""Which samples are trained on, chosen on and tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import MAX_SEED
from sharcs_core.errors import UserError
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.given.sequences import cells_of, check_length, is_present

SPLITS = ("train", "validation", "test")
DEALT = ("train", "train", "test", "train", "train", "validation", "train", "train", "test", "train")
"""How samples are dealt out where no split is given: 70, 10 and 20 of 100, and some of every two to training."""
NO_LABEL = "\0"
"""Stands for what no class is called."""
FEWEST = 2
"""Samples of a class, and whole ones of every split; with fewer nothing can be learned or measured."""


def drawn_split(labels: Sequence[str | None], inputs: Mapping[str, Sequence[Any]], seed: int) -> NDArray[np.str_]:
    """A split drawn by the seed, (n,), in which classes and gaps have the shares that they have in all.

    Samples are dealt out as ``DEALT`` says, class after class and gap after gap, in an order that is drawn.
    """
    if not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise UserError(f"seed must be a whole number from 0 to {MAX_SEED:,} (got {shown(seed)})")
    rng = np.random.default_rng(seed)
    number = np.unique(np.array([NO_LABEL if label is None else label for label in labels]), return_inverse=True)[1]
    of_class = rng.permutation(number.max() + 1)[number]
    gaps = np.stack([is_present(rows) for rows in inputs.values()])
    order = np.lexsort((rng.permutation(len(labels)), *gaps, of_class))
    split = np.empty(len(labels), dtype="U10")
    split[order] = np.resize(np.array(DEALT), len(labels))
    return split


def split_of(split: Any, n: int) -> NDArray[np.str_]:
    parts = [str(cell) for cell in cells_of("The split", split)]
    check_length("the split", parts, n)
    unknown = sorted(set(parts) - set(SPLITS))
    if unknown:
        raise UserError(f"The split of a sample must be one of {list(SPLITS)} (got {shown(unknown[0])})")
    return np.array(parts)

"""Which pictures of MNIST train, validate and test: what the tasks made from it have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.data.mnist import DataError
from sharcs_core.structures import Ints

DATA_LICENSE = Path(__file__).with_name("DATA-LICENSE")
MIN_PICTURES = 60  # so that the validation part is not a handful
VALIDATION_SHARE = 0.05
FIXED_PAIRING_SEED = 0  # validation, test and bank pairings are the same for every training seed
PARTS = {"train": "train", "validation": "train", "test": "test"}
"""Split → the part of MNIST that it is taken from."""


def split_rows(arrays: Mapping[str, NDArray[Any]], seed: int, n_train: int | None = None) -> dict[str, Ints]:
    """The rows of its part of MNIST that each split is made of, sorted.

    Args:
        arrays: as :func:`~sharcs_core.data.mnist.load_mnist` returns them.
        seed: of the choice of the validation pictures, 5 % of the training part, and of ``n_train``.
        n_train: so many of the pictures left to train on, the fewer among the more; None is all.

    Raises:
        DataError: for fewer than ``MIN_PICTURES`` pictures.
        ValueError: for an ``n_train`` that the pictures do not allow.
    """
    n_pictures = {part: len(arrays[f"{part}_labels"]) for part in ("train", "test")}
    if min(n_pictures.values()) < MIN_PICTURES:
        raise DataError(f"There must be at least {MIN_PICTURES} pictures to train and to test on (got {n_pictures})")
    order = np.random.default_rng(seed).permutation(n_pictures["train"])
    n_validation = round(VALIDATION_SHARE * len(order))
    rest = order[n_validation:]
    if n_train is not None and not 2 <= n_train <= len(rest):
        raise ValueError(f"n_train must be 2 … {len(rest)} with these {len(order)} training pictures (got {n_train})")
    return {
        "train": np.sort(rest[:n_train]),
        "validation": np.sort(order[:n_validation]),
        "test": np.arange(n_pictures["test"]),
    }

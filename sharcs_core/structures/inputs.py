"""Arrays, and the inputs of one kind that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Strings = NDArray[np.str_]
Codes = NDArray[np.bool_]

THRESHOLD = 0.5
"""A concept is *on* above this activation; the pattern of concepts that are on is the code."""

FIELDS: dict[str, tuple[str, ...]] = {
    "tabular": ("values",),
    "image": ("pixels",),
    "graph": ("nodes", "n_nodes", "neighbours"),
    "text": ("tokens",),
}
"""The arrays that an input of each kind of modality must bring."""


@dataclass(frozen=True)
class Inputs:
    """Many inputs of one kind, as arrays that share their first axis.

    ``tabular``: ``values`` (n, F) float. ``image``: ``pixels`` (n, H, W) or (n, H, W, 3) uint8.
    ``graph``: ``nodes`` (n, N, F) float, zero beyond ``n_nodes`` (n,), and ``neighbours`` (n, N, D), the
    nodes each node listens to, -1 where there are fewer. ``text``: ``tokens`` (n, L), 0 where there is none.
    Further arrays (a superpixel's ``segments``, say) travel along and are for display only.

    Raises:
        ValueError: for an unknown kind, a missing array, or arrays of unequal length.

    >>> rows = Inputs("tabular", {"values": np.eye(3)})
    >>> len(rows), rows.take([2, 0]).arrays["values"].tolist()
    (3, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    """

    kind: str
    arrays: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        if self.kind not in FIELDS:
            raise UserError(f"Unknown kind of modality {self.kind!r}; choose one of {sorted(FIELDS)}")
        missing = [name for name in FIELDS[self.kind] if name not in self.arrays]
        if missing:
            raise ValueError(f"Inputs of kind {self.kind!r} need {list(FIELDS[self.kind])} (missing {missing})")
        lengths = {name: len(values) for name, values in self.arrays.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The arrays of inputs must be of equal length (got {lengths})")

    def __len__(self) -> int:
        return len(self.arrays[FIELDS[self.kind][0]])

    def take(self, index: Any) -> Inputs:
        """The inputs at ``index`` (integers, a Boolean mask or a slice), in that order."""
        chosen = slice(index.start, index.stop, index.step) if isinstance(index, slice) else np.asarray(index)
        return Inputs(self.kind, {name: values[chosen] for name, values in self.arrays.items()})

"""Arrays, and the inputs of one kind that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Strings = NDArray[np.str_]
Codes = NDArray[np.bool_]

WITHHELD = "withheld"
"""The one array (n, 0) of inputs of which nothing is kept but how many there are."""

THRESHOLD = 0.5
"""A concept is *on* above this activation; the pattern of concepts that are on is the code."""


@dataclass(frozen=True)
class Inputs:
    """Many inputs of one kind, as arrays that share their first axis.

    ``tabular``: ``values`` (n, F) float. ``image``: ``pixels`` (n, H, W) or (n, H, W, 3) uint8.
    ``graph``: ``nodes`` (n, N, F) float, zero beyond ``n_nodes`` (n,), and ``neighbours`` (n, N, D), the
    nodes each node listens to, -1 where there are fewer; or, instead of these, ``edges`` (n, E, 2), from and to,
    -1 beyond, with ``edge_values`` (n, E, any) where edges say something. ``text``: ``tokens`` (n, L), 0 where there
    is none. Further arrays (a superpixel's ``segments``, say) travel along and are for display only.

    Raises:
        ValueError: for no array, or arrays of unequal length; which arrays a kind needs, :mod:`sharcs_core.kinds` says.

    >>> rows = Inputs("tabular", {"values": np.eye(3)})
    >>> len(rows), rows.take([2, 0]).arrays["values"].tolist()
    (3, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    """

    kind: str
    arrays: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.arrays.items()}
        if not lengths:
            raise ValueError("Inputs need an array at least (got none)")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The arrays of inputs must be of equal length (got {lengths})")

    @classmethod
    def withheld(cls, kind: str, n: int) -> Inputs:
        """``n`` inputs of which nothing is kept; whoever draws, reads or measures inputs asks ``is_kept`` first."""
        return cls(kind, {WITHHELD: np.zeros((n, 0), dtype=np.uint8)})

    @property
    def is_kept(self) -> bool:
        """Whether the inputs themselves are here, and not only that there were so many."""
        return WITHHELD not in self.arrays

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def take(self, index: Any) -> Inputs:
        """The inputs at ``index`` (integers, a Boolean mask or a slice), in that order."""
        chosen = slice(index.start, index.stop, index.step) if isinstance(index, slice) else np.asarray(index)
        return Inputs(self.kind, {name: values[chosen] for name, values in self.arrays.items()})

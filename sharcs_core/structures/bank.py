"""Concepts of a part of one split, kept to be looked at and to answer queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UnknownError
from sharcs_core.structures.inputs import Floats, Inputs, Ints, Strings

Found = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Rows (n, k), nearest first, and their distances (n, k); row -1 at distance infinity where there are fewer."""


class NeighbourIndex(Protocol):
    """What finds the rows of one side of a bank that are nearest to given points, in whichever way."""

    def nearest(self, points: Floats, k: int) -> Found:
        """The ``k`` rows nearest to each of the points (n, T), of equals the lower first; an engine may miss some."""


@dataclass(frozen=True)
class BankSide:
    """What a bank holds of one modality; row i belongs to the bank's sample i.

    Attributes:
        ids: (n,) such as ``train/01234/image``.
        inputs: the originals, for display; withheld where a run keeps nothing of them.
        semantics, sources: (n,) as in :class:`Split`.
        local: (n, K) local concepts in [0, 1].
        shared: (n, T) shared concepts in [0, 1].
        maps: projection method → (n, 2) coordinates on the map of the run.
        described: other modality → (n, T) shared concepts of the same content rendered there.
        index: an engine that finds neighbours among these very ``shared``; None is exact search.
    """

    ids: Strings
    inputs: Inputs
    semantics: Ints
    sources: Ints
    local: Floats
    shared: Floats
    maps: Mapping[str, Floats] = field(default_factory=dict)
    described: Mapping[str, Floats] = field(default_factory=dict)
    index: NeighbourIndex | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Bank:
    """Concepts and originals of a part of one split, sample by sample.

    Only the bank of the training split answers queries; the one of the test split holds unseen samples
    to look at.

    Attributes:
        traits: (n, A) as in :class:`Split`; None where nothing is said, or none of it may be kept.
    """

    sample_ids: Strings
    labels: Ints
    sides: Mapping[str, BankSide]
    traits: Ints | None = None

    def __len__(self) -> int:
        return len(self.sample_ids)

    def __contains__(self, sample_id: object) -> bool:
        return bool((self.sample_ids == sample_id).any())

    def row(self, sample_id: str) -> int:
        """Row of a sample. Raises UnknownError, a KeyError, for an id that is not here."""
        found = np.flatnonzero(self.sample_ids == sample_id)
        if not len(found):
            raise UnknownError(f"No sample {sample_id!r} in this bank; ids look like {str(self.sample_ids[0])!r}")
        return int(found[0])

    @property
    def is_kept(self) -> bool:
        """Whether the originals are here."""
        return all(side.inputs.is_kept for side in self.sides.values())

    def shared(self) -> dict[str, Floats]:
        """Shared concepts of every modality, (n, T) each."""
        return {name: side.shared for name, side in self.sides.items()}


def without_originals(bank: Bank, test_bank: Bank) -> tuple[Bank, Bank]:
    """Both banks of a run without inputs, traits, ids and the numbers of what inputs were made from.

    Samples are numbered in the order of their bank, sources as they come up: which of them are equal is still told,
    across modalities and across both banks.
    """
    numbers: dict[int, int] = {}
    return _numbered(bank, "train", numbers), _numbered(test_bank, "unseen", numbers)


def _numbered(bank: Bank, part: str, numbers: dict[int, int]) -> Bank:
    ids = np.array([f"{part}/{row:05d}" for row in range(len(bank))], dtype=np.str_)
    sides = {
        name: replace(
            side,
            ids=np.char.add(ids, f"/{name}"),
            inputs=Inputs.withheld(side.inputs.kind, len(bank)),
            sources=np.array([numbers.setdefault(int(one), len(numbers)) for one in side.sources], dtype=np.int64),
        )
        for name, side in bank.sides.items()
    }
    return replace(bank, sample_ids=ids, sides=sides, traits=None)

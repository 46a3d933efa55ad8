"""Whether training has what edits make, and the real samples that show it.

Shapes: n training samples, m bank samples, T shared concepts. The concepts of one sample are a mapping modality → (T,).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core.counterfactuals import training_codes
from sharcs_core.errors import UserError
from sharcs_core.neighbours import nearest_rows
from sharcs_core.retrieval import side_of
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats, Ints

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


MOST_CONTRASTED = 5_000
"""Inputs of either state, the clearest, among which the pair that differs in little else is searched for."""


@dataclass(frozen=True)
class Occurrence:
    """How often training has the code that a sample's concepts make.

    Attributes:
        n_samples: training samples there are.
        alone: modality → how many of its training inputs have its code.
        together: training samples that have all of these codes at once.
    """

    n_samples: int
    alone: Mapping[str, int]
    together: int

    @property
    def unseen(self) -> tuple[str, ...]:
        """The modalities whose code no training input has."""
        return tuple(name for name, count in self.alone.items() if not count)


@dataclass(frozen=True)
class RealSample:
    """A sample of the bank that resembles given concepts.

    Attributes:
        row: its place in the bank.
        distance: Euclidean, the mean over the modalities that are given.
        same: the modalities in which it has the very code.
    """

    row: int
    sample_id: str
    distance: float
    same: tuple[str, ...]


def occurrence_of(run: Run, shared: Mapping[str, Floats]) -> Occurrence:
    """How often training has the codes of a sample's concepts, each alone and all together.

    Raises:
        ValueError: where every modality is absent, or for one that the run lacks.
    """
    codes = training_codes(run)
    unknown = [name for name in shared if name not in codes]
    if unknown or not shared:
        raise UserError(f"Give the concepts of at least one of {list(codes)} (got {list(shared)})")
    same = {name: _has_code(codes[name], concepts) for name, concepts in shared.items()}  # (n,) each
    together = np.logical_and.reduce(list(same.values()))
    return Occurrence(
        n_samples=len(together),
        alone={name: int(own.sum()) for name, own in same.items()},
        together=int(together.sum()),
    )


def nearest_samples(
    run: Run,
    shared: Mapping[str, Floats],
    *,
    edited: Collection[str] = (),
    k: int = 3,
    exclude: int | None = None,
) -> tuple[RealSample, ...]:
    """The ``k`` bank samples that show a sample's concepts best.

    First come those that have the very code in most of the ``edited`` modalities, of these those that have it in
    most of the others, and of these the nearest; equal ones by lower row.

    Args:
        shared: modality → (T,) of what is compared.
        exclude: the bank sample that is left out, since it is the sample itself.

    Raises:
        ValueError: for ``k`` below 1, where every modality is absent, or for one that the bank lacks.
    """
    sides = run.bank.sides
    if k < 1:
        raise UserError(f"k must be at least 1 (got {k})")
    if not shared or not set(shared) <= set(sides):
        raise UserError(f"Give the concepts of at least one of {list(sides)} (got {list(shared)})")
    same = {name: _has_code(sides[name].shared > THRESHOLD, concepts) for name, concepts in shared.items()}  # (m,)
    apart = [np.linalg.norm(sides[name].shared - np.asarray(concepts), axis=1) for name, concepts in shared.items()]
    distance = np.mean(apart, axis=0)  # (m,)
    n_same_edited = np.sum([same[name] for name in shared if name in edited], axis=0) + np.zeros(len(distance))
    n_same = np.sum(list(same.values()), axis=0)
    order = _first((distance, -n_same, -n_same_edited), k + 1)
    return tuple(
        RealSample(
            int(row),
            str(run.bank.sample_ids[row]),
            float(distance[row]),
            tuple(name for name, own in same.items() if own[row]),
        )
        for row in order[order != exclude][:k]
    )


def contrast(bank: Bank, modality: str, concept: int) -> tuple[int | None, int | None]:
    """Two bank rows that differ in one concept, which is off in the first and on in the second, and in little else.

    Only inputs that are at least as clear about it as half of those of their kind are looked at, of more than
    ``MOST_CONTRASTED`` the clearest so many; of all pairs of them
    the one whose other concepts are nearest, equal ones by lower rows. None stands for a state that no input has.

    Raises:
        ValueError: for a modality or a concept that the bank lacks.
    """
    shared = np.asarray(side_of(bank, modality).shared, dtype=np.float64)
    if not 0 <= concept < shared.shape[1]:
        raise UserError(f"{modality!r} has concepts 0 to {shared.shape[1] - 1} (got {concept})")
    own, others = shared[:, concept], np.delete(shared, concept, axis=1)
    off, on = (_clearest(own, np.flatnonzero((own > THRESHOLD) == is_on)) for is_on in (False, True))
    if not len(off) or not len(on):
        return (int(off[0]) if len(off) else None), (int(on[0]) if len(on) else None)
    nearest, distances = nearest_rows(others[off], others[on], k=1)
    place = int(distances[:, 0].argmin())
    return int(off[place]), int(on[nearest[place, 0]])


def _clearest(activations: Floats, rows: Ints) -> NDArray[np.int64]:
    """Of some rows the half whose activations (n,) of a concept are farthest from the threshold."""
    margins = np.abs(activations[rows] - THRESHOLD)
    clear = rows[margins >= np.median(margins)] if len(rows) else rows
    if len(clear) > MOST_CONTRASTED:
        clear = np.sort(rows[np.argsort(-margins, kind="stable")[:MOST_CONTRASTED]])
    return np.asarray(clear, dtype=np.int64)


def _first(keys: Sequence[Floats], k: int) -> NDArray[np.int64]:
    """The first ``k`` rows by keys (m,), the last of which counts most, as ``np.lexsort`` has them; equal ones by row.

    Key by key only those rows are left that can be among them, so that a large bank is not sorted.
    """
    left, certain = np.arange(len(keys[0])), k
    first: list[NDArray[np.int64]] = []
    for key in reversed(keys):
        if len(left) <= certain:
            break
        limit = np.partition(key[left], certain - 1)[certain - 1]
        surely = left[key[left] < limit]
        first.append(surely)
        left, certain = left[key[left] == limit], certain - len(surely)
    rows = np.concatenate([*first, left[:certain]])
    return rows[np.lexsort([key[rows] for key in keys])]


def _has_code(codes: Codes, concepts: Floats) -> Codes:
    """Which of the codes (n, T) are that of concepts (T,), (n,)."""
    same: Codes = (codes == (np.asarray(concepts) > THRESHOLD)).all(1)
    return same

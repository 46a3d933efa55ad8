"""What is to be said of some inputs: how many of what, what sets them apart from the rest, and which are strays.

Shapes: n inputs of all modalities, m of them chosen, T shared concepts, k semantics keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.meanings import UNKNOWN
from sharcs_core.selections.inputs import Fault, InputTable, groups_of
from sharcs_core.structures import THRESHOLD, Codes, Ints, Strings

CLEAR = 0.25
"""A concept sets inputs apart if it is on in a share of them that differs by so much from the share of the others."""

SURE = 3.0
"""So many standard errors must such a difference be, or a few inputs would differ by chance."""


@dataclass(frozen=True)
class GroupCount:
    """How many of the chosen inputs are of one group, in all and by modality; group -1 is of those not known."""

    group: int
    n: int
    by_modality: Mapping[str, int]


@dataclass(frozen=True)
class ConceptShare:
    """A concept, and the shares of inputs that it is on in: among the chosen, and among the others."""

    concept: int
    here: float
    elsewhere: float


@dataclass(frozen=True)
class Selection:
    """What is to be said of some inputs.

    Attributes:
        n: how many they are; ``n_samples``: of how many samples.
        counts: by group, the most frequent first.
        n_wrong: those whose sample is answered wrong; ``n_misread``: those of them that are misread.
        majority: the group of more than half of them, if there is one.
        concepts: those that set them apart from the others, the clearest first.
        strays: rows of those that are known to be of another group than the majority, the misread ones first.
        others: the other rows.
    """

    n: int
    n_samples: int
    counts: tuple[GroupCount, ...]
    n_wrong: int
    n_misread: int
    majority: int | None
    concepts: tuple[ConceptShare, ...]
    strays: Ints
    others: Ints

    @property
    def n_right(self) -> int:
        """Those whose sample is answered right."""
        return self.n - self.n_wrong

    @property
    def rows(self) -> NDArray[np.int64]:
        """All of them, the strays first."""
        return np.concatenate([self.strays, self.others])


def describe_selection(table: InputTable, chosen: Ints, group_of_key: Ints, among: Codes | None = None) -> Selection:
    """What is to be said of the chosen rows (m,) of a table.

    Args:
        group_of_key: (k,) the group that inputs of each key are counted in.
        among: (n,) the inputs whose rest the chosen are compared with; all by default.

    Raises:
        ValueError: for no rows at all.
    """
    chosen = np.asarray(chosen, dtype=np.int64)
    if not len(chosen):
        raise UserError("There is nothing to say of a selection of no inputs; choose some")
    groups = groups_of(table.keys[chosen], group_of_key)
    counts = _counts(groups, table.modalities[chosen])
    majority = counts[0].group if counts[0].n > len(chosen) / 2 and counts[0].group != UNKNOWN else None
    is_stray = (groups != majority) & (groups != UNKNOWN) & (majority is not None)
    strays = chosen[is_stray]
    return Selection(
        n=len(chosen),
        n_samples=len(np.unique(table.sample_ids[chosen])),
        counts=counts,
        n_wrong=int(table.is_wrong[chosen].sum()),
        n_misread=int((table.faults[chosen] == Fault.MISREAD).sum()),
        majority=majority,
        concepts=_apart(table.shared > THRESHOLD, chosen, among),
        strays=strays[np.argsort(-table.faults[strays], kind="stable")],
        others=chosen[~is_stray],
    )


def share_in_words(share: ConceptShare, names: Sequence[str]) -> str:
    """A concept's two shares, such as ``metal: on in all of these, in 48 % of the others``.

    >>> share_in_words(ConceptShare(0, 1.0, 0.483), ["metal"])
    'metal: on in all of these, in 48 % of the others'
    """
    here, elsewhere = (_percent(value) for value in (share.here, share.elsewhere))
    return f"{names[share.concept]}: on in {here} of these, in {elsewhere} of the others"


def summed(counts: Sequence[GroupCount]) -> GroupCount:
    """The counts of several groups together, as of the first of them."""
    names = counts[0].by_modality
    by_modality = {name: sum(count.by_modality[name] for count in counts) for name in names}
    return GroupCount(counts[0].group, sum(by_modality.values()), by_modality)


def _counts(groups: Ints, modalities: Strings) -> tuple[GroupCount, ...]:
    names = np.unique(modalities)
    found, of_input = np.unique(groups, return_inverse=True)
    table = np.array([np.bincount(of_input[modalities == name], minlength=len(found)) for name in names])
    counts = [
        GroupCount(int(group), int(own.sum()), {str(name): int(n) for name, n in zip(names, own, strict=True)})
        for group, own in zip(found, table.T, strict=True)
    ]
    return tuple(sorted(counts, key=lambda count: -count.n))


def _apart(is_on: Codes, chosen: Ints, among: Codes | None) -> tuple[ConceptShare, ...]:
    """The concepts that are on in clearly more, or clearly fewer, of the chosen rows of ``is_on`` (n, T)."""
    is_rest = np.ones(len(is_on), dtype=bool) if among is None else among.copy()
    is_rest[chosen] = False
    m, n_rest = len(chosen), int(is_rest.sum())
    if not n_rest:
        return ()
    here, elsewhere = is_on[chosen].mean(0), is_on[is_rest].mean(0)
    share = (m * here + n_rest * elsewhere) / (m + n_rest)
    error = np.sqrt(share * (1 - share) * (1 / m + 1 / n_rest))
    gap = np.abs(here - elsewhere)
    order = np.argsort(-gap, kind="stable")
    return tuple(
        ConceptShare(int(t), float(here[t]), float(elsewhere[t]))
        for t in order
        if gap[t] >= CLEAR and gap[t] >= SURE * error[t]
    )


def _percent(share: float) -> str:
    """A share of inputs in words; none and all are said only of exactly these."""
    if share in (0, 1):
        return "all" if share else "none"
    return f"{min(max(round(100 * share), 1), 99)} %"

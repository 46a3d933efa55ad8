"""Where two runs of one task differ, and which differences are more than noise.

Two runs are compared on the unseen samples that both keep, sample by sample; whether one of them is really the better
is McNemar's question (Psychometrika 1947), answered exactly. Figures that were measured apart, each with a standard
error of its own, are told apart by :func:`is_beyond_noise`, the one rule of every table.

Shapes: n unseen samples of a run, N those that both runs keep.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.named import counted
from sharcs_core.structures import Bank, BankSide, Codes, Inputs, Ints

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

N_ERRORS = 2.0
"""A difference counts when it is more than so many standard errors of itself."""
CHANCE = 0.05
"""A difference that comes about by chance less often than this is beyond it."""

FIRST, SECOND, NEITHER = "first", "second", "neither"
"""Which of two runs is right where they differ."""


# figures, each with its noise


def error_of_share(share: float, n: int) -> float:
    """Standard error of a share that was counted on ``n`` samples. Raises ValueError for no samples.

    >>> round(error_of_share(0.9, 100), 3)
    0.03
    """
    if n < 1:
        raise ValueError(f"A share is of one sample at least (got {n})")
    inside = min(max(share, 0.0), 1.0)
    return math.sqrt(inside * (1 - inside) / n)


def is_beyond_noise(difference: float, errors: tuple[float | None, float | None]) -> bool:
    """Whether two figures lie further apart than two standard errors of their difference.

    Args:
        errors: the standard error of each; with one that is not known, nothing is beyond noise.

    >>> is_beyond_noise(0.05, (0.03, 0.0)), is_beyond_noise(-0.07, (0.03, 0.0)), is_beyond_noise(1.0, (0.0, None))
    (False, True, False)
    """
    first, second = errors
    if first is None or second is None:
        return False
    return abs(difference) > N_ERRORS * math.hypot(first, second)


# two runs, sample by sample


@dataclass(frozen=True)
class Difference:
    """An unseen sample to which two runs give different answers.

    Attributes:
        rows: the sample's row among the unseen samples of each run.
        label: its true class. answers: the class that each run predicts.
    """

    sample_id: str
    rows: tuple[int, int]
    label: int
    answers: tuple[int, int]

    @property
    def right(self) -> str:
        """Which run is right: ``first``, ``second`` or ``neither``."""
        if self.label not in self.answers:
            return NEITHER
        return FIRST if self.answers[0] == self.label else SECOND


@dataclass(frozen=True)
class Comparison:
    """Two runs on the unseen samples that both keep.

    Attributes:
        n_common: how many both keep, with the same inputs and the same truth.
        n_unlike: how many bear the same id in both and hold something else.
        differences: those that the runs answer differently, in the order of the first run.
    """

    n_common: int
    n_unlike: int
    differences: tuple[Difference, ...]

    def n_right(self, which: str) -> int:
        """On how many of the differences ``first``, ``second`` or ``neither`` is right."""
        return len([one for one in self.differences if one.right == which])

    @property
    def p_value(self) -> float:
        """How often runs that are equally good differ in right and wrong by as much, see :func:`mcnemar_exact`."""
        return mcnemar_exact(self.n_right(FIRST), self.n_right(SECOND))

    @property
    def is_beyond_chance(self) -> bool:
        """Whether one of the runs is better on these samples by more than chance."""
        return self.p_value < CHANCE


def mcnemar_exact(n_first: int, n_second: int) -> float:
    """McNemar's exact test: the two-sided probability, with a fair coin a sample, of a split at least so uneven.

    Args:
        n_first, n_second: samples that only the first, and only the second, gets right. Samples on which both are
            right or both wrong say nothing about which is better.

    >>> mcnemar_exact(5, 0), mcnemar_exact(3, 3), mcnemar_exact(0, 0)
    (0.0625, 1.0, 1.0)
    """
    if min(n_first, n_second) < 0:
        raise ValueError(f"Counts cannot be negative (got {n_first} and {n_second})")
    n = n_first + n_second
    tail = sum(math.comb(n, k) for k in range(min(n_first, n_second) + 1))
    return min(1.0, float(2 * tail / 2**n))


def compare_answers(first: Bank, second: Bank, answers: tuple[Ints, Ints]) -> Comparison:
    """Two runs on the samples that both banks hold.

    A sample counts as the same where its id, its class, and the arrays of its inputs are: ids are counted afresh in
    every draw of made data, so that equal ids alone mean nothing.

    Args:
        answers: the class that each run predicts for each sample of its bank, (n,) each.

    Raises:
        ValueError: for answers that do not belong to the banks.
    """
    for bank, own in zip((first, second), answers, strict=True):
        if len(own) != len(bank):
            raise ValueError(f"There must be one answer a sample (got {len(own)} of {len(bank)})")
    left, right = _rows_of_equal_ids(first, second)  # (N,) each
    alike = _holds_the_same(first, second, left, right)  # (N,)
    n_unlike = len(left) - int(alike.sum())
    left, right = left[alike], right[alike]
    own, other, labels = answers[0][left], answers[1][right], first.labels[left]
    return Comparison(
        n_common=len(left),
        n_unlike=n_unlike,
        differences=tuple(
            Difference(
                str(first.sample_ids[left[i]]),
                (int(left[i]), int(right[i])),
                int(labels[i]),
                (int(own[i]), int(other[i])),
            )
            for i in np.flatnonzero(own != other)
        ),
    )


def compare_runs(first: Run, second: Run) -> Comparison:
    """Two runs on the unseen samples that both keep. Raises ValueError for runs of different tasks."""
    from sharcs_core.inference import predicted_classes

    if first.config.task != second.config.task:
        raise UserError(f"Only runs of one task can be compared (got {first.config.task!r} and {second.config.task!r})")
    banks = (first.test_bank, second.test_bank)
    own, other = (predicted_classes(run.model, bank.shared()) for run, bank in zip((first, second), banks, strict=True))
    return compare_answers(*banks, (own, other))


def _rows_of_equal_ids(first: Bank, second: Bank) -> tuple[Ints, Ints]:
    """Rows of the samples that are in both banks, in the order of the first; none where a bank keeps no originals.

    Its ids are numbers, and by nothing could be told that two are the same sample.
    """
    if not (first.is_kept and second.is_kept):
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    place = {sample_id: row for row, sample_id in enumerate(second.sample_ids)}
    pairs = [(row, place[name]) for row, name in enumerate(first.sample_ids) if name in place]
    rows = np.array(pairs, dtype=int).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _holds_the_same(first: Bank, second: Bank, left: Ints, right: Ints) -> Codes:
    """Whether the samples at ``left`` and ``right`` have the same class and inputs in all modalities that both read."""
    common = [name for name in first.sides if name in second.sides]
    alike: Codes = np.full(len(left), bool(common)) & (first.labels[left] == second.labels[right])
    for name in common:
        alike &= _same_input(first.sides[name], second.sides[name], left, right)
    return alike


def _same_input(first: BankSide, second: BankSide, left: Ints, right: Ints) -> Codes:
    same_key: Codes = first.semantics[left] == second.semantics[right]
    return same_key & _same_arrays(first.inputs, second.inputs, left, right)


def _same_arrays(first: Inputs, second: Inputs, left: Ints, right: Ints) -> Codes:
    """Whether the inputs are the same, value by value; arrays of different shape hold different inputs."""
    if first.kind != second.kind or set(first.arrays) != set(second.arrays):
        return np.zeros(len(left), bool)
    alike = np.ones(len(left), bool)
    for one, other in ((first.arrays[name], second.arrays[name]) for name in first.arrays):
        if one.shape[1:] != other.shape[1:]:
            return np.zeros(len(left), bool)
        alike &= (one[left] == other[right]).all(axis=tuple(range(1, one.ndim)))
    return alike


# in words


def in_words(found: Comparison, titles: tuple[str, str]) -> tuple[str, str]:
    """What the comparison shows, as two sentences: how often the two differ, and whether that is beyond chance.

    Args:
        titles: what to call the runs.
    """
    first, second = titles
    if not found.n_common:
        held = f" {found.n_unlike:,} bear the same ids and hold something else." if found.n_unlike else ""
        return f"The two runs keep no unseen sample in common, so there is nothing to compare one by one.{held}", ""
    return _how_often(found), _which_is_better(found, first, second)


def _how_often(found: Comparison) -> str:
    kept = f"{counted(found.n_common, 'unseen sample')} that both keep"
    left_out = f" ({found.n_unlike:,} more bear the same ids and hold something else)" if found.n_unlike else ""
    if not found.differences:
        return f"On all of the {kept}{left_out} the two give the same answer."
    return f"On {len(found.differences):,} of the {kept}{left_out} the two give different answers."


def _which_is_better(found: Comparison, first: str, second: str) -> str:
    n_first, n_second = found.n_right(FIRST), found.n_right(SECOND)
    if not n_first + n_second:
        return "Neither is right where the other is wrong." if found.differences else ""
    counts = f"Only {first} is right on {n_first:,}, only {second} on {n_second:,}"
    test = f"McNemar's exact test, p {_p_written(found.p_value)}"
    if not found.is_beyond_chance:
        return f"{counts}: no more than chance would make of two equally good models ({test})."
    better = first if n_first > n_second else second
    return f"{counts}: {better} is better beyond chance ({test})."


def _p_written(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".") if p < 1 else "= 1"

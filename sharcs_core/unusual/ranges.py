"""What training had, exactly: the values of tables, the sizes of graphs without places, the words of texts.

Shapes: n inputs, F quantities of an input, V words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.kind import Form
from sharcs_core.structures import Codes, Floats, Inputs

MAX_SAID = 3
"""Of more faults the number is told."""


@dataclass(frozen=True)
class Fault:
    """One thing about an input that training never had: in words, and by how many widths of the range it is outside."""

    words: str
    excess: float


@dataclass(frozen=True)
class UsualRanges:
    """The ranges of what is countable in the inputs of a modality, both ends included.

    Attributes:
        form: of the modality.
        lowest, highest: (Q,), see :attr:`~sharcs_core.kinds.kind.Kind.counts`.
        known: (V,) which tokens occurred; (0,) of what is no text.
    """

    form: Form
    lowest: Floats
    highest: Floats
    known: Codes

    @classmethod
    def of(cls, form: Form, inputs: Inputs, *, in_parts: bool = False) -> UsualRanges:
        """The ranges of training inputs.

        Args:
            in_parts: whether training left words out, so that a text of one word is as usual as any.
        """
        values = quantities(form, inputs)
        tokens = inputs.arrays.get("tokens", np.zeros(0, dtype=int))
        n_tokens = len(KINDS[form.kind].words(form)) if "tokens" in inputs.arrays else 0
        lowest = np.minimum(values.min(0), 1) if in_parts else values.min(0)
        return cls(form, lowest, values.max(0), np.isin(np.arange(n_tokens), tokens))

    def rounded(self) -> UsualRanges:
        """The ranges rounded outwards, so that neither end is what stands in some row."""
        ends = [_rounded(*ends) for ends in zip(self.lowest.tolist(), self.highest.tolist(), strict=True)]
        lowest, highest = np.array(ends, dtype=np.float64).reshape(-1, 2).T
        return replace(self, lowest=lowest, highest=highest)

    def faults(self, inputs: Inputs) -> list[tuple[Fault, ...]]:
        """What is outside in each input.

        Raises:
            UserError: for inputs of other columns than training had.
        """
        values = quantities(self.form, inputs)
        if values.shape[1] != len(self.lowest):
            raise UserError(f"Inputs have {values.shape[1]} columns that can be out of range, not {len(self.lowest)}")
        tokens = inputs.arrays.get("tokens", np.zeros((len(inputs), 0), dtype=int))
        return [(*self._outside(of_one), *self._unknown(spoken)) for of_one, spoken in zip(values, tokens, strict=True)]

    def scores(self, inputs: Inputs) -> Floats:
        """0 for an input in which nothing is outside, else 1 and what lies farthest outside, (n,)."""
        return np.array([_score(faults) for faults in self.faults(inputs)])

    def _outside(self, values: Floats) -> list[Fault]:
        beyond = np.maximum(self.lowest - values, values - self.highest)
        says = KINDS[self.form.kind].says
        assert says is not None, self.form
        return [
            Fault(
                f"{says(self.form, place, values[place])}, "
                f"training had {_range(self.lowest[place], self.highest[place])}",
                float(beyond[place] / ((self.highest[place] - self.lowest[place]) or 1.0)),
            )
            for place in np.flatnonzero(~(beyond <= 0)).tolist()  # also what is no number
        ]

    def _unknown(self, tokens: Floats) -> list[Fault]:
        words = KINDS[self.form.kind].words(self.form)
        never = [
            token
            for token in dict.fromkeys(tokens.tolist())
            if token and not (token < len(self.known) and self.known[token])
        ]
        named = (f"“{words[token]}”" if token < len(words) else f"word {token}" for token in never)
        return [Fault(f"{word} never occurred in training", 1.0) for word in named]


def _rounded(lowest: float, highest: float) -> tuple[float, float]:
    """A range by less than half of it wider, with round ends; of a single value, from 0 to the power of ten beyond it.

    >>> _rounded(0, 1), _rounded(123456.7, 143456.7), _rounded(-731.5, -731.5)
    ((0.0, 1.0), (120000.0, 150000.0), (-1000.0, 0.0))
    """
    if lowest == highest:
        beyond = math.copysign(10.0 ** (math.floor(math.log10(abs(lowest))) + 1), lowest) if lowest else 0.0
        return min(0.0, beyond), max(0.0, beyond)
    step = 10.0 ** math.floor(math.log10((highest - lowest) / 2))
    return step * math.floor(lowest / step), step * math.ceil(highest / step)


def _score(faults: Sequence[Fault]) -> float:
    return 1 + max(fault.excess for fault in faults) if faults else 0.0


def in_one_clause(faults: Sequence[Fault]) -> tuple[float, str]:
    """The score of an input and its faults in one clause; where there is none, that it is like all others.

    >>> in_one_clause([Fault("bit_3 is 1.7, training had 0 to 1", 0.7)])
    (1.7, 'bit_3 is 1.7, training had 0 to 1')
    """
    clauses = [fault.words for fault in faults[:MAX_SAID]]
    if len(faults) > MAX_SAID:
        clauses.append(f"and {len(faults) - MAX_SAID} more")
    return _score(faults), "; ".join(clauses) or "like what it was trained on"


def quantities(form: Form, inputs: Inputs) -> Floats:
    """What can be out of range, (n, Q). Raises UserError for a kind that has nothing to count."""
    counts = KINDS[form.kind].counts
    if counts is None:
        raise UserError(f"Inputs of kind {form.kind!r} have nothing to count; use the features of their encoder")
    return counts(form, inputs)


def _number(value: float) -> str:
    return f"{value:.4g}"


def _range(lowest: float, highest: float) -> str:
    return _number(lowest) if lowest == highest else f"{_number(lowest)} to {_number(highest)}"

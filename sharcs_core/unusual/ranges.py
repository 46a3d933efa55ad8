"""What training had, exactly: the values of tables, the sizes of graphs without places, the words of texts.

Shapes: n inputs, F quantities of an input, V words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Floats, Inputs

MAX_SAID = 3
"""Of more faults the number is told."""

Saying = Callable[[int, float, Sequence[str]], str]
"""The place of a quantity, its value, and the words of the modality → words."""


@dataclass(frozen=True)
class Fault:
    """One thing about an input that training never had: in words, and by how many widths of the range it is outside."""

    words: str
    excess: float


@dataclass(frozen=True)
class UsualRanges:
    """The ranges of what is countable in the inputs of a modality, both ends included.

    Attributes:
        kind: of the modality.
        lowest, highest: (F,), see :func:`quantities`.
        known: (V,) which tokens occurred; (0,) of what is no text.
    """

    kind: str
    lowest: Floats
    highest: Floats
    known: Codes

    @classmethod
    def of(cls, inputs: Inputs, n_tokens: int = 0) -> UsualRanges:
        """The ranges of training inputs; ``n_tokens`` is the size of a text's vocabulary, padding included."""
        values = quantities(inputs)
        tokens = inputs.arrays["tokens"] if inputs.kind == "text" else np.zeros(0, dtype=int)
        return cls(inputs.kind, values.min(0), values.max(0), np.isin(np.arange(n_tokens), tokens))

    def faults(self, inputs: Inputs, words: Sequence[str] = ()) -> list[tuple[Fault, ...]]:
        """What is outside in each input. Raises ValueError for inputs of other columns than training had.

        Args:
            words: of a text, or the names of a table's columns, as in :class:`~sharcs_core.tasks.task.Modality`.
        """
        values = quantities(inputs)
        if values.shape[1] != len(self.lowest):
            raise UserError(f"Inputs must have the {len(self.lowest)} columns of training (got {values.shape[1]})")
        tokens = inputs.arrays["tokens"] if inputs.kind == "text" else np.zeros((len(inputs), 0), dtype=int)
        return [
            (*self._outside(of_one, words), *self._unknown(spoken, words))
            for of_one, spoken in zip(values, tokens, strict=True)
        ]

    def scores(self, inputs: Inputs) -> Floats:
        """0 for an input in which nothing is outside, else 1 and what lies farthest outside, (n,)."""
        return np.array([_score(faults) for faults in self.faults(inputs)])

    def _outside(self, values: Floats, words: Sequence[str]) -> list[Fault]:
        beyond = np.maximum(self.lowest - values, values - self.highest)
        say = SAYINGS[self.kind]
        return [
            Fault(
                f"{say(place, values[place], words)}, training had {_range(self.lowest[place], self.highest[place])}",
                float(beyond[place] / ((self.highest[place] - self.lowest[place]) or 1.0)),
            )
            for place in np.flatnonzero(~(beyond <= 0)).tolist()  # also what is no number
        ]

    def _unknown(self, tokens: Floats, words: Sequence[str]) -> list[Fault]:
        never = [
            token
            for token in dict.fromkeys(tokens.tolist())
            if token and not (token < len(self.known) and self.known[token])
        ]
        named = (f"“{words[token]}”" if token < len(words) else f"word {token}" for token in never)
        return [Fault(f"{word} never occurred in training", 1.0) for word in named]


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


def quantities(inputs: Inputs) -> Floats:
    """What can be out of range, (n, F): each value of a table, the nodes and edges of a graph, the words of a text."""
    if inputs.kind == "tabular":
        return np.asarray(inputs.arrays["values"], dtype=np.float64)
    if inputs.kind == "text":
        n_words: Floats = (inputs.arrays["tokens"] != 0).sum(1, keepdims=True).astype(np.float64)
        return n_words
    if inputs.kind == "graph":
        heard = inputs.arrays["neighbours"]
        itself = heard == np.arange(heard.shape[1])[:, None]
        n_edges = ((heard >= 0) & ~itself).sum((1, 2)) / 2  # each is heard at both ends
        return np.stack([inputs.arrays["n_nodes"].astype(np.float64), n_edges], axis=1)
    raise ValueError(f"Inputs of kind {inputs.kind!r} have nothing to count; use the features of their encoder")


def _column(place: int, value: float, columns: Sequence[str]) -> str:
    name = columns[place] if place < len(columns) else f"column {place + 1}"
    return f"{name} is {_number(value)}"


def _counted(*units: str) -> Saying:
    return lambda place, value, _: f"{_number(value)} {units[place]}{'' if value == 1 else 's'}"


SAYINGS: Mapping[str, Saying] = {
    "tabular": _column,
    "graph": _counted("node", "edge"),
    "text": _counted("word"),
}
"""Kind → what is said of a quantity."""


def _number(value: float) -> str:
    return f"{value:.4g}"


def _range(lowest: float, highest: float) -> str:
    return _number(lowest) if lowest == highest else f"{_number(lowest)} to {_number(highest)}"

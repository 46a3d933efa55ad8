"""Unseen samples of a run to begin with.

Shapes: n samples, C classes, M modalities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core import inference
from sharcs_core.config import HAS_CONCEPTS
from sharcs_core.readings import keys_read
from sharcs_core.structures import Bank, Codes, Floats, Ints

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


@dataclass(frozen=True)
class Starters:
    """Ids of unseen samples to begin with; of a run that keeps none there are none.

    Attributes:
        right: answered rightly, each of another class.
        mistake: answered wrongly, of one misread input if there is such a one; None where all are answered rightly.
        least_sure: the one whose answer the model is least sure of.
    """

    right: tuple[str, ...]
    mistake: str | None
    least_sure: str | None

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them, those answered rightly first."""
        return tuple(dict.fromkeys([*self.right, *filter(None, (self.mistake, self.least_sure))]))


def starters(run: Run, n: int = 3) -> Starters:
    """Unseen samples of a run to begin with, ``n`` of those answered rightly at most."""
    bank = run.test_bank
    probabilities = inference.probabilities(run.model, bank.shared())
    answers = probabilities.argmax(1)
    wrong = np.flatnonzero(answers != bank.labels)
    mistake = first_mistake(probabilities[wrong], _misread(run, bank, wrong).sum(0))
    return Starters(
        right=tuple(str(bank.sample_ids[row]) for row in rows_of_different_classes(bank.labels, answers)[:n]),
        mistake=None if mistake is None else str(bank.sample_ids[wrong[mistake]]),
        least_sure=str(bank.sample_ids[probabilities.max(1).argmin()]) if len(bank) else None,
    )


def rows_of_different_classes(labels: Ints, answers: Ints) -> list[int]:
    """Of each class (n,) the first row that is answered rightly, rising.

    >>> rows_of_different_classes(np.array([1, 0, 1, 0]), np.array([0, 0, 1, 0]))
    [1, 2]
    """
    right = np.flatnonzero(labels == answers)
    return sorted(right[np.unique(labels[right], return_index=True)[1]].tolist())


def first_mistake(probabilities: Floats, n_misread: Ints) -> int | None:
    """The mistake that shows best how a mistake comes about; None where there is none.

    One misread input explains more than several, and several more than none; of equals the model's surest counts.

    Args:
        probabilities: (n, C) of samples that are all answered wrongly.
        n_misread: (n,) how many inputs of each are misread.
    """
    if not len(probabilities):
        return None
    order = np.lexsort((-probabilities.max(1), n_misread, n_misread == 0))  # the last counts first
    return int(order[0])


def _misread(run: Run, bank: Bank, rows: Ints) -> Codes:
    """(M, n) whether each input of some samples is read as something else than it means; of no concepts: none is."""
    if run.model.config.wiring not in HAS_CONCEPTS:
        return np.zeros((len(bank.sides), len(rows)), dtype=bool)
    meanings = run.card.meanings
    return np.array(
        [
            meanings.misread(keys_read(run, name, side.shared[rows]), side.semantics[rows])
            for name, side in bank.sides.items()
        ]
    ).reshape(len(bank.sides), len(rows))

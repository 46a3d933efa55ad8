"""Figures of the tree: how good it is at every size, who comes through a node, how far a short rule departs.

Shapes: n samples, Q questions, C classes, L leaves of the largest tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sharcs_core.questions import answers_of
from sharcs_core.rules.short import ShortRule
from sharcs_core.structures import THRESHOLD, Bank, Floats, Ints
from sharcs_core.tree import ConceptTree

N_NAMED = 3
FEWEST_SHARE = 0.05
"""A class that has less is told as one of the others."""


@dataclass(frozen=True)
class SizeCurve:
    """How good the tree of each size is; entry i is that of i + 1 leaves, and one leaf is the majority rule.

    Attributes:
        accuracy: (L,) share of the validation samples of which the tree says the true class.
        fidelity: (L,) share of other samples of which it says what the model says.
        n_validation, n_compared: how many samples these are.
    """

    accuracy: Floats
    fidelity: Floats
    n_validation: int
    n_compared: int

    @property
    def most_leaves(self) -> int:
        """Leaves of the largest tree: more questions tell nothing."""
        return len(self.accuracy)


def size_curve(
    largest: ConceptTree, validation_answers: Any, validation_labels: Ints, bank: Bank, predicted: Ints
) -> SizeCurve:
    """Accuracy and fidelity of a tree and of all that it was some splits before.

    Args:
        validation_answers, validation_labels: (n, Q) and (n,).
        bank: of the samples that the tree is compared with the model on. predicted: their classes by the model.

    Raises:
        ValueError: for answers of another width, or predictions of other samples.
    """
    if np.shape(predicted) != (len(bank),):
        raise ValueError(f"Fidelity needs a prediction a sample, {len(bank)} (got {np.shape(predicted)})")
    answers = answers_of(bank.shared(), largest.questions, largest.factors)
    return SizeCurve(
        accuracy=largest.accuracy_by_leaves(validation_answers, validation_labels),
        fidelity=largest.accuracy_by_leaves(answers, predicted),
        n_validation=len(validation_labels),
        n_compared=len(bank),
    )


@dataclass(frozen=True)
class NodeSamples:
    """The samples of a bank that come through a node of the tree.

    Attributes:
        rows: (n,) in the bank, those of another class than is usual at the node first.
        n_usual: how many have the usual class.
    """

    rows: Ints
    n_usual: int


def samples_at(tree: ConceptTree, bank: Bank, node_id: int) -> NodeSamples:
    """Which samples of a bank come through a node. Raises ValueError for a node that is not there."""
    rows = np.flatnonzero(tree.reaches(answers_of(bank.shared(), tree.questions, tree.factors), node_id))
    usual = bank.labels[rows] == tree.nodes()[node_id].class_index
    return NodeSamples(rows[np.argsort(usual, kind="stable")], int(usual.sum()))


def n_apart(rule: ShortRule, tree: ConceptTree, answers: Any, node_id: int) -> int:
    """On how many samples, by their answers (n, Q), a short rule and the way to its node differ.

    Raises ValueError for a node that is not there.
    """
    answered = np.asarray(answers) > THRESHOLD
    return int((rule.holds(answered, tree.questions) != tree.reaches(answered, node_id)).sum())


def classes_in_words(probabilities: Floats, class_names: Sequence[str]) -> str:
    """The most frequent classes (C,) with their shares, such as ``7 (62 %), 8 (30 %), others``."""
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    named = [i for i in order[:N_NAMED] if probabilities[i] >= FEWEST_SHARE] or list(order[:1])
    parts = [f"{class_names[i]} ({share_in_words(probabilities[i])})" for i in named]
    return ", ".join(parts + (["others"] if 1 - sum(probabilities[i] for i in named) > 1e-6 else []))


def share_in_words(share: float) -> str:
    """A share in per cent; full marks only where it is full.

    >>> share_in_words(0.9996), share_in_words(1.0), share_in_words(0.304)
    ('99.9 %', '100 %', '30 %')
    """
    return f"{share * 100:.0f} %" if share >= 1 or round(share * 100) < 100 else f"{min(share * 100, 99.9):.1f} %"

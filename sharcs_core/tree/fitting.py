"""Answers and labels → the tree that tells one from the other, and how large the shown one is.

Shapes: n samples, Q questions, C classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Factor, Ints, Question
from sharcs_core.tree.concept_tree import ConceptTree, checked_answers

MIN_LEAVES = 2
MAX_LEAVES = 300
"""A tree has no more leaves than that, however many samples it is fitted to."""
TREE_TOLERANCE = 0.005
"""The shown tree is the smallest whose validation accuracy falls behind that of the best by no more."""


def fit_tree(
    answers: Any,
    labels: Ints,
    questions: tuple[Question, ...],
    factors: tuple[Factor, ...],
    n_classes: int,
    max_leaves: int = MAX_LEAVES,
) -> ConceptTree:
    """The tree that tells labels from answers, the same each time.

    Answers are Boolean, and few of their rows differ. So it is fitted to the different rows alone, each weighed by
    how often it occurs, which makes the same tree in a fraction of the time.

    Args:
        answers: (n, Q) of 0 and 1, of any numeric type or Boolean.
        labels: (n,) classes, 0 to ``n_classes`` - 1; not all of them need occur.
        questions: (Q,) what was asked. factors: the taught factors that agreements are about.
        max_leaves: 2 to 300; fewer where the answers tell no more apart.

    Raises:
        ValueError: for shapes that do not fit, no samples, labels or a number of leaves out of range.
    """
    if max_leaves not in range(MIN_LEAVES, MAX_LEAVES + 1):
        raise UserError(f"A tree has {MIN_LEAVES} to {MAX_LEAVES} leaves at most (got {max_leaves}); choose from these")
    checked, labels = checked_answers(answers, questions), np.asarray(labels)
    checked = checked & np.array([question.is_told for question in questions])
    _check_labels(labels, len(checked), n_classes)
    rows, counts = _distinct(checked, labels)
    estimator = DecisionTreeClassifier(max_leaf_nodes=int(max_leaves), random_state=0)
    estimator.fit(checked[rows].astype(np.float32), labels[rows].astype(np.int64), sample_weight=counts)
    return ConceptTree(estimator, tuple(questions), tuple(factors), n_classes)


def choose_leaves(
    answers: Any,
    labels: Ints,
    validation_answers: Any,
    validation_labels: Ints,
    questions: tuple[Question, ...],
    factors: tuple[Factor, ...],
    n_classes: int,
) -> int:
    """How many leaves the shown tree has, 2 to 300.

    It is the smallest whose accuracy on validation samples is at most ``TREE_TOLERANCE`` below that of the best.

    Args:
        answers, labels: (n, Q) and (n,) of the training samples, which the tree is fitted to.
        validation_answers, validation_labels: of the samples that it is judged by.

    Raises:
        ValueError: as :func:`fit_tree`, for either part.
    """
    largest = fit_tree(answers, labels, questions, factors, n_classes)
    checked, wanted = checked_answers(validation_answers, questions), np.asarray(validation_labels)
    _check_labels(wanted, len(checked), n_classes)
    accuracy = largest.accuracy_by_leaves(checked, wanted)
    good = accuracy >= accuracy.max() - TREE_TOLERANCE - 1e-9  # room for rounding
    return max(MIN_LEAVES, 1 + int(np.argmax(good)))


def _distinct(answers: Codes, labels: Ints) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows that stand for all different pairs of answers and label, and how often each pair occurs."""
    seen = np.asarray(labels, dtype=np.int64)
    for column in answers.T:
        seen = 2 * seen + column  # numbered afresh below, so that it cannot overflow
        if seen.max() > 2**61:
            seen = np.unique(seen, return_inverse=True)[1]
    _, rows, counts = np.unique(seen, return_index=True, return_counts=True)
    return rows, counts.astype(np.float64)


def _check_labels(labels: Ints, n: int, n_classes: int) -> None:
    if labels.shape != (n,) or not n:
        raise ValueError(
            f"A tree needs one label a sample and at least one sample (got answers of {n}, labels {labels.shape})"
        )
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"Labels must be 0 to {n_classes - 1} (got {labels.min()} to {labels.max()}); check n_classes")

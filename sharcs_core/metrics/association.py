"""Which answers go with a question about concepts, tested against shuffles of the labels.

Shapes: n samples, Q questions, C classes, P different rows of answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Codes, Floats, Ints

N_SHUFFLES = 199
"""Chance alone reaches one figure in twenty of these often enough to be told."""
LEVEL = 0.05
"""How often chance alone makes at least one of all claims at once."""


@dataclass(frozen=True)
class ClassAssociations:
    """How the classes spread over the samples of which a question is true, and over the others.

    Attributes:
        n_yes: (Q,) samples of which each question is true.
        when_yes, when_no: (Q, C) share of each class among these, and among the others; 0 where there are none.
        reach: (Q, C) how large a difference of the two shares shuffled labels reach, anywhere among the Q × C, in
            one of twenty shuffles; 0 where a question is true of all samples or of none.
        p_values: (Q, C) share of the shuffles that somewhere among the Q × C differ as much, corrected by one.
    """

    n_yes: Ints
    when_yes: Floats
    when_no: Floats
    reach: Floats
    p_values: Floats


def class_associations(
    answers: Codes, labels: Ints, n_classes: int, n_shuffles: int = N_SHUFFLES, seed: int = 0
) -> ClassAssociations:
    """Shares of the classes by each question, and which differences are beyond shuffles of the labels.

    The differences of all questions and classes are brought to one scale, that of their standard deviation when
    labels are shuffled (the hypergeometric law), and each is compared with the largest of all that a shuffle makes.
    So the chance of even one false claim among the Q × C is at most ``LEVEL``, however many questions are asked.

    Args:
        answers: (n, Q) Boolean. labels: (n,) from 0 to ``n_classes`` - 1.
        n_shuffles: at least 1. seed: of the shuffling.

    Source: the max-T permutation test (Westfall and Young 1993, *Resampling-Based Multiple Testing*, section 2.6).

    Raises:
        ValueError: for no samples, shapes that do not fit, labels out of range, or no shuffles.

    >>> found = class_associations(np.array([[True], [False]] * 20), np.array([0, 1] * 20), 2)
    >>> found.when_yes.tolist(), found.p_values.tolist()
    ([[1.0, 0.0]], [[0.005, 0.005]])
    """
    answers, labels = _checked(answers, labels, n_classes, n_shuffles)
    rows, of_sample = np.unique(np.packbits(answers, axis=1), axis=0, return_inverse=True)
    patterns = np.unpackbits(rows, axis=1, count=answers.shape[1]).T.astype(np.float64)  # (Q, P)

    def counted(shuffled: Ints) -> NDArray[np.float64]:
        """Samples of each class of which each question is true, (Q, C)."""
        cells = np.bincount(of_sample.ravel() * n_classes + shuffled, minlength=len(rows) * n_classes)
        found: NDArray[np.float64] = patterns @ cells.reshape(len(rows), n_classes)
        return found

    counts = counted(labels)
    n_of_class, n_yes, n = np.bincount(labels, minlength=n_classes), answers.sum(axis=0), len(labels)
    expected = np.outer(n_yes, n_of_class) / n
    deviation = np.sqrt(expected * np.outer(n - n_yes, n - n_of_class) / n / max(n - 1, 1))
    rng = np.random.default_rng(seed)
    highest = np.sort([_scaled(counted(rng.permutation(labels)), expected, deviation).max() for _ in range(n_shuffles)])
    n_as_high = n_shuffles - np.searchsorted(highest, _scaled(counts, expected, deviation) - 1e-9)
    to_share = np.divide(n, n_yes * (n - n_yes), out=np.zeros(len(n_yes)), where=(n_yes > 0) & (n_yes < n))
    scale = deviation * to_share[:, None]  # from standard deviations to a difference of shares
    return ClassAssociations(
        n_yes=n_yes,
        when_yes=counts / np.maximum(n_yes, 1)[:, None],
        when_no=(n_of_class - counts) / np.maximum(n - n_yes, 1)[:, None],
        reach=np.multiply(beyond_most(highest), scale, out=np.zeros_like(scale), where=scale > 0),
        p_values=(1 + n_as_high) / (1 + n_shuffles),
    )


def _scaled(counts: Floats, expected: Floats, deviation: Floats) -> NDArray[np.float64]:
    """How far counts (Q, C) are from those expected, in standard deviations; 0 where nothing can vary."""
    apart = np.abs(counts - expected)
    return np.divide(apart, deviation, out=np.zeros_like(apart), where=deviation > 0)


def beyond_most(highest: Floats) -> float:
    """The least of the shuffles' maxima, rising, that is too high to be told; what is above it has p ≤ LEVEL."""
    n_allowed = int(LEVEL * (len(highest) + 1))
    return float(highest[-n_allowed]) if n_allowed else float("inf")


def _checked(answers: Any, labels: Any, n_classes: int, n_shuffles: int) -> tuple[Codes, Ints]:
    answers, labels = np.asarray(answers), np.asarray(labels)
    if answers.dtype != bool or answers.ndim != 2 or not answers.size or labels.shape != answers.shape[:1]:
        raise ValueError(
            "Give Boolean answers (n, Q) of at least one sample, and a label a sample "
            f"(got {answers.dtype} {answers.shape} and labels {labels.shape})"
        )
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"Labels must be 0 to {n_classes - 1} (got {labels.min()} to {labels.max()}); check n_classes")
    if n_shuffles < 1:
        raise ValueError(f"There must be at least one shuffle (got {n_shuffles})")
    return answers, labels

"""What edits of the concepts do to the answer: whether they change it, whether rightly, how many it takes.

Shapes: n samples, k edits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.metrics.classification import balanced_accuracy
from sharcs_core.structures import Ints

NONE_WITHIN_THREE = 4
"""What a sample counts as whose class no three edits change."""


def share_changed(before: Ints, after: Sequence[tuple[Ints, Ints]]) -> float:
    """Share of samples for which at least one try led to another class, from 0 to 1.

    Args:
        before: (n,) the class of each sample as it is.
        after: for each try, the samples (k,) that it was made on, as places in ``before``, and the classes (k,)
            it led to. A try need not be made on every sample; one on which none was made is not changed.

    Raises:
        ValueError: for no samples, or a try whose places or classes do not fit.

    >>> share_changed([0, 0, 1], [([0, 1], [0, 1]), ([1], [2])]) == 1 / 3
    True
    """
    classes = np.asarray(before)
    if classes.ndim != 1 or not len(classes):
        raise ValueError(f"before must hold the class of at least one sample (got shape {classes.shape})")
    changed = np.zeros(len(classes), dtype=bool)
    for places, led_to in after:
        index, led = _checked_try(places, led_to, len(classes))
        changed[index[led != classes[index]]] = True
    return float(changed.mean())


def right_edit(answers: Ints, wanted: Ints, before: Ints) -> dict[str, Any] | None:
    """How often the answer after an edit is the one it should then have, each class counted alike.

    Args:
        answers: (k,) the class after each edit, one for each pair of a sample and a move with a defined answer.
        wanted: (k,) the class that the edited content has.
        before: (k,) the class said before the edit.

    Returns:
        ``balanced_accuracy``: share answered right within each class that occurs in ``wanted``, averaged over
        those classes; ``never_changes``: the same for the answers before; ``always_commonest``: the same for
        always saying the class most frequent in ``wanted``, which is 1 divided by the number of its classes;
        ``n_moves``: k. None where k is 0.

    Raises:
        ValueError: for arrays of unequal length.

    >>> right_edit([1, 0, 2], [1, 0, 0], [1, 1, 0])
    {'balanced_accuracy': 0.75, 'never_changes': 0.75, 'always_commonest': 0.5, 'n_moves': 3}
    """
    shapes = [np.shape(classes) for classes in (answers, wanted, before)]
    if len(set(shapes)) != 1 or len(shapes[0]) != 1:
        raise ValueError(
            f"Give the answer, the wanted class and the class before, one for each edit (got shapes {shapes})"
        )
    if not shapes[0][0]:
        return None
    classes, counts = np.unique(wanted, return_counts=True)
    return {
        "balanced_accuracy": balanced_accuracy(answers, wanted),
        "never_changes": balanced_accuracy(before, wanted),
        "always_commonest": balanced_accuracy(np.full(shapes[0], classes[counts.argmax()]), wanted),
        "n_moves": shapes[0][0],
    }


def edits_needed(counts: Ints) -> dict[str, float | int]:
    """How many edits it takes to change the class of a sample.

    Args:
        counts: (n,) the fewest edits for each sample: 1, 2 or 3, and ``NONE_WITHIN_THREE`` (4) where three do
            not change it.

    Returns:
        ``median`` (of an even number of samples the mean of the middle two) and ``p90`` (the 90 % quantile; of
        the two nearest counts the higher one), both from 1 to 4; ``share_one``: share of the samples that one
        edit changes; ``n_samples``: n.

    Raises:
        ValueError: for no samples or a count other than 1 to 4.

    >>> edits_needed([1, 1, 2, 4])
    {'median': 1.5, 'p90': 4.0, 'share_one': 0.5, 'n_samples': 4}
    """
    found = np.asarray(counts)
    if found.ndim != 1 or not len(found):
        raise ValueError(f"Give the number of edits of at least one sample (got shape {found.shape})")
    if not np.isin(found, np.arange(1, NONE_WITHIN_THREE + 1)).all():
        raise ValueError(
            f"Edits are counted from 1 to 3, and {NONE_WITHIN_THREE} where none of up to three changes the class "
            f"(got {np.unique(found).tolist()})"
        )
    return {
        "median": float(np.median(found)),
        "p90": float(np.quantile(found, 0.9, method="higher")),
        "share_one": float(np.mean(found == 1)),
        "n_samples": len(found),
    }


def _checked_try(places: Ints, classes: Ints, n_samples: int) -> tuple[NDArray[np.int64], Ints]:
    """Places (k,) and classes (k,) of one try, which may be of no sample."""
    index, led_to = np.asarray(places), np.asarray(classes)
    if index.ndim != 1 or index.shape != led_to.shape:
        raise ValueError(f"A try needs one class for each place (got {index.shape} and {led_to.shape})")
    if len(index) and not (np.issubdtype(index.dtype, np.integer) and 0 <= index.min() <= index.max() < n_samples):
        raise ValueError(
            f"The places of a try must be whole numbers from 0 to {n_samples - 1} (got {index.dtype}, {index.min()} "
            f"to {index.max()})"
        )
    return index.astype(np.int64), led_to

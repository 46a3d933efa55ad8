"""Whether the concepts are ones that a person can hold: alive, distinct and nameable.

Shapes: n, m inputs, T shared concepts, R rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.meanings import UNKNOWN
from sharcs_core.metrics.classification import checked_pair
from sharcs_core.metrics.ranking import values_of
from sharcs_core.neighbours import checked_points
from sharcs_core.structures import THRESHOLD, Codes, Floats, Ints

DEAD_PERCENT = 1
"""A concept that is on for fewer than this many of a hundred inputs, or off for fewer, tells nothing apart."""

INPUTS_AT_ONCE = 50_000
"""Inputs of which rules are counted at one time, in double precision."""

TWIN_CORRELATION = 0.95
"""Two concepts that correlate this strongly, in either direction, say the same."""


def n_dead(activations: Floats) -> int:
    """How many concepts are on for fewer than 1 % of the inputs or for more than 99 %. From 0 to T.

    A share of exactly 1 % or 99 % is alive.

    Args:
        activations: (n, T) shared concepts of the training inputs of all modalities, one below the other.

    Raises:
        ValueError: for no inputs or values that are not finite.

    >>> n_dead(np.array([[0.9, 0.1, 0.9], [0.9, 0.1, 0.2]]))
    2
    """
    return int(np.sum(~_is_alive(_checked_activations(activations))))


def redundancy(activations: Floats) -> float | None:
    """The largest absolute correlation of two live concepts, from 0 to 1.

    1 where one of two concepts follows from the other by a scale and a shift: a switch of one is then outvoted
    by its copy. Concepts that are dead in the sense of :func:`n_dead` are left out.

    Args:
        activations: (n, T) shared concepts of the training inputs of all modalities, one below the other.

    Returns:
        None where fewer than two concepts are alive.

    Source: Pearson's coefficient of correlation (Pearson 1896, *Phil. Trans. R. Soc. A* 187).

    Raises:
        ValueError: for no inputs or values that are not finite.

    >>> round(redundancy(np.array([[0.9, 0.3], [0.1, 0.7]])), 6)
    1.0
    """
    correlations = _correlations_of_live(_checked_activations(activations))
    return float(correlations.max()) if len(correlations) > 1 else None


def twins(activations: Floats, limit: float = TWIN_CORRELATION) -> int:
    """How many live concepts have a twin: another live one that correlates with it by ``limit`` or more.

    The sign of the correlation does not count. From 0 to T, and never 1.

    Args:
        activations: (n, T), as for :func:`redundancy`.
        limit: above 0, at most 1.

    Raises:
        ValueError: for a limit out of range, no inputs, or values that are not finite.
    """
    if not 0 < limit <= 1:
        raise UserError(f"limit must lie above 0 and be at most 1 (got {limit})")
    return int(np.sum((_correlations_of_live(_checked_activations(activations)) >= limit).any(axis=1)))


def nameable(
    train_codes: Codes,
    train_keys: Ints,
    test_codes: Codes,
    test_keys: Ints,
    factors: Mapping[str, Sequence[int]],
    seed: int = 0,
) -> dict[str, Any] | None:
    """How well a single value of a known factor, or its absence, tells whether a concept is on.

    A rule is "the key has value v of factor f" or "it has not"; it is asked of the inputs whose key says something of
    that factor, and of no others. For each concept the rule of highest balanced
    accuracy on the training inputs is chosen (of several the one whose factor and value come first, presence
    before absence) and scored by its balanced accuracy on the test inputs. Where a concept is always on or
    always off, that is the accuracy on the only class there is, so a dead concept may score high: read the
    figure beside :func:`n_dead`.

    Args:
        train_codes: (n, T) Boolean. train_keys: (n,). test_codes: (m, T) Boolean. test_keys: (m,). Inputs of
            all modalities, one below the other.
        factors: what the keys are made of: factor → its value for each key, -1 where the key says nothing of it.
        seed: of the shuffling.

    Returns:
        ``by_concept``: the score of each concept, (T,) from 0 to 1; ``mean``: over concepts; ``shuffled``: the
        mean where training and test keys are shuffled among their inputs and the rules chosen anew, about 0.5.
        None where no factors are known, or those of no input.

    Source: the measure of network dissection (Bau et al. 2017, arXiv 1704.05796), which names a unit by the
    label that fits it best, with balanced accuracy in place of their overlap and the label chosen on other
    data than it is scored on.

    Raises:
        ValueError: for no inputs or concepts, codes that are not Boolean, keys that do not fit, or a key that a
            factor has no value for.

    >>> codes = np.array([[True, False], [False, True]])
    >>> nameable(codes, np.array([0, 1]), codes, np.array([0, 1]), {"colour": (0, 1)})["by_concept"]
    [1.0, 1.0]
    """
    train_codes, train_keys = _checked_codes(train_codes, train_keys, "train")
    test_codes, test_keys = _checked_codes(test_codes, test_keys, "test")
    if train_codes.shape[1] != test_codes.shape[1]:
        raise ValueError(
            f"Training and test codes must be of the same concepts (got {train_codes.shape[1]} and "
            f"{test_codes.shape[1]})"
        )
    values = [value for own in factors.values() for value in own]
    if all(value == UNKNOWN for value in values):
        return None
    trained, tested = train_keys != UNKNOWN, test_keys != UNKNOWN
    if not trained.any() or not tested.any():
        return None
    train_codes, test_codes = train_codes[trained], test_codes[tested]
    rng = np.random.default_rng(seed)
    train_rules, test_rules = _rules(train_keys[trained], factors), _rules(test_keys[tested], factors)  # (n, 2, R) each
    scores = _scores_of_chosen(train_rules, train_codes, test_rules, test_codes)
    shuffled = _scores_of_chosen(rng.permutation(train_rules), train_codes, rng.permutation(test_rules), test_codes)
    return {"mean": float(scores.mean()), "shuffled": float(shuffled.mean()), "by_concept": scores.tolist()}


def _checked_activations(activations: Floats) -> NDArray[np.float64]:
    points = checked_points(activations, "activations")
    if not len(points):
        raise ValueError(f"Give the concepts of at least one input (got activations of shape {points.shape})")
    return points


def _is_alive(activations: NDArray[np.float64]) -> Codes:
    """(T,) whether each concept is on for 1 % to 99 % of the inputs; counted in whole inputs, so nothing is rounded."""
    n_on, least = 100 * (activations > THRESHOLD).sum(axis=0), DEAD_PERCENT * len(activations)
    alive: Codes = (n_on >= least) & (n_on <= 100 * len(activations) - least)
    return alive


def _correlations_of_live(activations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Absolute correlation of each two live concepts, square; 0 of a concept with itself.

    A live concept lies on both sides of the threshold, so it varies and its correlations are defined.
    """
    live = activations[:, _is_alive(activations)]
    if live.shape[1] < 2:
        return np.zeros((live.shape[1],) * 2)
    correlations: NDArray[np.float64] = np.abs(np.corrcoef(live, rowvar=False))
    np.fill_diagonal(correlations, 0)
    return correlations


def _checked_codes(codes: Codes, keys: Ints, what: str) -> tuple[Codes, Ints]:
    codes = np.asarray(codes)
    if codes.dtype != bool or codes.ndim != 2 or not codes.size:
        raise ValueError(
            f"{what}_codes must be Boolean, (n, T), of at least one input and concept (got {codes.dtype} {codes.shape})"
        )
    return codes, checked_pair(np.arange(len(codes)), keys)[1]


def _rules(keys: Ints, factors: Mapping[str, Sequence[int]]) -> Codes:
    """(n, 2, R) whether each rule holds for each input, and whether it can be asked of it.

    For every value of every factor its presence, then its absence.
    """
    columns = []
    for name, values in factors.items():
        own, known = values_of(keys, name, tuple(values)), np.unique(values)
        for value in known[known != UNKNOWN]:
            says = own != UNKNOWN
            columns += [np.stack(column) for column in ((own == value, says), (says & (own != value), says))]
    return np.stack(columns, axis=-1).swapaxes(0, 1)


def _scores_of_chosen(train_rules: Codes, train_codes: Codes, test_rules: Codes, test_codes: Codes) -> Floats:
    """(T,) balanced accuracy on test inputs of the rule that is best on training inputs."""
    chosen = _balanced_accuracies(train_rules, train_codes).argmax(axis=0)  # (T,), the first of several
    scores: Floats = _balanced_accuracies(test_rules, test_codes)[chosen, np.arange(len(chosen))]
    return scores


def _counts(rules: Codes, codes: Codes) -> NDArray[np.float64]:
    """Whole numbers (4, R, T) of inputs: those with a concept on, and off, of which each rule says so; that are asked.

    They are the same however inputs are parted, for whole numbers are added without rounding.
    """
    holds, asked = rules[:, 0], rules[:, 1]
    right_on = holds.T.astype(np.float64) @ codes
    right_off = (asked & ~holds).T.astype(np.float64) @ ~codes
    return np.stack([right_on, right_off, *(asked.T.astype(np.float64) @ state for state in (codes, ~codes))])


def _balanced_accuracies(rules: Codes, codes: Codes) -> NDArray[np.float64]:
    """(R, T) balanced accuracy with which each rule (n, 2, R) tells each concept of codes (n, T).

    0 of a rule that can be asked of no input.
    """
    parts = (slice(start, start + INPUTS_AT_ONCE) for start in range(0, len(codes), INPUTS_AT_ONCE))
    n_right_on, n_right_off, n_on, n_off = np.sum([_counts(rules[part], codes[part]) for part in parts], axis=0)
    n_classes = np.maximum((n_on > 0).astype(np.int64) + (n_off > 0), 1)  # 1 where always on or always off
    n_on, n_off = np.maximum(n_on, 1), np.maximum(n_off, 1)
    # one division at the end: rules that are equally good then have exactly equal scores, and the first is chosen
    balanced: NDArray[np.float64] = (n_right_on * n_off + n_right_off * n_on) / (n_on * n_off * n_classes)
    return balanced

"""What the shared space looks like: keys told apart, modalities mixed, codes agreeing, stand-ins near.

Shapes: n, m inputs, T shared concepts, U distinct codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from sharcs_core.metrics.classification import accuracy, checked_pair
from sharcs_core.metrics.drawing import drawn
from sharcs_core.metrics.ranking import Sameness, equal
from sharcs_core.neighbours import PAIRS_AT_ONCE, checked_points
from sharcs_core.structures import Codes, Floats, Ints

MAX_PROBED = 5000
"""Inputs of a modality that the probe looks at."""

MAX_SPREAD = 20_000
"""Inputs of a modality between which all distances are measured: 200 million pairs, a second."""

MAX_CODES = 20_000
"""Different codes of a modality that are all compared."""

QUANTILES = {"median": 0.5, "q25": 0.25, "q75": 0.75, "p95": 0.95}


MAX_FITTED = 20_000
"""Training inputs that the regression for the semantics is fitted to; 100,000 would take minutes."""


def semantics_accuracy(
    train_shared: Floats, train_keys: Ints, test_shared: Floats, test_keys: Ints, seed: int = 0
) -> float:
    """Accuracy on test inputs of a logistic regression from shared concepts (n, T) to the semantics key.

    It is fitted to at most ``MAX_FITTED`` training inputs, drawn by ``seed``.
    """
    points, keys = checked_points(train_shared, "train_shared"), np.asarray(train_keys)
    drawn = np.random.default_rng(seed).permutation(len(points))[:MAX_FITTED]
    seen = np.unique(keys[drawn])
    if len(seen) == 1:  # a regression needs two keys; with one there is nothing to learn
        return accuracy(np.full(len(test_keys), seen[0]), test_keys)
    model = LogisticRegression(max_iter=1000)
    model.fit(points[drawn], keys[drawn])
    return accuracy(model.predict(checked_points(test_shared, "test_shared")), test_keys)


def modality_gap(shared: Mapping[str, Floats], seed: int = 0) -> float:
    """How far apart the modalities lie, in units of how far inputs of one modality lie from each other.

    Distance between the modalities' mean shared concepts (mean over pairs of modalities), divided by the mean
    distance between two different inputs of one modality (mean over modalities). At least 0; 0 means that the
    centres coincide. Infinite where each modality is a single point and the points differ. The centres are those of
    all inputs; the mean distance within a modality of more than ``MAX_SPREAD`` inputs is that of so many, drawn by
    ``seed``.

    Source: the distance of the means is the gap of Liang et al. 2022 (arXiv 2203.02053); we divide it by the
    spread, so that spaces of other scale and width can be compared.

    Raises:
        ValueError: for fewer than two modalities or a modality without inputs.
    """
    points = _checked_modalities(shared)
    means = [part.mean(axis=0) for part in points]
    between = np.mean([np.linalg.norm(left - right) for left, right in combinations(means, 2)])
    within = np.mean([_mean_distance(part[drawn(len(part), MAX_SPREAD, seed)]) for part in points])
    if within == 0:
        return 0.0 if between == 0 else float("inf")
    return float(between / within)


def modality_probe(
    train_shared: Mapping[str, Floats], test_shared: Mapping[str, Floats], seed: int = 0
) -> dict[str, float]:
    """Whether the shared concepts betray the modality they come from.

    A logistic regression tells the modality from the shared concepts; it is fitted on training inputs and
    scored on test inputs. In a space that is truly shared it does no better than chance. Of each modality at
    most ``MAX_PROBED`` inputs are looked at, drawn by ``seed``.

    Args:
        train_shared, test_shared: modality → (n, T); the same two or more modalities.

    Returns:
        ``accuracy``, and ``chance``: the share of the most frequent modality among the test inputs.

    Source: a linear probe (Alain and Bengio 2016, arXiv 1610.01644) asked for the modality.

    Raises:
        ValueError: for fewer than two modalities, a modality without inputs, or others in the test.
    """
    if set(train_shared) != set(test_shared):
        raise ValueError(f"Train and test need the same modalities (got {list(train_shared)} and {list(test_shared)})")
    names = list(train_shared)
    train_points, train_modality = _stacked({name: train_shared[name] for name in names}, seed)
    test_points, test_modality = _stacked({name: test_shared[name] for name in names}, seed)
    model = LogisticRegression(max_iter=1000).fit(train_points, train_modality)
    chance = np.bincount(test_modality).max() / len(test_modality)
    return {"accuracy": accuracy(model.predict(test_points), test_modality), "chance": float(chance)}


def code_agreement(
    left_codes: Codes,
    left_keys: Ints,
    right_codes: Codes,
    right_keys: Ints,
    same: Sameness = equal,
    comparable: Sameness | None = None,
    seed: int = 0,
) -> dict[str, float | None]:
    """How much the codes of two modalities overlap, for pairs that mean the same and for all other pairs.

    The overlap of two codes is their Jaccard index (Jaccard 1912): concepts on in both, divided by concepts on
    in either; 1 where both are empty. It is averaged over all pairs of a left and a right input, each pair
    counted alike. Equal codes are counted together, so that nothing is sampled up to ``MAX_CODES`` different ones of a
    modality; where it has more, so many of its inputs are drawn by ``seed``.

    Args:
        left_codes: (n, T) Boolean. left_keys: (n,). right_codes: (m, T). right_keys: (m,).
        same: keys (n,) and (m,) → whether they mean the same, (n, m).
        comparable: the same → whether that can be said of them; other pairs are left out. It can of all by default.

    Returns:
        ``equal``: the mean over pairs that mean the same; ``other``: over those that do not. None where there is
        no such pair.

    Raises:
        ValueError: for no inputs, codes that are not of two values, or shapes that do not fit.

    >>> codes = np.array([[True, True], [False, True]])
    >>> code_agreement(codes, np.array([0, 1]), codes, np.array([0, 1]))
    {'equal': 1.0, 'other': 0.5}
    """
    left, right = np.asarray(left_codes), np.asarray(right_codes)
    if left.dtype != bool or right.dtype != bool or left.ndim != 2 or left.shape[1:] != right.shape[1:]:
        raise ValueError(
            f"Codes must be Boolean, (n, T) and (m, T) (got {left.dtype} {left.shape}, {right.dtype} {right.shape})"
        )
    left, left_keys = _few_codes(left, left_keys, seed)
    right, right_keys = _few_codes(right, right_keys, seed)
    keys = np.unique(np.concatenate([left_keys, right_keys]))
    left_distinct, left_counts = _counted(left, left_keys, keys)  # (U, T), (U, keys)
    right_distinct, right_counts = _counted(right, right_keys, keys)
    alike = left_counts @ same(keys, keys).astype(np.float64)  # (U, keys): of each right key, inputs that mean the same
    can = None if comparable is None else left_counts @ comparable(keys, keys).astype(np.float64)
    all_sum, equal_sum = _overlap_sums(left_distinct, left_counts, right_distinct, right_counts, alike, can)
    n_equal = float((alike.sum(0) * right_counts.sum(0)).sum())
    n_all = float(len(left)) * len(right) if can is None else float((can.sum(0) * right_counts.sum(0)).sum())
    n_other = n_all - n_equal
    return {
        "equal": equal_sum / n_equal if n_equal else None,
        "other": (all_sum - equal_sum) / n_other if n_other else None,
    }


def stand_in_error(stand_in: Floats, true: Floats, seed: int = 0) -> dict[str, Any]:
    """How far the concepts that stood in for missing inputs are from the concepts of those inputs.

    Args:
        stand_in: (n, T) shared concepts that stood in. true: (n, T) those of the inputs that were missing.
        seed: of the shuffling.

    Returns:
        ``median``, ``q25``, ``q75`` and ``p95`` of the Euclidean distances (0 to the square root of T; quantiles
        are interpolated linearly), and under ``shuffled`` the same four for the true concepts shuffled among
        the samples: what a stand-in that knows nothing of its sample would be off by.

    Raises:
        ValueError: for no samples or shapes that do not fit.
    """
    stand_in, true = checked_points(stand_in, "stand_in"), checked_points(true, "true")
    if stand_in.shape != true.shape or not len(true):
        raise ValueError(f"Give one stand-in for each of at least one input (got {stand_in.shape} and {true.shape})")
    shuffled = np.random.default_rng(seed).permutation(true)
    return {**_spread_of(stand_in, true), "shuffled": _spread_of(stand_in, shuffled)}


def _spread_of(left: Floats, right: Floats) -> dict[str, float]:
    distances = np.linalg.norm(left - right, axis=1)
    return {name: float(np.quantile(distances, share)) for name, share in QUANTILES.items()}


def _checked_modalities(shared: Mapping[str, Floats]) -> list[NDArray[np.float64]]:
    points = [checked_points(values, f"The shared concepts of {name!r}") for name, values in shared.items()]
    if len(points) < 2 or not all(map(len, points)):
        raise ValueError(
            f"A gap lies between at least two modalities with inputs (got {[part.shape for part in points]})"
        )
    return points


def _stacked(shared: Mapping[str, Floats], seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """At most ``MAX_PROBED`` points of each modality, one below the other, and each one's modality."""
    rng = np.random.default_rng(seed)
    parts = [
        part if len(part) <= MAX_PROBED else part[np.sort(rng.choice(len(part), MAX_PROBED, replace=False))]
        for part in _checked_modalities(shared)
    ]
    return np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])


def _mean_distance(points: NDArray[np.float64]) -> float:
    """Mean distance between two different rows; 0 for a single row."""
    size = max(1, PAIRS_AT_ONCE // len(points))
    total = sum(float(cdist(points[start : start + size], points).sum()) for start in range(0, len(points), size))
    return total / max(1, len(points) * (len(points) - 1))


def _few_codes(codes: Codes, keys: Ints, seed: int) -> tuple[Codes, Ints]:
    """Codes (n, T) and the inputs' keys (n,), all of them unless too many codes differ."""
    if len(codes) <= MAX_CODES or len(np.unique(codes, axis=0)) <= MAX_CODES:
        return codes, keys
    chosen = drawn(len(codes), MAX_CODES, seed)
    return codes[chosen], checked_pair(np.arange(len(codes)), keys)[1][chosen]


def _counted(codes: Codes, codes_keys: Ints, keys: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The distinct codes (U, T) as 0 and 1, and how many inputs of each key have each of them, (U, keys)."""
    _, of_input = checked_pair(np.arange(len(codes)), codes_keys)
    distinct, which = np.unique(codes, axis=0, return_inverse=True)
    counts = np.zeros((len(distinct), len(keys)))
    np.add.at(counts, (which.ravel(), np.searchsorted(keys, of_input)), 1)
    return distinct.astype(np.float64), counts


def _overlap_sums(
    left: NDArray[np.float64],
    left_counts: NDArray[np.float64],
    right: NDArray[np.float64],
    right_counts: NDArray[np.float64],
    alike: NDArray[np.float64],
    can: NDArray[np.float64] | None,
) -> tuple[float, float]:
    """Sum of the Jaccard index over all pairs of inputs that can be compared, and over those that mean the same.

    Args:
        alike, can: (U, keys) of each left code, how many inputs mean the same as a right key, and how many can be
            compared with it; None is all.
    """
    all_sum = equal_sum = 0.0
    size = max(1, PAIRS_AT_ONCE // len(right))
    for start in range(0, len(left), size):
        rows = slice(start, start + size)
        both = left[rows] @ right.T  # (B, U) concepts on in both
        either = left[rows].sum(1)[:, None] + right.sum(1) - both
        jaccard = np.where(either > 0, both / np.maximum(either, 1), 1.0)
        by_key = jaccard @ right_counts  # (B, keys)
        if can is None:
            all_sum += float(left_counts[rows].sum(1) @ jaccard @ right_counts.sum(1))
        else:
            all_sum += float((can[rows] * by_key).sum())
        equal_sum += float((alike[rows] * by_key).sum())
    return all_sum, equal_sum

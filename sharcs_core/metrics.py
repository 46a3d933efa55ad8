"""Every figure we report, as pure functions of arrays.

Shapes: n samples or inputs, m bank rows, T shared concepts. Figures are shares in [0, 1] unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from sharcs_core.retrieval import PAIRS_AT_ONCE, checked_points, distances_in_chunks
from sharcs_core.structures import Floats, Ints
from sharcs_core.tree import ConceptTree

RANKS = (1, 5)
"""The k of the recall@k that we report."""

Scores = dict[str, float]


def accuracy(predicted: Ints, labels: Ints) -> float:
    """Share of samples whose predicted class is their label. Raises ValueError for unequal or no lengths."""
    predicted, labels = _checked_pair(predicted, labels)
    return float(np.mean(predicted == labels))


def majority_accuracy(train_labels: Ints, test_labels: Ints) -> float:
    """Accuracy on test samples of always saying the most frequent class of the training samples.

    Of several equally frequent classes the lowest is said. Raises ValueError for no labels.
    """
    most_frequent = _most_frequent(train_labels)[0]
    return accuracy(np.full(np.shape(test_labels), most_frequent), test_labels)


def majority_prediction(predicted: Ints) -> float:
    """Share of the class that the model predicts most: the fidelity of a tree that says nothing else."""
    return _most_frequent(predicted)[1]


def balanced_accuracy(predicted: Ints, labels: Ints) -> float:
    """Accuracy within each class that occurs among the labels, averaged over those classes."""
    predicted, labels = _checked_pair(predicted, labels)
    return float(np.mean([np.mean(predicted[labels == label] == label) for label in np.unique(labels)]))


def completeness(tree: ConceptTree, codes: Any, labels: Ints) -> float:
    """Accuracy of the tree on codes (n, M * T) of samples it was not fitted to."""
    return accuracy(tree.predict(codes), labels)


def fidelity(predicted_by_tree: Ints, predicted: Ints) -> float:
    """Share of samples (n,) on which the tree and the model predict the same class."""
    return accuracy(predicted_by_tree, predicted)


def semantics_accuracy(train_shared: Floats, train_keys: Ints, test_shared: Floats, test_keys: Ints) -> float:
    """Accuracy on test inputs of a logistic regression from shared concepts (n, T) to the semantics key."""
    seen = np.unique(train_keys)
    if len(seen) == 1:  # a regression needs two keys; with one there is nothing to learn
        return accuracy(np.full(len(test_keys), seen[0]), test_keys)
    model = LogisticRegression(max_iter=1000)
    model.fit(checked_points(train_shared, "train_shared"), np.asarray(train_keys))
    return accuracy(model.predict(checked_points(test_shared, "test_shared")), test_keys)


def retrieval(
    queries: Floats,
    query_keys: Ints,
    rows: Floats,
    row_keys: Ints,
    query_sources: Ints | None = None,
    row_sources: Ints | None = None,
) -> dict[str, Any]:
    """How well queries of one modality find bank rows of another that mean the same.

    Rows stand in the order of distance, ties by lower row; where both sources are given, a query's own source
    is left out. A query that no row answers scores 0.

    Args:
        queries: (n, T). query_keys: (n,). rows: (m, T). row_keys: (m,).

    Returns:
        ``recall_at_1``, ``recall_at_5`` and ``mrr``, and under ``chance`` what the same three would be on
        average if the rows stood in random order (exact, not simulated).

    Raises:
        ValueError: for no queries, or keys that do not fit.
    """
    queries, rows = checked_points(queries, "queries"), checked_points(rows, "rows")
    query_keys, row_keys = np.asarray(query_keys), np.asarray(row_keys)
    if query_keys.shape != (len(queries),) or row_keys.shape != (len(rows),) or not len(queries):
        raise ValueError(
            f"Retrieval needs queries and one key for each query and row (got {len(queries)} queries with keys "
            f"{query_keys.shape}, {len(rows)} rows with keys {row_keys.shape})"
        )
    ranks = np.zeros(len(queries), dtype=np.int64)  # 0: no eligible row means the same
    n_eligible, n_matching = np.zeros_like(ranks), np.zeros_like(ranks)
    for part, distances, eligible in distances_in_chunks(queries, rows, query_sources, row_sources):
        matching = eligible & (query_keys[part, None] == row_keys[None, :])
        n_eligible[part], n_matching[part] = eligible.sum(axis=1), matching.sum(axis=1)
        ranks[part] = _first_ranks(distances, eligible, matching)
    with np.errstate(divide="ignore"):
        reciprocal = np.where(ranks > 0, 1 / ranks, 0.0)
    scores = {f"recall_at_{k}": float(np.mean((ranks > 0) & (ranks <= k))) for k in RANKS}
    return {**scores, "mrr": float(reciprocal.mean()), "chance": _mean_chance(n_eligible, n_matching)}


def chance_of(n_eligible: int, n_matching: int) -> Scores:
    """Expected recall@k and reciprocal rank of a query whose rows stand in random order.

    With n eligible rows of which m match, the first match stands at rank r with probability p(1) = m / n and
    p(r + 1) = p(r) · (n − m − r + 1) / (n − r). Recall@k is their sum up to k, which is
    1 − C(n − m, k) / C(n, k).

    >>> chance_of(4, 2)["recall_at_1"], round(chance_of(4, 2)["mrr"], 6)
    (0.5, 0.722222)
    """
    n, m = n_eligible, n_matching
    if m < 1:
        return {**{f"recall_at_{k}": 0.0 for k in RANKS}, "mrr": 0.0}
    ranks = np.arange(1, n - m + 2)  # the last place the first match can have
    factors = np.concatenate([[m / n], (n - m - ranks[:-1] + 1) / (n - ranks[:-1])])
    first_at = np.cumprod(factors)
    scores = {f"recall_at_{k}": float(min(first_at[:k].sum(), 1.0)) for k in RANKS}
    return {**scores, "mrr": float((first_at / ranks).sum())}


def modality_gap(shared: Mapping[str, Floats]) -> float:
    """How far apart the modalities lie, in units of how far inputs of one modality lie from each other.

    Distance between the modalities' mean shared concepts (mean over pairs of modalities), divided by the mean
    distance between two different inputs of one modality (mean over modalities). At least 0; 0 means that the
    centres coincide. Infinite where each modality is a single point and the points differ.

    Raises:
        ValueError: for fewer than two modalities or a modality without inputs.
    """
    points = [checked_points(values, f"The shared concepts of {name!r}") for name, values in shared.items()]
    if len(points) < 2 or not all(map(len, points)):
        raise ValueError(
            f"A gap lies between at least two modalities with inputs (got {[part.shape for part in points]})"
        )
    means = [part.mean(axis=0) for part in points]
    between = np.mean([np.linalg.norm(left - right) for left, right in combinations(means, 2)])
    within = np.mean([_mean_distance(part) for part in points])
    if within == 0:
        return 0.0 if between == 0 else float("inf")
    return float(between / within)


def _mean_distance(points: NDArray[np.float64]) -> float:
    """Mean distance between two different rows; 0 for a single row."""
    size = max(1, PAIRS_AT_ONCE // len(points))
    total = sum(float(cdist(points[start : start + size], points).sum()) for start in range(0, len(points), size))
    return total / max(1, len(points) * (len(points) - 1))


def _first_ranks(
    distances: NDArray[np.float64], eligible: NDArray[np.bool_], matching: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(B,) rank of the first matching row among the eligible ones, from 1; 0 where none matches."""
    to_match = np.where(matching, distances, np.inf)  # (B, m)
    if not to_match.shape[1]:
        return np.zeros(len(to_match), dtype=np.int64)
    first = to_match.argmin(axis=1)[:, None]  # (B, 1), the lowest row where several are nearest
    nearest = np.take_along_axis(to_match, first, axis=1)
    earlier = np.arange(distances.shape[1])[None, :] < first
    before = eligible & ((distances < nearest) | ((distances == nearest) & earlier))
    return np.where(np.isfinite(nearest[:, 0]), 1 + before.sum(axis=1), 0)


def _mean_chance(n_eligible: Ints, n_matching: Ints) -> Scores:
    """Mean of :func:`chance_of` over queries; computed once for queries with equal numbers."""
    cases, counts = np.unique(np.stack([n_eligible, n_matching], axis=1), axis=0, return_counts=True)
    chances = [chance_of(int(n), int(m)) for n, m in cases]
    return {name: float(np.average([chance[name] for chance in chances], weights=counts)) for name in chances[0]}


def _most_frequent(classes: Ints) -> tuple[int, float]:
    """The most frequent class, the lowest of several, and its share."""
    if not len(classes):
        raise ValueError("A share needs at least one sample (got none)")
    found, counts = np.unique(classes, return_counts=True)
    return int(found[counts.argmax()]), float(counts.max() / counts.sum())


def _checked_pair(predicted: Ints, labels: Ints) -> tuple[Ints, Ints]:
    predicted, labels = np.asarray(predicted), np.asarray(labels)
    if predicted.shape != labels.shape or predicted.ndim != 1 or not len(labels):
        raise ValueError(
            f"Give one prediction a sample, of at least one sample (got {predicted.shape} and {labels.shape})"
        )
    return predicted, labels

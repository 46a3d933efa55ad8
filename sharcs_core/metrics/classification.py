"""How often a model, its tree or a simple rule says the right class.

Shapes: n samples, M modalities, T shared concepts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sharcs_core.structures import Ints
from sharcs_core.tree import ConceptTree


def accuracy(predicted: Ints, labels: Ints) -> float:
    """Share of samples whose predicted class is their label. Raises ValueError for unequal or no lengths."""
    predicted, labels = checked_pair(predicted, labels)
    return float(np.mean(predicted == labels))


def majority_accuracy(train_labels: Ints, test_labels: Ints) -> float:
    """Accuracy on test samples of always saying the most frequent class of the training samples.

    Of several equally frequent classes the lowest is said. Raises ValueError for no labels.
    """
    commonest = _most_frequent(train_labels)[0]
    return accuracy(np.full(np.shape(test_labels), commonest), test_labels)


def majority_prediction(predicted: Ints) -> float:
    """Share of the class that the model predicts most: the fidelity of a tree that says nothing else."""
    return _most_frequent(predicted)[1]


def balanced_accuracy(predicted: Ints, labels: Ints) -> float:
    """Accuracy within each class that occurs among the labels, averaged over those classes."""
    predicted, labels = checked_pair(predicted, labels)
    return float(np.mean([np.mean(predicted[labels == label] == label) for label in np.unique(labels)]))


def unimodal_ceiling(train_keys: Ints, train_labels: Ints, test_keys: Ints, test_labels: Ints) -> float:
    """Accuracy on test samples of the best rule that knows one modality's key and nothing else.

    For each key the rule says the label most frequent among the training samples of that key, the lowest of
    several; for a key that no training sample has, the label most frequent overall. What a model of that
    modality alone scores beyond it is luck or a leak. A key of -1 is not known, and no sample's own. (It is the Bayes
    rule of the key, with the frequencies of the training samples in place of the true ones.)

    Raises:
        ValueError: for no samples, or keys and labels of unequal length.

    >>> unimodal_ceiling([0, 0, 0, 1], [5, 5, 6, 6], [0, 1, 1, 2], [5, 6, 5, 5])
    0.75
    """
    train_keys, train_labels = checked_pair(train_keys, train_labels)
    test_keys, test_labels = checked_pair(test_keys, test_labels)
    known = np.unique(train_keys[train_keys >= 0])
    rule = {int(key): _most_frequent(train_labels[train_keys == key])[0] for key in known}
    otherwise = _most_frequent(train_labels)[0]
    return accuracy(np.array([rule.get(int(key), otherwise) for key in test_keys]), test_labels)


def completeness(tree: ConceptTree, codes: Any, labels: Ints) -> float:
    """Accuracy of the tree on codes (n, M * T) of samples it was not fitted to.

    How far the shared concepts alone settle the class (SHARCS, arXiv 2307.00316; there on 20 samples).
    """
    return accuracy(tree.predict(codes), labels)


def completeness_normalised(
    tree_accuracy: float, majority: float, model_accuracy: float, n_samples: int
) -> float | None:
    """What the tree wins over the majority rate, as a share of what the model wins over it.

    (tree − majority) / (model − majority): 1 where the concepts say all that the model knows, 0 where they
    say no more than the majority; beyond 1 where the tree is better than the model, negative where it is
    worse than the majority. None where the model itself is not clearly better than the majority, by two
    standard errors of the majority rate over the ``n_samples`` test samples: then there is nothing to explain,
    and the quotient would divide by chance.

    Source: Yeh et al. 2020 (arXiv 1910.07969), definition 3.1, their eta; their a_r, the accuracy of a guess,
    is the majority rate here, and their best map from concepts to classes is the tree.

    >>> completeness_normalised(0.9, 0.5, 1.0, 100), completeness_normalised(0.5, 0.5, 0.51, 100)
    (0.8, None)
    """
    for name, value in (("tree_accuracy", tree_accuracy), ("majority", majority), ("model_accuracy", model_accuracy)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be a share between 0 and 1 (got {value})")
    if n_samples < 1:
        raise ValueError(f"n_samples must be at least 1 (got {n_samples})")
    if model_accuracy <= majority + 2 * math.sqrt(majority * (1 - majority) / n_samples):
        return None
    return (tree_accuracy - majority) / (model_accuracy - majority)


def fidelity(predicted_by_tree: Ints, predicted: Ints) -> float:
    """Share of samples (n,) on which the tree and the model predict the same class."""
    return accuracy(predicted_by_tree, predicted)


def checked_pair(left: Any, right: Any) -> tuple[Ints, Ints]:
    """Two arrays (n,) of equal length n ≥ 1. Raises ValueError for anything else."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape or left.ndim != 1 or not len(right):
        raise ValueError(f"Give one value a sample, of at least one sample (got {left.shape} and {right.shape})")
    return left, right


def _most_frequent(classes: Ints) -> tuple[int, float]:
    """The most frequent class, the lowest of several, and its share."""
    if not len(classes):
        raise ValueError("A share needs at least one sample (got none)")
    found, counts = np.unique(classes, return_counts=True)
    return int(found[counts.argmax()]), float(counts.max() / counts.sum())

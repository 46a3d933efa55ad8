"""Figures of what a model answers, and of the tree that answers like it."""

from __future__ import annotations

from typing import Any

from sharcs_core import metrics
from sharcs_core.evaluation.measured import Measured
from sharcs_core.meanings import UNKNOWN
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.tree import fit_tree

CLASS_FIGURES = (
    *("accuracy", "majority_accuracy", "balanced_accuracy", "majority_prediction", "unimodal_ceiling"),
    "by_difficulty",
)
TREE_FIGURES = (
    *("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes"),
    *("small_tree", "completeness_plain"),
)


def class_figures(it: Measured) -> dict[str, Any]:
    labels, keys = it.test.labels, it.test.sample_semantics()
    return {
        "accuracy": metrics.accuracy(it.predicted, labels),
        "majority_accuracy": metrics.majority_accuracy(it.train.labels, labels),
        "balanced_accuracy": metrics.balanced_accuracy(it.predicted, labels),
        "majority_prediction": metrics.majority_prediction(it.predicted),
        "unimodal_ceiling": None
        if it.meanings.own
        else {
            name: metrics.unimodal_ceiling(it.train.sample_keys[name], it.train.sample_labels, keys[name], labels)
            if (keys[name] != UNKNOWN).any()
            else None
            for name in it.modalities
        },
        "by_difficulty": {
            name: metrics.accuracy(it.predicted[chosen], labels[chosen])
            for name, chosen in it.task.difficulties(it.test).items()
            if chosen.any()
        }
        or None,
    }


def tree_figures(it: Measured) -> dict[str, Any]:
    train, config = it.train, it.model.config
    questions = questions_of(config)
    tree = fit_tree(train.answers, train.labels, questions, config.factors, config.n_classes, train.tree_leaves)
    answers, labels = answers_of(it.shared, questions, config.factors), it.test.labels
    completeness = metrics.completeness(tree, answers, labels)
    majority = metrics.majority_accuracy(it.train.labels, labels)
    fidelity = metrics.fidelity(tree.predict(answers), it.predicted)
    n_codes = len(config.modalities) * config.width
    plain = fit_tree(train.answers[:, :n_codes], train.labels, questions[:n_codes], (), config.n_classes)
    return {
        "completeness": completeness,
        "completeness_normalised": metrics.completeness_normalised(
            completeness, majority, metrics.accuracy(it.predicted, labels), len(labels)
        ),
        "fidelity": fidelity,
        "tree_depth": tree.depth,
        "tree_leaves": tree.n_leaves,
        "tree_nodes": tree.n_nodes,
        "small_tree": {
            "leaves": tree.n_leaves,
            "depth": tree.depth,
            "accuracy": completeness,
            "fidelity": fidelity,
        },
        "completeness_plain": metrics.completeness(plain, answers[:, :n_codes], labels),
    }

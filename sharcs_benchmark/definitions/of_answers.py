"""Figures of what a model answers and of the tree over its concepts."""

from __future__ import annotations

from sharcs_benchmark.definitions.definition import (
    COUNT,
    LOWER,
    NEAR_ONE,
    NEITHER,
    NO_CONCEPTS,
    NO_INNER_STATE,
    NOTHING_TO_EXPLAIN,
    THE_PAPER,
    THIS_PROJECT,
    Definition,
)

THE_TREE_BEFORE = "it was of a tree of up to 300 leaves that could not ask whether modalities agree"

OF_ANSWERS: dict[str, Definition] = {
    "accuracy": Definition(
        "accuracy", "Share of test samples for which the model predicts the right class.", f"standard; {THE_PAPER}"
    ),
    "majority_accuracy": Definition(
        "majority",
        "Accuracy of always answering the commonest class of the training samples.",
        "standard",
        better=NEITHER,
    ),
    "balanced_accuracy": Definition(
        "balanced accuracy",
        "Share of right answers within each class, averaged over the classes, so that rare ones count as much.",
        "Brodersen et al. 2010",
    ),
    "unimodal_ceiling": Definition(
        "ceiling of one modality",
        "Accuracy of the best rule that knows the meaning of this one modality and nothing else: it answers what was "
        "commonest for that meaning among the training samples.",
        THIS_PROJECT,
        better=NEITHER,
    ),
    "completeness": Definition(
        "completeness",
        "Share of all test samples that the shown decision tree gets right: it may only ask which concepts are on and "
        "whether two modalities agree, is fitted to the labels of the training samples, and is the smallest whose "
        "accuracy on validation samples is within .005 of the best.",
        f"{THE_PAPER}; agreements and size are ours",
        not_available=NO_CONCEPTS,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "completeness_plain": Definition(
        "plain completeness",
        "Share of all test samples that a decision tree of at most 300 leaves gets right when it may only ask which "
        "concepts of a modality are on; it is fitted to the labels of the training samples.",
        THE_PAPER,
        not_available=NO_CONCEPTS,
    ),
    "completeness_normalised": Definition(
        "completeness, normalised",
        "How much of what the model wins over the majority the shown tree wins too: (tree − majority) / "
        "(model − majority); beyond 1 where the tree is better than the model. Left out where the model's own lead "
        "is within two standard errors.",
        "Yeh et al. 2020 (arXiv 1910.07969), definition 3.1",
        low=None,
        high=None,
        better=NEAR_ONE,
        not_available=NOTHING_TO_EXPLAIN,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "fidelity": Definition(
        "fidelity",
        "Share of test samples on which the shown tree and the model predict the same class.",
        "Craven & Shavlik 1996",
        not_available=NO_CONCEPTS,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "majority_prediction": Definition(
        "commonest answer",
        "Share of the class that the model predicts most: the fidelity of a tree that says nothing else.",
        THIS_PROJECT,
        better=NEITHER,
    ),
    "tree_depth": Definition(
        "depth of the tree",
        "The most questions that the shown tree asks about one sample.",
        THE_PAPER,
        high=None,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "tree_leaves": Definition(
        "leaves of the tree",
        "How many answers the shown tree ends in (at most 300).",
        THE_PAPER,
        low=1,
        high=300,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "tree_nodes": Definition(
        "nodes of the tree",
        "Questions and answers of the shown tree together.",
        THIS_PROJECT,
        low=1,
        high=599,
        better=LOWER,
        unit=COUNT,
        not_available=NO_CONCEPTS,
        version=2,
        formerly=THE_TREE_BEFORE,
    ),
    "semantics_accuracy": Definition(
        "semantics accuracy",
        "How often a logistic regression, fitted on training inputs, reads an input's meaning off what the model "
        "makes of it.",
        "linear probe, Alain & Bengio 2016",
        not_available=NO_INNER_STATE,
    ),
}

"""Every figure of a model, recomputed from its weights and the task's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np

from sharcs_core import inference, metrics, retrieval
from sharcs_core.comparison import TrainingConcepts
from sharcs_core.config import HAS_CONCEPTS, HAS_SHARED_SPACE
from sharcs_core.edit_figures import edit_figures
from sharcs_core.model import Multimodal
from sharcs_core.moves import KeyMeans
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.structures import THRESHOLD, Bank, DataSource, Floats, Ints, Split
from sharcs_core.tasks.task import Task
from sharcs_core.tree import fit_tree

HANDLINGS = ("described", "absent")
MISSING_RATES = (0.0, 0.25, 0.5, 0.75, 1.0)
TREE_FIGURES = (
    *("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes"),
    *("small_tree", "completeness_plain"),
)
CONCEPT_FIGURES = ("n_concepts", "n_dead", "redundancy", "n_twins", "nameable")
EDIT_FIGURES = ("one_move", "any_switch", "right_edit", "edits_needed")
SPACE_FIGURES = ("retrieval", "attribute_retrieval", "modality_gap", "modality_probe")
MISSING_FIGURES = ("missing", "missing_rates", "stand_in_error")


def missing_subsets(modalities: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every set of missing modalities that leaves one present."""
    for n_missing in range(1, len(modalities)):
        yield from combinations(modalities, n_missing)


@dataclass(frozen=True)
class _Measured:
    """What all groups of figures start from: a model, its concepts of test samples, what they are compared with."""

    model: Multimodal
    task: Task
    train: TrainingConcepts
    test: Split
    shared: Mapping[str, Floats]
    predicted: Ints
    seed: int

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.model.config.modalities

    @property
    def bank(self) -> Bank:
        return self.train.bank

    def keys(self) -> dict[str, Ints]:
        """Semantics key of each test sample's inputs."""
        return {name: keys for name, keys in self.test.sample_semantics().items() if name in self.modalities}


def evaluate(
    model: Multimodal, task: Task, train: TrainingConcepts, test: Split, source: DataSource, name: str, seed: int
) -> dict[str, Any]:
    """All figures on the test split, as ``sharcs evaluate --json`` prints them; definitions in ``metrics``.

    A figure that a model cannot have by construction, such as retrieval without a shared space, is None.

    Args:
        source: where ``test`` came from.
        name: of the run.
        seed: of the run; it also draws the renderings of missing inputs.
    """
    samples = test.samples()
    _, shared = inference.concepts_of(model, {m: samples[m] for m in model.config.modalities})
    predicted = inference.predicted_classes(model, shared)
    it = _Measured(model, task, train, test, shared, predicted, seed)
    wiring = model.config.wiring
    several = len(it.modalities) > 1
    return {
        "task": task.name,
        "run": name,
        "seed": seed,
        "data_source": source.name,
        "n_train": len(train.labels),
        "n_bank": len(train.bank),
        "n_test": len(test),
        **_class_figures(it),
        **(_tree_figures(it) if wiring in HAS_CONCEPTS else dict.fromkeys(TREE_FIGURES)),
        **(_concept_figures(it) if wiring in HAS_CONCEPTS else dict.fromkeys(CONCEPT_FIGURES)),
        **(_edit_figures(it) if wiring in HAS_CONCEPTS else dict.fromkeys(EDIT_FIGURES)),
        "semantics_accuracy": {
            m: metrics.semantics_accuracy(train.shared[m], train.keys[m], shared[m], it.keys()[m])
            for m in it.modalities
        },
        **(_space_figures(it) if wiring in HAS_SHARED_SPACE else dict.fromkeys(SPACE_FIGURES)),
        **(_missing_figures(it) if several else dict.fromkeys(MISSING_FIGURES)),
        "code_agreement": _code_agreement(it) if wiring == "sharcs" else None,
        "concept_alignment": _concept_alignment(it) if wiring in HAS_CONCEPTS else None,
    }


def _class_figures(it: _Measured) -> dict[str, Any]:
    labels, keys = it.test.labels, it.test.sample_semantics()
    return {
        "accuracy": metrics.accuracy(it.predicted, labels),
        "majority_accuracy": metrics.majority_accuracy(it.train.labels, labels),
        "balanced_accuracy": metrics.balanced_accuracy(it.predicted, labels),
        "majority_prediction": metrics.majority_prediction(it.predicted),
        "unimodal_ceiling": {
            name: metrics.unimodal_ceiling(it.train.sample_keys[name], it.train.sample_labels, keys[name], labels)
            for name in it.modalities
        },
        "by_difficulty": {
            name: metrics.accuracy(it.predicted[chosen], labels[chosen])
            for name, chosen in it.task.difficulties(it.test).items()
            if chosen.any()
        }
        or None,
    }


def _tree_figures(it: _Measured) -> dict[str, Any]:
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


def _concept_figures(it: _Measured) -> dict[str, Any]:
    names, keys = it.modalities, it.keys()
    learned = np.concatenate([it.train.shared[name] for name in names])
    return {
        "n_concepts": it.model.config.width,
        "n_dead": metrics.n_dead(learned),
        "redundancy": metrics.redundancy(learned),
        "n_twins": metrics.twins(learned),
        "nameable": metrics.nameable(
            learned > THRESHOLD,
            np.concatenate([it.train.keys[name] for name in names]),
            np.concatenate([it.shared[name] for name in names]) > THRESHOLD,
            np.concatenate([keys[name] for name in names]),
            it.task.factors,
            it.seed,
        ),
    }


def _edit_figures(it: _Measured) -> dict[str, Any]:
    means = KeyMeans.of(it.train.shared, it.train.keys)
    codes = it.train.codes(it.model.config)
    return edit_figures(it.model, it.task, means, codes, it.test, it.shared, it.seed)


def _space_figures(it: _Measured) -> dict[str, Any]:
    sides, keys = it.bank.sides, it.keys()
    directions = {f"{query}->{target}": (query, target) for query, target in permutations(it.modalities, 2)}
    rows = {
        name: (it.shared[query], keys[query], sides[target].shared, sides[target].semantics)
        for name, (query, target) in directions.items()
    }
    return {
        "retrieval": {name: metrics.retrieval(*arrays) for name, arrays in rows.items()},
        "attribute_retrieval": {
            name: metrics.attribute_retrieval(*arrays, it.task.factors) for name, arrays in rows.items()
        }
        if it.task.factors
        else None,
        "modality_gap": metrics.modality_gap(it.shared),
        "modality_probe": metrics.modality_probe({name: it.train.shared[name] for name in it.modalities}, it.shared),
    }


def _missing_figures(it: _Measured) -> dict[str, Any]:
    labels = it.test.labels
    right = it.predicted == labels
    figures: dict[str, Any] = {}
    rates: dict[str, Any] = {"rates": list(MISSING_RATES)}
    errors: dict[str, Any] = {}
    for missing in missing_subsets(it.modalities):
        name = "+".join(sorted(missing))
        present = {m: values for m, values in it.shared.items() if m not in missing}
        stand_ins = {m: _stand_in(it, m, next(iter(present))) for m in missing}
        answers = {
            "described": inference.probabilities(it.model, {**present, **stand_ins}),
            "absent": inference.probabilities_absent(it.model, present, it.bank),
            "absent_over_bank": inference.probabilities_over_bank(it.model, present, it.bank),
        }
        right_with = {handling: answer.argmax(1) == labels for handling, answer in answers.items()}
        figures[name] = {handling: float(kept.mean()) for handling, kept in right_with.items()}
        rates[name] = {
            handling: metrics.missing_rate_curve(right, right_with[handling], MISSING_RATES) for handling in HANDLINGS
        }
        if len(missing) == 1:
            errors[name] = metrics.stand_in_error(stand_ins[name], it.shared[name], it.seed)
    return {"missing": figures, "missing_rates": rates, "stand_in_error": errors}


def _stand_in(it: _Measured, missing: str, described_in: str) -> Floats:
    described = inference.described_concepts(it.model, it.task, it.test, missing, described_in, it.seed)
    return retrieval.stand_in(described, it.bank, missing)[1]


def _code_agreement(it: _Measured) -> dict[str, Any]:
    codes, keys = {name: values > THRESHOLD for name, values in it.shared.items()}, it.keys()
    return {
        f"{left}-{right}": metrics.code_agreement(codes[left], keys[left], codes[right], keys[right])
        for left, right in combinations(it.modalities, 2)
    }


def _concept_alignment(it: _Measured) -> dict[str, Any] | None:
    factors = {name: np.asarray(values) for name, values in it.task.factors.items()}
    if not factors:
        return None
    return {
        m: metrics.concept_alignment(it.shared[m], {name: values[keys] for name, values in factors.items()}, it.seed)
        for m, keys in it.keys().items()
    }

"""Every figure of a model, recomputed from its weights and the task's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np

from sharcs_core import inference, metrics, retrieval
from sharcs_core.baselines import HAS_CONCEPTS, HAS_SHARED_SPACE
from sharcs_core.config import RunConfig
from sharcs_core.data.task import Task
from sharcs_core.model import Multimodal
from sharcs_core.structures import THRESHOLD, Bank, Codes, DataSource, Floats, Ints, Split
from sharcs_core.tree import codes_of, fit_tree

MISSING_RATES = (0.0, 0.25, 0.5, 0.75, 1.0)
TREE_FIGURES = ("completeness", "completeness_normalised", "fidelity", "tree_depth", "tree_leaves", "tree_nodes")
SPACE_FIGURES = ("retrieval", "attribute_retrieval", "modality_gap", "modality_probe")
MISSING_FIGURES = ("missing", "missing_rates", "stand_in_error")


@dataclass(frozen=True)
class TrainingConcepts:
    """What a model makes of its training data: all that is compared with, and nothing of the test split.

    Attributes:
        bank: the rows that answer queries.
        codes, labels: (n_train, M·T) and (n_train,): what the tree is fitted to. A model without concepts has
            codes too, but they mean nothing and are not looked at.
        shared, keys: modality → (n, T) and (n,): what semantics accuracy is fitted to.
        sample_keys, sample_labels: modality → (n,) key of each sample's input, and its class (n,): what the
            ceiling of one modality is fitted to.
    """

    bank: Bank
    codes: Codes
    labels: Ints
    shared: Mapping[str, Floats]
    keys: Mapping[str, Ints]
    sample_keys: Mapping[str, Ints]
    sample_labels: Ints


def stratified_part(labels: Ints, size: int, seed: int) -> Ints:
    """Positions of a part of ``size`` samples that keeps the share of every class, sorted; 0 is all."""
    from sklearn.model_selection import train_test_split

    everything = np.arange(len(labels))
    if not 0 < size < len(labels):
        return everything
    counts = np.unique(labels, return_counts=True)[1]
    # a class of one cannot be shared out, nor can fewer samples than there are classes
    can_share = counts.min() > 1 and len(counts) <= size <= len(labels) - len(counts)
    part, _ = train_test_split(everything, train_size=size, random_state=seed, stratify=labels if can_share else None)
    return np.sort(part)


def training_concepts(model: Multimodal, task: Task, split: Split, config: RunConfig) -> TrainingConcepts:
    """Concepts, codes and bank of the whole training split."""
    seed, modalities = config.training.seed, config.model.modalities
    _, shared = inference.concepts_of(model, {name: split.inputs[name] for name in modalities})
    paired = {name: shared[name][split.pairing[name]] for name in modalities}
    return TrainingConcepts(
        bank=inference.build_bank(
            model, task, split, stratified_part(split.labels, config.bank_size, seed), "train", seed
        ),
        codes=codes_of(paired, modalities),
        labels=split.labels,
        shared=shared,
        keys={name: split.semantics[name] for name in modalities},
        sample_keys=split.sample_semantics(),
        sample_labels=split.labels,
    )


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
    predicted = inference.probabilities(model, shared).argmax(1)
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
    width, n_classes = it.bank.sides[it.modalities[0]].shared.shape[1], it.model.config.n_classes
    tree = fit_tree(it.train.codes, it.train.labels, it.modalities, width, n_classes)
    codes, labels = codes_of(it.shared, it.modalities), it.test.labels
    completeness = metrics.completeness(tree, codes, labels)
    majority = metrics.majority_accuracy(it.train.labels, labels)
    return {
        "completeness": completeness,
        "completeness_normalised": metrics.completeness_normalised(
            completeness, majority, metrics.accuracy(it.predicted, labels), len(labels)
        ),
        "fidelity": metrics.fidelity(tree.predict(codes), it.predicted),
        "tree_depth": tree.depth,
        "tree_leaves": tree.n_leaves,
        "tree_nodes": len(tree.nodes()),
    }


def _space_figures(it: _Measured) -> dict[str, Any]:
    sides, keys = it.bank.sides, it.keys()
    asked = {f"{query}->{target}": (query, target) for query, target in permutations(it.modalities, 2)}
    rows = {
        name: (it.shared[query], keys[query], sides[target].shared, sides[target].semantics)
        for name, (query, target) in asked.items()
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
        }
        right_with = {handling: answer.argmax(1) == labels for handling, answer in answers.items()}
        figures[name] = {handling: float(kept.mean()) for handling, kept in right_with.items()}
        rates[name] = {
            handling: metrics.missing_rate_curve(right, kept, MISSING_RATES) for handling, kept in right_with.items()
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

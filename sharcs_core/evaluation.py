"""Every figure of a run, recomputed from its weights and the task's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np

from sharcs_core import inference, metrics, retrieval
from sharcs_core.config import RunConfig
from sharcs_core.data.task import Task
from sharcs_core.model import Sharcs
from sharcs_core.structures import Bank, Codes, DataSource, Floats, Ints, Split
from sharcs_core.tree import ConceptTree, codes_of, fit_tree


@dataclass(frozen=True)
class TrainingConcepts:
    """What a model makes of its training data: all that is compared with, and nothing of the test split.

    Attributes:
        bank: the rows that answer queries.
        codes, labels: (n_train, M·T) and (n_train,): what the tree is fitted to.
        shared, keys: modality → (n, T) and (n,): what semantics accuracy is fitted to.
    """

    bank: Bank
    codes: Codes
    labels: Ints
    shared: Mapping[str, Floats]
    keys: Mapping[str, Ints]


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


def training_concepts(model: Sharcs, task: Task, split: Split, config: RunConfig) -> TrainingConcepts:
    """Concepts, codes and bank of the whole training split."""
    seed = config.training.seed
    _, shared = inference.concepts_of(model, split.inputs)
    paired = {name: shared[name][rows] for name, rows in split.pairing.items()}
    return TrainingConcepts(
        bank=inference.build_bank(
            model, task, split, stratified_part(split.labels, config.bank_size, seed), "train", seed
        ),
        codes=codes_of(paired, config.model.modalities),
        labels=split.labels,
        shared=shared,
        keys=split.semantics,
    )


def missing_subsets(modalities: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every set of missing modalities that leaves one present."""
    for n_missing in range(1, len(modalities)):
        yield from combinations(modalities, n_missing)


def _missing_figures(
    model: Sharcs, task: Task, test: Split, shared: Mapping[str, Floats], bank: Bank, seed: int
) -> dict[str, dict[str, float]]:
    figures = {}
    for missing in missing_subsets(model.config.modalities):
        present = {name: values for name, values in shared.items() if name not in missing}
        filled = dict(present)
        for name in missing:
            described = inference.described_concepts(model, task, test, name, next(iter(present)), seed)
            filled[name] = retrieval.stand_in(described, bank, name)[1]
        answers = {
            "described": inference.probabilities(model, filled),
            "absent": inference.probabilities_absent(model, present, bank),
        }
        figures["+".join(sorted(missing))] = {
            handling: metrics.accuracy(answer.argmax(1), test.labels) for handling, answer in answers.items()
        }
    return figures


def evaluate(
    model: Sharcs, task: Task, train: TrainingConcepts, test: Split, source: DataSource, name: str, seed: int
) -> dict[str, Any]:
    """All figures on the test split, as ``sharcs evaluate --json`` prints them; definitions in ``metrics``.

    Args:
        source: where ``test`` came from.
        name: of the run.
        seed: of the run; it also draws the renderings of missing inputs.
    """
    modalities = model.config.modalities
    local_inputs = test.samples()
    _, shared = inference.concepts_of(model, {m: local_inputs[m] for m in modalities})
    keys = test.sample_semantics()
    predicted = inference.probabilities(model, shared).argmax(1)
    tree = fit_tree(train.codes, train.labels, modalities, model.config.n_shared, model.config.n_classes)
    codes = codes_of(shared, modalities)
    sides = train.bank.sides
    return {
        "task": task.name,
        "run": name,
        "seed": seed,
        "data_source": source.name,
        "n_train": len(train.labels),
        "n_bank": len(train.bank),
        "n_test": len(test),
        "accuracy": metrics.accuracy(predicted, test.labels),
        "majority_accuracy": metrics.majority_accuracy(train.labels, test.labels),
        "balanced_accuracy": metrics.balanced_accuracy(predicted, test.labels),
        **_tree_figures(tree, codes, predicted, test.labels),
        "semantics_accuracy": {
            m: metrics.semantics_accuracy(train.shared[m], train.keys[m], shared[m], keys[m]) for m in modalities
        },
        "retrieval": {
            f"{query}->{target}": metrics.retrieval(
                shared[query], keys[query], sides[target].shared, sides[target].semantics
            )
            for query, target in permutations(modalities, 2)
        },
        "missing": _missing_figures(model, task, test, shared, train.bank, seed),
        "modality_gap": metrics.modality_gap(shared),
    }


def _tree_figures(tree: ConceptTree, codes: Codes, predicted: Ints, labels: Ints) -> dict[str, float | int]:
    said = tree.predict(codes)
    return {
        "completeness": metrics.completeness(tree, codes, labels),
        "fidelity": metrics.fidelity(said, predicted),
        "majority_prediction": metrics.majority_prediction(predicted),
        "tree_nodes": len(tree.nodes()),
    }

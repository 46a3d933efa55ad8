"""Every figure of a model, recomputed from its weights and the task's data."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from sharcs_core import inference, metrics
from sharcs_core.comparison import TrainingConcepts
from sharcs_core.config import HAS_CONCEPTS, HAS_SHARED_SPACE
from sharcs_core.evaluation.answers import CLASS_FIGURES, TREE_FIGURES, class_figures, tree_figures
from sharcs_core.evaluation.concepts import (
    CONCEPT_FIGURES,
    EDIT_FIGURES,
    concept_alignment,
    concept_figures,
    edits,
    semantics_accuracy,
)
from sharcs_core.evaluation.measured import Measured
from sharcs_core.evaluation.missing import HANDLINGS, MISSING_FIGURES, MISSING_RATES, missing_figures, missing_subsets
from sharcs_core.evaluation.space import SPACE_FIGURES, code_agreement, space_figures
from sharcs_core.meanings import UNKNOWN
from sharcs_core.model import Multimodal
from sharcs_core.structures import DataSource, Split
from sharcs_core.tasks.task import Task

__all__ = [
    "CONCEPT_FIGURES",
    "EDIT_FIGURES",
    "HANDLINGS",
    "MISSING_FIGURES",
    "MISSING_RATES",
    "SPACE_FIGURES",
    "TREE_FIGURES",
    "evaluate",
    "missing_subsets",
]

ALL_FIGURES = (
    *(*CLASS_FIGURES, *TREE_FIGURES, *CONCEPT_FIGURES, *EDIT_FIGURES, "semantics_accuracy", *SPACE_FIGURES),
    *(*MISSING_FIGURES, "code_agreement", "concept_alignment"),
)


def evaluate(
    model: Multimodal, task: Task, train: TrainingConcepts, test: Split, source: DataSource, name: str, seed: int
) -> dict[str, Any]:
    """All figures on the test split, as ``sharcs evaluate --json`` prints them; definitions in ``metrics``.

    A figure that a model cannot have by construction, such as retrieval without a shared space, is None, and so is one
    that has no sense for what is known of the task; :mod:`sharcs_core.reasons` says why. Inputs of unknown meaning are
    left out of the figures of meanings; where that leaves fewer than the test samples, ``rows`` says how many. Samples
    without a label are left out of all; where none has one, all figures are None.

    Args:
        source: where ``test`` came from.
        name: of the run.
        seed: of the run; it also draws the renderings of missing inputs.
    """
    test = test.labelled()
    told = {
        "task": task.name,
        "run": name,
        "seed": seed,
        "data_source": source.name,
        "n_train": len(train.labels),
        "n_bank": len(train.bank),
        "n_test": len(test),
    }
    if not len(test):
        return told | dict.fromkeys(ALL_FIGURES)
    shared = inference.concepts_of_samples(model, test, train.bank)
    predicted = inference.predicted_classes(model, shared)
    it = Measured(model, task, train, test, shared, predicted, seed)
    wiring = model.config.wiring
    several = len(it.modalities) > 1
    return {
        **told,
        **class_figures(it),
        **(tree_figures(it) if wiring in HAS_CONCEPTS else dict.fromkeys(TREE_FIGURES)),
        **(concept_figures(it) if wiring in HAS_CONCEPTS else dict.fromkeys(CONCEPT_FIGURES)),
        **(edits(it) if wiring in HAS_CONCEPTS else dict.fromkeys(EDIT_FIGURES)),
        "semantics_accuracy": None if it.meanings.own else {m: semantics_accuracy(it, m) for m in it.modalities},
        **(space_figures(it) if wiring in HAS_SHARED_SPACE else dict.fromkeys(SPACE_FIGURES)),
        **(missing_figures(it) if several else dict.fromkeys(MISSING_FIGURES)),
        "code_agreement": code_agreement(it) if wiring == "sharcs" and not it.meanings.own else None,
        "concept_alignment": concept_alignment(it) if wiring in HAS_CONCEPTS else None,
        **_rows(it),
    }


def _rows(it: Measured) -> dict[str, dict[str, int]]:
    """``rows``: figure → on how many test inputs it was measured, where these are fewer than the test samples."""
    keys, n = it.keys(), {}
    for name, own in () if it.meanings.own else keys.items():
        n[f"semantics_accuracy.{name}"] = int(np.isin(own, it.task.card.full_keys(name)).sum())
        n[f"concept_alignment.{name}"] = int((own != UNKNOWN).sum())
        for factor in it.task.card.stated_by(name):
            n[f"concept_alignment.{name}.{factor}"] = int((it.meanings.of(factor, own) != UNKNOWN).sum())
    for query, target in permutations(it.modalities, 2):
        way, of_target = f"{query}->{target}", it.bank.sides[target].semantics
        by_key = it.meanings.comparable(keys[query], of_target)
        asked = (
            it.meanings.answerable(keys[query], of_target).sum() if by_key else len(np.unique(it.test.sources[query]))
        )
        found = len(of_target) if by_key else len(np.unique(it.test.sources[target]))
        n[f"retrieval.{way}"] = metrics.n_ranked(int(asked), found)
        for factor in it.meanings.factors:
            known, told = (int((it.meanings.of(factor, own) != UNKNOWN).sum()) for own in (keys[query], of_target))
            n[f"attribute_retrieval.{way}.{factor}"] = metrics.n_searched(known, told)
    fewer = {name: count for name, count in n.items() if count < len(it.test)}
    return {"rows": fewer} if fewer else {}

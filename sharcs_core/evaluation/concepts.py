"""Figures of concepts: how many do something, what they mean, what changing one does."""

from __future__ import annotations

from typing import Any

import numpy as np

from sharcs_core import metrics
from sharcs_core.edit_figures import edit_figures
from sharcs_core.evaluation.measured import Measured
from sharcs_core.moves import KeyMeans
from sharcs_core.structures import THRESHOLD

CONCEPT_FIGURES = ("n_concepts", "n_dead", "redundancy", "n_twins", "nameable")
EDIT_FIGURES = ("one_move", "any_switch", "right_edit", "edits_needed")


def concept_figures(it: Measured) -> dict[str, Any]:
    names, keys = it.modalities, it.keys()
    learned = np.concatenate([it.train.shared[name] for name in names])
    return {
        "n_concepts": it.model.config.width,
        "n_dead": metrics.n_dead(learned),
        "redundancy": metrics.redundancy(learned),
        "n_twins": metrics.twins(learned),
        "nameable": None
        if it.meanings.own
        else metrics.nameable(
            learned > THRESHOLD,
            np.concatenate([it.train.keys[name] for name in names]),
            np.concatenate([it.shared[name] for name in names]) > THRESHOLD,
            np.concatenate([keys[name] for name in names]),
            it.task.card.factors,
            it.seed,
        ),
    }


def edits(it: Measured) -> dict[str, Any]:
    means = KeyMeans({}, {}) if it.meanings.own else KeyMeans.of(it.train.shared, it.train.keys)
    codes = it.train.codes(it.model.config)
    return edit_figures(it.model, it.task, means, codes, it.test, it.shared, it.seed)


def semantics_accuracy(it: Measured, modality: str) -> float | None:
    """Of the inputs of which all that the modality states is known; None where it is of none."""
    train, test = it.train.keys[modality], it.keys()[modality]
    full = it.task.card.full_keys(modality)
    learned, asked = np.isin(train, full), np.isin(test, full)
    if len(np.unique(train[learned])) < 2 or not asked.any():
        return None
    shared = it.train.shared[modality][learned], it.shared[modality][asked]
    return metrics.semantics_accuracy(shared[0], train[learned], shared[1], test[asked])


def concept_alignment(it: Measured) -> dict[str, Any] | None:
    if not it.meanings.factors:
        return None
    return {
        m: metrics.concept_alignment(
            it.shared[m], {name: it.meanings.of(name, keys) for name in it.task.card.stated_by(m)}, it.seed
        )
        if it.task.card.stated_by(m)
        else None
        for m, keys in it.keys().items()
    }

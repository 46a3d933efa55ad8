"""Figures of the shared space: whether inputs that mean the same lie together."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np

from sharcs_core import inference, metrics
from sharcs_core.evaluation.measured import Measured
from sharcs_core.meanings import UNKNOWN, Gallery
from sharcs_core.structures import THRESHOLD

SPACE_FIGURES = ("retrieval", "attribute_retrieval", "modality_gap", "modality_probe")


def space_figures(it: Measured) -> dict[str, Any]:
    ways = {f"{query}->{target}": (query, target) for query, target in permutations(it.modalities, 2)}
    return {
        "retrieval": {name: _retrieval(it, *way) for name, way in ways.items()},
        "attribute_retrieval": {name: _attribute_retrieval(it, *way) for name, way in ways.items()}
        if it.meanings.factors
        else None,
        "modality_gap": metrics.modality_gap(it.shared),
        "modality_probe": metrics.modality_probe({name: it.train.shared[name] for name in it.modalities}, it.shared),
    }


def _retrieval(it: Measured, query: str, target: str) -> dict[str, Any] | None:
    """By keys in the bank; in the test split's own gallery where nothing is known but what belongs together.

    None where no query can be answered.
    """
    side, keys = it.bank.sides[target], it.keys()[query]
    if not it.meanings.comparable(keys, side.semantics):
        return _gallery_retrieval(it, query, target)
    known = it.meanings.answerable(keys, side.semantics)
    if not known.any():
        return None
    comparable = None if it.meanings.complete and (side.semantics != UNKNOWN).all() else it.meanings.telling
    return metrics.retrieval(
        it.shared[query][known],
        keys[known],
        side.shared,
        side.semantics,
        same=it.meanings.same,
        comparable=comparable,
    )


def _gallery_retrieval(it: Measured, query: str, target: str) -> dict[str, Any] | None:
    gallery = Gallery.of(it.test, query, target)
    if not len(gallery.queries) or not len(gallery.rows):
        return None
    shared = inference.concepts_of(it.model, {name: it.test.inputs[name] for name in (query, target)})[1]
    figures = metrics.retrieval(
        shared[query][gallery.queries],
        np.arange(len(gallery.queries)),
        shared[target][gallery.rows],
        np.arange(len(gallery.rows)),
        same=gallery.right,
    )
    return {**figures, "gallery": len(gallery.rows)}


def _attribute_retrieval(it: Measured, query: str, target: str) -> dict[str, float] | None:
    """Of the factors that both modalities state; None where there is none."""
    side = it.bank.sides[target]
    found = metrics.attribute_retrieval(
        it.shared[query], it.keys()[query], side.shared, side.semantics, it.task.card.factors
    )
    return found or None


def code_agreement(it: Measured) -> dict[str, Any]:
    codes, keys = {name: values > THRESHOLD for name, values in it.shared.items()}, it.keys()
    meanings, known = it.meanings, all((own != UNKNOWN).all() for own in keys.values())
    comparable = None if meanings.complete and known else meanings.telling
    return {
        f"{left}-{right}": metrics.code_agreement(
            codes[left], keys[left], codes[right], keys[right], meanings.same, comparable
        )
        for left, right in combinations(it.modalities, 2)
    }

"""What a model already finds in a training: validation inputs of another modality that mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from sharcs_core import inference, metrics
from sharcs_core.meanings import UNKNOWN, Gallery, Meanings
from sharcs_core.trainings.progress import Way

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal
    from sharcs_core.structures import Floats, Split

MOST = 500
"""Queries of a direction."""


def found(model: Multimodal, split: Split, meanings: Meanings) -> tuple[Way, ...]:
    """Recall@1 among the inputs of a split, from each modality to each other.

    Right is what means the same; where nothing is known of what inputs mean, what belongs to the query's own sample.
    """
    names = model.config.modalities
    shared = inference.concepts_of(model, {name: split.inputs[name] for name in names})[1]
    ways = (_way(shared, split, meanings, query, target) for query, target in permutations(names, 2))
    return tuple(way for way in ways if way is not None)


def _way(shared: Mapping[str, Floats], split: Split, meanings: Meanings, query: str, target: str) -> Way | None:
    asked, told = split.semantics[query], split.semantics[target]
    if not meanings.comparable(asked, told):
        return _in_gallery(shared, split, query, target)
    queries, rows = np.flatnonzero(meanings.answerable(asked, told))[:MOST], np.flatnonzero(told != UNKNOWN)
    if not len(queries):
        return None
    figures = metrics.retrieval(
        shared[query][queries],
        asked[queries],
        shared[target][rows],
        told[rows],
        same=meanings.same,
        comparable=None if meanings.complete else meanings.telling,
    )
    return _told(figures, query, target, len(queries))


def _in_gallery(shared: Mapping[str, Floats], split: Split, query: str, target: str) -> Way | None:
    gallery = Gallery.of(split, query, target)
    queries, rows = gallery.queries[:MOST], gallery.rows
    if not len(queries) or not len(rows):
        return None
    figures = metrics.retrieval(
        shared[query][queries],
        np.arange(len(queries)),
        shared[target][rows],
        np.arange(len(rows)),
        same=gallery.right,
    )
    return _told(figures, query, target, len(queries))


def _told(figures: Mapping[str, Any], query: str, target: str, n: int) -> Way:
    return Way(query, target, figures["recall_at_1"], figures["chance"]["recall_at_1"], n)

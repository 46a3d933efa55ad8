"""What a model already finds in a training: the partner of a validation input in another modality."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core import inference, metrics
from sharcs_core.meanings import Gallery
from sharcs_core.trainings.progress import Way

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal
    from sharcs_core.structures import Floats, Split

MOST = 500
"""Queries, and rows, of a direction."""


def found(model: Multimodal, split: Split) -> tuple[Way, ...]:
    """Recall@1 among the inputs of a split, from each modality to each other.

    Right is what belongs to the query's own sample, or is equal to such: the strictest of the ways to count, and the
    one that can be counted for every task.
    """
    names = model.config.modalities
    shared = inference.concepts_of(model, {name: split.inputs[name] for name in names})[1]
    ways = (_way(shared, split, query, target) for query, target in permutations(names, 2))
    return tuple(way for way in ways if way is not None)


def _way(shared: dict[str, Floats], split: Split, query: str, target: str) -> Way | None:
    gallery = Gallery.of(split, query, target)
    queries, rows = gallery.queries[:MOST], gallery.rows
    if not len(queries) or not len(rows):
        return None
    figures = metrics.retrieval(
        shared[query][queries],
        np.arange(len(queries)),
        shared[target][rows],
        np.arange(len(rows)),
        same=lambda asked, told: gallery.right[np.ix_(asked, told)],
    )
    return Way(query, target, figures["recall_at_1"], figures["chance"]["recall_at_1"], len(queries))

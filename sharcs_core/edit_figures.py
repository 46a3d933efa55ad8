"""What editing a model's concepts does on unseen samples: whether the answer follows, and rightly.

Shapes: n samples, T concepts of a modality.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sharcs_core import inference, metrics
from sharcs_core.config import HAS_CONCEPTS
from sharcs_core.counterfactuals import edits_needed_of
from sharcs_core.model import Multimodal
from sharcs_core.moves import OPEN, KeyMeans, all_moves, apply_move, right_classes
from sharcs_core.structures import THRESHOLD, Codes, Floats, Ints, Split
from sharcs_core.switches import occur_among, switches_of
from sharcs_core.tasks.task import Task

EDIT_FIGURES = ("one_move", "any_switch", "right_edit", "edits_needed")

MAX_SAMPLES = 500
"""Samples whose fewest edits are searched for; more are drawn from."""


@dataclass(frozen=True)
class _Try:
    """One edit, made on k of the samples.

    Attributes:
        samples: (k,) places of the samples.
        classes: (k,) what the model says afterwards.
        wanted: (k,) what it should say, ``OPEN`` where nothing follows.
    """

    samples: Ints
    classes: Ints
    wanted: Ints


def edit_figures(
    model: Multimodal,
    task: Task,
    means: KeyMeans,
    train_codes: Mapping[str, Codes],
    test: Split,
    shared: Mapping[str, Floats],
    seed: int,
) -> dict[str, Any]:
    """``one_move``, ``any_switch``, ``right_edit`` and ``edits_needed`` of a model.

    ``one_move`` tries the task's moves where every concept is taught, and else single switches that lead to a code
    that training inputs of that modality have; ``any_switch`` tries every single switch. Of a model without concepts
    all four are None, of a task that states no facts ``right_edit`` is.

    Args:
        means: what free concepts say of a key, on average over training inputs.
        train_codes: modality → (n_train, T) of training inputs.
        shared: modality → (n, T) of the test samples' inputs, aligned with ``test.labels``.
        seed: draws the samples whose fewest edits are searched for, ``MAX_SAMPLES`` at most.
    """
    config = model.config
    if config.wiring not in HAS_CONCEPTS:
        return dict.fromkeys(EDIT_FIGURES)
    concepts = {name: np.asarray(shared[name], dtype=np.float32) for name in config.modalities}
    keys = {name: own for name, own in test.sample_semantics().items() if name in concepts}
    before = inference.predicted_classes(model, concepts)
    moves = list(_moved(model, task, means, concepts, keys))
    all_switches, seen_switches = _switched(model, concepts, train_codes)
    tries = moves if moves and config.n_named == config.width else seen_switches
    some = np.sort(np.random.default_rng(seed).permutation(len(before))[:MAX_SAMPLES])
    return {
        "one_move": _share_changed(before, tries),
        "any_switch": _share_changed(before, all_switches),
        "right_edit": _right_edit(before, moves),
        "edits_needed": metrics.edits_needed(
            edits_needed_of(model, {name: own[some] for name, own in concepts.items()})
        ),
    }


def _moved(
    model: Multimodal, task: Task, means: KeyMeans, concepts: Mapping[str, Floats], keys: Mapping[str, Ints]
) -> Iterator[_Try]:
    """Every move of the task on all samples for which it is possible."""
    for move in all_moves(task):
        if not set(task.card.facts[move.fact]) & set(keys):
            continue  # stated by modalities that this model does not read
        moved = apply_move(model.config, task, means, concepts, keys, move)
        samples = np.flatnonzero(moved.possible)
        classes = inference.predicted_classes(model, {name: own[samples] for name, own in moved.shared.items()})
        yield _Try(samples, classes, right_classes(task, {name: own[samples] for name, own in moved.keys.items()}))


def _switched(
    model: Multimodal, concepts: Mapping[str, Floats], train_codes: Mapping[str, Codes]
) -> tuple[list[_Try], list[_Try]]:
    """Every switch on all samples; and on those alone where it leads to a code that training inputs have."""
    every, seen = [], []
    for switch in switches_of(model.config, tuple(concepts)):
        edited = switch.apply(concepts[switch.modality])
        classes = inference.predicted_classes(model, {**concepts, switch.modality: edited})
        everyone = np.arange(len(classes))
        known = np.flatnonzero(occur_among(edited > THRESHOLD, train_codes[switch.modality]))
        every.append(_Try(everyone, classes, np.full(len(everyone), OPEN)))
        seen.append(_Try(known, classes[known], np.full(len(known), OPEN)))
    return every, seen


def _share_changed(before: Ints, tries: list[_Try]) -> float:
    return metrics.share_changed(before, [(one.samples, one.classes) for one in tries])


def _right_edit(before: Ints, moves: list[_Try]) -> dict[str, Any] | None:
    """Of all moves whose right answer is known; None where there are none."""
    if not moves:
        return None
    wanted = np.concatenate([move.wanted for move in moves])
    known = wanted != OPEN
    return metrics.right_edit(
        np.concatenate([move.classes for move in moves])[known],
        wanted[known],
        before[np.concatenate([move.samples for move in moves])][known],
    )

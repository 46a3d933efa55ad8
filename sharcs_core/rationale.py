"""Concepts and rules in words, from the meanings of the bank inputs that switch a concept on.

Shapes: T shared concepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.data.task import Task
from sharcs_core.retrieval import side_of
from sharcs_core.structures import THRESHOLD, Bank, TreeStep


def key_activation(bank: Bank, modality: str) -> tuple[NDArray[np.integer[Any]], NDArray[np.float64]]:
    """The semantics keys of a modality in the bank, rising, and the mean activations (n_keys, T) of each."""
    side = side_of(bank, modality)
    keys, of_row = np.unique(side.semantics, return_inverse=True)
    sums = np.zeros((len(keys), side.shared.shape[1]))
    np.add.at(sums, of_row, side.shared)
    return keys, sums / np.bincount(of_row, minlength=len(keys))[:, None]


def concept_meaning(bank: Bank, task: Task, modality: str, concept: int) -> str:
    """What a concept says, such as ``on for digit 3, digit 5, digit 8``.

    A key counts as on where its mean activation in the bank is above 0.5. Where that holds for more than half
    of the keys, the others are named instead: ``off for digit 1``.

    Raises:
        ValueError: for a modality or a concept that is not there.
    """
    keys, activations = key_activation(bank, modality)
    if not 0 <= concept < activations.shape[1]:
        raise ValueError(f"{modality!r} has concepts 0 to {activations.shape[1] - 1} (got {concept})")
    on = activations[:, concept] > THRESHOLD
    if on.all() or not on.any():
        return "always on" if len(on) and on.all() else "never on"
    names = task.modality(modality).key_names
    is_on = on.sum() <= len(on) / 2
    return f"{'on' if is_on else 'off'} for {', '.join(names[key] for key in keys[on == is_on])}"


def rule_in_words(task: Task, steps: Sequence[TreeStep], bank: Bank | None = None) -> str:
    """The answers on a way through the tree as a sentence part.

    Such as ``image concept 3 is on and graph concept 0 is off``; with a bank, each concept is followed by its
    meaning in brackets; without steps, every sample follows the rule.

    Raises:
        ValueError: for a modality that the task lacks.
    """
    if not steps:
        return "every sample"
    return " and ".join(_step_in_words(task, step, bank) for step in steps)


def _step_in_words(task: Task, step: TreeStep, bank: Bank | None) -> str:
    modality = task.modality(step.modality).name
    said = f"{modality} concept {step.concept} is {'on' if step.value else 'off'}"
    return said if bank is None else f"{said} ({concept_meaning(bank, task, modality, step.concept)})"

"""The tasks, by name."""

from __future__ import annotations

from copy import copy

from sharcs_core.errors import UserError
from sharcs_core.tasks.card import TaskCard
from sharcs_core.tasks.clevr import Clevr
from sharcs_core.tasks.mnist.half_mnist import HalfMnist
from sharcs_core.tasks.mnist.mnist_superpixels import MnistSuperpixels
from sharcs_core.tasks.reasons.task import ClevrReasons
from sharcs_core.tasks.task import DescribedTask, Task
from sharcs_core.tasks.xor.xor_and_xor import XorAndXor
from sharcs_core.tasks.xor.xor_ways import XorWays

TASKS: dict[str, Task] = {
    "xor_and_xor": XorAndXor(),
    "mnist_superpixels": MnistSuperpixels(),
    "half_mnist": HalfMnist(),
    "clevr": Clevr(),
    "clevr_reasons": ClevrReasons(),
    "xor_three_ways": XorWays(3),
    "xor_four_ways": XorWays(4),
}


def task_of(card: TaskCard) -> Task:
    """The task of a card that a run brings: one that is known here and means the same, else what the card says."""
    known = TASKS.get(card.name)
    if known is None or _meaning(known.card) != _meaning(card):
        return DescribedTask(card)
    described = copy(known)
    described.card = card
    return described


def _meaning(card: TaskCard) -> tuple[object, ...]:
    """What behaviour is written for: classes, modalities and what keys are made of; titles may change."""
    forms = tuple((modality.name, modality.form, len(modality.key_names)) for modality in card.modalities)
    return card.target.names, forms, dict(card.factors), dict(card.facts), dict(card.compared)


def get_task(name: str) -> Task:
    """The task of that name. Raises ValueError for an unknown one."""
    if name not in TASKS:
        raise UserError(f"Unknown task {name!r}; choose one of {sorted(TASKS)}")
    return TASKS[name]

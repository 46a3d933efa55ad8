"""Tasks with the truth taken out, on which a sound method must fall to chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sharcs_core.structures import Ints, Split, TaskData
from sharcs_core.tasks.task import Task


class ShuffledTask(Task):
    """A task to train on whose labels, or meanings, have been dealt out anew at random.

    Args:
        of_training: the training split before it was shuffled: some tasks pair by the true meanings.
        shuffled: ``labels``: the class of a sample is that of another one, dealt anew with every epoch as the
            pairings are. ``keys``: the meaning of an input is that of another of its modality.
    """

    def __init__(self, task: Task, of_training: Split, shuffled: str) -> None:
        self.task, self.of_training, self.shuffled = task, of_training, shuffled
        self.card = task.card

    def pair(self, split: Split, rng: np.random.Generator) -> tuple[Mapping[str, Ints], Ints]:
        pairing, labels = self.task.pair(self.of_training, rng)
        return pairing, rng.permutation(labels) if self.shuffled == "labels" else labels


def shuffle(task: Task, data: TaskData, shuffled: str, seed: int) -> tuple[Task, TaskData]:
    """The task and its data with the labels, or the keys, of training and validation dealt out anew."""
    rng = np.random.default_rng([seed, 1])
    train, validation = (_shuffled(split, shuffled, rng) for split in (data.train, data.validation))
    return ShuffledTask(task, data.train, shuffled), replace(data, train=train, validation=validation)


def _shuffled(split: Split, shuffled: str, rng: np.random.Generator) -> Split:
    if shuffled == "labels":
        return replace(split, labels=rng.permutation(split.labels))
    return replace(split, semantics={name: rng.permutation(keys) for name, keys in split.semantics.items()})

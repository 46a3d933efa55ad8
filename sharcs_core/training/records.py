"""What a training tells of itself, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from sharcs_core.errors import UserError
from sharcs_core.model import Multimodal
from sharcs_core.structures import Choice, TaskData


@dataclass(frozen=True)
class EpochRecord:
    """One line of a training's history.

    Attributes:
        epoch: from 0.
        train_loss: mean over the batches, each as it was before its own step.
        validation_loss: mean over the batches of the validation split, weighted by their samples: what aligns the
            modalities is a figure of a batch, and not of a sample.
        validation_accuracy: share of the validation samples.
        cpu_seconds: what the epoch took of processor time, validation included.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    cpu_seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class FitResult:
    """What a training gives.

    Attributes:
        model: of the best epoch, in evaluation mode on the CPU.
        best_epoch: from 0; of the epochs of polishing where there are any.
        history: all epochs.
        choice: which concepts were kept; None where all were.
        device: what it was trained on, such as ``cpu``; seconds of another one are no CPU seconds.
    """

    model: Multimodal
    best_epoch: int
    history: tuple[EpochRecord, ...]
    choice: Choice | None = None
    device: str = "cpu"


EpochCallback = Callable[[EpochRecord, int], None]
Look = Callable[[EpochRecord, Multimodal, TaskData], None]
"""Told of an epoch, the model in evaluation mode, and the data; changes neither."""

Begin = Callable[[Multimodal], None]
"""Gives a fresh model what was learned before."""


class DivergedError(UserError):
    """A loss that is not a finite number: no further step can mend that."""


def finite(loss: float, epoch: int) -> float:
    """The loss. Raises DivergedError for what is no finite number."""
    if not math.isfinite(loss):
        raise DivergedError(f"The loss is not a finite number any more in epoch {epoch + 1}; lower the learning rate")
    return loss

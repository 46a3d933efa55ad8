"""What all figures of a model start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sharcs_core.comparison import TrainingConcepts
from sharcs_core.meanings import Meanings
from sharcs_core.model import Multimodal
from sharcs_core.structures import Bank, Floats, Ints, Split
from sharcs_core.tasks.task import Task


@dataclass(frozen=True)
class Measured:
    """What all groups of figures start from: a model, its concepts of test samples, what they are compared with."""

    model: Multimodal
    task: Task
    train: TrainingConcepts
    test: Split
    shared: Mapping[str, Floats]
    predicted: Ints
    seed: int

    @property
    def modalities(self) -> tuple[str, ...]:
        return self.model.config.modalities

    @property
    def bank(self) -> Bank:
        return self.train.bank

    @property
    def meanings(self) -> Meanings:
        return self.task.card.meanings

    def keys(self) -> dict[str, Ints]:
        """Semantics key of each test sample's inputs."""
        return {name: keys for name, keys in self.test.sample_semantics().items() if name in self.modalities}

"""The state of a training between two epochs, and one epoch: a step a batch, few concepts chosen and polished."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sharcs_core.baselines import build_model, choose_anchors
from sharcs_core.batches import Batch, SplitTensors, batches, one_cycle
from sharcs_core.choosing import choose_concepts, sliced
from sharcs_core.config import RunConfig, TrainingConfig
from sharcs_core.frozen import with_frozen
from sharcs_core.kinds import KINDS
from sharcs_core.model import Multimodal
from sharcs_core.objective import Relations, forward, loss_of
from sharcs_core.structures import Choice, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.training import state
from sharcs_core.training.processes import ALONE, Alone
from sharcs_core.training.records import Begin, EpochRecord, finite
from sharcs_core.weighing import unweigh, weigh


class Trainer:
    """The state of a training between two epochs: weights, optimiser, history, the best weights so far.

    A training with ``polish_epochs`` has two phases: after the first, few concepts are chosen, the model is cut
    down to them, and learning begins anew at a low rate. What was polished may let more go, so concepts are chosen
    again before each epoch of polishing but the last.
    """

    def __init__(
        self,
        config: RunConfig,
        task: Task,
        data: TaskData,
        device: torch.device,
        begin: Begin | None = None,
        processes: Alone = ALONE,
    ) -> None:
        self.config, self.task, self.device, self.begin, self.processes = config, task, device, begin, processes
        self.relations = Relations(config, task.card.meanings, data.train, device)
        self._take(data)
        self.history: list[EpochRecord] = []
        self.devices = {device.type}
        self.choice: Choice | None = None
        self.polishing = False
        self._begin_phase(self.fresh_model().to(device))

    def _take(self, data: TaskData) -> None:
        self.data = data
        self.train, self.validation = (
            SplitTensors.of(split, self.config, self.task.card.meanings, self.device)
            for split in (data.train, data.validation)
        )

    def read_frozen(self) -> None:
        """From now on, what no training changes is at hand and is not computed anew, see :mod:`sharcs_core.frozen`."""
        data = with_frozen(self.model, self.data)
        if data is not self.data:
            self._take(data)

    def _begin_phase(self, model: Multimodal) -> None:
        settings = self.config.training
        self.model = self.processes.taken(model)
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.phase_start = len(self.history)
        self.step = 0
        self.best_epoch = -1
        self.best_weights: dict[str, Tensor] = {}

    @property
    def device_names(self) -> str:
        """Everything that epochs were computed on, such as ``cpu`` or ``cpu, cuda``."""
        return ", ".join(sorted(self.devices))

    @property
    def phase_epochs(self) -> int:
        """Epochs of the present phase, were none of them spared."""
        settings = self.config.training
        return settings.epochs - settings.polish_epochs if self.choice is None else settings.polish_epochs

    @property
    def n_steps(self) -> int:
        """Optimiser steps of the present phase."""
        return math.ceil(len(self.data.train) / self.config.training.batch_size) * self.phase_epochs

    @property
    def rate(self) -> float:
        """Learning rate of the next step."""
        settings = self.config.training
        if self.choice is None:
            return one_cycle(self.step, self.n_steps, settings.learning_rate)
        return one_cycle(self.step, self.n_steps, settings.polish_rate, warm_up=0)

    def fresh_model(self) -> Multimodal:
        """The model as it was before any training."""
        model = fresh_model(self.config, self.data)
        if self.begin:
            self.begin(model)
        return model

    @property
    def _phase_finished(self) -> bool:
        settings, n_done = self.config.training, len(self.history) - self.phase_start
        waited = len(self.history) - 1 - self.best_epoch
        spared = settings.patience and n_done and waited >= settings.patience
        return n_done >= self.phase_epochs or bool(spared)

    @property
    def finished(self) -> bool:
        to_come = self.config.training.polish_epochs and self.choice is None
        return self._phase_finished and not to_come

    @property
    def _choose_next(self) -> bool:
        """Whether concepts are chosen before the next epoch: the first of polishing, and each after it but the last."""
        if self.choice is None:
            return self._phase_finished and not self.finished
        return len(self.history) - self.phase_start < self.phase_epochs - 1

    def choose(self) -> None:
        """Cut the model down to the concepts that matter, and polish them; at first the best model there was."""
        settings, former = self.config.training, self.choice
        if former is None:
            self.model.load_state_dict(self.best_weights)
        self.model.eval()
        found = choose_concepts(
            self.model,
            self.data.train.labelled(),
            self.data.validation.labelled(),
            former=former,
            tolerance=settings.tolerance,
            meanings=self.task.card.meanings,
            seed=settings.seed,
        )
        self.choice = self.processes.told(found)
        places = former.kept if former else range(self.choice.n_before)
        if former is None or self.choice.kept != former.kept:
            kept = set(self.choice.kept)
            self._cut_down([place for place, concept in enumerate(places) if concept in kept])

    def take_choice(self, choice: Choice) -> None:
        """Go on with what was chosen before."""
        self.choice = choice
        self._cut_down(choice.kept)

    def _cut_down(self, kept: Sequence[int]) -> None:
        """Go on with the concepts at these places alone; the rate of polishing falls on where it was."""
        step, start = (self.step, self.phase_start) if self.polishing else (0, len(self.history))
        self._begin_phase(sliced(self.model, kept))
        self.step, self.phase_start, self.polishing = step, start, True

    def run_epoch(self) -> EpochRecord:
        """Train on the samples as this epoch pairs them, validate, and keep the weights if they are the best so far.

        Each sample comes once; a last batch of a single one is left out.

        Raises:
            DivergedError: for a loss that is not finite; the best weights stay what they were.
        """
        epoch, started = len(self.history), time.process_time()
        if self._choose_next:
            self.choose()
        settings = self.config.training
        generator = torch.Generator().manual_seed(_epoch_seed(settings, epoch))
        pairing, labels = self.task.pair(self.data.train, np.random.default_rng([settings.seed, epoch]))
        order = torch.randperm(len(labels), generator=generator)
        self.processes.agree(self.model)
        self.model.train()
        unweigh(self.model)
        losses = [
            self._step(rows, classes, generator)
            # a batch norm has no use for a single row
            for rows, classes in batches(pairing, labels, order, settings.batch_size, self.device, least=2)
        ]
        weigh(self.model.eval(), self.data.validation.labelled())
        validation_loss, accuracy = self.processes.told(self.validate())
        cpu_seconds = time.process_time() - started
        record = EpochRecord(epoch, float(np.mean(losses)), finite(validation_loss, epoch), accuracy, cpu_seconds)
        self.history.append(record)
        if self.best_epoch < 0 or validation_loss < self.history[self.best_epoch].validation_loss:
            self.best_epoch = epoch
            self.best_weights = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        return record

    def _step(self, rows: Mapping[str, Tensor], classes: Tensor, generator: torch.Generator) -> float:
        batch = self.train.batch(rows, classes)
        batch = batch.varied({name: self._noise(name, arrays, generator) for name, arrays in batch.inputs.items()})
        batch = batch.without(self.config.training.drop, generator)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate
        loss, _ = self._loss(batch, generator)
        value = finite(loss.item(), len(self.history))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.processes.average(self.model)
        self.optimiser.step()
        self.step += 1
        return value

    def _noise(self, name: str, arrays: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        encoder = self.config.model.encoders[name]
        drawn = KINDS[encoder.kind].vary(encoder, arrays, generator)
        return {field: noise.to(self.device) for field, noise in drawn.items()}

    def _loss(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        output = forward(self.model, batch, self.processes.encode)
        return loss_of(output, batch, self.config.training, self.relations, generator), output.logits

    @torch.no_grad()
    def validate(self) -> tuple[float, float]:
        """Loss (see :class:`EpochRecord`) and accuracy on the validation split, in its own fixed pairing."""
        self.model.eval()
        split = self.data.validation.labelled()
        generator = torch.Generator().manual_seed(self.config.training.seed)
        order = torch.arange(len(split))
        total, right, n_seen = 0.0, 0, 0
        for rows, classes in batches(split.pairing, split.labels, order, 256, self.device):
            loss, logits = self._loss(self.validation.batch(rows, classes), generator)
            total += loss.item() * len(classes)
            right += int((logits.argmax(1) == classes).sum())
            n_seen += len(classes)
        return total / n_seen, right / n_seen

    def save(self, path: Path) -> None:
        """Keep the state at ``path``, see :func:`sharcs_core.training.state.keep`."""
        state.keep(self, path)

    def restore(self, path: Path) -> None:
        """Go on from a saved state, see :func:`sharcs_core.training.state.go_on`."""
        state.go_on(self, path.read_bytes(), path)


def _epoch_seed(settings: TrainingConfig, epoch: int) -> int:
    return int(np.random.SeedSequence([settings.seed, epoch]).generate_state(1)[0])


def fresh_model(config: RunConfig, data: TaskData) -> Multimodal:
    """A model as it is before any training on ``data``."""
    seed = config.training.seed
    anchors = choose_anchors(config.model, data.train, np.random.default_rng(seed))
    return build_model(config.model, seed, anchors)

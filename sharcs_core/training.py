"""Training: one optimiser step a batch, few concepts chosen and polished, best epoch by validation, resumable."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sharcs_core.baselines import build_model, choose_anchors
from sharcs_core.batches import Batch, SplitTensors, batches, digest_of, one_cycle
from sharcs_core.choosing import choose_concepts, sliced
from sharcs_core.config import RunConfig, TrainingConfig
from sharcs_core.errors import UserError
from sharcs_core.frozen import with_frozen
from sharcs_core.kinds import KINDS
from sharcs_core.model import Multimodal
from sharcs_core.objective import Relations, forward, loss_of
from sharcs_core.storage import StorageError, locked, move, tidy_up, write_bytes
from sharcs_core.structures import Choice, Removal, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import choose_device
from sharcs_core.weighing import unweigh, weigh

EpochCallback = Callable[["EpochRecord", int], None]
Look = Callable[["EpochRecord", Multimodal, TaskData], None]
"""Told of an epoch, the model in evaluation mode, and the data; changes neither."""

Begin = Callable[[Multimodal], None]
"""Gives a fresh model what was learned before."""

STATE_FORMAT = 4
"""Of a training kept on disk; counted up whenever the same settings come to train another model."""


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


class DivergedError(UserError):
    """A loss that is not a finite number: no further step can mend that."""


class Trainer:
    """The state of a training between two epochs: weights, optimiser, history, the best weights so far.

    A training with ``polish_epochs`` has two phases: after the first, few concepts are chosen, the model is cut
    down to them, and learning begins anew at a low rate. What was polished may let more go, so concepts are chosen
    again before each epoch of polishing but the last.
    """

    def __init__(
        self, config: RunConfig, task: Task, data: TaskData, device: torch.device, begin: Begin | None = None
    ) -> None:
        self.config, self.task, self.device, self.begin = config, task, device, begin
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
        self.model = model
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
        self.choice = choose_concepts(
            self.model,
            self.data.train.labelled(),
            self.data.validation.labelled(),
            former=former,
            tolerance=settings.tolerance,
            meanings=self.task.card.meanings,
            seed=settings.seed,
        )
        places = former.kept if former else range(self.choice.n_before)
        if former is None or self.choice.kept != former.kept:
            kept = set(self.choice.kept)
            self._cut_down([place for place, concept in enumerate(places) if concept in kept])

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
        self.model.train()
        unweigh(self.model)
        losses = [
            self._step(rows, classes, generator)
            # a batch norm has no use for a single row
            for rows, classes in batches(pairing, labels, order, settings.batch_size, self.device, least=2)
        ]
        weigh(self.model.eval(), self.data.validation.labelled())
        validation_loss, accuracy = self.validate()
        cpu_seconds = time.process_time() - started
        record = EpochRecord(epoch, float(np.mean(losses)), _finite(validation_loss, epoch), accuracy, cpu_seconds)
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
        value = _finite(loss.item(), len(self.history))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.step += 1
        return value

    def _noise(self, name: str, arrays: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        encoder = self.config.model.encoders[name]
        drawn = KINDS[encoder.kind].vary(encoder, arrays, generator)
        return {field: noise.to(self.device) for field, noise in drawn.items()}

    def _loss(self, batch: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        output = forward(self.model, batch)
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

    # A training is kept as one safetensors file: tensors, and the rest as JSON in its header.

    def save(self, path: Path) -> None:
        """Keep the state at ``path``; what was kept there stays where that fails.

        Raises:
            StorageError: it cannot be written.
        """
        from safetensors.torch import save

        tensors = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best_weights.items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{index}/{name}": value for name, value in state.items()}
        facts = {
            "format": STATE_FORMAT,
            "config": self.config.to_json(),
            "source": self.data.source.sha256,
            "samples": [len(self.data.train), digest_of(self.data.train), digest_of(self.data.validation)],
            "choice": asdict(self.choice) if self.choice else None,
            "devices": sorted(self.devices),
            "phase_start": self.phase_start,
            "step": self.step,
            "best_epoch": self.best_epoch,
            "history": [vars(record) for record in self.history],
        }
        contiguous = {name: value.contiguous() for name, value in tensors.items()}
        try:
            write_bytes(path, save(contiguous, {"state": json.dumps(facts)}))
        except StorageError as error:
            raise StorageError(f"{error}; the same command goes on {self._kept_before(path)}") from None

    def _kept_before(self, path: Path) -> str:
        return f"after epoch {len(self.history) - 1}, the last that was kept" if path.exists() else "from the start"

    def restore(self, path: Path) -> None:
        """Go on from a saved state. Raises ValueError if it is damaged or of another version, configuration or data."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "pt") as file:
                facts = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, ValueError):
            raise UserError(f"{path} is damaged; delete it to start afresh") from None
        if facts.get("format") != STATE_FORMAT:
            raise UserError(f"{path} belongs to a training by another version; delete it to start afresh")
        if facts["config"] != json.loads(json.dumps(self.config.to_json())):
            raise UserError(f"{path} belongs to a training with other settings; delete it to start afresh")
        if facts["source"] != self.data.source.sha256:
            raise UserError(f"{path} belongs to a training on other data; delete it to start afresh")
        samples = [len(self.data.train), digest_of(self.data.train), digest_of(self.data.validation)]
        if facts["samples"] != samples:
            raise UserError(
                f"{path} belongs to a training on other samples ({facts['samples'][0]:,} there, {samples[0]:,} here); "
                "delete it to start afresh"
            )
        if facts["choice"]:
            self.choice = _choice(facts["choice"])
            self._cut_down(self.choice.kept)
        self.phase_start = facts["phase_start"]
        self.model.load_state_dict(_below("model", tensors))
        self.best_weights = {name: value.to(self.device) for name, value in _below("best", tensors).items()}
        self.optimiser.load_state_dict(_optimiser_state(self.optimiser.state_dict(), _below("optimiser", tensors)))
        self.step, self.best_epoch = facts["step"], facts["best_epoch"]
        self.history = [EpochRecord(**record) for record in facts["history"]]
        self.devices = {*facts["devices"], *(set() if self.finished else self.devices)}


def _choice(values: Mapping[str, Any]) -> Choice:
    removals = tuple(Removal(**removal) for removal in values["removals"])
    return Choice(**{**values, "kept": tuple(values["kept"]), "removals": removals})


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise DivergedError(f"The loss is not a finite number any more in epoch {epoch + 1}; lower the learning rate")
    return loss


def _epoch_seed(settings: TrainingConfig, epoch: int) -> int:
    return int(np.random.SeedSequence([settings.seed, epoch]).generate_state(1)[0])


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}/"): value for name, value in tensors.items() if name.startswith(f"{prefix}/")}


def _optimiser_state(fresh: dict[str, Any], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split("/")
        state.setdefault(int(index), {})[key] = value
    return {**fresh, "state": state}


def fresh_model(config: RunConfig, data: TaskData) -> Multimodal:
    """A model as it is before any training on ``data``."""
    seed = config.training.seed
    anchors = choose_anchors(config.model, data.train, np.random.default_rng(seed))
    return build_model(config.model, seed, anchors)


def settings_kept(state: Path) -> Any:
    """The settings, as JSON, of the training that ``state`` keeps; None where there is none to go on with."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(state, "pt") as file:
            facts = json.loads(file.metadata()["state"])
        return facts["config"] if facts["format"] == STATE_FORMAT else None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None


def fit(
    config: RunConfig,
    task: Task,
    data: TaskData,
    *,
    state: Path | None = None,
    device: torch.device | None = None,
    on_epoch: EpochCallback | None = None,
    look: Look | None = None,
    begin: Begin | None = None,
) -> FitResult:
    """Train a model.

    Args:
        state: file that keeps the training after every epoch; where it exists the training goes on from it,
            with the same result, bit for bit, as if it had never stopped.
        on_epoch: called with each epoch's record and the number of epochs, once the epoch is kept.
        look: called before it.
        begin: given the fresh model, to put into it what was learned before.

    Raises:
        UserError: if ``state`` belongs to another training, is in the hands of another process, or cannot be written.
        DivergedError: if the loss is not finite any more. What was kept, the best weights among it, then lies beside
            ``state`` under another name, out of the way of a new try.
    """
    with locked(state) if state else nullcontext():
        trainer = Trainer(config, task, data, device or choose_device(), begin)
        if state is not None:
            tidy_up(state)
            if state.exists():
                trainer.restore(state)
        _train(trainer, state, on_epoch, look)
    model = trainer.model.cpu()
    model.load_state_dict(trainer.best_weights)
    return FitResult(model.eval(), trainer.best_epoch, tuple(trainer.history), trainer.choice, trainer.device_names)


def _train(trainer: Trainer, state: Path | None, on_epoch: EpochCallback | None, look: Look | None) -> None:
    """Epoch after epoch until there is nothing more to learn."""
    if not trainer.finished:
        trainer.read_frozen()
    while not trainer.finished:
        try:
            record = trainer.run_epoch()
        except DivergedError as error:
            raise DivergedError(f"{error}{_set_aside(state)}") from None
        if state is not None:
            trainer.save(state)
        if look:
            look(record, trainer.model, trainer.data)
        if on_epoch:
            on_epoch(record, trainer.config.training.epochs)


def _set_aside(state: Path | None) -> str:
    """Moves the state of a training that cannot go on, and says where its best weights are."""
    if state is None or not state.exists():
        return ""
    aside = state.with_name(state.name.replace(".training.", ".diverged.", 1))
    if aside == state:
        aside = state.with_suffix(".diverged")
    move(state, aside)
    return f" (the best weights so far are kept in {aside})"

"""A training from its beginning, or from where it was stopped, to its end."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import torch

from sharcs_core.config import RunConfig
from sharcs_core.storage import locked, tidy_up
from sharcs_core.structures import TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import choose_device
from sharcs_core.training.processes import processes_for
from sharcs_core.training.records import Begin, DivergedError, EpochCallback, FitResult, Look
from sharcs_core.training.state import go_on, set_aside
from sharcs_core.training.trainer import Trainer


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
    """Train a model; where ``torchrun`` started several processes, all of them together.

    Of several the first alone keeps, looks and tells; the others have the same result.

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
        EndedError: of several processes another one is gone.
    """
    device = device or choose_device()
    processes = processes_for(device)
    if not processes.is_first:
        state = on_epoch = look = None
    with processes.together(), locked(state) if state else nullcontext():
        trainer = Trainer(config, task, data, device, begin, processes)
        _restore(trainer, state)
        _train(trainer, state, on_epoch, look)
    model = processes.given_back(trainer.model).cpu()
    model.load_state_dict(trainer.best_weights)
    return FitResult(model.eval(), trainer.best_epoch, tuple(trainer.history), trainer.choice, trainer.device_names)


def _restore(trainer: Trainer, state: Path | None) -> None:
    """Go on from what the first process kept, if it did."""
    if state is not None:
        tidy_up(state)
    content = trainer.processes.told(state.read_bytes() if state is not None and state.exists() else None)
    if content is not None:
        go_on(trainer, content, state or Path("what the first process kept"))


def _train(trainer: Trainer, state: Path | None, on_epoch: EpochCallback | None, look: Look | None) -> None:
    """Epoch after epoch until there is nothing more to learn."""
    if not trainer.finished:
        trainer.read_frozen()
    while not trainer.finished:
        try:
            record = trainer.run_epoch()
        except DivergedError as error:
            raise DivergedError(f"{error}{set_aside(state)}") from None
        if state is not None:
            trainer.save(state)
        if look:
            look(record, trainer.model, trainer.data)
        if on_epoch:
            on_epoch(record, trainer.config.training.epochs)

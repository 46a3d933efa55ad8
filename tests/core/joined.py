"""One of several processes that train the toy task together; started by ``test_processes.py``, as torchrun would.

They find RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT in their environment.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from sharcs_core.batches import batches
from sharcs_core.cli.faults import tell
from sharcs_core.config import RunConfig
from sharcs_core.training import FitResult, Trainer, fit
from sharcs_core.training.processes import Alone, processes_for
from toy_task import ToyTask

CPU = torch.device("cpu")
RUN_EPOCH = Trainer.run_epoch


def settings(task: ToyTask) -> RunConfig:
    """Short, with inputs dropped, polishing, and a last batch that cannot be shared out evenly."""
    config = task.preset(0)
    training = replace(config.training, epochs=4, polish_epochs=2, batch_size=51, drop=0.2)
    return replace(config, training=training)


def gradients(processes: Alone) -> dict[str, Tensor]:
    """Gradients and running moments after the first batch."""
    task = ToyTask()
    data = task.load(0)
    trainer = Trainer(settings(task), task, data, CPU, processes=processes)
    trainer.model.train()
    order, generator = torch.arange(len(data.train)), torch.Generator().manual_seed(0)
    rows, classes = next(batches(data.train.pairing, data.train.labels, order, 51, CPU))
    loss, _ = trainer._loss(trainer.train.batch(rows, classes).without(0.2, generator), generator)
    loss.backward()
    processes.average(trainer.model)
    found = {f"gradient/{name}": weights.grad for name, weights in trainer.model.named_parameters()}
    moments = {f"moment/{name}": values for name, values in trainer.model.named_buffers()}
    return {"loss": loss.detach(), **moments, **{name: grad for name, grad in found.items() if grad is not None}}


def trained(state: Path | None) -> FitResult:
    task = ToyTask()
    return fit(settings(task), task, task.load(0), state=state, device=CPU)


def _die_in_epoch_1(trainer: Trainer) -> Tensor:
    if len(trainer.history) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return RUN_EPOCH(trainer)


def join(what: str, folder: Path, killed: int) -> None:
    """What one of the processes does, which is not undone: it is to end then."""
    torch.set_num_threads(1)
    place = os.environ["RANK"]
    if what == "same":
        save_file(gradients(processes_for(CPU)), folder / f"gradients_{place}.safetensors")
        result = trained(folder / "state.safetensors")
        save_file(dict(result.model.state_dict()), folder / f"weights_{place}.safetensors")
        (folder / f"history_{place}.txt").write_text(repr([vars(one) for one in result.history]), encoding="utf-8")
    if what == "killed":
        if place == str(killed):
            Trainer.run_epoch = _die_in_epoch_1  # type: ignore[method-assign, assignment]
        try:
            trained(folder / "state.safetensors")
        except BaseException as error:
            sys.exit(tell(error, debug=False))

"""The toy task with known factors, and a run of it of which six of eight concepts were kept and five are taught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sharcs_core.checkpoints import Run
from sharcs_core.config import RunConfig
from toy_task import ToyTask
from untrained_runs import choice_of, config_of, untrained_run


class NamedToy(ToyTask):
    """The toy, whose numbers are known to be odd or even."""

    card = replace(ToyTask.card, name="named_toy", factors={"parity": (0, 1, 0, 1), "number": (0, 1, 2, 3)})
    default_concepts = "named"

    def preset(self, seed: int = 0, concepts: str | None = None) -> RunConfig:
        config = super().preset(seed, concepts)
        return replace(config, model=replace(config.model, n_shared=8))


def named_toy_run(folder: Path) -> Run:
    """An untrained run, its tree large enough for all kinds of questions; the task must be known while it is in use."""
    task, choice = NamedToy(), choice_of(8, (0, 1, 2, 3, 4, 6))
    run = untrained_run(task, task.load(seed=0), folder / task.name, config_of(task), choice)
    return replace(run, tree_leaves=60)

"""A run of pictures and sentences with a model that was taught by explanations, made in seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sharcs_core.checkpoints import Run, load_run
from sharcs_core.guided.keeping import KeptGuided, write_guided
from sharcs_core.guided.training import fit_guided
from sharcs_core.structures import Split
from sharcs_core.tasks.task import Task
from squares import CLASSES, SETTINGS, pictures
from untrained_runs import untrained_run

N = {"train": 120, "validation": 24, "test": 24}


def make_guided_run(path: Path) -> Run:
    """The run as ``path``; its pictures carry what truly matters in them, but for the last unseen one."""
    some = pictures(sum(N.values()), None, seed=3)
    some.masks[-1] = False
    sides = [text.split()[-1] for text in some.sentences]
    task = Task.from_arrays(
        "squares",
        {"photo": list(some.pixels), "words": list(some.sentences)},
        [CLASSES[label] for label in some.labels],
        means={"photo": {"side": sides}, "words": {"side": sides}},
        split=[part for part, n in N.items() for _ in range(n)],
        title="Squares",
    )
    ends = np.cumsum(list(N.values()))
    data = task.data
    splits = {
        part: _with_masks(getattr(data, part), some.masks[end - n : end])
        for (part, n), end in zip(N.items(), ends, strict=True)
    }
    untrained_run(task, replace(data, **splits), path, task.preset())
    settings = replace(SETTINGS, epochs=5, warm_up=2)
    guided = fit_guided(settings, pictures(128, None).with_masks(0.8, 0), CLASSES)
    write_guided(path, KeptGuided(guided, settings, (24, 32, 3)))
    return load_run(path)


def _with_masks(split: Split, masks: np.ndarray) -> Split:
    pictured = split.inputs["photo"]
    arrays = {**pictured.arrays, "mask": masks.astype(np.uint8)}
    return replace(split, inputs={**split.inputs, "photo": replace(pictured, arrays=arrays)})

"""Small tasks from arrays of which not all is known: numbers as tables and words, and runs of them that nobody trained.

The table shows a colour and a shape and says both, where anybody knows them; the words tell the colour alone; of the
marks nothing is known. The class is which shape has which colour.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.checkpoints import Run, load_run, save_run
from sharcs_core.comparison import training_concepts
from sharcs_core.evaluation import evaluate
from sharcs_core.inference import build_bank
from sharcs_core.structures import TaskData
from sharcs_core.tasks.task import LoadedTask, Task
from sharcs_core.unusual import fit_usual
from untrained_runs import untrained_model

COLOURS = ("light blue", "class 10", "1.5", "red")
WORDS, FILLERS = ("sky", "tenth", "half", "rose"), ("old", "new", "grey", "plain")
SHAPES = ("cube", "ball")
N = 240
SPLIT = ["train"] * 150 + ["validation"] * 40 + ["test"] * 50


def partial_task(known: float = 0.6, *, own: bool = False, marks: bool = True, seed: int = 0) -> LoadedTask:
    """The task, each value being known of that share of the inputs; of own keys nothing is."""
    rng = np.random.default_rng(seed)
    colours, shapes = rng.integers(0, 4, N), rng.integers(0, 2, N)
    table = np.concatenate([np.eye(4)[colours], np.eye(2)[shapes]], axis=1) + rng.normal(0, 0.1, (N, 6))
    rows = [{f"column {i}": value for i, value in enumerate(row)} for row in table.tolist()]
    words = [f"{FILLERS[rng.integers(4)]} {WORDS[colour]}" for colour in colours]
    inputs: dict[str, Any] = {"table": rows, "words": words}
    if marks:
        inputs["marks"] = [{"mark": float(value)} for value in rng.normal(0, 1, N)]
    means: dict[str, dict[str, list[Hashable]]] = {
        "table": {"colour": _told(COLOURS, colours, known, rng), "shape": _told(SHAPES, shapes, known, rng)},
        "words": {"colour": _told(COLOURS, colours, known, rng)},
    }
    labels = [f"{(colour + shape) % 3}" for colour, shape in zip(colours, shapes, strict=True)]
    ids = [f"<b>{row}</b>/ä ö/{row % 7}\x1b" for row in range(N)]
    return Task.from_arrays(
        "partial", inputs, labels, means=None if own else means, split=SPLIT, ids=ids, title="Partial", target="answer"
    )


def _told(names: tuple[str, ...], values: Any, known: float, rng: np.random.Generator) -> list[Hashable]:
    """What is known of the values: their names, None of the others."""
    return [names[value] if rng.random() < known else None for value in values]


def untrained_partial_run(task: LoadedTask, folder: Path, concepts: str | None = None) -> tuple[Run, TaskData]:
    """A run of it with the weights it was drawn with, and its figures; read back from disk."""
    data, config = task.load(0), task.preset(0, concepts)
    n_shared = config.model.n_named + 4
    config = replace(config, model=replace(config.model, n_local=8, n_shared=n_shared), test_size=40)
    config = replace(config, training=replace(config.training, polish_epochs=0))
    model = untrained_model(config, data.train)
    train = training_concepts(model, task, data, config)
    test_bank = build_bank(model, task, data.test, np.arange(40), "test")
    save_run(
        folder,
        card=task.card,
        config=config,
        source=data.source,
        model=model,
        bank=_with_maps(train.bank),
        test_bank=_with_maps(test_bank),
        choice=None,
        tree_leaves=train.tree_leaves,
        answers=train.answers,
        labels=train.labels,
        validation_answers=train.validation_answers,
        validation_labels=train.validation_labels,
        usual=fit_usual(model, task.card, data, train.bank, seed=0),
        metrics=evaluate(model, task, train, data.test, data.source, folder.name, 0),
    )
    return load_run(folder), data


def _with_maps(bank: Any) -> Any:
    sides = {name: replace(side, maps={"PCA": side.shared[:, :2].copy()}) for name, side in bank.sides.items()}
    return replace(bank, sides=sides)

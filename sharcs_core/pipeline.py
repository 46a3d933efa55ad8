"""From a task to a run on disk, and from a run to its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core import projection
from sharcs_core.checkpoints import Run, RunError, check_destination, load_run, save_run
from sharcs_core.comparison import TrainingConcepts, stratified_part, training_concepts
from sharcs_core.config import RunConfig
from sharcs_core.evaluation import evaluate
from sharcs_core.inference import build_bank
from sharcs_core.structures import Bank, DataSource, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.training import EpochCallback, fit
from sharcs_core.unusual import fit_usual

Note = Callable[[str], None]


def state_file(out: Path) -> Path:
    """Where the training of the run at ``out`` keeps its state until it is done."""
    return out.parent / f".{out.name}.training.safetensors"


def train_run(
    config: RunConfig,
    task: Task,
    out: Path,
    *,
    data_dir: Path | None = None,
    on_epoch: EpochCallback | None = None,
    note: Note = lambda _: None,
) -> Run:
    """Train, measure and save a run; after a kill the same call goes on where the training was.

    Args:
        data_dir: where the data is that is not shipped.
        note: told, in a few words, what is being done.

    Raises:
        RunError: if there is something at ``out`` that is not a run.
    """
    check_destination(out)
    seed = config.training.seed
    note("reading the data")
    data = task.load(seed, data_dir)
    note(f"training on {len(data.train):,} samples of {data.source.name}")
    state = state_file(out)
    fitted = fit(config, task, data, state=state, on_epoch=on_epoch)
    note(f"best epoch: {fitted.best_epoch + 1} of {len(fitted.history)}; measuring on {len(data.test):,} test samples")
    train = training_concepts(fitted.model, task, data, config)
    figures = evaluate(fitted.model, task, train, data.test, data.source, out.name, seed)
    note("drawing the maps")
    part = stratified_part(data.test.labels, config.test_size, seed)
    bank, test_bank = with_maps(train.bank, build_bank(fitted.model, task, data.test, part, "test", seed), seed)
    save_run(
        out,
        config=config,
        source=data.source,
        model=fitted.model,
        bank=bank,
        test_bank=test_bank,
        answers=train.answers,
        labels=train.labels,
        validation_answers=train.validation_answers,
        validation_labels=train.validation_labels,
        choice=fitted.choice,
        tree_leaves=train.tree_leaves,
        usual=fit_usual(fitted.model, data, bank, seed),
        metrics=figures,
        data_license=task.data_license(),
        device=fitted.device,
    )
    run = load_run(out)
    state.unlink()  # only now: a run that cannot be read back has not replaced it
    return run


def with_maps(bank: Bank, test_bank: Bank, seed: int) -> tuple[Bank, Bank]:
    """Both banks with map coordinates: fitted to the first, the second placed among its rows."""
    maps = projection.fit_maps(bank.shared(), seed)
    fitted = _replace_maps(bank, {name: {method: maps[method][name] for method in maps} for name in bank.sides})
    placed = {
        name: {method: projection.place(side.shared, fitted, method) for method in maps}
        for name, side in test_bank.sides.items()
    }
    return fitted, _replace_maps(test_bank, placed)


def _replace_maps(bank: Bank, maps: dict[str, dict[str, Any]]) -> Bank:
    sides = {
        name: replace(side, maps={method: values.astype(np.float32) for method, values in maps[name].items()})
        for name, side in bank.sides.items()
    }
    return replace(bank, sides=sides)


def evaluate_run(run: Run, *, data_dir: Path | None = None, note: Note = lambda _: None) -> dict[str, Any]:
    """Every figure of a run, recomputed from its weights and data.

    Where the data that the run was trained on is not to be had, its own bank and tree codes are compared
    with, the test samples are those of the source at hand, and ``note`` is told so.

    Raises:
        RunError: if the task's data cannot be read.
    """
    seed = run.config.training.seed
    try:
        data = run.task.load(seed, data_dir)
    except OSError as error:
        raise RunError(f"The data of {run.task.name} cannot be read ({error})") from None
    train = _comparison(run, data)
    if not _same(data.source, run.source):
        note(
            f"{run.name} was trained on {run.source.name}, which is not here; tested on {data.source.name} instead, "
            "against the bank and tree that the run brings"
        )
    return evaluate(run.model, run.task, train, data.test, data.source, run.name, seed)


def _same(one: DataSource, other: DataSource) -> bool:
    return one.sha256 == other.sha256


def _comparison(run: Run, data: TaskData) -> TrainingConcepts:
    if _same(data.source, run.source):
        return training_concepts(run.model, run.task, data, run.config)
    sides = run.bank.sides
    return TrainingConcepts(
        bank=run.bank,
        answers=run.answers,
        labels=run.labels,
        validation_answers=run.validation_answers,
        validation_labels=run.validation_labels,
        tree_leaves=run.tree_leaves,
        shared=run.bank.shared(),
        keys={name: side.semantics for name, side in sides.items()},
        sample_keys={name: side.semantics for name, side in sides.items()},
        sample_labels=run.bank.labels,
    )

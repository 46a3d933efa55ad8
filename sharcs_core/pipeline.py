"""From a task to a run on disk, and from a run to its figures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core import projection
from sharcs_core.checkpoints import Run, RunError, check_destination, load_run, save_run
from sharcs_core.checkpoints.layout import PARTS, guided_folder, state_file
from sharcs_core.checkpoints.parts import parts_in, read_parts
from sharcs_core.checkpoints.pictures import packed
from sharcs_core.comparison import TrainingConcepts, stratified_part, training_concepts
from sharcs_core.config import RunConfig
from sharcs_core.encoders.own_code import check_code, code_allowed
from sharcs_core.evaluation import evaluate
from sharcs_core.guided.teaching import begin_with, taught
from sharcs_core.inference import build_bank
from sharcs_core.meanings import UNKNOWN
from sharcs_core.model import Multimodal
from sharcs_core.named import counted
from sharcs_core.reasons import in_words, lacks_of_task
from sharcs_core.storage import InUseError, check_writable, claim, lock_file, locked, numbered, remove_folder, tidy_up
from sharcs_core.structures import Bank, DataSource, Split, TaskData
from sharcs_core.tasks.folder.again import data_again
from sharcs_core.tasks.folder.sheet import FILES
from sharcs_core.tasks.redistribution import check_can_be_withheld, stays_in_words
from sharcs_core.tasks.task import LoadedTask, Task
from sharcs_core.training import EpochCallback, Look, fit, fresh_model, settings_kept
from sharcs_core.unusual import fit_usual

Note = Callable[[str], None]

LEAST_ROOM = 500_000
"""Bytes that no training does without, known before its data is."""


@contextmanager
def claimed_run(config: RunConfig, wanted: Path) -> Iterator[Path]:
    """The first of ``wanted``, ``wanted_2`` … that is free, made and locked, so that no other training takes it.

    One that a training of the very same settings was interrupted at is free too, for it to go on. A folder that
    nothing came of is gone after the block.

    Raises:
        StorageError: it cannot be made.
    """
    check_writable(wanted.parent, LEAST_ROOM)
    for out in numbered(wanted):
        with ExitStack() as held:
            was_left = lock_file(state_file(out)).exists()  # by a training that was killed
            try:
                held.enter_context(locked(state_file(out), out))
            except InUseError:
                continue
            if not _is_free(out, config, was_left):
                continue
            try:
                yield out
            finally:
                if not state_file(out).exists():
                    with suppress(OSError):  # there is something in it
                        out.rmdir()
            return


def _is_free(out: Path, config: RunConfig, was_left: bool) -> bool:
    tidy_up(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        return False
    state = state_file(out)
    if state.exists() and settings_kept(state) != json.loads(json.dumps(config.to_json())):
        return False
    return claim(out) or state.exists() or was_left


def train_run(
    config: RunConfig,
    task: Task,
    out: Path,
    *,
    data_dir: Path | None = None,
    on_epoch: EpochCallback | None = None,
    look: Look | None = None,
    note: Note = lambda _: None,
    allow_code: bool = False,
) -> Run:
    """Train, measure and save a run; after a kill the same call goes on where the training was.

    Args:
        data_dir: where the data is that is not shipped.
        on_epoch, look: see :func:`sharcs_core.training.fit`.
        note: told, in a few words, what is being done.
        allow_code: whether encoders that ``config`` names by ``module`` are imported and run.

    Raises:
        CodeError: for such an encoder where it is not allowed, cannot be had, or does not do what it has to.
        RunError: if there is something at ``out`` that is not a run.
        InUseError: another training of a run at ``out`` goes on.
        StorageError: nothing can be written there, or there is no room; found out before anything is read.
    """
    out = Path(os.path.normpath(out))
    check_destination(out)
    check_writable(out.parent, LEAST_ROOM)
    with code_allowed(allow_code), locked(state_file(out), out):
        check_code(config.model.modules)
        tidy_up(out)
        return _train_run(config, task, out, data_dir, note, on_epoch=on_epoch, look=look)


def join_run(config: RunConfig, task: Task, *, data_dir: Path | None = None, allow_code: bool = False) -> None:
    """Train along with the process that trains a run: what each but the first of several does.

    Nothing is written. Raises as :func:`train_run` does, and EndedError where another of the processes is gone.
    """
    with code_allowed(allow_code):
        check_code(config.model.modules)
        fit(config, task, task.load(config.training.seed, data_dir))


def _train_run(
    config: RunConfig,
    task: Task,
    out: Path,
    data_dir: Path | None,
    note: Note,
    *,
    on_epoch: EpochCallback | None,
    look: Look | None,
) -> Run:
    seed = config.training.seed
    check_can_be_withheld(task.card, config.model.wiring)
    note("reading the data")
    data = task.load(seed, data_dir)
    check_writable(out.parent, room_needed(config, data))
    note(f"training on {counted(len(data.train), 'sample')} of {data.source.name}")
    if lacks := in_words(lacks_of_task(task)):
        note(lacks)
    if not task.card.redistribute:
        note(stays_in_words(task.card))
    state = state_file(out)
    guided = taught(config, task, data, guided_folder(out), note)
    begin = None if guided is None else partial(begin_with, guided)
    fitted = fit(config, task, data, state=state, on_epoch=on_epoch, look=look, begin=begin)
    tested = counted(len(data.test.labelled()), "test sample")
    note(f"best epoch: {fitted.best_epoch + 1} of {len(fitted.history)}; measuring on {tested}")
    train = training_concepts(fitted.model, task, data, config)
    figures = evaluate(fitted.model, task, train, data.test, data.source, out.name, seed)
    note("drawing the maps")
    bank, test_bank = with_maps(train.bank, _unseen(fitted.model, task, data, config), seed)
    save_run(
        out,
        card=task.card,
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
        usual=fit_usual(fitted.model, task.card, data, bank, seed),
        metrics=figures,
        device=fitted.device,
        parts=parts_in({"train": data.train, "validation": data.validation, "test": data.test}),
        guided=guided,
    )
    run = load_run(out)
    state.unlink()  # only now: a run that cannot be read back has not replaced it
    remove_folder(guided_folder(out))
    return run


def _unseen(model: Multimodal, task: Task, data: TaskData, config: RunConfig) -> Bank:
    """Samples to look at that answer no query: of the test split, or of validation where no test sample has a label."""
    named = {"test": data.test, "validation": data.validation}
    name, split = next((name, split) for name, split in named.items() if len(split.labelled()))
    whole = np.flatnonzero(split.whole() & (split.labels != UNKNOWN))
    part = whole[stratified_part(split.labels[whole], config.test_size, config.training.seed)]
    return build_bank(model, task, split, part, name, config.training.seed)


def room_needed(config: RunConfig, data: TaskData) -> int:
    """About how many bytes a training writes: its state, twice while it is written anew, and the run.

    A state holds the weights four times (those of now, the best, two means for each of the optimiser); what is usual
    takes up to three times as much as they. What inputs take is told from some of them.
    """
    n_weights: int = sum(values.nbytes for values in fresh_model(config, data).state_dict().values())
    n_train = min(config.bank_size or len(data.train), len(data.train))
    rows = _stored_bytes(config, data.train, n_train) + _stored_bytes(config, data.test, config.test_size)
    return n_weights * (2 * 4 + 1 + 3) + rows


def _stored_bytes(config: RunConfig, split: Split, n: int, n_tried: int = 32) -> int:
    """About how many bytes ``n`` samples of a split take in a bank."""
    tried = np.unique(np.linspace(0, len(split) - 1, n_tried).astype(int))
    arrays: dict[str, Any] = {
        f"{name}/{field}": values
        for name, inputs in split.samples(tried).items()
        for field, values in packed(inputs.arrays).items()
    }
    written = BytesIO()
    np.savez_compressed(written, **arrays)
    n_modalities = len(config.model.modalities)
    n_numbers = n_modalities * (config.model.n_local + (n_modalities + 1) * config.model.width)
    return round(n * (len(written.getbuffer()) / len(tried) + 4 * n_numbers))


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


def evaluate_run(
    run: Run, *, task: Task | None = None, data_dir: Path | None = None, note: Note = lambda _: None
) -> dict[str, Any]:
    """Every figure of a run, recomputed from its weights and data.

    Where the data that the run was trained on is not to be had, its own bank and tree codes are compared
    with, the test samples are those of the source at hand, and ``note`` is told so.

    Args:
        task: the run's task with its data, where these are in memory alone.

    Raises:
        RunError: if the task's data cannot be read.
    """
    seed, task = run.config.training.seed, task or run.task
    try:
        data = _data_of(run, task, data_dir, note)
    except OSError as error:
        raise RunError(f"The data of {task.name} cannot be read ({error})") from None
    if task.can_describe and not task.can_describe_in(data.test):
        note("a missing input is not described here, for what it shows is not there in another modality")
    train = _comparison(run, task, data)
    if not _same(data.source, run.source):
        note(
            f"{run.name} was trained on {run.source.name}, which is not here; tested on {data.source.name} instead, "
            "against the bank and tree that the run brings"
        )
    return evaluate(run.model, task, train, data.test, data.source, run.name, seed)


def _data_of(run: Run, task: Task, data_dir: Path | None, note: Note) -> TaskData:
    """The data of a run's task; from a folder with a sheet those that it holds."""
    is_folder = data_dir is not None and (
        run.card.sheet is not None or any((data_dir / name).exists() for name in FILES)
    )
    if data_dir is None or not is_folder or isinstance(task, LoadedTask):
        return task.load(run.config.training.seed, data_dir)
    parts = read_parts(run.path) if (run.path / PARTS).is_file() else {}
    return data_again(run.card, data_dir, parts, note, task)


def _same(one: DataSource, other: DataSource) -> bool:
    return one.sha256 == other.sha256


def _comparison(run: Run, task: Task, data: TaskData) -> TrainingConcepts:
    if _same(data.source, run.source):
        return training_concepts(run.model, task, data, run.config)
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

"""Running the benchmark: train what is not trained, measure it, keep a file a cell, write the tables."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sharcs_benchmark.cells import Cell, CellError, read_cell, write_cell
from sharcs_benchmark.definitions import versions_of
from sharcs_benchmark.edge_count import edge_count_figures
from sharcs_benchmark.plan import EDGE_COUNT, RANDOM_WEIGHTS, SHUFFLED_KEYS, SHUFFLED_LABELS, Plan
from sharcs_benchmark.sanity import shuffle
from sharcs_benchmark.settings import counting_settings
from sharcs_core.comparison import training_concepts
from sharcs_core.config import HAS_CONCEPTS, RunConfig
from sharcs_core.errors import UserError
from sharcs_core.evaluation import evaluate
from sharcs_core.model import Multimodal
from sharcs_core.storage import cache_dir, write_text
from sharcs_core.structures import Choice, Split, TaskData
from sharcs_core.tasks import get_task
from sharcs_core.tasks.mnist.task import MnistTask
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import choose_device, to_tensors
from sharcs_core.training import STATE_FORMAT, FitResult, Trainer, fit

Note = Callable[[str], None]
PACKAGES = ("torch", "numpy", "scikit-learn")
SHUFFLES = {SHUFFLED_LABELS: "labels", SHUFFLED_KEYS: "keys"}
NOISE_LEVELS = (0.0, 0.1, 0.2, 0.3, 0.5)
INTERVENTION_NOISE = 0.2
MAX_NOISY = 2000
"""Test samples whose accuracy under noise is measured."""


def run_benchmark(
    plans: Iterable[Plan],
    folder: Path,
    *,
    data_dir: Path | None = None,
    remeasure: bool = False,
    note: Note = lambda _: None,
) -> list[Path]:
    """Run the cells that are not there yet, and return the files of all of them.

    A cell that is there with the same settings is left as it is, also where figures have come to be defined anew
    since (its own say by which definitions they were measured). A training keeps its state in the cache, so
    one that was interrupted goes on, and ``remeasure`` measures again without training again.

    Args:
        data_dir: where MNIST is; the other tasks make their data themselves.

    Raises:
        UserError: if the data of a task cannot be read, or a cell cannot be written.
    """
    paths = []
    for plan in plans:
        path = folder / plan.key.path
        if remeasure or not _is_there(path, plan, data_dir):
            note(str(plan.key))
            path = write_cell(run_cell(plan, data_dir), folder)
        paths.append(path)
    return paths


def results_folder(quick: bool = False) -> Path:
    """Where cells and tables are kept unless something else is said; quick ones never mix with the others."""
    return Path("benchmarks", "quick") if quick else Path("benchmarks")


def write_tables(folder: Path, on_damage: Note = lambda _: None) -> Path:
    """Write ``RESULTS.md`` of the cells below ``folder / "results"``, and return where it lies.

    Args:
        on_damage: told of each cell that cannot be read and is left out.
    """
    from sharcs_benchmark.tables.frames import load_results
    from sharcs_benchmark.tables.where import load_where, where_section
    from sharcs_benchmark.tables.writing import write_results

    results, written = load_results(folder / "results"), folder / "RESULTS.md"
    places = load_where(folder / "results")
    for fault in (*results.faults, *places.faults):
        on_damage(fault)
    write_text(written, write_results(results, where_section(places)))
    return written


def _is_there(path: Path, plan: Plan, data_dir: Path | None) -> bool:
    """Whether the cell was measured with these settings, on these data, as many of them as are wanted."""
    try:
        cell = read_cell(path)
    except CellError:
        return False
    if counting_settings(cell.settings) != counting_settings(_as_json(plan.config)):
        return False
    data = _data(plan, data_dir)
    sizes = (len(data.train), len(data.test), data.source.sha256)
    return (cell.n_train, cell.n_test, cell.data_source.get("sha256")) == sizes


def _as_json(config: RunConfig) -> dict[str, Any]:
    """Settings as a file has them, which knows no tuples."""
    settings: dict[str, Any] = json.loads(json.dumps(config.to_json()))
    return settings


def data_dir_of(task: str, data_dir: Path | None) -> Path | None:
    """The folder with the full MNIST for the tasks that are made of it; None for those that make their own data."""
    return data_dir if isinstance(get_task(task), MnistTask) else None


def _data(plan: Plan, data_dir: Path | None) -> TaskData:
    data = _load(plan.key.task, plan.key.seed, data_dir_of(plan.key.task, data_dir), plan.n_train)
    if plan.n_test is None:
        return data
    return replace(data, test=data.test.select(np.arange(min(plan.n_test, len(data.test)))))


@lru_cache(maxsize=1)
def _load(task: str, seed: int, data_dir: Path | None, n_train: int | None) -> TaskData:
    """The data of a cell; all of it where a smaller source, such as the shipped part of MNIST, has less than wanted."""
    try:
        return get_task(task).load(seed, data_dir, n_train)
    except UserError:
        data = get_task(task).load(seed, data_dir)
        if n_train is None or len(data.train) >= n_train:
            raise
        return data


def run_cell(plan: Plan, data_dir: Path | None = None) -> Cell:
    """Train and measure one cell."""
    task = get_task(plan.key.task)
    data = _data(plan, data_dir)
    if plan.key.model == EDGE_COUNT:
        return _cell(plan, data, 0, 0, None, {}, edge_count_figures(data))
    fitted = _fitted(plan, task, data)
    started = time.process_time()
    figures = _figures(plan, fitted.model, task, data)
    times = _times(fitted, len(data.train), time.process_time() - started)
    n_parameters = sum(weights.numel() for weights in fitted.model.parameters())
    best_epoch = fitted.best_epoch + 1 if fitted.history else None
    n_epochs = len(fitted.history) or (0 if plan.key.variant == RANDOM_WEIGHTS else plan.config.training.epochs)
    return _cell(plan, data, n_parameters, n_epochs, best_epoch, times, figures)


def _times(fitted: FitResult, n_train: int, measuring_cpu_s: float) -> dict[str, float]:
    """CPU seconds, as far as they are known; none where a GPU did the work, whose seconds would mean something else."""
    if fitted.device != "cpu":
        return {}
    times = {"measuring_cpu_s": round(measuring_cpu_s, 1)}
    if not fitted.history:
        return times
    cpu_s = sum(record.cpu_seconds for record in fitted.history)
    per_1000 = 1000 * cpu_s / (len(fitted.history) * n_train)
    return {"training_cpu_s": round(cpu_s, 2), "cpu_s_per_1000_epoch": round(per_1000, 3), **times}


def _fitted(plan: Plan, task: Task, data: TaskData) -> FitResult:
    if plan.key.variant == RANDOM_WEIGHTS:
        return _not_fitted(_untrained(Trainer(plan.config, task, data, choose_device()).fresh_model(), data))
    if plan.key.variant in SHUFFLES:
        task, data = shuffle(task, data, SHUFFLES[plan.key.variant], plan.key.seed)
    state = _state_file(plan)
    shipped = None if plan.key.block != "A" or state.exists() else _shipped(plan, data)
    return shipped or fit(plan.config, task, data, state=state)


def _not_fitted(model: Multimodal, choice: Choice | None = None) -> FitResult:
    """A model of whose training nothing is known, or that had none."""
    return FitResult(model=model, best_epoch=-1, history=(), choice=choice)


@torch.no_grad()
def _untrained(model: Multimodal, data: TaskData) -> Multimodal:
    """Random weights, but batch statistics of training samples, so that its concepts are not all the same."""
    some = data.train.samples(np.arange(min(512, len(data.train))))
    batch = {name: to_tensors(some[name]) for name in model.config.modalities}
    for _ in range(30):  # the running statistics come within 5 % of the batch's
        model.train()(batch)
    return model.eval()


def _shipped(plan: Plan, data: TaskData) -> FitResult | None:
    """The model of a run that was trained with these very settings on these very data, where there is one.

    Its training is not in the state that the benchmark keeps, so nothing is known of its epochs and times.
    """
    from sharcs_core.checkpoints import RunError, list_runs, load_run

    for found in list_runs():
        if found.error or found.task != plan.key.task:
            continue
        try:
            run = load_run(found.path)
        except RunError:
            continue
        if run.config == plan.config and run.source.sha256 == data.source.sha256:
            return _not_fitted(run.model, run.choice)
    return None


def _state_file(plan: Plan) -> Path:
    """Where a cell's training is kept: its name says everything that the training depends on but the data."""
    wanted = json.dumps([STATE_FORMAT, plan.config.to_json(), plan.n_train, plan.key.variant], sort_keys=True)
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    slug = re.sub(r"[^a-z0-9]+", "_", str(plan.key).lower())
    return cache_dir() / "benchmark" / f"{slug}-{digest}.safetensors"


def _figures(plan: Plan, model: Multimodal, task: Task, data: TaskData) -> dict[str, Any]:
    seed = plan.key.seed
    train = training_concepts(model, task, _compared_with(plan, task, data), plan.config)
    figures = evaluate(model, task, train, data.test, data.source, str(plan.key), seed)
    if plan.key.variant == "":
        figures |= _under_noise(model, data.test, train.bank, seed)
    return {name: value for name, value in figures.items() if name not in ("task", "run", "seed")}


def _compared_with(plan: Plan, task: Task, data: TaskData) -> TaskData:
    """The data; where labels were shuffled, the tree too has only the shuffled ones to learn from and be chosen by."""
    if plan.key.variant != SHUFFLED_LABELS:
        return data
    return shuffle(task, data, "labels", plan.key.seed)[1]


def _under_noise(model: Multimodal, test: Split, bank: Any, seed: int) -> dict[str, Any]:
    from sharcs_core import studies

    some = test.select(np.arange(min(MAX_NOISY, len(test))))
    set_right = model.config.wiring in HAS_CONCEPTS
    return {
        "noise": studies.noise_curve(model, some.samples(), some.labels, NOISE_LEVELS, seed),
        "interventions": studies.intervention_study(model, test, bank, INTERVENTION_NOISE, seed) if set_right else None,
    }


def _cell(
    plan: Plan,
    data: TaskData,
    n_parameters: int,
    epochs: int,
    best_epoch: int | None,
    times: dict[str, float],
    figures: dict[str, Any],
) -> Cell:
    key = plan.key
    return Cell(
        block=key.block,
        task=key.task,
        model=key.model,
        variant=key.variant,
        seed=key.seed,
        settings=_as_json(plan.config),
        n_parameters=n_parameters,
        data_source=vars(data.source),
        n_train=len(data.train),
        n_validation=len(data.validation),
        n_test=len(data.test),
        epochs=epochs,
        best_epoch=best_epoch,
        versions={"python": platform.python_version(), **{name: version(name) for name in (*PACKAGES, "sharcs")}},
        times=times,
        figures=figures,
        figure_versions=versions_of(figures),
    )

"""Loading a run, with every part checked: format, hashes, shapes, values."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.checkpoints.layout import (
    BANK,
    FILES,
    METRICS,
    UNUSUAL,
    RunError,
    brief,
    check_file,
    read_config,
    read_json,
)
from sharcs_core.checkpoints.names import read_names
from sharcs_core.checkpoints.outcome import check_tree_leaves, choice_from_json
from sharcs_core.checkpoints.pictures import unpacked
from sharcs_core.checkpoints.run import Run
from sharcs_core.config import HAS_CONCEPTS, ModelConfig, RunConfig, run_config_from_json
from sharcs_core.structures import Bank, BankSide, Codes, DataSource, Inputs, Ints

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Task

MAX_BANK_BYTES = 8_000_000_000
"""Of a bank's arrays when they are unpacked."""

READ_ERRORS = (
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError),
    *(OSError, RuntimeError, MemoryError, EOFError, zipfile.BadZipFile),
)
"""What the libraries that read a run raise for content that is not one."""


def load_run(path: Path) -> Run:
    """Load a run and check it: format, hashes, shapes, values.

    Raises:
        RunError: one sentence that names what is wrong with the run.
    """
    facts = read_config(path)
    for name in FILES:
        check_file(path, name, facts["files"])
    try:
        return _run_of(path, facts)
    except RunError:
        raise
    except READ_ERRORS as error:
        raise RunError(f"The run {path.name!r} does not fit together ({brief(error)}); copy the run again") from error


def _run_of(path: Path, facts: Mapping[str, Any]) -> Run:
    from sharcs_core.checkpoints.usual import usual_from_arrays
    from sharcs_core.checkpoints.weights import load_model  # torch waits until a run is loaded
    from sharcs_core.choosing import narrowed

    config = run_config_from_json(facts["config"])
    _check_task(config)
    choice = choice_from_json(facts["choice"], config.model)
    model_config = narrowed(config.model, choice)
    model = load_model(path, model_config)
    arrays = _read_arrays(path / BANK)
    bank, test_bank = (_read_bank(prefix, arrays, model_config) for prefix in ("train", "test"))
    _check_keys(config, bank, test_bank)
    answers, labels = _read_answers("", arrays, model_config)
    validation_answers, validation_labels = _read_answers("validation_", arrays, model_config)
    return Run(
        path=path,
        config=config,
        source=DataSource(str(facts["source"]["name"]), str(facts["source"]["sha256"])),
        versions=_read_versions(facts),
        bank=bank,
        test_bank=test_bank,
        choice=choice,
        tree_leaves=check_tree_leaves(facts["tree_leaves"], model_config),
        answers=answers,
        labels=labels,
        validation_answers=validation_answers,
        validation_labels=validation_labels,
        given_names=read_names(path, model_config.width if model_config.wiring in HAS_CONCEPTS else 0),
        usual=usual_from_arrays(_read_arrays(path / UNUSUAL), model, bank),
        metrics=read_json(path / METRICS),
        model=model,
    )


def with_names(run: Run) -> Run:
    """A loaded run under the names that its concepts have on disk now; the run itself where these are its own.

    Raises:
        RunError: for names that are damaged.
    """
    names = read_names(run.path, run.model.config.width if run.model.config.wiring in HAS_CONCEPTS else 0)
    return run if names == run.given_names else replace(run, given_names=names)


def _check_task(config: RunConfig) -> None:
    """Raise ValueError for a model whose modalities, classes or named factors are not those of its task."""
    from sharcs_core.tasks import get_task

    task, model = get_task(config.task), config.model
    for name, encoder in model.encoders.items():
        if task.modality(name).kind != encoder.kind:
            raise ValueError(f"{name!r} of {task.name} is of kind {task.modality(name).kind!r} (got {encoder.kind!r})")
    if model.n_classes != len(task.class_names):
        raise ValueError(f"{task.name} has {len(task.class_names)} classes (got {model.n_classes})")
    for name, n_values in model.named.items():
        if n_values != _n_values(task, name):
            raise ValueError(f"{name!r} of {task.name} has {_n_values(task, name)} values (got {n_values})")


def _check_keys(config: RunConfig, *banks: Bank) -> None:
    """Raise ValueError for inputs that mean something which the task has no words for."""
    from sharcs_core.tasks import get_task

    for name in config.model.encoders:
        n_keys = len(get_task(config.task).modality(name).key_names)
        for bank in banks:
            keys = bank.sides[name].semantics
            if len(keys) and not 0 <= keys.min() <= keys.max() < n_keys:
                raise ValueError(f"semantics of {name!r} must be 0 to {n_keys - 1} (got {keys.min()} to {keys.max()})")


def _n_values(task: Task, factor: str) -> int:
    if factor not in task.factors:
        raise ValueError(f"{task.name} has no factor {factor!r}; choose from {sorted(task.factors)}")
    return max(task.factors[factor]) + 1


def _read_versions(facts: Mapping[str, Any]) -> dict[str, str]:
    """Versions of the packages that a run was made with."""
    versions = facts.get("versions", {})
    if not isinstance(versions, dict) or not all(isinstance(value, str) for value in versions.values()):
        raise ValueError("versions must be an object of texts")
    if not isinstance(facts.get("device"), str):
        raise ValueError(f"device must be text (got {facts.get('device')!r})")
    return versions


def _read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(file) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > MAX_BANK_BYTES:
        raise ValueError(f"{file.name} would take {size:,} bytes, more than a run may hold")
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _expect(name: str, values: NDArray[Any], shape: tuple[int | None, ...]) -> NDArray[Any]:
    fits = len(values.shape) == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, values.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must be of shape {shape} (got {values.shape})")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not finite")
    return values


def _expect_classes(name: str, values: NDArray[Any], n_classes: int) -> NDArray[Any]:
    if (
        values.dtype.kind not in "iu"
        or values.ndim != 1
        or (len(values) and not 0 <= values.min() <= values.max() < n_classes)
    ):
        raise ValueError(f"{name} must be whole numbers from 0 to {n_classes - 1}, one a sample")
    return values


def _expect_kind(name: str, values: NDArray[Any], kinds: str) -> NDArray[Any]:
    if values.dtype.kind not in kinds:
        raise ValueError(f"{name} must not be of type {values.dtype}")
    return values


def _read_bank(prefix: str, arrays: Mapping[str, NDArray[Any]], config: ModelConfig) -> Bank:
    labels = _expect_classes(f"{prefix}/labels", arrays[f"{prefix}/labels"], config.n_classes)
    n = len(labels)
    sides = {}
    for name, encoder in config.encoders.items():
        at = f"{prefix}/{name}/"

        def read(field: str, kinds: str, *shape: int, at: str = at) -> NDArray[Any]:
            return _expect_kind(at + field, _expect(at + field, arrays[at + field], (n, *shape)), kinds)

        def below(folder: str, at: str = at) -> dict[str, NDArray[Any]]:
            start = f"{at}{folder}/"
            return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}

        def of_width(folder: str, width: int, at: str = at) -> dict[str, NDArray[Any]]:
            return {key: read(f"{folder}/{key}", "f", width, at=at) for key in below(folder, at)}

        sides[name] = BankSide(
            ids=read("ids", "U"),
            inputs=Inputs(encoder.kind, unpacked(below("inputs"))),
            semantics=read("semantics", "iu"),
            sources=read("sources", "iu"),
            local=read("local", "f", config.n_local),
            shared=read("shared", "f", config.width),
            maps=of_width("maps", 2),
            described=of_width("described", config.width),
        )
        if len(sides[name].inputs) != n:
            raise ValueError(f"{at}inputs must hold {n} inputs (got {len(sides[name].inputs)})")
        others = {other for other in config.encoders if other != name}
        if set(sides[name].described) != others:
            raise ValueError(f"{at}described must name {sorted(others)} (got {sorted(sides[name].described)})")
    ids = _expect(f"{prefix}/sample_ids", arrays[f"{prefix}/sample_ids"], (n,))
    return Bank(_expect_kind(f"{prefix}/sample_ids", ids, "U"), labels, sides)


def _read_answers(part: str, arrays: Mapping[str, NDArray[Any]], config: ModelConfig) -> tuple[Codes, Ints]:
    """Answers (n, Q) and classes (n,) of the samples of a split; no answers of a model without concepts."""
    from sharcs_core.questions import questions_of

    n_questions = len(questions_of(config)) if config.wiring in HAS_CONCEPTS else 0
    at = f"tree/{part}"
    labels = _expect_classes(f"{at}labels", arrays[f"{at}labels"], config.n_classes).astype(np.int64)
    if n_questions and not len(labels):
        raise ValueError(f"{at}labels must name one sample at least")
    packed = _expect(f"{at}answers", arrays[f"{at}answers"], (len(labels), (n_questions + 7) // 8))
    return np.unpackbits(packed, axis=1, count=n_questions).astype(bool), labels

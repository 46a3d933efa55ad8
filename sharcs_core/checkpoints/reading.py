"""Loading a run, with every part checked: format, hashes, shapes, values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.checkpoints.arrays import read_arrays
from sharcs_core.checkpoints.layout import (
    BANK,
    CARD,
    CONFIG,
    FILES,
    UNUSUAL,
    Facts,
    RunError,
    brief,
    check_file,
    damaged,
    read_config,
    read_json,
    read_metrics,
    unloadable,
)
from sharcs_core.checkpoints.names import read_names
from sharcs_core.checkpoints.outcome import check_tree_leaves, choice_from_json
from sharcs_core.checkpoints.pictures import unpacked
from sharcs_core.checkpoints.run import Run
from sharcs_core.config import HAS_CONCEPTS, ModelConfig, RunConfig, run_config_from_json
from sharcs_core.encoders.own_code import CodeError, code_allowed
from sharcs_core.errors import UserError, is_out_of_memory
from sharcs_core.meanings import UNKNOWN
from sharcs_core.neighbours import chosen_engine, index_for
from sharcs_core.structures import Bank, BankSide, Choice, Codes, Inputs, Ints, read_only
from sharcs_core.tasks.card import TaskCard, card_from_json

if TYPE_CHECKING:
    from sharcs_core.model import Multimodal
    from sharcs_core.unusual import Usual

ANSWERS_QUERIES = "train"
"""The bank in which neighbours are looked for; the other is only looked at."""

FIT_ERRORS = (ValueError, KeyError, TypeError, IndexError, RuntimeError)
"""What is raised where arrays of a form that nothing here asked for are computed with, by torch and NumPy too."""


def load_run(path: Path, *, allow_code: bool = False) -> Run:
    """Load a run and check it: format, hashes, shapes, values. Its arrays are read-only.

    Args:
        allow_code: whether encoders that the run names, and that are no part of SHARCS, are imported and run.

    Raises:
        RunError: one sentence that names what is wrong with the run, or the code that it needs and nobody allowed.
        UserError: an engine was chosen to find neighbours that is not there.
    """
    chosen_engine()
    facts = read_config(path)
    for name in FILES:
        check_file(path, name, facts.files)
    with code_allowed(allow_code), _fitting(path):
        return read_only(_run_of(path, facts))


@contextmanager
def _fitting(path: Path, errors: tuple[type[Exception], ...] = (ValueError,)) -> Iterator[None]:
    """Turns what does not fit together in a run into a RunError; that memory ran out is no fault of the run's."""
    try:
        yield
    except RunError:
        raise
    except CodeError as error:
        raise unloadable(path, str(error)) from error
    except errors as error:
        if is_out_of_memory(error):
            raise
        raise RunError(f"The run {path.name!r} does not fit together ({brief(error)}); copy the run again") from error


def _run_of(path: Path, facts: Facts) -> Run:
    from sharcs_core.checkpoints.weights import load_model  # torch waits until a run is loaded
    from sharcs_core.choosing import narrowed

    card = read_card(path)
    config, choice, tree_leaves = _read_settings(path, facts, card)
    model_config = narrowed(config.model, choice)
    model = load_model(path, model_config)
    arrays = read_arrays(path, BANK)
    bank, test_bank = (_read_bank(prefix, arrays, model_config) for prefix in ("train", "test"))
    _check_keys(card, config, bank, test_bank)
    _check_withheld(card, bank, test_bank)
    _check_traits(card, bank, test_bank)
    answers, labels = _read_answers("", arrays, model_config)
    validation_answers, validation_labels = _read_answers("validation_", arrays, model_config)
    return Run(
        path=path,
        card=card,
        config=config,
        source=facts.source,
        versions=facts.versions,
        bank=bank,
        test_bank=test_bank,
        choice=choice,
        tree_leaves=tree_leaves,
        answers=answers,
        labels=labels,
        validation_answers=validation_answers,
        validation_labels=validation_labels,
        given_names=read_names(path, model_config.width if model_config.wiring in HAS_CONCEPTS else 0),
        usual=_read_usual(path, card, model, bank),
        metrics=read_metrics(path),
        model=model,
    )


def _read_settings(path: Path, facts: Facts, card: TaskCard) -> tuple[RunConfig, Choice | None, int]:
    """The settings, the choice of concepts and the size of the tree, found such as a run of the task can have."""
    try:
        config = run_config_from_json(facts.config)
        _check_task(config, card)
        choice = choice_from_json(facts.choice, config.model)
        return config, choice, check_tree_leaves(facts.tree_leaves, config.model)
    except UserError as error:
        raise damaged(path, CONFIG, str(error)) from None


def _read_usual(path: Path, card: TaskCard, model: Multimodal, bank: Bank) -> dict[str, Usual]:
    """What is usual of each modality, tried on the bank."""
    from sharcs_core.checkpoints.usual import usual_from_arrays

    arrays = read_arrays(path, UNUSUAL)
    with _fitting(path, FIT_ERRORS):
        return usual_from_arrays(arrays, card, model, bank)


def with_names(run: Run) -> Run:
    """A loaded run under the names that its concepts have on disk now; the run itself where these are its own.

    Raises:
        RunError: for names that are damaged.
    """
    names = read_names(run.path, run.model.config.width if run.model.config.wiring in HAS_CONCEPTS else 0)
    return run if names == run.given_names else replace(run, given_names=names)


def read_card(path: Path) -> TaskCard:
    """The card of the task of the run at ``path``.

    Raises:
        RunError: for one that is damaged.
    """
    try:
        return card_from_json(read_json(path, CARD))
    except RunError:
        raise
    except UserError as error:
        raise damaged(path, CARD, str(error)) from None


def _check_task(config: RunConfig, card: TaskCard) -> None:
    """Raise UserError for a model whose modalities, classes or named factors are not those of its task."""
    model = config.model
    if config.task != card.name:
        raise UserError(f"it is of the task {config.task!r}, and its card of {card.name!r}")
    for name, encoder in model.encoders.items():
        if card.modality(name).kind != encoder.kind:
            raise UserError(f"{name!r} of {card.name} is of kind {card.modality(name).kind!r} (got {encoder.kind!r})")
    if model.n_classes != card.target.n:
        raise UserError(f"{card.name} has {card.target.n} classes (got {model.n_classes})")
    for name, n_values in model.named.items():
        if n_values != card.n_values(name):
            raise UserError(f"{name!r} of {card.name} has {card.n_values(name)} values (got {n_values})")


def _check_keys(card: TaskCard, config: RunConfig, *banks: Bank) -> None:
    """Raise ValueError for inputs that mean something which the task has no words for."""
    for name in () if card.meanings.own else config.model.encoders:
        n_keys = len(card.modality(name).key_names)
        for bank in banks:
            keys = bank.sides[name].semantics
            if len(keys) and not UNKNOWN <= keys.min() <= keys.max() < n_keys:
                raise ValueError(
                    f"semantics of {name!r} must be 0 to {n_keys - 1}, {UNKNOWN} where unknown "
                    f"(got {keys.min()} to {keys.max()})"
                )


def _check_withheld(card: TaskCard, *banks: Bank) -> None:
    """Raise ValueError for originals in a run whose task does not let them be kept, and for none where it does."""
    for bank in banks:
        for name, side in bank.sides.items():
            if side.inputs.is_kept != card.redistribute:
                wanted = "must be kept" if card.redistribute else "must not be kept, as its card says"
                raise ValueError(f"inputs of {name!r} {wanted}")


def _check_traits(card: TaskCard, *banks: Bank) -> None:
    """Raise ValueError for samples of which other traits are said than the card names."""
    for bank in banks:
        n_said = 0 if bank.traits is None else bank.traits.shape[1]
        if n_said != (len(card.traits) if card.redistribute else 0):
            raise ValueError(f"traits must be {len(card.traits)} a sample, as its card says (got {n_said})")


def _array(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise ValueError(f"{name} is missing")
    return arrays[name]


def _inputs(at: str, kind: str, arrays: Mapping[str, NDArray[Any]], n: int) -> Inputs:
    found = unpacked(arrays)
    for values in found.values():
        if values.shape[:1] != (n,):
            raise ValueError(f"{at}inputs must hold {n} inputs (got arrays of shape {values.shape})")
        _expect_kind(f"{at}inputs", values, "biufU")
    return Inputs(kind, found)


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
    labels = _expect_classes(f"{prefix}/labels", _array(arrays, f"{prefix}/labels"), config.n_classes)
    n = len(labels)
    sides = {}
    for name, encoder in config.encoders.items():
        at = f"{prefix}/{name}/"

        def read(field: str, kinds: str, *shape: int, at: str = at) -> NDArray[Any]:
            return _expect_kind(at + field, _expect(at + field, _array(arrays, at + field), (n, *shape)), kinds)

        def below(folder: str, at: str = at) -> dict[str, NDArray[Any]]:
            start = f"{at}{folder}/"
            return {key.removeprefix(start): values for key, values in arrays.items() if key.startswith(start)}

        def of_width(folder: str, width: int, at: str = at) -> dict[str, NDArray[Any]]:
            return {key: read(f"{folder}/{key}", "f", width, at=at) for key in below(folder, at)}

        shared = read("shared", "f", config.width)
        sides[name] = BankSide(
            ids=read("ids", "U"),
            inputs=_inputs(at, encoder.kind, below("inputs"), n),
            semantics=read("semantics", "iu"),
            sources=read("sources", "iu"),
            local=read("local", "f", config.n_local),
            shared=shared,
            maps=of_width("maps", 2),
            described=of_width("described", config.width),
            index=index_for(shared) if prefix == ANSWERS_QUERIES else None,
        )
        others = {other for other in config.encoders if other != name}
        if sides[name].described and set(sides[name].described) != others:
            raise ValueError(f"{at}described must name {sorted(others)} (got {sorted(sides[name].described)})")
    ids = _expect(f"{prefix}/sample_ids", _array(arrays, f"{prefix}/sample_ids"), (n,))
    return Bank(_expect_kind(f"{prefix}/sample_ids", ids, "U"), labels, sides, _read_traits(prefix, arrays, n))


def _read_traits(prefix: str, arrays: Mapping[str, NDArray[Any]], n: int) -> Ints | None:
    name = f"{prefix}/traits"
    if name not in arrays:
        return None
    values = _expect_kind(name, _expect(name, arrays[name], (n, None)), "i")
    if values.size and not UNKNOWN <= values.min() <= values.max() <= 1:
        raise ValueError(f"{name} must be 0, 1, or {UNKNOWN} where unknown")
    return values


def _read_answers(part: str, arrays: Mapping[str, NDArray[Any]], config: ModelConfig) -> tuple[Codes, Ints]:
    """Answers (n, Q) and classes (n,) of the samples of a split; no answers of a model without concepts."""
    from sharcs_core.questions import questions_of

    n_questions = len(questions_of(config)) if config.wiring in HAS_CONCEPTS else 0
    at = f"tree/{part}"
    labels = _expect_classes(f"{at}labels", _array(arrays, f"{at}labels"), config.n_classes).astype(np.int64)
    if n_questions and not len(labels):
        raise ValueError(f"{at}labels must name one sample at least")
    packed = _expect(f"{at}answers", _array(arrays, f"{at}answers"), (len(labels), (n_questions + 7) // 8))
    if packed.dtype != np.uint8:
        raise ValueError(f"{at}answers must not be of type {packed.dtype}")
    return np.unpackbits(packed, axis=1, count=n_questions).astype(bool), labels

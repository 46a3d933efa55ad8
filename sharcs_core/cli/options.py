"""What several commands take from their options."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sharcs_core.config import ALIGNMENT_WEIGHTS, RunConfig, changed
from sharcs_core.errors import UserError
from sharcs_core.json_text import JsonError, json_object
from sharcs_core.readers.checks import shown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tasks.task import Task

MAX_CONFIG_BYTES = 1_000_000
_TRAINING = ("epochs", "alignment", "alignment_weight", "temperature", "batch_size", "learning_rate", "patience")
"""Options that are settings of a training, under their own names."""


def load(arguments: argparse.Namespace) -> Run:
    """The run that was named."""
    from sharcs_core.checkpoints import load_run, resolve_run

    return load_run(resolve_run(arguments.run, arguments.runs), allow_code=allows_code(arguments))


def allows_code(arguments: argparse.Namespace) -> bool:
    """Whether code of one's own may run; it is then looked for in the folder that one is in, after all else."""
    if arguments.allow_code and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return bool(arguments.allow_code)


def use_threads(n_threads: int) -> None:
    import torch

    if n_threads < 1:
        raise UserError(f"--threads must be at least 1 (got {n_threads})")
    torch.set_num_threads(n_threads)


def settings_of(arguments: argparse.Namespace, task: Task) -> RunConfig:
    """The settings of a training: the task's own, changed by a file, by options and by ``--set``, in this order."""
    config = task.preset(arguments.seed, arguments.concepts)
    if arguments.config is not None:
        config = changed(config, _file(arguments.config))
    chosen = arguments.alignment
    weight = {"alignment_weight": ALIGNMENT_WEIGHTS[chosen]} if chosen else {}
    given = weight | {name: getattr(arguments, name) for name in _TRAINING if getattr(arguments, name) is not None}
    if "epochs" in given:  # a short training has a short polish
        given["polish_epochs"] = max(0, min(config.training.polish_epochs, given["epochs"] - 1))
    if arguments.balanced:
        given["balanced"] = True
    config = replace(config, training=replace(config.training, **given))
    for named in arguments.encoder:
        config = config.with_module(*_own_encoder(named))
    for setting in arguments.set:
        config = changed(config, _setting(setting))
    return config if arguments.bank_size is None else replace(config, bank_size=arguments.bank_size)


def _own_encoder(named: str) -> tuple[str, str]:
    """A modality, and the encoder that is to read it."""
    modality, _, module = named.partition("=")
    if not module:
        raise UserError(f"--encoder must be MODALITY=package.module:Class (got {named!r})")
    return modality, module


def _file(path: Path) -> dict[str, Any]:
    """The object in a JSON file of settings."""
    with path.open("rb") as file:
        content = file.read(MAX_CONFIG_BYTES)
    try:
        return json_object(content)
    except JsonError as error:
        raise UserError(f"{path.name} is no JSON object of settings: {error}") from None


def _setting(text: str) -> dict[str, Any]:
    """``model.n_shared=24`` as an object in an object; what is no JSON is text.

    >>> _setting("model.n_shared=24"), _setting("training.alignment=triplet")
    ({'model': {'n_shared': 24}}, {'training': {'alignment': 'triplet'}})
    """
    names, equals, value = text.partition("=")
    if not equals or not all(names.split(".")):
        raise UserError(f"--set must be NAME=VALUE, such as model.n_shared=24 (got {shown(text)})")
    try:
        found: Any = json.loads(value)
    except ValueError:
        found = value
    for name in reversed(names.split(".")):
        found = {name: found}
    return dict(found)

"""Finding runs by name, and listing them without loading them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharcs_core.checkpoints.layout import CONFIG, METRICS, RunError, check_file, read_config, read_metrics, unloadable
from sharcs_core.config import run_config_from_json
from sharcs_core.encoders.own_code import refusal
from sharcs_core.errors import UserError
from sharcs_core.storage import folder_from
from sharcs_core.tasks.examples import TRAIN_ONE

RUNS_VARIABLE = "SHARCS_RUNS"
RUNS = Path("checkpoints")
SHIPPED_RUNS = Path(__file__).resolve().parents[2] / RUNS
"""Those beside the package, where it was not installed away from them."""
SHIPPED = "SHIPPED"
"""A file beside shipped runs with their names, a line each, in the order that people meet them."""


@dataclass(frozen=True)
class RunSummary:
    """What a list of runs shows without loading them; ``error`` says why a run cannot be used."""

    name: str
    path: Path
    task: str
    metrics: Mapping[str, Any]
    error: str | None = None


def runs_folder(folder: Path | None = None) -> Path:
    """Where runs are looked for by name, and where new ones go: the one rule for command line and pages.

    ``folder``, else ``$SHARCS_RUNS``, else ``./checkpoints`` where there is one, else the project's own.

    Raises:
        StorageError: ``$SHARCS_RUNS`` begins with ``~`` and nobody knows where that is.
    """
    chosen = folder or folder_from(RUNS_VARIABLE)
    return chosen or (SHIPPED_RUNS if SHIPPED_RUNS.is_dir() and not RUNS.is_dir() else RUNS)


def resolve_run(name_or_path: str, folder: Path | None = None) -> Path:
    """The folder of a run, given as a folder or as a name. Raises RunError that lists what there is."""
    as_path = Path(name_or_path)
    if (as_path / CONFIG).is_file():
        return Path(os.path.abspath(as_path))  # so that "." has a name
    home = runs_folder(folder)
    if name_or_path == as_path.name and (home / name_or_path / CONFIG).is_file():
        return home / name_or_path
    known = [run.name for run in list_runs(home)]
    choice = f"choose one of {known}" if known else f"train one with: {TRAIN_ONE}"
    raise RunError(f"There is no run {name_or_path!r}, neither as a folder nor under {home}; {choice}")


def shipped_in(folder: Path) -> tuple[str, ...]:
    """The names of the runs in a folder that came with the project; of none where nothing says so."""
    try:
        return tuple((folder / SHIPPED).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return ()


def list_runs(folder: Path | None = None, *, allow_code: bool = False) -> tuple[RunSummary, ...]:
    """The runs in a folder: what is shipped in its order, then others by name.

    It is quick, for nothing but the two JSON files is read.

    Args:
        allow_code: whether runs with encoders that are no part of SHARCS count as such that can be used.
    """
    home = runs_folder(folder)
    if not home.is_dir():
        return ()
    order = {name: place for place, name in enumerate(shipped_in(home))}
    found = sorted(
        (entry for entry in home.iterdir() if not entry.name.startswith(".") and os.path.isfile(entry / CONFIG)),
        key=lambda entry: (order.get(entry.name, len(order)), entry.name),
    )
    return tuple(_summary(path, allow_code) for path in found)


def _summary(path: Path, allow_code: bool) -> RunSummary:
    try:
        facts = read_config(path)
        if not allow_code:
            _check_own(path, facts.config)
        check_file(path, METRICS, facts.files)
        return RunSummary(path.name, path, facts.config["task"], read_metrics(path))
    except RunError as error:
        return RunSummary(path.name, path, "", {}, str(error))


def _check_own(path: Path, config: Mapping[str, Any]) -> None:
    """Raises RunError for a run with an encoder that is no part of SHARCS; other faults are told when it is loaded."""
    try:
        modules = run_config_from_json(config).model.modules
    except UserError:
        return
    if modules:
        raise unloadable(path, refusal(modules[0]))

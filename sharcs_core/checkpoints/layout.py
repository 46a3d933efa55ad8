"""What lies in the folder of a run, and the hashes that tell whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = 5
"""The one that is written and read. Earlier ones did not know what is usual, or not even a choice of concepts."""
CONFIG, WEIGHTS, BANK, METRICS, LICENSE = "config.json", "weights.safetensors", "bank.npz", "metrics.json", "LICENSE"
UNUSUAL = "unusual.npz"
NAMES = "names.json"
"""May change while the run stays the same, so that it is not among the files whose hash is kept."""
FILES = (WEIGHTS, BANK, UNUSUAL, METRICS)
MAX_FILE_BYTES = 2_000_000_000
MAX_REASON = 300
PACKAGES = ("torch", "numpy", "scikit-learn", "umap-learn")


class RunError(ValueError):
    """A run cannot be found or read; the message says why and what to do."""


def brief(error: BaseException) -> str:
    """What a library says of an error, to go into one sentence: its last line, and not without end."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = lines[-1].strip()
    return said if len(said) <= MAX_REASON else f"{said[:MAX_REASON]} …"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def config_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the configuration's content, its own digest left out; layout and order do not matter."""
    content = {name: value for name, value in facts.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"The run {path.parent.name!r} lacks {path.name}; copy the whole folder again") from None
    except (OSError, ValueError, RecursionError):
        raise RunError(f"{path.name} of the run {path.parent.name!r} is damaged; copy the run again") from None
    if not isinstance(values, dict):
        raise RunError(f"{path.name} of the run {path.parent.name!r} is damaged; copy the run again")
    return values


def read_config(path: Path) -> dict[str, Any]:
    facts = read_json(path / CONFIG)
    _check_format(path, facts)
    if not isinstance(facts.get("config"), dict) or not isinstance(facts.get("files"), dict):
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged; copy the run again")
    if facts.get("sha256") != config_digest(facts):
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")
    _check_task(path, facts["config"].get("task"))
    return facts


def _check_format(path: Path, facts: Mapping[str, Any]) -> None:
    found = facts.get("format")
    if type(found) is not int or found < 1:
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged; copy the run again")
    if found > FORMAT:
        raise RunError(
            f"The run {path.name!r} is of format {found}, newer than the {FORMAT} this version reads; update SHARCS"
        )
    if found < FORMAT:
        raise RunError(
            f"The run {path.name!r} is of format {found}, which this version no longer reads; "
            f"train it anew{_how_to_train(facts)}"
        )


def _how_to_train(facts: Mapping[str, Any]) -> str:
    """The command that trains a run of that task, where the task is one that is known."""
    from sharcs_core.tasks import TASKS

    config = facts.get("config")
    task = config.get("task") if isinstance(config, dict) else None
    return f" with: sharcs train {task}" if isinstance(task, str) and task in TASKS else ""


def _check_task(path: Path, task: Any) -> None:
    from sharcs_core.tasks import TASKS

    if not isinstance(task, str) or task not in TASKS:
        raise RunError(
            f"The run {path.name!r} is of the task {task!r}, which this version does not know; "
            f"it knows {sorted(TASKS)}, so update SHARCS"
        )


def check_file(path: Path, name: str, hashes: Mapping[str, str]) -> None:
    file = path / name
    if not file.is_file():
        raise RunError(f"The run {path.name!r} lacks {name}; copy the whole folder again")
    if file.stat().st_size > MAX_FILE_BYTES or sha256_of(file) != hashes.get(name):
        raise RunError(f"{name} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")

"""What lies in the folder of a run, and the hashes that tell whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import StrictInt, TypeAdapter

from sharcs_core.errors import UserError
from sharcs_core.faults import short
from sharcs_core.json_text import JsonError, checked, json_object
from sharcs_core.structures import DataSource

FORMAT = 6
"""The one that is written and read. Earlier ones did not describe their task, or did not know what is usual."""
CONFIG, CARD, WEIGHTS, BANK, METRICS = "config.json", "card.json", "weights.safetensors", "bank.npz", "metrics.json"
LICENSE = "LICENSE"
UNUSUAL = "unusual.npz"
NAMES = "names.json"
"""May change while the run stays the same, so that it is not among the files whose hash is kept."""
PARTS = "split.json"
"""Of a run whose samples have ids; nothing that a run says depends on it."""
HISTORY = "training.jsonl"
"""Of a run that was trained from the page: how its training went, see :mod:`sharcs_core.trainings.progress`."""
FILES = (CARD, WEIGHTS, BANK, UNUSUAL, METRICS)
MAX_FILE_BYTES = 2_000_000_000
MAX_JSON_BYTES = 10_000_000
MAX_REASON = 300
PACKAGES = ("torch", "numpy", "scikit-learn", "umap-learn")


class RunError(UserError):
    """A run cannot be found or read; the message says why and what to do."""


def state_file(out: Path) -> Path:
    """Where the training of the run at ``out`` keeps its state until it is done."""
    return out.parent / f".{out.name}.training.safetensors"


def guided_folder(out: Path) -> Path:
    """Where the training of the run at ``out`` keeps what explanations taught first, until it is done."""
    return out.parent / f".{out.name}.guided"


def brief(error: BaseException) -> str:
    """What a library says of an error, to go into one sentence: its last line, as far as it can be seen, and not all.

    >>> brief(ValueError("first\\nno key \\u202e'a\\u200bb'"))
    "no key 'ab'"
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    said = "".join(letter for letter in lines[-1].strip() if letter.isprintable())  # a file may say anything
    return said if len(said) <= MAX_REASON else f"{said[:MAX_REASON]} …"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file of a run; of text it does not matter how its lines end, which a checkout may change."""
    if path.suffix == ".json" or path.name == LICENSE:
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def config_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the configuration's content, its own digest left out; layout and order do not matter."""
    content = {name: value for name, value in facts.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Facts:
    """What config.json says.

    Attributes:
        config, choice: as JSON, see :mod:`sharcs_core.config` and :mod:`sharcs_core.checkpoints.outcome`.
        files: name of a file of the run → its SHA-256.
        versions: package → the version that the run was made with.
    """

    config: dict[str, Any]
    choice: dict[str, Any] | None
    tree_leaves: StrictInt
    source: DataSource
    device: str
    files: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)


_FACTS = TypeAdapter(Facts)


def damaged(path: Path, name: str, why: str) -> RunError:
    """What is to be said of the file ``name`` of the run at ``path``."""
    return RunError(f"{name} of the run {path.name!r} is damaged: {why}; copy the run again")


def read_json(path: Path, name: str, **constant: Callable[[str], Any]) -> dict[str, Any]:
    """The object in a JSON file of the run at ``path``; ``constant`` as in :func:`~sharcs_core.json_text.json_values`.

    Raises:
        RunError: for a file that is not there, cannot be read, or is not one object.
    """
    try:
        return json_object(_content(path, name), **constant)
    except JsonError as error:
        raise damaged(path, name, str(error)) from None


def read_metrics(path: Path) -> dict[str, Any]:
    """The figures of a run; None for those that are no finite number, as former versions wrote them."""
    return read_json(path, METRICS, constant=lambda _: None)


def _content(path: Path, name: str) -> bytes:
    try:
        with (path / name).open("rb") as file:
            content = file.read(MAX_JSON_BYTES + 1)
    except FileNotFoundError:
        raise RunError(f"The run {path.name!r} lacks {name}; copy the whole folder again") from None
    except OSError as error:
        raise unreadable(path, name, error) from None
    if len(content) > MAX_JSON_BYTES:
        raise damaged(path, name, f"it is of more than {MAX_JSON_BYTES // 1_000_000} MB")
    return content


def unloadable(path: Path, why: str) -> RunError:
    """What is to be said of the run at ``path`` whose model somebody else's code is a part of."""
    return RunError(f"The run {path.name!r} cannot be loaded: {why}")


def unreadable(path: Path, name: str, error: OSError) -> RunError:
    """What is to be said of a file that the system does not give."""
    return RunError(f"{name} of the run {path.name!r} cannot be read ({error.strerror}); see to its permissions")


def read_config(path: Path) -> Facts:
    """What config.json of the run at ``path`` says, found whole.

    Raises:
        RunError: one sentence that names the fault and the mend.
    """
    values = read_json(path, CONFIG)
    _check_format(path, values)
    if values.get("sha256") != config_digest(values):
        raise RunError(f"{CONFIG} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")
    try:
        facts = checked(_FACTS, values)
    except JsonError as error:
        raise damaged(path, CONFIG, str(error)) from None
    return facts


def _check_format(path: Path, facts: Mapping[str, Any]) -> None:
    found = facts.get("format")
    if type(found) is not int or found < 1:
        raise damaged(path, CONFIG, f"format must be a whole number from 1 on (got {short(found)})")
    if found > FORMAT:
        raise RunError(
            f"The run {path.name!r} is of format {short(found)}, newer than the {FORMAT} this version reads; "
            "update SHARCS"
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


def check_file(path: Path, name: str, hashes: Mapping[str, str]) -> None:
    """Raise RunError for a file of the run at ``path`` that is not there, cannot be read, or is not as it was."""
    file = path / name
    if not file.is_file():
        raise RunError(f"The run {path.name!r} lacks {name}; copy the whole folder again")
    try:
        is_whole = file.stat().st_size <= MAX_FILE_BYTES and sha256_of(file) == hashes.get(name)
    except OSError as error:
        raise unreadable(path, name, error) from None
    if not is_whole:
        raise RunError(f"{name} of the run {path.name!r} is damaged (its SHA-256 differs); copy the run again")

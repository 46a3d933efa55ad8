"""The names that people give to concepts, kept with a run beside the files that never change."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sharcs_core.checkpoints.layout import CONFIG, NAMES, RunError
from sharcs_core.errors import UserError
from sharcs_core.json_text import checked, json_values
from sharcs_core.storage import StorageError, locked, write_text

_NAMES = TypeAdapter(dict[str, str])

MAX_NAME_LENGTH = 60
MAX_NAMES_BYTES = 100_000

_BREAKING = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories that no name may hold: control characters, halves of characters, breaks of lines."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn around the text that follows, beyond the name itself."""
_UNSEEN = ("Zs", "Cf")

PATIENCE = 10.0
"""Seconds to wait for another page or process that gives a name just now, so that neither undoes the other."""


def rename_concept(path: Path, concept: int, name: str, n_concepts: int) -> None:
    """Give a concept of the run at ``path`` a name, kept with the run; an empty one takes it back.

    Raises:
        RunError: for a concept that is not there, a name that cannot be one or that another concept was given, or
            a run whose names cannot be read or written.
    """
    if not (path / CONFIG).is_file():
        raise RunError(f"There is no run at {path}, so that no concept of it can have a name")
    if isinstance(concept, bool) or concept not in range(n_concepts):
        raise RunError(f"The run {path.name!r} has {_concepts(n_concepts)} (got {concept!r}); choose one of them")
    try:
        with locked(path / NAMES, wait=PATIENCE):
            others = {place: own for place, own in read_names(path, n_concepts).items() if place != concept}
            if name:
                others[int(concept)] = _checked(name, others)
            _write(path / NAMES, others)
    except StorageError as error:
        raise RunError(f"The names of the run {path.name!r} cannot be changed: {error}") from None


def read_names(path: Path, n_concepts: int) -> dict[int, str]:
    """Concept → the name that a person gave it; none where nobody did.

    Raises:
        RunError: for names that are damaged, or not of concepts that the run has.
    """
    file = path / NAMES
    if not file.exists():
        return {}
    try:
        return _from_json(_read(file), n_concepts)
    except (OSError, UserError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RunError(
            f"{NAMES} of the run {path.name!r} is damaged ({reason}); "
            f"delete {NAMES} to go back to the names of the model"
        ) from None


def _read(file: Path) -> dict[str, str]:
    size = file.stat().st_size
    if size > MAX_NAMES_BYTES:
        raise RunError(f"it is of {size:,} bytes, and names take {MAX_NAMES_BYTES:,} at most")
    return checked(_NAMES, json_values(file.read_bytes()))


def _from_json(values: Mapping[str, str], n_concepts: int) -> dict[int, str]:
    names: dict[int, str] = {}
    places = {str(concept): concept for concept in range(n_concepts)}
    for key, name in values.items():
        if key not in places:
            raise RunError(f"there are {_concepts(n_concepts)} (got {key[:MAX_NAME_LENGTH]!r})")
        names[places[key]] = _checked(name, names)
    return names


def _checked(name: Any, others: Mapping[int, str]) -> str:
    """The name in the one way of writing it. Raises RunError for one that cannot be a name, or is another's."""
    if not isinstance(name, str):
        raise RunError(f"A name must be text (got {type(name).__name__})")
    written = unicodedata.normalize("NFC", name).strip(" ")
    if len(written) > MAX_NAME_LENGTH:
        raise RunError(f"A name can have {MAX_NAME_LENGTH} characters (got {len(written)}); choose a shorter one")
    if any(unicodedata.category(sign) in _BREAKING or sign in _TURNING for sign in written):
        raise RunError(f"A name must be on one line, without control characters (got {written!r})")
    if all(unicodedata.category(sign) in _UNSEEN for sign in written):
        raise RunError("A name must show something (got blanks only); leave it empty to take the name back")
    if written in others.values():
        raise RunError(f"{written!r} is the name of another concept already; choose another name")
    return written


def _write(file: Path, names: Mapping[int, str]) -> None:
    content = {str(concept): names[concept] for concept in sorted(names)}
    write_text(file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _concepts(n_concepts: int) -> str:
    return f"concepts 0 to {n_concepts - 1}" if n_concepts else "no concepts"

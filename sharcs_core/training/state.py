"""A training between two epochs as one safetensors file: tensors, and the rest as JSON in its header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from sharcs_core.batches import digest_of
from sharcs_core.errors import UserError
from sharcs_core.storage import StorageError, move, write_bytes
from sharcs_core.structures import Choice, Removal
from sharcs_core.training.records import EpochRecord

if TYPE_CHECKING:
    from sharcs_core.training.trainer import Trainer

STATE_FORMAT = 4
"""Of a training kept on disk; counted up whenever the same settings come to train another model."""


def state_of(trainer: Trainer) -> bytes:
    """All of a training that is needed to go on with it."""
    from safetensors.torch import save

    tensors = {f"model/{name}": value for name, value in trainer.model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in trainer.best_weights.items()}
    for index, state in trainer.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{name}": value for name, value in state.items()}
    facts = {
        "format": STATE_FORMAT,
        "config": trainer.config.to_json(),
        "source": trainer.data.source.sha256,
        "samples": _samples(trainer),
        "choice": asdict(trainer.choice) if trainer.choice else None,
        "devices": sorted(trainer.devices),
        "phase_start": trainer.phase_start,
        "step": trainer.step,
        "best_epoch": trainer.best_epoch,
        "history": [vars(record) for record in trainer.history],
    }
    return save({name: value.contiguous() for name, value in tensors.items()}, {"state": json.dumps(facts)})


def _samples(trainer: Trainer) -> list[Any]:
    return [len(trainer.data.train), digest_of(trainer.data.train), digest_of(trainer.data.validation)]


def keep(trainer: Trainer, path: Path) -> None:
    """Keep the state at ``path``; what was kept there stays where that fails.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        write_bytes(path, state_of(trainer))
    except StorageError as error:
        before = (
            f"after epoch {len(trainer.history) - 1}, the last that was kept" if path.exists() else "from the start"
        )
        raise StorageError(f"{error}; the same command goes on {before}") from None


def go_on(trainer: Trainer, content: bytes, path: Path) -> None:
    """Go on from a saved state.

    Args:
        path: where it was kept, for messages.

    Raises:
        UserError: if it is damaged or of another version, configuration or data.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        facts = json.loads(_header(content)["state"])
        tensors = load(content)
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise UserError(f"{path} is damaged; delete it to start afresh") from None
    _check(trainer, facts, path)
    if facts["choice"]:
        trainer.take_choice(_choice(facts["choice"]))
    trainer.phase_start = facts["phase_start"]
    trainer.model.load_state_dict(_below("model", tensors))
    trainer.best_weights = {name: value.to(trainer.device) for name, value in _below("best", tensors).items()}
    trainer.optimiser.load_state_dict(_optimiser_state(trainer.optimiser.state_dict(), _below("optimiser", tensors)))
    trainer.step, trainer.best_epoch = facts["step"], facts["best_epoch"]
    trainer.history = [EpochRecord(**record) for record in facts["history"]]
    trainer.devices = {*facts["devices"], *(set() if trainer.finished else trainer.devices)}


def _header(content: bytes) -> Any:
    """What a safetensors file says of itself beside its tensors."""
    n_bytes = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + n_bytes])["__metadata__"]


def _check(trainer: Trainer, facts: Mapping[str, Any], path: Path) -> None:
    """Raise UserError for the state of another training."""
    if facts.get("format") != STATE_FORMAT:
        raise UserError(f"{path} belongs to a training by another version; delete it to start afresh")
    if facts["config"] != json.loads(json.dumps(trainer.config.to_json())):
        raise UserError(f"{path} belongs to a training with other settings; delete it to start afresh")
    if facts["source"] != trainer.data.source.sha256:
        raise UserError(f"{path} belongs to a training on other data; delete it to start afresh")
    samples = _samples(trainer)
    if facts["samples"] != samples:
        raise UserError(
            f"{path} belongs to a training on other samples ({facts['samples'][0]:,} there, {samples[0]:,} here); "
            "delete it to start afresh"
        )


def _choice(values: Mapping[str, Any]) -> Choice:
    removals = tuple(Removal(**removal) for removal in values["removals"])
    return Choice(**{**values, "kept": tuple(values["kept"]), "removals": removals})


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}/"): value for name, value in tensors.items() if name.startswith(f"{prefix}/")}


def _optimiser_state(fresh: dict[str, Any], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, key = name.split("/")
        state.setdefault(int(index), {})[key] = value
    return {**fresh, "state": state}


def settings_kept(state: Path) -> Any:
    """The settings, as JSON, of the training that ``state`` keeps; None where there is none to go on with."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(state, "pt") as file:
            facts = json.loads(file.metadata()["state"])
        return facts["config"] if facts["format"] == STATE_FORMAT else None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None


def set_aside(state: Path | None) -> str:
    """Moves the state of a training that cannot go on, and says where its best weights are."""
    if state is None or not state.exists():
        return ""
    aside = state.with_name(state.name.replace(".training.", ".diverged.", 1))
    if aside == state:
        aside = state.with_suffix(".diverged")
    move(state, aside)
    return f" (the best weights so far are kept in {aside})"

"""Guided models on disk: a folder with ``guided.json`` and ``guided.safetensors``, written whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field, TypeAdapter

from sharcs_core.errors import UserError
from sharcs_core.guided.network import GuidedNetwork, NetworkSize
from sharcs_core.guided.saying import Guided
from sharcs_core.guided.settings import GuidedSettings
from sharcs_core.guided.words import MOST_WORDS, Vocabulary
from sharcs_core.json_text import JsonError, checked, json_object, json_text
from sharcs_core.storage import replacing_folder

FACTS, WEIGHTS = "guided.json", "guided.safetensors"
FORMAT = 1
MAX_BYTES = 50_000_000
MOST_SAID = 200
"""Words of a sentence that a model may be made to say, so that a damaged file asks for no more."""


class GuidedError(UserError):
    """A guided model cannot be read; one sentence says why, and what to do."""


@dataclass(frozen=True)
class _Facts:
    format: Annotated[int, Field(strict=True)]
    height: Annotated[int, Field(strict=True, ge=8, le=1000)]
    width: Annotated[int, Field(strict=True, ge=8, le=1000)]
    channels: Annotated[int, Field(strict=True, ge=1, le=4)]
    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=1000)]
    words: Annotated[tuple[str, ...], Field(max_length=MOST_WORDS)]
    length: Annotated[int, Field(strict=True, ge=1, le=MOST_SAID)]
    settings: Mapping[str, Any]
    device: str
    sha256: str


@dataclass(frozen=True)
class KeptGuided:
    """A guided model as it is kept.

    Attributes:
        guided: the model, ready to be asked.
        settings: what it was trained with.
        size: height, width and channels of the pictures that it was trained on.
        device: what it was trained on.
    """

    guided: Guided
    settings: GuidedSettings
    size: tuple[int, int, int]
    device: str = "cpu"


def save_guided(path: Path, kept: KeptGuided) -> None:
    """Writes the folder. Raises StorageError."""
    with replacing_folder(path) as folder:
        write_guided(folder, kept)


def write_guided(folder: Path, kept: KeptGuided) -> None:
    """Writes the two files into a folder that is being made, such as that of a run."""
    from safetensors.torch import save

    guided = kept.guided
    weights = save({name: value.contiguous() for name, value in guided.network.state_dict().items()})
    height, width, channels = kept.size
    facts = {
        "format": FORMAT,
        "height": height,
        "width": width,
        "channels": channels,
        "classes": guided.classes,
        "words": guided.vocabulary.words,
        "length": guided.vocabulary.length,
        "settings": kept.settings.to_json(),
        "device": kept.device,
        "sha256": hashlib.sha256(weights).hexdigest(),
    }
    (folder / WEIGHTS).write_bytes(weights)
    (folder / FACTS).write_text(json_text(facts), encoding="utf-8", newline="\n")


def is_guided(path: Path) -> bool:
    """Whether there is a guided model in a folder."""
    return (path / FACTS).is_file()


def load_guided(path: Path) -> KeptGuided:
    """The model in a folder.

    Raises:
        GuidedError: there is none, or it is damaged.
    """
    facts, weights = _facts(path), _read(path / WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != facts.sha256:
        raise GuidedError(f"{path / WEIGHTS} is not the file that {FACTS} was written with; copy the folder again")
    settings = GuidedSettings.from_json(facts.settings)
    vocabulary = Vocabulary(facts.words, facts.length)
    network = _network(NetworkSize(facts.channels, len(facts.classes), len(vocabulary)), weights, path)
    guided = Guided(network, vocabulary, facts.classes, settings.grounded)
    return KeptGuided(guided, settings, (facts.height, facts.width, facts.channels), facts.device)


def _facts(path: Path) -> _Facts:
    try:
        facts = checked(TypeAdapter(_Facts), json_object(_read(path / FACTS)))
    except JsonError as error:
        raise GuidedError(f"{path / FACTS} cannot be read ({error}); copy the folder again") from None
    if facts.format != FORMAT:
        raise GuidedError(f"{path / FACTS} is of another version ({facts.format}); train the model anew")
    return facts


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise GuidedError(f"{path} is too large for a guided model; copy the folder again")
        return path.read_bytes()
    except OSError as error:
        raise GuidedError(f"{path} cannot be read ({error.strerror or error}); name the folder of a model") from None


def _network(size: NetworkSize, weights: bytes, path: Path) -> GuidedNetwork:
    from safetensors import SafetensorError
    from safetensors.torch import load

    network = GuidedNetwork(size)
    try:
        values = load(weights)
        if not all(bool(torch.isfinite(value).all()) for value in values.values()):
            raise ValueError("they hold values that are not finite")
        network.load_state_dict(values)
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        brief = " ".join(str(error).split())[:150]
        raise GuidedError(f"The weights in {path} do not fit ({brief}); copy the folder again") from None
    return network.eval()

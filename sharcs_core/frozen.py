"""What the frozen part of an encoder says of the inputs of a training: computed once, and kept in the cache folder.

A file of the cache is known by all that its content depends on: the weights, settings and source of that part, the
inputs, the version of torch and the kind of device.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sharcs_core.encoders.own_code import CodeError
from sharcs_core.encoders.own_encoder import FROZEN, OwnEncoder
from sharcs_core.inference import readable
from sharcs_core.model import Multimodal
from sharcs_core.structures import Floats, Inputs, Split, TaskData
from sharcs_core.tasks.array_cache import cached_arrays
from sharcs_core.tensors import device_of


def with_frozen(model: Multimodal, data: TaskData) -> TaskData:
    """The same with what frozen parts say beside the inputs that are trained and validated on, in ``frozen``.

    The very same where no encoder has a frozen part. It is for training alone: inputs that are varied, or kept in a
    run, must not have it.

    Raises:
        CodeError: where a frozen part does not do what it has to.
    """
    names = [name for name, encoder in model.encoders.items() if _frozen_of(encoder) is not None]
    if not names:
        return data
    return replace(data, train=_read(model, data.train, names), validation=_read(model, data.validation, names))


def _frozen_of(encoder: nn.Module) -> nn.Module | None:
    return encoder.frozen if isinstance(encoder, OwnEncoder) else None


def _read(model: Multimodal, split: Split, names: list[str]) -> Split:
    read = {name: _beside(model, name, split.inputs[name]) for name in names if len(split.inputs[name])}
    return replace(split, inputs={**split.inputs, **read})


def _beside(model: Multimodal, name: str, inputs: Inputs) -> Inputs:
    encoder = model.encoders[name]
    assert isinstance(encoder, OwnEncoder)
    arrays = cached_arrays(
        f"{FROZEN}-{_key(encoder, inputs, device_of(model))}",
        (FROZEN,),
        len(inputs),
        lambda: {FROZEN: _computed(model, encoder, name, inputs)},
    )
    return Inputs(inputs.kind, {**inputs.arrays, **arrays})


def _computed(model: Multimodal, encoder: OwnEncoder, name: str, inputs: Inputs) -> Floats:
    """What the frozen part says of n inputs, (n, …)."""
    parts = [encoder.fixed(batch).cpu().numpy() for batch in readable(model, name, inputs)]
    if len({part.shape[1:] for part in parts}) > 1:
        raise CodeError(f"{FROZEN} of {encoder.title} must say as much of each batch; mend it")
    whole: Floats = np.concatenate(parts)
    return whole


def _key(encoder: OwnEncoder, inputs: Inputs, device: torch.device) -> str:
    """What the name of a file of the cache has to tell apart, as a digest."""
    assert encoder.frozen is not None
    facts = encoder.config, encoder.n_local, inputs.kind, torch.__version__, device.type
    digest = hashlib.sha256(repr(facts).encode())
    for source in _sources(encoder.own):
        digest.update(source)
    weights = {f"weights/{name}": _bytes_of(values) for name, values in encoder.frozen.state_dict().items()}
    for name, values in sorted({**weights, **inputs.arrays}.items()):
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:32]


def _bytes_of(values: torch.Tensor) -> NDArray[np.uint8]:
    """A tensor of any type as the bytes of its numbers, (…, bytes of one)."""
    held: NDArray[np.uint8] = values.cpu().contiguous().unsqueeze(-1).view(torch.uint8).numpy()
    return held


def _sources(encoder: nn.Module) -> Iterator[bytes]:
    """The source files of an encoder and of its parts, where there are any."""
    files = set()
    for part in encoder.modules():
        with suppress(OSError, TypeError):  # typed in at a prompt
            files.add(inspect.getfile(type(part)))
    for file in sorted(files):
        with suppress(OSError):
            yield Path(file).read_bytes()

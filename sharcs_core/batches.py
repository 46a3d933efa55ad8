"""The samples of a split on the training device, batch by batch, and the learning rate at each step."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sharcs_core.config import RunConfig
from sharcs_core.encoders.checks import check_inputs
from sharcs_core.named import taught
from sharcs_core.structures import Ints, Split
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import to_tensors


def one_cycle(step: int, n_steps: int, peak: float, warm_up: float = 0.25) -> float:
    """Learning rate at ``step``: cosine from peak / 25 up to ``peak``, then down to nearly 0 (Smith 2018)."""
    n_warm = max(1, round(warm_up * n_steps))
    if step < n_warm:
        start, end, progress = peak / 25, peak, step / n_warm
    else:
        start, end, progress = peak, peak / 1e4, (step - n_warm) / max(1, n_steps - n_warm)
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, progress))) / 2


@dataclass(frozen=True)
class Batch:
    """Inputs by modality, their keys (B,) and what their named concepts ought to be (B, n_named)."""

    inputs: dict[str, dict[str, Tensor]]
    keys: dict[str, Tensor]
    taught: dict[str, Tensor]


@dataclass(frozen=True)
class SplitTensors:
    """One split on the training device: every input once, to be paired by position."""

    inputs: dict[str, dict[str, Tensor]]
    keys: dict[str, Tensor]
    taught: dict[str, Tensor]

    @classmethod
    def of(cls, split: Split, config: RunConfig, task: Task, device: torch.device) -> SplitTensors:
        """A split as tensors. Raises UserError for inputs that the model that ``config`` asks for cannot read."""
        modalities, factors = config.model.modalities, config.model.factors
        for name in modalities:
            check_inputs(config.model, name, split.inputs[name])
        return cls(
            inputs={name: to_tensors(split.inputs[name], device) for name in modalities},
            keys={name: torch.as_tensor(split.semantics[name].astype(np.int64)).to(device) for name in modalities},
            taught={
                name: torch.as_tensor(taught(factors, task.factors, split.semantics[name])).to(device)
                for name in modalities
            },
        )

    def batch(self, rows: Mapping[str, Tensor]) -> Batch:
        """The inputs at these rows (B,) of each modality, side by side."""
        inputs = {
            name: {field: values[rows[name]] for field, values in fields.items()}
            for name, fields in self.inputs.items()
        }
        keys, wanted = ({name: of[name][rows[name]] for name in of} for of in (self.keys, self.taught))
        return Batch(inputs, keys, wanted)


def digest_of(split: Split) -> str:
    """SHA-256 of what a split's samples mean and how they are paired; other samples give another."""
    digest = hashlib.sha256()
    for of in (split.semantics, split.sources, split.pairing, {"labels": split.labels}):
        for name, values in of.items():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(values, dtype="<i8").tobytes())
    return digest.hexdigest()


def batches(
    pairing: Mapping[str, Ints], labels: Ints, order: Tensor, batch_size: int, device: torch.device, least: int = 1
) -> Iterator[tuple[dict[str, Tensor], Tensor]]:
    """Samples in an order, ``batch_size`` at a time: the rows (B,) of each modality's inputs, and the classes (B,).

    Args:
        least: a last batch of fewer samples is left out.
    """
    rows = {name: torch.as_tensor(np.asarray(index, dtype=np.int64)) for name, index in pairing.items()}
    classes = torch.as_tensor(labels.astype(np.int64))
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        if len(chosen) >= least:
            yield {name: index[chosen].to(device) for name, index in rows.items()}, classes[chosen].to(device)

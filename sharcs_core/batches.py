"""The samples of a split on the training device, batch by batch, and the learning rate at each step."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from sharcs_core.config import RunConfig
from sharcs_core.kinds import check_inputs
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.named import taught
from sharcs_core.structures import Ints, Split
from sharcs_core.tensors import held_tensors, rows_of


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
    """B samples. A sample may lack an input: of a modality m there are B_m inputs, B_m ≤ B.

    Attributes:
        inputs: modality → array → (B_m, …).
        places: modality → (B_m,) which of the B samples each input belongs to; None where all have one.
        keys: modality → (B_m,) what each means; -1 unknown.
        contents: modality → (B,) a number for each content, equal where the content is; -1 where there is none.
        taught: modality → (B_m, n_named) what its named concepts ought to be, 0 or 1; NaN unknown.
        targets: (B,) what is to be predicted; -1 unknown.
        dropped: modality → (B,) whose input the prediction does without; none where it reads all that there is.
    """

    inputs: Mapping[str, Mapping[str, Tensor]]
    places: Mapping[str, Tensor | None]
    keys: Mapping[str, Tensor]
    contents: Mapping[str, Tensor]
    taught: Mapping[str, Tensor]
    targets: Tensor
    dropped: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def complete(self) -> bool:
        """Whether the prediction reads an input of every modality of every sample."""
        return not self.dropped and all(places is None for places in self.places.values())

    def without(self, share: float, generator: torch.Generator) -> Batch:
        """The same with so large a share of the inputs dropped at random; every sample keeps one at least."""
        if not share:
            return self
        chances = torch.rand(len(self.places), len(self), generator=generator).to(self.targets.device)
        there = torch.ones_like(chances, dtype=torch.bool)
        for own, places in zip(there, self.places.values(), strict=True):
            if places is not None:
                own.zero_()[places] = True
        kept = chances.masked_fill(~there, -1.0).argmax(0)
        gone = there & (chances < share)
        gone[kept, torch.arange(len(self), device=kept.device)] = False
        return replace(self, dropped=dict(zip(self.places, gone, strict=True)))

    def varied(self, noise: Mapping[str, Mapping[str, Tensor]]) -> Batch:
        """The same with arrays of noise beside the inputs of each modality."""
        return replace(self, inputs={name: {**arrays, **noise[name]} for name, arrays in self.inputs.items()})


@dataclass(frozen=True)
class SplitTensors:
    """One split on the training device: every input once, to be paired by position; what lies in files stays there."""

    inputs: Mapping[str, Mapping[str, Tensor]]
    keys: Mapping[str, Tensor]
    contents: Mapping[str, Tensor]
    taught: Mapping[str, Tensor]

    @classmethod
    def of(cls, split: Split, config: RunConfig, meanings: Meanings, device: torch.device) -> SplitTensors:
        """A split as tensors.

        Raises:
            UserError: for inputs that the model that ``config`` asks for cannot read.
        """
        modalities, factors = config.model.modalities, config.model.factors
        for name in modalities:
            check_inputs(config.model, name, split.inputs[name])
        return cls(
            inputs={name: held_tensors(split.inputs[name], device) for name in modalities},
            keys={name: _whole(split.semantics[name], device) for name in modalities},
            contents={name: _whole(split.sources[name], device) for name in modalities},
            taught={
                name: torch.as_tensor(taught(factors, meanings.factors, split.semantics[name])).to(device)
                for name in modalities
            },
        )

    def batch(self, rows: Mapping[str, Tensor], targets: Tensor) -> Batch:
        """The samples whose inputs stand at ``rows``: modality → (B,), -1 where a sample lacks one."""
        present = {name: own >= 0 for name, own in rows.items() if name in self.inputs}
        whole = {name: bool(own.all()) for name, own in present.items()}
        held = {name: rows[name] if whole[name] else rows[name][present[name]] for name in present}
        return Batch(
            inputs={
                name: {array: rows_of(values, held[name], targets.device) for array, values in arrays.items()}
                for name, arrays in self.inputs.items()
            },
            places={name: None if whole[name] else present[name].nonzero().squeeze(1) for name in present},
            keys={name: self.keys[name][held[name]] for name in present},
            contents={name: torch.where(present[name], self.contents[name][rows[name]], UNKNOWN) for name in present},
            taught={name: self.taught[name][held[name]] for name in present},
            targets=targets,
        )


def _whole(values: Ints, device: torch.device) -> Tensor:
    return torch.as_tensor(values.astype(np.int64)).to(device)


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

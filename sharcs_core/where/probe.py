"""A model as a function of one input of one sample, all else that it reads staying as it is.

Shapes: R versions of the input, K local and T shared concepts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sharcs_core.encoders.encoder import Batch, Encoder
from sharcs_core.kinds.kind import Form
from sharcs_core.model import Multimodal
from sharcs_core.structures import Inputs

Amount = Callable[[Mapping[str, Tensor]], Tensor]
"""The log-odds that concepts are on (R, T), by modality → how much a model says what is asked, (R,)."""


@dataclass(frozen=True)
class Probe:
    """What an explainer needs to know.

    Attributes:
        inputs: the one input that is explained.
        form: what inputs of its modality are like.
        batch: its arrays as tensors, 1 of each.
        usual: of each array, what is usual in training inputs, (…); without those of which nothing is kept.
        model: left as it is; explainers that hook into an encoder ask for a :meth:`copy` of it.
        others: modality → the log-odds (1, T) of what else is read.
        amount: how much the model says what is asked.
    """

    modality: str
    inputs: Inputs
    form: Form
    batch: dict[str, Tensor]
    usual: Mapping[str, Tensor]
    model: Multimodal
    others: Mapping[str, Tensor]
    amount: Amount

    @property
    def encoder(self) -> nn.Module:
        """Of this modality."""
        found: nn.Module = self.model.encoders[self.modality]
        return found

    @property
    def prepares(self) -> bool:
        """Whether gradients can reach what an input says; an encoder of one's own need not let them."""
        return isinstance(self.encoder, Encoder)

    def prepared(self) -> dict[str, Tensor]:
        """What the encoder scores, 1 of each."""
        assert isinstance(self.encoder, Encoder)
        with torch.no_grad():
            return self.encoder.prepare(self.batch)

    def of_scores(self, scores: Tensor) -> Tensor:
        """Raw scores (R, K) of the input → how much the model says what is asked, (R,)."""
        evidence = self.model.evidence(self.modality, scores)
        others = {name: values.expand(len(evidence), -1) for name, values in self.others.items()}
        return self.amount({**others, self.modality: evidence})

    def of_prepared(self, prepared: Batch) -> Tensor:
        """The same of R prepared versions."""
        assert isinstance(self.encoder, Encoder)
        return self.of_scores(self.encoder.score(prepared))

    def of_batch(self, batch: Batch) -> Tensor:
        """The same of R versions of the arrays."""
        scores: Tensor = self.encoder(batch)
        return self.of_scores(scores)

    def array(self, name: str) -> Any:
        """An array of the input itself, without its first axis."""
        return self.inputs.arrays[name][0]


def rows_of(batch: Batch, n_rows: int) -> dict[str, Tensor]:
    """The one input of a batch, so many times."""
    return {name: values.expand(n_rows, *values.shape[1:]) for name, values in batch.items()}

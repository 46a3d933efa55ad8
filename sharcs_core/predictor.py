"""What the modalities say, side by side → class."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.concepts import centred
from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp


class Predictor(nn.Module):
    """A perceptron over what is concatenated of all modalities; returns logits (B, C).

    Args:
        width: of a modality's part; default: its shared concepts, T.
        modalities: which are read; default: all of the model.
        of_concepts: whether they are concepts in [0, 1], to be centred, or scores that are centred already.
    """

    def __init__(
        self,
        config: ModelConfig,
        width: int | None = None,
        modalities: tuple[str, ...] | None = None,
        *,
        of_concepts: bool = True,
    ) -> None:
        super().__init__()
        self.of_concepts = of_concepts
        self.modalities = modalities or config.modalities
        n_inputs = len(self.modalities) * (width or config.n_shared)
        self.layers = mlp([n_inputs, config.predictor_hidden, config.n_classes])

    def forward(self, shared: Mapping[str, Tensor]) -> Tensor:
        said = torch.cat([shared[name] for name in self.modalities], dim=-1)
        return self.layers(centred(said) if self.of_concepts else said)

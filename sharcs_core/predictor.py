"""Shared concepts of all modalities, side by side → class."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp


class Predictor(nn.Module):
    """A perceptron over what is concatenated of all modalities; returns logits (B, C).

    Args:
        width: of a modality's part; default: its shared concepts, T.
        modalities: which are read; default: all of the model.
    """

    def __init__(
        self, config: ModelConfig, width: int | None = None, modalities: tuple[str, ...] | None = None
    ) -> None:
        super().__init__()
        self.modalities = modalities or config.modalities
        n_inputs = len(self.modalities) * (width or config.n_shared)
        self.layers = mlp([n_inputs, config.predictor_hidden, config.n_classes])

    def forward(self, shared: Mapping[str, Tensor]) -> Tensor:
        return self.layers(torch.cat([shared[name] for name in self.modalities], dim=-1))

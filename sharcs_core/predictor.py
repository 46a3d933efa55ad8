"""Shared concepts of all modalities, side by side → class."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp


class Predictor(nn.Module):
    """A perceptron over the concatenated shared concepts; returns logits (B, C)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.modalities = config.modalities
        self.layers = mlp([len(config.modalities) * config.n_shared, config.predictor_hidden, config.n_classes])

    def forward(self, shared: Mapping[str, Tensor]) -> Tensor:
        return self.layers(torch.cat([shared[name] for name in self.modalities], dim=-1))

"""Short texts → raw concept scores."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.tabular import mlp


class TextEncoder(nn.Module):
    """Mean of the word embeddings of ``tokens`` (B, L), 0 being padding, then a perceptron; returns (B, K).

    ``n_features`` of the config is the size of the vocabulary, padding included.
    """

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.n_features, config.hidden[0], padding_idx=0)
        self.layers = mlp([config.hidden[0], *config.hidden[1:], n_local])

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        tokens = batch["tokens"].long()
        words = self.embedding(tokens)  # (B, L, hidden)
        n_words = (tokens != 0).sum(1, keepdim=True).clamp(min=1)
        scores: Tensor = self.layers(torch.relu(words.sum(1) / n_words))
        return scores

"""SHARCS for any number of modalities: encoders → local concepts → shared concepts → class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sharcs_core.concepts import ConceptActivation
from sharcs_core.config import ModelConfig
from sharcs_core.encoders import build_encoder
from sharcs_core.predictor import Predictor
from sharcs_core.shared_space import SharedSpace

ModalityBatch = Mapping[str, Tensor]


@dataclass(frozen=True)
class SharcsOutput:
    """What a forward pass gives: local (B, K) and shared (B, T) concepts by modality, logits (B, C)."""

    local: dict[str, Tensor]
    shared: dict[str, Tensor]
    logits: Tensor


class Sharcs(nn.Module):
    """Shared concepts over the modalities that ``config.encoders`` names (arXiv 2307.00316).

    ``forward`` needs every modality. For some of them use :meth:`encode` and :meth:`share`, fill the missing
    ones (:mod:`sharcs_core.retrieval`) and :meth:`predict`.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleDict(
            {name: build_encoder(encoder, config.n_local) for name, encoder in config.encoders.items()}
        )
        self.concepts = nn.ModuleDict(
            {name: ConceptActivation(config.n_local, config.slope) for name in config.encoders}
        )
        self.space = SharedSpace(config)
        self.predictor = Predictor(config)

    def forward(self, batch: Mapping[str, ModalityBatch]) -> SharcsOutput:
        local = self.encode(batch)
        shared = self.share(local)
        return SharcsOutput(local=local, shared=shared, logits=self.predict(shared))

    def encode(self, batch: Mapping[str, ModalityBatch]) -> dict[str, Tensor]:
        """Inputs of any of the modalities → their local concepts, (B, K) each."""
        return {name: self.concepts[name](self.encoders[name](batch[name])) for name in batch}

    def share(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Local concepts of any of the modalities → their shared concepts, (B, T) each."""
        return self.space(local)

    def predict(self, shared: Mapping[str, Tensor]) -> Tensor:
        """Shared concepts of all modalities → logits (B, C)."""
        return self.predictor(shared)


def build_model(config: ModelConfig, seed: int = 0) -> Sharcs:
    """A model with weights drawn from ``seed``; the global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Sharcs(config)

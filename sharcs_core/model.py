"""SHARCS for any number of modalities: encoders → local concepts → shared concepts → class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from sharcs_core.concepts import ConceptActivation
from sharcs_core.config import ModelConfig
from sharcs_core.kinds import build_encoder
from sharcs_core.predictor import Predictor, Votes
from sharcs_core.shared_space import SharedSpace

ModalityBatch = Mapping[str, Tensor]


@dataclass(frozen=True)
class SharcsOutput:
    """What a forward pass gives: local (B, K) and shared (B, T) concepts by modality, logits (B, C)."""

    local: dict[str, Tensor]
    shared: dict[str, Tensor]
    logits: Tensor


class Multimodal(nn.Module):
    """What every wiring of the parts has in common: an encoder a modality, and three steps to a class.

    ``forward`` needs every modality. For some of them use :meth:`encode` and :meth:`share`, fill the missing
    ones (:mod:`sharcs_core.retrieval`) and :meth:`predict`. A wiring sets ``predictor``, or predicts in its own way.
    """

    predictor: nn.Module

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoders = nn.ModuleDict(
            {name: build_encoder(encoder, config.n_local) for name, encoder in config.encoders.items()}
        )
        self.concepts = nn.ModuleDict({name: self.activation() for name in config.encoders})

    def activation(self) -> nn.Module:
        """What turns a modality's raw scores (B, K) into what it says by itself: concepts, unless overridden."""
        n_named = self.config.n_named if self.config.wiring == "concept" else 0
        return ConceptActivation(self.config.n_local, self.config.slope, n_named)

    def forward(self, batch: Mapping[str, ModalityBatch]) -> SharcsOutput:
        local = self.encode(batch)
        shared = self.share(local)
        return SharcsOutput(local=local, shared=shared, logits=self.predict(shared))

    def encode(self, batch: Mapping[str, ModalityBatch]) -> dict[str, Tensor]:
        """Inputs of any of the modalities → their local concepts, (B, K) each."""
        return {name: self.concepts[name](self.encoders[name](batch[name])) for name in batch}

    def share(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Local concepts of any of the modalities → what the class is predicted from; here the same."""
        return dict(local)

    def evidence(self, name: str, raw: Tensor) -> Tensor:
        """Raw scores (B, K) of a modality → the log-odds that each of its concepts is on, as :meth:`share` has them.

        Of a model of concepts alone; here the evidence of its local ones.
        """
        activation = self.concepts[name]
        assert isinstance(activation, ConceptActivation)
        return activation.evidence(raw)

    def predict(self, shared: Mapping[str, Tensor]) -> Tensor:
        """What :meth:`share` gives, of all modalities → logits (B, C)."""
        logits: Tensor = self.predictor(shared)
        return logits


class Sharcs(Multimodal):
    """Shared concepts over the modalities that ``config.encoders`` names (arXiv 2307.00316)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.space = SharedSpace(config)
        self.predictor = Votes(config) if config.votes else Predictor(config)

    def share(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Local concepts of any of the modalities → their shared concepts, (B, T) each."""
        shared: dict[str, Tensor] = self.space(local)
        return shared

    def evidence(self, name: str, raw: Tensor) -> Tensor:
        """Raw scores (B, K) of a modality → the log-odds (B, T) that each shared concept is on."""
        evidence: Tensor = self.space.evidence({name: self.concepts[name](raw)})[name]
        return evidence

"""The shared concept space: a projection a modality, one normalisation common to all."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.concepts import ConceptActivation, centred
from sharcs_core.config import ModelConfig
from sharcs_core.encoders.tabular import mlp


class SharedSpace(nn.Module):
    """Local concepts (B, K) of any modalities → shared concepts (B, T) in [0, 1] (SHARCS, equation 2).

    The projections of all modalities are stacked and normalised together: one threshold for a concept,
    whichever modality it comes from.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.projections = nn.ModuleDict(
            {name: mlp([config.n_local, config.projection_hidden, config.n_shared]) for name in config.modalities}
        )
        self.activation = ConceptActivation(config.n_shared, config.slope, config.n_named)

    def forward(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: torch.sigmoid(evidence) for name, evidence in self.evidence(local).items()}

    def evidence(self, local: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Local concepts (B, K) → the log-odds (B, T) that shared concepts are on."""
        raw = {name: self.projections[name](centred(concepts)) for name, concepts in local.items()}
        normed = self.activation.evidence(torch.cat(list(raw.values())))  # (sum of B, T)
        sizes = [len(scores) for scores in raw.values()]
        return dict(zip(raw, torch.split(normed, sizes), strict=True))

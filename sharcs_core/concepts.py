"""Local concepts: what a modality says in its own words, each in [0, 1]."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def centred(concepts: Tensor) -> Tensor:
    """Concepts in [0, 1] → [−1, 1], as every layer that follows them reads them.

    Off says as much as on, and inputs around 0 train faster and better (LeCun et al. 1998, "Efficient
    BackProp", section 4.3); ``benchmarks/centring.py`` has what it is worth here.
    """
    return 2 * concepts - 1


class ConceptActivation(nn.Module):
    """``sigmoid(slope · BN(raw))`` with an affine-free batch norm (SHARCS, equation 1).

    The norm puts the threshold of every concept in the middle of its scores, so that no concept is on, or
    off, for everybody; the slope pushes activations towards 0 and 1.
    """

    def __init__(self, n_concepts: int, slope: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(n_concepts, affine=False)
        self.slope = slope

    def forward(self, raw: Tensor) -> Tensor:
        """Raw scores (B, K) → activations (B, K) in [0, 1]."""
        return torch.sigmoid(self.slope * self.norm(raw))

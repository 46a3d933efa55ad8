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
    off, for everybody; the slope pushes activations towards 0 and 1. A concept that is taught to follow a value
    (``red``, on for one input in eight) is not on for half of them, so that the first ``n_named`` concepts learn
    where their threshold lies and how steep they are.
    """

    def __init__(self, n_concepts: int, slope: float, n_named: int = 0) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(n_concepts, affine=False)
        self.slope = slope
        self.n_free = n_concepts - n_named
        self.scale = nn.Parameter(torch.ones(n_named)) if n_named else None
        self.shift = nn.Parameter(torch.zeros(n_named)) if n_named else None

    def forward(self, raw: Tensor) -> Tensor:
        """Raw scores (B, K) → activations (B, K) in [0, 1]."""
        return torch.sigmoid(self.evidence(raw))

    def evidence(self, raw: Tensor) -> Tensor:
        """Raw scores (B, K) → the log-odds (B, K) that a concept is on, of which activations are the sigmoid."""
        normed = self.norm(raw)
        if self.scale is not None and self.shift is not None:
            normed = normed * nn.functional.pad(self.scale, (0, self.n_free), value=1.0)
            normed = normed + nn.functional.pad(self.shift, (0, self.n_free))
        evidence: Tensor = self.slope * normed
        return evidence

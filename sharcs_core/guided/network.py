"""Pictures → a map of where it looks → features pooled by it → class and words alike.

Shapes: B pictures of H × W with C channels, F pooled features.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sharcs_core.encoders.looking import N_POOLED, Looking
from sharcs_core.guided.words import Decoder

HIDDEN = 64
DROP = 0.2


@dataclass(frozen=True)
class NetworkSize:
    """What a network's arrays depend on: channels of a picture, classes, words."""

    n_channels: int
    n_classes: int
    n_words: int


@dataclass(frozen=True)
class Looked:
    """What a network makes of pictures.

    Attributes:
        scores: (B, H, W), the map before it is squashed to 0 to 1.
        pooled: (B, F), features where it looks.
        overall: (B, F), features of the whole picture.
        logits: (B, classes).
    """

    scores: Tensor
    pooled: Tensor
    overall: Tensor
    logits: Tensor

    @property
    def maps(self) -> Tensor:
        """Where it looks, (B, H, W), 0 to 1."""
        return self.scores.sigmoid()


class GuidedNetwork(Looking):
    """A convolutional classifier that reads class and words off what its map pools."""

    def __init__(self, size: NetworkSize) -> None:
        super().__init__(size.n_channels)
        self.to_class = nn.Sequential(
            nn.BatchNorm1d(N_POOLED),
            nn.Linear(N_POOLED, HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROP),
            nn.Linear(HIDDEN, size.n_classes),
        )
        self.decoder = Decoder(N_POOLED, size.n_words)

    def forward(self, pixels: Tensor) -> Looked:
        """Of pictures (B, H, W, C) uint8, or as :func:`as_light` makes them (B, C, H, W)."""
        seen = self.see(pixels)
        pooled = self.pool(seen, seen.scores.sigmoid())
        return Looked(seen.scores, pooled, self.pool(seen, torch.ones_like(seen.scores)), self.to_class(pooled))

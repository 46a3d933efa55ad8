"""Table rows → raw concept scores."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder


def mlp(widths: list[int]) -> nn.Sequential:
    """Linear layers of these widths with ReLU between them."""
    layers: list[nn.Module] = []
    for from_width, to_width in pairwise(widths):
        layers += [nn.Linear(from_width, to_width), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class TabularEncoder(Encoder):
    """A multilayer perceptron over ``values`` (B, F); returns (B, K)."""

    reached = ("values",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.layers = mlp([config.n_features, *config.hidden, n_local])

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {"values": batch["values"].float()}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        scores: Tensor = self.layers(prepared["values"])
        return scores

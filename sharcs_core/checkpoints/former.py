"""What runs of former formats need to say the same today."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from sharcs_core.baselines import HAS_CONCEPTS
from sharcs_core.config import ModelConfig


def centred_weights(weights: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """Weights of formats 1 and 2, whose layers read concepts c in [0, 1], for layers that read 2c − 1.

    W c + b = (W / 2) (2c − 1) + (b + ½ W 1): the model says the same, up to rounding. The weights of a model
    without concepts stay as they are.
    """
    if config.wiring not in HAS_CONCEPTS:
        return dict(weights)
    first = ["predictor.layers.0", *(f"space.projections.{name}.0" for name in config.modalities)]
    changed: dict[str, Tensor] = {}
    for layer in first:
        weight, bias = weights.get(f"{layer}.weight"), weights.get(f"{layer}.bias")
        if weight is not None and bias is not None:  # whatever lacks is named when the weights are loaded
            changed |= {f"{layer}.weight": weight / 2, f"{layer}.bias": bias + weight.sum(1) / 2}
    return {**weights, **changed}

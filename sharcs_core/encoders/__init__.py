"""One encoder a kind of modality: inputs → K raw scores, which become local concepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.graph import CountingGraphEncoder, SpatialGraphEncoder
from sharcs_core.encoders.image import ImageEncoder
from sharcs_core.encoders.scene import GLIMPSE, N_VARIATIONS, SceneEncoder
from sharcs_core.encoders.tabular import TabularEncoder
from sharcs_core.encoders.text import TextEncoder


def _graph_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    return (SpatialGraphEncoder if config.positions else CountingGraphEncoder)(config, n_local)


def _image_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    return (SceneEncoder if config.positions else ImageEncoder)(config, n_local)


ENCODERS: dict[str, Callable[[EncoderConfig, int], nn.Module]] = {
    "tabular": TabularEncoder,
    "image": _image_encoder,
    "graph": _graph_encoder,
    "text": TextEncoder,
}


def build_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder that ``config`` asks for, with ``n_local`` raw scores an input."""
    return ENCODERS[config.kind](config, n_local)


def draw_noise(config: EncoderConfig, batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """What varies the inputs of ``batch`` in training; nothing for an encoder without ``jitter``."""
    if not config.jitter:
        return {}
    if config.kind == "image":
        return {
            "noise": torch.randn((len(batch["pixels"]), N_VARIATIONS), generator=generator),
            "grain": torch.randn((config.n_features, GLIMPSE, GLIMPSE), generator=generator),
        }
    return {"noise": torch.randn((*batch["nodes"].shape[:2], 2), generator=generator)}

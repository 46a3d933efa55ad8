"""One encoder a kind of modality: inputs → K raw scores, which become local concepts."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.graph import CountingGraphEncoder, SpatialGraphEncoder
from sharcs_core.encoders.image import ImageEncoder
from sharcs_core.encoders.tabular import TabularEncoder
from sharcs_core.encoders.text import TextEncoder


def _graph_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    return (SpatialGraphEncoder if config.positions else CountingGraphEncoder)(config, n_local)


ENCODERS: dict[str, Callable[[EncoderConfig, int], nn.Module]] = {
    "tabular": TabularEncoder,
    "image": ImageEncoder,
    "graph": _graph_encoder,
    "text": TextEncoder,
}


def build_encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder that ``config`` asks for, with ``n_local`` raw scores an input."""
    return ENCODERS[config.kind](config, n_local)

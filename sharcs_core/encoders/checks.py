"""What the encoders of a model can read, told where inputs enter, before torch meets arrays that do not fit.

Shapes: n inputs; the rest as in :mod:`sharcs_core.structures`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.encoders.scene import GLIMPSE
from sharcs_core.errors import UserError
from sharcs_core.structures import Inputs

Faults = Iterator[tuple[str, str]]
"""What was expected and what came, both in words, as far as one does not go with the other."""


def check_inputs(config: ModelConfig, modality: str, inputs: Inputs) -> None:
    """Raise UserError for inputs that a model's encoder of that modality cannot read, or for one that it lacks."""
    if modality not in config.encoders:
        raise UserError(f"The model reads no {modality!r}; give it inputs of {list(config.modalities)}")
    encoder = config.encoders[modality]
    if inputs.kind == encoder.kind:
        fault = next(CHECKS[encoder.kind](encoder, inputs), None)
    else:
        fault = f"inputs of kind {encoder.kind!r}", repr(inputs.kind)
    if fault is not None:
        expected, got = fault
        raise UserError(f"{modality!r} expects {expected} (got {got}); give it inputs such as the model was trained on")


def _tabular(config: EncoderConfig, inputs: Inputs) -> Faults:
    values = inputs.arrays["values"]
    if values.shape[1:] != (config.n_features,):
        yield f"values of shape (n, {config.n_features})", str(values.shape)
    if not np.isfinite(values).all():
        yield "values that are finite numbers", "NaN or infinity"


def _text(config: EncoderConfig, inputs: Inputs) -> Faults:
    tokens = inputs.arrays["tokens"]
    if tokens.ndim != 2 or tokens.dtype.kind not in "iu":
        yield "tokens of shape (n, L), whole numbers", f"{tokens.dtype} {tokens.shape}"
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < config.n_features:
        yield f"tokens from 0 to {config.n_features - 1}", f"{tokens.min()} to {tokens.max()}"


def _image(config: EncoderConfig, inputs: Inputs) -> Faults:
    pixels, n_channels = inputs.arrays["pixels"], config.n_features
    least = GLIMPSE if config.positions else 2 ** (len(config.hidden) - 1)  # each width but the last halves it
    is_flat = pixels.ndim == 3 and n_channels == 1 and not config.positions
    has_channels = pixels.ndim == 4 and pixels.shape[3] == n_channels
    if not (is_flat or has_channels) or min(pixels.shape[1:3]) < least:
        shape = "(n, H, W)" if n_channels == 1 and not config.positions else f"(n, H, W, {n_channels})"
        yield f"pixels of shape {shape}, at least {least} × {least}", str(pixels.shape)
    if pixels.dtype != np.uint8:
        yield "pixels of type uint8, from 0 to 255", str(pixels.dtype)


def _graph(config: EncoderConfig, inputs: Inputs) -> Faults:
    nodes, n_nodes, neighbours = (inputs.arrays[name] for name in ("nodes", "n_nodes", "neighbours"))
    if nodes.ndim != 3 or nodes.shape[2] != config.n_features:
        yield f"nodes of shape (n, N, {config.n_features})", str(nodes.shape)
    if not np.isfinite(nodes).all():
        yield "nodes whose features are finite numbers", "NaN or infinity"
    if n_nodes.shape != nodes.shape[:1] or n_nodes.dtype.kind not in "iu":
        yield "n_nodes of shape (n,), whole numbers", f"{n_nodes.dtype} {n_nodes.shape}"
    if len(n_nodes) and not 1 <= n_nodes.min() <= n_nodes.max() <= nodes.shape[1]:
        yield f"graphs of 1 to {nodes.shape[1]} nodes", f"{n_nodes.min()} to {n_nodes.max()}"
    if neighbours.ndim != 3 or neighbours.shape[:2] != nodes.shape[:2] or neighbours.dtype.kind not in "iu":
        yield "neighbours of shape (n, N, D), whole numbers", f"{neighbours.dtype} {neighbours.shape}"
    if (neighbours >= n_nodes[:, None, None]).any() or (neighbours < -1).any():
        yield "neighbours that are nodes of the same graph, or -1", f"{neighbours.min()} to {neighbours.max()}"


CHECKS: dict[str, Callable[[EncoderConfig, Inputs], Faults]] = {
    "tabular": _tabular,
    "image": _image,
    "graph": _graph,
    "text": _text,
}

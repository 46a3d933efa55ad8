"""The encoder that fits a form, and what it expects.

Shapes: n graphs, N nodes, D neighbours, E messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.config import EncoderConfig
from sharcs_core.kinds.graph.edges import n_edges
from sharcs_core.kinds.graph.form import GraphForm
from sharcs_core.kinds.kind import Faults
from sharcs_core.structures import Floats, Inputs

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

OVER_NEIGHBOURS, OVER_PLACES, OVER_EDGES = (32, 32), (32, 64, 64), (32, 32, 32)
"""Widths of the layers of an encoder, by how edges are kept."""


def settings(form: GraphForm) -> EncoderConfig:
    """Convolutions over relative positions where neighbours in the plane are kept, else layers that pass messages."""
    if form.n_neighbours:
        hidden = OVER_PLACES if form.positions else OVER_NEIGHBOURS
        return EncoderConfig("graph", form.width, hidden, positions=form.positions)
    return EncoderConfig("graph", form.width, OVER_EDGES, edge_list=True, n_edge_features=form.edge_width)


def encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder of graphs, raw scores (B, K): over a list of edges, over places in the plane, or over neighbours."""
    from sharcs_core.encoders.graph import CountingGraphEncoder, SpatialGraphEncoder
    from sharcs_core.encoders.message_passing import MessagePassingEncoder

    if config.edge_list:
        return MessagePassingEncoder(config, n_local)
    return (SpatialGraphEncoder if config.positions else CountingGraphEncoder)(config, n_local)


def faults(config: EncoderConfig, inputs: Inputs) -> Faults:
    """What does not go with an encoder of these settings."""
    nodes, n_nodes = inputs.arrays["nodes"], inputs.arrays["n_nodes"]
    if nodes.ndim != 3 or nodes.shape[2] != config.n_features:
        yield f"nodes of shape (n, N, {config.n_features})", str(nodes.shape)
    if not np.isfinite(nodes).all():
        yield "nodes whose features are finite numbers", "NaN or infinity"
    if n_nodes.shape != nodes.shape[:1] or n_nodes.dtype.kind not in "iu":
        yield "n_nodes of shape (n,), whole numbers", f"{n_nodes.dtype} {n_nodes.shape}"
    if len(n_nodes) and not 1 <= n_nodes.min() <= n_nodes.max() <= nodes.shape[1]:
        yield f"graphs of 1 to {nodes.shape[1]} nodes", f"{n_nodes.min()} to {n_nodes.max()}"
    yield from (_edges if config.edge_list else _neighbours)(config, inputs)


def _neighbours(config: EncoderConfig, inputs: Inputs) -> Faults:
    nodes, n_nodes, neighbours = inputs.arrays["nodes"], inputs.arrays["n_nodes"], inputs.arrays.get("neighbours")
    if neighbours is None:
        yield "graphs with neighbours", "a list of edges"
        return
    if neighbours.ndim != 3 or neighbours.shape[:2] != nodes.shape[:2] or neighbours.dtype.kind not in "iu":
        yield "neighbours of shape (n, N, D), whole numbers", f"{neighbours.dtype} {neighbours.shape}"
    if (neighbours >= n_nodes[:, None, None]).any() or (neighbours < -1).any():
        yield "neighbours that are nodes of the same graph, or -1", f"{neighbours.min()} to {neighbours.max()}"


def _edges(config: EncoderConfig, inputs: Inputs) -> Faults:
    n_nodes, edges = inputs.arrays["n_nodes"], inputs.arrays.get("edges")
    if edges is None:
        yield "graphs with a list of edges", "neighbours"
        return
    if edges.ndim != 3 or edges.shape[2] != 2 or edges.dtype.kind not in "iu":
        yield "edges of shape (n, E, 2), whole numbers", f"{edges.dtype} {edges.shape}"
    if (
        (edges >= n_nodes[:, None, None]).any()
        or (edges < -1).any()
        or ((edges < 0).any(2) != (edges < 0).all(2)).any()
    ):
        yield "edges between nodes of the same graph, or -1 at both ends", f"{edges.min()} to {edges.max()}"
    values = inputs.arrays.get("edge_values", np.zeros((*edges.shape[:2], 0)))
    if values.shape != (*edges.shape[:2], config.n_edge_features):
        yield f"edge_values of shape (n, E, {config.n_edge_features})", str(values.shape)
    if not np.isfinite(values).all():
        yield "edge_values that are finite numbers", "NaN or infinity"


def vary(config: EncoderConfig, batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Standard normal numbers by which nodes are moved in training, (B, N, 2)."""
    import torch

    return {"noise": torch.randn((*batch["nodes"].shape[:2], 2), generator=generator)} if config.jitter else {}


def counts(form: GraphForm, inputs: Inputs) -> Floats:
    """The nodes and the edges of each graph, (n, 2)."""
    return np.stack([inputs.arrays["n_nodes"].astype(np.float64), n_edges(inputs)], axis=1)


def says(form: GraphForm, place: int, value: float) -> str:
    """Such as ``12 nodes``."""
    return f"{value:.4g} {('node', 'edge')[place]}{'' if value == 1 else 's'}"

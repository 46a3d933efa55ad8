"""Graphs of any size and shape → raw concept scores, over a list of their edges.

Shapes: B graphs, R real nodes of all of them side by side, E messages of all of them, M kinds of node.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder
from sharcs_core.encoders.graph import node_mask
from sharcs_core.encoders.tabular import mlp


def flat_messages(edges: Tensor, n_nodes: Tensor) -> tuple[Tensor, Tensor]:
    """Edges (B, E, 2) as rows of the real nodes side by side, (2, all messages); and which were real, (B, E)."""
    starts = n_nodes.long().cumsum(0) - n_nodes.long()  # (B,)
    real = edges[..., 0] >= 0
    return (edges.long() + starts.view(-1, 1, 1))[real].t(), real


class MessagePassingEncoder(Encoder):
    """Gives each node a distribution over K kinds of node; says how many and which share of a graph are of each.

    Graph isomorphism convolutions (PyG's ``GINConv``; ``GINEConv`` where edges have features), each with a norm over
    the node's own features, so that a hub that hears thousands stays in range; then a softmax per node (SHARCS,
    section 3). Counts alone would tell a large graph from a small one and little else, so the share of each kind is
    read beside the logarithm of its count.
    """

    reached = ("nodes",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        widths = [config.n_features, *config.hidden]
        self.convolutions = nn.ModuleList(
            _convolution(from_width, to_width, config.n_edge_features) for from_width, to_width in pairwise(widths)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in config.hidden)
        self.node_types = nn.Linear(widths[-1], n_local)
        self.head = nn.Linear(2 * n_local, n_local)
        self.has_edge_features = config.n_edge_features > 0

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``nodes`` (B, N, F), ``n_nodes``, ``edges`` and, where they say something, ``edge_values`` (B, E, any)."""
        prepared = {"nodes": batch["nodes"].float(), "n_nodes": batch["n_nodes"], "edges": batch["edges"]}
        return {**prepared, "edge_values": batch["edge_values"].float()} if self.has_edge_features else prepared

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        types = self.node_concepts(prepared)  # (B, N, K)
        counts = types.sum(1)
        shares = counts / prepared["n_nodes"].unsqueeze(1)
        scores: Tensor = self.head(torch.cat([torch.log1p(counts), shares], dim=1))
        return scores

    def node_concepts(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Each node's distribution over the K kinds of node, (B, N, K); zero beyond the last node."""
        mask = node_mask(batch)
        hidden = batch["nodes"][mask].float()  # (R, F)
        messages, real = flat_messages(batch["edges"], batch["n_nodes"])
        said = (batch["edge_values"][real].float(),) if self.has_edge_features else ()
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            hidden = torch.relu(norm(convolution(hidden, messages, *said)))
        types = hidden.new_zeros(*mask.shape, self.node_types.out_features)
        types[mask] = self.node_types(hidden).softmax(-1)
        return types


def _convolution(from_width: int, to_width: int, n_edge_features: int) -> nn.Module:
    from torch_geometric.nn import GINConv, GINEConv

    layers = mlp([from_width, to_width, to_width])
    made: nn.Module = GINEConv(layers, edge_dim=n_edge_features) if n_edge_features else GINConv(layers)
    return made

"""Graphs → raw concept scores: one encoder that counts kinds of node, one for graphs laid out in the plane.

Both read the padded layout of :class:`~sharcs_core.structures.Inputs`: ``nodes`` (B, N, F), ``n_nodes``
(B,), ``neighbours`` (B, N, D).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder
from sharcs_core.encoders.tabular import mlp


def node_mask(batch: Mapping[str, Tensor]) -> Tensor:
    """Which of the padded nodes are real, (B, N) bool."""
    positions = torch.arange(batch["nodes"].shape[1], device=batch["nodes"].device)
    return positions < batch["n_nodes"].unsqueeze(1)


def flat_edges(neighbours: Tensor) -> tuple[Tensor, Tensor]:
    """Edges as rows of the flattened (B·N) nodes: from which, and to which, (2 × E)."""
    n_graphs, n_nodes, _ = neighbours.shape
    offsets = torch.arange(n_graphs, device=neighbours.device).view(-1, 1, 1) * n_nodes
    listeners = torch.arange(n_graphs * n_nodes, device=neighbours.device).view(n_graphs, n_nodes, 1)
    real = neighbours >= 0
    return (neighbours.long() + offsets)[real], listeners.expand_as(neighbours)[real]


class CountingGraphEncoder(Encoder):
    """Gives each node a distribution over K node types and counts the types in a graph; returns (B, K).

    Graph isomorphism convolutions (PyG's ``GINConv``), a softmax per node, a sum per graph: concepts that
    can be read off the graph, a node at a time (SHARCS, section 3; Magister et al. 2022).
    """

    reached = ("nodes",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        from torch_geometric.nn import GINConv

        widths = [config.n_features, *config.hidden]
        self.convolutions = nn.ModuleList(
            GINConv(mlp([from_width, to_width, to_width])) for from_width, to_width in pairwise(widths)
        )
        self.node_types = nn.Linear(widths[-1], n_local)

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``nodes`` (B, N, F), ``n_nodes`` and ``neighbours``."""
        return {"nodes": batch["nodes"].float(), "n_nodes": batch["n_nodes"], "neighbours": batch["neighbours"]}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        return self.node_concepts(prepared).sum(1)  # (B, K), >= 0

    def node_concepts(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Each node's distribution over the K node types, (B, N, K); zero beyond the last node."""
        n_graphs, n_nodes, _ = batch["nodes"].shape
        edges = torch.stack(flat_edges(batch["neighbours"]))
        hidden = batch["nodes"].float().flatten(0, 1)  # (B·N, F)
        for convolution in self.convolutions:
            hidden = torch.relu(convolution(hidden, edges))
        types: Tensor = self.node_types(hidden).softmax(-1).view(n_graphs, n_nodes, -1)
        return types * node_mask(batch).unsqueeze(-1)


class SpatialConvolution(nn.Module):
    """A convolution over relative positions: ``mean_j (W x_j) · kernel(p_j − p_i)``, then norm and residual.

    The kernel is a small network of the offset (continuous-kernel convolution, as in SchNet, Schütt et al.
    2017), shared by all nodes, one value a channel.
    """

    def __init__(self, from_width: int, to_width: int, kernel_hidden: int = 16) -> None:
        super().__init__()
        self.weight = nn.Linear(from_width, to_width)
        self.own = nn.Linear(from_width, to_width)
        self.kernel = mlp([2, kernel_hidden, to_width])
        self.norm = nn.BatchNorm1d(to_width)
        self.residual = from_width == to_width

    def forward(self, nodes: Tensor, neighbours: Tensor, offsets: Tensor, present: Tensor) -> Tensor:
        """``nodes`` (R, from), ``neighbours`` (R, D) rows, ``offsets`` (R, D, 2), ``present`` (R, D, 1) → (R, to)."""
        # embedding() is a gather whose backward is far quicker on CPUs than that of indexing
        heard = nn.functional.embedding(neighbours, self.weight(nodes))  # (R, D, to)
        message = (heard * (self.kernel(offsets) * present)).sum(1)
        hidden = torch.relu(self.norm(message + self.own(nodes)))
        return hidden + nodes if self.residual else hidden


class SpatialGraphEncoder(Encoder):
    """Continuous-kernel convolutions over a graph in the plane, mean- and max-pooled; returns (B, K).

    The last two of the F node features are x, y in [0, 1]. In training every node is moved by a small random
    amount (``jitter``); ``batch["noise"]`` (B, N, 2), standard normal, brings it, so that the model itself
    draws nothing.
    """

    reached = ("nodes",)

    SCALE = 8.0  # offsets to the eight nearest are about 1/8 of the picture: brings them to about 1

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        widths = [config.n_features, *config.hidden]
        self.jitter = config.jitter
        self.convolutions = nn.ModuleList(
            SpatialConvolution(from_width, to_width) for from_width, to_width in pairwise(widths)
        )
        self.head = mlp([2 * widths[-1], widths[-1], n_local])

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``nodes`` (B, N, F), moved where they are to be, ``n_nodes`` and ``neighbours``."""
        features = batch["nodes"].float()
        if "noise" in batch:
            moved = features[..., -2:] + self.jitter * batch["noise"]
            features = torch.cat([features[..., :-2], moved], dim=-1)
        return {"nodes": features, "n_nodes": batch["n_nodes"], "neighbours": batch["neighbours"]}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        mask = node_mask(prepared)
        nodes, neighbours, offsets, present = self.flatten(prepared["nodes"], prepared["neighbours"], mask)
        nodes = torch.cat([nodes[:, :-2], nodes[:, -2:] - 0.5], dim=-1)
        for convolution in self.convolutions:
            nodes = convolution(nodes, neighbours, offsets, present)
        scores: Tensor = self.head(self.pool(nodes, mask))
        return scores

    def flatten(self, features: Tensor, neighbours: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Only the real nodes, side by side, (R, F), with their neighbours as rows of the same."""
        row_of = (mask.flatten().cumsum(0) - 1).view(mask.shape)  # (B, N)
        picked = neighbours.long().clamp(min=0)
        rows = row_of.gather(1, picked.flatten(1)).view(neighbours.shape)[mask]  # (R, D)
        present = (neighbours >= 0)[mask].unsqueeze(-1).float()
        present = present / present.sum(1, keepdim=True).clamp(min=1)
        nodes = features[mask]
        places = nodes[:, -2:]
        offsets = (places[rows] - places.unsqueeze(1)) * self.SCALE
        return nodes, rows, offsets, present

    @staticmethod
    def pool(nodes: Tensor, mask: Tensor) -> Tensor:
        """Mean and maximum of the nodes (R, F) of each graph, (B, 2F)."""
        padded = nodes.new_zeros(*mask.shape, nodes.shape[-1])
        padded[mask] = nodes
        mean = padded.sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        highest = padded.masked_fill(~mask.unsqueeze(-1), -torch.inf).amax(1)
        return torch.cat([mean, highest], dim=-1)

"""Where in a graph.

Shapes: N nodes, M messages (an edge without direction is two), E edges, F features of a node, R versions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sharcs_core.encoders.encoder import Batch, Encoder
from sharcs_core.encoders.graph import SpatialGraphEncoder
from sharcs_core.errors import UserError
from sharcs_core.kinds.graph.edges import messages_of
from sharcs_core.kinds.graph.structure import betweenness
from sharcs_core.structures import Floats, Ints
from sharcs_core.structures.where import OnGraph, as_shares
from sharcs_core.where.algorithms import N_STEPS, Kept, occlusion, shapley, summed
from sharcs_core.where.probe import Probe, rows_of

MOST_FOR_STRUCTURE = 32
"""Nodes of a graph of which it is found out afresh how they are joined, whatever is taken away."""
N_EPOCHS = 100
"""Of GNNExplainer's search for a mask."""


def by_gradients(probe: Probe) -> OnGraph:
    """Integrated gradients of nodes, and of edges where the encoder passes messages, as PyG has captum's."""
    from torch_geometric.explain import CaptumExplainer

    nodes, messages = _graph_of(probe)
    nothing = _plain(probe, nodes).unsqueeze(0)
    baselines = (nothing, torch.zeros(1, messages.shape[1])) if passes_messages(probe) else (nothing,)
    explainer = CaptumExplainer("IntegratedGradients", n_steps=N_STEPS, baselines=baselines)
    return _explained(probe, explainer, nodes, messages)


def by_masks(probe: Probe) -> OnGraph:
    """GNNExplainer (Ying et al. 2019): the fewest nodes and edges that keep what is said. It knows no against."""
    from torch_geometric.explain import GNNExplainer

    nodes, messages = _graph_of(probe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return _explained(probe, GNNExplainer(epochs=N_EPOCHS), nodes, messages)


def by_removal(probe: Probe) -> OnGraph:
    """What is lost where a node is taken out with all its edges, and where an edge is, if edges are read."""
    return _of_parts(probe, occlusion)


def by_orders(probe: Probe) -> OnGraph:
    """Shapley values of nodes, and of edges if edges are read."""
    return _of_parts(probe, shapley)


def _of_parts(probe: Probe, algorithm: Callable[[int, Kept], Floats]) -> OnGraph:
    n_nodes, (ends, _) = _size(probe), _edges_read(probe)
    found = algorithm(n_nodes + len(ends), kept(probe))
    return _on(probe, found[:n_nodes], ends, found[n_nodes:])


def kept(probe: Probe) -> Callable[[Tensor], Tensor]:
    """Which nodes and then which edges are kept (R, N + E) → how much is said, (R,).

    What joins a node goes with it; of a graph whose nodes say nothing but how they are joined, the node itself stays.
    Of a graph of which no node is left nothing is known: 0.
    """
    n_nodes, (ends, of_message) = _size(probe), _edges_read(probe)
    edge_of_message = torch.as_tensor(of_message)

    def amount(left: Tensor) -> Tensor:
        nodes, edges = left[:, :n_nodes] > 0, left[:, n_nodes:] > 0
        edges = nn.functional.pad(edges, (0, 1), value=True)  # what is of no edge, -1, is a loop and stays
        messages = edges[:, edge_of_message] if len(ends) else None
        if tells_structure(probe):
            return probe.of_batch(apart(probe, nodes, messages))
        amounts = probe.of_batch(without(probe, nodes, messages))
        amounts[~nodes.any(1)] = 0.0
        return amounts

    return amount


def _edges_read(probe: Probe) -> tuple[Ints, Ints]:
    """The edges (E, 2) that can be taken out one by one, and which each message is of; none of a graph in the plane."""
    messages = messages_of(probe.inputs, 0)
    return (messages[:0], np.zeros(0, dtype=np.int64)) if _is_in_plane(probe) else _edges(messages)


def tells_structure(probe: Probe) -> bool:
    """Whether nodes say how they are joined and nothing else, of graphs small enough to find that out many times."""
    form: Any = probe.form
    return bool(form.structure) and "neighbours" in probe.batch and _size(probe) <= MOST_FOR_STRUCTURE


def apart(probe: Probe, nodes: Tensor, messages: Tensor | None = None) -> dict[str, Tensor]:
    """R versions of a graph in which some nodes are joined to themselves alone, and some messages are not there.

    What its nodes say of how they are joined is found out afresh. The arguments are those of :func:`without`.
    """
    form: Any = probe.form
    rows = rows_of(probe.batch, len(nodes))
    heard = rows["neighbours"][:, : nodes.shape[1]].long()
    own = torch.arange(heard.shape[1]).view(1, -1, 1)
    others = nodes.gather(1, heard.clamp(min=0).flatten(1)).view(heard.shape)
    is_kept = (heard >= 0) & ((heard == own) | (others & nodes.unsqueeze(2)))
    if messages is not None:
        is_kept[:, heard[0] >= 0] &= messages
    heard = torch.where(is_kept, heard, -1)
    said = rows["nodes"].clone()
    said[:, : heard.shape[1]] = _structure(form, heard).to(said)
    padded = rows["neighbours"].clone()
    padded[:, : heard.shape[1]] = heard.to(padded.dtype)
    return {**rows, "nodes": said, "neighbours": padded}


def _structure(form: Any, heard: Tensor) -> Tensor:
    """What the nodes of R graphs say of how they are joined, (R, N, F)."""
    n_rows, n_nodes, _ = heard.shape
    ends = heard.numpy()
    row, listener, place = np.nonzero(ends >= 0)
    adjacency = np.zeros((n_rows, n_nodes, n_nodes), dtype=bool)
    adjacency[row, listener, ends[row, listener, place]] = True
    adjacency |= adjacency.transpose(0, 2, 1)
    adjacency[:, np.arange(n_nodes), np.arange(n_nodes)] = False
    found = {"log_degree": np.log1p(adjacency.sum(2)), "betweenness": betweenness(adjacency)}
    return torch.as_tensor(np.stack([found[column.name] for column in form.nodes], axis=2))


def without(probe: Probe, nodes: Tensor, messages: Tensor | None = None) -> dict[str, Tensor]:
    """R versions of the one graph of a batch that keep some of its nodes and messages.

    Args:
        nodes: (R, N) whether each is kept; what joins it goes with it.
        messages: (R, M) the same of messages, in the order of :func:`messages_of`; None keeps all.
    """
    batch = probe.batch
    n_rows, n_real = nodes.shape
    padded = torch.zeros(n_rows, batch["nodes"].shape[1], dtype=torch.bool)
    padded[:, :n_real] = nodes
    order = (~padded).int().argsort(dim=1, stable=True)  # those that are kept come first
    place = torch.where(padded, order.argsort(dim=1), -1)  # (R, N) where each has gone to
    rows = rows_of(batch, n_rows)
    moved = {
        name: values.gather(1, order.view(*order.shape, *[1] * (values.dim() - 2)).expand_as(values))
        for name, values in rows.items()
        if name in ("nodes", "neighbours")
    }
    joined = "edges" if "edges" in batch else "neighbours"
    return {
        **rows,
        **moved,
        "n_nodes": padded.sum(1).to(batch["n_nodes"].dtype),
        joined: (_renumbered_edges if joined == "edges" else _renumbered)(rows, moved, order, place, messages),
    }


def _renumbered(rows: Batch, moved: Batch, order: Tensor, place: Tensor, messages: Tensor | None) -> Tensor:
    """Whom each node of those that are kept listens to, by their new numbers, (R, N, D)."""
    heard = rows["neighbours"].long()
    if messages is not None:
        real = heard[0] >= 0
        is_kept = torch.zeros(heard.shape, dtype=torch.bool)
        is_kept[:, real] = messages
        heard = torch.where(is_kept, heard, -1)
    moved_heard = heard.gather(1, order.unsqueeze(2).expand_as(heard))
    numbers = place.unsqueeze(1).expand(-1, heard.shape[1], -1).gather(2, moved_heard.clamp(min=0))
    return torch.where(moved_heard >= 0, numbers, -1)


def _renumbered_edges(rows: Batch, moved: Batch, order: Tensor, place: Tensor, messages: Tensor | None) -> Tensor:
    """The messages between nodes that are kept, by their new numbers, (R, M, 2), -1 at both ends of the others."""
    ends = rows["edges"].long()
    numbers = place.gather(1, ends.clamp(min=0).flatten(1)).view_as(ends)
    is_there = ((ends >= 0) & (numbers >= 0)).all(2)
    if messages is not None:
        is_there[:, : messages.shape[1]] &= messages
    return torch.where(is_there.unsqueeze(2), numbers, -1)


class _OneGraph(nn.Module):
    """One graph as PyG's explainers ask for it: nodes (N, F), and messages (2, M) that it does not need to be told."""

    def __init__(self, probe: Probe, n_nodes: int) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(probe.encoder)  # masks are hung into its layers while others read by it
        self.probe = [probe]  # no part of this module
        self.fixed = {name: _cut(values, name, n_nodes) for name, values in probe.prepared().items()}

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        assert isinstance(self.encoder, Encoder)
        scores = self.encoder.score({**self.fixed, "nodes": x.unsqueeze(0)})
        return self.probe[0].of_scores(scores)


def _cut(values: Tensor, name: str, n_nodes: int) -> Tensor:
    """A prepared array without the places of nodes that are not there."""
    return values[:, :n_nodes] if name in ("nodes", "neighbours") else values


def _graph_of(probe: Probe) -> tuple[Tensor, Tensor]:
    """Nodes (N, F) and messages (2, M), as the layers of the encoder count them."""
    nodes = probe.prepared()["nodes"][0, : _size(probe)]
    return nodes, torch.as_tensor(messages_of(probe.inputs, 0).T.copy())


def _explained(probe: Probe, algorithm: Any, nodes: Tensor, messages: Tensor) -> OnGraph:
    """What one of PyG's explainers says of nodes and messages."""
    from torch_geometric.explain import Explainer

    explainer = Explainer(
        _OneGraph(probe, len(nodes)).eval(),
        algorithm,
        explanation_type="model",
        node_mask_type="attributes",
        edge_mask_type="object" if passes_messages(probe) else None,
        model_config={"mode": "regression", "task_level": "graph", "return_type": "raw"},
    )
    found = explainer(nodes, messages)
    of_nodes = found.node_mask.sum(1).detach().double().cpu().numpy()
    if not passes_messages(probe):
        return _on(probe, of_nodes, messages.T[:0].numpy(), np.zeros(0))
    ends, of_message = _edges(messages.T.numpy())
    of_messages, is_loop = found.edge_mask.detach().double().cpu().numpy(), of_message < 0
    of_nodes += summed(of_messages[is_loop], messages[0].numpy()[is_loop], len(nodes))  # a loop counts with its node
    return _on(probe, of_nodes, ends, summed(of_messages[~is_loop], of_message[~is_loop], len(ends)))


def _on(probe: Probe, nodes: Floats, ends: Ints, edges: Floats) -> OnGraph:
    """Amounts of nodes and edges as shares."""
    shares = as_shares(np.concatenate([nodes, edges]))
    regions = np.asarray(probe.array("segments")) if "segments" in probe.inputs.arrays else None
    return OnGraph(shares[: len(nodes)], ends, shares[len(nodes) :], regions)


def _edges(messages: Ints) -> tuple[Ints, Ints]:
    """The edges (E, 2), each once and the lower node first, and which each message is of, (M,), -1 of a loop."""
    is_loop = messages[:, 0] == messages[:, 1]
    of_message = np.full(len(messages), -1, dtype=np.int64)
    ends, found = np.unique(np.sort(messages[~is_loop], axis=1), axis=0, return_inverse=True)
    of_message[~is_loop] = found.reshape(-1)
    return ends.reshape(-1, 2), of_message


def _size(probe: Probe) -> int:
    n_nodes = int(probe.array("n_nodes"))
    if n_nodes < 1:
        raise UserError(
            f"The graph of {probe.modality!r} has no nodes, so nothing can be read in it; bring one that has"
        )
    return n_nodes


def passes_messages(probe: Probe) -> bool:
    """Whether the layers of the encoder are PyG's, so that its edges can be weighed one by one."""
    from torch_geometric.nn import MessagePassing

    return any(isinstance(part, MessagePassing) for part in probe.encoder.modules())


def _is_in_plane(probe: Probe) -> bool:
    return isinstance(probe.encoder, SpatialGraphEncoder)


def _plain(probe: Probe, nodes: Tensor) -> Tensor:
    """Nodes (N, F) that say nothing: 0; in the plane what is usual in this graph, at their own places."""
    if not _is_in_plane(probe):
        return torch.zeros_like(nodes)
    usual = nodes.median(0).values.expand_as(nodes)
    return torch.cat([usual[:, :-2], nodes[:, -2:]], dim=1)


EXPLAINERS: Mapping[str, Callable[[Probe], OnGraph]] = {
    "integrated gradients": by_gradients,
    "GNNExplainer": by_masks,
    "occlusion": by_removal,
    "Shapley values": by_orders,
}

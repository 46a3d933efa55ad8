"""A person's graph → one input of kind graph, with what was changed to read it.

Shape legend: N nodes, D neighbours a node listens to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.named import counted
from sharcs_core.readers.checks import MAX_BYTES, InputError, check_file, file_name
from sharcs_core.readers.graphs.formats import FileGraph, checked
from sharcs_core.readers.graphs.graphml import parse_graphml
from sharcs_core.readers.graphs.node_link import parse_node_link
from sharcs_core.structures import Floats, Inputs

GRAPH_SUFFIXES = (".json", ".graphml")
MAX_STRUCTURE_NODES = 200
SUPERPIXEL_FEATURES = ("intensity", "x", "y")
USUAL_STRUCTURE_NODES = 10


def read_structure_graph(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A graph of which only the structure counts; the node feature is its betweenness centrality.

    Returns:
        One graph: ``nodes`` (1, N, 1) in [0, 1], networkx's normalised ``betweenness_centrality``, and
        ``neighbours`` (1, N, D), every node among its own. Then notes on what was changed.

    Raises:
        InputError: naming the fault and the mend.
    """
    import networkx as nx

    file = check_graph_file(name, content, MAX_STRUCTURE_NODES)
    graph = parse_graph(file, content, MAX_STRUCTURE_NODES, edges_needed=True)
    n_nodes = len(graph.ids)
    loops = {(node, node) for node in range(n_nodes)}
    structure = nx.Graph(sorted(graph.edges | loops))
    betweenness = nx.betweenness_centrality(structure)
    width = max(len(structure[node]) for node in range(n_nodes))
    neighbours = np.full((1, n_nodes, width), -1, dtype=np.int16)
    for node in range(n_nodes):
        heard = sorted(structure[node])
        neighbours[0, node, : len(heard)] = heard
    arrays: dict[str, NDArray[Any]] = {
        "nodes": np.array([[[betweenness[node]] for node in range(n_nodes)]], dtype=np.float32),
        "n_nodes": np.array([n_nodes], dtype=np.int16),
        "neighbours": neighbours,
    }
    return Inputs("graph", arrays), graph.notes + _structure_notes(graph, loops)


def to_node_link(inputs: Inputs, row: int = 0) -> dict[str, Any]:
    """A graph as node-link JSON, as networkx writes it; the reader of its kind reads it again.

    Raises:
        ValueError: for inputs that are not of kind graph.
    """
    if inputs.kind != "graph":
        raise UserError(f"Only graphs can be written as node-link JSON (got inputs of kind {inputs.kind!r})")
    n_nodes = int(inputs.arrays["n_nodes"][row])
    features = inputs.arrays["nodes"][row][:n_nodes]
    heard = inputs.arrays["neighbours"][row][:n_nodes]
    edges = {(min(i, int(j)), max(i, int(j))) for i in range(n_nodes) for j in heard[i] if j >= 0}
    return {
        "directed": False,
        "multigraph": False,
        "graph": {},
        "nodes": [{"id": i, **_written(features[i])} for i in range(n_nodes)],
        "edges": [{"source": source, "target": target} for source, target in sorted(edges)],
    }


def parse_graph(file: str, content: bytes, max_nodes: int, *, edges_needed: bool) -> FileGraph:
    """The graph in ``content``: GraphML where ``file`` ends so, node-link JSON otherwise.

    Args:
        edges_needed: whether JSON without any list of edges is a fault.

    Raises:
        InputError: for whatever keeps the file from being one graph of 1 … ``max_nodes`` nodes.
    """
    if file.lower().endswith(".graphml"):
        parsed = parse_graphml(file, content, max_nodes)
    else:
        parsed = parse_node_link(file, content, max_nodes, edges_needed)
    return checked(file, parsed)


def check_graph_file(name: str, content: bytes, max_nodes: int) -> str:
    """The name to use in messages, after a look at suffix and size. Raises InputError."""
    if len(content) > MAX_BYTES:  # said here, because who brings a million nodes should hear of nodes
        raise InputError(
            f"{file_name(name)} is too large ({len(content) / 1e6:.1f} MB); "
            f"bring a graph of at most {max_nodes} nodes and {MAX_BYTES / 1e6:.0f} MB"
        )
    return check_file(name, content, GRAPH_SUFFIXES, "graph")


def _structure_notes(graph: FileGraph, loops: set[tuple[int, int]]) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if len(graph.ids) != USUAL_STRUCTURE_NODES:
        notes += (
            f"The graph has {counted(len(graph.ids), 'node')}; the model was trained on graphs of "
            f"{USUAL_STRUCTURE_NODES}, so judge with care.",
        )
    if not loops <= graph.edges:
        notes += ("Every node was joined to itself, as in training.",)
    if any(graph.fields):
        notes += ("What the file says of its nodes was not used; the model reads only how they are joined.",)
    return notes


def _written(features: Floats) -> dict[str, float]:
    """A node's fields: five digits bring half precision back exactly; a structure's feature is computed anew."""
    if len(features) != len(SUPERPIXEL_FEATURES):
        return {}
    return {key: float(f"{value:.5g}") for key, value in zip(SUPERPIXEL_FEATURES, features, strict=True)}

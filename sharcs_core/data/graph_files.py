"""A person's graph → one input of kind graph, with what was changed to read it.

Shape legend: N nodes, D neighbours a node listens to.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.data.file_checks import MAX_BYTES, InputError, check_file, file_name, shown
from sharcs_core.data.graph_formats import FileGraph, checked, field_note
from sharcs_core.data.graphml import parse_graphml
from sharcs_core.data.node_link import parse_node_link
from sharcs_core.data.superpixels import MAX_NODES, N_NEIGHBOURS, nearest_nodes
from sharcs_core.structures import Floats, Inputs, Ints

GRAPH_SUFFIXES = (".json", ".graphml")
MAX_STRUCTURE_NODES = 200
SUPERPIXEL_FEATURES = ("intensity", "x", "y")
FEW_NODES = 50
"""Pictures have 60 to 84 superpixels; a graph of fewer nodes than this is unlike what a model was trained on."""
USUAL_STRUCTURE_NODES = 10
SIDE = 28
FEATURE_LIST = "features"


def read_superpixel_graph(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A picture as a graph of patches, each with ``intensity``, ``x`` and ``y`` in [0, 1].

    Edges may be left out: then every node listens to its eight nearest, as in training. Where there are edges,
    a node listens to the nearest eight of those it is joined to.

    Returns:
        One graph, padded to 84 nodes: ``nodes`` (1, 84, 3), ``neighbours`` (1, 84, 8), and ``segments``
        (1, 28, 28), the node nearest to each pixel, for display. Then notes on what was changed.

    Raises:
        InputError: naming the fault and the mend.
    """
    file = _check_graph_file(name, content, MAX_NODES)
    graph = parse_graph(file, content, MAX_NODES, edges_needed=False)
    features = np.array([_superpixel(file, i, fields) for i, fields in enumerate(graph.fields)])  # (N, 3)
    neighbours, notes = _neighbours_to_hear(graph, features[:, 1:])
    nodes = np.zeros((1, MAX_NODES, 3), dtype=np.float16)
    padded = np.full((1, MAX_NODES, N_NEIGHBOURS), -1, dtype=np.int8)
    nodes[0, : len(features)], padded[0, : len(features)] = features, neighbours
    arrays: dict[str, NDArray[Any]] = {
        "nodes": nodes,
        "n_nodes": np.array([len(features)], dtype=np.int16),
        "neighbours": padded,
        "segments": nearest_segments(features[:, 1:])[None],
    }
    further = {key for fields in graph.fields for key in fields} - {*SUPERPIXEL_FEATURES, FEATURE_LIST}
    return Inputs("graph", arrays), graph.notes + notes + field_note({shown(key)[1:-1] for key in further}, "nodes")


def read_structure_graph(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A graph of which only the structure counts; the node feature is its betweenness centrality.

    Returns:
        One graph: ``nodes`` (1, N, 1) in [0, 1], networkx's normalised ``betweenness_centrality``, and
        ``neighbours`` (1, N, D), every node among its own. Then notes on what was changed.

    Raises:
        InputError: naming the fault and the mend.
    """
    import networkx as nx

    file = _check_graph_file(name, content, MAX_STRUCTURE_NODES)
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
        raise ValueError(f"Only graphs can be written as node-link JSON (got inputs of kind {inputs.kind!r})")
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


def nearest_segments(positions: Floats) -> Ints:
    """The node nearest to each pixel of a 28×28 picture, (28, 28) uint8, from positions (N, 2) in [0, 1]."""
    rows, columns = np.indices((SIDE, SIDE)) / (SIDE - 1)
    pixels = np.stack([columns, rows], axis=-1)  # (28, 28, 2)
    distances = np.linalg.norm(pixels[:, :, None] - positions, axis=-1)
    nearest: Ints = distances.argmin(-1).astype(np.uint8)
    return nearest


def _check_graph_file(name: str, content: bytes, max_nodes: int) -> str:
    if len(content) > MAX_BYTES:  # said here, because who brings a million nodes should hear of nodes
        raise InputError(
            f"{file_name(name)} is too large ({len(content) / 1e6:.1f} MB); "
            f"bring a graph of at most {max_nodes} nodes and {MAX_BYTES / 1e6:.0f} MB"
        )
    return check_file(name, content, GRAPH_SUFFIXES, "graph")


def _superpixel(file: str, number: int, fields: Any) -> tuple[float, float, float]:
    """Intensity, x, y of a node, each checked."""
    needed = "give every node intensity, x and y, each a number from 0 to 1"
    values = fields
    if FEATURE_LIST in fields and not any(key in fields for key in SUPERPIXEL_FEATURES):
        listed = fields[FEATURE_LIST]
        if not isinstance(listed, list) or len(listed) != len(SUPERPIXEL_FEATURES):
            width = len(listed) if isinstance(listed, list) else "no list"
            raise InputError(
                f"{file}: node number {number + 1} has features of the wrong width "
                f"(expected 3: intensity, x, y; got {width}); {needed}"
            )
        values = dict(zip(SUPERPIXEL_FEATURES, listed, strict=True))
    missing = [key for key in SUPERPIXEL_FEATURES if key not in values]
    if missing:
        raise InputError(f"{file}: node number {number + 1} has no {' and no '.join(missing)}; {needed}")
    faults = [(key, _fault(values[key])) for key in SUPERPIXEL_FEATURES]
    for key, fault in faults:
        if fault:
            raise InputError(f"{file}: the {key} of node number {number + 1} is {fault}; {needed}")
    intensity, x, y = (float(values[key]) for key in SUPERPIXEL_FEATURES)
    return intensity, x, y


def _fault(value: Any) -> str | None:
    """What keeps ``value`` from being a number in [0, 1]."""
    if value is None:
        return "empty"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"not a number ({shown(value)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN, not a number" if math.isnan(value) else "infinite"
    if not 0 <= value <= 1:
        return f"{shown(value)}, outside [0, 1]"
    return None


def _neighbours_to_hear(graph: FileGraph, positions: Floats) -> tuple[Ints, tuple[str, ...]]:
    """The nodes each node listens to, (N, 8), nearest first, and notes."""
    usual = nearest_nodes(positions)
    notes: tuple[str, ...] = ()
    if len(positions) < FEW_NODES:
        notes += (f"The graph has {len(positions)} nodes; the model was trained on about 73, so judge with care.",)
    edges = {(i, j) for i, j in graph.edges if i != j}
    if not edges:
        return usual, (*notes, f"The graph has no edges; each node was joined to its {N_NEIGHBOURS} nearest.")
    if len(edges) < len(graph.edges):
        notes += ("Edges from a node to itself were left out.",)
    joined = np.zeros((len(positions), len(positions)), dtype=bool)
    for i, j in edges:
        joined[i, j] = joined[j, i] = True
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    order = np.where(joined, distances, np.inf).argsort(axis=1, kind="stable")[:, :N_NEIGHBOURS]
    kept = np.full_like(usual, -1)
    kept[:, : order.shape[1]] = np.where(np.take_along_axis(joined, order, axis=1), order, -1)
    # the usual edges, seen without direction, give many nodes more than eight: cutting them restores the usual
    # (rounded positions may swap a few that are equally near)
    usual_edges = {(min(i, int(j)), max(i, int(j))) for i in range(len(usual)) for j in usual[i] if j >= 0}
    is_usual = len(edges ^ usual_edges) < 0.1 * len(edges)
    if joined.sum(1).max() > N_NEIGHBOURS and not is_usual:
        notes += (f"Of more than {N_NEIGHBOURS} neighbours a node keeps the {N_NEIGHBOURS} nearest, as in training.",)
    return kept, notes


def _structure_notes(graph: FileGraph, loops: set[tuple[int, int]]) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if len(graph.ids) != USUAL_STRUCTURE_NODES:
        notes += (
            f"The graph has {len(graph.ids)} nodes; the model was trained on graphs of {USUAL_STRUCTURE_NODES}, "
            "so judge with care.",
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

"""A person's graph of superpixels → one input of kind graph, with what was changed to read it.

Shape legend: N nodes.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from sharcs_core.named import counted
from sharcs_core.readers.checks import InputError, shown
from sharcs_core.readers.graphs.files import SUPERPIXEL_FEATURES, check_graph_file, parse_graph
from sharcs_core.readers.graphs.formats import FileGraph, field_note
from sharcs_core.structures import Floats, Inputs, Ints
from sharcs_core.tasks.mnist.superpixels import MAX_NODES, N_NEIGHBOURS, nearest_nodes

USUAL_NODES = 73
FEW_NODES = 50
"""Pictures have 60 to 84 superpixels; a graph of fewer nodes than this is unlike what a model was trained on."""
SIDE = 28
FEATURE_LIST = "features"
ROUNDING = 1e-6
"""How far beyond 0 or 1 a number may lie that was meant to be 0 or 1."""
AT_EDGE = 0.12
"""Patches whose middle is nearer than that to the edge of the picture lie at it: a patch is a tenth wide."""


INVERTED = "The graph is dark ink on bright ground; the intensities were inverted, for 1 is ink."


def read_superpixel_graph(name: str, content: bytes) -> tuple[Inputs, tuple[str, ...]]:
    """A picture as a graph of patches, each with ``intensity``, ``x`` and ``y`` in [0, 1].

    Edges may be left out: then every node listens to its eight nearest, as in training. Where there are edges,
    a node listens to the nearest eight of those it is joined to; where they have a direction and lead to each node
    from eight, to these.

    Returns:
        One graph, padded to 84 nodes: ``nodes`` (1, 84, 3), ``neighbours`` (1, 84, 8), and ``segments``
        (1, 28, 28), the node nearest to each pixel, for display. Then notes on what was changed.

    Raises:
        InputError: naming the fault and the mend.
    """
    graph, features = superpixel_nodes(name, content)
    notes = few_nodes_note(len(features), FEW_NODES, USUAL_NODES)
    neighbours, edge_notes = neighbours_to_hear(graph.edges, features[:, 1:], graph.ways)
    inputs = packed_graph(features, neighbours, nearest_segments(features[:, 1:]), MAX_NODES)
    return inputs, graph.notes + notes + edge_notes + further_fields_note(graph)


def superpixel_nodes(name: str, content: bytes) -> tuple[FileGraph, Floats]:
    """The graph of a file, and intensity, x, y of each node, (N, 3) in [0, 1].

    Raises:
        InputError: naming the fault and the mend.
    """
    file = check_graph_file(name, content, MAX_NODES)
    graph = parse_graph(file, content, MAX_NODES, edges_needed=False)
    if is_heard_as_in_training(graph.ways, len(graph.ids)):
        graph = replace(graph, notes=graph.notes_on_ways)
    features = np.array([_superpixel(file, i, fields) for i, fields in enumerate(graph.fields)])
    if not _is_dark_on_bright(features):
        return graph, features
    features[:, 0] = 1 - features[:, 0]
    return replace(graph, notes=(*graph.notes, INVERTED)), features


def _is_dark_on_bright(features: Floats) -> bool:
    """Whether the patches (N, 3) at the edge of the picture are bright, as paper is; ink is 1 in training."""
    from_edge = np.minimum(features[:, 1:], 1 - features[:, 1:]).min(axis=1)
    at_edge = features[from_edge < AT_EDGE, 0]
    return bool(len(at_edge) and np.median(at_edge) > 0.5 > features[:, 0].min())


def packed_graph(features: Floats, neighbours: Ints, segments: Ints, max_nodes: int) -> Inputs:
    """One superpixel graph of N ≤ ``max_nodes`` nodes, padded to so many."""
    nodes = np.zeros((1, max_nodes, len(SUPERPIXEL_FEATURES)), dtype=np.float16)
    padded = np.full((1, max_nodes, N_NEIGHBOURS), -1, dtype=np.int8)
    nodes[0, : len(features)], padded[0, : len(features)] = features, neighbours
    n_nodes = np.array([len(features)], dtype=np.int16)
    return Inputs("graph", {"nodes": nodes, "n_nodes": n_nodes, "neighbours": padded, "segments": segments[None]})


def few_nodes_note(n_nodes: int, few: int, usual: int) -> tuple[str, ...]:
    """A note on a graph of less than ``few`` nodes, unlike what a model was trained on."""
    if n_nodes >= few:
        return ()
    return (f"The graph has {counted(n_nodes, 'node')}; the model was trained on about {usual}, so judge with care.",)


def further_fields_note(graph: FileGraph) -> tuple[str, ...]:
    """A note on what the file says of superpixels beyond intensity, x and y."""
    further = {key for fields in graph.fields for key in fields} - {*SUPERPIXEL_FEATURES, FEATURE_LIST}
    return field_note({shown(key)[1:-1] for key in further}, "nodes")


def is_heard_as_in_training(ways: Collection[tuple[int, int]], n_nodes: int) -> bool:
    """Whether edges with a direction lead to each node from as many others as in training."""
    heard = [target for source, target in ways if source != target]
    counts = np.bincount(heard, minlength=n_nodes)
    return len(heard) == len(ways) > 0 and bool((counts == min(N_NEIGHBOURS, n_nodes - 1)).all())


def neighbours_to_hear(
    file_edges: Collection[tuple[int, int]], positions: Floats, ways: Collection[tuple[int, int]] = ()
) -> tuple[Ints, tuple[str, ...]]:
    """The nodes each superpixel listens to, (N, 8), nearest first, and notes.

    Args:
        file_edges: pairs of nodes; without any, each node listens to its eight nearest.
        positions: (N, 2).
        ways: pairs from and to; they count alone where each node hears as many others as in training.
    """
    if is_heard_as_in_training(ways, len(positions)):
        return _heard(ways, positions), ()
    usual = nearest_nodes(positions)
    notes: tuple[str, ...] = ()
    edges = {(i, j) for i, j in file_edges if i != j}
    if not edges:
        return usual, (f"The graph has no edges; each node was joined to its {N_NEIGHBOURS} nearest.",)
    if len(edges) < len(file_edges):
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


def _heard(ways: Collection[tuple[int, int]], positions: Floats) -> Ints:
    """The nodes that edges lead to each node from, (N, 8), nearest first."""
    apart = np.full((len(positions), len(positions)), np.inf)
    for source, target in ways:
        apart[target, source] = np.linalg.norm(positions[source] - positions[target])
    order = np.full((len(positions), N_NEIGHBOURS), -1)
    n_heard = min(N_NEIGHBOURS, len(positions) - 1)
    order[:, :n_heard] = apart.argsort(axis=1, kind="stable")[:, :n_heard]
    return order


def nearest_segments(positions: Floats) -> Ints:
    """The node nearest to each pixel of a 28×28 picture, (28, 28) uint8, from positions (N, 2) in [0, 1]."""
    rows, columns = np.indices((SIDE, SIDE)) / (SIDE - 1)
    pixels = np.stack([columns, rows], axis=-1)  # (28, 28, 2)
    distances = np.linalg.norm(pixels[:, :, None] - positions, axis=-1)
    nearest: Ints = distances.argmin(-1).astype(np.uint8)
    return nearest


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
    intensity, x, y = (min(max(float(values[key]), 0.0), 1.0) for key in SUPERPIXEL_FEATURES)
    return intensity, x, y


def _fault(value: Any) -> str | None:
    """What keeps ``value`` from being a number in [0, 1]."""
    if value is None:
        return "empty"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"not a number ({shown(value)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN, not a number" if math.isnan(value) else "infinite"
    if not -ROUNDING <= value <= 1 + ROUNDING:
        return f"{shown(value)}, outside [0, 1]"
    return None

"""Graphs in files: node-link JSON and GraphML to read, node-link JSON to write."""

from __future__ import annotations

import json
from typing import Any

from sharcs_core.errors import UserError
from sharcs_core.kinds.graph.edges import edges_of
from sharcs_core.kinds.graph.form import GraphForm
from sharcs_core.kinds.graph.preparing import prepare
from sharcs_core.kinds.graph.saying import said_of_edges, said_of_nodes
from sharcs_core.kinds.kind import File, Notes
from sharcs_core.readers.checks import InputError, check_file, file_name
from sharcs_core.readers.graphs.files import GRAPH_SUFFIXES
from sharcs_core.readers.graphs.formats import ParsedGraph, joined
from sharcs_core.readers.graphs.graphml import parse_graphml
from sharcs_core.readers.graphs.node_link import parse_node_link
from sharcs_core.structures import Inputs

MOST_NODES, MOST_EDGES = 5_000, 50_000
"""Of a graph in a file."""

MOST_BYTES = 20_000_000
"""Of its file: so many edges with some numbers each."""


def read(form: GraphForm, name: str, content: bytes) -> tuple[Any, Notes]:
    """The graph in a file as a networkx graph, its nodes named 0, 1, … in the order of the file; and notes.

    Raises:
        InputError: naming the fault and the mend.
    """
    graph, notes = decode(name, content)
    try:
        prepare(form, [graph])
    except UserError as error:
        raise InputError(str(error).replace("The graph", file_name(name), 1)) from None
    return graph, notes


def decode(name: str, content: bytes) -> tuple[Any, Notes]:
    """The same before anything is known of training graphs.

    Raises:
        InputError: naming the fault and the mend.
    """
    import networkx as nx

    file = check_file(name, content, GRAPH_SUFFIXES, "graph", MOST_BYTES)
    parsed = _parsed(file, content)
    graph = nx.MultiDiGraph() if parsed.directed else nx.MultiGraph()
    graph.add_nodes_from((number, dict(said)) for number, (_, said) in enumerate(parsed.nodes))
    ends = zip(joined(file, parsed), parsed.edge_values, strict=True)
    graph.add_edges_from((source, target, dict(said)) for (source, target), said in ends)
    return graph, ()


def _parsed(file: str, content: bytes) -> ParsedGraph:
    if file.lower().endswith(".graphml"):
        return parse_graphml(file, content, MOST_NODES, MOST_EDGES)
    return parse_node_link(file, content, MOST_NODES, True, MOST_EDGES, both_ways=True)


def write(form: GraphForm, inputs: Inputs, row: int) -> File:
    """A graph as node-link JSON, as networkx writes it; what is computed from how nodes are joined is left out.

    A value that has no place of its own is written as ``other``.
    """
    said = said_of_nodes(form, inputs, row)
    data = {
        "directed": form.directed,
        "multigraph": False,
        "graph": {},
        "nodes": [{"id": number, **of_one} for number, of_one in enumerate(said)],
        "edges": _edges(form, inputs, row),
    }
    return File(".json", json.dumps(data, allow_nan=False, ensure_ascii=False).encode() + b"\n", "application/json")


def _edges(form: GraphForm, inputs: Inputs, row: int) -> list[dict[str, Any]]:
    ends = edges_of(inputs, row, form.directed)
    said = said_of_edges(form, inputs, row)
    pairs = zip(ends.tolist(), said, strict=True)
    return [{"source": source, "target": target, **of_one} for (source, target), of_one in pairs]

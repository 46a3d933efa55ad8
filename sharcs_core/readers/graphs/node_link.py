"""Node-link JSON, as networkx writes it → a graph's nodes and edges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sharcs_core.readers.checks import InputError, shown, text_of
from sharcs_core.readers.graphs.formats import MAX_DEPTH, MAX_EDGES, ParsedGraph, check_count, check_edge_count

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
EDGE_LISTS = ("edges", "links", "adjacency", "edge_index")
"""Names under which files keep their edges: networkx's node-link and adjacency forms, and PyG's."""
NAMES_OF_EDGES = frozenset({"source", "target", "key", "id"})
_SCALARS = (str, int, float, bool, type(None))


def parse_node_link(
    file: str,
    content: bytes,
    max_nodes: int,
    edges_needed: bool,
    max_edges: int = MAX_EDGES,
    *,
    both_ways: bool = False,
) -> ParsedGraph:
    """The nodes and edges that a file lists.

    Args:
        edges_needed: whether a file without any list of edges is a fault.
        both_ways: whether, of lists that have an edge without direction once each way, both are kept and counted as
            edges with a direction; otherwise they count once.
    """
    data = _load_json(file, text_of(file, content))
    if not isinstance(data, dict):
        raise InputError(f"{file} holds a JSON {_kind(data)}; expected an object with the lists nodes and edges")
    data = _usual_keys(file, data)
    nodes = _list_of(file, data, "nodes")
    check_count(file, len(nodes), max_nodes)
    named = [_node(file, number, node) for number, node in enumerate(nodes, start=1)]
    edges = _edges(file, data, [node for node, _ in named], edges_needed, max_edges, both_ways)
    ends = [_edge(file, number, edge) for number, edge in enumerate(edges, start=1)]
    return ParsedGraph(
        nodes=named,
        edges=ends,
        edge_fields=frozenset(shown(key)[1:-1] for edge in edges for key in edge) - NAMES_OF_EDGES,
        directed=data.get("directed") is True or (both_ways and "edge_index" in data),
        edge_values=[{key: value for key, value in edge.items() if key not in NAMES_OF_EDGES} for edge in edges],
    )


def _load_json(file: str, text: str) -> Any:
    too_deep = f"{file} is nested more than {MAX_DEPTH} levels deep; expected an object with the lists nodes and edges"
    if _depth(text) > MAX_DEPTH:
        raise InputError(too_deep)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{file} is not valid JSON (line {error.lineno}, column {error.colno}); "
            "save the graph as node-link JSON, as networkx writes it"
        ) from None
    except RecursionError:
        raise InputError(too_deep) from None
    except ValueError:  # a number of thousands of digits
        raise InputError(f"{file} holds a number that is too long to read; write numbers as 0.5") from None


def _depth(text: str) -> int:
    """How many brackets of JSON are open at once at most, found without parsing."""
    bare = np.frombuffer(_STRING.sub("", text).encode(), dtype=np.uint8)
    opens = (bare == ord("[")) | (bare == ord("{"))
    closes = (bare == ord("]")) | (bare == ord("}"))
    steps = opens.astype(np.int32) - closes
    return int(steps.cumsum().max(initial=0))


def _usual_keys(file: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object with its lists under the names that networkx gives them, however they are capitalised."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = key.lower() if key.lower() in ("nodes", *EDGE_LISTS, "directed") else key
        if name in found:
            raise InputError(f"{file} has {name} twice, in other capitals; keep one of the two")
        found[name] = value
    return found


def _edges(
    file: str, data: Mapping[str, Any], nodes: Sequence[Any], edges_needed: bool, max_edges: int, both_ways: bool
) -> list[Mapping[str, Any]]:
    """The edges of any of the forms that graphs are written in, as those of node-link JSON."""
    present = [key for key in EDGE_LISTS if key in data]
    if len(present) > 1:
        raise InputError(f"{file} has both {present[0]} and {present[1]}; keep one of the two lists")
    if not present and edges_needed:
        raise InputError(f"{file} has no list of edges; add one named edges or links, empty if there are none")
    if not present:
        return []
    edges = _list_of(file, data, present[0])
    if present[0] == "adjacency":
        edges = _of_adjacency(file, edges, nodes, max_edges, both_ways and data.get("directed") is True)
    elif present[0] == "edge_index":
        edges = _of_edge_index(file, edges, nodes, max_edges, both_ways)
    check_edge_count(file, len(edges), max_edges * (2 if both_ways and present[0] == "edge_index" else 1))
    return edges


def _of_adjacency(file: str, lists: list[Any], nodes: Sequence[Any], max_edges: int, both_ways: bool) -> list[Any]:
    """The edges of what networkx's ``adjacency_data`` writes: for each node the list of those it is joined to.

    An edge of a graph without direction is in both lists; it counts once.
    """
    if len(lists) != len(nodes) or not all(isinstance(heard, list) for heard in lists):
        raise InputError(f"{file}: adjacency must be a list of lists, one for each of the {len(nodes)} nodes")
    check_edge_count(file, sum(map(len, lists)) // 2, max_edges)
    edges, seen = [], set()
    for source, heard in zip(nodes, lists, strict=True):
        for other in heard:
            target = other.get("id") if isinstance(other, dict) else other
            name = _id(file, f"a neighbour of {shown(source)}", target)
            if both_ways or (name, source) not in seen:
                seen.add((source, name))
                edges.append({**(other if isinstance(other, dict) else {}), "source": source, "target": target})
    return edges


def _of_edge_index(file: str, rows: list[Any], nodes: Sequence[Any], max_edges: int, both_ways: bool) -> list[Any]:
    """The edges of PyG's ``edge_index``: two rows of places among the nodes, from and to, counted from 0.

    PyG writes an edge without direction once each way; it counts once.
    """
    if len(rows) != 2 or not all(isinstance(row, list) for row in rows) or len(rows[0]) != len(rows[1]):
        raise InputError(f"{file}: edge_index must be two lists of equal length, the places of the nodes from 0")
    check_edge_count(file, len(rows[0]) // 2, max_edges)
    for place in (*rows[0], *rows[1]):
        if type(place) is not int or not 0 <= place < len(nodes):
            raise InputError(f"{file}: edge_index names {shown(place)}; it may name the nodes 0 to {len(nodes) - 1}")
    pairs = dict.fromkeys(pair if both_ways else tuple(sorted(pair)) for pair in zip(*rows, strict=True))
    return [{"source": nodes[first], "target": nodes[second]} for first, second in pairs]


def _list_of(file: str, data: Mapping[str, Any], key: str, absent: list[Any] | None = None) -> list[Any]:
    if key not in data and absent is None:
        raise InputError(f"{file} has no list of {key}; expected an object with the lists nodes and edges")
    values = data.get(key, absent)
    if not isinstance(values, list):
        raise InputError(f"{file}: {key} is a JSON {_kind(values)}; write it as a list")
    return values


def _node(file: str, number: int, node: Any) -> tuple[Any, Mapping[str, Any]]:
    if not isinstance(node, dict) or "id" not in node:
        raise InputError(f'{file}: node number {number} has no id; write each node as {{"id": …}}')
    return _id(file, f"the id of node number {number}", node["id"]), {k: v for k, v in node.items() if k != "id"}


def _edge(file: str, number: int, edge: Any) -> tuple[Any, Any]:
    if not isinstance(edge, dict) or "source" not in edge or "target" not in edge:
        raise InputError(
            f"{file}: edge number {number} has no source or target; "
            'write each edge as {"source": …, "target": …} with the ids of two nodes'
        )
    source, target = (_id(file, f"the {end} of edge number {number}", edge[end]) for end in ("source", "target"))
    return source, target


def _id(file: str, which: str, value: Any) -> Any:
    """A node's name: text or a number, or a tuple of such, which networkx writes as a list."""
    if isinstance(value, list) and value and all(isinstance(part, _SCALARS) for part in value):
        return tuple(value)
    if not isinstance(value, _SCALARS):
        raise InputError(f"{file}: {which} is a JSON {_kind(value)}; name nodes by text or a number")
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "number")

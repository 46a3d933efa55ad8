"""Node-link JSON, as networkx writes it → a graph's nodes and edges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from sharcs_core.data.file_checks import InputError, shown, text_of
from sharcs_core.data.graph_formats import MAX_DEPTH, ParsedGraph, check_count, check_edge_count

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALARS = (str, int, float, bool, type(None))


def parse_node_link(file: str, content: bytes, max_nodes: int, edges_needed: bool) -> ParsedGraph:
    data = _load_json(file, text_of(file, content))
    if not isinstance(data, dict):
        raise InputError(f"{file} holds a JSON {_kind(data)}; expected an object with the lists nodes and edges")
    nodes = _list_of(file, data, "nodes")
    check_count(file, len(nodes), max_nodes)
    named = [_node(file, number, node) for number, node in enumerate(nodes, start=1)]
    edges = _list_of(file, data, _edges_key(file, data, edges_needed), absent=[])
    check_edge_count(file, len(edges))
    ends = [_edge(file, number, edge) for number, edge in enumerate(edges, start=1)]
    return ParsedGraph(
        nodes=named,
        edges=ends,
        edge_fields=frozenset(shown(key)[1:-1] for edge in edges for key in edge) - {"source", "target", "key", "id"},
        directed=data.get("directed") is True,
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


def _edges_key(file: str, data: Mapping[str, Any], edges_needed: bool) -> str:
    present = [key for key in ("edges", "links") if key in data]
    if len(present) == 2:
        raise InputError(f"{file} has both edges and links; keep one of the two lists")
    if not present and edges_needed:
        raise InputError(f"{file} has no list of edges; add one named edges or links, empty if there are none")
    return present[0] if present else "edges"


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

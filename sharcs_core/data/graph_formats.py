"""Node-link JSON and GraphML → one plain graph, checked before anything is built from it.

Both formats end in the same checks. networkx's own readers are not used on what people bring: they make up the
nodes that an edge leads to, keep only the last of two nodes of one name, and number the nodes that have none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sharcs_core.data.file_checks import InputError, shown, text_of

MAX_EDGES = 20_000
MAX_DEPTH = 32
"""Brackets or tags inside each other; a graph needs about five."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALARS = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class FileGraph:
    """A graph as a file gives it, without direction, every edge once.

    Attributes:
        ids: the nodes' names in the file.
        fields: what the file says of each node, aligned with ``ids``.
        edges: pairs of positions in ``ids``, the lower first; equal for a self-loop.
        notes: what was changed to read it, in plain words.
    """

    ids: tuple[Any, ...]
    fields: tuple[Mapping[str, Any], ...]
    edges: frozenset[tuple[int, int]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Parsed:
    """What both formats are taken apart into; nothing is checked against anything yet."""

    nodes: list[tuple[Any, Mapping[str, Any]]]
    edges: list[tuple[Any, Any]]
    edge_fields: frozenset[str]
    directed: bool


def parse_graph(file: str, content: bytes, max_nodes: int, *, edges_needed: bool) -> FileGraph:
    """The graph in ``content``: GraphML where ``file`` ends so, node-link JSON otherwise.

    Args:
        edges_needed: whether JSON without any list of edges is a fault.

    Raises:
        InputError: for whatever keeps the file from being one graph of 1 … ``max_nodes`` nodes.
    """
    if file.lower().endswith(".graphml"):
        parsed = _parse_graphml(file, content, max_nodes)
    else:
        parsed = _parse_json(file, content, max_nodes, edges_needed)
    return _checked(file, parsed)


def check_count(file: str, n_nodes: int, max_nodes: int) -> None:
    """Raises InputError for a graph without nodes or with more than ``max_nodes``."""
    if n_nodes == 0:
        raise InputError(f"{file} has no nodes; a graph needs at least one")
    if n_nodes > max_nodes:
        raise InputError(f"{file} has {n_nodes:,} nodes, too many; bring a graph of at most {max_nodes}")


def field_note(fields: Iterable[str], of: str) -> tuple[str, ...]:
    """A note on fields of the file that play no part."""
    names = sorted(fields)
    if not names:
        return ()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (f"What the file says of its {of} beyond what is needed ({', '.join(names[:3])}{more}) was not used.",)


# -- node-link JSON ---------------------------------------------------------------------------------------------


def _parse_json(file: str, content: bytes, max_nodes: int, edges_needed: bool) -> _Parsed:
    data = _load_json(file, text_of(file, content))
    if not isinstance(data, dict):
        raise InputError(f"{file} holds a JSON {_kind(data)}; expected an object with the lists nodes and edges")
    nodes = _list_of(file, data, "nodes")
    check_count(file, len(nodes), max_nodes)
    edges = _list_of(file, data, _edges_key(file, data, edges_needed), absent=[])
    _check_edge_count(file, len(edges))
    ends = [_edge(file, number, edge) for number, edge in enumerate(edges, start=1)]
    return _Parsed(
        nodes=[_node(file, number, node) for number, node in enumerate(nodes, start=1)],
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


# -- GraphML ----------------------------------------------------------------------------------------------------


def _parse_graphml(file: str, content: bytes, max_nodes: int) -> _Parsed:
    root = _xml_root(file, content)
    graphs = [child for child in root if _tag(child) == "graph"]
    if _tag(root) != "graphml" or len(graphs) != 1:
        raise InputError(f"{file} is XML but not GraphML with one graph; save it as networkx's write_graphml does")
    keys = {child.get("id"): child for child in root if _tag(child) == "key"}
    nodes = [child for child in graphs[0] if _tag(child) == "node"]
    edges = [child for child in graphs[0] if _tag(child) == "edge"]
    if any(_tag(child) in ("graph", "hyperedge") for part in (graphs[0], *nodes) for child in part):
        raise InputError(f"{file} holds a graph inside a graph or an edge of many ends; bring one plain graph")
    check_count(file, len(nodes), max_nodes)
    _check_edge_count(file, len(edges))
    directed = graphs[0].get("edgedefault") == "directed" or any(edge.get("directed") == "true" for edge in edges)
    return _Parsed(
        nodes=[_xml_node(file, number, node, keys) for number, node in enumerate(nodes, start=1)],
        edges=[_xml_edge(file, number, edge) for number, edge in enumerate(edges, start=1)],
        edge_fields=frozenset(name for edge in edges for name in _xml_fields(edge, keys)),
        directed=directed,
    )


def _xml_root(file: str, content: bytes) -> Any:
    """The root element. Refuses document types and entities, whose expansion can fill any memory."""
    from xml.etree.ElementTree import ParseError, TreeBuilder

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    class ShallowBuilder(TreeBuilder):
        depth = 0

        def start(self, tag: Any, attrs: Any, /) -> Any:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise InputError(f"{file} is nested more than {MAX_DEPTH} levels deep; bring one plain GraphML graph")
            return super().start(tag, attrs)

        def end(self, tag: Any, /) -> Any:
            self.depth -= 1
            return super().end(tag)

    parser = DefusedXMLParser(target=ShallowBuilder(), forbid_dtd=True)
    try:
        parser.feed(content)
        return parser.close()
    except DefusedXmlException:
        raise InputError(
            f"{file} declares a document type or XML entities, which are refused; remove the <!DOCTYPE …> part"
        ) from None
    except ParseError as error:
        line, column = error.position
        raise InputError(
            f"{file} is not valid XML (line {line}, column {column + 1}); "
            "save the graph as GraphML, as networkx's write_graphml does"
        ) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file} is XML in an unknown encoding; save it with the encoding UTF-8") from None


def _tag(element: Any) -> str:
    """The tag without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]


def _xml_node(file: str, number: int, node: Any, keys: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if node.get("id") is None:
        raise InputError(f'{file}: node number {number} has no id; write each node as <node id="…">')
    fields = {_field_name(key): _xml_default(key) for key in keys.values() if key.get("for") in ("node", "all")}
    return node.get("id"), {k: v for k, v in fields.items() if v is not None} | _xml_fields(node, keys)


def _xml_edge(file: str, number: int, edge: Any) -> tuple[str, str]:
    if edge.get("source") is None or edge.get("target") is None:
        raise InputError(f"{file}: edge number {number} has no source or target; give both, as ids of two nodes")
    return edge.get("source"), edge.get("target")


def _field_name(key: Any) -> str:
    return str(key.get("attr.name") or key.get("id"))


def _xml_default(key: Any) -> Any:
    defaults = [child.text for child in key if _tag(child) == "default"]
    return _xml_value(key, defaults[0]) if defaults else None


def _xml_fields(element: Any, keys: Mapping[str, Any]) -> dict[str, Any]:
    data = [(keys.get(child.get("key")), child.text) for child in element if _tag(child) == "data"]
    return {_field_name(key): _xml_value(key, text) for key, text in data if key is not None}


def _xml_value(key: Any, text: str | None) -> Any:
    """The value as the type that its key declares; text where it does not fit, for the checks to name."""
    if key.get("attr.type") not in ("int", "long", "float", "double"):
        return text
    try:
        return float(text or "")
    except ValueError:
        return text


# -- both -------------------------------------------------------------------------------------------------------


def _check_edge_count(file: str, n_edges: int) -> None:
    if n_edges > MAX_EDGES:
        raise InputError(f"{file} has {n_edges:,} edges, too many; bring a graph of at most {MAX_EDGES:,}")


def _checked(file: str, parsed: _Parsed) -> FileGraph:
    """The graph, once no name stands twice and every edge joins two nodes that are there."""
    position: dict[Any, int] = {}
    for node, _ in parsed.nodes:
        if node in position:
            raise InputError(f"{file} has two nodes with the id {shown(node)}; give every node an id of its own")
        position[node] = len(position)
    pairs: list[tuple[int, int]] = []
    for source, target in parsed.edges:
        for end in (source, target):
            if end not in position:
                raise InputError(
                    f"{file} has an edge to {shown(end)}, which is none of its nodes; add that node or drop the edge"
                )
        pairs.append((min(position[source], position[target]), max(position[source], position[target])))
    edges = frozenset(pairs)
    return FileGraph(
        ids=tuple(position),
        fields=tuple(fields for _, fields in parsed.nodes),
        edges=edges,
        notes=_edge_notes(parsed, len(pairs) - len(edges)),
    )


def _edge_notes(parsed: _Parsed, n_repeated: int) -> tuple[str, ...]:
    notes: tuple[str, ...] = ("The edges have a direction in the file; it was left out.",) if parsed.directed else ()
    if n_repeated:
        notes += (f"Repeated edges were counted once ({n_repeated} left out).",)
    return notes + field_note(parsed.edge_fields, "edges")

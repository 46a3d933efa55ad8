"""GraphML → a graph's nodes and edges, read without ever expanding an entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sharcs_core.readers.checks import InputError
from sharcs_core.readers.graphs.formats import MAX_DEPTH, MAX_EDGES, ParsedGraph, check_count, check_edge_count


def parse_graphml(file: str, content: bytes, max_nodes: int, max_edges: int = MAX_EDGES) -> ParsedGraph:
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
    check_edge_count(file, len(edges), max_edges)
    directed = graphs[0].get("edgedefault") == "directed" or any(edge.get("directed") == "true" for edge in edges)
    return ParsedGraph(
        nodes=[_xml_node(file, number, node, keys) for number, node in enumerate(nodes, start=1)],
        edges=[_xml_edge(file, number, edge) for number, edge in enumerate(edges, start=1)],
        edge_fields=frozenset(name for edge in edges for name in _xml_fields(edge, keys)),
        directed=directed,
        edge_values=[_xml_said(edge, keys, "edge") for edge in edges],
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
    return node.get("id"), _xml_said(node, keys, "node")


def _xml_said(element: Any, keys: Mapping[str, Any], of: str) -> dict[str, Any]:
    """What a file says of a node or an edge, what it says of all of them included."""
    fields = {_field_name(key): _xml_default(key) for key in keys.values() if key.get("for", "all") in (of, "all")}
    return {k: v for k, v in fields.items() if v is not None} | _xml_fields(element, keys)


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
    """The value as the type that its key declares, a number where it declares none and it is one.

    Numbers may be hexadecimal, as graph-tool writes them. What does not fit stays text, for the checks to name.
    """
    if key.get("attr.type", "double") not in ("int", "long", "float", "double"):
        return text
    for read in (float, float.fromhex):
        try:
            return read(text or "")
        except (ValueError, OverflowError):
            continue
    return text

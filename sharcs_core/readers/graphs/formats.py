"""A graph as a file gives it, and the checks that every format ends in.

networkx's own readers are not used on what people bring: they make up the nodes that an edge leads to, keep only
the last of two nodes of one name, and number the nodes that have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sharcs_core.readers.checks import InputError, shown

MAX_EDGES = 20_000
MAX_DEPTH = 32
"""Brackets or tags inside each other; a graph needs about five."""


@dataclass(frozen=True)
class FileGraph:
    """A graph as a file gives it, without direction, every edge once.

    Attributes:
        ids: the nodes' names in the file.
        fields: what the file says of each node, aligned with ``ids``.
        edges: pairs of positions in ``ids``, the lower first; equal for a self-loop.
        notes: what was changed to read it, in plain words.
        ways: the edges from where to where, of a file that gives them a direction; none of any other.
        notes_on_ways: the notes of a reader that keeps the direction.
    """

    ids: tuple[Any, ...]
    fields: tuple[Mapping[str, Any], ...]
    edges: frozenset[tuple[int, int]]
    notes: tuple[str, ...]
    ways: frozenset[tuple[int, int]] = frozenset()
    notes_on_ways: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParsedGraph:
    """What both formats are taken apart into; nothing is checked against anything yet.

    Attributes:
        edge_values: what the file says of each edge, aligned with ``edges``.
    """

    nodes: list[tuple[Any, Mapping[str, Any]]]
    edges: list[tuple[Any, Any]]
    edge_fields: frozenset[str]
    directed: bool
    edge_values: list[Mapping[str, Any]] = field(default_factory=list)


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


def check_edge_count(file: str, n_edges: int, max_edges: int = MAX_EDGES) -> None:
    if n_edges > max_edges:
        raise InputError(f"{file} has {n_edges:,} edges, too many; bring a graph of at most {max_edges:,}")


def joined(file: str, parsed: ParsedGraph) -> list[tuple[int, int]]:
    """The positions of the two nodes that each edge joins, from and to.

    Raises:
        InputError: where a name stands twice, or an edge leads to none of the nodes.
    """
    position: dict[Any, int] = {}
    for node, _ in parsed.nodes:
        if node in position:
            raise InputError(f"{file} has two nodes with the id {shown(node)}; give every node an id of its own")
        position[node] = len(position)
    for edge in parsed.edges:
        for end in edge:
            if end not in position:
                raise InputError(
                    f"{file} has an edge to {shown(end)}, which is none of its nodes; add that node or drop the edge"
                )
    return [(position[source], position[target]) for source, target in parsed.edges]


def checked(file: str, parsed: ParsedGraph) -> FileGraph:
    """The graph, once no name stands twice and every edge joins two nodes that are there."""
    ways = joined(file, parsed)
    edges, different = frozenset((min(pair), max(pair)) for pair in ways), frozenset(ways)
    return FileGraph(
        ids=tuple(node for node, _ in parsed.nodes),
        fields=tuple(fields for _, fields in parsed.nodes),
        edges=edges,
        notes=(*_direction_note(parsed), *_edge_notes(parsed, len(ways) - len(edges))),
        ways=different if parsed.directed else frozenset(),
        notes_on_ways=_edge_notes(parsed, len(ways) - len(different)),
    )


def _direction_note(parsed: ParsedGraph) -> tuple[str, ...]:
    return ("The edges have a direction in the file; it was left out.",) if parsed.directed else ()


def _edge_notes(parsed: ParsedGraph, n_repeated: int) -> tuple[str, ...]:
    repeated = (f"Repeated edges were counted once ({n_repeated} left out).",) if n_repeated else ()
    return repeated + field_note(parsed.edge_fields, "edges")

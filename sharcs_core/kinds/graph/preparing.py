"""Graphs → the arrays that a model reads. The one way: for stored samples, people's files and graphs from Python.

Shapes: n graphs, N nodes, D neighbours, E messages, F places of a prepared node, G of a prepared edge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column, Rows, prepare_rows
from sharcs_core.kinds.columns.fitting import Cells
from sharcs_core.kinds.graph.edges import Messages, is_one_way, messages, neighbours
from sharcs_core.kinds.graph.form import MOST_FOR_BETWEENNESS, GraphForm
from sharcs_core.kinds.graph.raw import RawGraph, raw_graph
from sharcs_core.kinds.graph.structure import structure_of
from sharcs_core.kinds.kind import Notes
from sharcs_core.readers.checks import shown
from sharcs_core.readers.rows import names_in
from sharcs_core.structures import Codes, Inputs, Ints

MOST_VALUES = 1_000_000_000
"""Numbers of all graphs together, padded to the largest; more fill the memory."""

PLACE_COLUMN, STRUCTURE_COLUMN = -1, -2
"""What stands for the number of a column in ``columns``, of x and y, and of what is computed from the edges."""


@dataclass(frozen=True)
class _Prepared:
    """One graph: nodes (N, F), neighbours (N, D) or edges (E, 2) with values (E, G), and notes."""

    nodes: NDArray[np.float32]
    heard: NDArray[np.int32]
    edges: Ints
    edge_values: NDArray[np.float32]
    notes: Notes


def prepare(form: GraphForm, raws: Sequence[Any]) -> tuple[Inputs, tuple[Notes, ...]]:
    """Graphs as inputs, and notes on each.

    Returns:
        ``nodes`` (n, N, F) float32, zero beyond ``n_nodes`` (n,). Either ``neighbours`` (n, N, D), the nodes that each
        listens to; or ``edges`` (n, E, 2), from and to, an edge without direction once each way, with
        ``edge_values`` (n, E, G) where edges have columns; -1 and 0 beyond. And ``columns`` (n, F): the column of each
        place of a node, below 0 its place in the plane and what is computed; the same for every graph.

    Raises:
        UserError: for what is no graph, or says what does not fit its column.
    """
    names = ["The graph"] if len(raws) == 1 else [f"Graph {number}" for number in range(1, len(raws) + 1)]
    graphs = [_prepared(form, raw, name) for raw, name in zip(raws, names, strict=True)]
    n_nodes = max([form.most_nodes, *(len(graph.nodes) for graph in graphs)])
    n_edges = max([1, form.most_edges, *(len(graph.edges) for graph in graphs)])
    wide = form.n_neighbours or n_edges * (2 + form.edge_width) / n_nodes
    if len(graphs) * n_nodes * (form.width + wide) > MOST_VALUES:
        raise UserError(
            f"{len(graphs):,} graphs padded to {n_nodes:,} nodes and {n_edges:,} edges do not fit into memory; "
            "leave out the largest graphs"
        )
    arrays: dict[str, NDArray[Any]] = {
        "nodes": _stacked([graph.nodes for graph in graphs], (n_nodes, form.width), 0.0),
        "n_nodes": np.array([len(graph.nodes) for graph in graphs], dtype=np.int32),
    }
    if form.n_neighbours:
        arrays["neighbours"] = _stacked([graph.heard for graph in graphs], (n_nodes, form.n_neighbours), -1)
    else:
        arrays["edges"] = _stacked([graph.edges.astype(np.int32) for graph in graphs], (n_edges, 2), -1)
    if form.edges:
        arrays["edge_values"] = _stacked([graph.edge_values for graph in graphs], (n_edges, form.edge_width), 0.0)
    arrays["columns"] = np.tile(column_of_place(form), (len(graphs), 1))
    return Inputs("graph", arrays), tuple(graph.notes for graph in graphs)


def column_of_place(form: GraphForm) -> NDArray[np.int16]:
    """The number of the column of each place of a prepared node, (F,); below 0 what is no column of its own."""
    if form.structure:
        return np.full(form.width, STRUCTURE_COLUMN, dtype=np.int16)
    n_places = 2 if form.positions else 0
    numbers = np.arange(len(form.nodes), dtype=np.int16)
    numbers[len(numbers) - n_places :] = PLACE_COLUMN
    return np.repeat(numbers, [column.width for column in form.nodes])


def _stacked(parts: Sequence[NDArray[Any]], shape: tuple[int, int], beyond: float) -> NDArray[Any]:
    stacked = np.full((len(parts), *shape), beyond, dtype=np.int32 if beyond else np.float32)
    for row, part in enumerate(parts):
        stacked[row, : len(part)] = part
    return stacked


def _prepared(form: GraphForm, raw: Any, name: str) -> _Prepared:
    graph = raw_graph(raw, name)
    said = messages(graph, form.directed)
    nodes, node_notes = _nodes(form, graph, said, name)
    edges, edge_notes = _edges(form, graph, said, name)
    heard = np.zeros((graph.n_nodes, 0), dtype=np.int32)
    if form.n_neighbours:
        heard, cut = neighbours(said.ends, graph.n_nodes, form.n_neighbours, nodes[:, -2:] if form.positions else None)
        edge_notes += (f"Of more than {form.n_neighbours} neighbours a node keeps the nearest",) if cut else ()
    ends = said.ends[:0] if form.n_neighbours else said.ends
    notes = (*node_notes, *_joining_notes(form, graph, said), *edge_notes)
    return _Prepared(nodes, heard, ends, edges, notes)


def _nodes(form: GraphForm, graph: RawGraph, said: Messages, name: str) -> tuple[NDArray[np.float32], Notes]:
    if form.structure:
        nodes = structure_of(tuple(column.name for column in form.nodes), graph.n_nodes, said.ends)
        too_large = graph.n_nodes > MOST_FOR_BETWEENNESS and len(form.nodes) > 1
        note = f"Of more than {MOST_FOR_BETWEENNESS} nodes no betweenness is computed; it was taken as 0"
        return nodes, (*_further(graph.nodes, (), "nodes"), *([note] if too_large else []))
    _check_widths(form.nodes, graph.nodes, graph.node_widths, f"{name} says {{!r}} of its nodes as lists of {{}}")
    _check_any(form.nodes, graph.nodes, name)
    rows, notes = _rows(form.nodes, graph.nodes, graph.n_nodes, "node", lambda row: f"{name}, node {row + 1}")
    if form.positions and rows.lacking[:, -2:].any():
        row = int(np.flatnonzero(rows.lacking[:, -2:].any(1))[0])
        raise UserError(f"{name}, node {row + 1}: x or y is missing; give every node its place")
    return rows.values, notes


def _edges(form: GraphForm, graph: RawGraph, said: Messages, name: str) -> tuple[NDArray[np.float32], Notes]:
    """The values of each message (E, G)."""
    _check_widths(form.edges, graph.edges, graph.edge_widths, f"{name} says {{!r}} of its edges as lists of {{}}")
    rows, notes = _rows(form.edges, graph.edges, len(graph.ends), "edge", lambda row: f"{name}, edge {row + 1}")
    return (rows.values if form.edges else np.zeros((len(graph.ends), 0), dtype=np.float32))[said.edge], notes


def _check_widths(columns: Sequence[Column], cells: Mapping[str, Cells], widths: Mapping[str, int], says: str) -> None:
    """Raises UserError for a list where training had single values, or lists of another length."""
    names = {column.name for column in columns}
    for attribute, width in widths.items():
        known = len(names.intersection(f"{attribute}_{number}" for number in range(1, len(names) + 1)))
        if known and known != width:
            raise UserError(f"{says.format(attribute, width)}, of {known} in training; bring lists of that length")
        if attribute in names - set(cells):
            raise UserError(f"{says.format(attribute, width)}; bring one value each, as in training")


def _check_any(columns: Sequence[Column], cells: Mapping[str, Cells], name: str) -> None:
    names = [column.name for column in columns]
    if not set(names) & set(cells):
        raise UserError(f"{name} says none of what is to be known of its nodes: {names_in(names)}; add it to them")


def _rows(
    columns: Sequence[Column], cells: Mapping[str, Cells], count: int, of: str, where: Callable[[int], str]
) -> tuple[Rows, Notes]:
    """The prepared rows of nodes or of edges, and notes."""
    taken = [cells.get(column.name, [None] * count) for column in columns]
    rows = prepare_rows(columns, taken, where)
    notes = [
        *_told(columns, rows.lacking, of, "without {}, which all had in training; judge with care"),
        *_told(columns, rows.other, of, "of a rare {}; all rare values count as one"),
    ]
    return rows, (*notes, *_further(cells, [column.name for column in columns], f"{of}s"))


def _told(columns: Sequence[Column], flags: Codes, of: str, sentence: str) -> list[str]:
    counts = {column.name: int(count) for column, count in zip(columns, flags.sum(0), strict=True) if count}
    return [
        f"There {'is' if count == 1 else 'are'} {count:,} {of}{'' if count == 1 else 's'} {sentence.format(name)}"
        for name, count in counts.items()
    ]


def _further(cells: Mapping[str, Cells], known: Sequence[str], of: str) -> Notes:
    further = [shown(name)[1:-1] for name in cells if name not in known]
    if not further:
        return ()
    return (f"What is said of the {of} beyond what the model reads ({names_in(further)}) was left out",)


def _joining_notes(form: GraphForm, graph: RawGraph, said: Messages) -> Notes:
    notes: Notes = ()
    if said.n_repeated:
        notes += (f"Repeated edges were counted once ({said.n_repeated:,} left out)",)
    if not form.directed and is_one_way(graph):
        notes += ("The edges have a direction; it was left out",)
    return notes

"""What the nodes and edges of a prepared graph say, in words or numbers again.

Shapes: N nodes, E edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sharcs_core.kinds.columns import Column, cells_of
from sharcs_core.kinds.graph.edges import edges_of, messages_of
from sharcs_core.kinds.graph.form import GraphForm
from sharcs_core.structures import Floats, Inputs

Said = list[dict[str, Any]]
"""Of each node or edge, column → what it says; without columns that say nothing."""


def said_of_nodes(form: GraphForm, inputs: Inputs, row: int) -> Said:
    """What each node says, (N,); nothing where their columns are computed from how nodes are joined."""
    nodes = inputs.arrays["nodes"][row][: int(inputs.arrays["n_nodes"][row])]
    return [{} for _ in nodes] if form.structure else _said(form.nodes, nodes)


def said_of_edges(form: GraphForm, inputs: Inputs, row: int, directed: bool | None = None) -> Said:
    """What each edge says, in the order of :func:`edges_of`, (E,).

    Args:
        directed: as there; None for as the form has it.
    """
    ends = edges_of(inputs, row, form.directed if directed is None else directed)
    if not form.edges:
        return [{} for _ in ends]
    place = {message: number for number, message in enumerate(map(tuple, messages_of(inputs, row).tolist()))}
    heard = [place.get((one, other), place.get((other, one))) for one, other in ends.tolist()]
    return _said(form.edges, inputs.arrays["edge_values"][row][heard])


def _said(columns: Sequence[Column], rows: Floats) -> Said:
    """What prepared rows say. Equal rows are read once."""
    read: dict[bytes, dict[str, Any]] = {}
    return [read.get(row.tobytes()) or read.setdefault(row.tobytes(), _values(columns, row)) for row in rows]


def _values(columns: Sequence[Column], row: Floats) -> dict[str, Any]:
    cells = zip(columns, cells_of(columns, row), strict=True)
    return {column.name: _value(column, cell) for column, cell in cells if cell}


def _value(column: Column, cell: str) -> str | float | int:
    if column.kind == "category":
        return cell
    return int(cell) if cell.lstrip("-").isdigit() else float(cell)

"""Graphs as Python people have them → the same for all: what each node and each edge says, and who is joined to whom.

Shapes: N nodes, E edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import word
from sharcs_core.kinds.columns.fitting import Cells
from sharcs_core.readers.graphs.node_link import NAMES_OF_EDGES
from sharcs_core.structures import Ints

PLACE = ("x", "y")
POSITION = "pos"
"""The attribute under which networkx and PyG keep the place of a node."""

NAME_OF_NODES = "id"
"""What a file calls a node by, as ``NAMES_OF_EDGES`` edges; no columns are made of it."""


@dataclass(frozen=True)
class RawGraph:
    """A graph in one shape, whatever it came from.

    Attributes:
        n_nodes: N, at least 1.
        nodes: attribute → what each node says, (N,); None where it says nothing.
        ends: (E, 2) positions of nodes, from and to.
        edges: attribute → what each edge says, (E,).
        directed: whether an edge says nothing of the way back.
        node_widths, edge_widths: attribute that was a list → how many entries; entry i of ``name`` is kept as
            ``name_i``, counted from 1.
    """

    n_nodes: int
    nodes: Mapping[str, Cells]
    ends: Ints
    edges: Mapping[str, Cells]
    directed: bool
    node_widths: Mapping[str, int] = field(default_factory=dict)
    edge_widths: Mapping[str, int] = field(default_factory=dict)


def raw_graph(raw: Any, where: str) -> RawGraph:
    """A networkx graph, or PyG's ``Data``, in the one shape.

    Raises:
        UserError: for what is no graph, has no nodes, or does not fit together.
    """
    import networkx as nx

    if isinstance(raw, RawGraph):
        return raw
    try:
        if isinstance(raw, nx.Graph):
            return _of_networkx(raw)
        if hasattr(raw, "edge_index") and hasattr(raw, "num_nodes"):
            return _of_pyg(raw)
    except UserError as error:
        raise UserError(f"{where} {error}") from None
    raise UserError(f"{where} is no graph (got {type(raw).__name__}); bring a networkx graph, or PyG's Data")


def _of_networkx(graph: Any) -> RawGraph:
    position = {node: number for number, node in enumerate(graph)}
    if not position:
        raise UserError("has no nodes; a graph needs at least one")
    ends = [(position[source], position[target]) for source, target in graph.edges()]
    of_nodes, node_widths = _columns([said for _, said in graph.nodes(data=True)], "node")
    of_edges, edge_widths = _columns([said for _, _, said in graph.edges(data=True)], "edge")
    return RawGraph(
        n_nodes=len(position),
        nodes={name: cells for name, cells in of_nodes.items() if name != NAME_OF_NODES},
        ends=np.array(ends, dtype=np.int64).reshape(-1, 2),
        edges={name: cells for name, cells in of_edges.items() if name not in NAMES_OF_EDGES},
        directed=graph.is_directed(),
        node_widths=node_widths,
        edge_widths=edge_widths,
    )


def _columns(said: Sequence[Mapping[Any, Any]], of: str) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """Attribute → its cells, lists of numbers taken apart; and how long these are."""
    keys = {name: word(name) for name in dict.fromkeys(name for one in said for name in one)}
    names = dict.fromkeys(filter(None, keys.values()))
    by_name = [{keys[name]: value for name, value in one.items()} for one in said]
    columns: dict[str, list[Any]] = {}
    widths: dict[str, int] = {}
    for name in names:
        cells = [one.get(name) for one in by_name]
        parts = _parts(name, cells, of)
        if parts is None:
            columns[name] = cells
            continue
        widths[name] = len(parts)
        columns |= dict(zip(part_names(name, len(parts), names), parts, strict=True))
    return columns, widths


def part_names(name: str, width: int, others: Iterable[str] = ()) -> list[str]:
    """What the entries of a list are called: ``x`` and ``y`` of a position, else by number from 1.

    >>> part_names("pos", 2), part_names("charge", 3)
    (['x', 'y'], ['charge_1', 'charge_2', 'charge_3'])
    """
    if name == POSITION and width == len(PLACE) and not set(PLACE) & set(others):
        return list(PLACE)
    return [f"{name}_{number}" for number in range(1, width + 1)]


def _parts(name: str, cells: Sequence[Any], of: str) -> list[list[Any]] | None:
    """The entries of lists, each as cells of its own; None where an attribute is no list.

    Raises:
        UserError: for lists of unequal length, beside single values, or inside each other.
    """
    lists = [_as_list(cell) for cell in cells]
    present = [one for one, cell in zip(lists, cells, strict=True) if cell is not None]
    if all(one is None for one in present):
        return None
    lengths = sorted({-1 if one is None else len(one) for one in present})
    if len(lengths) > 1 or lengths == [0]:
        told = ["a single value" if length < 0 else f"a list of {length}" for length in lengths]
        raise UserError(f"says {name!r} of its {of}s as {' and as '.join(told)}; bring lists of one length")
    return [[None if one is None else one[place] for one in lists] for place in range(lengths[0])]


def _as_list(cell: Any) -> list[Any] | None:
    if isinstance(cell, list | tuple):
        return list(cell)
    return list(cell.tolist()) if hasattr(cell, "tolist") and getattr(cell, "ndim", 0) == 1 else None


# -- PyG


def _of_pyg(data: Any) -> RawGraph:
    features, places = _table(data, "x"), _table(data, POSITION)
    ends = _ends(data)
    n_nodes = next((len(table) for table in (features, places) if table is not None), 0) or int(data.num_nodes or 0)
    if not n_nodes:
        raise UserError("has no nodes; a graph needs at least one")
    if places is not None and len(places) != n_nodes:
        raise UserError(f"has {len(places)} positions for {n_nodes} nodes; bring one for each")
    if len(ends) and not 0 <= ends.min() <= ends.max() < n_nodes:
        raise UserError(f"joins nodes {ends.min()} to {ends.max()} of {n_nodes}; edge_index counts them from 0")
    of_edges = _table(data, "edge_attr")
    if of_edges is not None and len(of_edges) != len(ends):
        raise UserError(f"has {len(of_edges)} rows of edge_attr for {len(ends)} edges; bring one for each")
    nodes, node_widths = _named({"x": features, POSITION: places})
    edges, edge_widths = _named({"edge_attr": of_edges})
    directed = not _is_symmetric(ends, of_edges)
    kept = slice(None) if directed else ends[:, 0] <= ends[:, 1]  # without direction each edge stands there both ways
    edges = {name: np.asarray(cells)[kept] for name, cells in edges.items()}
    return RawGraph(n_nodes, nodes, ends[kept], edges, directed, node_widths, edge_widths)


def _ends(data: Any) -> Ints:
    if data.edge_index is None:
        return np.zeros((0, 2), dtype=np.int64)
    index = _array(data.edge_index)
    if index.ndim != 2 or len(index) != 2 or index.dtype.kind not in "iu":
        raise UserError(f"has an edge_index of shape {index.shape}; it must be two rows of whole numbers")
    return index.T.astype(np.int64)


def _table(data: Any, name: str) -> NDArray[np.float64] | None:
    """An attribute of PyG's Data as rows of numbers."""
    values = getattr(data, name, None)
    if values is None:
        return None
    table = _array(values)
    if table.ndim not in (1, 2) or table.dtype.kind not in "iufb":
        raise UserError(f"has {name} of shape {table.shape} and type {table.dtype}; it must be rows of numbers")
    return table.reshape(len(table), -1).astype(np.float64)


def _array(values: Any) -> NDArray[Any]:
    if hasattr(values, "detach"):  # a tensor, wherever it is
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    return np.asarray(values)


def _named(tables: Mapping[str, NDArray[np.float64] | None]) -> tuple[dict[str, Cells], dict[str, int]]:
    there = {name: table for name, table in tables.items() if table is not None and table.shape[1]}
    columns: dict[str, Cells] = {}
    for name, table in there.items():
        columns |= dict(zip(part_names(name, table.shape[1]), table.T, strict=True))
    return columns, {name: table.shape[1] for name, table in there.items()}


def _is_symmetric(ends: Ints, values: NDArray[np.float64] | None) -> bool:
    """Whether each edge stands there the other way too, and says the same both ways."""
    said = np.zeros((len(ends), 0)) if values is None else values
    ways = [np.column_stack([way, said]) for way in (ends, ends[:, ::-1])]
    one, other = (rows[np.lexsort(rows.T[::-1])] for rows in ways)
    return bool(np.array_equal(one, other, equal_nan=True))


def takes(raw: object) -> bool:
    """Whether it is a graph of networkx or of PyG."""
    return hasattr(raw, "edge_index") or (hasattr(raw, "nodes") and hasattr(raw, "edges"))

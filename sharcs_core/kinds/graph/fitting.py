"""Training graphs → what the graphs of a modality are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column, fit_column, natural
from sharcs_core.kinds.columns.cells import number_in
from sharcs_core.kinds.columns.fitting import Cells, numbers_in, said_in
from sharcs_core.kinds.graph.edges import messages, most_heard
from sharcs_core.kinds.graph.form import MOST_FOR_BETWEENNESS, MOST_NEIGHBOURS, STRUCTURE, GraphForm
from sharcs_core.kinds.graph.raw import PLACE, RawGraph, raw_graph
from sharcs_core.structures import Floats


def fit(raws: Sequence[Any]) -> GraphForm:
    """What training graphs are like: networkx graphs, or PyG's ``Data``.

    Every attribute of a node or an edge is a column, those that are lists one column an entry. Where each node has
    ``x`` and ``y``, or a ``pos`` of two numbers, these are its place in the plane. Where nodes say nothing, their
    columns are computed from how they are joined.

    Raises:
        UserError: for what are no such graphs.
    """
    graphs = [raw_graph(raw, f"Graph {number}") for number, raw in enumerate(raws, start=1)]
    if not graphs:
        raise UserError("Graphs need at least one training graph to learn their columns from (got none)")
    for of in ("node", "edge"):
        _check_widths([getattr(graph, f"{of}_widths") for graph in graphs], of)
    directed = any(graph.directed for graph in graphs)
    said = [messages(graph, directed).ends for graph in graphs]
    most = max(map(most_heard, said))
    places = _places(graphs)
    columns = _fitted([graph.nodes for graph in graphs], [graph.n_nodes for graph in graphs], without=places)
    nodes = (*columns, *_place_columns(graphs)) if places else columns
    edges = _fitted([graph.edges for graph in graphs], [len(graph.ends) for graph in graphs])
    most_nodes = max(graph.n_nodes for graph in graphs)
    packed = bool(places) and not edges and most <= MOST_NEIGHBOURS
    return GraphForm(
        nodes=nodes or _structure(most_nodes),
        edges=edges,
        positions=bool(places),
        directed=directed,
        most_nodes=most_nodes,
        most_edges=0 if packed else max(map(len, said)),
        n_neighbours=max(1, most) if packed else 0,
        structure=not nodes,
    )


def _check_widths(widths: Sequence[Mapping[str, int]], of: str) -> None:
    for name in sorted({name for one in widths for name in one}):
        found = sorted({one[name] for one in widths if name in one})
        if len(found) > 1:
            raise UserError(
                f"Graphs say {name!r} of their {of}s as lists of {found[0]} and of {found[1]}; "
                "bring lists of one length"
            )


def _fitted(
    of_graphs: Sequence[Mapping[str, Cells]], counts: Sequence[int], without: Sequence[str] = ()
) -> tuple[Column, ...]:
    """A column an attribute of any graph, in natural order; a graph without it lacks it everywhere."""
    names = sorted({name for of_one in of_graphs for name in of_one} - set(without), key=natural)
    return tuple(fit_column(name, _cells(of_graphs, counts, name)) for name in names)


def _cells(of_graphs: Sequence[Mapping[str, Cells]], counts: Sequence[int], name: str) -> Cells:
    cells = [of_one.get(name, [None] * count) for of_one, count in zip(of_graphs, counts, strict=True)]
    arrays = [numbers_in(one) for one in cells]
    if all(array is not None for array in arrays):
        return np.concatenate([array for array in arrays if array is not None])
    return [cell for one in cells for cell in one]


def _places(graphs: Sequence[RawGraph]) -> tuple[str, ...]:
    """The columns that are a node's place, none where some node has none."""
    return PLACE if all(name in graph.nodes and _all_numbers(name, graph) for graph in graphs for name in PLACE) else ()


def _all_numbers(name: str, graph: RawGraph) -> bool:
    return all(cell is not None and number_in(cell) is not None for cell in said_in(name, graph.nodes[name]))


def _place_columns(graphs: Sequence[RawGraph]) -> tuple[Column, ...]:
    """x and y such that training graphs lie between 0 and 1; the scale is one, so that nothing is squashed."""
    values = {name: np.concatenate([_numbers(name, graph) for graph in graphs]) for name in PLACE}
    fitted = {name: fit_column(name, values[name]) for name in PLACE}  # refuses what is not finite
    widest = max(float(np.ptp(of_one)) for of_one in values.values())
    scale = widest if 0 < widest < np.inf else 1.0
    return tuple(Column(name, fitted[name].kind, mean=float(values[name].min()), scale=scale) for name in PLACE)


def _numbers(name: str, graph: RawGraph) -> Floats:
    return np.array([number_in(cell) for cell in said_in(name, graph.nodes[name])], dtype=np.float64)


def _structure(most_nodes: int) -> tuple[Column, ...]:
    return tuple(Column(name) for name in STRUCTURE[: 2 if most_nodes <= MOST_FOR_BETWEENNESS else 1])

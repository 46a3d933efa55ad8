"""What the graphs of a modality are like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.kind import Form, frozen_form

STRUCTURE = ("log_degree", "betweenness")
"""Columns of a node that are computed from how nodes are joined: ln(1 + number of other nodes that it is joined to),
and the share of shortest paths between others that lead through it, in [0, 1]."""

MOST_FOR_BETWEENNESS = 200
"""Of larger graphs betweenness takes too long; it is 0."""

MOST_NEIGHBOURS = 16
"""Edges are kept as neighbours only where no node of training has more of them."""

Count = Annotated[int, Field(ge=0)]


@frozen_form
class GraphForm(Form):
    """Graphs of nodes with features, joined by edges that may have features too.

    Edges are kept in one of two ways. As ``neighbours``, so many places a node, where nodes have a place in the plane,
    edges have no columns, and no node of training has more than ``MOST_NEIGHBOURS``: convolving over those is quicker.
    As a list, ``edges``, everywhere else.

    Attributes:
        nodes: the columns of a node.
        edges: the columns of an edge.
        positions: whether the last two columns of a node are its place in the plane, x and y in [0, 1].
        directed: whether an edge from one node to another says nothing of the way back.
        most_nodes: of a training graph; smaller ones are padded to as many.
        most_edges: of a training graph, one without direction counted once each way; 0 where they are neighbours.
        n_neighbours: places for the neighbours of a node; 0 where edges are a list.
        structure: whether the columns of a node are computed from how nodes are joined, some of ``STRUCTURE``; so it
            is where nodes say nothing themselves.
    """

    kind = "graph"

    nodes: tuple[Column, ...]
    edges: tuple[Column, ...] = ()
    positions: bool = False
    directed: bool = False
    most_nodes: Annotated[int, Field(ge=1)] = 1
    most_edges: Count = 0
    n_neighbours: Count = 0
    structure: bool = False

    @property
    def width(self) -> int:
        """Places of a prepared node."""
        return sum(column.width for column in self.nodes)

    @property
    def edge_width(self) -> int:
        """Places of a prepared edge."""
        return sum(column.width for column in self.edges)


def drawable(form: GraphForm) -> dict[str, tuple[str, ...]]:
    """Part of a drawing → the attributes of its graphs that may say it.

    ``node``: what is written in the place of a node. ``edge``: of how many lines an edge is. ``unwritten``: the value
    that goes without saying where ``node`` says it.
    """
    words = [column for column in form.nodes if column.kind == "category"]
    values = tuple(value for column in words for value in column.values)
    orders = tuple(column.name for column in form.edges if column.kind == "category")
    return {"node": tuple(column.name for column in words), "edge": orders, "unwritten": values}


def words_of(form: GraphForm) -> tuple[str, ...]:
    """None: a graph counts no words."""
    return ()

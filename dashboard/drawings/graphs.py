"""Graphs as SVG: nodes where they lie in a picture, or laid out by their edges.

Shapes: N nodes, D neighbours of a node, F features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from markupsafe import Markup

from drawings.look import Look
from drawings.markup import html, joined
from drawings.theme import QUIET
from sharcs_core.kinds.graph import GraphForm, edges_of, said_of_edges, said_of_nodes
from sharcs_core.named import counted
from sharcs_core.structures import Codes, Floats, Inputs

FLAT = 0.62
"""Height of a laid out graph for a width of 1."""
GROUND = "#0B0D12"
MOST_SPRUNG = 400
"""Nodes that are laid out by their edges; that takes a second, and minutes for thousands, which stand in a circle."""
LARGEST_DOT = 5
BETWEEN = 2
"""Between two rings there is room for a ring of so many nodes."""
THIN, DRAWN = ("0.6", ".22"), ("2.4", ".8")
"""Width and opacity of edges in a picture: between all that lie near, and where the edges are what is drawn."""
FEW = 1.5
"""Edges a node of a drawing at most; nodes that are joined to all that lie near have more."""
FULL = 0.7
"""How bright a node is where nothing says so."""

Edges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Graph:
    """One graph as it is drawn.

    Attributes:
        places: (N, 2), x in [0, 1] and y, downwards, in [0, 1] or, of one that is laid out, in [0, FLAT].
        shades: (N,) in [0, 1], how bright or full each node is.
        edges: undirected, each once.
        words: (N,) what is written in the place of each node, nothing where that goes without saying; None where no
            node has a word.
        orders: what each edge says of how many lines it is; None where none says it.
    """

    places: Floats
    shades: Floats
    edges: Edges
    words: tuple[str, ...] | None = None
    orders: tuple[str, ...] | None = None

    @property
    def dot(self) -> float:
        """How large a node is drawn in a picture of 100 by 100: smaller the more there are."""
        return float(min(LARGEST_DOT, 30 / max(1, len(self.places)) ** 0.5))


def graph_of(inputs: Inputs, row: int, look: Look) -> Graph:
    """One graph, placed and shaded as ``look`` says."""
    n_nodes = int(inputs.arrays["n_nodes"][row])
    nodes = np.asarray(inputs.arrays["nodes"][row][:n_nodes], dtype=np.float64)
    ends = edges_of(inputs, row)
    is_seen = ends[:, 0] != ends[:, 1]
    edges = tuple((int(one), int(other)) for one, other in ends[is_seen])
    places = layout(n_nodes, edges, look.rings) if look.place is None else np.clip(nodes[:, look.place], 0, 1)
    return Graph(places, _shades(nodes, look), edges, _words(inputs, row, look), _orders(inputs, row, look, is_seen))


def _words(inputs: Inputs, row: int, look: Look) -> tuple[str, ...] | None:
    name, form = look.draws.get("node"), look.form
    if name is None or not isinstance(form, GraphForm):
        return None
    said = (str(node.get(name, "")) for node in said_of_nodes(form, inputs, row))
    return tuple("" if word == look.draws.get("unwritten") else word for word in said)


def _orders(inputs: Inputs, row: int, look: Look, is_seen: Codes) -> tuple[str, ...] | None:
    name, form = look.draws.get("edge"), look.form
    if name is None or not isinstance(form, GraphForm):
        return None
    said = said_of_edges(form, inputs, row, directed=False)
    return tuple(str(edge.get(name, "")) for edge, seen in zip(said, is_seen, strict=True) if seen)


def _shades(nodes: Floats, look: Look) -> Floats:
    """How bright nodes (N, F) are; in what range, :class:`Look` says."""
    if look.shade is None:
        return np.full(len(nodes), FULL)
    values = nodes[:, look.shade]
    fullest = 1.0 if look.place is not None else max(float(values.max(initial=0)), 1e-9)
    low, high = look.shade_range or (0.0, fullest)
    shades: Floats = np.clip((values - low) / (high - low), 0, 1)
    return shades


def layout(n_nodes: int, edges: Edges, rings: tuple[int, ...] = ()) -> Floats:
    """A place for every node, the same each time, (N, 2): x in [0, 1], y in [0, FLAT].

    Nodes that are known to stand in ``rings`` do so, the rings side by side, so that a ring is seen as a ring and
    noise as chords. Others are laid out by their edges.
    """
    if n_nodes and n_nodes == sum(rings):
        return _in_rings(rings)
    if n_nodes > MOST_SPRUNG:
        return _circle(n_nodes, 0.5, FLAT / 2)
    import networkx as nx

    graph = nx.Graph(list(edges))
    graph.add_nodes_from(range(n_nodes))
    found = nx.spring_layout(graph, seed=0, iterations=60)
    places = np.array([found[node] for node in range(n_nodes)]).reshape(n_nodes, 2)
    low, high = places.min(0, initial=np.inf), places.max(0, initial=-np.inf)
    spread = np.where(high > low, high - low, 1)
    return np.where(high > low, (places - low) / spread, 0.5) * (1, FLAT)


def _in_rings(rings: Sequence[int]) -> Floats:
    """Circles side by side, as wide as they have nodes, the last node of one facing the first of the next."""
    widths = np.array(rings, dtype=np.float64)
    scale = min(1 / (widths.sum() + BETWEEN * (len(rings) - 1)), FLAT / widths.max())
    starts = [0.0, *accumulate(width + BETWEEN for width in widths[:-1])]
    placed = [
        _circle(n, scale * (start + n / 2), scale * n / 2, 1 / n if number == 0 else 0.5)
        for number, (n, start) in enumerate(zip(rings, starts, strict=True))
    ]
    return np.concatenate(placed)


def _circle(n: int, x: float, radius: float, turn: float = 0.0) -> Floats:
    """``n`` places on a circle around (x, FLAT / 2), the first so far on from the right, in turns."""
    angle = 2 * np.pi * (np.arange(n) / n + turn)
    return np.stack([x + radius * np.cos(angle), FLAT / 2 + radius * np.sin(angle)], axis=1)


def draw_in_place(graph: Graph) -> Markup:
    """SVG, 100 by 100, of nodes that lie in a picture, on its dark ground."""
    places = 6 + graph.places * 88
    width, opacity = DRAWN if len(graph.edges) <= FEW * len(graph.places) else THIN
    dots = joined(
        html(
            '<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}"/>',
            x,
            y,
            (2.2 + 1.6 * light) * min(1.0, graph.dot / 3),
            grey(light),
        )
        for light, (x, y) in zip(graph.shades, places, strict=True)
    )
    return html(
        '<rect width="100" height="100" fill="{}"/>'
        '<path d="{}" stroke="#7F9BC2" stroke-opacity="{}" stroke-width="{}" fill="none"/>{}',
        GROUND,
        _lines(graph.edges, places),
        opacity,
        width,
        dots,
    )


def draw_laid_out(graph: Graph, colour: str) -> Markup:
    """SVG, 100 wide and 14 + 86 × FLAT high, of nodes without a place of their own; the fuller, the higher a value."""
    places = 7 + graph.places * 86
    dots = joined(
        html(
            '<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{colour}" fill-opacity="{:.2f}" stroke="{colour}" '
            'stroke-width="1.4"/>',
            x,
            y,
            graph.dot,
            0.12 + 0.88 * shade,
            colour=colour,
        )
        for shade, (x, y) in zip(graph.shades, places, strict=True)
    )
    lines = _lines(graph.edges, places)
    return html('<path d="{}" stroke="{}" stroke-width="1.3" fill="none"/>{}', lines, QUIET, dots)


def measures(graph: Graph, look: Look) -> str:
    """How many nodes a graph has, and how many edges where these are seen."""
    nodes = counted(len(graph.places), look.node)
    return nodes if look.place is not None else f"{nodes}, {counted(len(graph.edges), 'edge')}"


def grey(light: float) -> str:
    """The grey of a brightness in [0, 1]; none is as dark as the ground."""
    level = round(46 + 209 * min(max(light, 0.0), 1.0))
    return f"rgb({level},{level},{level})"


def _lines(edges: Edges, places: Floats) -> str:
    return "".join(f"M{_at(places[a])}L{_at(places[b])}" for a, b in edges)


def _at(place: Floats) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"

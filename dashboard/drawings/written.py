"""Graphs whose nodes are words and whose edges may be several lines, as chemists draw molecules.

Nothing here knows molecules: which attribute is written, which says how many lines an edge is, and what goes without
saying, the card of the task says.

Shapes: N nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import dist
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from drawings.graphs import Graph
from drawings.markup import html, joined
from drawings.theme import FONT, QUIET
from sharcs_core.structures import Floats

MARGIN, WIDTH, LEAST_HEIGHT = 9.0, 100.0, 36.0
LONGEST = 17.0
"""Of an edge: a graph of few nodes is not drawn larger than others."""
GAP = 0.17
"""Between parallel lines, as a share of the usual edge."""
DASHES = "2.4 1.8"

LINES: Mapping[str, tuple[int, bool]] = {
    "double": (2, False),
    "2": (2, False),
    "triple": (3, False),
    "3": (3, False),
    "aromatic": (2, True),
    "1.5": (2, True),
}
"""What an edge says → how many lines it is, and whether the second is dashed; all else is one line."""

COLOURS: Mapping[str, str] = {
    "O": "#D7263D",
    "N": "#3A6FE0",
    "S": "#B8920A",
    "P": "#D9730D",
    "F": "#2E9E4F",
    "Cl": "#2E9E4F",
    "Br": "#A8572B",
    "I": "#8A3FC4",
}
"""The colours in which chemists write elements, each readable on light and on dark ground."""


def colour_of(word: str, usual: str) -> str:
    """The colour that a word is written in; ``usual`` where it has none of its own."""
    return COLOURS.get(word, usual)


def spread(graph: Graph) -> Floats:
    """The places of the nodes (N, 2), moved to the middle of a square of side 1 and as large as it lets them be."""
    low, high = graph.places.min(0), graph.places.max(0)
    size = float((high - low).max()) or 1.0
    usual = _usual_edge(graph) / size
    size *= max(1.0, usual / (LONGEST / 60))
    centred: Floats = (graph.places - (low + high) / 2) / size + 0.5
    return centred


def _usual_edge(graph: Graph) -> float:
    """The median length of an edge; of a graph without edges nothing."""
    lengths = [dist(graph.places[a], graph.places[b]) for a, b in graph.edges]
    return float(np.median(lengths)) if lengths else 0.0


class _Drawn(NamedTuple):
    """A graph on its sheet: places (N, 2), the length of a usual edge, the height of the sheet."""

    places: Floats
    edge: float
    height: float


def _laid(graph: Graph) -> _Drawn:
    low, high = graph.places.min(0), graph.places.max(0)
    room, usual = WIDTH - 2 * MARGIN, _usual_edge(graph)
    size = np.maximum(high - low, 1e-9)
    scale = min(room / float(size.max()), LONGEST / usual if usual else np.inf)
    height = max(LEAST_HEIGHT, float(size[1]) * scale + 2 * MARGIN)
    places = (graph.places - (low + high) / 2) * scale + (WIDTH / 2, height / 2)
    return _Drawn(places, usual * scale or LONGEST, height)


def draw_written(graph: Graph, colour: str) -> tuple[Markup, float]:
    """SVG, 100 wide, and its height: lines between nodes, and words where they do not go without saying.

    Args:
        colour: of words that have none of their own.
    """
    body, height, _ = written_and_places(graph, colour)
    return body, height


def written_and_places(graph: Graph, colour: str) -> tuple[Markup, float, Floats]:
    """As :func:`draw_written`, and where the nodes stand on it, (N, 2)."""
    assert graph.words is not None
    drawn = _laid(graph)
    lines = joined(line for number in range(len(graph.edges)) for line in _edge(graph, drawn, number))
    alone = {node for edge in graph.edges for node in edge}
    words = joined(
        _word(word or ("" if node in alone else "•"), drawn.places[node], drawn.edge, colour)
        for node, word in enumerate(graph.words)
        if word or node not in alone
    )
    return (
        html('<g stroke="{}" stroke-linecap="round" fill="none">{}</g>{}', QUIET, lines, words),
        drawn.height,
        drawn.places,
    )


def _word(word: str, place: Floats, edge: float, colour: str) -> Markup:
    size = _size(edge)
    return html(
        '<text x="{:.1f}" y="{:.1f}" text-anchor="middle" font-family="{}" font-weight="600" font-size="{:.1f}" '
        'fill="{}">{}</text>',
        place[0],
        place[1] + 0.36 * size,
        FONT.replace("'", ""),
        size,
        colour_of(word, colour),
        word[:4],
    )


def _size(edge: float) -> float:
    """Of letters, in a drawing whose edges are so long."""
    return min(9.0, max(3.4, 0.62 * edge))


def _edge(graph: Graph, drawn: _Drawn, number: int) -> Iterator[Markup]:
    """The lines of an edge, shorter where they end at a word."""
    assert graph.words is not None
    a, b = graph.edges[number]
    start, end = drawn.places[a], drawn.places[b]
    length = dist(start, end) or 1.0
    along = (end - start) / length
    room = 0.62 * _size(drawn.edge)
    from_, to = (start + along * room * bool(graph.words[a]), end - along * room * bool(graph.words[b]))
    n_lines, is_dashed = LINES.get(graph.orders[number], (1, False)) if graph.orders else (1, False)
    across = np.array([-along[1], along[0]]) * GAP * drawn.edge
    shifts = _shifts(n_lines, _side(graph, drawn, (a, b), across))
    for place, shift in enumerate(shifts):
        inner = along * 0.12 * drawn.edge if abs(shift) == 1 and n_lines == 2 else 0 * along
        dashed = DASHES if is_dashed and place else ""
        yield _line(from_ + shift * across + inner, to + shift * across - inner, drawn.edge, dashed)


def _shifts(n_lines: int, side: int) -> tuple[float, ...]:
    """How far each line is from the middle, in gaps; the second of two lies at the side where the neighbours are."""
    if n_lines == 2:
        return (0.0, float(side)) if side else (-0.5, 0.5)
    return (0.0, 1.0, -1.0)[:n_lines]


def _side(graph: Graph, drawn: _Drawn, ends: tuple[int, int], across: Floats) -> int:
    """1 or -1: at which side of an edge more of what its ends are joined to lies; 0 where neither."""
    beside = [pair for edge in graph.edges for pair in (edge, edge[::-1]) if pair[0] in ends and pair[1] not in ends]
    if len({one for one, _ in beside}) < 2:
        return 0  # one of its ends is joined to nothing else
    others = [other for _, other in beside]
    middle = (drawn.places[ends[0]] + drawn.places[ends[1]]) / 2
    leaning = float(sum(np.sign(np.round((drawn.places[other] - middle) @ across, 3)) for other in others))
    return int(np.sign(leaning))


def _line(start: Floats, end: Floats, edge: float, dashes: str) -> Markup:
    return html(
        '<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke-width="{:.2f}" stroke-dasharray="{}"/>',
        *start,
        *end,
        min(1.6, max(0.7, 0.1 * edge)),
        dashes or "none",
    )

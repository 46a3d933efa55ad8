"""One input with its parts lit: what speaks for something in one colour, what speaks against it in another.

The input itself stands back, in grey, so that the two colours are seen on whatever it shows; whoever draws this has the
bare input beside it.

Shapes: (H, W) of a picture's pixels, N nodes and E edges of a graph, F cells of a row, L words of a sentence.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup
from PIL import Image, ImageColor

from drawings import cells, graphs, written
from drawings.graphs import Graph
from drawings.look import Look
from drawings.markup import html, joined
from drawings.pictures import CRISP_SIDE, Picture, data_address, in_8_bits, svg_picture
from drawings.theme import AGAINST, FOR, QUIET
from sharcs_core.kinds.graph import edges_of
from sharcs_core.structures import Floats, Inputs

BACK, LEVELS = 44, 0.6
"""A picture that stands back: its black, and what is left of its contrast."""
FAINTEST, MOST = 0.04, 0.85
"""Light that is weaker is not drawn; of the strongest so much of the colour lies over what is lit."""


@dataclass(frozen=True)
class Light:
    """How strongly each part of an input is lit: in [-1, 1], above 0 for and below 0 against.

    Attributes:
        parts: (H, W), (N,), (F,) or (L,).
        edges: (E,) of a graph, in the order of :func:`~sharcs_core.kinds.graph.edges_of`; None of all else.
    """

    parts: Floats
    edges: Floats | None = None


def lit_pixels(inputs: Inputs, row: int, look: Look, light: Light) -> Picture:
    """A picture in grey with its pixels lit."""
    shown = np.asarray(Image.fromarray(in_8_bits(inputs.arrays["pixels"][row])).convert("L"), dtype=np.float64)
    return _painted(shown, light.parts)


def lit_graph(inputs: Inputs, row: int, look: Look, light: Light) -> Picture:
    """A graph with its nodes and edges lit; one that was made of a picture as that picture's regions."""
    graph, light = graphs.graph_of(inputs, row, look), _without_loops(inputs, row, light)
    if "segments" in inputs.arrays:
        regions = np.asarray(inputs.arrays["segments"][row], dtype=np.int64)
        return _painted(255 * graph.shades[regions], light.parts[regions])
    if graph.words is not None:
        body, height, places = written.written_and_places(graph, look.colour("graph"))
        return svg_picture(_halos(graph, places, light, 0.5 * written.LONGEST) + body, height, has_ground=False)
    if look.place is not None:
        return svg_picture(_in_place(graph, light), 100, has_ground=True)
    places = 7 + graph.places * 86
    body = _halos(graph, places, light, 2.1 * graph.dot) + graphs.draw_laid_out(graph, QUIET)
    return svg_picture(body, 14 + 86 * graphs.FLAT, has_ground=False)


def _without_loops(inputs: Inputs, row: int, light: Light) -> Light:
    """Light without that of edges from a node to itself, which are not drawn."""
    if light.edges is None:
        return light
    ends = edges_of(inputs, row)
    return replace(light, edges=light.edges[ends[:, 0] != ends[:, 1]])


def lit_table(inputs: Inputs, row: int, look: Look, light: Light) -> Picture:
    """A row of a table with its cells lit; of a wide one those that are lit most come first."""
    values = cells.words_of(inputs, row, look)
    order = list(range(len(values)))
    if len(values) > cells.MOST_LINES:
        order = sorted(order, key=lambda cell: -abs(light.parts[cell]))
        look = replace(look, columns=tuple(look.column(cell) for cell in order))
    washes = tuple(_wash(float(light.parts[cell])) for cell in order)
    body, height = cells.draw_row([values[cell] for cell in order], look, washes)
    return svg_picture(body, height, has_ground=False)


def lit_words(words: Sequence[str], light: Light) -> Markup:
    """The words of a sentence, each on the colour that it is lit in."""
    marks = (
        html(
            '<mark style="color:inherit;border-radius:3px;padding:0 .12em;'
            'background:color-mix(in srgb, {} {:.0%}, transparent)">{}</mark>',
            *_wash(float(share)),
            word,
        )
        for word, share in zip(words, light.parts, strict=True)
    )
    return joined(marks, " ")


def _wash(share: float) -> tuple[str, float]:
    """The colour of light of a strength, and how much of it is mixed in, in [0, 1]."""
    strength = min(abs(share), 1.0) if abs(share) > FAINTEST else 0.0
    return (FOR if share >= 0 else AGAINST), MOST * strength


def _painted(brightness: Floats, light: Floats) -> Picture:
    """Brightness (H, W), 0 to 255, that stands back, under its light (H, W)."""
    ground = np.repeat((BACK + LEVELS * brightness)[..., None], 3, axis=2)
    ink = np.where((light >= 0)[..., None], ImageColor.getrgb(FOR), ImageColor.getrgb(AGAINST))
    strength = MOST * np.clip(np.abs(light), 0, 1)[..., None]
    painted = Image.fromarray(np.clip(ground * (1 - strength) + ink * strength, 0, 255).astype(np.uint8))
    content, (height, width) = io.BytesIO(), brightness.shape
    painted.save(content, "PNG")
    crisp = max(height, width) <= CRISP_SIDE
    return Picture(data_address(content.getvalue(), "png"), width, height, "", is_crisp=crisp)


def _in_place(graph: Graph, light: Light) -> Markup:
    """A graph in its picture: its nodes as large as they are drawn, the lit ones in their colour."""
    places = 6 + graph.places * 88
    return graphs.draw_in_place(graph) + _halos(graph, places, light, 1.5 * graph.dot)


def _halos(graph: Graph, places: Floats, light: Light, radius: float) -> Markup:
    """Lit edges as broad lines and lit nodes as discs."""
    lines = joined(
        html('<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke-width="{:.1f}"{}/>', *places[a], *places[b], radius, wash)
        for (a, b), wash in zip(graph.edges, _washes(light.edges, "stroke"), strict=light.edges is not None)
    )
    discs = joined(
        html('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}"{}/>', *place, radius, wash)
        for place, wash in zip(places, _washes(light.parts, "fill"), strict=True)
    )
    return html('<g stroke-linecap="round">{}</g><g>{}</g>', lines, discs)


def _washes(light: Floats | None, what: str) -> tuple[Markup, ...]:
    """Attributes that paint, one a part."""
    found = map(_wash, () if light is None else map(float, light))
    return tuple(html(' {}="{}" {}-opacity="{:.2f}"', what, colour, what, part) for colour, part in found)

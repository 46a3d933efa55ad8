"""One input with its parts lit: what speaks for something in one colour, what speaks against it in another.

The input itself stands back, in grey, so that the two colours are seen on whatever it shows; whoever draws this has the
bare input beside it.

Shapes: (H, W) of a picture's pixels, N nodes and E edges of a graph, F cells of a row, L words of a sentence.
"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from markupsafe import Markup
from PIL import Image, ImageColor

from drawings import cells, graphs, written
from drawings.look import Look
from drawings.markup import html, joined
from drawings.pictures import CRISP_SIDE, Picture, data_address, in_8_bits, svg_picture
from drawings.theme import AGAINST, FOR, QUIET
from sharcs_core.structures import Floats, Inputs, OnGraph, OnPicture, OnTable, OnText
from sharcs_core.structures.where import over_regions
from sharcs_core.where.showing import softened, strengths

BACK, LEVELS = 44, 0.6
"""A picture that stands back: its black, and what is left of its contrast."""
FAINTEST, MOST = 0.04, 0.85
"""Light that is weaker is not drawn; of the strongest so much of the colour lies over what is lit."""


def lit_pixels(inputs: Inputs, row: int, look: Look, part: OnPicture) -> Picture:
    """A picture in grey with its pixels lit."""
    shown = np.asarray(Image.fromarray(in_8_bits(inputs.arrays["pixels"][row])).convert("L"), dtype=np.float64)
    return _painted(shown, strengths(softened(part)))


def lit_graph(inputs: Inputs, row: int, look: Look, part: OnGraph) -> Picture:
    """A graph with its nodes and edges lit; one that was made of a picture as that picture's regions."""
    graph = graphs.graph_of(inputs, row, look)
    if part.regions is not None:
        return _painted(
            over_regions(255 * graph.shades, part.regions), over_regions(strengths(part.nodes), part.regions)
        )
    if graph.words is not None:
        body, height, places = written.written_and_places(graph, look.colour("graph"))
        return svg_picture(_halos(places, part, written.LONGEST / 2) + body, height, has_ground=False)
    if look.place is not None:
        discs = _halos(6 + graph.places * 88, part, 1.5 * graph.dot)
        return svg_picture(graphs.draw_in_place(graph) + discs, 100, has_ground=True)
    body = _halos(7 + graph.places * 86, part, 1.35 * graph.dot) + graphs.draw_laid_out(graph, QUIET)
    return svg_picture(body, 14 + 86 * graphs.FLAT, has_ground=False)


def lit_table(inputs: Inputs, row: int, look: Look, part: OnTable) -> Picture:
    """A row of a table with its cells lit; of a wide one those that are lit most come first."""
    values = cells.words_of(inputs, row, look)
    light, order = strengths(part.cells), list(range(len(values)))
    if len(values) > cells.MOST_LINES:
        order = sorted(order, key=lambda cell: -abs(light[cell]))
        look = replace(look, columns=tuple(look.column(cell) for cell in order))
    washes = tuple(_wash(float(light[cell])) for cell in order)
    body, height = cells.draw_row([values[cell] for cell in order], look, washes)
    return svg_picture(body, height, has_ground=False)


def lit_text(part: OnText) -> Markup:
    """A text, each of its words on the colour that it is lit in."""
    pieces: list[str] = []
    end = 0
    for (start, stop), light in zip(part.places.tolist(), map(float, strengths(part.shares)), strict=True):
        pieces += [part.text[end:start], _marked(part.text[start:stop], light)]
        end = stop
    return joined([*pieces, part.text[end:]])


def _marked(word: str, light: float) -> Markup:
    return html(
        '<mark style="color:inherit;border-radius:3px;padding:0 .12em;'
        'background:color-mix(in srgb, {} {:.0%}, transparent)">{}</mark>',
        *_wash(light),
        word,
    )


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


def _halos(places: Floats, part: OnGraph, radius: float) -> Markup:
    """Lit edges as broad lines and lit nodes as discs, around nodes at ``places`` (N, 2)."""
    # nodes and edges are lit by one measure
    light = strengths(part.flat())
    discs, lines = light[: len(part.nodes)], light[len(part.nodes) :]
    drawn_lines = joined(
        html('<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}"{}/>', *places[a], *places[b], _paint("stroke", float(one)))
        for (a, b), one in zip(part.ends.tolist(), lines, strict=True)
    )
    drawn_discs = joined(
        html('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}"{}/>', *place, radius, _paint("fill", float(one)))
        for place, one in zip(places, discs, strict=True)
    )
    return html('<g stroke-linecap="round" stroke-width="{:.1f}">{}</g>{}', radius, drawn_lines, drawn_discs)


def _paint(what: str, light: float) -> Markup:
    """The attributes that paint a line, or a disc, in its light."""
    colour, opacity = _wash(light)
    return html(' {what}="{}" {what}-opacity="{:.2f}"', colour, opacity, what=what)


def legend() -> Markup:
    """What the two colours mean."""
    parts = ((FOR, "speaks for it"), (AGAINST, "speaks against it"))
    return html(
        "<div class='lit-legend'>{}</div>",
        joined(html("<span><i style='background:{}'></i>{}</span>", colour, told) for colour, told in parts),
    )

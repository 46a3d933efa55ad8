"""An input as a small picture on dark ground, for the map.

Shapes: n inputs, F values of a row.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from drawings.cells import IN_A_ROW, share_of_range
from drawings.graphs import GROUND, Graph, graph_of
from drawings.look import Look
from drawings.pictures import CRISP_SIDE, in_8_bits
from drawings.written import colour_of, spread
from sharcs_core.structures import Floats, Inputs

Shape = tuple[int, int]
"""Width and height in pixels."""


def pixels_tile(inputs: Inputs, row: int, look: Look, shape: Shape) -> Image.Image:
    """A picture in its own proportions, in the middle of its tile."""
    picture = Image.fromarray(in_8_bits(inputs.arrays["pixels"][row]))
    picture = picture if picture.mode == "L" else picture.convert("RGB")
    crisp = max(picture.size) <= CRISP_SIDE
    return ImageOps.pad(picture, shape, Image.Resampling.NEAREST if crisp else Image.Resampling.LANCZOS)


def graph_tile(inputs: Inputs, row: int, look: Look, shape: Shape) -> Image.Image:
    """The patches that its nodes stand for, where these are known; else the graph."""
    if "segments" in inputs.arrays and look.shade is not None:
        return _mosaic(inputs, row, look.shade).resize(shape, Image.Resampling.NEAREST)
    return _drawn_graph(graph_of(inputs, row, look), look, shape)


def table_tile(inputs: Inputs, row: int, look: Look, shape: Shape) -> Image.Image:
    """Its cells, each as full as its value is high among those of all inputs."""
    return _drawn_cells(share_of_range(inputs.arrays["values"], row), look.colour("table"), shape)


def plain_tile(inputs: Inputs, row: int, look: Look, shape: Shape) -> Image.Image:
    """A tile in the modality's colour, where nothing smaller than the picture itself would say anything."""
    return Image.new("RGB", shape, look.colour(inputs.kind))


def _mosaic(inputs: Inputs, row: int, shade: int) -> Image.Image:
    """Superpixels as the patches that they stand for, with their borders left dark to tell them from a picture."""
    segments = inputs.arrays["segments"][row].astype(int)
    light = np.clip(inputs.arrays["nodes"][row][:, shade].astype(float), 0, 1)[segments]
    border = np.zeros(segments.shape, dtype=bool)
    border[:, 1:] |= segments[:, 1:] != segments[:, :-1]
    border[1:] |= segments[1:] != segments[:-1]
    return Image.fromarray((255 * light * np.where(border, 0.62, 1)).astype(np.uint8))


def _drawn_graph(graph: Graph, look: Look, shape: tuple[int, int]) -> Image.Image:
    canvas, side = Image.new("RGB", shape, GROUND), min(shape)
    brush, colour = ImageDraw.Draw(canvas), look.colour("graph")
    top = 0.1 if look.place is not None else 0.25
    places = np.array([0.1 * side, top * side]) + (spread(graph) if graph.words else graph.places) * 0.8 * side
    dot = max(1.0, side * graph.dot / 90)
    for a, b in graph.edges:
        brush.line([*places[a], *places[b]], fill="#AEB7C8", width=1)
    for number, (x, y) in enumerate(places):
        if fill := _filled(graph, number, colour):
            brush.ellipse((x - dot, y - dot, x + dot, y + dot), fill=fill)
    return canvas


def _filled(graph: Graph, number: int, colour: str) -> str | None:
    """The colour of a node's dot; none of one that goes without saying."""
    if graph.words is None:
        return colour
    return colour_of(graph.words[number], colour) if graph.words[number] else None


def _drawn_cells(shares: Floats, colour: str, shape: tuple[int, int]) -> Image.Image:
    """A row of a table, each cell the fuller the higher its value (F,) is in its column."""
    canvas, side = Image.new("RGB", shape, GROUND), min(shape)
    brush, in_a_row = ImageDraw.Draw(canvas), min(max(1, len(shares)), IN_A_ROW)
    n_rows, wide = max(1, -(-len(shares) // in_a_row)), side / in_a_row
    tall = min(2 * wide, side / n_rows)
    for position, share in enumerate(shares):
        left, top = position % in_a_row * wide, side / 2 + (position // in_a_row - n_rows / 2) * tall
        right, bottom = max(left + 1.5, left + wide - 1.5), max(top + 1, top + tall - 1)
        brush.rectangle((left + 0.5, top, right, bottom), outline=colour)
        brush.rectangle((left + 0.5, bottom - (bottom - top) * share, right, bottom), fill=colour)
    return canvas

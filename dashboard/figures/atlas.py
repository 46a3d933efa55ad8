"""All inputs of a run as one picture of small tiles, from which the map shows the one under the pointer.

Shapes: N nodes; a tile is ``side`` × ``side`` grey or colour pixels.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from figures.inputs import GROUND, edges_of, layout
from figures.theme import modality_colour
from sharcs_core.structures import Bank, Inputs

PIXELS_SIDE = 28
DRAWN_SIDE = 64
MAX_WIDTH = 1460
"""Streamlit shrinks what is wider, which would blur the tiles."""


@dataclass(frozen=True)
class Atlas:
    """A PNG of tiles, ``columns`` a row; the tile of input i of a bank side is ``starts[part/modality] + i``."""

    png: bytes
    tile: int
    columns: int
    starts: Mapping[str, int]


def build_atlas(banks: Mapping[str, Bank]) -> Atlas:
    """The atlas of the given banks, keyed ``train`` and ``test``."""
    starts: dict[str, int] = {}
    side_px = PIXELS_SIDE if _all_pixels(banks) else DRAWN_SIDE
    columns = MAX_WIDTH // side_px
    tiles: list[Image.Image] = []
    for part, bank in banks.items():
        for name, side in bank.sides.items():
            starts[f"{part}/{name}"] = len(tiles)
            tiles += [tile_of(side.inputs, row, name, side_px) for row in range(len(side.inputs))]
    mode = "RGB" if any(tile.mode == "RGB" for tile in tiles) else "L"
    sheet = Image.new(mode, (columns * side_px, -(-len(tiles) // columns) * side_px))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % columns * side_px, number // columns * side_px))
    if mode == "RGB":
        sheet = sheet.quantize(32)  # drawings have few colours; a palette is a third of the size
    content = io.BytesIO()
    sheet.save(content, "PNG")
    return Atlas(content.getvalue(), side_px, columns, starts)


def _all_pixels(banks: Mapping[str, Bank]) -> bool:
    """Whether every input is a small picture or a graph that can be painted back on one."""
    sides = [side.inputs for bank in banks.values() for side in bank.sides.values()]
    return all(inputs.kind == "image" or "segments" in inputs.arrays for inputs in sides)


def tile_of(inputs: Inputs, row: int, name: str, side: int) -> Image.Image:
    """One input as a tile on dark ground."""
    if inputs.kind == "image":
        return Image.fromarray(np.asarray(inputs.arrays["pixels"][row], dtype=np.uint8)).resize((side, side))
    if inputs.kind == "graph" and "segments" in inputs.arrays:
        return _mosaic(inputs, row).resize((side, side), Image.Resampling.NEAREST)
    canvas = Image.new("RGB", (side, side), GROUND)
    if inputs.kind == "graph":
        _paint_graph(ImageDraw.Draw(canvas), inputs, row, modality_colour(name), side)
    elif inputs.kind == "tabular":
        _paint_cells(ImageDraw.Draw(canvas), inputs.arrays["values"][row], modality_colour(name), side)
    return canvas


def _mosaic(inputs: Inputs, row: int) -> Image.Image:
    """Superpixels as the patches that they stand for, with their borders left dark to tell them from a picture."""
    segments = inputs.arrays["segments"][row].astype(int)
    light = np.clip(inputs.arrays["nodes"][row][:, 0].astype(float), 0, 1)[segments]
    border = np.zeros(segments.shape, dtype=bool)
    border[:, 1:] |= segments[:, 1:] != segments[:, :-1]
    border[1:] |= segments[1:] != segments[:-1]
    return Image.fromarray((255 * light * np.where(border, 0.62, 1)).astype(np.uint8))


def _paint_graph(brush: ImageDraw.ImageDraw, inputs: Inputs, row: int, colour: str, side: int) -> None:
    n_nodes = int(inputs.arrays["n_nodes"][row])
    edges = edges_of(inputs.arrays["neighbours"][row][:n_nodes])
    places = (0.1 * side, 0.25 * side) + layout(n_nodes, tuple(edges)) * 0.8 * side
    dot = max(1.5, side / 18)
    for a, b in edges:
        brush.line([*places[a], *places[b]], fill="#AEB7C8", width=1)
    for x, y in places:
        brush.ellipse((x - dot, y - dot, x + dot, y + dot), fill=colour)


def _paint_cells(brush: ImageDraw.ImageDraw, values: np.ndarray, colour: str, side: int) -> None:
    wide = side / len(values)
    for position, value in enumerate(values):
        box = (position * wide + 0.5, side / 2 - wide, (position + 1) * wide - 1.5, side / 2 + wide)
        brush.rectangle(box, fill=colour if value > 0.5 else None, outline=colour)

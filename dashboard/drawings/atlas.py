"""All inputs of a run as one picture of small tiles, from which the map shows the one under the pointer.

Sentences need no tile: they are kept as words. Shapes: N nodes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from drawings.cells import IN_A_ROW, shares_of_range
from drawings.graphs import GROUND, Graph, graph_of
from drawings.inputs import CRISP_SIDE, sentence
from drawings.look import Look
from drawings.theme import modality_colour
from sharcs_core.structures import Bank, Floats, Inputs

PIXELS_SIDE = 28
DRAWN_SIDE = 64
LARGE_WIDTH = 112
MAX_WIDTH = 1460
"""Streamlit shrinks what is wider, which would blur the tiles."""


Format = Literal["PNG", "JPEG"]


@dataclass(frozen=True)
class Atlas:
    """A picture of tiles, ``columns`` a row; the tile of input i of a bank side is ``starts[part/modality] + i``.

    Attributes:
        sheet: the picture as a file.
        format: ``PNG``, or ``JPEG`` where larger pictures are in it.
        tile: width and height of a tile in pixels.
        sentences: what stands in place of tiles for a side that is text, by ``part/modality``.
    """

    sheet: bytes
    format: Format
    tile: tuple[int, int]
    columns: int
    starts: Mapping[str, int]
    sentences: Mapping[str, tuple[str, ...]]


def build_atlas(banks: Mapping[str, Bank], looks: Mapping[str, Look]) -> Atlas:
    """The atlas of the given banks, keyed ``train`` and ``test``.

    Args:
        looks: modality → how its inputs are drawn.
    """
    starts: dict[str, int] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    tiles: list[Image.Image] = []
    shape = tile_shape(banks)
    for part, bank in banks.items():
        for name, side in bank.sides.items():
            if side.inputs.kind == "text":
                rows = range(len(side.inputs))
                sentences[f"{part}/{name}"] = tuple(sentence(side.inputs, row, looks[name].words) for row in rows)
                continue
            starts[f"{part}/{name}"] = len(tiles)
            tiles += tiles_of(side.inputs, looks[name], shape)
    columns = MAX_WIDTH // shape[0]
    return Atlas(*_as_file(_sheet(tiles, shape, columns), shape), shape, columns, starts, sentences)


def tile_shape(banks: Mapping[str, Bank]) -> tuple[int, int]:
    """Width and height of a tile: that of small pictures; larger ones keep their proportions; drawings a square."""
    sides = [side.inputs for bank in banks.values() for side in bank.sides.values()]
    pictures = [inputs.arrays["pixels"].shape[1:3] for inputs in sides if inputs.kind == "image"]
    large = [(height, width) for height, width in pictures if max(height, width) > CRISP_SIDE]
    if large:
        height, width = large[0]
        return LARGE_WIDTH, round(LARGE_WIDTH * height / width)
    painted = all(inputs.kind in ("image", "text") or "segments" in inputs.arrays for inputs in sides)
    return (PIXELS_SIDE, PIXELS_SIDE) if painted else (DRAWN_SIDE, DRAWN_SIDE)


def _sheet(tiles: Sequence[Image.Image], shape: tuple[int, int], columns: int) -> Image.Image:
    width, height = shape
    mode = "RGB" if any(tile.mode == "RGB" for tile in tiles) else "L"
    sheet = Image.new(mode, (columns * width, max(1, -(-len(tiles) // columns)) * height))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % columns * width, number // columns * height))
    return sheet


def _as_file(sheet: Image.Image, shape: tuple[int, int]) -> tuple[bytes, Format]:
    content = io.BytesIO()
    if shape[0] == LARGE_WIDTH:
        sheet.convert("RGB").save(content, "JPEG", quality=82)
        return content.getvalue(), "JPEG"
    if sheet.mode == "RGB":
        sheet = sheet.quantize(48)  # drawings have few colours; a palette is a third of the size
    sheet.save(content, "PNG")
    return content.getvalue(), "PNG"


def tiles_of(inputs: Inputs, look: Look, shape: tuple[int, int]) -> list[Image.Image]:
    """All inputs of a side as tiles on dark ground."""
    rows = range(len(inputs))
    if inputs.kind == "image":
        return [_photo(inputs, row, shape) for row in rows]
    if "segments" in inputs.arrays and look.shade is not None:
        return [_mosaic(inputs, row, look.shade).resize(shape, Image.Resampling.NEAREST) for row in rows]
    if inputs.kind == "graph":
        return [_drawn_graph(graph_of(inputs, row, look), look, shape) for row in rows]
    shares = shares_of_range(np.asarray(inputs.arrays["values"], dtype=np.float64))
    return [_drawn_cells(row, modality_colour(look.name or "table"), shape) for row in shares]


def _photo(inputs: Inputs, row: int, shape: tuple[int, int]) -> Image.Image:
    picture = Image.fromarray(np.asarray(inputs.arrays["pixels"][row], dtype=np.uint8))
    crisp = max(picture.size) <= CRISP_SIDE
    return picture.resize(shape, Image.Resampling.NEAREST if crisp else Image.Resampling.LANCZOS)


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
    brush, colour = ImageDraw.Draw(canvas), modality_colour(look.name or "graph")
    top = 0.1 if look.place is not None else 0.25
    places = np.array([0.1 * side, top * side]) + graph.places * 0.8 * side
    dot = max(1.0, side * graph.dot / 90)
    for a, b in graph.edges:
        brush.line([*places[a], *places[b]], fill="#AEB7C8", width=1)
    for x, y in places:
        brush.ellipse((x - dot, y - dot, x + dot, y + dot), fill=colour)
    return canvas


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

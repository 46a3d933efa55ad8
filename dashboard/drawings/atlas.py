"""All inputs of a run as one picture of small tiles, from which the map shows the one under the pointer.

Sentences need no tile: they are kept as words. Shapes: N nodes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from drawings.inputs import CRISP_SIDE, GROUND, edges_of, layout, sentence
from drawings.theme import modality_colour
from sharcs_core.structures import Bank, Inputs

PIXELS_SIDE = 28
DRAWN_SIDE = 64
LARGE_WIDTH = 112
MAX_WIDTH = 1460
"""Streamlit shrinks what is wider, which would blur the tiles."""


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
    format: str
    tile: tuple[int, int]
    columns: int
    starts: Mapping[str, int]
    sentences: Mapping[str, tuple[str, ...]]


def build_atlas(banks: Mapping[str, Bank], words: Mapping[str, Sequence[str]] | None = None) -> Atlas:
    """The atlas of the given banks, keyed ``train`` and ``test``.

    Args:
        words: of the modalities that are text: token t is ``words[modality][t]``.
    """
    starts: dict[str, int] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    shape, tiles = tile_shape(banks), []
    for part, bank in banks.items():
        for name, side in bank.sides.items():
            rows = range(len(side.inputs))
            if side.inputs.kind == "text":
                own = (words or {}).get(name, ())
                sentences[f"{part}/{name}"] = tuple(sentence(side.inputs, row, own) for row in rows)
                continue
            starts[f"{part}/{name}"] = len(tiles)
            tiles += [tile_of(side.inputs, row, name, shape) for row in rows]
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


def _as_file(sheet: Image.Image, shape: tuple[int, int]) -> tuple[bytes, str]:
    content = io.BytesIO()
    if shape[0] == LARGE_WIDTH:
        sheet.convert("RGB").save(content, "JPEG", quality=82)
        return content.getvalue(), "JPEG"
    if sheet.mode == "RGB":
        sheet = sheet.quantize(48)  # drawings have few colours; a palette is a third of the size
    sheet.save(content, "PNG")
    return content.getvalue(), "PNG"


def tile_of(inputs: Inputs, row: int, name: str, shape: tuple[int, int]) -> Image.Image:
    """One input as a tile on dark ground."""
    if inputs.kind == "image":
        picture = Image.fromarray(np.asarray(inputs.arrays["pixels"][row], dtype=np.uint8))
        crisp = max(picture.size) <= CRISP_SIDE
        return picture.resize(shape, Image.Resampling.NEAREST if crisp else Image.Resampling.LANCZOS)
    if inputs.kind == "graph" and "segments" in inputs.arrays:
        return _mosaic(inputs, row).resize(shape, Image.Resampling.NEAREST)
    canvas, side = Image.new("RGB", shape, GROUND), min(shape)
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

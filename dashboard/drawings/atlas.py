"""All inputs of a run as one picture of small tiles, from which the map shows the one under the pointer.

Sentences need no tile: they are kept as words. Shapes: N nodes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from drawings.inputs import sentence
from drawings.kinds import drawing_of, is_told
from drawings.look import Look
from drawings.pictures import CRISP_SIDE, NOT_KEPT
from sharcs_core.structures import Bank

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
    """The atlas of the given banks, keyed ``train`` and ``test``; of inputs that are not kept it is said so.

    Args:
        looks: modality → how its inputs are drawn.
    """
    starts: dict[str, int] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    tiles: list[Image.Image] = []
    shape = tile_shape(banks)
    for part, bank in banks.items():
        for name, side in bank.sides.items():
            if not side.inputs.is_kept:
                sentences[f"{part}/{name}"] = (NOT_KEPT,) * len(side.inputs)
                continue
            if is_told(side.inputs):
                rows = range(len(side.inputs))
                sentences[f"{part}/{name}"] = tuple(sentence(side.inputs, row, looks[name].words) for row in rows)
                continue
            starts[f"{part}/{name}"] = len(tiles)
            tiles += drawing_of(side.inputs).tiles(side.inputs, looks[name], shape)
    columns = MAX_WIDTH // shape[0]
    return Atlas(*_as_file(_sheet(tiles, shape, columns), shape), shape, columns, starts, sentences)


def tile_shape(banks: Mapping[str, Bank]) -> tuple[int, int]:
    """Width and height of a tile: that of small pictures; larger ones keep their proportions; drawings a square."""
    sides = [side.inputs for bank in banks.values() for side in bank.sides.values()]
    pictures = [inputs.arrays["pixels"].shape[1:3] for inputs in sides if "pixels" in inputs.arrays]
    large = [(height, width) for height, width in pictures if max(height, width) > CRISP_SIDE]
    if large:
        height, width = large[0]
        return LARGE_WIDTH, round(LARGE_WIDTH * height / width)
    painted = all(drawing_of(inputs).is_painted or "segments" in inputs.arrays for inputs in sides)
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

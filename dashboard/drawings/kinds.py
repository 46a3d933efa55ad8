"""How the inputs of each kind are drawn: one line a kind, and nothing else asks which kind an input is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from drawings.lit import lit_graph, lit_pixels, lit_table
from drawings.look import Look
from drawings.pictures import Picture, graph_picture, pixels_picture, table_picture, withheld_picture
from drawings.tiles import Shape, graph_tile, pixels_tile, plain_tile, table_tile
from sharcs_core.structures import Inputs


@dataclass(frozen=True)
class Drawing:
    """How inputs of one kind are drawn.

    Attributes:
        called: what a screen reader calls an input of which nothing else is known.
        picture: one input as a picture; None of what is told in words.
        lit: the same with its parts lit; None of what is told in words, and of what is not kept.
        tile: one input as a small picture on dark ground, for the map.
        wider: how much wider than a square picture one is drawn, to be as readable.
        is_painted: whether its tiles are pictures of so many pixels, and not drawings that need room.
    """

    called: str
    picture: Callable[[Inputs, int, Look], Picture] | None
    lit: Callable[[Inputs, int, Look, Any], Picture] | None = None
    tile: Callable[[Inputs, int, Look, Shape], Image.Image] = plain_tile
    wider: float = 1.0
    is_painted: bool = False


DRAWINGS: Mapping[str, Drawing] = {
    "image": Drawing("picture", pixels_picture, lit_pixels, pixels_tile, is_painted=True),
    "graph": Drawing("graph", graph_picture, lit_graph, graph_tile),
    "tabular": Drawing("table", table_picture, lit_table, table_tile, wider=1.5),
    "text": Drawing("text", None, wider=1.3, is_painted=True),
}
"""A table row is flat and a sentence has words, so they are drawn wider than a picture."""


WITHHELD = Drawing("input", withheld_picture, is_painted=True)
"""Of inputs of any kind of which nothing is kept."""


def drawing_of(inputs: Inputs) -> Drawing:
    """How inputs are drawn."""
    return DRAWINGS[inputs.kind] if inputs.is_kept else WITHHELD


def is_told(inputs: Inputs) -> bool:
    """Whether inputs are told in words instead of drawn."""
    return drawing_of(inputs).picture is None

"""What the pointer says of one input of the map: its words, and a small picture of it on dark ground.

It is made when an input is pointed at: the pictures of all inputs would be many times the map.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from drawings.inputs import sentence
from drawings.kinds import drawing_of, is_told
from drawings.look import Look, look_of
from drawings.map_points import Layer
from drawings.markup import visible
from drawings.pictures import CRISP_SIDE, NOT_KEPT, data_address
from drawings.tiles import Shape
from sharcs_core.selections import Fault
from sharcs_core.structures import Bank, Inputs
from sharcs_core.tasks.task import Task

PIXELS_SIDE = 28
DRAWN_SIDE = 64
LARGE_WIDTH = 112
FAULTS = {Fault.NONE: "", Fault.UNEXPLAINED: "✗ answered wrong", Fault.MISREAD: "✗ misread"}


@dataclass(frozen=True)
class Pointed:
    """What the pointer says of an input.

    Attributes:
        lines: what it means; id, truth and prediction of its sample; its fault, where it is one.
        told: the input itself in words, of what is no picture, or is not kept.
        picture: of all else, as a ``data:`` address; "" where it is told.
        shape: width and height of the picture in pixels of its own.
    """

    lines: tuple[str, ...]
    told: str
    picture: str
    shape: tuple[int, int]


def pointed_at(task: Task, layer: Layer, name: str, row: int, shape: Shape) -> Pointed:
    """What the pointer says of one input of a layer.

    Args:
        shape: of a tile, see :func:`tile_shape`.
    """
    inputs, look = layer.bank.sides[name].inputs, look_of(task.card.modality(name), task.card.names)
    lines = said_of(task, layer, name, row)
    if is_told(inputs) or not inputs.is_kept:
        return Pointed(lines, told_of(inputs, row, look), "", shape)
    return Pointed(lines, "", _address(drawing_of(inputs).tile(inputs, row, look, shape), shape), shape)


def said_of(task: Task, layer: Layer, name: str, row: int) -> tuple[str, ...]:
    """What an input means, id, truth and prediction of its sample, and its fault, a line each."""
    modality, bank, classes = task.card.modality(name), layer.bank, task.card.target.names
    fault = Fault(int(layer.faults[name][row])) if name in layer.faults else Fault.NONE
    truth, guess = classes[int(bank.labels[row])], classes[int(layer.predicted[row])]
    lines = (
        f"{modality.title}: {modality.key_name(int(bank.sides[name].semantics[row]))}",
        f"sample {bank.sample_ids[row]} · truth {truth} · model {guess}",
        FAULTS[fault],
    )
    return tuple(" ".join(visible(line).split()) for line in lines if line)


def told_of(inputs: Inputs, row: int, look: Look) -> str:
    """An input in words, of what is no picture; of what is not kept, that it is not."""
    return visible(sentence(inputs, row, look.words)) if inputs.is_kept else NOT_KEPT


def tile_shape(bank: Bank) -> Shape:
    """Width and height of a tile: that of small pictures; larger ones keep their proportions; drawings a square."""
    sides = [side.inputs for side in bank.sides.values()]
    pictures = [inputs.arrays["pixels"].shape[1:3] for inputs in sides if "pixels" in inputs.arrays]
    large = [(height, width) for height, width in pictures if max(height, width) > CRISP_SIDE]
    if large:
        height, width = large[0]
        return LARGE_WIDTH, round(LARGE_WIDTH * height / width)
    painted = all(drawing_of(inputs).is_painted or "segments" in inputs.arrays for inputs in sides)
    return (PIXELS_SIDE, PIXELS_SIDE) if painted else (DRAWN_SIDE, DRAWN_SIDE)


def _address(tile: Image.Image, shape: Shape) -> str:
    """A tile as an address: pictures of scenes as JPEG, all that has sharp edges as PNG."""
    content = io.BytesIO()
    if shape[0] == LARGE_WIDTH:
        tile.convert("RGB").save(content, "JPEG", quality=82)
        return data_address(content.getvalue(), "jpeg")
    tile.save(content, "PNG")
    return data_address(content.getvalue(), "png")

"""The graph that a picture someone brought can give, for tasks where both may come from one picture."""

from __future__ import annotations

from sharcs_core.readers.pictures import read_digit_image
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.half_files import CUT
from sharcs_core.tasks.mnist.half_superpixels import half_graphs
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs
from sharcs_core.tasks.task import Making

PATCHES = "Superpixels are patches of even brightness; the graph joins each to its eight nearest."


def same_picture(name: str, content: bytes) -> Inputs:
    """The whole picture as a graph. Raises InputError for a file that holds no digit."""
    return superpixel_graphs(read_digit_image(name, content)[0].arrays["pixels"])


def other_half(name: str, content: bytes) -> Inputs:
    """The bottom half of a whole digit, whose top half is read as the picture. Raises InputError as above."""
    return half_graphs(read_digit_image(name, content)[0].arrays["pixels"]).take([1])


WHOLE = Making(
    source="image",
    offer="Make it from the picture",
    about=PATCHES,
    make=same_picture,
    note="This graph is made from your own picture, so both are the same digit, and the sum is twice that digit.",
)
HALF = Making(
    source="image",
    offer="Make it from the other half of the picture",
    about=PATCHES,
    make=other_half,
    note="This graph is the bottom half of your own picture.",
    needs=CUT,
)

"""The graph that a picture someone brought can give, for tasks where both may come from one picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sharcs_core.readers.pictures import read_digit_image
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.half_files import CUT
from sharcs_core.tasks.mnist.half_superpixels import half_graphs
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs


@dataclass(frozen=True)
class FromPicture:
    """How a picture gives a graph.

    Attributes:
        offer: what is offered, in a few words.
        make: the picture's file name and content → the graph.
        note: what is to be known of such a graph.
        needs: a note on the reading of the picture without which it gives no graph.
    """

    offer: str
    make: Callable[[str, bytes], Inputs]
    note: str
    needs: str | None = None

    def is_offered(self, notes: Sequence[str]) -> bool:
        """Whether a picture gives a graph that was read with these notes."""
        return self.needs is None or self.needs in notes


def same_picture(name: str, content: bytes) -> Inputs:
    """The whole picture as a graph. Raises InputError for a file that holds no digit."""
    return superpixel_graphs(read_digit_image(name, content)[0].arrays["pixels"])


def other_half(name: str, content: bytes) -> Inputs:
    """The bottom half of a whole digit, whose top half is read as the picture. Raises InputError as above."""
    return half_graphs(read_digit_image(name, content)[0].arrays["pixels"]).take([1])


FROM_PICTURES: Mapping[str, FromPicture] = {
    "mnist_superpixels": FromPicture(
        "Make it from the picture",
        same_picture,
        "This graph is made from your own picture, so both are the same digit, and the sum is twice that digit.",
    ),
    "half_mnist": FromPicture(
        "Make it from the other half of the picture",
        other_half,
        "This graph is the bottom half of your own picture.",
        needs=CUT,
    ),
}
"""By the name of the task."""

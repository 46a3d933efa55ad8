"""The form of pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from sharcs_core.kinds.columns import Real
from sharcs_core.kinds.kind import Form, frozen_form

Share = Annotated[float, Field(ge=0, le=1)]
Size = Annotated[int, Field(ge=1, le=4096)]


LONGEST_SIDE = 96
"""Pixels; a training on a CPU takes with their square, and what a whole picture shows can be seen in as many."""


@frozen_form
class ImageForm(Form):
    """Pictures, all prepared to one size: smaller ones are padded, larger ones scaled down, none is squashed.

    Attributes:
        height, width: in pixels.
        channels: 1 grey, 3 colour, 4 colour and opacity.
        bits: 8 or 16, of a stored pixel.
        low, high: what is black and what is white in arrays that are brought; of files it is what their pixels
            can be, so that brightness keeps its order from picture to picture.
        ground: what pictures are padded with, a share of white for each channel, or one for all of them.
    """

    kind = "image"

    height: Size
    width: Size
    channels: Literal[1, 3, 4] = 1
    bits: Literal[8, 16] = 8
    low: Real = 0.0
    high: Real = 255.0
    ground: tuple[Share, ...] = (0.0,)

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low must be less than high (got {self.low} and {self.high})")
        if len(self.ground) not in (1, self.channels):
            raise ValueError(f"ground must name one share for each of {self.channels} channels (got {self.ground})")

    @property
    def read_size(self) -> tuple[int, int] | None:
        return (self.height, self.width) if max(self.height, self.width) > LONGEST_SIDE else None

    @property
    def top(self) -> int:
        """What is white in a stored picture."""
        top: int = 2**self.bits - 1
        return top

    @property
    def white(self) -> int:
        """What is white in files of this many bits.

        Cameras and scanners leave some of 16 bits unused: where all training pictures did, so do files.
        """
        return int(self.high) if self.bits == 16 and self.low == 0 and self.high in UNUSED else self.top


UNUSED = tuple(2**depth - 1 for depth in (10, 12, 14))
"""What is white where not all of 16 bits are used."""


def sized(form: ImageForm | None, size: tuple[int, int]) -> ImageForm:
    """The form of pictures of that height and width, all else as it was.

    >>> sized(ImageForm(72, 96, 3), (120, 160)) == ImageForm(120, 160, 3)
    True
    """
    height, width = size
    return ImageForm(height, width) if form is None else replace(form, height=height, width=width)


def words_of(form: ImageForm) -> tuple[str, ...]:
    """None: a picture counts no words."""
    return ()

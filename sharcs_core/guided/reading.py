"""All there is to say of one picture: where a model looks, the class, a sentence, where each word comes from, and what
is left of class and sentence where it had not looked at some place.

Shapes: a picture of H × W, L words, R × C cells of a coarse grid over it, N = R · C + L + 1 places: cells row by row,
then where each word comes from, then all that is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.guided.figures import AT
from sharcs_core.guided.keeping import GuidedError, KeptGuided
from sharcs_core.guided.samples import MASK
from sharcs_core.guided.saying import Guided, say, word_regions
from sharcs_core.structures import Codes, Floats, Inputs

GRID = (6, 8)
"""Rows and columns of the cells that are asked one by one."""
AT_ONCE = 2_000_000
"""Pixels that are looked at together."""


@dataclass(frozen=True)
class Left:
    """What is left where a model had not looked at some place: the class, how sure it is, the sentence."""

    class_index: int
    certainty: float
    sentence: str


@dataclass(frozen=True)
class Reason:
    """What a model says of a picture, and by what.

    Attributes:
        classes: their names.
        light: (H, W), where it looks, 0 to 1.
        probabilities: (classes,).
        class_index: the likeliest class.
        sentence: generated from what the map pools.
        words: (L,), the sentence word by word.
        regions: (L, H, W), where each word comes from, 0 to 1.
        grid: R and C.
        places: (N, H, W), the cells, then where each word comes from most, then what is looked at.
        strengths: (N, L), how much of each word comes from each place, 0 to 1 of the most that a place gives it.
        left: what is left where each place is not looked at, (N,).
    """

    classes: tuple[str, ...]
    light: Floats
    probabilities: Floats
    class_index: int
    sentence: str
    words: tuple[str, ...]
    regions: Floats
    grid: tuple[int, int]
    places: Codes
    strengths: Floats
    left: tuple[Left, ...]

    @property
    def class_name(self) -> str:
        """The likeliest class, in words."""
        return self.classes[self.class_index]

    @property
    def class_named(self) -> str | None:
        """The class that the sentence names; None where it names none, or more than one."""
        named = only_named(self.classes, self.sentence)
        return None if named is None else self.classes[named]

    @property
    def contradicts_itself(self) -> bool:
        """Whether the sentence names another class than the one that is predicted."""
        return self.class_named not in (None, self.class_name)

    @property
    def certainty(self) -> float:
        """The probability of the likeliest class."""
        return float(self.probabilities[self.class_index])


def reason_of(kept: KeptGuided, picture: NDArray[np.uint8]) -> Reason:
    """All there is to say of a picture (H, W, channels) uint8, or (H, W) of a model of one channel.

    Raises:
        GuidedError: it is of another size than those that the model was trained on.
    """
    pixels = np.array(picture[..., None] if picture.ndim == 2 else picture)  # what a run keeps is read-only
    if pixels.shape != kept.size:
        (height, width, _), (own_height, own_width) = kept.size, pixels.shape[:2]
        raise GuidedError(
            f"This model reads pictures of {width} × {height} (got {own_width} × {own_height}); resize it"
        )
    said, found = say(kept.guided, pixels[None]), word_regions(kept.guided, pixels)
    grid = (min(GRID[0], pixels.shape[0]), min(GRID[1], pixels.shape[1]))
    places = np.concatenate([cells_of(pixels.shape[:2], grid), found.regions > AT, said.maps > AT])
    return Reason(
        classes=kept.guided.classes,
        light=said.maps[0],
        probabilities=said.probabilities[0],
        class_index=int(said.probabilities[0].argmax()),
        sentence=said.sentences[0],
        words=found.words,
        regions=found.regions,
        grid=grid,
        places=places,
        strengths=_strengths(found.regions, places),
        left=_left(kept.guided, pixels, places),
    )


def cells_of(size: tuple[int, ...], grid: tuple[int, int]) -> Codes:
    """The cells of a grid over a picture, row by row, (R · C, H, W).

    >>> cells_of((2, 4), (1, 2)).astype(int).tolist()
    [[[1, 1, 0, 0], [1, 1, 0, 0]], [[0, 0, 1, 1], [0, 0, 1, 1]]]
    """
    rows, columns = (np.arange(n) * parts // n for n, parts in zip(size, grid, strict=True))
    number = rows[:, None] * grid[1] + columns
    cells: Codes = number == np.arange(grid[0] * grid[1])[:, None, None]
    return cells


def _strengths(regions: Floats, places: Codes) -> Floats:
    """(N, L): the mean of each word's region in each place, beside that of the place with most of it."""
    sizes = np.maximum(places.sum((1, 2)), 1)
    means = np.einsum("nhw,lhw->nl", places, regions) / sizes[:, None]
    strengths: Floats = means / np.maximum(means.max(0, initial=0), 1e-12)
    return strengths


def _left(guided: Guided, pixels: NDArray[np.uint8], places: Codes) -> tuple[Left, ...]:
    """What is said where each place is not looked at."""
    n = max(1, AT_ONCE // places[0].size)
    found: list[Left] = []
    for first in range(0, len(places), n):
        part = places[first : first + n]
        said = say(guided, np.repeat(pixels[None], len(part), 0), part)
        found += [
            Left(int(chances.argmax()), float(chances.max()), sentence)
            for chances, sentence in zip(said.probabilities, said.sentences, strict=True)
        ]
    return tuple(found)


def only_named(names: Sequence[str], sentence: str) -> int | None:
    """Which of some names a sentence has, as a word of its own; None where it has none, or more than one."""
    text = sentence.lower()
    said = [place for place, name in enumerate(names) if re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", text)]
    return said[0] if len(said) == 1 else None


def wrong_classes(kept: KeptGuided, pixels: NDArray[np.uint8], labels: Sequence[str]) -> Codes:
    """Which of some pictures (n, H, W, C) the model is wrong of, (n,)."""
    said = say(kept.guided, np.array(pixels)).probabilities.argmax(1)
    wrong: Codes = np.array([kept.guided.classes[one] != label for one, label in zip(said, labels, strict=True)])
    return wrong


def picture_in(inputs: Mapping[str, Inputs], size: tuple[int, int, int]) -> str | None:
    """The modality whose input a model of pictures of that size reads; None where there is none."""
    wanted = (size, size[:2]) if size[2] == 1 else (size,)
    for name, one in inputs.items():
        if "pixels" in one.arrays and one.arrays["pixels"].shape[1:] in wanted:
            return name
    return None


def text_in(inputs: Mapping[str, Inputs]) -> str | None:
    """The modality of the sentence of a sample; None where there is none."""
    return next((name for name, one in inputs.items() if "tokens" in one.arrays), None)


def mask_in(inputs: Inputs) -> Codes | None:
    """What truly matters in the one picture, (H, W); None where that is not known."""
    mask = inputs.arrays.get(MASK)
    return None if mask is None or not mask[0].any() else np.asarray(mask[0] > 0)

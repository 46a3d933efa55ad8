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

from sharcs_core.guided.figures import AT, inside, overlaps, pointing
from sharcs_core.guided.keeping import GuidedError, KeptGuided
from sharcs_core.guided.samples import MASK
from sharcs_core.guided.saying import Guided, say, word_regions
from sharcs_core.meanings import UNKNOWN
from sharcs_core.structures import Codes, Floats, Inputs
from sharcs_core.tasks.card import TaskCard

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
        named = _only(self.classes, self.sentence.lower())
        return None if named is None else self.classes[named]

    @property
    def contradicts_itself(self) -> bool:
        """Whether the sentence names another class than the one that is predicted."""
        return self.class_named not in (None, self.class_name)

    @property
    def certainty(self) -> float:
        """The probability of the likeliest class."""
        return float(self.probabilities[self.class_index])


@dataclass(frozen=True)
class Judged:
    """How what a model says of a picture compares with the truth; None where that is not known.

    Attributes:
        class_right: whether the class is.
        points: whether it looks most at a place that matters.
        inside: share of where it looks that matters.
        overlap: intersection over union of where it looks and what matters.
        said_right: whether its sentence says what is so.
        told_apart: factors of which the sentence says something else, or nothing.
    """

    class_right: bool | None
    points: bool | None
    inside: float | None
    overlap: float | None
    said_right: bool | None
    told_apart: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool | None:
        """Whether what is named is what is looked at; None where one of them is not known, or both are wrong."""
        if self.points is None or self.said_right is None or not (self.points or self.said_right):
            return None
        return self.points and self.said_right


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


def judged(
    reason: Reason, label: str | None, mask: Codes | None, card: TaskCard | None = None, key: int | None = None
) -> Judged:
    """What is right of it.

    Args:
        label: the true class.
        mask: (H, W), what truly matters; all off where that is not known.
        card: the task, whose factors sentences name.
        key: what the picture truly means.
    """
    known = mask is not None and bool(mask.any())
    maps, masks = reason.light[None], np.asarray(mask if known else np.zeros(reason.light.shape), dtype=bool)[None]
    apart = None if card is None or label is None else _told_apart(reason, card, label, -1 if key is None else key)
    return Judged(
        class_right=None if label is None else label == reason.class_name,
        points=bool(pointing(maps, masks)[0]) if known else None,
        inside=float(inside(maps, masks)[0]) if known else None,
        overlap=float(overlaps(maps, masks)[0]) if known else None,
        said_right=None if apart is None else not apart,
        told_apart=apart or (),
    )


def _told_apart(reason: Reason, card: TaskCard, label: str, key: int) -> tuple[str, ...] | None:
    """What a sentence does not say as it is, of the known factors and the class; None where it names none of these."""
    known = {name: values[key] for name, values in card.factors.items() if key >= 0 and values[key] != UNKNOWN}
    said = facts_said(card, reason.sentence)
    apart = [name for name, value in known.items() if said[name] != value]
    named = reason.class_named
    if named is not None and named != label:
        apart.append(card.target.title)
    names_some = named is not None or any(value is not None for value in said.values())
    return tuple(dict.fromkeys(apart)) if known or names_some else None


def facts_said(card: TaskCard, sentence: str) -> Mapping[str, int | None]:
    """Factor → the value that a sentence names; None where it names none, or more than one."""
    return {factor: _only(card.value_names(factor), sentence.lower()) for factor in card.factors}


def _only(names: Sequence[str], sentence: str) -> int | None:
    said = [
        place for place, name in enumerate(names) if re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", sentence)
    ]
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

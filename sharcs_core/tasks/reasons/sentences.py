"""Sentences that give the reason of a scene: the metal thing's size, colour, shape and side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sharcs_core.tasks.clevr.scenes import COLOURS, SHAPES, SIZES

SIDES = ("left", "right")
WORDINGS = (
    "the metal thing is a {size} {colour} {shape} on the {side}",
    "on the {side} stands a {size} {colour} {shape} of metal",
    "it is the {size} {colour} metal {shape} on the {side} half",
)
"""Three ways to say it; which one is chance."""


@dataclass(frozen=True)
class Facts:
    """The four facts of a sentence: places in ``SIZES``, ``COLOURS``, ``SHAPES`` and ``SIDES``; None: not said."""

    size: int | None
    colour: int | None
    shape: int | None
    side: int | None

    @property
    def are_whole(self) -> bool:
        return None not in astuple(self)


def sentence(facts: Sequence[int], wording: int) -> str:
    """The facts size, colour, shape and side in words.

    >>> sentence((1, 2, 0, 1), 0)
    'the metal thing is a small blue cube on the right'
    """
    size, colour, shape, side = facts
    return WORDINGS[wording].format(size=SIZES[size], colour=COLOURS[colour], shape=SHAPES[shape], side=SIDES[side])


def facts_of(text: str) -> Facts:
    """What a sentence says, from its words alone, in any order; a fact that is said twice, differently, is not said.

    >>> facts_of("a small blue cube on the right")
    Facts(size=1, colour=2, shape=0, side=1)
    """
    words = set(text.lower().replace(",", " ").replace(".", " ").split())
    return Facts(*(_only(values, words) for values in (SIZES, COLOURS, SHAPES, SIDES)))


def _only(values: Sequence[str], words: set[str]) -> int | None:
    said = [place for place, value in enumerate(values) if value in words]
    return said[0] if len(said) == 1 else None

"""Scenes and questions → splits: who is asked what.

Shapes: n scenes, q questions; pictures are 120 × 160 × 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.structures import Inputs, Ints, Split
from sharcs_core.tasks.clevr.questions import (
    WORDING_KEYS,
    WORDINGS,
    draw_asked,
    draw_wordings,
    keys_of_tokens,
)

FIRST_WORDING = 1_000_000
"""Sources from here on are wordings that were made from no scene."""


@dataclass(frozen=True)
class Scenes:
    """Pictures (n, 120, 160, 3) uint8, the keys (n,) of the objects they show, and the numbers (n,) of the scenes."""

    pixels: NDArray[np.uint8]
    keys: Ints
    numbers: Ints

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, index: Ints) -> Scenes:
        return Scenes(self.pixels[index], self.keys[index], self.numbers[index])


def some_of(scenes: Scenes, n: int | None, rng: np.random.Generator) -> Scenes:
    """``n`` of the scenes, the fewer among the more, in their order; None is all.

    Raises:
        ValueError: for fewer than two, or more than there are.
    """
    if n is None or n == len(scenes):
        return scenes
    if not 2 <= n <= len(scenes):
        raise UserError(f"n_train must be 2 … {len(scenes)} with these scenes to train on (got {n})")
    return scenes.take(np.sort(rng.permutation(len(scenes))[:n]))


def drawn_split(scenes: Scenes, rng: np.random.Generator, *, with_wordings: bool = False) -> Split:
    """One question a scene, half of them positive.

    Args:
        with_wordings: every wording of every key follows the questions among the texts, for
            :func:`redrawn_pairing` to choose from.
    """
    chosen = draw_wordings(draw_asked(scenes.keys, rng), rng)
    numbers = scenes.numbers
    if with_wordings:
        every = np.arange(len(WORDINGS))
        chosen, numbers = np.concatenate([chosen, every]), np.concatenate([numbers, FIRST_WORDING + every])
    return _split(scenes, WORDINGS[chosen], numbers, np.arange(len(scenes)))


def asked_split(scenes: Scenes, tokens: Ints, of_scene: Ints) -> Split:
    """The questions that were brought, (q, 4), each about the scene at ``of_scene`` (q,)."""
    return _split(scenes, tokens, np.arange(len(tokens)), of_scene)


def _split(scenes: Scenes, tokens: Ints, text_sources: Ints, of_scene: Ints) -> Split:
    """A split whose sample i is text i about scene ``of_scene[i]``; further texts are in no sample."""
    asked = keys_of_tokens(tokens)
    return Split(
        inputs={"image": Inputs("image", {"pixels": scenes.pixels}), "text": Inputs("text", {"tokens": tokens})},
        semantics={"image": scenes.keys, "text": asked},
        sources={"image": scenes.numbers, "text": text_sources},
        pairing={"image": of_scene, "text": np.arange(len(of_scene))},
        labels=(scenes.keys[of_scene] == asked[: len(of_scene)]).astype(np.int64),
    )


def redrawn_pairing(split: Split, rng: np.random.Generator) -> tuple[dict[str, Ints], Ints]:
    """A new question for the scene of every sample; a split that brings no further wordings keeps its own."""
    wordings = np.flatnonzero(split.sources["text"] >= FIRST_WORDING)
    if not len(wordings):
        return dict(split.pairing), split.labels
    images = split.pairing["image"]
    keys = split.semantics["image"][images]
    chosen = draw_wordings(draw_asked(keys, rng), rng)
    labels = (WORDING_KEYS[chosen] == keys).astype(np.int64)
    return {"image": images, "text": wordings[chosen]}, labels


def nearest_other(away: Ints, own: int, rng: np.random.Generator) -> int:
    """One of the rows that are nearest by ``away`` (n,), all equally likely, ``own`` left out."""
    others = np.delete(np.arange(len(away)), own)
    return int(rng.choice(others[away[others] == away[others].min()]))

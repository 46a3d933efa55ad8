"""Which parts of an input truly say something: of tasks that are made up, and so known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sharcs_core.structures import Codes, Split
from sharcs_core.tasks.clevr.generated import N_SCENES as N_OF_PART
from sharcs_core.tasks.clevr.generated import SCENE_SEED, scene_keys
from sharcs_core.tasks.clevr.questions import FACTORS
from sharcs_core.tasks.clevr.renderer.renderer import render
from sharcs_core.tasks.clevr.scenes import draw_scene
from sharcs_core.tasks.xor.lamp_sentences import DOOR_WORDS, LAMP_WORDS, WORDS
from sharcs_core.tasks.xor.xor_and_xor import FIRST_BIT, SECOND_BIT
from sharcs_core.where.check import TrueParts

RINGS = {"outer bit": range(4, 10), "middle bit": range(4)}
CELLS = {"outer bit": FIRST_BIT, "middle bit": SECOND_BIT}
INK = 30
"""Brightness by which a pixel of a picture of one thing departs from the ground."""


def true_parts(task: str, part: str, split: Split, row: int) -> TrueParts:
    """What is known of the sample in that row of a split; ``part`` is the split's name."""
    if task == "clevr":
        return _of_scene(part, split, row)
    if task.startswith("xor"):
        return _of_bits(split, row)
    return {(name, ""): ink for name in split.inputs if (ink := ink_of(split, name, row)) is not None}


def object_mask(part: str, scene: int) -> Codes:
    """The pixels of the object of a scene of our own, (120, 160)."""
    key = int(_keys(part)[scene])
    rng = np.random.default_rng([SCENE_SEED, list(N_OF_PART).index(part), scene])
    mask: Codes = render(draw_scene(key, rng)).mask
    return mask


@lru_cache
def _keys(part: str) -> np.ndarray:
    return scene_keys(part, N_OF_PART[part])


def _of_scene(part: str, split: Split, row: int) -> TrueParts:
    mask = object_mask(part, int(split.sources["image"][split.pairing["image"][row]]))
    words = np.eye(len(FACTORS), dtype=bool)  # a question has a word a factor, in this order
    return {("image", ""): mask, **{("text", factor): words[place] for place, factor in enumerate(FACTORS)}}


def _of_bits(split: Split, row: int) -> TrueParts:
    parts: dict[tuple[str, str], Codes] = {}
    for bit in RINGS:
        parts["table", bit] = np.arange(6) == CELLS[bit]
        parts["graph", bit] = np.isin(np.arange(10), RINGS[bit])
    if "text" in split.inputs:
        tokens = split.inputs["text"].arrays["tokens"][split.pairing["text"][row]]
        said = [WORDS[token] for token in tokens if token]
        for bit, words in (("outer bit", LAMP_WORDS), ("middle bit", DOOR_WORDS)):
            parts["text", bit] = np.isin(said, [word for of_value in words for word in of_value])
    ink = ink_of(split, "image", row) if "image" in split.inputs else None
    return parts if ink is None else {**parts, ("image", ""): ink}


def ink_of(split: Split, modality: str, row: int) -> Codes | None:
    """The pixels of a picture that are not ground, or the regions of a graph that hold some; None of other inputs."""
    arrays = split.inputs[modality].arrays
    place = split.pairing[modality][row]
    if "pixels" in arrays:
        pixels = arrays["pixels"][place].astype(int)
        grey = pixels if pixels.ndim == 2 else pixels.mean(2)
        ink: Codes = np.abs(grey - np.median(grey)) > INK
        return ink
    if "segments" in arrays:
        nodes = arrays["nodes"][place][: int(arrays["n_nodes"][place]), 0]
        return nodes > INK / 255
    return None

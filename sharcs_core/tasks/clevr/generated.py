"""The scenes that we render ourselves: drawn once from a fixed seed, kept in the cache once rendered.

The scenes are the same for every seed of a training, so that one rendering serves them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Ints
from sharcs_core.tasks.array_cache import cached_arrays
from sharcs_core.tasks.clevr.questions import N_KEYS
from sharcs_core.tasks.clevr.splits import Scenes

SCENE_SEED = 0
N_SCENES = {"train": 8000, "validation": 500, "test": 2000}
WIDTH, HEIGHT = 160, 120
RENDERER_VERSION = 2
"""Counted up by whoever makes the same scene look otherwise, so that an edit never meets pictures of before.

That is any change of what a key and a seed come to show: of what is drawn by chance, shapes, light or materials. The
pictures of a version lie in the cache under its number; a test holds a few against what they are known to look like.
"""
LOOKED_AT, BLOCK, STEP = 500, 40, 8
"""Of every 500th picture, squares of so many pixels, their brightness in so coarse steps."""


def scene_keys(part: str, n: int) -> NDArray[np.int64]:
    """What the ``n`` scenes of a split show, every key as often as any other or once more, in random order."""
    return np.random.default_rng([SCENE_SEED, _number(part)]).permutation(np.arange(n) % N_KEYS)


def generated_scenes(part: str) -> Scenes:
    """The scenes of a split, rendered if they are not in the cache."""
    keys = scene_keys(part, N_SCENES[part])
    name = f"clevr-{part}-{len(keys)}-{SCENE_SEED}-{WIDTH}x{HEIGHT}-renderer{RENDERER_VERSION}"
    arrays = cached_arrays(name, ("pixels",), len(keys), lambda: {"pixels": render_keys(part, keys)})
    return Scenes(arrays["pixels"], keys, np.arange(len(keys)))


def render_keys(part: str, keys: Ints) -> NDArray[np.uint8]:
    """A scene for each key, (n, 120, 160, 3); scene i depends on its key, its place and the split alone."""
    from sharcs_core.tasks.clevr.renderer.renderer import render_many
    from sharcs_core.tasks.clevr.scenes import draw_scene

    streams = (np.random.default_rng([SCENE_SEED, _number(part), i]) for i in range(len(keys)))
    scenes = [draw_scene(key, rng) for key, rng in zip(keys.tolist(), streams, strict=True)]
    return render_many(scenes, WIDTH, HEIGHT)


def content_hash(parts: Iterable[Scenes]) -> str:
    """SHA-256 of what the scenes show, and roughly of how.

    The last bit of a rendered pixel may differ from one processor to the next and must not make it another
    data set, so that of the pictures only the mean colours of large squares are looked at, in coarse steps.
    """
    digest = hashlib.sha256()
    for scenes in parts:
        pixels = scenes.pixels[::LOOKED_AT]
        squares = pixels.reshape(len(pixels), HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK, 3).mean((2, 4))
        for values in (squares // STEP, scenes.keys, scenes.numbers):
            digest.update(np.ascontiguousarray(values, dtype="<i8").tobytes())
    return digest.hexdigest()


def _number(part: str) -> int:
    return list(N_SCENES).index(part)

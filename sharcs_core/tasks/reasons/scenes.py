"""What a scene of three things holds: which is of metal, how the others differ, where all stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import hypot, pi

import numpy as np

from sharcs_core.tasks.clevr.scenes import (
    CAMERA_JITTER,
    COLOURS,
    FRAME_HEIGHT,
    LAMP_JITTER,
    MARGIN,
    MATERIALS,
    SHAPES,
    SIZES,
    Look,
    Scene,
    frame_box,
)

N_THINGS = 3
RUBBER, METAL = MATERIALS.index("rubber"), MATERIALS.index("metal")
ZOOM = 1.5
"""How many times longer the lens is than the published one: things that are not too small in a picture 80 wide."""

REACH = 2.4
APART = 0.25
"""Least gap between two things on the ground."""

MAX_TRIES = 200


def draw_things(shape: int, rng: np.random.Generator) -> tuple[Scene, ...]:
    """Three things, the first of metal and of the given shape, the others of rubber; all else is chance.

    All are whole in the frame and stand apart. Whether the first is seen well enough is for the picture to say.
    """
    for _ in range(1000):
        things = _placed(shape, _air(rng), rng)
        if len(things) == N_THINGS:
            return things
    raise RuntimeError(f"Three things do not fit the frame in {1000 * MAX_TRIES:,} tries; the constants do not fit")


def _air(rng: np.random.Generator) -> Scene:
    """A thing of no account, with the camera, the lamps and the look that all things of a scene share."""
    camera = rng.uniform(-CAMERA_JITTER, CAMERA_JITTER, 3).tolist()
    lamps = rng.uniform(-LAMP_JITTER, LAMP_JITTER, (3, 3)).tolist()
    return Scene(
        size=0, colour=0, material=RUBBER, shape=0, x=0.0, y=0.0, angle=0.0,
        camera=(camera[0], camera[1], camera[2]),
        lamps=tuple(tuple(lamp) for lamp in lamps),
        look=Look(*rng.uniform(-1.0, 1.0, 8).tolist()),
    )  # fmt: skip


def _placed(shape: int, air: Scene, rng: np.random.Generator) -> tuple[Scene, ...]:
    """As many of the three things as found room."""
    things: list[Scene] = []
    for _ in range(MAX_TRIES):
        thing = _thing(shape if not things else int(rng.integers(len(SHAPES))), not things, air, rng)
        if _is_in_frame(thing) and _stand_apart([*things, thing]):
            things.append(thing)
        if len(things) == N_THINGS:
            break
    return tuple(things)


def _thing(shape: int, is_metal: bool, air: Scene, rng: np.random.Generator) -> Scene:
    x, y, turn = rng.uniform(-1.0, 1.0, 3).tolist()
    return replace(
        air,
        size=int(rng.integers(len(SIZES))),
        colour=int(rng.integers(len(COLOURS))),
        material=METAL if is_metal else RUBBER,
        shape=shape,
        x=REACH * x,
        y=REACH * y,
        angle=pi * turn,
    )


def _is_in_frame(thing: Scene) -> bool:
    left, low, right, high = frame_box(thing)
    return max(-left, right) * ZOOM <= MARGIN and max(-low, high) * ZOOM <= MARGIN * FRAME_HEIGHT


def _stand_apart(things: Sequence[Scene]) -> bool:
    return all(
        hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius + APART
        for one, other in combinations(things, 2)
    )

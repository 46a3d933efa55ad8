"""The scenes of three things that we render: drawn once from a fixed seed, kept in the cache once rendered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Codes, Ints
from sharcs_core.tasks.array_cache import cached_arrays
from sharcs_core.tasks.clevr.generated import RENDERER_VERSION
from sharcs_core.tasks.clevr.scenes import SHAPES, Scene
from sharcs_core.tasks.reasons.patches import CORNERS, corner_of
from sharcs_core.tasks.reasons.scenes import ZOOM, draw_things

SEED = 22
N_SCENES = {"train": 6000, "validation": 1000, "test": 1500}
WIDTH, HEIGHT = 80, 60
SEEN_SHARE, SEEN_PIXELS = 0.6, 24
"""What must be seen of the metal thing at least: of what would be seen if it stood alone, and at all."""

FACTS = ("size", "colour", "shape", "side")


@dataclass(frozen=True)
class ReasonScenes:
    """Pictures with the reason of each.

    Attributes:
        pixels: (n, H, W, 3) uint8.
        visible: (n, 3, H, W), where each thing is seen itself; the first is the one of metal.
        things: (n, 3, 4), each thing's size, colour, shape, and side by the mean column of where it is seen; -1 where
            none of it is.
        wordings: (n,), which wording its sentence has.
    """

    pixels: NDArray[np.uint8]
    visible: Codes
    things: Ints
    wordings: Ints

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def facts(self) -> Ints:
        """The metal thing's size, colour, shape and side, (n, 4)."""
        own: Ints = self.things[:, 0]
        return own

    @property
    def labels(self) -> Ints:
        """The metal thing's shape, (n,)."""
        shapes: Ints = self.facts[:, FACTS.index("shape")]
        return shapes

    @property
    def masks(self) -> Codes:
        """Where the metal thing is seen, (n, H, W)."""
        seen: Codes = self.visible[:, 0]
        return seen


def reason_scenes(part: str, n: int | None = None) -> ReasonScenes:
    """The first ``n`` scenes of a split (default: all), rendered if they are not in the cache."""
    n = n or N_SCENES[part]
    name = f"clevr_reasons-{part}-{n}-{SEED}-{WIDTH}x{HEIGHT}-renderer{RENDERER_VERSION}"
    fields = ("pixels", "visible", "things", "wordings")
    arrays = cached_arrays(name, fields, n, lambda: _rendered(part, n))
    return ReasonScenes(**arrays)


def _rendered(part: str, n: int) -> dict[str, NDArray[np.generic]]:
    rendered = [_scene(part, place) for place in range(n)]
    pixels, visible, things, wordings = (np.stack(values) for values in zip(*rendered, strict=True))
    return {"pixels": pixels, "visible": visible, "things": things, "wordings": wordings}


def _scene(part: str, place: int) -> tuple[NDArray[np.uint8], Codes, Ints, np.int64]:
    """Scene ``place`` of a split: its shape goes round, all else is drawn from its place alone."""
    from sharcs_core.tasks.clevr.renderer.group import render_group

    rng = np.random.default_rng([SEED, list(N_SCENES).index(part), place])
    while True:
        things = draw_things(place % len(SHAPES), rng)
        picture = render_group(things, WIDTH, HEIGHT, ZOOM)
        if _is_seen(picture.visible[0], int(picture.whole[0])):
            facts = [_facts(thing, seen) for thing, seen in zip(things, picture.visible, strict=True)]
            return picture.pixels, picture.visible, np.array(facts), np.int64(rng.integers(3))


def _is_seen(seen: Codes, whole: int) -> bool:
    """Enough of the metal thing, and none of it in any corner that a patch might cover."""
    n_pixels = int(seen.sum())
    in_corner = any(bool(corner_of(seen, corner).any()) for corner in CORNERS)
    return n_pixels >= max(SEEN_PIXELS, SEEN_SHARE * whole) and not in_corner


def _facts(thing: Scene, seen: Codes) -> tuple[int, int, int, int]:
    weights = seen.sum(0)
    if not weights.any():
        return thing.size, thing.colour, thing.shape, -1
    middle = float((np.arange(WIDTH) + 0.5) @ weights / weights.sum())
    return thing.size, thing.colour, thing.shape, int(middle >= WIDTH / 2)

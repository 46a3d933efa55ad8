"""Draws scenes: a ray caster for one object on an endless ground, with soft shadows, deterministic to the last bit.

Light is worked out in linear units and shown by the sRGB standard curve, as the published generator's pictures are.
Ground and shadows are smooth, so one ray an element is enough; the object gets ``RAYS`` by ``RAYS`` of them.

Shapes: H, W the picture's height and width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from numbers import Integral

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Floats
from sharcs_core.tasks.clevr.renderer.lighting import Stage, ground_light, stage_of, turn
from sharcs_core.tasks.clevr.renderer.materials import PALETTE, metal, rubber, surface_of
from sharcs_core.tasks.clevr.renderer.shapes import meet
from sharcs_core.tasks.clevr.scenes import FOCAL, FRAME_HEIGHT, MATERIALS, Scene, camera_of, frame_box, is_whole

WIDTH, HEIGHT = 160, 120
MIN_WIDTH, MAX_WIDTH = 32, 1280
RAYS = 4
"""Rays a picture element, each way, where the object may be."""

BEVEL = 0.12
"""How round edges are: radius of the rounding over that of the solid."""

GRAIN = 0.025
"""Most that noise changes an element's light by, as a standard deviation."""

BRIGHTEST = 4.0
"""No ray counts for more than this many times white: a lamp mirrored in metal would else eat its surroundings."""


@dataclass(frozen=True)
class Rendering:
    """A picture and what it shows.

    Attributes:
        pixels: (H, W, 3), 0 to 255.
        mask: (H, W), the elements of which the object covers half or more; where none is, the most covered.
        box: left, top, right, bottom of the mask; the last column and row are right - 1 and bottom - 1.
    """

    pixels: np.ndarray
    mask: Codes
    box: tuple[int, int, int, int]


def _curve() -> np.ndarray:
    """Shown values, 0 to 255, of 4,097 even steps of linear light from 0 to 1: the sRGB standard."""
    light = np.linspace(0, 1, 4097)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * shown).astype(np.uint8)


CURVE = _curve()


def render(scene: Scene, width: int = WIDTH, height: int = HEIGHT) -> Rendering:
    """The picture of a scene, its object's mask and box. The same scene gives the same bytes, whatever came before.

    Raises:
        ValueError: the picture is not four wide to three high, or narrower than 32 or wider than 1,280 elements; or
            the frame cuts the object.
    """
    check_resolution(width, height)
    if not is_whole(scene):
        raise UserError(f"The frame cuts the object: stand it nearer the middle than {scene.x:g}, {scene.y:g}")
    camera, rotation = camera_of(scene), turn(scene.angle)
    start = (rotation @ (camera.place - scene.centre)).astype(np.float32)
    axes = [(rotation @ axis).astype(np.float32) for axis in (camera.right, camera.up, FOCAL * camera.forward)]
    stage = stage_of(scene, PALETTE[scene.colour])
    across = (2 * np.arange(width, dtype=np.float32) + 1) / width - 1
    upwards = FRAME_HEIGHT - (2 * np.arange(height, dtype=np.float32) + 1) / width
    light = ground_light(stage, *ground_points(stage, start, axes, across, upwards))
    rows, columns = _elements(scene, width, height)
    added, covered = draw_object(scene, stage, start, axes, across[columns], upwards[rows], 2 / width)
    light[:, rows, columns] *= 1 - covered
    light[:, rows, columns] += added
    light *= grain(scene, height, width)
    return _rendering(light, covered, rows, columns)


def render_many(scenes: Sequence[Scene], width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """The pictures of n scenes, (n, H, W, 3) of 0 to 255; errors as those of ``render``."""
    check_resolution(width, height)
    pictures = np.empty((len(scenes), height, width, 3), dtype=np.uint8)
    for picture, scene in zip(pictures, scenes, strict=True):
        picture[:] = render(scene, width, height).pixels
    return pictures


def grain(scene: Scene, height: int, width: int) -> Floats:
    """What a path tracer's noise multiplies each element by, (H, W): the scene's own, whatever came before."""
    # From numbers that are the scene's alone: pictures must not depend on what was drawn before.
    seed = np.array([scene.x, scene.y, scene.look.grain]).view(np.uint32)
    noise = np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)
    return 1 + (GRAIN * (1 + scene.look.grain) / 2) * noise


def check_resolution(width: int, height: int) -> None:
    whole = isinstance(width, Integral) and isinstance(height, Integral)
    if not whole or 4 * height != 3 * width or not MIN_WIDTH <= width <= MAX_WIDTH:
        raise UserError(
            f"A picture is four wide to three high and {MIN_WIDTH} to {MAX_WIDTH} elements wide, such as 160 by 120 "
            f"(got {width!r} by {height!r})"
        )


def ground_points(
    stage: Stage, start: Floats, axes: Sequence[Floats], across: Floats, upwards: Floats
) -> tuple[Floats, Floats]:
    """Where the ray through each element meets the ground: x (H, W) and y (H, W).

    The camera's horizon is level, so a whole row meets the ground at one distance; none looks above the horizon.
    """
    right, up, forward = axes
    down = -(forward[2] + upwards * up[2])
    far = (start[2] + stage.radius) / np.maximum(down, 1e-3)
    x, y = (
        (start[axis] + far * (forward[axis] + upwards * up[axis]))[:, None] + np.outer(far * right[axis], across)
        for axis in (0, 1)
    )
    return x, y


def _elements(scene: Scene, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of the picture that the object may touch."""
    left, low, right, high = frame_box(scene)
    return (
        beside((FRAME_HEIGHT - high) * width / 2, (FRAME_HEIGHT - low) * width / 2, height),
        beside((left + 1) * width / 2, (right + 1) * width / 2, width),
    )


def beside(first: float, last: float, n_elements: int) -> slice:
    """Elements from one before ``first`` to one after ``last``, for the blur, within the picture."""
    return slice(max(floor(first) - 1, 0), min(floor(last) + 2, n_elements))


def draw_object(
    scene: Scene, stage: Stage, start: Floats, axes: Sequence[Floats], across: Floats, upwards: Floats, step: float
) -> tuple[Floats, Floats]:
    """The object's light in h rows by w columns of elements ``step`` apart, (3, h, w), and its cover (h, w), 0 to 1."""
    right, up, forward = axes
    offsets = step * _spread(scene) * ((np.arange(RAYS, dtype=np.float32) + 0.5) / RAYS - 0.5)
    u = (across[:, None] + offsets).reshape(-1)
    v = (upwards[:, None] - offsets).reshape(-1)
    rays = ((forward[:, None] + up[:, None] * v)[:, :, None] + (right[:, None] * u)[:, None, :]).reshape(3, -1)
    rays /= np.sqrt(rays[0] ** 2 + rays[1] ** 2 + rays[2] ** 2)
    rounding = BEVEL * 1.6**scene.look.bevel * scene.radius
    hits, points, normals = meet(stage.shape, scene.radius, rounding, start, rays)
    light = np.minimum(_shade(scene, stage, points, normals, -rays[:, hits]), BRIGHTEST)
    shape = (len(upwards), RAYS, len(across), RAYS)
    places, share = _element_of(hits, shape), 1 / RAYS**2
    n_elements = shape[0] * shape[2]
    added = np.stack([np.bincount(places, weights=channel, minlength=n_elements) for channel in light])
    covered = np.bincount(places, minlength=n_elements)
    return (
        (share * added).astype(np.float32).reshape(3, shape[0], shape[2]),
        (share * covered).astype(np.float32).reshape(shape[0], shape[2]),
    )


def _spread(scene: Scene) -> float:
    """How many elements wide the square is that one element gathers light from: lens and resizing blur a little."""
    return 1.15 + 0.35 * scene.look.blur


def _element_of(hits: np.ndarray, shape: tuple[int, int, int, int]) -> np.ndarray:
    """The element that each ray belongs to."""
    _, n_down, n_across, n_beside = shape
    row, column = np.divmod(hits, n_across * n_beside)
    element: np.ndarray = row // n_down * n_across + column // n_beside
    return element


def _shade(scene: Scene, stage: Stage, points: Floats, normals: Floats, views: Floats) -> Floats:
    surface, colour = surface_of(points, normals, views), PALETTE[scene.colour]
    if MATERIALS[scene.material] == "rubber":
        return rubber(stage, surface, colour, scene.look)
    return metal(stage, surface, colour, scene.look)


def _rendering(light: Floats, covered: Floats, rows: slice, columns: slice) -> Rendering:
    """The picture of linear light (3, H, W), with the mask and box of an object that covers part of it."""
    pixels = shown(light)
    mask = np.zeros(pixels.shape[:2], dtype=bool)
    mask[rows, columns] = covered >= min(0.5, covered.max())
    down, along = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(along[0]), int(down[0]), int(along[-1]) + 1, int(down[-1]) + 1)
    return Rendering(pixels=pixels, mask=mask, box=box)


def shown(light: Floats) -> np.ndarray:
    """Linear light (3, H, W) as the pixels that are seen, (H, W, 3) uint8."""
    levels = np.clip(light * 4096 + 0.5, 0, 4096).astype(np.int32)
    return np.ascontiguousarray(CURVE[levels].transpose(1, 2, 0))

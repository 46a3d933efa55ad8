"""The lamps of the base scene, what they give the ground, and the soft shadow of one object in closed form.

Each lamp is a square that shines downwards; a sun and a faint even sky join them. The shadow of an upright solid from
one point of light is a known outline on the ground, so the share of a lamp that is hidden follows from the distance to
that outline and the width of the half shadow there: nothing is sampled, so nothing is jagged.

Places are in the object's own frame: its centre the origin, the ground at z = -radius. Shapes: points of the ground
are two arrays x, y of any one shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin, sqrt

import numpy as np

from sharcs_core.structures import Floats
from sharcs_core.tasks.clevr.scenes import SHAPES, Scene

ALBEDO = 0.8
SUN, WORLD = 0.45, 0.051
TOWARDS_SUN = np.array([11.6608, -6.62799, 25.8232]) / np.linalg.norm([11.6608, -6.62799, 25.8232])
SUN_WIDTH = 0.2
LAMPS = (
    ((6.44671, -2.90517, 4.2584), 78.5, (1.0, 0.932, 0.817), 0.5),
    ((-4.67112, -4.0136, 3.01122), 23.6, (0.762, 0.818, 1.0), 0.5),
    ((-1.1685, 2.64602, 5.81574), 39.3, (1.0, 1.0, 1.0), 1.0),
)
"""Key, fill and back lamp: place, watts, tint, side. Kubric's port of the scene names the sides and the sun."""

TINTS = np.array([LAMPS[0][2], LAMPS[1][2]], dtype=np.float32)
"""Tints of key and fill lamp, (2, 3)."""

BOUNCE = {"cube": (0.18, 0.26), "sphere": (0.1, 0.08), "cylinder": (0.18, 0.26)}
"""Radiance that rubber and metal of a shape throw back on the ground, over their colour; fitted to a path tracer."""

BLUR = 0.05
"""Least width of a half shadow: about that of a picture element on the ground."""


@dataclass(frozen=True)
class Lamp:
    """A light: where it is (for the sun: the direction to it), its watts, its side (for the sun: its angle)."""

    place: tuple[float, float, float]
    watts: float
    side: float
    is_sun: bool = False


@dataclass(frozen=True)
class Stage:
    """A scene seen from its object: the solid, and the lights about it.

    Attributes:
        shape, radius: the solid.
        lamps: key, fill, back and the sun.
        bounce: mean radiance, (3,), that the object throws back on the ground.
    """

    shape: str
    radius: float
    lamps: tuple[Lamp, ...]
    bounce: Floats


def tinted(lamps: Sequence[Floats]) -> Floats:
    """The sum, (3, ...), of what key, fill, back lamp and sun give, each (...): only the first two have a tint."""
    key, fill, *white = lamps
    plain = sum(white)
    return np.stack([plain + key * tint + fill * other for tint, other in zip(*TINTS, strict=True)])


def turn(angle: float) -> Floats:
    """Rotation (3, 3) from the world's directions to those of an object turned by ``angle``."""
    return np.array([[cos(angle), sin(angle), 0.0], [-sin(angle), cos(angle), 0.0], [0.0, 0.0, 1.0]])


def _place(vector: Floats) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


def stage_of(scene: Scene, colour: Floats) -> Stage:
    """Lamps with their jitter, seen from the object, and as bright as the scene's look says."""
    rotation, brightness, wider = turn(scene.angle), 1.12**scene.look.brightness, 1.6**scene.look.softness
    lamps = [
        Lamp(
            place=_place(rotation @ (np.add(place, jitter) - scene.centre)), watts=brightness * watts, side=wider * side
        )
        for (place, watts, _, side), jitter in zip(LAMPS, scene.lamps, strict=True)
    ]
    sun = Lamp(place=_place(rotation @ TOWARDS_SUN), watts=brightness * SUN, side=wider * SUN_WIDTH, is_sun=True)
    shape, back = SHAPES[scene.shape], BOUNCE[SHAPES[scene.shape]][scene.material] * (1 + scene.look.bounce / 2)
    return Stage(shape=shape, radius=scene.radius, lamps=(*lamps, sun), bounce=np.float32(brightness * back) * colour)


def irradiance(lamp: Lamp, stage: Stage, x: Floats, y: Floats) -> Floats:
    """What an unhidden lamp gives the ground at x, y, without its tint."""
    if lamp.is_sun:
        return np.full_like(x, lamp.watts * lamp.place[2])
    height = lamp.place[2] + stage.radius
    squared = (x - lamp.place[0]) ** 2 + (y - lamp.place[1]) ** 2 + height**2
    return (lamp.watts / pi * height**2) / (squared * squared)


def hidden(lamp: Lamp, stage: Stage, x: Floats, y: Floats) -> Floats:
    """Share of the lamp, 0 to 1, that the object hides from the ground at x, y."""
    depth = {"sphere": _sphere_depth, "cylinder": _cylinder_depth, "cube": _cube_depth}[stage.shape]
    inside, width = depth(lamp, stage.radius, x, y)
    share = np.clip(inside / width + 0.5, 0, 1)
    return share * share * (3 - 2 * share)


def _sphere_depth(lamp: Lamp, radius: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """How deep rays from the ground to the lamp run inside the sphere's outline, and the half shadow's width there."""
    lamp_x, lamp_y, lamp_z = lamp.place
    if lamp.is_sun:
        along = radius * lamp_z - x * lamp_x - y * lamp_y
        spread = np.full_like(x, lamp.side)
    else:
        ray_x, ray_y, ray_z = lamp_x - x, lamp_y - y, lamp_z + radius
        inverse = 1 / np.sqrt(ray_x * ray_x + ray_y * ray_y + ray_z * ray_z)
        along = (radius * ray_z - x * ray_x - y * ray_y) * inverse
        spread = lamp.side * inverse
    aside = np.sqrt(np.maximum(x * x + y * y + radius**2 - along * along, 0))
    return radius - aside, np.maximum(along, 0) * spread + BLUR


def _cast(lamp: Lamp, radius: float) -> tuple[float, float, float]:
    """Where the solid's top throws its shadow on the ground (x, y), and how much larger than itself."""
    height = 2 * radius
    if lamp.is_sun:
        return -lamp.place[0] / lamp.place[2] * height, -lamp.place[1] / lamp.place[2] * height, 1.0
    swell = 1 / max(1 - height / (lamp.place[2] + radius), 0.05)
    return lamp.place[0] * (1 - swell), lamp.place[1] * (1 - swell), swell


def _width(lamp: Lamp, radius: float, share: Floats) -> Floats:
    """Width of the half shadow that an edge at ``share`` of the solid's height throws."""
    height = 2 * radius * share
    if lamp.is_sun:
        return lamp.side * height + BLUR
    return lamp.side * height / (lamp.place[2] + radius - height) + BLUR


def _cylinder_depth(lamp: Lamp, radius: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Depth inside the hull of two discs: the one stood on, and the top's shadow."""
    top_x, top_y, swell = _cast(lamp, radius)
    squared, growth = top_x**2 + top_y**2, radius * (swell - 1)
    if squared <= growth**2 * 1.0001 + 1e-9:
        aside = np.sqrt((x - top_x) ** 2 + (y - top_y) ** 2)
        return radius * swell - aside, _width(lamp, radius, np.ones_like(x))
    length = sqrt(squared)
    along = (x * top_x + y * top_y) / length
    aside = np.abs(x * top_y - y * top_x) / length
    # The discs' common tangent leans by this: a point belongs to the tangent's foot on the axis.
    lean = growth / sqrt(squared - growth**2)
    share = np.clip((along + aside * lean) / length, 0, 1)
    disc_x, disc_radius = share * length, radius + share * growth
    return disc_radius - np.sqrt((along - disc_x) ** 2 + aside**2), _width(lamp, radius, share)


def _cube_depth(lamp: Lamp, radius: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Depth inside the hull of two squares: the one stood on, and the top's shadow."""
    top_x, top_y, swell = _cast(lamp, radius)
    depth = None
    for across, up, support in _cube_edges(radius, top_x, top_y, swell):
        below = support - x * across - y * up
        depth = below if depth is None else np.minimum(depth, below)
    length = max(hypot(top_x, top_y), 1e-3)
    along = (x * (top_x / length) + y * (top_y / length)) / length
    assert depth is not None
    return depth, _width(lamp, radius, np.clip(along, 0, 1))


def _cube_edges(radius: float, top_x: float, top_y: float, swell: float) -> list[tuple[float, float, float]]:
    """Outward directions of the hull's edges and how far it reaches along each."""
    corners = [(a * radius, b * radius) for a in (-1, 1) for b in (-1, 1)]
    points = corners + [(top_x + swell * a, top_y + swell * b) for a, b in corners]
    directions = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)]
    for (a, b), (top_a, top_b) in zip(corners, points[4:], strict=True):
        length = hypot(top_a - a, top_b - b)
        across, up = (top_b - b) / max(length, 1e-9), (a - top_a) / max(length, 1e-9)
        reach = max(across * p + up * q for p, q in points)
        low = min(across * p + up * q for p, q in points)
        here = across * a + up * b
        if reach - here < 1e-6:
            directions.append((across, up))
        elif here - low < 1e-6:
            directions.append((-across, -up))
    return [(across, up, max(across * p + up * q for p, q in points)) for across, up in directions]


def sky_hidden(stage: Stage, x: Floats, y: Floats) -> Floats:
    """Share of the sky, weighted as flat ground sees it, that the object takes."""
    radius = stage.radius
    if stage.shape == "sphere":
        squared = x * x + y * y + radius**2
        return radius**3 / (squared * np.sqrt(squared))
    if stage.shape == "cube":
        gap = np.sqrt(np.maximum(np.abs(x) - radius, 0) ** 2 + np.maximum(np.abs(y) - radius, 0) ** 2)
    else:
        gap = np.maximum(np.sqrt(x * x + y * y) - radius, 0)
    # An endless wall of that height, times the share of the horizon that one as wide as the solid takes.
    steep = (1 - gap / np.sqrt(gap * gap + 4 * radius**2)) / 2
    cover: Floats = steep * (radius / (gap * 0.6 + radius))
    return cover


def ground_light(stage: Stage, x: Floats, y: Floats) -> Floats:
    """Radiance of the ground at x, y under lamps, sun and sky, with the object's shadows and what it throws back.

    Shapes: x, y (...), returns (3, ...).
    """
    return ground_among([(stage, x, y)])


def ground_among(seen: Sequence[tuple[Stage, Floats, Floats]]) -> Floats:
    """The same of ground that several objects stand on: of each, its stage and the ground's places x, y in its frame.

    What each hides of a lamp or of the sky is taken to be hidden regardless of the others.

    Shapes: x, y (...), returns (3, ...).
    """
    first, x, y = seen[0]
    lamps = [irradiance(lamp, first, x, y) for lamp in first.lamps]
    sky: Floats | float = 1.0
    thrown: Floats | float = 0.0
    for stage, own_x, own_y in seen:
        lamps = [
            light * (1 - hidden(lamp, stage, own_x, own_y)) for light, lamp in zip(lamps, stage.lamps, strict=True)
        ]
        taken = sky_hidden(stage, own_x, own_y)
        sky = sky * (1 - taken)
        thrown = thrown + pi * np.multiply.outer(stage.bounce, taken)
    light = tinted(lamps)
    light += (pi * WORLD) * sky
    light += thrown
    light *= ALBEDO / pi
    return light

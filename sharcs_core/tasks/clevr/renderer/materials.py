"""How rubber and metal look under the lamps, the sun, the sky and the ground's own light.

Shapes: N points of the object's surface; points, unit normals and unit directions to the camera are (3, N).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from sharcs_core.structures import Floats
from sharcs_core.tasks.clevr.renderer.lighting import WORLD, Lamp, Stage, ground_light, tinted
from sharcs_core.tasks.clevr.renderer.shapes import dot
from sharcs_core.tasks.clevr.scenes import Look

PALETTE = np.array(
    [
        (87, 87, 87),
        (173, 35, 35),
        (42, 75, 215),
        (29, 105, 20),
        (129, 74, 25),
        (129, 38, 192),
        (41, 208, 208),
        (255, 238, 51),
    ],
    dtype=np.float32,
) / np.float32(255)
"""The eight colours; the published generator takes these shares as they are for linear light."""

RUBBER_ROUGHNESS, RUBBER_GLOSS = 0.45, 0.03
METAL_ROUGHNESS = 0.09
HORIZON = 40.0
"""How far off, in units, a level reflection is taken to meet the ground."""


@dataclass(frozen=True)
class Surface:
    """Points of the object, where they face, and where they are seen from.

    Attributes:
        points, normals, views: (3, N).
        facing: cosine between normal and view, (N,), at least a little above 0.
    """

    points: Floats
    normals: Floats
    views: Floats
    facing: Floats


def surface_of(points: Floats, normals: Floats, views: Floats) -> Surface:
    """The surface at ``points``, with the cosine by which it faces the camera."""
    return Surface(points=points, normals=normals, views=views, facing=np.maximum(dot(normals, views), 0.02))


def rubber(stage: Stage, surface: Surface, colour: Floats, look: Look) -> Floats:
    """Radiance (3, N): even in all directions, with a faint broad highlight."""
    direct, gloss = _from_lamps(stage, surface, RUBBER_ROUGHNESS)
    up = surface.normals[2]
    below = _bounced(stage, surface)
    around = WORLD * (1 + up) / 2 + below * (1 - up) / 2
    gloss_ahead = RUBBER_GLOSS * 2.0**look.gloss
    fresnel = gloss_ahead + (1 - gloss_ahead) * (1 - surface.facing) ** 5 * 0.3
    light: Floats = colour[:, None] * (direct / pi + around) + fresnel * (gloss + around)
    return light


def metal(stage: Stage, surface: Surface, colour: Floats, look: Look) -> Floats:
    """Radiance (3, N): the ground, the sky and the lamps mirrored, in the object's colour, paler at a slant."""
    roughness = METAL_ROUGHNESS * 2.0**look.roughness
    _, gloss = _from_lamps(stage, surface, roughness)
    mirrored = _mirrored(stage, surface, roughness)
    slant = (1 + look.gloss) / 2 * (1 - surface.facing) ** 5
    light: Floats = (colour[:, None] * (1 - slant) + slant) * (mirrored + gloss)
    return light


def _from_lamps(stage: Stage, surface: Surface, roughness: float) -> tuple[Floats, Floats]:
    """Irradiance, and radiance mirrored by facets of some roughness (GGX) before colour, both (3, N)."""
    falls, glosses = [], []
    for lamp in stage.lamps:
        towards, strength, spread = _light(lamp, surface.points)
        slope = dot(surface.normals, towards)
        lit = np.maximum(slope, 0)
        falls.append(strength * lit)
        glosses.append(strength * _facets(surface, towards, slope, roughness + spread / 4) * (slope > 0))
    return tinted(falls), tinted(glosses)


def _light(lamp: Lamp, points: Floats) -> tuple[Floats, Floats | float, Floats | float]:
    """Direction to the lamp (3, N) or (3, 1), what reaches a face turned to it, and the angle the lamp takes."""
    place = np.array(lamp.place, dtype=np.float32)[:, None]
    if lamp.is_sun:
        return place, lamp.watts, lamp.side
    towards = place - points
    inverse = 1 / np.sqrt(dot(towards, towards))
    towards = towards * inverse
    return towards, lamp.watts / pi * towards[2] * inverse * inverse, lamp.side * inverse


def _facets(surface: Surface, towards: Floats, slope: Floats, roughness: Floats | float) -> Floats:
    """Share of a lamp's light mirrored to the camera, times the cosine of its fall."""
    between = np.maximum(2 + 2 * dot(surface.views, towards), 1e-4)
    halfway = (slope + surface.facing) / np.sqrt(between)
    squared = roughness * roughness
    peak = halfway * halfway * (squared - 1) + 1
    density: Floats = squared / (4 * pi * peak * peak * np.maximum(surface.facing, 0.25))
    return density


def _bounced(stage: Stage, surface: Surface) -> Floats:
    """Mean radiance (3, N) of the ground that each point faces."""
    height = surface.points[2] + stage.radius
    reach = height + (0.0 if stage.shape == "sphere" else 0.4) * stage.radius
    x = surface.points[0] + surface.normals[0] * reach
    y = surface.points[1] + surface.normals[1] * reach
    return ground_light(stage, x, y)


def _mirrored(stage: Stage, surface: Surface, roughness: float) -> Floats:
    """What each point mirrors, (3, N): ground below the horizon, sky above it, blurred where they meet."""
    rays = 2 * surface.facing * surface.normals - surface.views
    height = surface.points[2] + stage.radius
    down = np.maximum(-rays[2], 1e-3)
    far = np.minimum(height / down, HORIZON)
    ground = ground_light(stage, surface.points[0] + far * rays[0], surface.points[1] + far * rays[1])
    width = max(2 * roughness, 0.05)
    share = np.clip(0.5 - rays[2] / (2 * width), 0, 1)
    share = share * share * (3 - 2 * share)
    light: Floats = WORLD + share * (ground - WORLD)
    return light

"""Where rays meet the three shapes, exactly, with rounded edges; in the object's own frame, its centre the origin.

Shapes: N rays; points, directions and normals are (3, N) float32. A solid has half height ``radius``; a sphere and a
cylinder have that radius, a cube that half side.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from sharcs_core.structures import Floats, Ints

Hits: TypeAlias = tuple[Ints, Floats, Floats]
"""Places of the hits among the rays (H,), points (3, H), unit normals (3, H)."""

FAR = np.float32(1e9)
ROUNDING_STEPS = 5
TOUCHING = 0.006
"""How near, in radii, a ray must come to a rounded edge to meet it."""


def dot(first: Floats, second: Floats) -> Floats:
    """The N inner products of two (3, N) arrays (or of one with a (3, 1) array)."""
    products: Floats = first[0] * second[0] + first[1] * second[1] + first[2] * second[2]
    return products


def meet(shape: str, radius: float, rounding: float, start: Floats, rays: Floats) -> Hits:
    """Which rays from one ``start`` (3,) along unit ``rays`` (3, N) meet the solid, where, and its normal there.

    Returns:
        places of the hits among the rays (H,), points (3, H), unit normals (3, H).
    """
    if shape == "sphere":
        return _meet_sphere(radius, start, rays)
    near, far = (_cube_span if shape == "cube" else _cylinder_span)(radius, start, rays)
    hits = np.flatnonzero((near < far) & (near > 0))
    points = start[:, None] + near[hits] * rays[:, hits]
    return _round(shape, radius, rounding, hits, points, rays[:, hits])


def _meet_sphere(radius: float, start: Floats, rays: Floats) -> Hits:
    towards = -dot(rays, start)
    under_root = towards**2 - (start @ start - np.float32(radius) ** 2)
    hits = np.flatnonzero(under_root > 0)
    along = towards[hits] - np.sqrt(under_root[hits])
    points = start[:, None] + along * rays[:, hits]
    return hits, points, points / np.float32(radius)


def _cube_span(radius: float, start: Floats, rays: Floats) -> tuple[Floats, Floats]:
    """Where each ray enters and leaves the cube with sharp edges."""
    slopes = 1 / np.where(np.abs(rays) < 1e-7, np.float32(1e-7), rays)
    middle, half = -start[:, None] * slopes, radius * np.abs(slopes)
    return (middle - half).max(axis=0), (middle + half).min(axis=0)


def _cylinder_span(radius: float, start: Floats, rays: Floats) -> tuple[Floats, Floats]:
    """Where each ray enters and leaves the upright cylinder with sharp rims; nowhere: from far to near."""
    flat = np.maximum(rays[0] ** 2 + rays[1] ** 2, np.float32(1e-9))
    towards = -(rays[0] * start[0] + rays[1] * start[1])
    under_root = towards**2 - flat * (start[0] ** 2 + start[1] ** 2 - np.float32(radius) ** 2)
    root = np.sqrt(np.maximum(under_root, 0))
    slope = 1 / np.where(np.abs(rays[2]) < 1e-7, np.float32(1e-7), rays[2])
    middle, half = -start[2] * slope, radius * np.abs(slope)
    near = np.where(under_root > 0, np.maximum((towards - root) / flat, middle - half), FAR)
    return near, np.minimum((towards + root) / flat, middle + half)


def _round(shape: str, radius: float, rounding: float, hits: Ints, points: Floats, rays: Floats) -> Hits:
    """Carries points of the sharp solid on along their rays to the one with edges rounded off, or drops them.

    The distance to the rounded solid never overshoots, so a few steps of that length end on it.
    """
    inner = radius - rounding
    for _ in range(ROUNDING_STEPS):
        gap = np.sqrt(_beyond_squared(shape, inner, points)) - np.float32(rounding)
        points = points + np.maximum(gap, 0) * rays
    kept = np.flatnonzero(gap < TOUCHING * radius)
    points = points[:, kept]
    return hits[kept], points, _rounded_normal(shape, inner, points)


def _beyond_squared(shape: str, inner: float, points: Floats) -> Floats:
    """Squared distance of points from the solid shrunk to ``inner``, (N,)."""
    if shape == "cube":
        beyond = np.maximum(np.abs(points) - inner, 0)
        return dot(beyond, beyond)
    side = np.maximum(np.sqrt(points[0] ** 2 + points[1] ** 2) - inner, 0)
    cap = np.maximum(np.abs(points[2]) - inner, 0)
    squared: Floats = side**2 + cap**2
    return squared


def _rounded_normal(shape: str, inner: float, points: Floats) -> Floats:
    """Away from the shrunk solid, (3, N)."""
    if shape == "cube":
        away = np.copysign(np.maximum(np.abs(points) - inner, 0), points)
    else:
        across = np.maximum(np.sqrt(points[0] ** 2 + points[1] ** 2), np.float32(1e-6))
        side = np.maximum(across - inner, 0) / across
        away = np.stack(
            [points[0] * side, points[1] * side, np.copysign(np.maximum(np.abs(points[2]) - inner, 0), points[2])]
        )
    return away / np.sqrt(np.maximum(dot(away, away), np.float32(1e-12)))

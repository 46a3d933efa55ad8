"""What a scene of CLEVR holds: one object with four attributes, where it stands, and how camera and lamps stray.

The constants are those of the published generator (Johnson et al., "CLEVR", arXiv 1612.06890), but for the side of a
cube (see ``RADII``). The ground is the plane z = 0 and lengths are in its units. The frame is four wide to three high;
its coordinates run from -1 to 1 across and from -0.75 to 0.75 upwards.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import cos, isfinite, pi, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike

from sharcs_core.errors import UserError
from sharcs_core.structures import Floats

SIZES = ("large", "small")
COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
MATERIALS = ("rubber", "metal")
SHAPES = ("cube", "sphere", "cylinder")
N_KEYS = len(SIZES) * len(COLOURS) * len(MATERIALS) * len(SHAPES)

RADII = (0.7, 0.35)
"""Half the height of an object of each size: radius of a sphere or a cylinder, half the side of a cube.

The published script divides a cube's scale by the root of two; the generator's own pictures do not show that. Half a
cube's side measures .7 and .35 on them, so the pictures are followed here. No other constant comes from the pictures.
"""

CAMERA = (7.48113, -6.50764, 5.34367)
FOCAL = 35.0 / 16.0
"""A 35 mm lens before a sensor 32 mm wide: distance of the frame that is two wide."""

FRAME_HEIGHT = 0.75
REACH, CAMERA_JITTER, LAMP_JITTER = 3.0, 0.5, 1.0
MARGIN = 0.99
N_OUTLINE = 48
MAX_TRIES = 1000


@dataclass(frozen=True)
class Look:
    """What the published constants leave open, so that a reader of our scenes cannot lean on our guess of it.

    Each is in [-1, 1], and 0 the likeliest: how rough metal is, how wide bevels are, how bright the lights, how glossy
    rubber is and how pale metal at a slant, how wide lamps are (which softens shadows), how much light the object
    throws back on the ground, how grainy the picture, and how blurred.
    """

    roughness: float = 0.0
    bevel: float = 0.0
    brightness: float = 0.0
    gloss: float = 0.0
    softness: float = 0.0
    bounce: float = 0.0
    grain: float = 0.0
    blur: float = 0.0

    def __post_init__(self) -> None:
        if not all(-1 <= value <= 1 for value in astuple(self)):
            raise UserError(f"What a scene looks like is told by numbers from -1 to 1 (got {self!r})")


@dataclass(frozen=True)
class Scene:
    """One object on the ground.

    Attributes:
        size, colour, material, shape: places in ``SIZES``, ``COLOURS``, ``MATERIALS``, ``SHAPES``.
        x, y: where its centre stands, in [-3, 3].
        angle: turn about the vertical, in radians.
        camera: what is added to the camera's place, each in [-0.5, 0.5]; it always looks at the origin.
        lamps: what is added to the places of the key, the fill and the back lamp, each in [-1, 1].
        look: what the published constants leave open.

    Raises:
        ValueError: an attribute is not a place in its list, or a number is beyond its range.
    """

    size: int
    colour: int
    material: int
    shape: int
    x: float
    y: float
    angle: float
    camera: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lamps: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 0.0),) * 3
    look: Look = Look()

    def __post_init__(self) -> None:
        for name, values in (("size", SIZES), ("colour", COLOURS), ("material", MATERIALS), ("shape", SHAPES)):
            place = getattr(self, name)
            if place not in range(len(values)):
                raise UserError(f"A scene's {name} is a whole number from 0 to {len(values) - 1} (got {place!r})")
        if np.shape(self.camera) != (3,) or np.shape(self.lamps) != (3, 3):
            raise UserError(
                "A scene needs three numbers for its camera and for each of three lamps "
                f"(got {self.camera!r}, {self.lamps!r})"
            )
        _check_reach("x and y", (self.x, self.y), REACH)
        _check_reach("camera", self.camera, CAMERA_JITTER)
        _check_reach("lamps", self.lamps, LAMP_JITTER)
        if not isfinite(self.angle):
            raise UserError(f"A scene's angle is a finite number of radians (got {self.angle!r})")

    @property
    def key(self) -> int:
        """The four attributes as one number, 0 to 95."""
        return attributes_key(self.size, self.colour, self.material, self.shape)

    @property
    def radius(self) -> float:
        """Half the object's height: radius of a sphere or a cylinder, half the side of a cube."""
        return RADII[self.size]

    @property
    def centre(self) -> Floats:
        """The object's centre, (3,)."""
        return np.array([self.x, self.y, self.radius])


def _check_reach(name: str, values: ArrayLike, most: float) -> None:
    if not (np.abs(values) <= most).all():
        raise UserError(f"A scene's {name} are numbers from {-most} to {most} (got {values!r})")


def attributes_key(size: int, colour: int, material: int, shape: int) -> int:
    """The semantics key of four attributes.

    >>> attributes_key(1, 7, 1, 2)
    95
    """
    return ((size * len(COLOURS) + colour) * len(MATERIALS) + material) * len(SHAPES) + shape


def key_attributes(key: int) -> tuple[int, int, int, int]:
    """Size, colour, material and shape of a semantics key.

    Raises:
        ValueError: the key is not a whole number from 0 to 95.

    >>> key_attributes(95)
    (1, 7, 1, 2)
    """
    if isinstance(key, bool) or key not in range(N_KEYS):
        raise UserError(f"A scene's key is a whole number from 0 to {N_KEYS - 1} (got {key!r})")
    rest, shape = divmod(int(key), len(SHAPES))
    rest, material = divmod(rest, len(MATERIALS))
    size, colour = divmod(rest, len(COLOURS))
    return size, colour, material, shape


@dataclass(frozen=True)
class Camera:
    """Where the camera stands (3,) and the three directions (3,) it sees by."""

    place: Floats
    right: Floats
    up: Floats
    forward: Floats

    def project(self, points: Floats) -> Floats:
        """Frame coordinates (n, 2) of points (n, 3); not a number for what is not before the camera."""
        seen = points - self.place
        depth = seen @ self.forward
        depth = np.where(depth > 0.1, depth, np.nan)
        return FOCAL * np.stack([seen @ self.right, seen @ self.up], axis=1) / depth[:, None]


def camera_of(scene: Scene) -> Camera:
    """The scene's camera, which looks at the origin with its horizon level."""
    place = np.add(CAMERA, scene.camera)
    forward = -place / np.linalg.norm(place)
    right = np.array([forward[1], -forward[0], 0.0]) / np.hypot(forward[0], forward[1])
    return Camera(place=place, right=right, up=np.cross(right, forward), forward=forward)


def outline(scene: Scene) -> Floats:
    """Points (n, 3) whose hull holds the object closely: a cube's corners, or rings about a cylinder or a sphere."""
    radius = scene.radius
    if SHAPES[scene.shape] == "cube":
        rings, n_points, turn = [(-radius, radius * sqrt(2.0)), (radius, radius * sqrt(2.0))], 4, scene.angle + pi / 4
    elif SHAPES[scene.shape] == "cylinder":
        rings, n_points, turn = (
            [(-radius, radius / cos(pi / N_OUTLINE)), (radius, radius / cos(pi / N_OUTLINE))],
            N_OUTLINE,
            0.0,
        )
    else:
        lifts = np.linspace(0, pi, N_OUTLINE // 2 + 1)
        wide = radius / cos(pi / N_OUTLINE) ** 2
        rings, n_points, turn = [(wide * cos(lift), wide * sin(lift)) for lift in lifts], N_OUTLINE, 0.0
    angles = turn + np.arange(n_points) * (2 * pi / n_points)
    points = [np.stack([wide * np.cos(angles), wide * np.sin(angles), np.full(n_points, z)], 1) for z, wide in rings]
    hull: Floats = scene.centre + np.concatenate(points)
    return hull


def frame_box(scene: Scene) -> tuple[float, float, float, float]:
    """Left, lowest, right and highest frame coordinate of the object."""
    seen = camera_of(scene).project(outline(scene))
    left, low = seen.min(axis=0)
    right, high = seen.max(axis=0)
    return float(left), float(low), float(right), float(high)


def is_whole(scene: Scene) -> bool:
    """Does the frame show all of the object, with a little room?"""
    left, low, right, high = frame_box(scene)
    return max(-left, right) <= MARGIN and max(-low, high) <= MARGIN * FRAME_HEIGHT


def _jitter(rng: np.random.Generator, most: float) -> tuple[float, float, float]:
    x, y, z = rng.uniform(-most, most, size=3).tolist()
    return x, y, z


def draw_scene(key: int, rng: np.random.Generator) -> Scene:
    """A scene whose object has the attributes of ``key``, all else chance; none in which the frame cuts the object.

    Raises:
        ValueError: the key is not a whole number from 0 to 95.
    """
    size, colour, material, shape = key_attributes(key)
    for _ in range(MAX_TRIES):
        x, y, turn = rng.uniform(-1.0, 1.0, size=3).tolist()
        scene = Scene(
            size=size,
            colour=colour,
            material=material,
            shape=shape,
            x=REACH * x,
            y=REACH * y,
            angle=pi * turn,
            camera=_jitter(rng, CAMERA_JITTER),
            lamps=(_jitter(rng, LAMP_JITTER), _jitter(rng, LAMP_JITTER), _jitter(rng, LAMP_JITTER)),
            look=Look(*rng.uniform(-1.0, 1.0, size=8).tolist()),
        )
        if is_whole(scene):
            return scene
    raise RuntimeError(f"No scene of key {key} fits the frame in {MAX_TRIES} tries; the constants do not fit")

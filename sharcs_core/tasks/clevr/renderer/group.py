"""Draws several objects on one ground: their shadows meet on it, and the nearer ones cover those behind.

Objects neither shade nor mirror each other. What hides what is settled object by object, the nearest to the camera
first, which is right for solids that stand apart.

Shapes: H, W the picture's height and width, n objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Floats
from sharcs_core.tasks.clevr.renderer.lighting import ground_among, stage_of, turn
from sharcs_core.tasks.clevr.renderer.materials import PALETTE
from sharcs_core.tasks.clevr.renderer.renderer import (
    beside,
    check_resolution,
    draw_object,
    grain,
    ground_points,
    shown,
)
from sharcs_core.tasks.clevr.scenes import FOCAL, FRAME_HEIGHT, Scene, camera_of, frame_box


@dataclass(frozen=True)
class GroupRendering:
    """A picture and what is seen in it of each object.

    Attributes:
        pixels: (H, W, 3), 0 to 255.
        visible: (n, H, W), the elements of which the object itself is seen on half or more.
        whole: (n,), how many elements each would be seen on if no other stood before it.
    """

    pixels: np.ndarray
    visible: Codes
    whole: np.ndarray


@dataclass(frozen=True)
class _Seen:
    """The part of the picture that an object may touch: its light (3, h, w) and cover (h, w) there."""

    rows: slice
    columns: slice
    light: Floats
    cover: Floats


def render_group(scenes: Sequence[Scene], width: int, height: int, zoom: float = 1.0) -> GroupRendering:
    """The picture of objects that one camera sees under the same lamps, each given as a scene of its own.

    Args:
        zoom: how many times longer than the published one the lens is; the frame shows so much less.

    Raises:
        UserError: the picture is not four wide to three high, or scenes differ in camera, lamps or look.
    """
    check_resolution(width, height)
    if len({(scene.camera, scene.lamps, scene.look) for scene in scenes}) != 1:
        raise UserError("Objects of one picture have the same camera, lamps and look")
    across = ((2 * np.arange(width, dtype=np.float32) + 1) / width - 1) / np.float32(zoom)
    upwards = (FRAME_HEIGHT - (2 * np.arange(height, dtype=np.float32) + 1) / width) / np.float32(zoom)
    seen = [_see(scene, across, upwards, zoom) for scene in scenes]
    light = _ground(scenes, across, upwards)
    visible, whole = _cover(light, scenes, seen)
    light *= grain(scenes[0], height, width)
    return GroupRendering(pixels=shown(light), visible=visible >= 0.5, whole=whole)


def _frame(scene: Scene) -> tuple[Floats, list[Floats]]:
    """Where the camera stands and what it sees by, in the object's own frame: (3,) and three of (3,)."""
    camera, rotation = camera_of(scene), turn(scene.angle)
    axes = [(rotation @ axis).astype(np.float32) for axis in (camera.right, camera.up, FOCAL * camera.forward)]
    return (rotation @ (camera.place - scene.centre)).astype(np.float32), axes


def _ground(scenes: Sequence[Scene], across: Floats, upwards: Floats) -> Floats:
    """The ground's light, (3, H, W)."""
    stages = [stage_of(scene, PALETTE[scene.colour]) for scene in scenes]
    return ground_among(
        [
            (stage, *ground_points(stage, *_frame(scene), across, upwards))
            for scene, stage in zip(scenes, stages, strict=True)
        ]
    )


def _see(scene: Scene, across: Floats, upwards: Floats, zoom: float) -> _Seen:
    width, height = len(across), len(upwards)
    left, low, right, high = (zoom * edge * width / 2 for edge in frame_box(scene))
    top = FRAME_HEIGHT * width / 2
    rows = beside(top - high, top - low, height)
    columns = beside(left + width / 2, right + width / 2, width)
    stage = stage_of(scene, PALETTE[scene.colour])
    light, cover = draw_object(scene, stage, *_frame(scene), across[columns], upwards[rows], 2 / width / zoom)
    return _Seen(rows, columns, light, cover)


def _cover(light: Floats, scenes: Sequence[Scene], seen: Sequence[_Seen]) -> tuple[Floats, np.ndarray]:
    """Puts the objects into ``light`` from the farthest on; what is seen of each (n, H, W), and would be alone (n,)."""
    shares = np.zeros((len(scenes), *light.shape[1:]), dtype=np.float32)
    whole = np.array([int((own.cover >= 0.5).sum()) for own in seen])
    for place in sorted(range(len(scenes)), key=lambda place: -_away(scenes[place])):
        own = seen[place]
        shares[:, own.rows, own.columns] *= 1 - own.cover
        shares[place, own.rows, own.columns] = own.cover
        light[:, own.rows, own.columns] *= 1 - own.cover
        light[:, own.rows, own.columns] += own.light
    return shares, whole


def _away(scene: Scene) -> float:
    """How far the object stands from the camera, along the ground."""
    return float(np.hypot(*(camera_of(scene).place - scene.centre)[:2]))

"""Scenes and their pictures, held against slow recomputation: other projections, rays one by one, lamps sampled."""

from dataclasses import replace
from math import asin, atan2, degrees, hypot, pi, sqrt

import numpy as np
import pytest

from sharcs_core.tasks.clevr.renderer.lighting import hidden, irradiance, sky_hidden, stage_of
from sharcs_core.tasks.clevr.renderer.materials import PALETTE
from sharcs_core.tasks.clevr.renderer.renderer import render, render_many
from sharcs_core.tasks.clevr.renderer.shapes import meet
from sharcs_core.tasks.clevr.scenes import (
    CAMERA,
    COLOURS,
    MATERIALS,
    N_KEYS,
    SHAPES,
    SIZES,
    Look,
    Scene,
    attributes_key,
    draw_scene,
    frame_box,
    key_attributes,
)

CUBE, SPHERE, CYLINDER = range(3)
RUBBER, METAL = range(2)


def scene_of(shape=SPHERE, *, material=RUBBER, size=0, colour=0, x=0.5, y=-0.5, angle=0.4, **rest):
    """A scene without chance: no jitter, no grain."""
    look = rest.pop("look", Look(grain=-1.0, blur=-0.4))
    return Scene(size, colour, material, shape, x, y, angle, look=look, **rest)


def linear(pixels):
    """Light that pixels of 0 to 255 show, by the sRGB standard."""
    shown = pixels / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def solid_points(scene, n=12000):
    """Random points within the sharp-edged solid, in the world; half its height is written out, not asked for."""
    rng, points = np.random.default_rng(0), np.empty((0, 3))
    half = {0: 0.7, 1: 0.35}[scene.size]
    while len(points) < n:
        drawn = rng.uniform(-half, half, (n, 3))
        across = np.hypot(drawn[:, 0], drawn[:, 1])
        inside = {CUBE: across < 9, SPHERE: np.linalg.norm(drawn, axis=1) <= half, CYLINDER: across <= half}
        points = np.concatenate([points, drawn[inside[scene.shape]]])
    turned = points[:, 0] + 1j * points[:, 1]
    turned = turned * np.exp(1j * scene.angle) + complex(scene.x, scene.y)
    return np.stack([turned.real, turned.imag, points[:, 2] + half], 1)


def seen_at(scene, point, width=160):
    """Column and row, fractions of elements, of a point of the world: angles and triangles, no matrices."""
    camera = [base + jitter for base, jitter in zip(CAMERA, scene.camera, strict=True)]
    pan, tilt = atan2(-camera[1], -camera[0]), asin(camera[2] / sqrt(sum(value**2 for value in camera)))
    away = [value - base for value, base in zip(point, camera, strict=True)]
    ahead = away[0] * np.cos(pan) + away[1] * np.sin(pan)
    right = away[0] * np.sin(pan) - away[1] * np.cos(pan)
    depth = ahead * np.cos(tilt) - away[2] * np.sin(tilt)
    up = ahead * np.sin(tilt) + away[2] * np.cos(tilt)
    half_angle_tangent = 16 / 35
    column = (1 + right / depth / half_angle_tangent) * width / 2
    return column, width * 3 / 8 - up / depth / half_angle_tangent * width / 2


# scenes


def test_a_key_and_its_attributes_tell_each_other():
    assert len(SIZES) * len(COLOURS) * len(MATERIALS) * len(SHAPES) == N_KEYS == 96
    assert [attributes_key(*key_attributes(key)) for key in range(N_KEYS)] == list(range(N_KEYS))
    assert key_attributes(95) == (1, 7, 1, 2)
    assert key_attributes(1) == (0, 0, 0, 1)


def test_every_key_can_be_drawn_and_a_drawn_scene_has_it():
    rng = np.random.default_rng(1)
    for key in range(N_KEYS):
        scene = draw_scene(key, rng)
        assert scene.key == key
        assert abs(scene.x) <= 3
        assert abs(scene.y) <= 3


def test_places_angles_and_jitters_fill_their_ranges():
    rng = np.random.default_rng(2)
    scenes = [draw_scene(attributes_key(1, 0, 0, 1), rng) for _ in range(300)]
    for values, most in (
        ([scene.x for scene in scenes], 3),
        ([scene.angle for scene in scenes], pi),
        ([scene.camera for scene in scenes], 0.5),
        ([scene.lamps for scene in scenes], 1),
    ):
        assert np.abs(values).max() <= most
        assert np.min(values) < -0.95 * most
        assert np.max(values) > 0.95 * most


def test_scenes_come_from_the_generator_alone():
    first, second = (draw_scene(40, np.random.default_rng(seed)) for seed in (5, 5))
    assert first == second
    assert first != draw_scene(40, np.random.default_rng(6))


@pytest.mark.parametrize("shape", range(3))
def test_the_frame_cuts_no_drawn_object(shape):
    rng = np.random.default_rng(3)
    for _ in range(40):
        scene = draw_scene(attributes_key(0, 0, 0, shape), rng)
        columns, rows = np.transpose([seen_at(scene, point) for point in solid_points(scene, 500)])
        assert columns.min() > 0
        assert columns.max() < 160
        assert rows.min() > 0
        assert rows.max() < 120


@pytest.mark.parametrize("key", [-1, 96, 0.5, "3", None, True])
def test_an_unknown_key_is_refused(key):
    with pytest.raises(ValueError, match="whole number from 0 to 95"):
        draw_scene(key, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 2}, "size is a whole number from 0 to 1"),
        ({"colour": -1}, "colour is a whole number from 0 to 7"),
        ({"material": None}, "material"),
        ({"shape": "cube"}, "shape"),
        ({"x": 3.5}, "x and y"),
        ({"y": float("nan")}, "x and y"),
        ({"angle": float("inf")}, "radians"),
        ({"camera": (0.0, 0.0)}, "three numbers"),
        ({"camera": (0.0, 0.0, 0.6)}, "camera"),
        ({"lamps": ((0.0, 0.0, 0.0),) * 2}, "three lamps"),
        ({"lamps": ((0.0, 0.0, -4.0),) * 3}, "lamps"),
    ],
)
def test_a_scene_that_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(scene_of(), **change)


def test_a_look_beyond_its_range_is_refused():
    with pytest.raises(ValueError, match="from -1 to 1"):
        Look(roughness=1.5)


# geometry


@pytest.mark.parametrize("shape", range(3))
@pytest.mark.parametrize("size", range(2))
def test_mask_and_box_hold_the_projected_solid(shape, size):
    scene = scene_of(shape, size=size, camera=(0.3, -0.2, 0.4))
    rendering = render(scene)
    columns, rows = np.transpose([seen_at(scene, point) for point in solid_points(scene)])
    left, top, right, bottom = rendering.box
    assert [left, right] == pytest.approx([columns.min(), columns.max()], abs=1.2)
    assert [top, bottom] == pytest.approx([rows.min(), rows.max()], abs=1.2)
    touched = np.zeros_like(rendering.mask)
    touched[rows.astype(int), columns.astype(int)] = True
    assert touched[rendering.mask].mean() > 0.95  # what is drawn is where the solid is
    assert rendering.mask[rows.astype(int), columns.astype(int)].mean() > 0.97


@pytest.mark.parametrize("size", range(2))
def test_a_cube_fills_the_box_about_the_sphere_of_its_size(size):
    x, y = 0.5, -0.5
    cube, sphere = (scene_of(shape, size=size, x=x, y=y, angle=0.0) for shape in (CUBE, SPHERE))
    half = {0: 0.7, 1: 0.35}[size]
    corners = [(x + a * half, y + b * half, half + c * half) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
    columns, rows = np.transpose([seen_at(cube, corner) for corner in corners])
    assert frame_box(cube) == pytest.approx(
        (columns.min() / 80 - 1, 0.75 - rows.max() / 80, columns.max() / 80 - 1, 0.75 - rows.min() / 80)
    )
    np.testing.assert_allclose([cube.centre, sphere.centre], [(x, y, half)] * 2)


@pytest.mark.parametrize("key", [0, 31, 50, 95])
def test_the_box_is_that_of_the_mask(key):
    rendering = render(draw_scene(key, np.random.default_rng(key)))
    left, top, right, bottom = rendering.box
    rows, columns = np.nonzero(rendering.mask)
    assert (left, top, right, bottom) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert rendering.mask.shape == (120, 160)
    assert rendering.pixels.shape == (120, 160, 3)
    assert rendering.pixels.dtype == np.uint8


@pytest.mark.parametrize("shape", range(3))
def test_size_is_seen(shape):
    large, small = (render(scene_of(shape, size=size)).mask.sum() for size in range(2))
    assert large / small == pytest.approx(4, rel=0.25)


def test_a_sphere_looks_round_and_a_cube_does_not():
    def filled(shape, **rest):  # share of the ellipse within the box, and of its corners, that the mask fills
        rendering = render(scene_of(shape, x=0.0, y=0.0, **rest), 320, 240)
        left, top, right, bottom = rendering.box
        rows, columns = np.mgrid[top:bottom, left:right] + 0.5
        away = np.hypot(
            (columns - (left + right) / 2) / ((right - left) / 2), (rows - (top + bottom) / 2) / ((bottom - top) / 2)
        )
        cut = rendering.mask[top:bottom, left:right]
        return cut[away < 0.97].mean(), cut[away > 1.03].mean()

    assert filled(SPHERE) == (1.0, 0.0)
    assert filled(CYLINDER)[1] > 0.2
    assert min(filled(CUBE, angle=angle)[1] for angle in (0.0, 0.7)) > 0.1


@pytest.mark.parametrize("shape", SHAPES)
def test_rays_meet_the_solid_where_a_march_in_small_steps_does(shape):
    rng, radius, rounding = np.random.default_rng(4), 0.7, 0.1
    start = np.array([4.0, -3.0, 2.5])
    rays = rng.uniform(-1, 1, (80, 3)) - start
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    hits, points, normals = meet(shape, radius, rounding, start.astype(np.float32), rays.T.astype(np.float32))
    marched = [march(shape, radius, rounding, start, ray) for ray in rays]
    assert np.mean([(i in set(hits.tolist())) == (found is not None) for i, found in enumerate(marched)]) > 0.98
    for i, point, normal in zip(hits, points.T, normals.T, strict=True):
        if marched[i] is not None:
            assert np.linalg.norm(point - marched[i]) < 0.03
        assert np.linalg.norm(normal) == pytest.approx(1, abs=1e-3)
        assert normal @ rays[i] < 0.05
        assert beyond(shape, radius, rounding, point + 0.02 * normal) > beyond(shape, radius, rounding, point)


def beyond(shape, radius, rounding, point):
    """Distance of a point outside the rounded solid; 0 or less within."""
    inner = radius - rounding
    if shape == "sphere":
        return np.linalg.norm(point) - radius
    if shape == "cube":
        return np.linalg.norm(np.maximum(np.abs(point) - inner, 0)) - rounding
    return hypot(max(hypot(point[0], point[1]) - inner, 0), max(abs(point[2]) - inner, 0)) - rounding


def march(shape, radius, rounding, start, ray):
    far = 3.0
    while far < 8:
        if beyond(shape, radius, rounding, start + far * ray) <= 0:
            return start + far * ray
        far += 0.01
    return None


# light


@pytest.mark.parametrize("shape", range(3))
@pytest.mark.parametrize("lamp", range(4))
def test_shadows_are_those_of_sampled_lamps(shape, lamp):
    scene = scene_of(shape, x=0.4, y=0.6, angle=0.5)
    stage = stage_of(scene, PALETTE[0])
    light, radius, rng = stage.lamps[lamp], scene.radius, np.random.default_rng(5)
    ground = rng.uniform(-2.2, 2.2, (120, 2))
    ground = ground[np.hypot(*ground.T) > 1.45 * radius]
    computed = hidden(light, stage, *ground.T.astype(np.float32))
    sampled = [blocked_share(light, stage, point, rng) for point in ground]
    assert np.abs(computed - sampled).mean() < 0.03
    assert np.abs(computed - sampled).max() < 0.5
    assert np.sum(np.array(sampled) > 0.9) >= (2 if lamp != 1 else 1)  # the check has seen shadow, and light
    assert np.sum(np.array(sampled) < 0.1) > 20


def blocked_share(light, stage, point, rng, n=60):
    """Share of a lamp's points that the sharp-edged solid hides from a point of the ground, segment by segment."""
    start = np.array([*point, -stage.radius])
    if light.is_sun:
        offsets = light.side / 2 * np.sqrt(rng.random(n)) * np.exp(2j * pi * rng.random(n))
        ends = start + 100 * (np.array(light.place) + np.stack([offsets.real, offsets.imag, 0 * offsets.real], 1))
    else:
        ends = np.array(light.place) + light.side * np.c_[rng.random((n, 2)) - 0.5, np.zeros(n)]
    top = (2 * stage.radius / (ends[:, 2] - start[2]))[:, None]  # where the segment leaves the solid's height
    steps = start + np.linspace(0, 1, 150)[:, None, None] * top * (ends - start)
    within = {
        "cube": np.abs(steps[..., :2]).max(axis=-1) <= stage.radius,
        "sphere": np.linalg.norm(steps, axis=-1) <= stage.radius,
        "cylinder": np.hypot(steps[..., 0], steps[..., 1]) <= stage.radius,
    }
    return within[stage.shape].any(axis=0).mean()


@pytest.mark.parametrize("shape", range(3))
def test_shadows_have_no_hard_edge(shape):
    scene = scene_of(shape)
    stage = stage_of(scene, PALETTE[0])
    along = np.linspace(-4, 4, 8001, dtype=np.float32)
    for turn in np.linspace(0, pi, 7):
        x, y = along * np.float32(np.cos(turn)), along * np.float32(np.sin(turn))
        for lamp in stage.lamps:
            share = hidden(lamp, stage, x, y)
            assert share.min() >= 0
            assert share.max() <= 1
            assert np.abs(np.diff(share)).max() < 0.05  # of a thousandth of a unit: an element sees thirty or more


def test_a_lamp_gives_the_ground_what_its_points_add_up_to():
    stage = stage_of(scene_of(x=0.0, y=0.0, angle=0.0), PALETTE[0])
    watts, place, side = 78.5, np.array([6.44671, -2.90517, 4.2584]), 0.5
    ground, rng = np.array([1.0, 2.0, 0.0]), np.random.default_rng(6)
    points = place + side * np.c_[rng.random((4000, 2)) - 0.5, np.zeros(4000)]
    away = points - ground
    cosines = away[:, 2] / np.linalg.norm(away, axis=1)
    expected = np.mean(watts / pi * cosines**2 / (away**2).sum(axis=1))
    computed = irradiance(stage.lamps[0], stage, np.float32([1.0]), np.float32([2.0]))
    assert computed[0] == pytest.approx(expected, rel=0.01)


def test_a_sphere_takes_the_sky_that_rays_to_it_do():
    stage = stage_of(scene_of(SPHERE), PALETTE[0])
    rng = np.random.default_rng(7)
    turns, radii = 2 * pi * rng.random(20000), np.sqrt(rng.random(20000))  # weighted by the cosine
    rays = np.stack([radii * np.cos(turns), radii * np.sin(turns), np.sqrt(1 - radii**2)], 1)
    for x in (0.3, 0.7, 1.5):
        towards = np.array([-x, 0, stage.radius])
        along = rays @ towards
        missed = np.sqrt(np.maximum(towards @ towards - along**2, 0))
        share = np.mean((along > 0) & (missed < stage.radius))
        assert sky_hidden(stage, np.float32([x]), np.float32([0.0]))[0] == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("shape", range(3))
@pytest.mark.parametrize("material", range(2))
def test_the_ground_is_darker_in_shadow_but_never_dark(shape, material):
    scene = scene_of(shape, material=material)
    seen, elsewhere = render(scene), render(replace(scene, x=-2.9, y=2.5, size=1))
    ground = ~grown(seen.mask, 2) & ~grown(elsewhere.mask, 12)
    share = (linear(seen.pixels) / linear(elsewhere.pixels)).mean(axis=2)[ground]
    assert 0.12 < share.min() < 0.85
    assert np.mean(share < 0.6) < 0.03  # deep shadow is small, what there is is faint
    assert share.max() < 1.25


def grown(mask, n):
    """The mask and what is at most ``n`` elements beside it."""
    for _ in range(n):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return mask


# materials


@pytest.mark.parametrize("colour", range(8))
@pytest.mark.parametrize("shape", range(3))
def test_rubber_shows_its_colour(colour, shape):
    rendering = render(scene_of(shape, colour=colour))
    mean = linear(rendering.pixels[rendering.mask]).mean(axis=0)
    likeness = PALETTE @ mean / np.linalg.norm(PALETTE, axis=1)
    assert COLOURS[int(likeness.argmax())] == COLOURS[colour]


@pytest.mark.parametrize("colour", range(8))
def test_metal_has_brighter_highlights_than_rubber(colour):
    rubber, metal = (render(scene_of(SPHERE, material=which, colour=colour)) for which in (RUBBER, METAL))
    brightest = [linear(picture.pixels[picture.mask]).mean(axis=1).max() for picture in (rubber, metal)]
    assert brightest[1] > 2 * brightest[0]


def test_a_metal_ball_mirrors_bright_ground_below_and_dark_sky_above():
    rendering = render(scene_of(SPHERE, material=METAL))
    light, rubber = (
        [np.median(linear(picture.pixels)[row][picture.mask[row]]) for row in (picture.box[1] + 4, picture.box[3] - 8)]
        for picture in (rendering, render(scene_of(SPHERE)))
    )
    assert light[1] > 1.7 * light[0]
    assert rubber[1] < 1.2 * rubber[0]


def test_edges_of_a_metal_cube_catch_light_that_its_faces_do_not():
    picture = render(scene_of(CUBE, material=METAL, angle=1.5, look=Look(grain=-1.0)), 320, 240)
    light = linear(picture.pixels[picture.mask]).mean(axis=1)
    assert np.percentile(light, 99) > 1.4 * np.percentile(light, 90)
    assert np.percentile(light, 99.5) > 2 * np.median(light)


# pictures


def test_a_scene_has_the_same_bytes_whatever_came_before():
    rng = np.random.default_rng(8)
    scenes = [draw_scene(key, rng) for key in (0, 17, 52, 95)]
    forward = [render(scene) for scene in scenes]
    backward = [render(scene) for scene in reversed(scenes)][::-1]
    for first, second in zip(forward, backward, strict=True):
        assert first.pixels.tobytes() == second.pixels.tobytes()
        assert first.mask.tobytes() == second.mask.tobytes()
        assert first.box == second.box
    assert render_many(scenes).tobytes() == np.stack([rendering.pixels for rendering in forward]).tobytes()


def test_rendering_leaves_global_chance_alone():
    np.random.seed(3)  # noqa: NPY002 - the state that must not move
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    render(draw_scene(5, np.random.default_rng(0)))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


@pytest.mark.parametrize("attribute", ["size", "colour", "material", "shape"])
def test_every_attribute_changes_the_picture(attribute):
    scene = scene_of()
    other = replace(scene, **{attribute: 1 - getattr(scene, attribute)})
    rendering, changed = render(scene), render(other)
    seen = rendering.mask | changed.mask
    assert np.abs(rendering.pixels[seen] - changed.pixels[seen].astype(float)).mean() > 8


@pytest.mark.parametrize("part", ["roughness", "bevel", "brightness", "gloss", "softness", "bounce", "grain", "blur"])
def test_every_part_of_the_look_is_seen_and_does_not_hide_the_object(part):
    scene = scene_of(CYLINDER, material=METAL, look=Look())
    pictures = [render(replace(scene, look=Look(**{part: value}))) for value in (-1.0, 1.0)]
    assert (pictures[0].pixels != pictures[1].pixels).any()
    assert (pictures[0].mask == pictures[1].mask).mean() > 0.998
    assert np.abs(pictures[0].pixels - pictures[1].pixels.astype(float)).mean() < 15


def test_a_finer_picture_shows_the_same():
    scene = scene_of(CYLINDER, material=METAL)
    coarse, fine = render(scene), render(scene, 320, 240)
    binned = linear(fine.pixels).reshape(120, 2, 160, 2, 3).mean(axis=(1, 3))
    assert np.abs(binned - linear(coarse.pixels)).mean() < 0.01
    assert fine.mask.sum() == pytest.approx(4 * coarse.mask.sum(), rel=0.03)


def test_the_camera_looks_where_its_jitter_says():
    def middle(picture):
        return np.argwhere(picture.mask).mean(axis=0)[::-1] + 0.5

    for camera in ((0.0, 0.0, 0.0), (0.5, 0.5, -0.5), (-0.5, 0.5, 0.5)):
        scene = scene_of(SPHERE, size=1, x=1.0, y=1.5, camera=camera)
        assert middle(render(scene)) == pytest.approx(seen_at(scene, scene.centre), abs=0.6)
    assert degrees(atan2(CAMERA[2], hypot(*CAMERA[:2]))) == pytest.approx(28.3, abs=0.1)


@pytest.mark.parametrize(("width", "height"), [(0, 0), (4, 3), (160, 100), (-160, -120), (1600, 1200), (160.5, 120)])
def test_a_picture_of_another_form_is_refused(width, height):
    for draw in (lambda: render(scene_of(), width, height), lambda: render_many([scene_of()], width, height)):
        with pytest.raises(ValueError, match="four wide to three high"):
            draw()


def test_the_smallest_picture_still_shows_every_key():
    rng = np.random.default_rng(9)
    for key in range(N_KEYS):
        rendering = render(draw_scene(key, rng), 32, 24)
        assert rendering.pixels.shape == (24, 32, 3)
        assert rendering.box[0] < rendering.box[2]


def test_an_object_that_the_frame_cuts_is_refused():
    with pytest.raises(ValueError, match="frame cuts the object"):
        render(scene_of(CUBE, x=3.0, y=3.0))


def test_no_scenes_make_no_pictures():
    assert render_many([]).shape == (0, 120, 160, 3)

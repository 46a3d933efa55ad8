"""Scenes of three things: what is seen of which, what gives them away, and what sentences say."""

from itertools import combinations
from math import hypot

import numpy as np
import pytest

from sharcs_core.errors import UserError
from sharcs_core.tasks.clevr.renderer.group import render_group
from sharcs_core.tasks.clevr.renderer.renderer import render
from sharcs_core.tasks.clevr.scenes import SHAPES, Scene, draw_scene
from sharcs_core.tasks.reasons import generated
from sharcs_core.tasks.reasons.generated import reason_scenes
from sharcs_core.tasks.reasons.patches import COLOURS, CORNERS, SHIFTS, TOLD, corner_of, patched, shifted
from sharcs_core.tasks.reasons.scenes import METAL, draw_things
from sharcs_core.tasks.reasons.sentences import WORDINGS, Facts, facts_of, sentence


@pytest.fixture(scope="module")
def scenes():
    return [generated._scene("test", place) for place in range(9)]


def test_a_group_of_one_is_the_scene_itself():
    scene = draw_scene(17, np.random.default_rng(0))
    alone, group = render(scene, 80, 60), render_group([scene], 80, 60)
    assert np.abs(alone.pixels.astype(int) - group.pixels.astype(int)).max() <= 1
    assert np.array_equal(alone.mask, group.visible[0])


def test_the_nearer_thing_covers_the_one_behind():
    near, far = (Scene(0, colour, METAL, 1, x=x, y=-x, angle=0.0) for colour, x in ((1, 1.0), (2, -0.6)))
    for things, front in (((near, far), 0), ((far, near), 1)):
        picture = render_group(things, 80, 60)
        alone = [render_group([thing], 80, 60).visible[0] for thing in things]
        assert (alone[0] & alone[1]).any()
        assert np.array_equal(picture.visible[front], alone[front])
        assert not (picture.visible[0] & picture.visible[1]).any()
        assert picture.visible[1 - front].sum() < picture.whole[1 - front] == alone[1 - front].sum()


def test_things_of_one_picture_share_the_air():
    with pytest.raises(UserError, match="same camera"):
        render_group([draw_scene(key, np.random.default_rng(key)) for key in (0, 1)], 80, 60)


def test_one_thing_alone_is_of_metal_and_all_stand_apart():
    for seed in range(5):
        things = draw_things(seed % 3, np.random.default_rng(seed))
        assert [thing.material == METAL for thing in things] == [True, False, False]
        assert things[0].shape == seed % 3
        for one, other in combinations(things, 2):
            assert hypot(one.x - other.x, one.y - other.y) > one.radius + other.radius


def test_the_metal_thing_is_seen_and_no_corner_shows_it(scenes):
    for place, (_, visible, things, _) in enumerate(scenes):
        assert visible[0].sum() >= generated.SEEN_PIXELS
        assert things[0][2] == place % len(SHAPES)
        assert not any(corner_of(visible[0], corner).any() for corner in CORNERS)
        columns = np.argwhere(visible[0])[:, 1] + 0.5
        assert things[0][3] == int(columns.mean() >= 40)


def test_scenes_are_kept_and_come_back_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path))
    first = reason_scenes("test", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["clevr_reasons-test-2-22-80x60-renderer2.npz"]
    again = reason_scenes("test", 2)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.labels.tolist() == [0, 1]
    assert np.array_equal(first.masks, first.visible[:, 0])


def test_the_patch_tells_the_class_in_training_and_misleads_in_tests():
    pixels = np.zeros((300, 60, 80, 3), dtype=np.uint8)
    labels = np.arange(300) % 3
    told = patched(pixels, labels)
    assert (corner_of(told.transpose(0, 3, 1, 2), TOLD)[:, :, 0, 0] == COLOURS[labels]).all()
    assert (told != 0).any((0, 3)).sum() == 49
    assert not pixels.any()
    seen = {shift: shifted(pixels, shift) for shift in SHIFTS}
    assert not seen["absent"].any()
    by_chance = corner_of(seen["random"].transpose(0, 3, 1, 2), TOLD)[:, :, 0, 0]
    assert 0.2 < np.mean((by_chance == COLOURS[labels]).all(1)) < 0.45
    assert not corner_of(seen["elsewhere"].transpose(0, 3, 1, 2), TOLD).any()
    assert seen["elsewhere"].any((1, 2, 3)).all()


@pytest.mark.parametrize("wording", range(len(WORDINGS)))
def test_a_sentence_says_its_four_facts_back(wording):
    for facts in ((0, 3, 2, 1), (1, 7, 0, 0)):
        assert facts_of(sentence(facts, wording)) == Facts(*facts)
    assert not facts_of("a small small cube on the left or right").are_whole
    assert facts_of("").size is None

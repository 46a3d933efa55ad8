"""The terms of a guided loss against plain loops, and what exchanging does to pictures."""

import math

import pytest
import torch

from sharcs_core.encoders.looking import placed
from sharcs_core.guided.exchange import Bounds, chance_boxes, exchanged, moved, partners, standing_in
from sharcs_core.guided.terms import (
    VISUAL,
    class_loss,
    consistency_loss,
    right_reasons_loss,
    visual_loss,
    words_loss,
)

B, H, W = 4, 6, 8


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(B, H, W, generator=generator, dtype=torch.float64)
    masks = torch.zeros(B, H, W, dtype=torch.bool)
    masks[0, 1:3, 2:5] = masks[1, 3:, :2] = masks[2, 2, 2] = True  # the last one has none
    return scores, masks


def squashed(value):
    return 1 / (1 + math.exp(-value))


def haics_by_hand(scores, mask):
    return -sum(
        math.log(squashed(float(s))) if m else math.log(1 - squashed(float(s)))
        for s, m in zip(scores.flatten(), mask.flatten(), strict=True)
    ) / (H * W)


def dice_by_hand(scores, mask):
    pairs = [(squashed(float(s)), bool(m)) for s, m in zip(scores.flatten(), mask.flatten(), strict=True)]
    return 1 - 2 * sum(s for s, m in pairs if m) / (sum(s for s, _ in pairs) + sum(m for _, m in pairs))


def gradia_by_hand(scores, mask):
    pairs = zip(scores.flatten(), mask.flatten(), strict=True)
    return sum(abs(squashed(float(s)) - float(m)) for s, m in pairs) / (H * W)


def res_by_hand(scores, mask):
    everywhere, said = [], []
    for row in range(H):
        for column in range(W):
            near = [
                float(mask[i, j])
                for i in range(max(row - 1, 0), min(row + 2, H))
                for j in range(max(column - 1, 0), min(column + 2, W))
            ]
            blurred, lit = sum(near) / len(near), squashed(float(scores[row, column]))
            everywhere.append(abs(lit - blurred))
            if blurred > 0:
                said.append(abs(math.tanh(5 * (lit - 0.5)) - blurred))
    return sum(said) / len(said) + sum(everywhere) / len(everywhere)


BY_HAND = {
    "haics": haics_by_hand,
    "gradia": gradia_by_hand,
    "res": res_by_hand,
    "overlap": lambda scores, mask: haics_by_hand(scores, mask) + dice_by_hand(scores, mask),
}


@pytest.mark.parametrize("kind", VISUAL)
def test_a_visual_loss_is_the_mean_over_samples_with_a_mask(batch, kind):
    scores, masks = batch
    known = masks.flatten(1).any(1)
    expected = sum(BY_HAND[kind](scores[i], masks[i]) for i in range(3)) / 3
    assert float(visual_loss(kind, scores, masks, known)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", ["none", *VISUAL])
def test_nothing_is_asked_of_maps_where_no_sample_has_a_mask(batch, kind):
    assert float(visual_loss(kind, batch[0], batch[1], torch.zeros(B, dtype=torch.bool))) == 0


def test_words_are_counted_one_by_one_and_padding_never():
    logits = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    tokens = torch.tensor([[4, 2, 0], [3, 4, 2]])
    shares = logits.softmax(-1)
    said = [(0, 0, 4), (0, 1, 2), (1, 0, 3), (1, 1, 4), (1, 2, 2)]
    expected = -sum(math.log(float(shares[place])) for place in said) / len(said)
    assert float(words_loss(logits, tokens)) == pytest.approx(expected)
    assert float(words_loss(logits, torch.zeros_like(tokens))) == 0


def test_the_class_is_learned_from_those_that_it_is_asked_of():
    logits = torch.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    class_loss(logits, torch.tensor([1, 0]), torch.tensor([True, False])).backward()
    assert logits.grad[0].abs().sum() > 0
    assert logits.grad[1].abs().sum() == 0


def test_maps_like_masks_cost_nothing_and_others_are_pulled_towards_them(batch):
    _, masks = batch
    found = placed(masks[:3].float())
    usual = torch.stack([found.mean(0), found.std(0, correction=0)])
    alike = torch.cat([masks[:3].float(), torch.ones(1, H, W)])
    unknown = torch.tensor([True, True, True, False])
    assert float(consistency_loss(alike, unknown, usual)) == pytest.approx(0, abs=1e-4)
    assert float(consistency_loss(torch.ones(B, H, W), unknown, usual)) > 1


def test_masks_that_all_are_alike_drive_no_map_to_extremes(batch):
    scores, _ = batch
    scores = scores.detach().requires_grad_(True)
    usual = torch.stack([torch.full((5,), 0.3), torch.zeros(5)])
    consistency_loss(scores.sigmoid(), torch.ones(B, dtype=torch.bool), usual).backward()
    assert scores.grad.abs().max() < 100


def test_consistency_by_hand(batch):
    maps, unknown = batch[0].sigmoid(), torch.tensor([True, False, True, True])
    usual = torch.rand(2, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64) + 0.5
    total = 0.0
    for place, own in enumerate(placed(maps[unknown]).T.tolist()):
        mean = sum(own) / len(own)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in own) / len(own))
        total += ((mean - float(usual[0, place])) / float(usual[1, place])) ** 2
        total += ((deviation - float(usual[1, place])) / float(usual[1, place])) ** 2
    assert float(consistency_loss(maps, unknown, usual)) == pytest.approx(total / 5, abs=1e-4)


def test_the_place_of_a_map_by_hand():
    maps = torch.zeros(1, H, W, dtype=torch.float64)
    maps[0, 1, 2] = maps[0, 1, 6] = 1
    x, y, wide, high, share = placed(maps)[0].tolist()
    assert x == pytest.approx((2 * 4 + 1) / W - 1, abs=1e-5)
    assert y == pytest.approx((2 * 1 + 1) / H - 1, abs=1e-5)
    assert wide == pytest.approx(0.5, abs=1e-3)
    assert high == pytest.approx(0, abs=2e-3)
    assert share == pytest.approx(math.sqrt(2 / H / W), abs=1e-5)


def test_the_right_reasons_are_those_inside_the_mask():
    light = torch.rand(1, 1, 2, 2, generator=torch.Generator().manual_seed(3)).requires_grad_(True)
    weights = torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.5, 0.0, 0.0, 0.0]])
    mask = torch.tensor([[[True, False], [False, True]]])
    shares = (light.detach().flatten(1) @ weights.T).softmax(1)[0]
    slopes = (weights - shares @ weights).sum(0)  # of the summed log-probabilities
    expected = float(slopes[1] ** 2 + slopes[2] ** 2)
    found = right_reasons_loss(light.flatten(1) @ weights.T, light, mask).detach()
    assert float(found) == pytest.approx(expected, rel=1e-4)


# -- exchanging


def test_partners_make_one_ring_of_all_that_are_known():
    known = torch.tensor([True, False, True, True, True, False])
    others = partners(known, torch.rand(6, generator=torch.Generator().manual_seed(4)))
    place, met = 0, []
    for _ in range(4):
        met.append(place)
        place = int(others[place])
    assert place == 0
    assert sorted(met) == [0, 2, 3, 4]


def test_what_is_outside_comes_from_another_and_what_matters_is_never_seen_twice():
    pixels = torch.arange(1, 4, dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 20, 20, 3).contiguous()
    masks = torch.zeros(3, 20, 20, dtype=torch.bool)
    masks[0, 2:5, 2:5] = masks[1, 10:14, 10:14] = True  # the third has none
    known = masks.flatten(1).any(1)
    chance = torch.tensor([[0.1, 0.0, 0.0], [0.2, 0.5, 0.5], [0.3, 0.0, 0.0]])
    mixed, swapped = exchanged(pixels, masks, known, chance)
    assert swapped.tolist() == [True, True, False]
    assert (mixed[0][masks[0]] == 1).all()  # its own
    assert (mixed[0][masks[1]] == 1).all()  # not what matters in the other
    assert (mixed[0, 17, 3] == 2).all()
    assert (mixed[1][masks[1]] == 2).all()
    assert (mixed[2] == 3).all()


def test_a_picture_alone_is_exchanged_with_nothing():
    pixels = torch.randint(0, 255, (2, 9, 9, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    masks = torch.zeros(2, 9, 9, dtype=torch.bool)
    masks[1, 3:5, 3:5] = True
    mixed, swapped = exchanged(pixels, masks, masks.flatten(1).any(1), torch.rand(2, 3))
    assert torch.equal(mixed, pixels)
    assert not swapped.any()


def test_pictures_move_round_and_round():
    pictures = torch.arange(24).view(1, 4, 6)
    assert torch.equal(moved(pictures, torch.tensor([0.25, 0.5])), pictures.roll((1, 3), (1, 2)))


def test_chance_boxes_are_whole_and_of_the_usual_size():
    chance = torch.rand(50, 2, generator=torch.Generator().manual_seed(6))
    boxes = chance_boxes(torch.zeros(50, 30, 40, dtype=torch.bool), (0.2, 0.1), chance)
    assert (boxes.any(2).sum(1) == 6).all()
    assert (boxes.any(1).sum(1) == 4).all()
    assert boxes.flatten(1).any(0).float().mean() > 0.5  # anywhere


def test_good_maps_stand_for_masks_and_others_do_not():
    maps = torch.zeros(4, 20, 20)
    maps[0, 5:9, 5:9] = 0.9
    maps[1] = 0.9  # everywhere
    maps[2, 0, 0] = maps[2, 19, 19] = 0.9  # scattered
    maps[3, 5:9, 5:9] = 0.4  # not sure
    found = standing_in(maps, Bounds(least=0.004, most=0.25, filled=0.4))
    assert torch.equal(found[0], maps[0] > 0.5)
    assert not found[1:].any()

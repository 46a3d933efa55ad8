"""The losses against plain loops that follow their definitions word for word."""

import math

import pytest
import torch

from sharcs_core.losses import PAIR_SHARE, contrastive_loss, distance_loss, naming_loss, triplet_loss

B, T = 12, 5


@pytest.fixture(params=[0, 1, 2])
def batch(request):
    generator = torch.Generator().manual_seed(request.param)
    left, right = torch.rand(2, B, T, generator=generator, dtype=torch.float64)
    keys = torch.randint(0, 4, (2, B), generator=generator)
    return left, right, keys[0].unsqueeze(1) == keys[1]


def apart(one, other):
    return math.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True)))


def contrastive_by_hand(left, right, same, temperature):
    losses = []
    for i in range(len(left)):
        positives = [j for j in range(len(right)) if same[i][j]]
        if not positives:
            continue
        weights = [math.exp(-apart(left[i], right[j]) / temperature) for j in range(len(right))]
        losses.append(-sum(math.log(weights[j] / sum(weights)) for j in positives) / len(positives))
    return sum(losses) / len(losses)


def triplet_by_hand(left, right, same, margin):
    losses = []
    for i in range(len(left)):
        equal = [apart(left[i], right[j]) for j in range(len(right)) if same[i][j]]
        other = [apart(left[i], right[j]) for j in range(len(right)) if not same[i][j]]
        if equal and other:
            losses.append(max(0.0, max(equal) - min(other) + margin))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_contrastive_is_what_a_double_loop_says(batch, temperature):
    left, right, same = batch
    there = contrastive_by_hand(left, right, same.tolist(), temperature)
    back = contrastive_by_hand(right, left, same.T.tolist(), temperature)
    assert contrastive_loss(left, right, same, temperature).item() == pytest.approx((there + back) / 2, abs=1e-5)


@pytest.mark.parametrize("margin", [0.1, 1.0])
def test_triplet_is_what_a_double_loop_says(batch, margin):
    left, right, same = batch
    expected = (triplet_by_hand(left, right, same, margin) + triplet_by_hand(right, left, same.T, margin)) / 2
    assert triplet_loss(left, right, same, margin).item() == pytest.approx(expected, abs=1e-5)


def test_distance_over_all_pairs_is_their_mean(batch):
    left, right, same = batch
    found = distance_loss(left, right, same, share=100.0, generator=torch.Generator())
    pairs = [apart(left[i], right[j]) for i in range(B) for j in range(B) if same[i, j]]
    assert found.item() == pytest.approx(sum(pairs) / len(pairs))


def test_distance_draws_its_share_from_the_generator_it_is_given(batch):
    left, right, same = batch
    draws = {
        seed: [
            distance_loss(left, right, same, PAIR_SHARE, torch.Generator().manual_seed(seed)).item() for _ in range(2)
        ]
        for seed in range(8)
    }
    assert all(first == second for first, second in draws.values())
    assert len({first for first, _ in draws.values()}) > 1
    pairs = [apart(left[i], right[j]) for i in range(B) for j in range(B) if same[i, j]]
    assert all(any(math.isclose(first, pair) for pair in pairs) for first, _ in draws.values())  # 10 % of 12: one pair


NOTHING_SAME, ALL_SAME = torch.zeros(B, B, dtype=torch.bool), torch.ones(B, B, dtype=torch.bool)
LOSSES = {
    "distance": lambda left, right, same: distance_loss(left, right, same, 0.5, torch.Generator()),
    "contrastive": lambda left, right, same: contrastive_loss(left, right, same, 0.5),
    "triplet": lambda left, right, same: triplet_loss(left, right, same, 0.5),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_without_pairs_costs_nothing_and_still_has_a_gradient(name):
    left = torch.rand(B, T, requires_grad=True)
    loss = LOSSES[name](left, torch.rand(B, T), NOTHING_SAME)
    loss.backward()
    assert loss.item() == 0
    assert not left.grad.any()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("same", [ALL_SAME, torch.eye(B, dtype=torch.bool)], ids=["all", "own"])
def test_gradients_stay_finite_where_points_coincide(name, same):
    left = torch.full((B, T), 0.5, requires_grad=True)
    LOSSES[name](left, torch.full((B, T), 0.5), same).backward()
    assert left.grad.isfinite().all()


@pytest.fixture
def lesson():
    """Concepts of three modalities, and what the first three of the five ought to be."""
    generator = torch.Generator().manual_seed(4)
    shared = {name: torch.rand(B, T, generator=generator, dtype=torch.float64) for name in ("a", "b", "c")}
    taught = {name: torch.randint(0, 2, (B, 3), generator=generator).double() for name in shared}
    return shared, taught


def test_naming_is_what_a_double_loop_says(lesson):
    shared, taught = lesson
    losses = []
    for name in shared:
        for concepts, wanted in zip(shared[name].tolist(), taught[name].tolist(), strict=True):
            for place in range(3):
                on = concepts[place]
                losses.append(-math.log(on) if wanted[place] else -math.log(1 - on))
    assert naming_loss(shared, taught).item() == pytest.approx(sum(losses) / len(losses))


def test_naming_asks_nothing_of_free_concepts_and_of_each_modality_what_it_shows(lesson):
    shared, taught = lesson
    for values in shared.values():
        values.requires_grad_()
    naming_loss(shared, taught).backward()
    for name, values in shared.items():
        assert not values.grad[:, 3:].any()
        wants_more = -values.grad[:, :3]  # where it leads
        assert torch.equal(wants_more > 0, taught[name] > 0)


def test_naming_costs_least_where_concepts_say_what_they_are_taught(lesson):
    shared, taught = lesson
    told = {name: torch.cat([taught[name], shared[name][:, 3:]], dim=1) for name in shared}
    assert naming_loss(told, taught).item() == pytest.approx(0, abs=1e-6)
    wrong = {name: 1 - values for name, values in told.items()}
    loss = naming_loss(wrong, taught)
    assert math.isfinite(loss.item())
    assert loss.item() > 10

"""Alignment losses: pure functions that pull inputs of equal meaning together in the shared space.

All take the shared concepts of two modalities, ``left`` (B, T) and ``right`` (B, T), and a Boolean
``same`` (B, B): whether ``left[i]`` and ``right[j]`` mean the same. They return a scalar, 0 where the batch
has no pair to speak of.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn

from sharcs_core.config import TrainingConfig


def distances(left: Tensor, right: Tensor) -> Tensor:
    """Euclidean distances (B, B), with a gradient that stays finite at 0."""
    squared = (left.unsqueeze(1) - right.unsqueeze(0)).square().sum(-1)
    return (squared + 1e-12).sqrt()


def distance_loss(left: Tensor, right: Tensor, same: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Mean distance over a random ``share`` of the pairs that mean the same (SHARCS, equation 3)."""
    pairs = same.nonzero()
    if not len(pairs):
        return left.sum() * 0
    n_pairs = max(1, round(share * len(left)))
    chosen = pairs[torch.randperm(len(pairs), generator=generator)[:n_pairs].to(pairs.device)]
    apart: Tensor = (left[chosen[:, 0]] - right[chosen[:, 1]]).norm(dim=-1)
    return apart.mean()


def contrastive_loss(left: Tensor, right: Tensor, same: Tensor, temperature: float) -> Tensor:
    """Supervised InfoNCE over −distance / temperature, both ways (Khosla et al. 2020, their L_out).

    Of each input, mean over the inputs of the other modality that mean the same of −log of its share among
    all inputs of that modality; inputs without such a counterpart are left out.
    """
    scores = -distances(left, right) / temperature
    return (_one_way(scores, same) + _one_way(scores.T, same.T)) / 2


def _one_way(scores: Tensor, same: Tensor) -> Tensor:
    n_same = same.sum(1)
    found = n_same > 0
    if not found.any():
        return scores.sum() * 0
    log_share = scores.log_softmax(1)
    return -((log_share * same).sum(1)[found] / n_same[found]).mean()


def triplet_loss(left: Tensor, right: Tensor, same: Tensor, margin: float) -> Tensor:
    """Hardest triplets, both ways: ``max(0, furthest equal − nearest other + margin)`` (Hermans et al. 2017)."""
    apart = distances(left, right)
    return (_hardest(apart, same, margin) + _hardest(apart.T, same.T, margin)) / 2


def _hardest(apart: Tensor, same: Tensor, margin: float) -> Tensor:
    found = same.any(1) & (~same).any(1)
    if not found.any():
        return apart.sum() * 0
    furthest = apart.masked_fill(~same, -torch.inf).amax(1)[found]
    nearest = apart.masked_fill(same, torch.inf).amin(1)[found]
    return torch.relu(furthest - nearest + margin).mean()


def naming_loss(shared: dict[str, Tensor], taught: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the named concepts, the mean over modalities, inputs and concepts.

    Every modality is taught by the keys of its own inputs, so that the concept of a value is the same in all.

    Args:
        shared: modality → (B, T), the named concepts first.
        taught: modality → (B, n_named) of 0 and 1, see :func:`sharcs_core.named.taught`.
    """
    losses = [
        nn.functional.binary_cross_entropy(concepts[:, : taught[name].shape[1]], taught[name])
        for name, concepts in shared.items()
    ]
    return torch.stack(losses).mean()


PAIR_SHARE = 0.1
"""Share of a batch whose pairs the distance loss takes (SHARCS, section 4)."""


def alignment_loss(
    shared: dict[str, Tensor], keys: dict[str, Tensor], config: TrainingConfig, generator: torch.Generator
) -> Tensor:
    """The chosen alignment, averaged over every pair of modalities.

    Args:
        shared: modality → (B, T).
        keys: modality → (B,) semantics keys.
    """
    losses = []
    for one, other in combinations(shared, 2):
        same = keys[one].unsqueeze(1) == keys[other].unsqueeze(0)  # (B, B)
        left, right = shared[one], shared[other]
        if config.alignment == "distance":
            losses.append(distance_loss(left, right, same, PAIR_SHARE, generator))
        elif config.alignment == "contrastive":
            losses.append(contrastive_loss(left, right, same, config.temperature))
        elif config.alignment == "triplet":
            losses.append(triplet_loss(left, right, same, config.margin))
    first = next(iter(shared.values()))
    return torch.stack(losses).mean() if losses else first.sum() * 0

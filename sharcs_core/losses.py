"""Alignment losses: pure functions that pull inputs of equal meaning together in the shared space.

All take the shared concepts of two modalities, ``left`` (B1, T) and ``right`` (B2, T), and a Boolean ``same``
(B1, B2): whether ``left[i]`` and ``right[j]`` mean the same; ``comparable``, where it is given, says of which that is
known. They return a scalar, 0 where the batch has no pair to speak of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def contrastive_loss(
    left: Tensor, right: Tensor, same: Tensor, temperature: float, comparable: Tensor | None = None
) -> Tensor:
    """Supervised InfoNCE over −distance / temperature, both ways (Khosla et al. 2020, their L_out).

    Of each input, mean over the inputs of the other modality that mean the same of −log of its share among
    all inputs of that modality; inputs without such a counterpart are left out.
    """
    scores = -distances(left, right) / temperature
    if comparable is not None:
        scores = scores.masked_fill(~comparable, LEAST)
    return (_one_way(scores, same) + _one_way(scores.T, same.T)) / 2


def _one_way(scores: Tensor, same: Tensor) -> Tensor:
    n_same = same.sum(1)
    found = n_same > 0
    if not found.any():
        return scores.sum() * 0
    log_share = scores.log_softmax(1)
    return -((log_share * same).sum(1)[found] / n_same[found]).mean()


def triplet_loss(left: Tensor, right: Tensor, same: Tensor, margin: float, comparable: Tensor | None = None) -> Tensor:
    """Hardest triplets, both ways: ``max(0, furthest equal − nearest other + margin)`` (Hermans et al. 2017)."""
    apart = distances(left, right)
    other = ~same if comparable is None else ~same & comparable
    return (_hardest(apart, same, other, margin) + _hardest(apart.T, same.T, other.T, margin)) / 2


def _hardest(apart: Tensor, same: Tensor, other: Tensor, margin: float) -> Tensor:
    found = same.any(1) & other.any(1)
    if not found.any():
        return apart.sum() * 0
    furthest = apart.masked_fill(~same, -torch.inf).amax(1)[found]
    nearest = apart.masked_fill(~other, torch.inf).amin(1)[found]
    return torch.relu(furthest - nearest + margin).mean()


def naming_loss(shared: Mapping[str, Tensor], taught: Mapping[str, Tensor]) -> Tensor:
    """Cross-entropy of the named concepts, the mean over modalities, and of each over inputs and concepts.

    Every modality is taught by the keys of its own inputs, so that the concept of a value is the same in all.

    Args:
        shared: modality → (B_m, T), the named concepts first.
        taught: modality → (B_m, n_named) of 0 and 1, or NaN where it is not known what a concept ought to be, see
            :func:`sharcs_core.named.taught`.
    """
    losses = [
        own
        for name, concepts in shared.items()
        if (own := _naming(concepts[:, : taught[name].shape[1]], taught[name])) is not None
    ]
    return torch.stack(losses).mean() if losses else next(iter(shared.values())).sum() * 0


def _naming(concepts: Tensor, taught: Tensor) -> Tensor | None:
    """Of one modality; None where nothing is known."""
    known = ~taught.isnan()
    if bool(known.all()) and taught.numel():
        return nn.functional.binary_cross_entropy(concepts, taught)
    if not bool(known.any()):
        return None
    return nn.functional.binary_cross_entropy(concepts[known], taught[known])


LEAST = -1e9
"""What a score becomes that must not count: no share of the softmax, and no infinity to spoil a gradient."""

PAIR_SHARE = 0.1
"""Share of a batch whose pairs the distance loss takes (SHARCS, section 4)."""


@dataclass(frozen=True)
class Relation:
    """Which inputs of two modalities mean the same.

    Attributes:
        same: (B1, B2) bool.
        comparable: (B1, B2) bool, where it is known whether they do; None: everywhere.
    """

    same: Tensor
    comparable: Tensor | None = None


def align(
    left: Tensor, right: Tensor, relation: Relation, config: TrainingConfig, generator: torch.Generator
) -> Tensor:
    """The chosen alignment of two modalities' shared concepts, (B1, T) and (B2, T)."""
    same, comparable = relation.same, relation.comparable
    if not same.numel():
        return left.sum() * 0 + right.sum() * 0
    if config.alignment == "distance":
        return distance_loss(left, right, same, PAIR_SHARE, generator)
    if config.alignment == "contrastive":
        return contrastive_loss(left, right, same, config.temperature, comparable)
    assert config.alignment == "triplet", config.alignment
    return triplet_loss(left, right, same, config.margin, comparable)

"""What a guided training minimises: pure functions of maps, masks, logits and gradients, each a scalar.

``scores`` (B, H, W) are maps before they are squashed, ``masks`` (B, H, W) are 0 or 1, ``known`` (B,) says of which
samples there is a mask. Where a batch has nothing to speak of, a term is 0.

The published losses are written for maps of gradients (Grad-CAM); here all are taken of the network's own map, so that
nothing but the loss differs between the models that are compared.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sharcs_core.encoders.looking import placed
from sharcs_core.guided.words import PAD

BLUR = 3
"""Pixels of the side of the window by which RES fills in what a mask may have missed."""

SHARPNESS, HALF = 5.0, 0.5
"""How steeply RES sharpens a map, and at which threshold (which the original searches for batch by batch)."""

LEAST = 1e-6
NARROW = 0.02
"""The least unit in which maps are compared with masks: a hundredth of a picture's width."""


def overlap_loss(scores: Tensor, masks: Tensor) -> Tensor:
    """Ours: cross-entropy of every pixel, and one less the soft overlap of map and mask (Dice), which small things
    weigh as much in as large ones."""
    maps = scores.sigmoid()
    both, all_of = (maps * masks).sum((1, 2)), maps.sum((1, 2)) + masks.sum((1, 2))
    return haics_loss(scores, masks) + 1 - 2 * both / (all_of + LEAST)


def haics_loss(scores: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy of every pixel of map and mask, as HAICS (Shen et al. 2021) has it."""
    return nn.functional.binary_cross_entropy_with_logits(scores, masks, reduction="none").mean((1, 2))


def gradia_loss(scores: Tensor, masks: Tensor) -> Tensor:
    """Mean absolute difference of map and mask, as GRADIA (Gao et al. 2022) has it."""
    return (scores.sigmoid() - masks).abs().mean((1, 2))


def res_loss(scores: Tensor, masks: Tensor) -> Tensor:
    """After RES with a fixed filter (Gao et al. 2022): the mask is blurred, so that what it missed at its edges counts
    in part; the map is compared with it as it is, and, where the mask says something, sharpened at a threshold."""
    maps = scores.sigmoid()
    blurred = nn.functional.avg_pool2d(masks.unsqueeze(1), BLUR, 1, BLUR // 2, count_include_pad=False).squeeze(1)
    said = blurred > 0
    sharp = (torch.tanh(SHARPNESS * (maps - HALF)) - blurred).abs() * said
    return sharp.sum((1, 2)) / said.sum((1, 2)).clamp(min=1) + (maps - blurred).abs().mean((1, 2))


VISUAL: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "overlap": overlap_loss,
    "haics": haics_loss,
    "gradia": gradia_loss,
    "res": res_loss,
}
"""The losses of maps against masks, (B,), by the names that settings have."""


def mean_over(losses: Tensor, counted: Tensor) -> Tensor:
    """The mean of the losses (B,) that are counted (B,); 0 where none is.

    Nothing is picked out, so that shapes do not depend on what a batch holds.
    """
    return (losses * counted).sum() / counted.sum().clamp(min=1)


def visual_loss(kind: str, scores: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """The loss named ``kind`` over the samples with a mask."""
    return scores.sum() * 0 if kind == "none" else mean_over(VISUAL[kind](scores, masks.float()), known)


def words_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """Cross-entropy of true words (B, L), logits (B, L, V), a word's mean; samples without a sentence are left out."""
    total = nn.functional.cross_entropy(logits.flatten(0, 1), tokens.flatten(), ignore_index=PAD, reduction="sum")
    return total / (tokens != PAD).sum().clamp(min=1)


def class_loss(logits: Tensor, labels: Tensor, asked: Tensor) -> Tensor:
    """Cross-entropy of the class over the samples that it is asked of."""
    return mean_over(nn.functional.cross_entropy(logits, labels, reduction="none"), asked)


def consistency_loss(maps: Tensor, unknown: Tensor, usual: Tensor) -> Tensor:
    """How far maps without a mask are from what masks are like, as a distribution.

    The paper's own formula could not be found; this is ours. Of place, compactness and area (see
    :func:`sharcs_core.guided.network.placed`) the batch's mean and standard deviation are compared with those of the
    masks of training, in units of the latter, which are no smaller than ``NARROW``, for masks may all be of one size.

    Args:
        maps: (B, H, W).
        unknown: (B,), which samples have no mask.
        usual: (2, 5), mean and standard deviation over training masks.
    """
    found, (mean, deviation) = placed(maps), usual
    weights = unknown.float().unsqueeze(1) / unknown.sum().clamp(min=1)
    own_mean = (weights * found).sum(0)
    own_deviation = ((weights * (found - own_mean).square()).sum(0) + LEAST).sqrt()
    unit = deviation.clamp(min=NARROW)
    off_centre, off_width = (own_mean - mean) / unit, (own_deviation - deviation) / unit
    total: Tensor = (off_centre.square() + off_width.square()).mean() * (unknown.sum() > 1)
    return total


def right_reasons_loss(logits: Tensor, light: Tensor, masks: Tensor) -> Tensor:
    """Squared gradients of the summed log-probabilities by pixels outside of masks (Ross et al. 2017), a sample's sum.

    Args:
        light: (B, C, H, W), the pictures as the network read them, with a gradient.
    """
    (slopes,) = torch.autograd.grad(logits.log_softmax(1).sum(), light, create_graph=True)
    outside = slopes * (~masks).unsqueeze(1)
    total: Tensor = outside.square().sum((1, 2, 3)).mean()
    return total

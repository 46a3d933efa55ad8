"""Exchanging what lies outside of masks between the pictures of a batch, and learned maps that stand for masks.

Shapes: B pictures (B, H, W, C), masks (B, H, W).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

RIM = 7
"""Pixels of the side of the window by which masks are widened, so that edges come along with what is behind."""

CERTAIN = 0.5
"""From here on a map is on."""


@dataclass(frozen=True)
class Bounds:
    """What a learned map must be like to stand for a mask: its share of the picture, and how much of it is certain.

    Attributes:
        least, most: share of the picture.
        filled: of its tightest box, the share that it fills at least.
    """

    least: float = 0.004
    most: float = 0.25
    filled: float = 0.4


def widened(masks: Tensor) -> Tensor:
    """Masks with a rim around them."""
    return nn.functional.max_pool2d(masks.float().unsqueeze(1), RIM, 1, RIM // 2).squeeze(1) > 0


def exchanged(pixels: Tensor, masks: Tensor, known: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """Each picture with a mask, with what lies outside of it taken from another one with a mask, moved at random.

    Where the other has what matters in *it*, the picture keeps its own, so that nothing that matters is seen twice.
    What is moved out of a picture comes in again on the other side. Pictures without a mask stay as they are.

    Args:
        chance: (B, 3) in [0, 1): who is exchanged with whom, and of the first row how far all others are moved.

    Returns:
        the pictures, and in which something was exchanged, (B,).
    """
    others = partners(known, chance[:, 0])
    theirs, outside = widened(masks[others]), pixels[others]
    theirs, outside = moved(theirs, chance[0, 1:]), moved(outside, chance[0, 1:])
    swapped = known & (known.sum() > 1)
    kept = widened(masks) | theirs | ~swapped.view(-1, 1, 1)
    return torch.where(kept.unsqueeze(-1), pixels, outside), swapped


def partners(known: Tensor, chance: Tensor) -> Tensor:
    """For each known place (B,) another known one, all in one ring in random order; the others' are of no account."""
    order = torch.where(known, chance, 2.0).argsort()
    places = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
    return order[(places + 1) % known.sum().clamp(min=1)]


def moved(pictures: Tensor, shares: Tensor) -> Tensor:
    """Pictures (B, H, W, …) moved down and along by shares (2,) of their size, round and round."""
    for axis, share in ((1, shares[0]), (2, shares[1])):
        n = pictures.shape[axis]
        places = (torch.arange(n, device=pictures.device) - (share * n).long()) % n
        pictures = pictures.index_select(axis, places)
    return pictures


def chance_boxes(masks: Tensor, usual: tuple[float, float], chance: Tensor) -> Tensor:
    """Boxes of the usual size anywhere, for what no mask says: (B, H, W) bool.

    Args:
        usual: height and width as shares of the picture's.
        chance: (B, 2) in [0, 1), where.
    """
    _, height, width = masks.shape
    high, wide = max(1, round(usual[0] * height)), max(1, round(usual[1] * width))
    top, left = (chance[:, 0] * (height - high)).long(), (chance[:, 1] * (width - wide)).long()
    rows, columns = (torch.arange(n, device=masks.device) for n in (height, width))
    in_rows = (rows >= top.unsqueeze(1)) & (rows < top.unsqueeze(1) + high)
    in_columns = (columns >= left.unsqueeze(1)) & (columns < left.unsqueeze(1) + wide)
    return in_rows.unsqueeze(2) & in_columns.unsqueeze(1)


def standing_in(maps: Tensor, bounds: Bounds) -> Tensor:
    """Learned maps as masks (B, H, W), all off where a map is too small, too large, or scattered."""
    masks = maps > CERTAIN
    share = masks.float().mean((1, 2))
    rows, columns = masks.any(2), masks.any(1)
    box = _reach(rows) * _reach(columns)
    filled = masks.sum((1, 2)) / box.clamp(min=1)
    good = (share >= bounds.least) & (share <= bounds.most) & (filled >= bounds.filled)
    return masks & good.view(-1, 1, 1)


def _reach(on: Tensor) -> Tensor:
    """From the first place that is on to the last, (B,)."""
    places = torch.arange(on.shape[1], device=on.device)
    last = torch.where(on, places, -1).amax(1)
    first = torch.where(on, places, on.shape[1]).amin(1)
    return (last - first + 1).clamp(min=0)

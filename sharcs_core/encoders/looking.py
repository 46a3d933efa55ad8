"""Pictures → a map of where to look → features pooled by it → raw concept scores.

The map and the features are learned first, by explanations (:mod:`sharcs_core.guided`), and stay as they are while
concepts are learned from them: so what explanations say does not matter is not read into concepts either.

All that reads the picture is a convolution of limited reach, and its normalisation is fixed once it is trained: a
feature at a place says nothing of what lies far from it, so that what the map leaves out is not read.

Shapes: B pictures of H × W with C channels, F pooled features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Batch, Encoder
from sharcs_core.encoders.tabular import mlp

FINE, COARSE = (16,), (32, 48, 48)
"""Channels of the blocks at half of the picture's resolution, and at a quarter."""

N_PLACE = 5
"""Pooled beside the features: where the map's centre lies (2), how wide it is (2), how much of the picture it takes."""

N_POOLED = 2 * (FINE[-1] + COARSE[-1]) + N_PLACE
"""F: mean and most of every feature, and where the map lies."""

DARK = 2.0
"""What scores are less at first, so that little of a picture matters."""


@dataclass(frozen=True)
class Seen:
    """Features of pictures at half and at a quarter of their resolution, (B, channels, h, w), and the map's scores."""

    fine: Tensor
    coarse: Tensor
    scores: Tensor


class Looking(nn.Module):
    """What reads a picture: features, a map of where they matter, and what the map pools of them."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.fine = _blocks(n_channels, FINE, kernel=5)
        self.coarse = _blocks(FINE[-1], COARSE)
        self.from_fine, self.from_coarse = nn.Conv2d(FINE[-1], 16, 1), nn.Conv2d(COARSE[-1], 16, 1)
        self.to_scores = nn.Sequential(nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1))

    def see(self, pixels: Tensor) -> Seen:
        """Features of pictures, and how much each place matters."""
        light = as_light(pixels) if pixels.dtype == torch.uint8 else pixels
        fine = self.fine(light)
        coarse = self.coarse(fine)
        return Seen(fine, coarse, self._scores(fine, coarse, light.shape[-2:]))

    def pool(self, seen: Seen, maps: Tensor) -> Tensor:
        """Features under maps (B, H, W), their mean and the most of each, and where the maps lie: (B, F)."""
        return torch.cat([*_weighted(maps, seen.fine), *_weighted(maps, seen.coarse), placed(maps)], dim=1)

    def _scores(self, fine: Tensor, coarse: Tensor, size: torch.Size) -> Tensor:
        read = self.from_fine(fine) + _resized(self.from_coarse(coarse), fine.shape[-2:])
        return _resized(self.to_scores(read) - DARK, size).squeeze(1)


class LookingEncoder(Encoder):
    """A perceptron over what a learned map pools of ``pixels`` (B, H, W, C) uint8; returns (B, K).

    ``hidden`` names the widths of the perceptron. What reads the picture was learned before, see :meth:`take`.
    """

    reached: ClassVar[tuple[str, ...]] = ("light",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        self.looking = Looking(config.n_features).requires_grad_(False)
        self.norm = nn.BatchNorm1d(N_POOLED)
        self.head = mlp([N_POOLED, *config.hidden, n_local])

    def take(self, learned: Looking) -> None:
        """Takes over what was learned by explanations."""
        own = self.looking.state_dict()
        self.looking.load_state_dict({name: values for name, values in learned.state_dict().items() if name in own})

    def train(self, mode: bool = True) -> Self:
        """What reads the picture is never trained, nor are its norms."""
        super().train(mode)
        self.looking.eval()
        return self

    def prepare(self, batch: Batch) -> dict[str, Tensor]:
        return {"light": as_light(batch["pixels"])}

    def score(self, prepared: Batch) -> Tensor:
        seen = self.looking.see(prepared["light"])
        scores: Tensor = self.head(self.norm(self.looking.pool(seen, seen.scores.sigmoid())))
        return scores


def as_light(pixels: Tensor) -> Tensor:
    """Pictures (B, H, W, C) of 0 to 255 as (B, C, H, W) about 0."""
    return pixels.permute(0, 3, 1, 2).float() / 128 - 1


def _blocks(n_in: int, widths: Sequence[int], kernel: int = 3) -> nn.Sequential:
    """Convolutions, the first of which halves the resolution."""
    blocks = [_block(n_in, widths[0], kernel, stride=2)]
    blocks += [_block(own, other) for own, other in pairwise(widths)]
    return nn.Sequential(*blocks)


def _block(n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out), nn.ReLU())


def _resized(values: Tensor, size: torch.Size) -> Tensor:
    return nn.functional.interpolate(values, size=tuple(size), mode="bilinear", align_corners=False)


def _weighted(maps: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of features (B, C, h, w) weighted by maps, and the most of each where the map is on."""
    weights = nn.functional.adaptive_avg_pool2d(maps.unsqueeze(1), (features.shape[-2], features.shape[-1]))
    lit = weights * features
    return lit.sum((2, 3)) / (weights.sum((2, 3)) + 1e-6), lit.amax((2, 3))


def placed(maps: Tensor) -> Tensor:
    """Centre (x, y from -1 to 1), spread along both and share of the picture of maps (B, H, W): (B, 5)."""
    height, width = maps.shape[1:]
    total = maps.sum((1, 2)) + 1e-6
    found = []
    for along, n in ((maps.sum(1), width), (maps.sum(2), height)):
        places = (2 * torch.arange(n, device=maps.device) + 1) / n - 1
        middle = (along * places).sum(1) / total
        spread = ((along * places.square()).sum(1) / total - middle.square()).clamp(min=0)
        found.append((middle, (spread + 1e-6).sqrt()))
    (x, wide), (y, high) = found
    return torch.stack([x, y, wide, high, (total / height / width).sqrt()], dim=1)

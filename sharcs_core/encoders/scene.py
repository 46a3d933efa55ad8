"""Pictures of one thing on plain ground → raw concept scores.

The encoder looks where the thing is: a small cut-out at full resolution has a fifth of the pixels of a CLEVR scene
and shows the thing in the same place wherever it lies.

Shapes: B pictures of H × W, a glimpse is G × G pixels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder
from sharcs_core.encoders.image import centred, halving_blocks
from sharcs_core.encoders.tabular import mlp

GLIMPSE = 64
"""Pixels of the side of what is looked at: the largest things of a CLEVR scene of 160 × 120 fit in."""

COARSE = 2
"""The thing is looked for in the picture at this fraction of its size."""

SURROUNDINGS = 3
"""Side, in coarse pixels, of what each place is compared with: edges stand out, the sheen of a lamp does not."""

FAINT = 0.3
"""Departures below this share of the strongest one are not looked at."""

N_VARIATIONS = 8
"""Random numbers a picture by which it is varied in training."""


def fixate(pixels: Tensor) -> Tensor:
    """Where the thing is: the centre of what departs most from its surroundings.

    Args:
        pixels: (B, H, W, channels) uint8.

    Returns:
        (B, 2) row and column, in pixels.
    """
    coarse = nn.functional.avg_pool2d(pixels.permute(0, 3, 1, 2).float(), COARSE)
    around = nn.functional.avg_pool2d(coarse, SURROUNDINGS, 1, SURROUNDINGS // 2, count_include_pad=False)
    departure = (coarse - around).abs().sum(1)  # (B, H / 2, W / 2)
    weights = torch.relu(departure - FAINT * departure.amax((1, 2), keepdim=True))
    total = weights.sum((1, 2)).clamp(min=1e-12)
    rows = torch.arange(weights.shape[1], device=pixels.device)
    columns = torch.arange(weights.shape[2], device=pixels.device)
    row = (weights.sum(2) * rows).sum(1) / total
    column = (weights.sum(1) * columns).sum(1) / total
    return (torch.stack([row, column], dim=1) + 0.5) * COARSE


def glimpses(pixels: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """The squares around ``centres`` (B, 2), moved as little as it takes to lie inside the picture.

    Args:
        pixels: (B, H, W, channels) uint8, neither side shorter than ``GLIMPSE``.

    Returns:
        (B, channels, G, G) in [-0.5, 0.5], and (B, 2) the middle of each as a share of the picture, in [-1, 1].
    """
    size = torch.tensor(pixels.shape[1:3], device=pixels.device)
    corners = (centres - GLIMPSE / 2).round().long().clamp(min=0).minimum(size - GLIMPSE)  # (B, 2)
    steps = torch.arange(GLIMPSE, device=pixels.device)
    rows, columns = corners[:, :1] + steps, corners[:, 1:] + steps  # (B, G) each
    picture = torch.arange(len(pixels), device=pixels.device).view(-1, 1, 1)
    seen = pixels[picture, rows.unsqueeze(2), columns.unsqueeze(1)]  # (B, G, G, channels)
    places = 2 * (corners + GLIMPSE / 2) / size - 1
    return centred(seen), places


def vary(seen: Tensor, jitter: float, noise: Tensor, grain: Tensor) -> Tensor:
    """Glimpses as another camera or lamp might have taken them.

    Args:
        seen: (B, channels, G, G). jitter: standard deviation of the gain; the rest is in proportion.
        noise: (B, ≥ 6) standard normal: gain, offset, tint (3), grain.
        grain: (channels, G, G) standard normal, shared by the batch.
    """
    gain, offset, grainy = (jitter * noise[:, i].view(-1, 1, 1, 1) for i in (0, 1, 5))
    tint = jitter * noise[:, 2 : 2 + seen.shape[1]].view(len(noise), -1, 1, 1)
    return seen * (1 + gain + tint / 2) + offset / 2 + grainy / 5 * grain


class SceneEncoder(Encoder):
    """A convolutional network over a glimpse of ``pixels`` (B, H, W, channels) uint8; returns (B, K).

    Widths as in :class:`~sharcs_core.encoders.image.ImageEncoder`; how large a thing is depends on where it
    stands, so the place of the glimpse is read beside it. In training ``batch["noise"]`` (B, 8) and
    ``batch["grain"]`` (channels, G, G), both standard normal, vary the look by ``jitter`` and shift the glimpse
    by about 30 · ``jitter`` pixels, so that the model itself draws nothing.
    """

    reached = ("seen",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        channels = [config.n_features, *config.hidden[:-1]]
        self.jitter = config.jitter
        self.blocks = halving_blocks(channels)
        self.blocks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        left = GLIMPSE >> (len(channels) - 1)
        self.head = mlp([channels[-1] * left**2 + 2, config.hidden[-1], n_local])

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``seen`` (B, channels, G, G), the glimpse, and ``places`` (B, 2), its middle as a share of the picture."""
        pixels = batch["pixels"]
        centres = fixate(pixels)
        if "noise" in batch:
            centres = centres + 30 * self.jitter * batch["noise"][:, 6:]
        seen, places = glimpses(pixels, centres)
        if "noise" in batch:
            seen = vary(seen, self.jitter, batch["noise"], batch["grain"])
        return {"seen": seen, "places": places}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        fields = self.blocks(prepared["seen"]).flatten(1)
        scores: Tensor = self.head(torch.cat([fields, prepared["places"]], dim=1))
        return scores

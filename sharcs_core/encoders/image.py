"""Pictures → raw concept scores."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.encoder import Encoder


class ImageEncoder(Encoder):
    """A small convolutional network over ``pixels`` (B, H, W) or (B, H, W, channels), as in ``shares``; returns (B, K).

    Each width of ``hidden`` but the last is a 3×3 convolution with batch norm that halves the picture; what
    is left is averaged down to at most 7×7 and read by a layer of the last width.
    """

    reached = ("pixels",)

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        channels = [config.n_features, *config.hidden[:-1]]
        self.blocks = halving_blocks(channels)
        self.pool = nn.AdaptiveAvgPool2d(7)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels[-1] * 49, config.hidden[-1]),
            nn.ReLU(),
            nn.Linear(config.hidden[-1], n_local),
        )

    def prepare(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``pixels`` (B, channels, H, W) in [-0.5, 0.5]."""
        return {"pixels": centred(shifted(batch["pixels"], batch["shifts"]) if "shifts" in batch else batch["pixels"])}

    def score(self, prepared: Mapping[str, Tensor]) -> Tensor:
        scores: Tensor = self.head(self.pool(self.blocks(prepared["pixels"])))
        return scores


def shifted(pixels: Tensor, shifts: Tensor) -> Tensor:
    """Pictures (B, H, W, …), each moved up and to the left by its own number of pixels (B, 2); edges are drawn out."""
    height, width = pixels.shape[1:3]
    rows = (torch.arange(height, device=pixels.device) + shifts[:, :1]).clamp(0, height - 1)  # (B, H)
    columns = (torch.arange(width, device=pixels.device) + shifts[:, 1:]).clamp(0, width - 1)  # (B, W)
    picture = torch.arange(len(pixels), device=pixels.device).view(-1, 1, 1)
    return pixels[picture, rows.unsqueeze(2), columns.unsqueeze(1)]


def shares(pixels: Tensor) -> Tensor:
    """Pixels as shares of white: of 16 bits where they are uint16, or the int32 that torch has for it, else of 8."""
    return pixels.float() / (65535 if pixels.dtype in (torch.uint16, torch.int32) else 255)


def centred(pixels: Tensor) -> Tensor:
    """Pixels (B, H, W) or (B, H, W, channels) as (B, channels, H, W) in [-0.5, 0.5]."""
    pictures = pixels.unsqueeze(1) if pixels.dim() == 3 else pixels.permute(0, 3, 1, 2)
    return shares(pictures) - 0.5


def halving_blocks(channels: list[int]) -> nn.Sequential:
    """A 3×3 convolution with batch norm between each two widths, each halving the picture."""
    blocks: list[nn.Module] = []
    for from_width, to_width in pairwise(channels):
        blocks += [
            nn.Conv2d(from_width, to_width, 3, padding=1, bias=False),
            nn.MaxPool2d(2),  # before norm and ReLU: same result up to the sign of a scale, a quarter the work
            nn.BatchNorm2d(to_width),
            nn.ReLU(),
        ]
    return nn.Sequential(*blocks)

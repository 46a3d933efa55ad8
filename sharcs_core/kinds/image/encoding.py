"""The encoder that fits a form, and noise on pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.config import EncoderConfig
from sharcs_core.kinds.image.form import ImageForm
from sharcs_core.kinds.kind import Arrays, Faults
from sharcs_core.structures import Inputs

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

LEFT = 14
"""Pixels of the longer side below which a picture is not halved again: the encoder reads 7 × 7 of what is left."""
VALUES_AT_ONCE = 4_000_000
"""Numbers held in memory at one time, so that large pictures need no more."""


def settings(form: ImageForm) -> EncoderConfig:
    """A convolution for every halving until about 7 to 13 pixels are left of the longer side, and one at least.

    >>> settings(ImageForm(28, 28)).hidden, settings(ImageForm(72, 96, 3)).hidden
    ((16, 32, 64), (16, 32, 64, 128))
    >>> settings(ImageForm(8, 8)).hidden
    (32, 64)
    """
    longer, shorter = max(form.height, form.width), min(form.height, form.width)
    n_halvings = 1
    while longer >> n_halvings >= LEFT and shorter >> n_halvings >= 2:
        n_halvings += 1
    hidden = (32, 64) if n_halvings == 1 else (16, 32, 64, *(128,) * (n_halvings - 2))
    return EncoderConfig("image", form.channels, hidden)


def encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """The encoder of pictures, raw scores (B, K) out of ``pixels``; one that looks for a thing where it is asked to, or
    that was taught where to look."""
    from sharcs_core.encoders.image import ImageEncoder
    from sharcs_core.encoders.looking import LookingEncoder
    from sharcs_core.encoders.scene import SceneEncoder

    if config.looks:
        return LookingEncoder(config, n_local)
    return (SceneEncoder if config.positions else ImageEncoder)(config, n_local)


def faults(config: EncoderConfig, inputs: Inputs) -> Faults:
    """What does not go with an encoder of these settings."""
    from sharcs_core.encoders.scene import GLIMPSE

    pixels, n_channels = inputs.arrays["pixels"], config.n_features
    least = GLIMPSE if config.positions else 8 if config.looks else 2 ** (len(config.hidden) - 1)  # each halves it
    is_flat = pixels.ndim == 3 and n_channels == 1 and not config.positions
    has_channels = pixels.ndim == 4 and pixels.shape[3] == n_channels
    if not (is_flat or has_channels) or min(pixels.shape[1:3]) < least:
        shape = "(n, H, W)" if n_channels == 1 and not config.positions else f"(n, H, W, {n_channels})"
        yield f"pixels of shape {shape}, at least {least} × {least}", str(pixels.shape)
    if pixels.dtype not in (np.uint8, np.uint16):
        yield "pixels of type uint8 or uint16", str(pixels.dtype)


def vary(config: EncoderConfig, batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Standard normal numbers by which scenes are varied in training, see :mod:`sharcs_core.encoders.scene`; of
    pictures that are shifted, by how many pixels each is, (B, 2)."""
    import torch

    from sharcs_core.encoders.scene import GLIMPSE, N_VARIATIONS

    if config.shift:
        return {
            "shifts": torch.randint(-config.shift, config.shift + 1, (len(batch["pixels"]), 2), generator=generator)
        }
    if not config.jitter:
        return {}
    return {
        "noise": torch.randn((len(batch["pixels"]), N_VARIATIONS), generator=generator),
        "grain": torch.randn((config.n_features, GLIMPSE, GLIMPSE), generator=generator),
    }


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, positions: bool = False) -> Arrays:
    """Each pixel becomes (1 − level) · pixel + level · noise, the noise uniform over the brightnesses."""
    pixels = inputs.arrays["pixels"]
    noisy = np.empty_like(pixels)
    n_at_once = max(1, VALUES_AT_ONCE // max(1, pixels[0].size)) if len(pixels) else 1
    for start in range(0, len(pixels), n_at_once):
        part = pixels[start : start + n_at_once]
        noise = rng.integers(0, np.iinfo(pixels.dtype).max + 1, part.shape, dtype=pixels.dtype).astype(np.float32)
        noisy[start : start + n_at_once] = np.rint((1 - level) * part.astype(np.float32) + level * noise)
    return {"pixels": noisy}

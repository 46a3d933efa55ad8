"""Where in a picture.

Shapes: H × W pixels of the picture, h × w of what the encoder looks at, P patches.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from sharcs_core.encoders.scene import SceneEncoder
from sharcs_core.structures import Floats
from sharcs_core.structures.where import OnPicture, as_shares
from sharcs_core.where.algorithms import integrated_gradients, occlusion, of_reached, reached
from sharcs_core.where.probe import Probe, rows_of

PATCHES = 8
"""Patches across what is looked at, and down."""


def by_gradients(probe: Probe) -> OnPicture:
    """Integrated gradients from a picture of plain ground."""
    prepared = probe.prepared()
    name = reached(probe, prepared)[0]
    added = integrated_gradients(probe, prepared, {name: plain(prepared[name])})[name]
    return placed(probe, prepared, added.sum(1)[0])


def by_layer(probe: Probe) -> OnPicture:
    """Grad-CAM of the last convolution (Selvaraju et al. 2017), what speaks against included."""
    from captum.attr import LayerGradCam

    probe = with_own_encoder(probe)
    prepared = probe.prepared()
    name = reached(probe, prepared)[0]
    layer = LayerGradCam(of_reached(probe, prepared, (name,)), probe.encoder.blocks)
    coarse = layer.attribute(prepared[name].requires_grad_(), relu_attributions=False)
    fine = nn.functional.interpolate(coarse.detach(), prepared[name].shape[2:], mode="bilinear")
    return placed(probe, prepared, fine[0, 0])


def by_patches(probe: Probe) -> OnPicture:
    """What is lost where a patch is painted over with plain ground."""
    if not probe.prepares:
        return _by_patches_of_batch(probe)
    prepared = probe.prepared()
    name = reached(probe, prepared)[0]
    ground = plain(prepared[name])
    labels = patches(prepared[name].shape[2], prepared[name].shape[3])

    def amount(kept: Tensor) -> Tensor:
        left = kept[:, labels].unsqueeze(1)  # (R, 1, h, w)
        painted = prepared[name] * left + ground * (1 - left)
        return probe.of_prepared({**rows_of(prepared, len(kept)), name: painted})

    return placed(probe, prepared, _over(occlusion(int(labels.max()) + 1, amount), labels))


def _by_patches_of_batch(probe: Probe) -> OnPicture:
    """The same of an encoder that only takes whole pictures, over all of their pixels."""
    pixels = probe.batch["pixels"]
    shape = pixels.shape[1:3]
    labels = patches(*shape)
    deep = pixels if pixels.dim() == 4 else pixels.unsqueeze(3)
    ground = deep.flatten(1, 2).median(1).values.view(1, 1, 1, -1)

    def amount(kept: Tensor) -> Tensor:
        left = kept[:, labels].unsqueeze(3).bool()  # (R, H, W, 1)
        painted = torch.where(left, deep, ground).view(len(kept), *pixels.shape[1:])
        return probe.of_batch({**rows_of(probe.batch, len(kept)), "pixels": painted})

    values = _over(occlusion(int(labels.max()) + 1, amount), labels)
    return OnPicture(as_shares(values.numpy()), (0, 0, *shape))


def _over(values: Floats, labels: Tensor) -> Tensor:
    """The value of each patch at its pixels, an equal part each, (h, w)."""
    return (torch.as_tensor(values) / torch.bincount(labels.flatten()))[labels]


def patches(height: int, width: int) -> Tensor:
    """The patch that each pixel belongs to, (height, width)."""
    n_down, n_across = min(PATCHES, height), min(PATCHES, width)
    down, across = torch.arange(height) * n_down // height, torch.arange(width) * n_across // width
    return down.unsqueeze(1) * n_across + across


def plain(pictures: Tensor) -> Tensor:
    """Pictures (1, channels, h, w) of nothing but the colour that is usual in it, each channel's median."""
    return pictures.flatten(2).median(2).values[..., None, None].expand_as(pictures)


def placed(probe: Probe, prepared: Mapping[str, Tensor], values: Tensor) -> OnPicture:
    """Values (h, w) of what the encoder looks at, put where that is in the picture."""
    pixels = probe.batch["pixels"]
    height, width = pixels.shape[1:3]
    top, left = corner(prepared, height, width) if isinstance(probe.encoder, SceneEncoder) else (0, 0)
    bottom, right = top + values.shape[0], left + values.shape[1]
    whole = torch.zeros(height, width, dtype=torch.float64)
    whole[top:bottom, left:right] = values.double().cpu()
    return OnPicture(as_shares(whole.numpy()), (top, left, bottom, right))


def corner(prepared: Mapping[str, Tensor], height: int, width: int) -> tuple[int, int]:
    """The first row and column of a glimpse, whose middle is a share of the picture in [-1, 1]."""
    size = torch.tensor([height, width])
    middle = (prepared["places"][0].cpu().double() + 1) / 2 * size
    row, column = (middle - torch.tensor(prepared["seen"].shape[2:]) / 2).round().long().tolist()
    return row, column


def with_own_encoder(probe: Probe) -> Probe:
    """The same over a copy of the encoder, for what hooks into it while others read by it."""
    from dataclasses import replace

    model = copy.copy(probe.model)
    model._modules = dict(model._modules)
    encoders = nn.ModuleDict({**probe.model.encoders, probe.modality: copy.deepcopy(probe.encoder)})
    model._modules["encoders"] = encoders.eval()
    return replace(probe, model=model)


EXPLAINERS: Mapping[str, Callable[[Probe], OnPicture]] = {
    "integrated gradients": by_gradients,
    "layer Grad-CAM": by_layer,
    "occlusion": by_patches,
}

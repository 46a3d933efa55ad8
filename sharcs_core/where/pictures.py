"""Where in a picture.

Shapes: H × W pixels of the picture, h × w of what the encoder looks at, P patches.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from sharcs_core.encoders.scene import SceneEncoder
from sharcs_core.structures import Floats
from sharcs_core.structures.where import OnPicture, as_shares
from sharcs_core.where.algorithms import Kept, integrated_gradients, occlusion, of_reached, reached, shapley
from sharcs_core.where.probe import Probe, rows_of

PATCHES = 8
"""Patches across what is looked at, and down."""
N_NOISY, NOISE = 32, 0.1
"""Noisy versions whose gradients are averaged, and their standard deviation, as a share of white."""
SPREAD = 0.04
"""How far slopes and evidence are spread, a standard deviation as a share of the shorter side: what is read of an edge
is read on both sides of it, and a thing a pixel further on would be read alike."""


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


def by_smooth_gradients(probe: Probe) -> OnPicture:
    """How steep the answer is near a pixel (SmoothGrad, Smilkov et al. 2017), times how the pixel departs from ground.

    Slopes are averaged over noisy versions by captum and over near pixels here, without their signs, as is the evidence
    they make; the sign is that of the evidence that prevails.
    """
    from captum.attr import NoiseTunnel, Saliency

    prepared = probe.prepared()
    name = reached(probe, prepared)[0]
    tunnel = NoiseTunnel(Saliency(of_reached(probe, prepared, (name,))))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        slopes = tunnel.attribute(prepared[name], nt_samples=N_NOISY, stdevs=NOISE, abs=False)
    departs = prepared[name] - plain(prepared[name])
    evidence = (slopes * departs).sum(1)[0]
    amounts = (spread(slopes.abs()) * departs.abs()).sum(1)[0]
    return placed(probe, prepared, spread(evidence).sign() * spread(amounts))


def spread(values: Tensor) -> Tensor:
    """The mean near each pixel of values (…, h, w)."""
    from scipy.ndimage import gaussian_filter

    found: Tensor = torch.as_tensor(
        gaussian_filter(values.detach().cpu().numpy(), SPREAD * min(values.shape[-2:]), axes=(-2, -1))
    )
    return found


def by_patches(probe: Probe) -> OnPicture:
    """What is lost where a patch is painted over with plain ground."""
    return _of_patches(probe, occlusion)


def by_orders(probe: Probe) -> OnPicture:
    """Shapley values of patches that are plain ground where they are not there."""
    return _of_patches(probe, shapley)


def _of_patches(probe: Probe, algorithm: Callable[[int, Kept], Floats]) -> OnPicture:
    amount, shape = kept(probe), looked_at(probe)
    labels = patches(*shape)
    found = algorithm(int(labels.max()) + 1, lambda left: amount(left[:, labels.flatten()]))
    return placed(probe, probe.prepared() if probe.prepares else {}, _over(found, labels))


def looked_at(probe: Probe) -> tuple[int, int]:
    """Height and width of what the encoder looks at."""
    if not probe.prepares:
        height, width = probe.batch["pixels"].shape[1:3]
        return height, width
    prepared = probe.prepared()
    height, width = prepared[reached(probe, prepared)[0]].shape[2:]
    return height, width


def kept(probe: Probe) -> Callable[[Tensor], Tensor]:
    """Which pixels of what is looked at are kept (R, h · w), the others being plain ground → how much is said, (R,)."""
    return _kept_prepared(probe) if probe.prepares else _kept_of_batch(probe)


def _kept_prepared(probe: Probe) -> Callable[[Tensor], Tensor]:
    prepared = probe.prepared()
    name = reached(probe, prepared)[0]
    picture, ground = prepared[name], plain(prepared[name])

    def amount(left: Tensor) -> Tensor:
        shown = left.view(len(left), 1, *picture.shape[2:]).to(picture)
        painted = picture * shown + ground * (1 - shown)
        return probe.of_prepared({**rows_of(prepared, len(left)), name: painted})

    return amount


def _kept_of_batch(probe: Probe) -> Callable[[Tensor], Tensor]:
    """Of an encoder that only takes whole pictures."""
    pixels = probe.batch["pixels"]
    deep = pixels if pixels.dim() == 4 else pixels.unsqueeze(3)
    ground = deep.flatten(1, 2).median(1).values.view(1, 1, 1, -1)

    def amount(left: Tensor) -> Tensor:
        shown = left.view(len(left), *pixels.shape[1:3], 1) > 0
        painted = torch.where(shown, deep, ground).view(len(left), *pixels.shape[1:])
        return probe.of_batch({**rows_of(probe.batch, len(left)), "pixels": painted})

    return amount


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
    model = copy.copy(probe.model)
    model._modules = dict(model._modules)
    encoders = nn.ModuleDict({**probe.model.encoders, probe.modality: copy.deepcopy(probe.encoder)})
    model._modules["encoders"] = encoders.eval()
    return replace(probe, model=model)


EXPLAINERS: Mapping[str, Callable[[Probe], OnPicture]] = {
    "integrated gradients": by_gradients,
    "smooth gradients": by_smooth_gradients,
    "layer Grad-CAM": by_layer,
    "occlusion": by_patches,
    "Shapley values": by_orders,
}

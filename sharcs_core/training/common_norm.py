"""Batch norm over what several processes have together; on any device, gradients included.

torch's ``SyncBatchNorm`` is for GPUs alone.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Gathered = Callable[[Tensor], Tensor]
"""What this process has → what each has, (processes, …)."""


class CommonNorm(_BatchNorm):
    """A batch norm whose mean and variance are those of all processes; otherwise torch's, with the same state.

    Attributes:
        gathered: how figures of all are had.
        own: what it stands for.
    """

    gathered: Gathered
    own: _BatchNorm

    @classmethod
    def of(cls, norm: _BatchNorm, gathered: Gathered) -> CommonNorm:
        """The same norm over what all processes have."""
        common = cls(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
        common._parameters, common._buffers = norm._parameters, norm._buffers
        object.__setattr__(common, "own", norm)  # no part of it
        common.gathered = gathered
        return common.train(norm.training)

    def _check_input_dim(self, values: Tensor) -> None:
        """Any that have channels second."""

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return super().forward(values)
        channels = [1, -1, *[1] * (values.ndim - 2)]
        over = [dim for dim in range(values.ndim) if dim != 1]
        n_own = torch.full((1,), values.numel() / values.shape[1], dtype=torch.float32, device=values.device)
        sums = self.gathered(torch.cat([values.sum(over), n_own])).sum(0)
        n, mean = sums[-1], sums[:-1] / sums[-1]
        apart = values - mean.view(channels)
        variance = self.gathered(apart.square().sum(over)).sum(0) / n
        self._remember(mean, variance * n / (n - 1).clamp(min=1))
        normed = apart * (variance + self.eps).rsqrt().view(channels)
        if self.affine:
            normed = normed * self.weight.view(channels) + self.bias.view(channels)
        return normed

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Running moments, as torch keeps them."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


def with_common_norms(module: nn.Module, gathered: Gathered) -> None:
    """Puts a :class:`CommonNorm` into the place of every batch norm below a module."""
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm) and not isinstance(child, CommonNorm):
            setattr(module, name, CommonNorm.of(child, gathered))
        else:
            with_common_norms(child, gathered)


def with_own_norms(module: nn.Module) -> None:
    """Puts back what :func:`with_common_norms` replaced; it has the same weights and moments."""
    for name, child in module.named_children():
        if isinstance(child, CommonNorm):
            setattr(module, name, child.own.train(child.training))
        else:
            with_own_norms(child)

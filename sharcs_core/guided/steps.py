"""One step of the optimiser after the other; on a GPU recorded once and played again, since each is short.

What a step computes has the same shapes whatever the batch holds, so that it can be recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from math import cos, pi
from typing import Any

import torch
from torch import Tensor, nn

from sharcs_core.guided.settings import GuidedSettings

RISING = 0.15
"""Share of the steps in which the rate of learning rises, before it falls to nothing."""

N_BEFORE = 3
"""Steps that are taken before one is recorded, so that all that is made once is there."""


def rate_at(share: float) -> float:
    """The rate of learning, as a share of its highest, when a share of all steps is done.

    >>> rate_at(0.0), rate_at(RISING), round(rate_at(1.0), 6)
    (0.04, 1.0, 0.0)
    """
    if share < RISING:
        return 0.04 + 0.96 * (1 - cos(pi * share / RISING)) / 2
    return (1 + cos(pi * (share - RISING) / (1 - RISING))) / 2


class Steps:
    """Takes the steps of a training, each with its own rate of learning.

    Args:
        n: steps in all.
    """

    def __init__(self, network: nn.Module, settings: GuidedSettings, n: int, device: torch.device) -> None:
        self.n, self.done, self.most = n, 0, settings.learning_rate
        self.is_recorded = device.type == "cuda" and not settings.right_reasons  # whose shapes depend on the batch
        rate: Any = torch.tensor(settings.learning_rate, device=device) if self.is_recorded else settings.learning_rate
        self.optimiser = torch.optim.AdamW(
            network.parameters(), rate, weight_decay=settings.weight_decay, capturable=self.is_recorded
        )
        self.record: torch.cuda.CUDAGraph | None = None
        self.draw: Any = None
        self.losses = torch.zeros(0)

    def take(self, draw: Any, terms: Callable[[Any], Tensor]) -> Tensor:
        """One step down the sum of the ``terms`` of a draw, a frozen dataclass of tensors; what they were."""
        self._set_rate(self.most * rate_at(self.done / self.n))
        self.done += 1
        if not self.is_recorded:
            return self._step(draw, terms)
        if self.record is None:
            return self._begin(draw, terms)
        for own in fields(draw):
            getattr(self.draw, own.name).copy_(getattr(draw, own.name))
        self.record.replay()
        return self.losses.clone()

    def _step(self, draw: Any, terms: Callable[[Any], Tensor]) -> Tensor:
        self.optimiser.zero_grad(set_to_none=True)
        losses = terms(draw)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return losses.detach()

    def _begin(self, draw: Any, terms: Callable[[Any], Tensor]) -> Tensor:
        """The first steps as they are, then one that is recorded and not taken."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            losses = self._step(draw, terms)
        torch.cuda.current_stream().wait_stream(stream)
        if self.done < N_BEFORE:
            return losses
        self.draw = type(draw)(**{own.name: getattr(draw, own.name).clone() for own in fields(draw)})
        self.record = torch.cuda.CUDAGraph()
        self.optimiser.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.record):
            self.losses = self._step(self.draw, terms)
        return losses

    def _set_rate(self, rate: float) -> None:
        for group in self.optimiser.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

"""An encoder that somebody else wrote, in the place of a kind's own: what it says is looked at before it is used.

It is a ``torch.nn.Module`` that is made with ``(config: EncoderConfig, n_local: int)``, as the encoders beside this
module are; its ``forward`` takes the arrays of a batch by name and gives raw scores (B, K).

A part of it that is trained already, a backbone, is a module of its own in its attribute ``frozen``, whose ``forward``
takes the same batch and gives one array (B, …). No training changes it. What it says stands in ``batch["frozen"]``
when ``forward`` is called, and is not computed again where the batch has it (:mod:`sharcs_core.frozen`).

Shapes: B inputs, K local concepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from sharcs_core.config import EncoderConfig
from sharcs_core.encoders.own_code import CodeError, class_of, said
from sharcs_core.errors import is_out_of_memory

FROZEN = "frozen"
"""The attribute that is the part no training changes, and the array of a batch that has what it says."""


class OwnEncoder(nn.Module):
    """The encoder that ``config.module`` names.

    Attributes:
        own: the encoder itself.
        title: what it is called in sentences.
        frozen: its part that no training changes; None where it has none.

    Raises:
        CodeError: where nobody allows such code, or it cannot be made.
    """

    def __init__(self, config: EncoderConfig, n_local: int) -> None:
        super().__init__()
        assert config.module is not None
        self.config, self.n_local, self.title = config, n_local, config.module
        self.own = self._made()
        _check_state(self.title, self.own)
        if self.frozen is not None:
            self.frozen.requires_grad_(False).eval()

    def _made(self) -> nn.Module:
        made = class_of(self.title)
        try:
            return made(self.config, self.n_local)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise CodeError(
                f"{self.title} cannot be made with its settings and the number of its scores ({said(error)}); mend it"
            ) from error

    @property
    def frozen(self) -> nn.Module | None:
        part = getattr(self.own, FROZEN, None)
        if part is not None and not isinstance(part, nn.Module):
            raise CodeError(
                f"{FROZEN} of {self.title} must be a torch.nn.Module (got {type(part).__name__}); call it otherwise"
            )
        return part

    def train(self, mode: bool = True) -> OwnEncoder:
        """As of every module, but for what is frozen, which is always as it is when it predicts."""
        super().train(mode)
        if self.frozen is not None:
            self.frozen.eval()
        return self

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Raw scores (B, K). Raises CodeError where what comes back is no such thing."""
        if self.frozen is not None and FROZEN not in batch:
            batch = {**batch, FROZEN: self.fixed(batch)}
        scores = self._said_by(self.own, batch, self.title)
        expected, got = (_length(batch), self.n_local), tuple(scores.shape)
        if got != expected:
            raise CodeError(f"{self.title} must give scores of shape {expected} (got {got}); mend it")
        return scores

    @torch.no_grad()
    def fixed(self, batch: Mapping[str, Tensor]) -> Tensor:
        """What the frozen part says of a batch, (B, …). Raises CodeError where what comes back is no such thing."""
        assert self.frozen is not None
        name = f"{FROZEN} of {self.title}"
        values = self._said_by(self.frozen, batch, name)
        if values.shape[:1] != (_length(batch),):
            raise CodeError(
                f"{name} must give {_length(batch)} rows, one an input (got shape {tuple(values.shape)}); mend it"
            )
        return values

    def _said_by(self, module: nn.Module, batch: Mapping[str, Tensor], name: str) -> Tensor:
        """What a module says of a batch, as finite numbers of single precision."""
        try:
            values = module(batch)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raise CodeError(f"{name} fails on a batch of {sorted(batch)} ({said(error)}); mend it") from error
        if not isinstance(values, Tensor) or not values.is_floating_point():
            raise CodeError(f"{name} must give a tensor of decimal numbers (got {_kind(values)}); mend it")
        if not bool(values.isfinite().all()):
            raise CodeError(f"{name} gives NaN or infinity; mend it, or lower the learning rate")
        return values.float()


def _length(batch: Mapping[str, Tensor]) -> int:
    return len(next(iter(batch.values())))


def _kind(values: Any) -> str:
    return str(values.dtype) if isinstance(values, Tensor) else type(values).__name__


def _check_state(name: str, module: nn.Module) -> None:
    """Raises CodeError for weights that a run cannot keep: each must be a tensor, with memory of its own."""
    places: dict[int, str] = {}
    for key, values in module.state_dict(keep_vars=True).items():
        if not isinstance(values, Tensor) or is_lazy(values):
            raise CodeError(f"{key} of {name} must be a tensor of a known shape, or a run cannot keep it; mend it")
        first = places.setdefault(values.data_ptr(), key) if values.numel() and not values.is_meta else key
        if first != key:
            raise CodeError(f"{key} of {name} shares its memory with {first}, so a run cannot keep it; copy one")

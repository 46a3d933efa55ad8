"""Several processes that train one model: each encodes its share of a batch, and all see what the others made.

Every process draws the same batches by the same seeds. Encoders read a share of the inputs each; the raw scores are
gathered, and what follows (norm, shared space, prediction, alignment) is computed over the whole batch by all alike.
So negatives come from every process, the norm is common, and a step is that of one process with the same batch.
"""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from sharcs_core.batches import Batch
from sharcs_core.errors import UserError
from sharcs_core.model import Multimodal
from sharcs_core.training.common_norm import with_common_norms, with_own_norms

T = TypeVar("T")

WAIT = timedelta(hours=2)
"""How long a process waits for another one, which may still be writing."""
ENDED = "Another process of this training ended; start all of them again to go on after the last epoch that was kept"


class EndedError(UserError):
    """Another process of the training is gone."""


def n_processes() -> int:
    """How many processes train together, as ``torchrun`` says; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def rank() -> int:
    """Which of them this one is, from 0; the first alone writes."""
    return int(os.environ.get("RANK", "0")) if n_processes() > 1 else 0


class Alone:
    """One process, which has every input."""

    is_first = True

    def taken(self, model: Multimodal) -> Multimodal:
        """The model as it is trained here."""
        return model

    def given_back(self, model: Multimodal) -> Multimodal:
        """The model as it is without others."""
        return model

    def encode(self, model: Multimodal, batch: Batch) -> dict[str, Tensor]:
        """Local concepts of all inputs of a batch."""
        return model.encode(batch.inputs)

    def average(self, model: nn.Module) -> None:
        """The gradients as all processes together have them."""

    def agree(self, model: nn.Module) -> None:
        """Weights and moments as the first process has them."""

    def told(self, what: T) -> T:
        """What the first process has."""
        return what

    @contextmanager
    def together(self) -> Iterator[None]:
        """In it nobody is left waiting for one who is gone."""
        yield


ALONE = Alone()


@dataclass(frozen=True)
class _Share:
    """Which of n rows a process encodes, padded to as many as any other has."""

    mine: slice
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, n: int, place: int, n_places: int) -> _Share:
        sizes = tuple(n // n_places + (other < n % n_places) for other in range(n_places))
        start = sum(sizes[:place])
        return cls(slice(start, start + sizes[place]), sizes)


class Together(Alone):
    """This process and the others that ``torchrun`` started, through Lightning Fabric.

    Raises:
        UserError: Fabric is not installed, or the processes do not find each other.
    """

    def __init__(self, device: torch.device) -> None:
        self.n, self.place = n_processes(), rank()
        self.is_first = self.place == 0
        self.device = device

    @cached_property
    def fabric(self) -> Any:
        """What processes speak through; made when it is first asked for, since that waits for the others."""
        try:
            from lightning_fabric import Fabric
            from lightning_fabric.strategies.ddp import DDPStrategy
        except ImportError:
            raise UserError(
                'Several processes train through Lightning Fabric, which is not here: pip install -e ".[distributed]"'
            ) from None
        _hush()
        n_here = int(os.environ.get("LOCAL_WORLD_SIZE", self.n))
        fabric = Fabric(
            accelerator="cuda" if self.device.type == "cuda" else "cpu",
            devices=n_here,
            num_nodes=max(1, self.n // n_here),
            strategy=DDPStrategy(timeout=WAIT),
        )
        fabric.launch()
        return fabric

    def taken(self, model: Multimodal) -> Multimodal:
        with_common_norms(model.encoders, self.gathered)
        return model

    def given_back(self, model: Multimodal) -> Multimodal:
        with_own_norms(model.encoders)
        return model

    def gathered(self, values: Tensor) -> Tensor:
        """What each process has, (processes, …); gradients find their way back."""
        found: Tensor = self.fabric.all_gather(values, sync_grads=True)
        return found

    def encode(self, model: Multimodal, batch: Batch) -> dict[str, Tensor]:
        return {
            name: model.concepts[name](self._raw(model.encoders[name], arrays)) for name, arrays in batch.inputs.items()
        }

    def _raw(self, encoder: nn.Module, arrays: Mapping[str, Tensor]) -> Tensor:
        """Raw scores (B, K) of all inputs, of which this process encodes its share."""
        n = len(next(iter(arrays.values())))
        if n < self.n:  # too few to share out
            whole: Tensor = encoder(arrays)
            return whole
        share = _Share.of(n, self.place, self.n)
        own: Tensor = encoder({name: values[share.mine] for name, values in arrays.items()})
        padded = nn.functional.pad(own, (0, 0, 0, share.sizes[0] - len(own)))
        every = self.gathered(padded)
        return torch.cat([of_one[:size] for of_one, size in zip(every, share.sizes, strict=True)])

    @torch.no_grad()
    def average(self, model: nn.Module) -> None:
        """Of each gradient the mean: what lies before gathering has its share n-fold, what lies behind has all."""
        graded = [weights.grad for weights in model.parameters() if weights.grad is not None]
        flat = torch.cat([grad.flatten() for grad in graded])
        flat = self.fabric.all_reduce(flat, reduce_op="mean")
        for grad, mean in zip(graded, flat.split([grad.numel() for grad in graded]), strict=True):
            grad.copy_(mean.view_as(grad))

    @torch.no_grad()
    def agree(self, model: nn.Module) -> None:
        for values in model.state_dict().values():
            values.copy_(self.fabric.broadcast(values, 0))

    def told(self, what: T) -> T:
        found: T = self.fabric.broadcast(what, 0)
        return found

    @contextmanager
    def together(self) -> Iterator[None]:
        former = signal.signal(signal.SIGTERM, _told_to_end)
        try:
            yield
        except RuntimeError as error:
            if _is_of_the_others(error):
                raise EndedError(ENDED) from None
            raise
        finally:
            signal.signal(signal.SIGTERM, former)


def _hush() -> None:
    """Fabric tells of each process that it finds, and calls torch in a way that is deprecated."""
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    logging.getLogger("lightning.fabric").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", "torch.distributed.nn.functional.all_gather is deprecated")


def hear_of_the_end() -> None:
    """From now on it is said in one sentence where ``torchrun`` ends this process, since another one has ended."""
    if n_processes() > 1:
        signal.signal(signal.SIGTERM, _told_to_end)


def _told_to_end(number: int, frame: FrameType | None) -> None:
    """``torchrun`` ends the others when one has ended."""
    raise EndedError(ENDED)


def _is_of_the_others(error: RuntimeError) -> bool:
    is_of_backend = any(word in str(error).lower() for word in ("gloo", "nccl", "connection"))
    return is_of_backend or isinstance(error, torch.distributed.DistError)


def processes_for(device: torch.device) -> Alone:
    """The processes that train together on such devices: this one alone, unless ``torchrun`` started several."""
    return Together(device) if n_processes() > 1 else ALONE

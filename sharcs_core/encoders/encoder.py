"""What every encoder of the package is: it prepares an input and scores what it prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor, nn

Batch = Mapping[str, Tensor]


class Encoder(nn.Module):
    """Inputs → raw scores (B, K), in two steps, so that gradients can reach what an input says.

    Attributes:
        reached: names of what :meth:`prepare` gives that says what is in the input, as floating point numbers; all
            else that it gives (places, masks, who is joined to whom) only says how these are read.
    """

    reached: ClassVar[tuple[str, ...]]

    def forward(self, batch: Batch) -> Tensor:
        return self.score(self.prepare(batch))

    def prepare(self, batch: Batch) -> dict[str, Tensor]:
        """The arrays of a batch → what is scored, B of each."""
        raise NotImplementedError

    def score(self, prepared: Batch) -> Tensor:
        """What :meth:`prepare` gives, as it is or changed → raw scores (B, K)."""
        raise NotImplementedError

"""Pictures with a class and, where there are, explanations: a mask of what matters, a sentence.

Shapes: n samples, pictures of H × W with C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.structures import Codes, Ints

MASK = "mask"
"""The array of pictures (n, H, W) that says where each matters, 1 there; all 0 of one of which that is not known."""


@dataclass(frozen=True)
class GuidedSamples:
    """What a guided training learns from, or is measured on.

    Attributes:
        pixels: (n, H, W, C) uint8.
        labels: (n,), classes from 0.
        masks: (n, H, W), what matters; all off where it is not known.
        sentences: (n,), empty where there is none.
    """

    pixels: NDArray[np.uint8]
    labels: Ints
    masks: Codes
    sentences: tuple[str, ...]

    def __post_init__(self) -> None:
        n, height, width, _ = self.pixels.shape
        if self.masks.shape != (n, height, width):
            raise UserError(f"Masks are as large as their pictures, {(n, height, width)} (got {self.masks.shape})")
        if len(self.labels) != n or len(self.sentences) != n:
            raise UserError(f"{n:,} pictures have as many classes and sentences (got {len(self.labels):,} and "
                            f"{len(self.sentences):,})")  # fmt: skip

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def annotated(self) -> Codes:
        """Which samples have a mask, (n,)."""
        known: Codes = np.asarray(self.masks.any((1, 2)))
        return known

    def with_masks(self, share: float, seed: int) -> GuidedSamples:
        """The same with the masks of all but a share of the samples, drawn by chance, forgotten."""
        kept = np.zeros(len(self), dtype=bool)
        kept[np.random.default_rng(seed).permutation(len(self))[: round(share * len(self))]] = True
        masks: Any = self.masks & kept[:, None, None]
        return GuidedSamples(self.pixels, self.labels, masks, self.sentences)


def check_masks(masks: Sequence[NDArray[Any]], size: tuple[int, int]) -> None:
    """Raises UserError in one sentence for a mask of another size, empty, or all on."""
    for place, mask in enumerate(masks):
        if mask.shape != size:
            raise UserError(f"Mask {place} is {mask.shape[1]} × {mask.shape[0]}, its picture {size[1]} × {size[0]}")
        if not mask.any() or mask.all():
            raise UserError(f"Mask {place} is {'all on' if mask.any() else 'empty'}, so that it says nothing")

"""Which concepts are read at which places of a picture.

Shapes: K concepts that are on, N places, a picture of H × W.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.structures import Codes, Floats, Inputs, OnPicture
from sharcs_core.where.asked import concept
from sharcs_core.where.finding import where
from sharcs_core.where.sample import Sample
from sharcs_core.where.showing import softened

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

MOST_ASKED, MOST_TOLD = 16, 3
LEAST = 0.1
"""Of what speaks for a concept; where less of it lies in a place it is not said to be read there."""


@dataclass(frozen=True)
class ReadPlaces:
    """Where the concepts that are on are read in one picture.

    Attributes:
        concepts: (K,) their numbers.
        shares: (K, H, W), of what speaks for each, how much lies in each pixel; all 0 where nothing does.
    """

    concepts: tuple[int, ...]
    shares: Floats

    def within(self, places: Codes) -> Floats:
        """How much of each concept is read in each of some places (N, H, W), (N, K), 0 to 1."""
        found: Floats = np.einsum("nhw,khw->nk", places, self.shares)
        return found

    def told(self, places: Codes) -> tuple[tuple[tuple[int, float], ...], ...]:
        """For each place the concepts that are read there, the most first, each with its share, (N,)."""
        return tuple(
            tuple(
                (self.concepts[k], float(row[k]))
                for k in np.argsort(-row, kind="stable")[:MOST_TOLD]
                if row[k] >= LEAST
            )
            for row in self.within(places)
        )


def read_places(run: Run, inputs: Mapping[str, Inputs], modality: str) -> ReadPlaces:
    """Where the concepts that are on are read in the picture of a sample, the surest first.

    Args:
        inputs: holds one input of ``modality``, which is a picture.

    Raises:
        UserError: as :func:`sharcs_core.where.where` does.
    """
    own = {modality: inputs[modality]}
    evidence = Sample.of(run, own, {}, None).evidence[modality][0].cpu().numpy()
    on = tuple(int(k) for k in np.argsort(-evidence, kind="stable")[:MOST_ASKED] if evidence[k] > 0)
    parts = [where(run, own, concept(run, modality, k)).parts[modality] for k in on]
    size = inputs[modality].arrays["pixels"].shape[1:3]
    shares = [_for_it(part) for part in parts if isinstance(part, OnPicture)]
    return ReadPlaces(on, np.stack(shares) if shares else np.zeros((0, *size)))


def _for_it(part: OnPicture) -> Floats:
    """What speaks for a concept, (H, W), as shares of all of that."""
    positive = np.maximum(softened(part), 0)
    shares: Floats = positive / max(float(positive.sum()), 1e-12)
    return shares

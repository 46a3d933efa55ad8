"""What the features of a modality's inputs are usually like, and how far others lie from that.

Shapes: n inputs, d features, r directions, m references, T shared concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.neighbours import nearest_rows
from sharcs_core.structures import Floats
from sharcs_core.unusual.layers import HIDDEN, TEXTURE

ALLOWED = 0.03
"""Share of the validation inputs that may lie beyond the limit."""
WHOLE = 192
"""Up to so many features all directions are told apart; of more, the ``LEADING`` ones."""
LEADING = 64
N_NEAREST = 5
"""The reference that is counted: the first one alone could be a freak itself."""
BANK = "bank"
"""The measure that is a distance to the bank, in the shared space."""
BY_REFERENCES = (TEXTURE, HIDDEN)
"""Summaries of several heaps, halves of digits that lie above or below, say: no Gaussian, but near to others."""
WITHOUT_ORIGINALS = (HIDDEN,)
"""Those of them that are kept where no original may be: a texture is a picture, if a coarse one."""
NEAR = 0.05
"""A distance to the bank that means nothing, however near its rows are to each other."""
LEAST_SCALE = 1e-3
"""Of the largest standard deviation of all features: what one that never varied in training is measured by."""
TINY = 1e-6


@dataclass(frozen=True)
class Spread:
    """Where features lie and how they vary together: a Gaussian, the same in all but its leading directions.

    Attributes:
        centre, scale: (d,) by which features are standardised.
        axes: (d, r) directions of unit length. variances: (r,) along them.
        rest: (), the variance along every other direction.
    """

    centre: Floats
    scale: Floats
    axes: Floats
    variances: Floats
    rest: Floats

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """The spread of training inputs (n, d), their covariance shrunk as Ledoit and Wolf (2004) have it."""
        from sklearn.covariance import ledoit_wolf

        centre, scale = _standard(values)
        covariance, _ = ledoit_wolf((values - centre) / scale, assume_centered=True)
        variances, axes = np.linalg.eigh(covariance)
        variances, axes = variances[::-1].clip(TINY), axes[:, ::-1]
        r = len(variances) if len(variances) <= WHOLE else LEADING
        rest = variances[r:].mean() if r < len(variances) else 1.0
        return cls(*(np.asarray(part, dtype=np.float32) for part in (centre, scale, axes[:, :r], variances[:r], rest)))

    def distances(self, values: Floats) -> Floats:
        """Mahalanobis distances (n,) of ``values`` (n, d), divided by √d: about 1 for what is usual."""
        standard = (np.asarray(values, dtype=np.float32) - self.centre) / self.scale
        along = standard @ self.axes
        beside = ((standard**2).sum(1) - (along**2).sum(1)).clip(0) / self.rest
        if along.shape[1] == standard.shape[1]:
            beside = np.zeros_like(beside)  # nothing but rounding
        distances: Floats = np.sqrt(((along**2 / self.variances).sum(1) + beside) / standard.shape[1])
        return distances


@dataclass(frozen=True)
class References:
    """Training inputs to be near to: ``points`` (m, d), standardised by ``centre`` and ``scale`` (d,)."""

    centre: Floats
    scale: Floats
    points: Floats

    @classmethod
    def of(cls, values: Floats, n_points: int) -> References:
        """The first ``n_points`` of ``values`` (n, d), rounded to half precision, as they are kept on disk."""
        centre, scale = _standard(values)
        points = ((values[:n_points] - centre) / scale).astype(np.float16)
        return cls(centre.astype(np.float32), scale.astype(np.float32), points.astype(np.float32))

    def distances(self, values: Floats) -> Floats:
        """How far the point that is the ``N_NEAREST``-th nearest is from each of ``values`` (n, d), (n,)."""
        k = min(N_NEAREST, len(self.points))
        return nearest_rows((values - self.centre) / self.scale, self.points, k)[1][:, -1]


@dataclass(frozen=True)
class UsualFeatures:
    """What a modality's inputs are usually like, by the layers of its encoder and by the bank.

    Attributes:
        spreads: summary of a layer → its spread.
        references: summary → training inputs to be near to, for those of ``BY_REFERENCES``.
        limits: measure → the distance beyond which an input is unusual: one for each summary, and for ``bank``.
    """

    spreads: Mapping[str, Spread]
    references: Mapping[str, References]
    limits: Mapping[str, float]

    @classmethod
    def of(
        cls,
        train: Mapping[str, Floats],
        validation: Mapping[str, Floats],
        apart: Floats,
        n_points: int,
        by_references: Sequence[str] = BY_REFERENCES,
    ) -> UsualFeatures:
        """What is usual in ``train``; the limits from what the encoder did not learn from.

        Args:
            train, validation: summary → (n, d), each.
            apart: (n,) distances of the validation inputs to the bank.
            n_points: references to keep.
            by_references: which of ``BY_REFERENCES`` may be kept as single points; of the others there is a spread.
        """
        spreads = {name: Spread.of(values) for name, values in train.items() if name not in by_references}
        references = {name: References.of(train[name], n_points) for name in by_references}
        limits = joint_limits(cls(spreads, references, {}).distances(validation, apart), ALLOWED)
        return cls(spreads, references, {**limits, BANK: max(limits[BANK], NEAR)})

    def distances(self, summaries: Mapping[str, Floats], apart: Floats) -> dict[str, Floats]:
        """Measure → distances (n,). Raises ValueError for summaries of other widths."""
        measures: Mapping[str, Spread | References] = {**self.spreads, **self.references}
        return {**{name: measure.distances(summaries[name]) for name, measure in measures.items()}, BANK: apart}

    def scores(self, summaries: Mapping[str, Floats], apart: Floats) -> Floats:
        """How many times as far as its limit each input lies in the measure in which that is most, (n,)."""
        found = self.distances(summaries, apart)
        scores: Floats = np.max([found[name] / limit for name, limit in self.limits.items()], axis=0)
        return scores


def joint_limits(distances: Mapping[str, Floats], allowed: float) -> dict[str, float]:
    """A limit a measure, each passed by equally many of n inputs, and any of them by a share of ``allowed`` at most.

    Args:
        distances: measure → (n,).

    >>> joint_limits({"one": np.array([1.0, 2, 3, 9]), "other": np.array([5.0, 6, 7, 8])}, 0.25)
    {'one': 3.0, 'other': 7.0}
    """
    ordered = {name: np.sort(of) for name, of in distances.items()}
    farther = {name: len(of) - np.searchsorted(ordered[name], of, "right") for name, of in distances.items()}
    least = np.sort(np.min(list(farther.values()), axis=0))  # of each input, in the measure in which it is farthest out
    n_beyond = int(least[int(allowed * len(least))])
    return {name: max(float(of[-1 - n_beyond]), TINY) for name, of in ordered.items()}


def _standard(values: Floats) -> tuple[Floats, Floats]:
    """The centre and the scale (d,) of features; one that never varies is measured by those that do."""
    deviation = values.std(0)
    return values.mean(0), np.maximum(deviation, max(LEAST_SCALE * float(deviation.max()), TINY))

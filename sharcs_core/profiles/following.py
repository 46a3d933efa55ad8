"""Which traits of samples a concept follows: what is said about them, and was no input.

Shapes: n bank samples, M modalities, T shared concepts, A traits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sharcs_core.meanings import UNKNOWN
from sharcs_core.metrics.association import N_SHUFFLES, beyond_most
from sharcs_core.profiles.profile import Follows
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats

N_FOLLOWED = 5
"""Traits that are told of a concept, the strongest."""

Matrix = NDArray[np.float64]


def followed(bank: Bank, traits: Sequence[str], seed: int = 0) -> list[tuple[Follows, ...]]:
    """The traits that each concept follows beyond chance, T lists, the strongest first.

    How strongly is the correlation, over the samples of the bank of which the trait is known, between whether it holds
    and in how many of a sample's inputs the concept is on. Chance is what traits of other samples reach: of all
    correlations at once, so that even one false claim among the T × A is made in at most one of twenty banks.

    Source: the max-T permutation test (Westfall and Young 1993, *Resampling-Based Multiple Testing*, section 2.6).
    """
    n_concepts = next(iter(bank.sides.values())).shared.shape[1]
    if bank.traits is None or not bank.traits.shape[1] or not len(bank):
        return [()] * n_concepts
    on = np.stack([side.shared > THRESHOLD for side in bank.sides.values()]).mean(axis=0)  # (n, T) in [0, 1]
    holds, known = bank.traits == 1, bank.traits != UNKNOWN
    found = correlations(on, holds, known)
    reach = _reach(on, holds, known, seed)
    return [_of_concept(on[:, concept], holds, known, found[concept], reach, traits) for concept in range(n_concepts)]


def correlations(on: Floats, holds: Codes, known: Codes) -> Matrix:
    """Of each concept with each trait over the samples of which that is known, (T, A); 0 where one never varies.

    >>> on = np.array([[1.0], [1.0], [0.0], [0.0]])
    >>> correlations(on, on > 0, np.ones((4, 1), dtype=bool)).tolist()
    [[1.0]]
    """
    n = known.sum(axis=0)  # (A,)
    x, y, w = on.astype(np.float64), (holds & known).astype(np.float64), known.astype(np.float64)
    x = x - x.mean(axis=0)
    sums, squares, held = x.T @ w, (x**2).T @ w, y.sum(axis=0)  # (T, A), (T, A), (A,)
    share = np.divide(held, n, out=np.zeros(len(n)), where=n > 0)
    covariance = x.T @ y - sums * share
    variance = (squares - np.divide(sums**2, n, out=np.zeros_like(sums), where=n > 0)) * (held * (1 - share))
    deviation = np.sqrt(np.maximum(variance, 0))
    found: Matrix = np.divide(covariance, deviation, out=np.zeros_like(covariance), where=deviation > 1e-9)
    return np.clip(found, -1, 1)


def _reach(on: Floats, holds: Codes, known: Codes, seed: int) -> float:
    """How large a correlation shuffled samples reach, anywhere among all, in one of twenty shuffles."""
    rng = np.random.default_rng(seed)
    orders = (rng.permutation(len(on)) for _ in range(N_SHUFFLES))
    highest = np.sort([np.abs(correlations(on, holds[order], known[order])).max() for order in orders])
    return beyond_most(highest)


def _of_concept(
    on: Floats, holds: Codes, known: Codes, found: Floats, reach: float, traits: Sequence[str]
) -> tuple[Follows, ...]:
    order = np.argsort(-np.abs(found).round(9), kind="stable")[:N_FOLLOWED]
    return tuple(
        _follows(traits[trait], on, holds[:, trait], known[:, trait], float(found[trait]), reach)
        for trait in order
        if abs(found[trait]) > reach
    )


def _follows(trait: str, on: Floats, holds: Codes, known: Codes, correlation: float, reach: float) -> Follows:
    with_, without = on[holds & known], on[~holds & known]
    return Follows(trait, len(with_), len(without), float(with_.mean()), float(without.mean()), correlation, reach)

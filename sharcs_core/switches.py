"""Switches: the single edits that samples' concepts allow, many samples and many combinations of them at a time.

A taught factor is edited as a whole, so that one switch makes ``purple`` ``red``; a free concept becomes the opposite
of its code. No two switches of a combination edit the same factor, or the same free concept, of one modality.

Shapes: n samples, T concepts of a modality, D = M · T concepts of the M edited modalities side by side, E switches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import ModelConfig
from sharcs_core.named import concepts_for, values_said
from sharcs_core.structures import Codes, Factor, Floats, Ints

Combinations = NDArray[np.int64]
"""(c, size): places among the switches, a combination a row."""


@dataclass(frozen=True)
class Switch:
    """One edit of what a modality says: from the value that is read, ``step`` values on, round and round.

    Attributes:
        factor: what is edited; a free concept is one of two values, off and on.
        is_taught: whether it is a taught factor.
    """

    modality: str
    factor: Factor
    step: int
    is_taught: bool

    def values(self, concepts: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The values (n,) that a modality's concepts (n, T) say, and those that they are set to."""
        values = values_said(concepts, self.factor)
        return values, (values + self.step) % self.factor.n_values

    def apply(self, concepts: Floats) -> NDArray[np.float32]:
        """The concepts (n, T) of the modality after the edit; what is given stays as it is."""
        factor = self.factor
        of_value = [list(concepts_for(factor, value).values()) for value in range(factor.n_values)]  # V, concepts
        edited = np.array(concepts, dtype=np.float32)
        edited[:, factor.concepts] = np.array(of_value, dtype=np.float32)[self.values(concepts)[1]]
        return edited


def switches_of(config: ModelConfig, modalities: Sequence[str]) -> tuple[Switch, ...]:
    """Every switch of some modalities of a model, (E,): a taught factor of V values has V - 1, a free concept one.

    What a modality does not state is not switched there, and nothing of what only explains: no answer follows it.

    >>> from sharcs_core.config import EncoderConfig
    >>> encoders = {"image": EncoderConfig("tabular", 2, (4,)), "text": EncoderConfig("tabular", 2, (4,))}
    >>> config = ModelConfig(encoders, n_classes=2, n_local=4, n_shared=4, named={"shape": 3})
    >>> len(switches_of(config, ["image"])), switches_of(config, ["image"])[2].factor.concepts
    (3, (3,))
    """
    free = [Factor("", 2, concept) for concept in range(config.n_named, config.width)]
    return tuple(
        Switch(name, factor, step, factor in config.factors)
        for name in modalities
        if name in config.deciding
        for factor in (*config.factors, *free)
        if factor in free or config.says(name, factor.name)
        for step in range(1, factor.n_values)
    )


def combinations_of(switches: Sequence[Switch], size: int) -> Combinations:
    """All combinations of ``size`` switches that edit different things, (c, size).

    The switches of one factor edit the same thing, so that no two of them are combined.

    >>> shape = [Switch("a", Factor("shape", 3, 0), step, True) for step in (1, 2)]
    >>> combinations_of([*shape, Switch("a", Factor("", 2, 3), 1, False)], 2).tolist()
    [[0, 2], [1, 2]]
    """
    edited = [(switch.modality, switch.factor) for switch in switches]
    thing = np.array([edited.index(what) for what in edited], dtype=np.int64)  # (E,)
    chosen = np.array(list(combinations(range(len(switches)), size)), dtype=np.int64).reshape(-1, size)
    different = np.ones(len(chosen), dtype=bool)
    for one, other in combinations(range(size), 2):
        different &= thing[chosen[:, one]] != thing[chosen[:, other]]
    return chosen[different]


class SwitchedSamples:
    """Concepts of n samples, and what each of E switches sets them to.

    Args:
        shared: modality → (n, T), of the modalities that the switches edit.
    """

    def __init__(self, switches: Sequence[Switch], shared: Mapping[str, Floats]) -> None:
        self.switches = switches
        self.shared = {name: np.asarray(concepts, dtype=np.float32) for name, concepts in shared.items()}
        self.width = next(iter(self.shared.values())).shape[1]
        self.first = {name: place * self.width for place, name in enumerate(self.shared)}
        self.concepts = np.concatenate(list(self.shared.values()), axis=1)  # (n, D)
        self.touched = np.zeros((len(switches), self.concepts.shape[1]), dtype=bool)
        self.set_to = np.zeros((len(self.concepts), *self.touched.shape), dtype=np.float32)  # (n, E, D)
        for place, switch in enumerate(switches):
            columns = [self.first[switch.modality] + concept for concept in switch.factor.concepts]
            self.touched[place, columns] = True
            edited = switch.apply(self.shared[switch.modality])
            self.set_to[:, place, columns] = edited[:, switch.factor.concepts]

    def __len__(self) -> int:
        return len(self.concepts)

    def after(self, samples: Ints, chosen: Combinations) -> dict[str, NDArray[np.float32]]:
        """The concepts of samples (u,) after each combination (c, size): modality → (u · c, T), sample by sample."""
        rows = np.repeat(self.concepts[samples, None], len(chosen), axis=1)  # (u, c, D)
        for places in chosen.T:
            rows = np.where(self.touched[places], self.set_to[np.asarray(samples)[:, None], places], rows)
        flat = rows.reshape(-1, rows.shape[-1])
        return {name: flat[:, start : start + self.width] for name, start in self.first.items()}


def occur_among(codes: Codes, others: Codes) -> Codes:
    """(m,) which of the codes (m, T) are also among ``others`` (n, T)."""
    found: Codes = np.isin(_packed(codes), np.unique(_packed(others)))
    return found


def _packed(codes: Codes) -> NDArray[np.void]:
    """Codes (n, T) as n values that compare as a whole."""
    packed = np.packbits(np.asarray(codes, dtype=bool), axis=1)
    return packed.view(np.dtype((np.void, packed.shape[1]))).ravel()

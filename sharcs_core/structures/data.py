"""A loaded task: its splits, and where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sharcs_core.structures.inputs import Codes, Inputs, Ints, Strings


@dataclass(frozen=True)
class Split:
    """The inputs of one split, what they mean, and which of them make a sample.

    Attributes:
        inputs: the inputs of each modality.
        semantics: per modality (n,): inputs of equal key mean the same, whatever their modality.
        sources: per modality (n,): what an input was made from; a query never meets its own source.
        pairing: per modality (n_samples,): position of the sample's input; -1 where it has none.
        labels: (n_samples,) class of each sample; -1 where it is not known.
        ids: (n_samples,) what each is called where it came from; None where its number is its name.
        traits: (n_samples, A) what is said about each and is no input: 1 where a trait of the card holds, 0 where not,
            -1 where that is not known; None where nothing is said.
    """

    inputs: Mapping[str, Inputs]
    semantics: Mapping[str, Ints]
    sources: Mapping[str, Ints]
    pairing: Mapping[str, Ints]
    labels: Ints
    ids: Strings | None = None
    traits: Ints | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def samples(self, index: Any = slice(None)) -> dict[str, Inputs]:
        """The inputs of the samples at ``index``, a modality each, aligned."""
        return {name: _taken(self.inputs[name], rows[index]) for name, rows in self.pairing.items()}

    def select(self, index: Any) -> Split:
        """The samples at ``index``; the inputs stay whole, so positions keep their meaning."""
        return Split(
            self.inputs,
            self.semantics,
            self.sources,
            {name: rows[index] for name, rows in self.pairing.items()},
            self.labels[index],
            None if self.ids is None else self.ids[index],
            None if self.traits is None else self.traits[index],
        )

    def labelled(self) -> Split:
        """The samples of which the class is known."""
        known = self.labels >= 0
        return self if known.all() else self.select(known)

    def sample_semantics(self) -> dict[str, Ints]:
        """The semantics key of each sample's inputs, aligned with ``labels``; -1 where it has none."""
        return {name: _held(self.semantics[name], rows) for name, rows in self.pairing.items()}

    def sample_sources(self) -> dict[str, Ints]:
        """The source of each sample's inputs, aligned with ``labels``; -1 where it has none."""
        return {name: _held(self.sources[name], rows) for name, rows in self.pairing.items()}

    def whole(self) -> Codes:
        """Which samples have an input of every modality, (n_samples,)."""
        present = np.stack([rows >= 0 for rows in self.pairing.values()])  # (modalities, n)
        whole: Codes = np.logical_and.reduce(present, axis=0)
        return whole


def id_digest(sample_id: str) -> str:
    """What stands for an id in a run, so that the run can be passed on without the ids of people's own rows.

    >>> id_digest("patient 7")
    '380e1c6279a5068f'
    """
    return hashlib.sha256(sample_id.encode()).hexdigest()[:16]


def _taken(inputs: Inputs, rows: Ints) -> Inputs:
    """The inputs at ``rows``; of rows that are all there, in their order, exactly these and no copy."""
    is_all = len(rows) == len(inputs) and bool((rows == np.arange(len(rows))).all())
    return inputs if is_all else inputs.take(rows)


def _held(values: Ints, rows: Ints) -> Ints:
    """The values at ``rows``, -1 where there is none; of rows that are all there exactly these."""
    return values[rows] if not len(rows) or rows.min() >= 0 else np.where(rows < 0, -1, values[np.maximum(rows, 0)])


@dataclass(frozen=True)
class DataSource:
    """Where a task's data came from: a name such as ``mnist-full`` and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class TaskData:
    """A loaded task: its three splits and the source they came from."""

    task: str
    seed: int
    source: DataSource
    train: Split
    validation: Split
    test: Split

"""A loaded task: its splits, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sharcs_core.structures.inputs import Inputs, Ints


@dataclass(frozen=True)
class Split:
    """The inputs of one split, what they mean, and which of them make a sample.

    Attributes:
        inputs: the inputs of each modality.
        semantics: per modality (n,): inputs of equal key mean the same, whatever their modality.
        sources: per modality (n,): what an input was made from; a query never meets its own source.
        pairing: per modality (n_samples,): position of the sample's input.
        labels: (n_samples,) class of each sample.
    """

    inputs: Mapping[str, Inputs]
    semantics: Mapping[str, Ints]
    sources: Mapping[str, Ints]
    pairing: Mapping[str, Ints]
    labels: Ints

    def __len__(self) -> int:
        return len(self.labels)

    def samples(self, index: Any = slice(None)) -> dict[str, Inputs]:
        """The inputs of the samples at ``index``, a modality each, aligned."""
        return {name: self.inputs[name].take(rows[index]) for name, rows in self.pairing.items()}

    def select(self, index: Any) -> Split:
        """The samples at ``index``; the inputs stay whole, so positions keep their meaning."""
        return Split(
            self.inputs,
            self.semantics,
            self.sources,
            {name: rows[index] for name, rows in self.pairing.items()},
            self.labels[index],
        )

    def sample_semantics(self) -> dict[str, Ints]:
        """The semantics key of each sample's inputs, aligned with ``labels``."""
        return {name: self.semantics[name][rows] for name, rows in self.pairing.items()}

    def sample_sources(self) -> dict[str, Ints]:
        """The source of each sample's inputs, aligned with ``labels``."""
        return {name: self.sources[name][rows] for name, rows in self.pairing.items()}


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

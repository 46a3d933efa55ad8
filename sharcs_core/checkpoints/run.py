"""A loaded run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sharcs_core.config import RunConfig
from sharcs_core.structures import Bank, Codes, DataSource, Ints

if TYPE_CHECKING:
    from sharcs_core.data.task import Task
    from sharcs_core.model import Multimodal
    from sharcs_core.tree import ConceptTree


@dataclass(frozen=True)
class Run:
    """A trained model with all that is needed to explain it; light parts first, the model on first use.

    Attributes:
        bank: training samples; they answer queries.
        test_bank: unseen samples; they are only looked at.
        codes: (n_train, M·T) codes of all training samples in one fixed pairing, modality by modality.
        code_labels: (n_train,) their classes.
        metrics: as ``sharcs evaluate --json`` printed them when the run was made.
    """

    path: Path
    config: RunConfig
    source: DataSource
    versions: Mapping[str, str]
    bank: Bank
    test_bank: Bank
    codes: Codes
    code_labels: Ints
    metrics: Mapping[str, Any]
    model: Multimodal

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def task(self) -> Task:
        from sharcs_core.data import get_task

        return get_task(self.config.task)

    @cached_property
    def tree(self) -> ConceptTree:
        """The decision tree over all training codes, fitted afresh (seeded, a fraction of a second)."""
        from sharcs_core.tree import fit_tree

        model = self.config.model
        return fit_tree(self.codes, self.code_labels, model.modalities, model.n_shared, model.n_classes)

    def find(self, sample_id: str) -> tuple[Bank, int]:
        """The bank that holds a sample, and its row there. Raises KeyError for an unknown id."""
        bank = self.test_bank if sample_id.startswith("test/") else self.bank
        return bank, bank.row(sample_id)

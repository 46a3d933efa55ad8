"""A loaded run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sharcs_core.checkpoints.layout import RunError
from sharcs_core.config import HAS_CONCEPTS, RunConfig
from sharcs_core.errors import UserError
from sharcs_core.structures import Bank, Choice, Codes, DataSource, Ints, Question

if TYPE_CHECKING:
    from sharcs_core.guided.keeping import KeptGuided
    from sharcs_core.model import Multimodal
    from sharcs_core.readings import Voters
    from sharcs_core.tasks.card import TaskCard
    from sharcs_core.tasks.task import Task
    from sharcs_core.tree import ConceptTree
    from sharcs_core.unusual import Usual

TREES_KEPT = 16
"""Trees of a run that are remembered, the one last asked for longest."""


@dataclass(frozen=True)
class Run:
    """A trained model with all that is needed to explain it.

    Of a model without concepts there are no questions, no answers and no tree; ``tree_leaves`` is 0.

    Attributes:
        card: what the task is.
        config: what it was trained with. What the model is stands in ``model.config``: it may have fewer concepts.
        bank: training samples; they answer queries.
        test_bank: unseen samples; they are only looked at.
        choice: which concepts were kept, and what that cost; None where all were.
        tree_leaves: how many leaves the shown tree has, at most.
        answers: (n_train, Q) of all training samples in one fixed pairing, to ``questions``.
        labels: (n_train,) their classes.
        validation_answers, validation_labels: the same of the validation samples.
        given_names: concept → the name that a person gave it.
        usual: modality → what its inputs are usually like, see :mod:`sharcs_core.unusual`.
        metrics: as ``sharcs evaluate --json`` printed them when the run was made.
    """

    path: Path
    card: TaskCard
    config: RunConfig
    source: DataSource
    versions: Mapping[str, str]
    bank: Bank
    test_bank: Bank
    choice: Choice | None
    tree_leaves: int
    answers: Codes
    labels: Ints
    validation_answers: Codes
    validation_labels: Ints
    given_names: Mapping[int, str]
    usual: Mapping[str, Usual]
    metrics: Mapping[str, Any]
    model: Multimodal

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def task(self) -> Task:
        """What can be asked of the task beside its card; little where the task is not known here."""
        from sharcs_core.tasks import task_of

        return task_of(self.card)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What the tree may ask, (Q,); nothing of a model without concepts."""
        from sharcs_core.questions import questions_of

        return questions_of(self.model.config) if self.model.config.wiring in HAS_CONCEPTS else ()

    @cached_property
    def guided(self) -> KeptGuided | None:
        """The classifier that was taught by explanations, of which the picture's encoder is a part; None without.

        Raises:
            UserError: it is damaged.
        """
        from sharcs_core.guided.keeping import is_guided, load_guided

        return load_guided(self.path) if is_guided(self.path) else None

    @property
    def tree(self) -> ConceptTree:
        """The shown decision tree over all training answers. Raises RunError for a model without concepts."""
        return self.tree_of(self.tree_leaves)

    def tree_of(self, leaves: int) -> ConceptTree:
        """The tree of another size, fitted afresh (seeded, a fraction of a second) and remembered.

        Raises:
            ValueError: for a number of leaves out of range.
            RunError: for a model without concepts.
        """
        from sharcs_core.tree import MAX_LEAVES, MIN_LEAVES

        self._check_concepts()
        if leaves not in range(MIN_LEAVES, MAX_LEAVES + 1):
            raise UserError(f"The tree can have {MIN_LEAVES} to {MAX_LEAVES} leaves (got {leaves})")
        return self._fitted(int(leaves))

    @cached_property
    def concept_names(self) -> tuple[str, ...]:
        """The names of all concepts, (T,). Raises RunError for a model without concepts."""
        from sharcs_core.naming import concept_names

        self._check_concepts()
        return concept_names(self.bank, self.task, self.model.config.factors, self.given_names)

    @cached_property
    def voters(self) -> Voters:
        """The training inputs that say what others mean, see :mod:`sharcs_core.readings`."""
        from sharcs_core.readings import Voters

        return Voters.of(self.bank)

    def find(self, sample_id: str) -> tuple[Bank, int]:
        """The bank that holds a sample, and its row there. Raises KeyError for an unknown id."""
        bank = self.test_bank if self.is_unseen(sample_id) else self.bank
        return bank, bank.row(sample_id)

    def is_unseen(self, sample_id: str) -> bool:
        """Whether a sample is of the test split, which the model has not learned from."""
        return sample_id in self.test_bank

    @cached_property
    def _fitted(self) -> Callable[[int], ConceptTree]:
        """Number of leaves → tree; each run has its own, so that no tree outlives its run."""
        return lru_cache(maxsize=TREES_KEPT)(self._fit_tree)

    def _fit_tree(self, leaves: int) -> ConceptTree:
        from sharcs_core.tree import fit_tree

        config = self.model.config
        return fit_tree(self.answers, self.labels, self.questions, config.factors, config.n_classes, leaves)

    def _check_concepts(self) -> None:
        wiring = self.model.config.wiring
        if wiring not in HAS_CONCEPTS:
            raise RunError(
                f"The run {self.name!r} is of a model without concepts (wiring {wiring}), so there is no tree and "
                "nothing to explain it by; it can be evaluated"
            )

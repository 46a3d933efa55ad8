"""A fitted tree that speaks of questions: its nodes, its rules, one sample's path, how good it is at every size.

Shapes: n samples, Q questions, C classes. Column q of the answers is the answer to question q.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.errors import UserError
from sharcs_core.questions import answers_of, missing_for
from sharcs_core.structures import THRESHOLD, Codes, Factor, Floats, Ints, Question, TreePath, TreeStep
from sharcs_core.tree.nodes import TreeNode

_NO_CHILD = -1


@dataclass(frozen=True)
class ConceptTree:
    """A fitted tree that speaks of questions; :func:`fit_tree` makes it.

    Attributes:
        questions: all that it was free to ask, (Q,).
        factors: the taught factors, as the answers to agreements need them.
    """

    estimator: DecisionTreeClassifier
    questions: tuple[Question, ...]
    factors: tuple[Factor, ...]
    n_classes: int

    @property
    def n_nodes(self) -> int:
        return int(self.estimator.tree_.node_count)

    @property
    def n_leaves(self) -> int:
        return int(self.estimator.get_n_leaves())

    @property
    def depth(self) -> int:
        """Questions on the longest path."""
        return int(self.estimator.get_depth())

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that the questions are about."""
        return tuple(dict.fromkeys(name for question in self.questions for name in question.modalities))

    def predict(self, answers: Any) -> NDArray[np.int64]:
        """Classes (n,) of answers (n, Q)."""
        return np.asarray(self.estimator.predict(self._as_numbers(answers)), dtype=np.int64)

    def path(self, shared: Mapping[str, Floats]) -> TreePath:
        """The way of one sample, from its shared concepts (T,) by modality.

        A modality that is not in ``shared`` is missing: the way stops at the first question that needs it.
        """
        rows = {name: self._one_row(name, shared[name]) for name in self.modalities if name in shared}
        tree, node = self.estimator.tree_, 0
        steps: list[TreeStep] = []
        while tree.children_left[node] != _NO_CHILD:
            question = self.questions[tree.feature[node]]
            missing = missing_for(question, rows)
            if missing is not None:
                return TreePath(tuple(steps), node, self._probabilities(node), missing, question)
            steps.append(self._step(node, bool(answers_of(rows, (question,), self.factors)[0, 0])))
            node = int((tree.children_right if steps[-1].value else tree.children_left)[node])
        return TreePath(tuple(steps), node, self._probabilities(node))

    def nodes(self) -> tuple[TreeNode, ...]:
        """Every node, by id; a parent always stands before its children."""
        parents = self._parents()
        depths = np.zeros(self.n_nodes, dtype=np.int64)
        for node in range(1, self.n_nodes):
            depths[node] = depths[parents[node]] + 1
        return tuple(self._node(node, int(parents[node]), int(depths[node])) for node in range(self.n_nodes))

    def rule(self, node_id: int) -> tuple[TreeStep, ...]:
        """The answers that lead to a node, root first. Raises ValueError for a node that is not there."""
        self.checked_node(node_id)
        parents = self._parents()
        steps: list[TreeStep] = []
        while node_id != 0:
            parent = int(parents[node_id])
            steps.append(self._step(parent, bool(self.estimator.tree_.children_right[parent] == node_id)))
            node_id = parent
        return tuple(reversed(steps))

    def reaches(self, answers: Any, node_id: int) -> NDArray[np.bool_]:
        """(n,) which of the answers (n, Q) come through a node."""
        checked = checked_answers(answers, self.questions)
        through = np.ones(len(checked), dtype=bool)
        for step in self.rule(node_id):
            through &= checked[:, step.column] == step.value
        return through

    def walk(self, answers: Any) -> NDArray[np.int64]:
        """The nodes (n, depth + 1) that each of the answers (n, Q) comes through; -1 beyond its leaf."""
        checked, tree = checked_answers(answers, self.questions), self.estimator.tree_
        ways = np.full((len(checked), self.depth + 1), _NO_CHILD, dtype=np.int64)
        ways[:, 0] = 0
        for level in range(self.depth):
            inner = np.flatnonzero(ways[:, level] != _NO_CHILD)
            node = ways[inner, level]
            # A leaf asks for nothing (feature -2): both its children are -1, so any answer will do.
            yes = checked[inner, np.maximum(tree.feature[node], 0)]
            ways[inner, level + 1] = np.where(yes, tree.children_right[node], tree.children_left[node])
        return ways

    def accuracy_by_leaves(self, answers: Any, labels: Ints) -> NDArray[np.float64]:
        """Accuracy of this tree and of all smaller ones on answers (n, Q) and their classes (n,): (n_leaves,).

        Entry i is that of the tree of i + 1 leaves. The tree grows by splitting, of all leaves, the one whose
        split helps most (best first), and the k-th split makes nodes 2k - 1 and 2k: a tree of fewer leaves is
        what this one was a few splits before, so that none needs to be fitted anew.
        """
        tree, ways, labels = self.estimator.tree_, self.walk(answers), np.asarray(labels)
        class_of = self.estimator.classes_[tree.value[:, 0, :].argmax(axis=1)]  # (n_nodes,) class of each node
        of_row, level = np.nonzero(ways != _NO_CHILD)
        node = ways[of_row, level]
        right = np.bincount(node[class_of[node] == labels[of_row]], minlength=self.n_nodes)  # (n_nodes,)
        inner = np.flatnonzero(tree.children_left != _NO_CHILD)
        split = inner[np.argsort(tree.children_left[inner])]  # in the order in which they were split
        gains = right[tree.children_left[split]] + right[tree.children_right[split]] - right[split]
        return np.concatenate([right[:1], right[0] + np.cumsum(gains)]) / len(labels)

    def checked_node(self, node_id: int) -> int:
        """The id of a node. Raises ValueError for one that is not there."""
        if not 0 <= node_id < self.n_nodes:
            raise UserError(f"The tree has nodes 0 to {self.n_nodes - 1} (got {node_id})")
        return node_id

    def _one_row(self, modality: str, concepts: Floats) -> Floats:
        """Concepts (T,) of a modality as (1, T), checked."""
        wanted = (1 + max(concept for question in self.questions for concept in question.concepts),)
        if np.shape(concepts) != wanted:
            raise ValueError(f"The concepts of {modality!r} must be of shape {wanted} (got {np.shape(concepts)})")
        return np.asarray(concepts)[None]

    def _step(self, node: int, value: bool) -> TreeStep:
        column = int(self.estimator.tree_.feature[node])
        return TreeStep(node, column, self.questions[column], value)

    def _node(self, node: int, parent: int, depth: int) -> TreeNode:
        tree = self.estimator.tree_
        leaf = tree.children_left[node] == _NO_CHILD
        return TreeNode(
            id=node,
            parent=None if node == 0 else parent,
            depth=depth,
            question=None if leaf else self.questions[tree.feature[node]],
            no_child=None if leaf else int(tree.children_left[node]),
            yes_child=None if leaf else int(tree.children_right[node]),
            n_samples=round(tree.weighted_n_node_samples[node]),
            probabilities=self._probabilities(node),
        )

    def _parents(self) -> NDArray[np.int64]:
        """(n_nodes,) parent of each node; -1 for the root."""
        parents = np.full(self.n_nodes, -1, dtype=np.int64)
        for children in (self.estimator.tree_.children_left, self.estimator.tree_.children_right):
            inner = np.flatnonzero(children != _NO_CHILD)
            parents[children[inner]] = inner
        return parents

    def _probabilities(self, node: int) -> NDArray[np.float64]:
        shares = self.estimator.tree_.value[[node], 0, :]  # (1, seen classes)
        spread: NDArray[np.float64] = self._spread(shares / shares.sum())[0]
        return spread

    def _spread(self, seen: Floats) -> NDArray[np.float64]:
        """Columns of the classes that the tree has seen → columns of all C classes."""
        probabilities: NDArray[np.float64] = np.zeros((len(seen), self.n_classes))
        probabilities[:, self.estimator.classes_] = seen
        return probabilities

    def _as_numbers(self, answers: Any) -> NDArray[np.float32]:
        """Answers in the type that scikit-learn's trees work on, so that it makes no copy of its own."""
        return checked_answers(answers, self.questions).astype(np.float32)


def checked_answers(answers: Any, questions: tuple[Question, ...]) -> Codes:
    """Answers as (n, Q) Boolean."""
    if np.ndim(answers) != 2 or np.shape(answers)[1] != len(questions):
        raise ValueError(f"Answers must be of shape (n, {len(questions)}), one a question (got {np.shape(answers)})")
    answered: Codes = np.asarray(answers) > THRESHOLD
    return answered

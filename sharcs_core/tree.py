"""The decision tree on the codes of all modalities side by side: its nodes, its rules, one sample's path.

Shapes: n samples, M modalities, T shared concepts, C classes. Column m * T + t of the codes is concept t of
modality m.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.structures import THRESHOLD, Codes, Floats, Ints, TreePath, TreeStep

MAX_LEAF_NODES = 300

_NO_CHILD = -1


def codes_of(shared: Mapping[str, Floats], modalities: tuple[str, ...]) -> Codes:
    """The codes of samples, modality by modality: shared concepts (n, T) each → (n, M * T) Boolean.

    Raises:
        ValueError: for a missing modality.

    >>> codes_of({"table": np.array([[0.9, 0.1]]), "graph": np.array([[0.5, 0.6]])}, ("table", "graph"))
    array([[ True, False, False,  True]])
    """
    missing = [name for name in modalities if name not in shared]
    if missing:
        raise ValueError(f"Codes need every modality of {list(modalities)} (missing {missing})")
    return np.concatenate([np.asarray(shared[name]) > THRESHOLD for name in modalities], axis=1)


@dataclass(frozen=True)
class TreeNode:
    """A node of the tree: a question about one concept, or a leaf.

    Attributes:
        id: 0 is the root. parent: None for the root. depth: 0 for the root.
        modality, concept: what is asked; None at a leaf.
        off_child, on_child: where the answer leads; None at a leaf.
        n_samples: training samples that reach the node.
        probabilities: (C,) their classes, as shares.
    """

    id: int
    parent: int | None
    depth: int
    modality: str | None
    concept: int | None
    off_child: int | None
    on_child: int | None
    n_samples: int
    probabilities: Floats

    @property
    def is_leaf(self) -> bool:
        return self.modality is None

    @property
    def class_index(self) -> int:
        return int(np.argmax(self.probabilities))


@dataclass(frozen=True)
class ConceptTree:
    """A fitted tree that speaks of modalities and concepts; :func:`fit_tree` makes it."""

    estimator: DecisionTreeClassifier
    modalities: tuple[str, ...]
    n_shared: int
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

    def feature(self, column: int) -> tuple[str, int]:
        """Modality and concept of a column of the codes."""
        modality, concept = divmod(column, self.n_shared)
        return self.modalities[modality], concept

    def predict(self, codes: Any) -> NDArray[np.int64]:
        """Classes (n,) of codes (n, M * T)."""
        return np.asarray(self.estimator.predict(self._checked(codes)), dtype=np.int64)

    def predict_probabilities(self, codes: Any) -> NDArray[np.float64]:
        """Probabilities (n, C) of codes (n, M * T): the classes of the training samples in the same leaf."""
        return self._spread(self.estimator.predict_proba(self._checked(codes)))

    def path(self, shared: Mapping[str, Floats]) -> TreePath:
        """The way of one sample, from its shared concepts (T,) by modality.

        A modality that is not in ``shared`` is missing: the way stops at the first node that asks for it.
        """
        for name in self.modalities:
            if name in shared and np.shape(shared[name]) != (self.n_shared,):
                raise ValueError(
                    f"The concepts of {name!r} must be of shape ({self.n_shared},) (got {np.shape(shared[name])})"
                )
        tree, steps, node, stopped_for = self.estimator.tree_, [], 0, None
        while tree.children_left[node] != _NO_CHILD:
            column = int(tree.feature[node])
            modality, concept = self.feature(column)
            if modality not in shared:
                stopped_for = modality
                break
            steps.append(self._step(node, column, bool(shared[modality][concept] > THRESHOLD)))
            node = int((tree.children_right if steps[-1].value else tree.children_left)[node])
        return TreePath(tuple(steps), node, self._probabilities(node), stopped_for)

    def nodes(self) -> tuple[TreeNode, ...]:
        """Every node, by id; a parent always stands before its children."""
        tree, parents = self.estimator.tree_, self._parents()
        depths = np.zeros(self.n_nodes, dtype=np.int64)
        for node in range(1, self.n_nodes):
            depths[node] = depths[parents[node]] + 1
        return tuple(
            self._node(node, int(parents[node]), int(depths[node]), int(tree.n_node_samples[node]))
            for node in range(self.n_nodes)
        )

    def rule(self, node_id: int) -> tuple[TreeStep, ...]:
        """The answers that lead to a node, root first. Raises ValueError for a node that is not there."""
        self._check_node(node_id)
        tree, parents, steps = self.estimator.tree_, self._parents(), []
        while node_id != 0:
            parent = int(parents[node_id])
            went_on = bool(tree.children_right[parent] == node_id)
            steps.append(self._step(parent, int(tree.feature[parent]), went_on))
            node_id = parent
        return tuple(reversed(steps))

    def reaches(self, codes: Any, node_id: int) -> NDArray[np.bool_]:
        """(n,) which of the codes (n, M * T) come through a node."""
        checked = self._checked(codes) > THRESHOLD
        through = np.ones(len(checked), dtype=bool)
        for step in self.rule(node_id):
            through &= checked[:, step.feature] == step.value
        return through

    def walk(self, codes: Any) -> NDArray[np.int64]:
        """The nodes (n, depth + 1) that each of the codes (n, M * T) comes through; -1 beyond its leaf."""
        checked, tree = self._checked(codes) > THRESHOLD, self.estimator.tree_
        ways = np.full((len(checked), self.depth + 1), _NO_CHILD, dtype=np.int64)
        ways[:, 0] = 0
        for level in range(self.depth):
            asked = np.flatnonzero(ways[:, level] != _NO_CHILD)
            node = ways[asked, level]
            # A leaf asks for nothing (feature -2): both its children are -1, so any answer will do.
            on = checked[asked, np.maximum(tree.feature[node], 0)]
            ways[asked, level + 1] = np.where(on, tree.children_right[node], tree.children_left[node])
        return ways

    def _step(self, node: int, column: int, value: bool) -> TreeStep:
        modality, concept = self.feature(column)
        return TreeStep(node, column, modality, concept, value, "on" if value else "off")

    def _node(self, node: int, parent: int, depth: int, n_samples: int) -> TreeNode:
        tree = self.estimator.tree_
        leaf = tree.children_left[node] == _NO_CHILD
        modality, concept = (None, None) if leaf else self.feature(int(tree.feature[node]))
        return TreeNode(
            id=node,
            parent=None if node == 0 else parent,
            depth=depth,
            modality=modality,
            concept=concept,
            off_child=None if leaf else int(tree.children_left[node]),
            on_child=None if leaf else int(tree.children_right[node]),
            n_samples=n_samples,
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
        return self._spread(shares / shares.sum())[0]

    def _spread(self, seen: Floats) -> NDArray[np.float64]:
        """Columns of the classes that the tree has seen → columns of all C classes."""
        probabilities: NDArray[np.float64] = np.zeros((len(seen), self.n_classes))
        probabilities[:, self.estimator.classes_] = seen
        return probabilities

    def _checked(self, codes: Any) -> NDArray[np.float32]:
        return _checked_codes(codes, self.modalities, self.n_shared)

    def _check_node(self, node_id: int) -> None:
        if not 0 <= node_id < self.n_nodes:
            raise ValueError(f"The tree has nodes 0 to {self.n_nodes - 1} (got {node_id})")


def fit_tree(codes: Any, labels: Ints, modalities: tuple[str, ...], n_shared: int, n_classes: int) -> ConceptTree:
    """The tree of design and paper: labels from codes, at most 300 leaves, the same each time.

    Args:
        codes: (n, M * T) of 0 and 1, of any numeric type or Boolean.
        labels: (n,) classes, 0 to ``n_classes`` - 1; not all of them need occur.

    Raises:
        ValueError: for shapes that do not fit, no samples, or labels out of range.
    """
    checked, labels = _checked_codes(codes, modalities, n_shared), np.asarray(labels)
    if labels.shape != (len(checked),) or not len(checked):
        raise ValueError(
            f"A tree needs one label a sample and at least one sample (got {len(checked)} codes, labels {labels.shape})"
        )
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"Labels must be 0 to {n_classes - 1} (got {labels.min()} to {labels.max()}); check n_classes")
    estimator = DecisionTreeClassifier(max_leaf_nodes=MAX_LEAF_NODES, random_state=0)
    estimator.fit(checked, labels.astype(np.int64))
    return ConceptTree(estimator, tuple(modalities), n_shared, n_classes)


def _checked_codes(codes: Any, modalities: tuple[str, ...], n_shared: int) -> NDArray[np.float32]:
    """Codes in the type that scikit-learn's trees work on, so that it makes no copy of its own."""
    width = len(modalities) * n_shared
    if np.ndim(codes) != 2 or np.shape(codes)[1] != width:
        raise ValueError(
            f"Codes must be of shape (n, {width}), {n_shared} concepts of each of {list(modalities)} "
            f"(got {np.shape(codes)})"
        )
    return np.ascontiguousarray(codes, dtype=np.float32)

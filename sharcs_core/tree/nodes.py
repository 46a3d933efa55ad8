"""The nodes of a tree, and what can be read off all of them.

Shapes: C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.structures import Floats, Question


@dataclass(frozen=True)
class TreeNode:
    """A node of the tree: a question, or a leaf.

    Attributes:
        id: 0 is the root. parent: None for the root. depth: 0 for the root.
        question: what is asked; None at a leaf.
        no_child, yes_child: where the answer leads; None at a leaf.
        n_samples: training samples that reach the node.
        probabilities: (C,) their classes, as shares.
    """

    id: int
    parent: int | None
    depth: int
    question: Question | None
    no_child: int | None
    yes_child: int | None
    n_samples: int
    probabilities: Floats

    @property
    def is_leaf(self) -> bool:
        return self.question is None

    @property
    def class_index(self) -> int:
        return int(np.argmax(self.probabilities))


def route_to(nodes: Sequence[TreeNode], node_id: int) -> tuple[int, ...]:
    """Ids of the nodes from the root to one of ``nodes`` (all of a tree, by id), both counted."""
    route, at = [node_id], nodes[node_id].parent
    while at is not None:
        route.append(at)
        at = nodes[at].parent
    return tuple(reversed(route))


def leaves_below(nodes: Sequence[TreeNode]) -> tuple[int, ...]:
    """How many leaves each of ``nodes`` (all of a tree, by id) has below it; 1 of a leaf."""
    counts = [int(node.is_leaf) for node in nodes]
    for node in reversed(nodes[1:]):  # a parent stands before its children
        assert node.parent is not None
        counts[node.parent] += counts[node.id]
    return tuple(counts)

"""Real bank samples that stand for a code, or for an answer to a question of the tree.

After SHARCS (arXiv 2307.00316), section 4: the prototypes of a code are the samples nearest to the mean
activation of its members. Shapes: n bank rows, T shared concepts, k prototypes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.neighbours import nearest_rows
from sharcs_core.questions import answers_of
from sharcs_core.retrieval import side_of
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats, Ints
from sharcs_core.tree import ConceptTree

Rows = NDArray[np.int64]


def of_code(bank: Bank, modality: str, code: Codes, k: int = 6) -> Rows:
    """Up to ``k`` bank rows with exactly this code (T,), nearest to the mean of all that have it first.

    Raises:
        ValueError: for a modality that the bank lacks, a code of another width, or ``k`` below 1.
    """
    activations, wanted = side_of(bank, modality).shared, np.asarray(code, dtype=bool)
    if wanted.shape != activations.shape[1:]:
        raise ValueError(f"A code of {modality!r} has shape {activations.shape[1:]} (got {wanted.shape})")
    return _nearest_to_mean(activations, np.flatnonzero(((activations > THRESHOLD) == wanted).all(axis=1)), k)


def of_answer(tree: ConceptTree, bank: Bank, node_id: int, answer: bool, k: int = 3) -> Rows:
    """Up to ``k`` bank samples that come to a question of the tree and answer it so.

    They are of several kinds, the most frequent first: of a question about one modality, of the several codes that it
    has there; of an agreement, of what the two say of that which they are compared by. The mean of all that answer so
    lies between these, where few real samples are; so the best prototype of each kind comes, then the second best of
    each, and so on.

    Raises:
        ValueError: for a node that is not there or that asks nothing, or ``k`` below 1.
    """
    node, shared = tree.nodes()[tree.checked_node(node_id)], bank.shared()
    if node.question is None:
        raise UserError(f"Node {node_id} asks nothing; choose one that is no leaf")
    child = node.yes_child if answer else node.no_child
    assert child is not None
    members = np.flatnonzero(tree.reaches(answers_of(shared, tree.questions, tree.factors), child))
    activations = np.concatenate([shared[name] for name in node.question.modalities], axis=1)
    compared = [shared[name][:, node.question.concepts] for name in node.question.modalities]
    telling = activations if node.question.kind == "concept" else np.concatenate(compared, axis=1)
    return _of_each_kind(activations, telling > THRESHOLD, members, k)


def _of_each_kind(activations: Floats, codes: Codes, members: Ints, k: int) -> Rows:
    """Up to ``k`` of the rows ``members``: the best prototype of each of their codes, then the second best of each."""
    patterns, counts = np.unique(codes[members], axis=0, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[: _checked_k(k)]
    by_code = [
        _nearest_to_mean(activations, members[(codes[members] == patterns[index]).all(axis=1)], k) for index in frequent
    ]
    in_turn = [rows[turn] for turn in range(k) for rows in by_code if turn < len(rows)]
    return np.array(in_turn[:k], dtype=np.int64)


def _nearest_to_mean(activations: Floats, members: Ints, k: int) -> Rows:
    """Up to ``k`` of the rows ``members``, nearest to their mean activation first, ties by lower row."""
    k = min(_checked_k(k), len(members))
    if not k:
        return np.empty(0, dtype=np.int64)
    points = np.asarray(activations[members], dtype=np.float64)
    nearest, _ = nearest_rows(points.mean(axis=0, keepdims=True), points, k)
    rows: Rows = members[nearest[0]].astype(np.int64)
    return rows


def _checked_k(k: int) -> int:
    if k < 1:
        raise UserError(f"k must be at least 1 (got {k})")
    return k

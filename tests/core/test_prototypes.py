"""Prototypes: members only, nearest to their mean first."""

from __future__ import annotations

import numpy as np
import pytest

from builders import make_bank
from sharcs_core.prototypes import of_answer, of_code
from sharcs_core.questions import answers_of
from sharcs_core.structures import Factor, Question
from sharcs_core.tree import fit_tree

MODALITIES = ("image", "graph")
FACTORS = (Factor("size", 2, 0),)
QUESTIONS = (
    *(Question((name,), (concept,)) for name in MODALITIES for concept in range(3)),
    Question(MODALITIES, (0,), "size"),
    Question(MODALITIES, (2,)),
)


def some_bank(seed=0, n=60):
    rng = np.random.default_rng(seed)
    return make_bank(image=rng.random((n, 3)), graph=rng.random((n, 3)))


def nearest_to_mean_by_loop(points, members, k):
    mean = np.mean([points[row] for row in members], axis=0)
    return sorted(members, key=lambda row: (np.linalg.norm(points[row] - mean), row))[:k]


@pytest.mark.parametrize("seed", range(4))
def test_prototypes_of_a_code_are_its_members_nearest_to_their_mean(seed):
    bank = some_bank(seed)
    points = bank.sides["image"].shared
    code = points[5] > 0.5
    members = [row for row in range(60) if all((points[row] > 0.5) == code)]
    assert of_code(bank, "image", code, 4).tolist() == nearest_to_mean_by_loop(points, members, 4)


def test_a_code_that_nobody_has_has_no_prototype():
    bank = make_bank(image=np.zeros((3, 2)))
    rows = of_code(bank, "image", [True, True], 4)
    assert (rows.shape, rows.dtype) == ((0,), np.int64)


@pytest.mark.parametrize("answer", [True, False])
def test_prototypes_of_an_answer_give_it_and_are_of_several_kinds_the_most_frequent_first(answer):
    bank = some_bank(n=90)
    answers = answers_of(bank.shared(), QUESTIONS, FACTORS)
    tree = fit_tree(answers, answers[:, 0] ^ answers[:, 7], QUESTIONS, FACTORS, 2)
    for node in (node for node in tree.nodes() if not node.is_leaf):
        asked, child = node.question, node.yes_child if answer else node.no_child
        members = [row for row in range(90) if child in tree.walk(answers[[row]])[0]]
        told = slice(None) if asked.kind == "concept" else list(asked.concepts)
        kinds = {row: tuple(bank.sides[m].shared[row][told] > 0.5 for m in asked.modalities) for row in members}
        kinds = {row: tuple(np.concatenate(kind).tolist()) for row, kind in kinds.items()}
        rows = of_answer(tree, bank, node.id, answer, k=3).tolist()
        assert set(rows) <= set(members)
        assert len(rows) == min(3, len(members))
        counts = {kind: list(kinds.values()).count(kind) for kind in kinds.values()}
        assert len({kinds[row] for row in rows}) == min(3, len(counts))
        assert counts[kinds[rows[0]]] == max(counts.values())
        points = np.concatenate([bank.sides[m].shared for m in asked.modalities], axis=1)
        alike = [row for row in members if kinds[row] == kinds[rows[0]]]
        assert rows[0] == nearest_to_mean_by_loop(points, alike, 1)[0]


def test_only_a_question_has_prototypes_of_an_answer():
    bank = some_bank(n=90)
    answers = answers_of(bank.shared(), QUESTIONS, FACTORS)
    tree = fit_tree(answers, answers[:, 0], QUESTIONS, FACTORS, 2)
    leaf = next(node for node in tree.nodes() if node.is_leaf)
    with pytest.raises(ValueError, match=f"Node {leaf.id} asks nothing"):
        of_answer(tree, bank, leaf.id, True)
    with pytest.raises(ValueError, match=r"has nodes 0 to 2 \(got 7\)"):
        of_answer(tree, bank, 7, True)
    with pytest.raises(ValueError, match="k must be at least 1"):
        of_answer(tree, bank, 0, True, k=0)


def test_an_answer_that_no_bank_sample_gives_has_no_prototype():
    asked = tuple(Question((name,), (0,)) for name in MODALITIES)
    tree = fit_tree(np.array([[0, 0], [1, 0]]), [0, 1], asked, (), 2)
    bank = make_bank(image=np.zeros((2, 1)), graph=np.zeros((2, 1)))
    assert of_answer(tree, bank, 0, True).tolist() == []
    assert sorted(of_answer(tree, bank, 0, False).tolist()) == [0, 1]


def test_what_does_not_fit_is_said():
    bank = some_bank()
    with pytest.raises(ValueError, match="no modality 'sound'"):
        of_code(bank, "sound", [True] * 3)
    with pytest.raises(ValueError, match="k must be at least 1"):
        of_code(bank, "image", [True] * 3, k=0)
    with pytest.raises(ValueError, match=r"A code of 'image' has shape \(3,\) \(got \(2,\)\)"):
        of_code(bank, "image", [True] * 2)

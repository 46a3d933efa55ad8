"""The figures of a run with their references, and the samples to begin with, against slow obvious choices."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sharcs_core import inference
from sharcs_core.checkpoints import load_run
from sharcs_core.checkpoints.finding import SHIPPED_RUNS, shipped_in
from sharcs_core.checkpoints.reading import read_card
from sharcs_core.headlines import (
    answer_headlines,
    first_mistake,
    main_headlines,
    rows_of_different_classes,
    shared_headlines,
    starters,
)
from sharcs_core.readings import keys_read
from sharcs_core.tasks import get_task, task_of
from untrained_runs import config_of, untrained_run


@pytest.fixture(params=shipped_in(SHIPPED_RUNS))
def known(request, shipped_runs):
    """The metrics and the task of a shipped run."""
    metrics = json.loads((shipped_runs / request.param / "metrics.json").read_text())
    return metrics, task_of(read_card(shipped_runs / request.param))


def test_every_figure_has_a_reference_that_it_beats_and_words(known):
    for headline in [*main_headlines(*known), *answer_headlines(*known), *shared_headlines(*known)]:
        assert 0 <= headline.reference <= headline.value <= 1
        assert headline.title
        assert headline.reference_words
        assert headline.explains


def test_the_three_are_answers_tree_and_the_worst_search(known):
    metrics, task = known
    right, tree, search = main_headlines(metrics, task)
    assert (right.value, right.reference) == (metrics["accuracy"], metrics["majority_accuracy"])
    assert (tree.value, tree.reference) == (metrics["completeness"], metrics["majority_accuracy"])
    assert tree.title == f"Right by a tree of {metrics['tree_leaves'] - 1} questions"
    worst = sorted((found["recall_at_1"], found["chance"]["recall_at_1"]) for found in metrics["retrieval"].values())[0]
    assert search.value == worst[0]
    assert search.reference in {found["chance"]["recall_at_1"] for found in metrics["retrieval"].values()}


def test_modalities_are_called_by_their_titles(known):
    metrics, task = known
    titles = [headline.title for headline in shared_headlines(metrics, task)]
    for modality in task.card.modalities:
        assert (f"Reads the {modality.title}" in titles) == (not task.card.own_keys)  # no meaning to read is known
        assert (f"Without the {modality.title}" in titles) == (len(task.card.deciding) > 1)  # else no answer is left
        assert any(title.startswith(f"{modality.title} → ") for title in titles)


def test_of_more_than_two_modalities_a_query_has_its_worst_search_and_the_lack_of_several_its_worst_way(shipped_runs):
    metrics = json.loads((shipped_runs / "xor_four_ways" / "metrics.json").read_text())
    found = {headline.title: headline for headline in shared_headlines(metrics, get_task("xor_four_ways"))}
    searches = [title for title in found if title.endswith(", its worst")]
    assert len(searches) == 4
    of_shape = {pair: scores for pair, scores in metrics["retrieval"].items() if pair.startswith("image->")}
    (shape,) = (found[title] for title in searches if title.startswith("Shape → "))
    assert shape.value == min(scores["recall_at_1"] for scores in of_shape.values())
    two = [scores["described"] for names, scores in metrics["missing"].items() if names.count("+") == 1]
    assert found["Without any two, the worst"].value == min(two)


def test_what_a_model_cannot_have_is_left_out():
    task = get_task("xor_and_xor")
    metrics = {"accuracy": 0.9, "completeness": None, "retrieval": None, "missing": {}}
    assert [headline.title for headline in main_headlines(metrics, task)] == ["Right answers"]
    assert main_headlines(metrics, task)[0].reference is None
    assert shared_headlines(metrics, task) == ()


@pytest.mark.parametrize("seed", range(5))
def test_the_first_mistake_has_one_misread_input_if_any_has_and_is_the_surest_of_these(seed):
    rng = np.random.default_rng(seed)
    probabilities, misread = rng.dirichlet(np.ones(3), 8), rng.integers(0, 3, 8)
    best = min(range(8), key=lambda row: ((2 if misread[row] == 0 else misread[row] > 1), -probabilities[row].max()))
    chosen = first_mistake(probabilities, misread)
    if 1 in misread or not misread.any():
        assert chosen == best
    assert (misread[chosen] == 0) == (not misread.any())


def test_without_mistakes_there_is_no_first():
    assert first_mistake(np.zeros((0, 3)), np.zeros(0, dtype=int)) is None


@pytest.mark.parametrize("seed", range(5))
def test_one_row_a_class_is_the_first_that_is_right(seed):
    rng = np.random.default_rng(seed)
    labels, answers = rng.integers(0, 4, 30), rng.integers(0, 4, 30)
    first = {}
    for row, (label, answer) in enumerate(zip(labels, answers, strict=True)):
        if label == answer:
            first.setdefault(label, row)
    assert rows_of_different_classes(labels, answers) == sorted(first.values())


def test_starters_are_right_of_different_classes_and_a_mistake_with_one_misread_input(shipped_runs):
    run = load_run(shipped_runs / "mnist_superpixels")
    found, bank = starters(run), run.test_bank
    answers = inference.probabilities(run.model, bank.shared()).argmax(1)
    rows = [bank.row(sample_id) for sample_id in found.right]
    assert len(rows) == 3
    assert len(set(bank.labels[rows])) == 3
    assert (answers[rows] == bank.labels[rows]).all()
    wrong = bank.row(found.mistake)
    assert answers[wrong] != bank.labels[wrong]
    misread = [
        keys_read(run, name, side.shared[[wrong]])[0] != side.semantics[wrong] for name, side in bank.sides.items()
    ]
    assert sum(misread) == 1
    assert found.ids[:4] == (*found.right, found.mistake)


def test_a_run_that_makes_no_mistake_has_one_of_which_it_is_least_sure(xor_run):
    found = starters(xor_run)
    assert found.mistake is None
    probabilities = inference.probabilities(xor_run.model, xor_run.test_bank.shared())
    doubts = {
        str(name): float(row.max()) for name, row in zip(xor_run.test_bank.sample_ids, probabilities, strict=True)
    }
    assert doubts[found.least_sure] == min(doubts.values())


def test_a_model_without_concepts_has_starters_too(tmp_path):
    task = get_task("xor_and_xor")
    run = untrained_run(task, task.load(seed=0), tmp_path / "plain", config_of(task, "fusion"))
    found = starters(run)
    assert set(found.ids) <= set(run.test_bank.sample_ids.tolist())
    assert found.mistake is not None

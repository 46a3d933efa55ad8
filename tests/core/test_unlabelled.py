"""Samples of which the class is not known are aligned, and in no loss, tree, bank or figure of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sharcs_core.cli.figures import figure_lines
from sharcs_core.objective import Relations
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.tasks.task import Task

SPLIT = ["train"] * 100 + ["validation"] * 30 + ["test"] * 30


def brought():
    """Numbers and words that say which of three classes it is, and those classes."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, len(SPLIT))
    rows = [{"x": float(of + rng.normal(0, 0.3)), "noise": float(rng.normal())} for of in classes]
    words = [("red fox runs", "green frog sits", "blue fish swims")[of] for of in classes]
    return classes, {"numbers": rows, "words": words}


def trained(folder, labels, **settings):
    _, inputs = brought()
    task = Task.from_arrays("animals", inputs, labels, split=SPLIT)
    config = task.preset()
    config = replace(config, training=replace(config.training, epochs=8, **settings))
    return train_run(config, task, folder), task


@pytest.fixture(scope="module")
def some_labels():
    classes, _ = brought()
    hidden = np.random.default_rng(1).random(len(classes)) < 0.3
    return [None if hide else f"class {of}" for of, hide in zip(classes, hidden, strict=True)]


def test_what_has_no_label_is_in_no_bank_tree_or_figure(some_labels, tmp_path):
    run, task = trained(tmp_path / "some", some_labels)
    known = {
        part: sum(label is not None for label, of in zip(some_labels, SPLIT, strict=True) if of == part)
        for part in ("train", "validation", "test")
    }
    assert len(task.data.train) == 100
    assert len(run.bank) == len(run.labels) == run.metrics["n_train"] == known["train"]
    assert len(run.validation_labels) == known["validation"]
    assert len(run.test_bank) == run.metrics["n_test"] == known["test"]
    assert min(run.labels.min(), run.bank.labels.min(), run.test_bank.labels.min()) == 0
    assert run.metrics["accuracy"] > 0.9


def test_where_no_test_sample_has_one_figures_are_na_and_validation_is_looked_at(some_labels, tmp_path):
    labels = [None if part == "test" else label for label, part in zip(some_labels, SPLIT, strict=True)]
    run, task = trained(tmp_path / "none", labels)
    assert run.metrics["n_test"] == 0
    assert run.metrics["accuracy"] is run.metrics["retrieval"] is None
    assert str(run.test_bank.sample_ids[0]).startswith("validation/")
    figures = evaluate_run(run, task=task)
    assert figures == run.metrics
    said = [" ".join(line.split()) for line in figure_lines(figures, {})]
    assert "accuracy n/a (no test sample has a label)" in said


def test_rare_classes_weigh_as_much_as_common_ones_where_that_is_asked(tmp_path):
    classes, inputs = brought()
    task = Task.from_arrays("animals", inputs, ["a" if of else "b" for of in classes], split=SPLIT)
    config = task.preset()
    train = task.load(0).train
    plain, balanced = (
        Relations(replace(config, training=replace(config.training, balanced=on)), task.card.meanings, train, "cpu")
        for on in (False, True)
    )
    assert plain.class_weights is None
    counts = np.bincount(train.labels)
    np.testing.assert_allclose(balanced.class_weights.numpy() * counts, [len(train) / 2] * 2)


def test_a_task_without_any_label_is_refused():
    _, inputs = brought()
    with pytest.raises(ValueError, match="No sample has a label; give some one"):
        Task.from_arrays("animals", inputs, [None] * len(SPLIT), split=SPLIT)

"""What a model finds in a training, beside a slow oracle."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from forty_rows import write_rows
from sharcs_core import inference
from sharcs_core.meanings import Gallery
from sharcs_core.tasks.folder.task import folder_task
from sharcs_core.training import fresh_model
from sharcs_core.trainings.finding import found


def oracle(shared, split, query, target, right):
    """Recall@1 by a plain double loop."""
    hits = []
    for asked in range(len(shared[query])):
        answers = [right(asked, row) for row in range(len(shared[target]))]
        if any(answers):
            distances = [float(((shared[query][asked] - row) ** 2).sum()) for row in shared[target]]
            hits.append(answers[int(np.argmin(distances))])
    return float(np.mean(hits))


def test_by_keys_where_they_are_known(toy, toy_data):
    model = fresh_model(toy.preset(seed=0), toy_data).eval()
    split = toy_data.validation
    ways = found(model, split, toy.card.meanings)
    assert [(way.query, way.target) for way in ways] == list(permutations(toy.card.names, 2))
    shared = inference.concepts_of(model, split.inputs)[1]
    for way in ways:
        keys, others = split.semantics[way.query], split.semantics[way.target]
        wanted = oracle(shared, split, way.query, way.target, lambda a, b, k=keys, o=others: k[a] == o[b])
        assert way.recall == pytest.approx(wanted, abs=0.04)  # equal distances fall either way
        assert way.chance == pytest.approx(np.mean([np.mean(others == key) for key in keys]))
        assert way.n == len(keys)


def test_by_what_belongs_together_where_each_sample_is_its_own_key(tmp_path):
    task = folder_task(write_rows(tmp_path / "plants")).task
    data = task.load(0)
    model = fresh_model(task.preset(0), data).eval()
    split = data.validation
    ways = found(model, split, task.card.meanings)
    assert [(way.query, way.target) for way in ways] == [("story", "table"), ("table", "story")]
    for way in ways:
        gallery = Gallery.of(split, way.query, way.target)
        shared = inference.concepts_of(model, split.inputs)[1]
        parts = {way.query: shared[way.query][gallery.queries], way.target: shared[way.target][gallery.rows]}
        wanted = oracle(
            parts,
            split,
            way.query,
            way.target,
            lambda a, b, g=gallery: bool(g.right(np.array([a]), np.array([b]))[0, 0]),
        )
        assert (way.recall, way.n) == (pytest.approx(wanted), len(gallery.queries))

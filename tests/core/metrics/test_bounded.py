"""Figures that would grow with the square of their inputs: beyond a declared size, those of what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from sharcs_core import metrics
from sharcs_core.metrics import concepts, drawing, ranking, space
from sharcs_core.metrics.drawing import drawn


def points(seed, n, values=4):
    rng = np.random.default_rng(seed)
    return rng.integers(0, values, (n, 3)) / values, rng.integers(0, 4, n)


def test_retrieval_beyond_its_size_is_that_of_the_queries_drawn(monkeypatch):
    (queries, keys), (rows, row_keys) = points(0, 40), points(1, 25)
    sources = np.arange(40) % 30, np.arange(25)
    everything = metrics.retrieval(queries, keys, rows, row_keys, *sources)
    monkeypatch.setattr(drawing, "FEWEST", 3)
    monkeypatch.setattr(ranking, "MAX_RANKED", 12 * 25)
    asked = drawn(40, 12, seed=5)
    expected = metrics.retrieval(queries[asked], keys[asked], rows, row_keys, sources[0][asked], sources[1])
    assert metrics.retrieval(queries, keys, rows, row_keys, *sources, seed=5) == expected != everything
    assert metrics.n_ranked(40, 25) == 12
    monkeypatch.setattr(ranking, "MAX_RANKED", 40 * 25)
    assert metrics.retrieval(queries, keys, rows, row_keys, *sources, seed=5) == everything


def test_a_hundred_queries_are_asked_however_many_rows_there_are():
    assert metrics.n_ranked(10_000, 10**9) == metrics.n_searched(10_000, 10**9) == 100
    assert metrics.n_ranked(60, 10**9) == 60


def test_retrieval_by_attribute_is_that_of_the_queries_drawn(monkeypatch):
    (queries, keys), (rows, row_keys) = points(2, 40), points(3, 25)
    factors = {"size": (0, 0, 1, 1), "shape": (0, 1, 0, -1)}  # of the last key the shape is not known
    monkeypatch.setattr(drawing, "FEWEST", 3)
    monkeypatch.setattr(ranking, "MAX_SEARCHED", 200)
    found = metrics.attribute_retrieval(queries, keys, rows, row_keys, factors, seed=1)
    for name, values in factors.items():
        own, told = np.array(values)[keys], np.array(values)[row_keys]
        asked, among = np.flatnonzero(own >= 0), np.flatnonzero(told >= 0)
        asked = asked[drawn(len(asked), 200 // len(among), seed=1)]
        nearest = [among[np.linalg.norm(rows[among] - queries[q], axis=1).argmin()] for q in asked]
        assert found[name] == np.mean(own[asked] == told[nearest])


def test_the_gap_beyond_its_size_has_all_centres_and_the_distances_of_those_drawn(monkeypatch):
    rng = np.random.default_rng(0)
    shared = {"a": rng.random((30, 3)), "b": rng.random((8, 3)) + 0.5}
    everything = metrics.modality_gap(shared)
    monkeypatch.setattr(space, "MAX_SPREAD", 10)
    some = shared["a"][drawn(30, 10, seed=2)]
    within = [
        np.mean([np.linalg.norm(x - y) for i, x in enumerate(part) for y in part[:i]]) for part in (some, shared["b"])
    ]
    expected = np.linalg.norm(shared["a"].mean(0) - shared["b"].mean(0)) / np.mean(within)
    assert metrics.modality_gap(shared, seed=2) == pytest.approx(expected)
    assert metrics.modality_gap(shared, seed=2) != everything
    monkeypatch.setattr(space, "MAX_SPREAD", 30)
    assert metrics.modality_gap(shared, seed=2) == everything


def test_codes_are_drawn_only_where_too_many_differ(monkeypatch):
    rng = np.random.default_rng(1)
    codes, keys = rng.random((60, 4)) < 0.5, rng.integers(0, 3, 60)
    few, few_keys = codes[:20, :1].repeat(4, axis=1), keys[:20]  # two different ones
    everything = metrics.code_agreement(codes, keys, few, few_keys)
    monkeypatch.setattr(space, "MAX_CODES", 9)
    chosen = drawn(60, 9, seed=3)
    found = metrics.code_agreement(codes, keys, few, few_keys, seed=3)
    assert found == metrics.code_agreement(codes[chosen], keys[chosen], few, few_keys) != everything
    monkeypatch.setattr(space, "MAX_CODES", 16)
    assert metrics.code_agreement(codes, keys, few, few_keys, seed=3) == everything


def test_rules_are_counted_the_same_however_inputs_are_parted(monkeypatch):
    rng = np.random.default_rng(2)
    codes, keys = rng.random((50, 3)) < 0.4, rng.integers(-1, 4, 50)
    arguments = (codes[:30], keys[:30], codes[30:], keys[30:], {"size": (0, 0, 1, 1), "shape": (0, 1, 2, -1)})
    expected = metrics.nameable(*arguments)
    monkeypatch.setattr(concepts, "INPUTS_AT_ONCE", 7)
    assert metrics.nameable(*arguments) == expected

"""Neighbours block by block against a full sort, by an engine against exact search, by a tree against every pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from builders import make_bank, make_side
from sharcs_core import retrieval
from sharcs_core.meanings import Gallery
from sharcs_core.neighbours import many, nearest_distances, nearest_rows, scan
from sharcs_core.neighbours.sieve import sieve_of
from sharcs_core.retrieval import companions, nearest_in, nearest_in_all, neighbours


class Exact:
    """An engine that is right, and remembers what it was asked."""

    def __init__(self, rows):
        self.rows, self.asked = rows, []

    def nearest(self, points, k):
        self.asked.append(k)
        return nearest_rows(points, self.rows, k)


def with_engines(bank):
    return replace(bank, sides={name: replace(side, index=Exact(side.shared)) for name, side in bank.sides.items()})


@pytest.mark.parametrize("rows_at_once", [1, 3, 7, 1000])
@pytest.mark.parametrize("values", [2, 50])
def test_the_nearest_block_by_block_are_those_of_a_stable_sort(rows_at_once, values, monkeypatch):
    monkeypatch.setattr(scan, "ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(values)
    queries, rows = rng.integers(0, values, (6, 3)) / values, rng.integers(0, values, (40, 3)) / values
    distances = cdist(queries, rows)
    order = distances.argsort(axis=1, kind="stable")[:, :9]
    found, away = nearest_rows(queries, rows, 9)
    assert found.tolist() == order.tolist()
    assert away.tolist() == np.take_along_axis(distances, order, 1).tolist()  # to the bit


@pytest.mark.parametrize("rows_at_once", [1, 4, 1000])
def test_rows_that_are_not_among_those_allowed_are_not_found(rows_at_once, monkeypatch):
    monkeypatch.setattr(scan, "ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(0)
    queries, rows, among = rng.random((5, 2)), rng.random((30, 2)), rng.random(30) < 0.3
    allowed = np.flatnonzero(among)
    found, away = nearest_rows(queries, rows, 12, among=among)
    n = min(12, len(allowed))
    expected, apart = nearest_rows(queries, rows[allowed], n)
    assert found[:, :n].tolist() == allowed[expected].tolist()
    assert away[:, :n].tolist() == apart.tolist()
    assert (found[:, n:] == -1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fault", [np.nan, np.inf])
def test_a_fault_in_a_later_block_is_told(dtype, fault, monkeypatch):
    monkeypatch.setattr(scan, "ROWS_AT_ONCE", 2)
    with pytest.raises(ValueError, match="rows must be finite"):
        nearest_rows(np.zeros((1, 1)), np.array([[0.0], [1.0], [2.0], [fault]], dtype=dtype), 1)


@pytest.mark.parametrize("width", [1, 3, 13])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e6, 1e14, 1e17, 1e30])
@pytest.mark.parametrize("kind", ["spread", "heaps", "equal", "far"])
def test_what_is_left_out_before_it_is_measured_is_no_neighbour(width, scale, kind, monkeypatch):
    """Rows in single precision, blocks of 50, against all distances: near to each other, equal, far from the origin."""
    monkeypatch.setattr(scan, "ROWS_AT_ONCE", 50)
    rng = np.random.default_rng(width)
    made = {
        "spread": lambda: rng.random((700, width)),
        "heaps": lambda: rng.integers(0, 2, (700, width)) + rng.normal(0, 1e-6, (700, width)),
        "equal": lambda: rng.integers(0, 2, (700, width)),
        "far": lambda: 1000 + rng.normal(0, 1e-3, (700, width)),
    }[kind]()
    rows = (made * scale).astype(np.float32)
    queries = rows[::200].astype(np.float64) * (1 + 1e-9)  # not quite what single precision can hold
    distances = cdist(queries, rows.astype(np.float64))
    order = distances.argsort(axis=1, kind="stable")[:, :12]
    found, away = nearest_rows(queries, rows, 12)
    assert away.tolist() == np.take_along_axis(distances, order, 1).tolist()
    assert found.tolist() == order.tolist()


def test_most_rows_of_a_large_bank_are_left_out_before_they_are_measured():
    rng = np.random.default_rng(0)
    rows, queries = rng.random((20_000, 6), dtype=np.float32), rng.random((2, 6))
    sieve = sieve_of(queries, rows)
    limits = nearest_rows(queries, rows[:1000], 10)[1][:, -1]
    left = sieve(slice(0, 2), slice(1000, 20_000), limits)
    near = 1000 + np.flatnonzero((cdist(queries, rows[1000:]) <= limits[:, None]).any(axis=0))
    assert set(near.tolist()) <= set(left.tolist())
    assert len(left) < 1.01 * len(near) + 5
    rows[1500] = 1e30  # whose square single precision cannot hold
    assert sieve(slice(0, 2), slice(1000, 2000), limits) is None
    assert sieve_of(queries, rows.astype(np.float64)) is None
    assert sieve_of(queries * 1e16, rows) is None


def test_all_modalities_together_are_those_of_one_long_table():
    rng = np.random.default_rng(1)
    bank = make_bank(image=rng.integers(0, 3, (15, 2)) / 2, graph=rng.integers(0, 3, (15, 2)) / 2)
    queries = rng.integers(0, 3, (4, 2)) / 2
    together = np.concatenate([side.shared for side in bank.sides.values()])
    expected, found = nearest_rows(queries, together, 11), nearest_in_all(bank, queries, 11)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]
    assert nearest_in_all(bank, queries, 40)[0][:, 30:].tolist() == [[-1] * 10] * 4


# --- by an engine -------------------------------------------------------------------------------------------


def test_an_engine_is_asked_for_more_where_rows_of_the_querys_own_source_are_left_out():
    rng = np.random.default_rng(2)
    side = make_side("graph", rng.integers(0, 3, (30, 2)) / 2, sources=rng.integers(0, 8, 30))
    queries, sources = rng.integers(0, 3, (5, 2)) / 2, np.array([0, 3, 5, 7, 99])
    engine = Exact(side.shared)
    found = nearest_in(replace(side, index=engine), queries, 6, sources)
    expected = nearest_rows(queries, side.shared, 6, query_sources=sources, row_sources=side.sources)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]
    assert engine.asked == [6 + max(np.count_nonzero(side.sources == source) for source in sources)]


def test_where_a_source_has_too_many_rows_every_row_is_looked_at(monkeypatch):
    monkeypatch.setattr(retrieval, "MOST_OWN", 2)
    side = make_side("graph", np.arange(12.0).reshape(6, 2), sources=[1, 1, 1, 2, 2, 3])
    engine = Exact(side.shared)
    found = nearest_in(replace(side, index=engine), np.zeros((1, 2)), 2, np.array([1]))
    assert found[0].tolist() == [[3, 4]]
    assert engine.asked == []


def test_with_engines_a_bank_says_the_same():
    rng = np.random.default_rng(3)
    bank = make_bank(image=rng.random((30, 3)), graph=rng.random((30, 3)))
    queries = {"graph": rng.random((4, 3))}
    other = with_engines(bank)
    assert neighbours(queries["graph"][0], other, "image") == neighbours(queries["graph"][0], bank, "image")
    for exclude in (None, [3, 4, 5, 6]):
        assert (
            companions(queries, other, 5, exclude=exclude).tolist()
            == companions(queries, bank, 5, exclude=exclude).tolist()
        )
    assert all(side.index.asked for name, side in other.sides.items())


# --- many queries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [2, 1000])
def test_the_tree_finds_distances_as_exactly_as_looking_at_every_pair(values, monkeypatch):
    rng = np.random.default_rng(values)
    rows, sources = rng.integers(0, values, (80, 3)) / values, rng.integers(0, 30, 80)
    args = (rows[::7], rows, sources[::7], sources)
    expected = nearest_distances(*args)
    monkeypatch.setattr(many, "MOST_SCANNED", 0)
    np.testing.assert_allclose(nearest_distances(*args), expected, rtol=1e-12)
    monkeypatch.setattr(many, "nearest_rows", None)  # by which no query was answered
    nearest_distances(*args)


def test_with_one_source_for_all_no_row_is_near(monkeypatch):
    monkeypatch.setattr(many, "MOST_SCANNED", 0)
    ones = np.ones(3, dtype=int)
    assert nearest_distances(np.eye(3), np.eye(3), ones, ones).tolist() == [np.inf] * 3
    monkeypatch.setattr(many, "MOST_OWN", 2)
    assert nearest_distances(np.eye(3), np.eye(3), ones, ones).tolist() == [np.inf] * 3


def test_partners_in_a_gallery_are_those_of_a_loop(partial_split):
    for query, target in (("table", "story"), ("story", "table")):
        gallery = Gallery.of(partial_split, query, target)
        right = gallery.right(np.arange(len(gallery.queries)), np.arange(len(gallery.rows)))
        content = partial_split.sources
        for place, row in np.ndindex(right.shape):
            pairs = zip(partial_split.pairing[query], partial_split.pairing[target], strict=True)
            wanted = any(
                a >= 0
                and b >= 0
                and content[query][a] == content[query][gallery.queries[place]]
                and content[target][b] == content[target][gallery.rows[row]]
                for a, b in pairs
            )
            assert right[place, row] == wanted


@pytest.fixture
def partial_split():
    from sharcs_core.structures import Inputs, Split

    rng = np.random.default_rng(4)
    n = 12
    inputs = {name: Inputs("tabular", {"values": np.zeros((n, 1))}) for name in ("table", "story")}
    return Split(
        inputs,
        {name: np.arange(n) for name in inputs},
        {name: rng.integers(0, 6, n) for name in inputs},  # equal files
        {name: rng.integers(-1, n, n) for name in inputs},  # some lack one
        np.zeros(n, dtype=int),
    )

"""Neighbours against a double loop, and what the loop does not say: messages, sources, edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from builders import make_bank, make_side
from sharcs_core.neighbours import scan
from sharcs_core.neighbours.scan import nearest_rows
from sharcs_core.retrieval import companions, neighbours, stand_in


def nearest_by_loop(queries, rows, k, query_sources=None, row_sources=None):
    indices, distances = [], []
    for q, query in enumerate(queries):
        found = []
        for r, row in enumerate(rows):
            if query_sources is not None and row_sources is not None and query_sources[q] == row_sources[r]:
                continue
            squares = 0.0
            for a, b in zip(query, row, strict=True):
                squares += (float(a) - float(b)) ** 2
            found.append((math.sqrt(squares), r))
        found = sorted(found)[:k] + [(math.inf, -1)] * max(0, k - len(found))
        indices.append([r for _, r in found])
        distances.append([d for d, _ in found])
    return np.array(indices), np.array(distances)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pairs_at_once", [1, 70, 10**6])
def test_nearest_rows_are_those_of_a_double_loop(seed, pairs_at_once, monkeypatch):
    monkeypatch.setattr(scan, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(seed)
    queries = rng.integers(0, 3, (9, 3)) / 2  # few values: many exact ties
    rows = rng.integers(0, 3, (23, 3)) / 2
    sources = {"query_sources": rng.integers(0, 5, 9), "row_sources": rng.integers(0, 5, 23)} if seed % 2 else {}
    indices, distances = nearest_rows(queries, rows, 7, **sources)
    expected_indices, expected_distances = nearest_by_loop(queries, rows, 7, **sources)
    assert indices.tolist() == expected_indices.tolist()
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nearest_rows_take_every_float_and_compute_in_double(dtype):
    rng = np.random.default_rng(3)
    queries, rows = rng.random((4, 12)).astype(dtype), rng.random((200, 12)).astype(dtype)
    indices, distances = nearest_rows(queries, rows, 5)
    expected_indices, expected_distances = nearest_by_loop(queries, rows, 5)
    assert indices.tolist() == expected_indices.tolist()
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-14)


def test_a_row_finds_itself_at_exactly_zero_and_not_when_its_source_is_its_own():
    rows = np.random.default_rng(0).random((50, 7))
    own = np.arange(50)
    indices, distances = nearest_rows(rows, rows, 1)
    assert indices[:, 0].tolist() == own.tolist()
    assert (distances == 0).all()
    indices, distances = nearest_rows(rows, rows, 1, query_sources=own, row_sources=own)
    assert not (indices[:, 0] == own).any()
    assert (distances > 0).all()


def test_sources_of_the_rows_alone_exclude_nothing_and_those_of_the_queries_alone_are_refused():
    rows = np.eye(3)
    with pytest.raises(ValueError, match="got those of the queries alone"):
        nearest_rows(rows, rows, 1, query_sources=np.arange(3))
    assert nearest_rows(rows, rows, 1, row_sources=np.arange(3))[0][:, 0].tolist() == [0, 1, 2]


def test_fewer_rows_than_asked_for_are_filled_up_with_no_row():
    indices, distances = nearest_rows(np.zeros((1, 2)), np.ones((1, 2)), 3)
    assert indices.tolist() == [[0, -1, -1]]
    assert distances[0, 1:].tolist() == [math.inf, math.inf]
    indices, _ = nearest_rows(np.zeros((2, 2)), np.ones((1, 2)), 2, query_sources=[4, 5], row_sources=[4])
    assert indices.tolist() == [[-1, -1], [0, -1]]


def test_no_queries_and_no_rows_are_fine():
    assert nearest_rows(np.empty((0, 2)), np.ones((3, 2)), 2)[0].shape == (0, 2)
    assert nearest_rows(np.ones((2, 2)), np.empty((0, 2)), 2)[0].tolist() == [[-1, -1], [-1, -1]]


@pytest.mark.parametrize(
    ("queries", "rows", "k", "sources", "message"),
    [
        (np.ones((1, 2)), np.ones((1, 2)), 0, {}, "k must be at least 1 .got 0"),
        (np.ones((1, 2)), np.ones((1, 3)), 1, {}, "as many concepts .got 2 and 3"),
        (np.ones(2), np.ones((1, 2)), 1, {}, r"queries must be of shape \(n, T\).*got \(2,\)"),
        (np.full((1, 2), np.nan), np.ones((1, 2)), 1, {}, "queries must be finite"),
        (np.ones((1, 2)), np.ones((2, 2)), 1, {"query_sources": [1], "row_sources": [1]}, r"row_sources.*\(2,\)"),
    ],
)
def test_what_does_not_fit_is_said(queries, rows, k, sources, message):
    with pytest.raises(ValueError, match=message):
        nearest_rows(queries, rows, k, **sources)


def test_neighbours_carry_what_a_page_shows():
    graph = make_side("graph", [[0.9, 0.2, 0.9], [0.1, 0.9, 0.5], [0.8, 0.8, 0.1]], [7, 8, 9], [10, 11, 12])
    bank = make_bank(image=np.zeros((3, 3)), graph=graph)
    first, second = neighbours(np.array([0.9, 0.9, 0.1]), bank, "graph", k=2)
    assert (first.id, first.modality, first.row, first.key) == ("train/00002/graph", "graph", 2, 9)
    assert first.shared_concepts == (0, 1)
    assert first.distance == pytest.approx(math.sqrt(0.02))
    assert (second.row, second.shared_concepts) == (1, (1,))  # 0.5 is not on


def test_neighbours_leave_out_the_querys_own_source_and_are_few_in_a_small_bank():
    bank = make_bank(graph=make_side("graph", np.eye(3), sources=[10, 11, 12]))
    query = np.eye(3)[1]
    assert [found.row for found in neighbours(query, bank, "graph")] == [1, 0, 2]
    assert [found.row for found in neighbours(query, bank, "graph", source=11)] == [0, 2]


def test_an_unknown_modality_is_named_with_the_choice():
    bank = make_bank(image=np.eye(2), graph=np.eye(2))
    with pytest.raises(ValueError, match=r"no modality 'sound'; choose one of \['graph', 'image'\]"):
        neighbours(np.zeros(2), bank, "sound")


def test_a_stand_in_is_the_nearest_row_of_the_missing_modality():
    bank = make_bank(image=np.zeros((3, 2)), graph=np.array([[0, 0], [1, 0], [1, 1]], dtype=np.float16))
    rows, shared = stand_in(np.array([[0.9, 0.8], [0.1, 0.1]]), bank, "graph")
    assert rows.tolist() == [2, 0]
    assert shared.tolist() == [[1, 1], [0, 0]]


def test_an_empty_bank_has_no_stand_in():
    with pytest.raises(ValueError, match="Nothing can stand in for 'graph'"):
        stand_in(np.zeros((1, 2)), make_bank(graph=np.empty((0, 2))), "graph")


# --- companions ----------------------------------------------------------------------------------------------


def companions_by_loop(queries, bank, k, exclude=None):
    """Of each query every row but the excluded one, by the mean of its distances, and then by row."""
    found = []
    for q in range(len(next(iter(queries.values())))):
        order = []
        for row in range(len(bank)):
            if exclude is None or exclude[q] != row:
                distances = [math.dist(values[q], bank.sides[name].shared[row]) for name, values in queries.items()]
                order.append((sum(distances) / len(distances), row))
        found.append([row for _, row in sorted(order)[:k]])
    return found


@pytest.mark.parametrize("present", [("image",), ("graph", "text"), ("image", "graph", "text")], ids="+".join)
@pytest.mark.parametrize("pairs_at_once", [1, 70, 10**6])
@pytest.mark.parametrize("excluding", [False, True])
def test_companions_are_those_of_a_double_loop(present, pairs_at_once, excluding, monkeypatch):
    """Distances are whole numbers, so that many sums are equal, exactly."""
    monkeypatch.setattr(scan, "PAIRS_AT_ONCE", pairs_at_once)
    rng = np.random.default_rng(len(present))
    bank = make_bank(**{name: rng.integers(0, 4, (23, 1)).astype(float) for name in ("image", "graph", "text")})
    queries = {name: rng.integers(0, 4, (9, 1)).astype(float) for name in present}
    exclude = rng.integers(0, 23, 9) if excluding else None
    assert companions(queries, bank, 7, exclude=exclude).tolist() == companions_by_loop(queries, bank, 7, exclude)


def test_companions_of_several_concepts_are_those_of_a_double_loop_too():
    rng = np.random.default_rng(0)
    bank = make_bank(image=rng.random((40, 5)), graph=rng.random((40, 5)))
    queries = {name: rng.random((6, 5)).astype(np.float32) for name in ("graph", "image")}
    assert companions(queries, bank, 40).tolist() == companions_by_loop(queries, bank, 40)


def test_a_companion_is_near_in_all_that_is_present_and_not_in_what_is_absent():
    bank = make_bank(image=[[0.0], [0.5], [1.0]], graph=[[1.0], [0.4], [0.0]], text=[[0.0], [0.0], [1.0]])
    nearest = {
        names: companions({name: np.array([[0.0]]) for name in names}, bank, 1)[0, 0]
        for names in [("image",), ("graph",), ("image", "graph"), ("image", "text")]
    }
    assert nearest == {("image",): 0, ("graph",): 2, ("image", "graph"): 1, ("image", "text"): 0}


def test_a_stored_sample_is_the_nearest_to_itself_and_no_companion_where_it_is_excluded():
    rows = np.random.default_rng(0).random((30, 4))
    bank, own = make_bank(image=rows, graph=rows), np.arange(30)
    assert companions({"image": rows}, bank, 3)[:, 0].tolist() == own.tolist()
    others = companions({"image": rows}, bank, 29, exclude=own)
    assert [sorted(found) for found in others.tolist()] == [[row for row in own if row != q] for q in own]


def test_a_small_bank_has_few_companions():
    bank = make_bank(image=np.eye(3), graph=np.eye(3))
    query = {"image": np.eye(3)[:2]}
    assert companions(query, bank, 20).tolist() == [[0, 1, 2], [1, 0, 2]]
    assert companions(query, bank, 20, exclude=[0, 0]).tolist() == [[1, 2], [1, 2]]


@pytest.mark.parametrize(
    ("queries", "bank", "exclude", "message"),
    [
        ({}, {"image": np.eye(2)}, None, r"give one modality at least \(got none\)"),
        ({"sound": np.eye(2)}, {"image": np.eye(2)}, None, r"no modality 'sound'; choose one of \['image'\]"),
        ({"image": np.eye(2)}, {"image": np.empty((0, 2))}, None, "holds no other sample; train with a larger bank"),
        ({"image": np.eye(1)}, {"image": np.eye(1)}, [0], "holds no other sample; train with a larger bank"),
        ({"image": np.full((1, 2), np.nan)}, {"image": np.eye(2)}, None, "queries must be finite"),
        ({"image": np.zeros(2)}, {"image": np.eye(2)}, None, r"queries must be of shape \(n, T\)"),
    ],
)
def test_companions_that_cannot_be_are_refused(queries, bank, exclude, message):
    with pytest.raises(ValueError, match=message):
        companions(queries, make_bank(**bank), 3, exclude=exclude)

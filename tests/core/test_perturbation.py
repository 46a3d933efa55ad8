"""Noise by kind: none at level 0, as much as the level says, and always inputs that a model can read."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from sharcs_core.kinds.graph import noise as graph_noise
from sharcs_core.kinds.graph.noise import adjacency_of, neighbours_of
from sharcs_core.kinds.image import encoding as image_encoding
from sharcs_core.perturbation import perturb
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.superpixels import superpixel_graphs
from sharcs_core.tasks.xor.ring_graphs import ring_graphs


def rng(seed=0):
    return np.random.default_rng(seed)


def noise(seed=0):
    """Draws apart from those that made the inputs: equal draws would change nothing."""
    return np.random.default_rng([seed, 99])


def bits(n=400):
    return Inputs("tabular", {"values": rng().integers(0, 2, (n, 6)).astype(np.float32)})


def measures(n=400):
    return Inputs("tabular", {"values": rng().normal(0, 1, (n, 3)).astype(np.float32)})


def pictures(n=12, *shape):
    return Inputs("image", {"pixels": rng().integers(0, 256, (n, *(shape or (8, 9)))).astype(np.uint8)})


def noised(inputs, level, rng):
    """As a study does it: superpixels alone lie in the plane."""
    return perturb(inputs, level, rng, positions="segments" in inputs.arrays)


def words(n=300):
    tokens = rng().integers(1, 8, (n, 5))
    tokens[::2, 3:] = 0
    return Inputs("text", {"tokens": tokens.astype(np.int16)})


def rings(n=60):
    return ring_graphs(*rng().integers(0, 2, (2, n)), rng(1))


@pytest.fixture(scope="module")
def superpixels():
    strokes = np.zeros((3, 28, 28), dtype=np.uint8)
    for i, picture in enumerate(strokes):
        picture[5:22, 8 + 3 * i : 12 + 3 * i] = 230
    return superpixel_graphs(strokes)


@pytest.fixture(scope="module")
def of_every_kind(superpixels):
    return [bits(), measures(), pictures(), pictures(4, 6, 5, 3), words(), rings(), superpixels]


def test_level_0_leaves_every_byte_as_it_is(of_every_kind):
    for inputs in of_every_kind:
        after = noised(inputs, 0, noise())
        assert {k: v.tobytes() for k, v in after.arrays.items()} == {k: v.tobytes() for k, v in inputs.arrays.items()}


@pytest.mark.parametrize("level", [0.3, 1])
def test_noise_changes_a_copy_and_keeps_arrays_types_and_shapes(of_every_kind, level):
    for inputs in of_every_kind:
        before = {name: values.copy() for name, values in inputs.arrays.items()}
        after = noised(inputs, level, noise())
        assert after.kind == inputs.kind
        assert list(after.arrays) == list(before)
        changed = []
        for name, values in before.items():
            np.testing.assert_array_equal(inputs.arrays[name], values)
            assert after.arrays[name].dtype == values.dtype
            assert after.arrays[name].shape == values.shape
            changed.append(not np.array_equal(after.arrays[name], values))
        assert any(changed)


def test_the_same_draws_make_the_same_noise_and_others_do_not(of_every_kind):
    for inputs in of_every_kind:
        one, same, other = (noised(inputs, 0.5, noise(seed)).arrays for seed in (1, 1, 2))
        assert all(np.array_equal(one[name], same[name]) for name in one)
        assert not all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("level", [-0.1, 1.1, float("nan")])
def test_a_level_beyond_0_and_1_is_refused(level):
    with pytest.raises(ValueError, match="between 0"):
        perturb(bits(), level, noise())


def test_no_inputs_stay_no_inputs(of_every_kind):
    for inputs in of_every_kind:
        assert len(noised(inputs.take(slice(0, 0)), 0.5, noise())) == 0


@pytest.mark.parametrize("level", [0.2, 0.6, 1.0])
def test_bits_become_coins_with_the_probability_of_the_level(level):
    before = bits(3000).arrays["values"]
    after = perturb(bits(3000), level, noise(5)).arrays["values"]
    assert set(np.unique(after)) == {0, 1}
    assert np.mean(after != before) == pytest.approx(level / 2, abs=0.02)


@pytest.mark.parametrize("level", [0.25, 1.0])
def test_other_values_come_from_the_same_column_of_another_row(level):
    before = measures().arrays["values"]
    after = perturb(measures(), level, noise(5)).arrays["values"]
    for column in range(3):
        assert set(after[:, column]) <= set(before[:, column])
    assert np.mean(after != before) == pytest.approx(level, abs=0.06)


def test_another_row_is_never_the_own():
    two = Inputs("tabular", {"values": np.array([[0.3] * 20, [7.0] * 20])})
    np.testing.assert_array_equal(perturb(two, 1.0, noise()).arrays["values"], two.arrays["values"][::-1])


def test_columns_of_bits_and_of_measures_are_told_apart():
    mixed = Inputs("tabular", {"values": np.column_stack([np.ones(500), np.full(500, 0.5)])})
    after = perturb(mixed, 1.0, noise()).arrays["values"]
    assert after[:, 0].mean() == pytest.approx(0.5, abs=0.1)
    assert set(after[:, 1]) == {0.5}


def test_a_single_row_of_measures_has_no_other_to_take_from():
    one = Inputs("tabular", {"values": np.array([[0.3, 7.0]])})
    np.testing.assert_array_equal(perturb(one, 1.0, noise()).arrays["values"], one.arrays["values"])


@pytest.mark.parametrize("level", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("values_at_once", [1, 10**6])
def test_a_pixel_is_blended_with_noise_that_the_picture_does_not_change(level, values_at_once, monkeypatch):
    for kind in (graph_noise, image_encoding):
        monkeypatch.setattr(kind, "VALUES_AT_ONCE", values_at_once)
    black, grey = np.zeros((5, 8, 8), dtype=np.uint8), np.full((5, 8, 8), 200, dtype=np.uint8)
    on_black, on_grey = (
        perturb(Inputs("image", {"pixels": pixels}), level, noise()).arrays["pixels"].astype(float)
        for pixels in (black, grey)
    )
    assert on_black.max() <= np.rint(255 * level)
    np.testing.assert_allclose(on_grey - on_black, (1 - level) * 200, atol=1)
    assert on_black.std() > 50 * level


def test_nodes_of_a_graph_in_the_plane_move_and_listen_to_the_same_ones(superpixels):
    before = superpixels.arrays
    after = noised(superpixels, 0.4, noise()).arrays
    for name in ("n_nodes", "neighbours", "segments"):
        np.testing.assert_array_equal(after[name], before[name])
    is_node = np.arange(before["nodes"].shape[1]) < before["n_nodes"][:, None]
    assert (after["nodes"][~is_node] == 0).all()
    moved, original = after["nodes"][is_node].astype(float), before["nodes"][is_node].astype(float)
    assert ((moved >= 0) & (moved <= 1)).all()
    inner = ((original[:, 1:] > 0.2) & (original[:, 1:] < 0.8)).all(axis=1)
    assert (moved - original)[inner, 1:].std() == pytest.approx(0.04, rel=0.2)
    assert (moved[:, 0] >= 0.6 * original[:, 0] - 1e-2).all()
    assert (moved[:, 0] <= 0.6 * original[:, 0] + 0.4 + 1e-2).all()


def undirected_edges(adjacency):
    return {frozenset(pair) for pair in zip(*np.nonzero(adjacency), strict=True) if len(set(pair)) == 2}


@pytest.mark.parametrize("level", [0.2, 1.0])
@pytest.mark.parametrize("values_at_once", [1, 10**6])
def test_rewired_graphs_are_whole_graphs_with_as_many_edges(level, values_at_once, monkeypatch):
    for kind in (graph_noise, image_encoding):
        monkeypatch.setattr(kind, "VALUES_AT_ONCE", values_at_once)
    before, after = rings(), perturb(rings(), level, noise(3))
    for i in range(len(before)):
        lists = after.arrays["neighbours"][i].tolist()
        heard = [[other for other in row if other >= 0] for row in lists]
        assert all(row == sorted(set(row)) for row in heard)  # rising, none twice
        assert all(row[len(others) :] == [-1] * (10 - len(others)) for row, others in zip(lists, heard, strict=True))
        assert all(node in others for node, others in enumerate(heard))  # self-loops stay
        assert all(node in heard[other] for node, others in enumerate(heard) for other in others)
        graph = networkx.Graph([(a, b) for a, others in enumerate(heard) for b in others if a != b])
        graph.add_nodes_from(range(10))
        centrality = networkx.betweenness_centrality(graph)
        np.testing.assert_allclose(after.arrays["nodes"][i, :, 0], [centrality[n] for n in range(10)], atol=1e-6)
    old, new = (adjacency_of(inputs.arrays["neighbours"]) for inputs in (before, after))
    np.testing.assert_array_equal(old.sum((1, 2)), new.sum((1, 2)))
    taken_out = [
        len(undirected_edges(a) - undirected_edges(b)) / len(undirected_edges(a) or [0])
        for a, b in zip(old, new, strict=True)
    ]
    # an edge that is taken out may be put back where it was, about one in three here at level 1
    assert 0.5 * level < np.mean(taken_out) < level


def test_at_level_1_every_edge_is_equally_likely():
    ring = (
        np.eye(5, dtype=bool) | np.roll(np.eye(5, dtype=bool), 1, axis=1) | np.roll(np.eye(5, dtype=bool), -1, axis=1)
    )
    many = Inputs(
        "graph",
        {
            "nodes": np.zeros((4000, 5, 1), dtype=np.float32),
            "n_nodes": np.full(4000, 5),
            "neighbours": neighbours_of(np.repeat(ring[None], 4000, axis=0), 5),
        },
    )
    frequency = adjacency_of(perturb(many, 1.0, noise()).arrays["neighbours"]).mean(0)
    np.testing.assert_allclose(frequency[~np.eye(5, dtype=bool)], 0.5, atol=0.04)  # 5 edges, 10 places


def test_edges_stay_within_the_real_nodes_and_the_measure_ignores_the_padding():
    path = np.zeros((200, 6, 6), dtype=bool)
    path[:, [0, 1, 2], [1, 2, 3]] = path[:, [1, 2, 3], [0, 1, 2]] = True
    nodes = np.zeros((200, 6, 1), dtype=np.float32)
    nodes[:, [1, 2]] = 2 / 3  # of three pairs of others two have their path through an inner node
    small = Inputs("graph", {"nodes": nodes, "n_nodes": np.full(200, 4), "neighbours": neighbours_of(path, 2)})
    after = perturb(small, 0.7, noise())
    assert after.arrays["neighbours"].max() == 3
    assert (after.arrays["neighbours"][:, 4:] == -1).all()
    for adjacency, found in zip(adjacency_of(after.arrays["neighbours"]), after.arrays["nodes"], strict=True):
        centrality = networkx.betweenness_centrality(networkx.from_numpy_array(adjacency[:4, :4]))
        np.testing.assert_allclose(found[:, 0], [*(centrality[n] for n in range(4)), 0, 0], atol=1e-6)


def test_a_node_with_more_neighbours_than_places_gets_more_places():
    star = np.zeros((2, 5, 5), dtype=bool)
    star[0, 0, 1:] = star[0, 1:, 0] = True
    star[1, 0, 1] = star[1, 1, 0] = True
    packed = neighbours_of(star, 2)
    assert packed.shape == (2, 5, 4)
    np.testing.assert_array_equal(adjacency_of(packed), star)
    assert neighbours_of(star, 9).shape == (2, 5, 9)


@pytest.mark.parametrize("n_features", [1, 2, 4])
def test_features_that_are_no_place_and_no_betweenness_stay_while_edges_move(n_features):
    given = {**rings().arrays, "nodes": rng().random((60, 10, n_features)).astype(np.float32)}
    after = perturb(Inputs("graph", given), 0.8, noise())
    np.testing.assert_array_equal(after.arrays["nodes"], given["nodes"])
    assert not np.array_equal(after.arrays["neighbours"], given["neighbours"])


@pytest.mark.parametrize("n_features", [2, 3, 5])
def test_the_last_two_features_of_a_graph_in_the_plane_are_its_place_however_many_there_are(n_features):
    given = {**rings().arrays, "nodes": rng().random((60, 10, n_features)).astype(np.float32)}
    after = perturb(Inputs("graph", given), 0.2, noise(), positions=True)
    moved = np.abs(after.arrays["nodes"] - given["nodes"])
    assert 0 < moved[..., -2:].max() < 0.12
    assert (moved[..., :-2] > 0).all()
    np.testing.assert_array_equal(after.arrays["neighbours"], given["neighbours"])


@pytest.mark.parametrize("level", [0.3, 1.0])
def test_words_are_replaced_by_others_and_padding_stays(level):
    before, after = words(1000).arrays["tokens"], perturb(words(1000), level, noise()).arrays["tokens"]
    np.testing.assert_array_equal(after == 0, before == 0)
    assert set(np.unique(after)) == set(range(8))
    assert np.mean((after != before)[before != 0]) == pytest.approx(level, abs=0.03)


def test_where_there_is_one_word_there_is_no_other():
    one = Inputs("text", {"tokens": np.array([[1, 1, 0]])})
    np.testing.assert_array_equal(perturb(one, 1.0, noise()).arrays["tokens"], one.arrays["tokens"])

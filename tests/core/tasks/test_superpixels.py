import numpy as np
import pytest

from sharcs_core.tasks.mnist.source import load_mnist
from sharcs_core.tasks.mnist.superpixels import (
    MAX_NODES,
    N_NEIGHBOURS,
    nearest_nodes,
    pack_graphs,
    superpixel_graphs,
    superpixels,
)


@pytest.fixture(scope="module")
def pictures():
    return load_mnist()[0]["train_images"][:40]


@pytest.fixture(scope="module")
def graphs(pictures):
    return superpixel_graphs(pictures)


def test_neighbours_are_those_a_double_loop_finds():
    positions = np.random.default_rng(0).random((30, 2))
    found = nearest_nodes(positions)
    for i in range(30):
        others = sorted((np.hypot(*(positions[i] - positions[j])), j) for j in range(30) if j != i)
        assert found[i].tolist() == [j for _, j in others[:N_NEIGHBOURS]]


def test_equally_near_nodes_come_by_number_and_few_nodes_have_few_neighbours():
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert nearest_nodes(square, 2).tolist() == [[1, 2], [0, 3], [0, 3], [1, 2]]
    assert nearest_nodes(square, 5)[0].tolist() == [1, 2, 3, -1, -1]
    assert nearest_nodes(np.zeros((1, 2)), 3).tolist() == [[-1, -1, -1]]


def test_a_node_is_the_mean_of_its_pixels(pictures):
    nodes, segments = superpixels(pictures[0])
    assert set(np.unique(segments)) == set(range(len(nodes)))
    for number, (intensity, x, y) in enumerate(nodes):
        rows, columns = np.nonzero(segments == number)
        assert intensity == pytest.approx(pictures[0][rows, columns].mean() / 255)
        assert x == pytest.approx(columns.mean() / 27)
        assert y == pytest.approx(rows.mean() / 27)


def test_graphs_of_digits_are_as_measured(graphs):
    n_nodes = graphs.arrays["n_nodes"]
    assert 60 <= n_nodes.min() <= n_nodes.max() <= MAX_NODES
    assert n_nodes.mean() == pytest.approx(72.9, abs=1.5)
    nodes = graphs.arrays["nodes"]
    assert nodes.shape == (40, MAX_NODES, 3)
    assert 0 <= nodes.min() <= nodes.max() <= 1
    assert graphs.arrays["segments"].shape == (40, 28, 28)


def test_padding_is_empty_and_no_node_listens_to_itself_or_beyond(graphs):
    for nodes, n_nodes, neighbours in zip(*(graphs.arrays[n] for n in ("nodes", "n_nodes", "neighbours")), strict=True):
        assert not nodes[n_nodes:].any()
        assert (neighbours[n_nodes:] == -1).all()
        real = neighbours[:n_nodes]
        assert real.shape[1] == N_NEIGHBOURS
        assert 0 <= real.min() <= real.max() < n_nodes
        assert (real != np.arange(n_nodes)[:, None]).all()
        assert all(len(set(row)) == N_NEIGHBOURS for row in real.tolist())


def test_the_same_picture_makes_the_same_graph(pictures, graphs):
    again = superpixel_graphs(pictures[3:5])
    for name, values in again.arrays.items():
        np.testing.assert_array_equal(values, graphs.arrays[name][3:5])


@pytest.mark.parametrize("value", [0, 255])
def test_an_even_picture_is_still_a_graph(value):
    graph = superpixel_graphs(np.full((1, 28, 28), value, dtype=np.uint8))
    assert graph.arrays["n_nodes"][0] >= 1
    assert np.isfinite(graph.arrays["nodes"].astype(float)).all()


def test_a_graph_that_is_too_large_is_refused():
    nodes = np.random.default_rng(0).random((MAX_NODES + 1, 3))
    with pytest.raises(ValueError, match=r"at most 84 nodes \(got 85\)"):
        pack_graphs([(nodes, np.zeros((28, 28), dtype=np.uint8))])

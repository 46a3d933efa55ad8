import networkx as nx
import numpy as np
import pytest

from sharcs_core.config import RunConfig
from sharcs_core.tasks.xor import ring_graphs as rings
from sharcs_core.tasks.xor import xor_and_xor as xor
from sharcs_core.tasks.xor.xor_and_xor import XorAndXor

ALL_BITS = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])


@pytest.fixture(scope="module")
def data():
    return XorAndXor().load(seed=3)


def adjacency_of(inputs):
    adjacency = np.zeros((len(inputs), 10, 10), dtype=bool)
    for graph, neighbours in enumerate(inputs.arrays["neighbours"]):
        for node, listens_to in enumerate(neighbours):
            adjacency[graph, node, listens_to[listens_to >= 0]] = True
    return adjacency


def hidden_bits(split):
    table = split.inputs["table"].arrays["values"].astype(int)
    return table[:, 1], table[:, 4], split.semantics["graph"] // 2


def test_the_splits_have_their_sizes_and_layouts(data):
    assert [len(data.train), len(data.validation), len(data.test)] == [800, 200, 5000]
    table, graph = data.test.inputs["table"].arrays, data.test.inputs["graph"].arrays
    assert table["values"].shape == (5000, 6)
    assert table["values"].dtype == np.float32
    assert set(np.unique(table["values"])) == {0.0, 1.0}
    assert graph["nodes"].shape == (5000, 10, 1)
    assert graph["nodes"].dtype == np.float32
    assert graph["neighbours"].shape == (5000, 10, 10)
    assert graph["neighbours"].dtype == np.int8
    assert set(graph["n_nodes"]) == {10}


def test_labels_and_keys_follow_from_the_bits(data):
    first, second, third = hidden_bits(data.test)
    assert data.test.labels.tolist() == [
        int((a != b) and (b != c)) for a, b, c in zip(first, second, third, strict=True)
    ]
    assert (data.test.semantics["table"] == 2 * first + second).all()
    assert (data.test.semantics["graph"] % 2 == second).all()
    assert 0.72 < (data.test.labels == 0).mean() < 0.78


def test_every_table_bit_is_fair_and_only_two_tell(data):
    values = data.test.inputs["table"].arrays["values"]
    assert np.abs(values.mean(0) - 0.5).max() < 0.03
    assert np.abs(np.corrcoef(values.T) - np.eye(6)).max() < 0.06


def test_graphs_before_noise_have_the_stated_entries_and_noise():
    third, second = ALL_BITS
    clean = rings.clean_adjacency(third, second)
    assert clean.sum((1, 2)).tolist() == [10, 18, 22, 32]
    assert rings.n_noise_edges(clean).tolist() == [1, 2, 2, 3]


def test_clean_graphs_are_rings_and_a_bridge():
    third, second = ALL_BITS
    clean = rings.clean_adjacency(third, second) & ~np.eye(10, dtype=bool)
    nothing, small, large, both = (nx.from_numpy_array(adjacency) for adjacency in clean)
    assert nothing.number_of_edges() == 0
    assert nx.utils.edges_equal(small.edges, nx.cycle_graph(4).edges)
    assert sorted(dict(large.degree()).values()) == [0] * 4 + [2] * 6
    assert nx.is_connected(large.subgraph(range(4, 10)))
    assert len(list(nx.bridges(both))) == 1
    assert nx.is_connected(both)


def test_noise_adds_the_stated_number_of_edges_and_takes_none(data):
    graphs = adjacency_of(data.test.inputs["graph"])
    keys = data.test.semantics["graph"]
    clean = rings.clean_adjacency(keys // 2, keys % 2)
    assert not (clean & ~graphs).any()
    assert (graphs == graphs.transpose(0, 2, 1)).all()
    assert graphs[:, range(10), range(10)].all()
    added = (graphs & ~clean).sum((1, 2)) // 2
    assert (added == np.array([1, 2, 2, 3])[keys]).all()


def test_noise_may_fall_on_every_free_pair(data):
    graphs = adjacency_of(data.test.inputs["graph"])[data.test.semantics["graph"] == 0]
    frequencies = graphs.mean(0)[np.triu_indices(10, 1)]
    assert np.abs(frequencies - 1 / 45).max() < 0.02


def test_betweenness_is_that_of_networkx(data):
    graphs = adjacency_of(data.test.inputs["graph"])[:200]
    nodes = data.test.inputs["graph"].arrays["nodes"][:200, :, 0]
    assert 0 < nodes.max() <= 1
    for adjacency, features in zip(graphs, nodes, strict=True):
        expected = nx.betweenness_centrality(nx.from_numpy_array(adjacency))
        assert features == pytest.approx([expected[node] for node in range(10)], abs=1e-6)


@pytest.mark.parametrize("graph", [nx.path_graph(7), nx.star_graph(5), nx.complete_graph(4), nx.empty_graph(3)])
def test_betweenness_on_known_graphs(graph):
    adjacency = nx.to_numpy_array(graph).astype(bool)[None]
    expected = nx.betweenness_centrality(graph)
    assert rings.betweenness(adjacency)[0] == pytest.approx([expected[node] for node in graph])


def test_the_number_of_edges_tells_the_bits_of_the_graph(data):
    totals = adjacency_of(data.test.inputs["graph"]).sum((1, 2)) - 10
    by_key = {int(key): set((totals[data.test.semantics["graph"] == key] // 2).tolist()) for key in range(4)}
    assert by_key == {0: {1}, 1: {6}, 2: {8}, 3: {14}}


def test_equal_seeds_make_equal_data_and_others_do_not(data):
    again, other = XorAndXor().load(seed=3), XorAndXor().load(seed=4)
    assert again.source == data.source
    assert other.source != data.source
    assert data.source.name == "generated"
    assert len(data.source.sha256) == 64
    np.testing.assert_array_equal(again.validation.labels, data.validation.labels)
    assert (data.train.labels[:200] != data.validation.labels).any()


@pytest.mark.parametrize(("missing", "other"), [("table", "graph"), ("graph", "table")])
def test_described_has_the_bits_of_the_missing_input_under_fresh_noise(data, missing, other):
    task = XorAndXor()
    described = task.describe(data.test, missing, other, np.random.default_rng(1))
    keys = data.test.sample_semantics()[missing]
    assert described.kind == task.card.modality(other).kind
    if other == "table":
        values = described.arrays["values"].astype(int)
        found = 2 * values[:, 1] + values[:, 4]
        original = data.test.inputs[other].arrays["values"]
        assert (values[:, [0, 2, 3, 5]] != original[:, [0, 2, 3, 5]]).any()
    else:
        edges = ((described.arrays["neighbours"] >= 0).sum((1, 2)) - 10) // 2
        found = np.array([{1: 0, 6: 1, 8: 2, 14: 3}[count] for count in edges.tolist()])
    np.testing.assert_array_equal(found, keys)
    again = task.describe(data.test, missing, other, np.random.default_rng(1))
    for name, values in described.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])


def test_describe_refuses_the_missing_modality_itself_and_unknown_ones(data):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="another modality"):
        XorAndXor().describe(data.test, "table", "table", rng)
    with pytest.raises(ValueError, match="has no modality 'picture'; choose one of"):
        XorAndXor().describe(data.test, "picture", "table", rng)


@pytest.mark.parametrize(
    ("concepts", "n_shared", "named"), [("named", 2, {"outer bit": 2, "middle bit": 2}), ("free", 7, {})]
)
def test_the_preset_fits_the_task(concepts, n_shared, named):
    config = XorAndXor().preset(seed=13, concepts=concepts)
    assert isinstance(config, RunConfig)
    assert config.training.seed == 13
    assert config.model.modalities == tuple(modality.name for modality in XorAndXor.card.modalities)
    assert (config.model.n_local, config.model.n_shared, config.model.n_classes) == (7, n_shared, 2)
    assert (config.model.named, config.model.n_named) == (named, len(named))
    assert (config.training.polish_epochs > 0) == (concepts == "free")  # of two taught concepts none can go


def test_fewer_training_samples_are_some_of_all_and_change_nothing_else(data):
    part = XorAndXor().load(seed=3, n_train=100)
    assert len(part.train) == len(part.train.inputs["table"]) == len(part.train.semantics["graph"]) == 100
    assert part.source == data.source
    np.testing.assert_array_equal(part.train.labels, data.train.labels[:100])
    np.testing.assert_array_equal(
        part.train.inputs["graph"].arrays["nodes"], data.train.inputs["graph"].arrays["nodes"][:100]
    )
    np.testing.assert_array_equal(part.test.labels, data.test.labels)


def test_more_training_samples_than_there_are_is_all_and_none_is_refused():
    split = xor.generate_split(6, np.random.default_rng(0))
    assert len(xor.first_samples(split, 10_000)) == 6
    with pytest.raises(ValueError, match=r"at least 1 \(got 0\)"):
        xor.first_samples(split, 0)


def test_the_factors_are_the_bits_of_the_keys():
    outer, middle = (XorAndXor.card.factors[name] for name in ("outer bit", "middle bit"))
    assert [2 * a + b for a, b in zip(outer, middle, strict=True)] == [0, 1, 2, 3]
    names = XorAndXor.card.modality("graph").key_names
    assert list(names) == [f"bits {a} {b}" for a, b in zip(outer, middle, strict=True)]

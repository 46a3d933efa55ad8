"""Graphs: fitted, prepared, read from files and written to them, read by their encoder, and under noise."""

from __future__ import annotations

import hashlib
import io
import json

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn
from torch_geometric.data import Data
from torch_geometric.utils import to_networkx

from sharcs_core.batches import one_cycle
from sharcs_core.concepts import ConceptActivation, centred
from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig, run_config_from_json
from sharcs_core.errors import UserError
from sharcs_core.kinds import check_inputs, form_from_json
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.graph import GRAPH, GraphForm, edges_of, messages_of, n_edges
from sharcs_core.kinds.graph.structure import betweenness, structure_of
from sharcs_core.kinds.kind import form_values
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.graphs.files import read_structure_graph
from sharcs_core.structures import Inputs
from sharcs_core.tasks.mnist.superpixel_files import read_superpixel_graph
from sharcs_core.tasks.mnist.superpixels import MAX_NODES, superpixel_graphs
from sharcs_core.tasks.mnist.task import superpixel_form
from sharcs_core.tasks.xor.ring_graphs import ring_graphs
from sharcs_core.tasks.xor.xor_and_xor import RINGS
from sharcs_core.tensors import to_tensors


def rng(seed=0):
    return np.random.default_rng(seed)


def read(form, content, name="a.json"):
    raw, notes = GRAPH.read(form, name, content)
    inputs, (more,) = GRAPH.prepare(form, [raw])
    return inputs, (*notes, *more)


def assert_equal(one, other):
    assert set(one.arrays) == set(other.arrays)
    for name, values in one.arrays.items():
        assert values.dtype == other.arrays[name].dtype, name
        np.testing.assert_array_equal(values, other.arrays[name], err_msg=name)


def prepared(form, *raws):
    return GRAPH.prepare(form, raws)[0]


def molecule(seed, n_nodes=None, kind=nx.Graph):
    """A graph whose nodes and edges say something, now and then nothing."""
    draw = rng(seed)
    n_nodes = n_nodes or int(draw.integers(1, 25))
    graph = kind(nx.gnm_random_graph(n_nodes, min(n_nodes + 2, n_nodes * (n_nodes - 1) // 2), seed=seed))
    for node in graph:
        graph.nodes[node]["mass"] = float(draw.normal(12, 3))
        graph.nodes[node]["charges"] = draw.normal(size=2).tolist()
        if draw.random() < 0.9:
            graph.nodes[node]["element"] = str(draw.choice(["C", "N", "O", f"rare {seed} {node}"]))
    for edge in graph.edges:
        graph.edges[edge].update(order=int(draw.integers(1, 4)), ring=bool(draw.integers(2)))
    return graph


def pyg(seed, n_nodes=None, *, directed=False, values=True, places=False, features=True):
    draw = rng(seed)
    n_nodes = n_nodes or int(draw.integers(1, 25))
    pairs = np.unique(draw.integers(0, n_nodes, (2 * n_nodes, 2)), axis=0)
    pairs = pairs if directed else np.unique(np.sort(pairs, axis=1), axis=0)
    said = draw.normal(2, 3, (len(pairs), 2)).astype(np.float32)
    if not directed:
        back = pairs[:, 0] != pairs[:, 1]
        pairs, said = np.concatenate([pairs, pairs[back][:, ::-1]]), np.concatenate([said, said[back]])
    return Data(
        x=torch.tensor(draw.normal(3, 5, (n_nodes, 3)), dtype=torch.float32) if features else None,
        edge_index=torch.tensor(pairs.T),
        edge_attr=torch.tensor(said) if values else None,
        pos=torch.tensor(draw.random((n_nodes, 2)) * 90 - 20) if places else None,
        num_nodes=n_nodes,
    )


# -- fitting


def test_attributes_of_nodes_and_edges_are_columns():
    form = GRAPH.fit([molecule(seed) for seed in range(40)])
    assert [(column.name, column.kind) for column in form.nodes] == [
        ("charges_1", "number"),
        ("charges_2", "number"),
        ("element", "category"),
        ("mass", "number"),
    ]
    assert [(column.name, column.kind) for column in form.edges] == [("order", "number"), ("ring", "bit")]
    assert form.nodes[2].values == ("C", "N", "O")
    assert form.nodes[2].missing
    assert (form.positions, form.directed, form.structure, form.n_neighbours) == (False, False, False, 0)


def test_a_form_goes_through_json():
    for raws in ([molecule(1)], [pyg(2, places=True, values=False)], [nx.path_graph(3)]):
        form = GRAPH.fit(raws)
        assert form_from_json(json.loads(json.dumps(form_values(form)))) == form


def test_pyg_and_networkx_say_the_same():
    data = [pyg(seed) for seed in range(8)]
    graphs = [to_networkx(one, to_undirected=True, node_attrs=["x"], edge_attrs=["edge_attr"]) for one in data]
    form = GRAPH.fit(data)
    assert GRAPH.fit(graphs) == form
    assert_equal(prepared(form, *data), prepared(form, *graphs))


@pytest.mark.parametrize(
    ("raws", "positions", "n_neighbours"),
    [
        ([pyg(1, 20, values=False, places=True)], True, True),
        ([pyg(1, 20, values=True, places=True)], True, False),
        ([pyg(1, 20, values=False)], False, False),
        ([nx.path_graph(4)], False, False),
    ],
)
def test_neighbours_are_kept_in_the_plane_and_lists_of_edges_elsewhere(raws, positions, n_neighbours):
    form = GRAPH.fit(raws)
    assert (form.positions, form.n_neighbours > 0) == (positions, n_neighbours)
    assert ("neighbours" in prepared(form, *raws).arrays) == n_neighbours


def test_a_hub_in_the_plane_has_a_list_of_edges():
    star = nx.star_graph(17)
    nx.set_node_attributes(star, {node: (float(node), 0.0) for node in star}, "pos")
    assert GRAPH.fit([star]).n_neighbours == 0
    star.remove_nodes_from([16, 17])
    assert GRAPH.fit([star]).n_neighbours == 15


def test_places_lie_between_0_and_1_and_are_not_squashed():
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {0: (10, -5), 1: (30, 0), 2: (20, 5)}, "pos")
    nodes = prepared(GRAPH.fit([graph]), graph).arrays["nodes"]
    np.testing.assert_allclose(nodes[0], [[0, 0], [1, 0.25], [0.5, 0.5]])


@pytest.mark.parametrize("partly", [{"x": 1.0}, {"x": 1.0, "y": None}, {"x": 1.0, "y": "left"}], ids=str)
def test_what_is_no_place_for_every_node_is_an_ordinary_column(partly):
    graph = nx.path_graph(2)
    graph.nodes[0].update(x=0.0, y=0.0)
    graph.nodes[1].update(partly)
    form = GRAPH.fit([graph])
    assert not form.positions
    assert [column.name for column in form.nodes] == ["x", "y"]


def test_where_nodes_say_nothing_their_columns_are_computed_from_how_they_are_joined():
    graph = nx.lollipop_graph(4, 3)
    form = GRAPH.fit([graph])
    assert form.structure
    assert [column.name for column in form.nodes] == ["log_degree", "betweenness"]
    nodes = prepared(form, graph).arrays["nodes"][0]
    np.testing.assert_allclose(nodes[:, 0], np.log1p([degree for _, degree in graph.degree]), rtol=1e-6)
    np.testing.assert_allclose(nodes[:, 1], list(nx.betweenness_centrality(graph).values()), atol=1e-7)
    assert [column.name for column in GRAPH.fit([nx.path_graph(201)]).nodes] == ["log_degree"]


@pytest.mark.parametrize("seed", range(12))
def test_betweenness_is_that_of_networkx(seed):
    n_nodes = int(rng(seed).integers(1, 40))
    graph = nx.gnp_random_graph(n_nodes, rng(seed).random() * 0.3, seed=seed, directed=seed % 2 == 0)
    graph.add_edge(0, 0)
    ends = np.array(graph.edges).reshape(-1, 2)
    expected = list(nx.betweenness_centrality(graph.to_undirected()).values())
    np.testing.assert_allclose(structure_of(("betweenness",), n_nodes, ends)[:, 0], expected, atol=1e-6)
    adjacency = nx.to_numpy_array(graph.to_undirected(), dtype=bool)[None]
    np.testing.assert_allclose(betweenness(adjacency)[0], expected, atol=1e-12)


def test_the_order_of_training_graphs_changes_nothing():
    graphs = [molecule(seed) for seed in range(30)]
    assert GRAPH.fit(graphs) == GRAPH.fit(graphs[::-1])


def attributed(**said):
    graph = nx.path_graph(2)
    for node in graph:
        graph.nodes[node].update(said)
    return graph


@pytest.mark.parametrize(
    ("raws", "says"),
    [
        ([], "at least one training graph"),
        ([nx.Graph()], "Graph 1 has no nodes"),
        ([nx.path_graph(2), [[0, 1]]], "Graph 2 is no graph (got list); bring a networkx graph, or PyG's Data"),
        ([Data(edge_index=torch.tensor([[0], [5]]), x=torch.ones(2, 1))], "joins nodes 0 to 5 of 2"),
        ([Data(edge_index=torch.zeros(3, 2, dtype=torch.long), x=torch.ones(2, 1))], "edge_index of shape (3, 2)"),
        ([Data(edge_index=torch.zeros(2, 1), x=torch.ones(2, 1))], "two rows of whole numbers"),
        ([Data(x=torch.ones(2, 1), pos=torch.ones(3, 2))], "has 3 positions for 2 nodes"),
        ([Data(x=torch.ones(2, 1, 4))], "has x of shape (2, 1, 4)"),
        (
            [Data(x=torch.ones(2, 1), edge_index=torch.zeros(2, 1, dtype=torch.long), edge_attr=torch.ones(4, 1))],
            "has 4 rows of edge_attr for 1 edges",
        ),
        ([attributed(a=float("inf"))], "a holds numbers that are not finite"),
        ([attributed(a={"b": 1})], "a holds an object"),
        ([attributed(a=np.ones((2, 2)))], "a holds an array"),
        ([attributed(a=[1, 2]), attributed(a=[1])], "Graphs say 'a' of their nodes as lists of 1 and of 2"),
        ([attributed(x=float("inf"), y=0)], "x holds numbers that are not finite"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(raws, says):
    with pytest.raises(UserError) as error:
        GRAPH.fit(raws)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_lists_of_unequal_length_in_one_graph_are_refused():
    graph = attributed(a=[1, 2])
    graph.nodes[1]["a"] = [1]
    with pytest.raises(UserError, match="Graph 1 says 'a' of its nodes as a list of 1 and as a list of 2"):
        GRAPH.fit([graph])
    graph.nodes[1]["a"] = 7
    with pytest.raises(UserError, match="as a single value and as a list of 2"):
        GRAPH.fit([graph])


# -- preparing


def test_an_edge_without_direction_stands_there_once_each_way_and_a_loop_once():
    graph = nx.Graph([(0, 1), (2, 1), (2, 2)])
    edges = prepared(GRAPH.fit([graph]), graph).arrays["edges"][0]
    assert edges.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1], [2, 2]]


def test_an_edge_with_direction_stands_there_one_way():
    graph = nx.DiGraph([(0, 1), (2, 1)])
    form = GRAPH.fit([graph])
    assert form.directed
    assert prepared(form, graph).arrays["edges"][0].tolist() == [[0, 1], [2, 1]]
    back = prepared(form, nx.Graph([(0, 1)])).arrays["edges"][0]
    assert back.tolist() == [[0, 1], [1, 0]]


def test_who_listens_to_whom_is_kept_with_direction():
    graph = nx.DiGraph([(0, 1), (2, 1)])
    nx.set_node_attributes(graph, {node: (node, 0) for node in graph}, "pos")
    inputs = prepared(GRAPH.fit([graph]), graph)
    assert inputs.arrays["neighbours"][0].tolist() == [[-1, -1], [0, 2], [-1, -1]]
    assert messages_of(inputs, 0).tolist() == [[0, 1], [2, 1]]


def test_a_direction_that_training_did_not_have_is_left_out_and_noted():
    form = GRAPH.fit([nx.path_graph(3)])
    one_way, both_ways = nx.DiGraph([(0, 1), (2, 1)]), nx.DiGraph([(0, 1), (1, 0)])
    inputs, notes = GRAPH.prepare(form, [one_way, both_ways])
    assert notes == (("The edges have a direction; it was left out",), ())
    assert messages_of(inputs, 0).tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert messages_of(inputs, 1).tolist() == [[0, 1], [1, 0]]


def test_repeated_edges_count_once_with_what_the_first_says():
    graph = nx.MultiGraph()
    graph.add_edges_from([(0, 1, {"w": 1.0}), (1, 0, {"w": 5.0}), (1, 1, {"w": 2.0}), (1, 1, {"w": 2.0})])
    form = GraphForm((Column("log_degree"),), (Column("w"),), structure=True)
    inputs, (notes,) = GRAPH.prepare(form, [graph])
    assert notes == ("Repeated edges were counted once (2 left out)",)
    assert inputs.arrays["edges"][0].tolist() == [[0, 1], [1, 0], [1, 1]]
    assert inputs.arrays["edge_values"][0, :, 0].tolist() == [1, 1, 2]


def test_edges_that_say_something_else_on_the_way_back_have_a_direction():
    index = torch.tensor([[0, 1], [1, 0]])
    alike, unlike = (Data(x=torch.ones(2, 1), edge_index=index, edge_attr=torch.tensor(w)) for w in ([3, 3], [3, 4]))
    assert not GRAPH.fit([alike]).directed
    form = GRAPH.fit([unlike])
    assert form.directed
    assert_equal(read(form, GRAPH.write(form, prepared(form, unlike), 0).content)[0], prepared(form, unlike))


def test_of_more_neighbours_than_training_had_the_nearest_are_kept():
    line, star = nx.path_graph(4), nx.star_graph(5)
    for graph in (line, star):
        nx.set_node_attributes(graph, {node: (float(node), 0.0) for node in graph}, "pos")
    inputs, (notes,) = GRAPH.prepare(GRAPH.fit([line]), [star])
    assert notes == ("Of more than 2 neighbours a node keeps the nearest",)
    assert inputs.arrays["neighbours"][0, :2].tolist() == [[1, 2], [0, -1]]


def test_nodes_and_edges_are_padded_to_the_largest_of_training():
    form = GRAPH.fit([molecule(0, 30), molecule(1, 3)])
    inputs = prepared(form, molecule(1, 3))
    assert inputs.arrays["nodes"].shape == (1, 30, form.width)
    assert inputs.arrays["edges"].shape == (1, 64, 2)
    assert not inputs.arrays["nodes"][0, 3:].any()
    assert (inputs.arrays["edges"][0, 6:] == -1).all()
    assert prepared(form, molecule(2, 40)).arrays["nodes"].shape[1] == 40


def test_what_is_missing_new_or_too_much_is_noted():
    form = GRAPH.fit([molecule(seed) for seed in range(40)])
    graph = molecule(50, 3)
    del graph.nodes[0]["mass"]
    graph.nodes[1]["element"] = "Xx"
    graph.nodes[2]["label"] = "third"
    for edge in graph.edges:
        del graph.edges[edge]["ring"]
        graph.edges[edge]["id"] = 7
    _, (notes,) = GRAPH.prepare(form, [graph])
    assert notes == (
        "There is 1 node without mass, which all had in training; judge with care",
        "There is 1 node of a rare element; all rare values count as one",
        "What is said of the nodes beyond what the model reads (label) was left out",
        "There are 3 edges without ring, which all had in training; judge with care",
    )


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"mass": "heavy"}, "The graph, node 1: mass is 'heavy'; write a number"),
        ({"mass": float("inf")}, "no finite number"),
        ({"mass": [1.0]}, "says 'mass' of its nodes as lists of 1; bring one value each"),
        ({"charges": [1.0]}, "says 'charges' of its nodes as lists of 1, of 2 in training"),
        ({"mass": {}}, "The graph, node 1: mass holds an object"),
        ({"size": 3}, "says none of what is to be known of its nodes: charges_1, charges_2, element and mass"),
    ],
    ids=str,
)
def test_a_graph_that_does_not_fit_is_refused(said, says):
    form = GRAPH.fit([molecule(seed) for seed in range(9)])
    with pytest.raises(UserError) as error:
        GRAPH.prepare(form, [attributed(**said)])
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_of_many_graphs_the_one_at_fault_is_named():
    form = GRAPH.fit([attributed(a=1.0)])
    with pytest.raises(UserError, match="Graph 2, node 1: a is 'b'"):
        GRAPH.prepare(form, [attributed(a=1.0), attributed(a="b")])


def test_a_place_may_not_be_missing():
    graph = attributed(pos=(1, 2))
    form = GRAPH.fit([graph])
    del graph.nodes[1]["pos"]
    with pytest.raises(UserError, match="The graph, node 2: x or y is missing; give every node its place"):
        GRAPH.prepare(form, [graph])


def test_graphs_that_do_not_fit_into_memory_are_refused():
    form = GraphForm((Column("log_degree"),), most_nodes=10**9, structure=True)
    with pytest.raises(UserError, match="do not fit into memory; leave out the largest"):
        GRAPH.prepare(form, [nx.path_graph(2), nx.path_graph(2)])


@pytest.mark.parametrize("graph", [nx.empty_graph(1), nx.empty_graph(7), nx.Graph([(0, 0)]), nx.complete_graph(3)])
def test_graphs_at_the_edge_are_prepared_read_and_scored(graph):
    form = GRAPH.fit([graph])
    inputs = prepared(form, graph)
    assert_equal(read(form, GRAPH.write(form, inputs, 0).content)[0], inputs)
    assert n_edges(inputs)[0] == sum(one != other for one, other in graph.edges)
    assert np.isfinite(scores(form, inputs)).all()


# -- edges


def test_a_graph_needs_its_edges_in_one_of_the_two_ways():
    plane, listed = pyg(1, 5, places=True, values=False), pyg(1, 5)
    assert {"nodes", "n_nodes", "neighbours"} <= set(prepared(GRAPH.fit([plane]), plane).arrays)
    form = GRAPH.fit([listed])
    inputs = prepared(form, listed)
    assert {"nodes", "n_nodes", "edges", "edge_values"} <= set(inputs.arrays)
    without = Inputs("graph", {name: values for name, values in inputs.arrays.items() if name != "edges"})
    config = ModelConfig({"g": GRAPH.settings(form)}, n_classes=2, n_local=3, n_shared=3, wiring="concept")
    with pytest.raises(UserError, match="expects graphs with a list of edges"):
        check_inputs(config, "g", without)


def test_edges_are_told_once_whichever_way_they_are_kept():
    graph = nx.Graph([(3, 1), (0, 3), (2, 2)])
    nx.set_node_attributes(graph, {node: (node, 0) for node in graph}, "pos")
    kept = prepared(GRAPH.fit([graph]), graph)
    assert "neighbours" in kept.arrays
    order = list(graph)
    expected = sorted(sorted(order.index(end) for end in edge) for edge in graph.edges)
    nx.set_edge_attributes(graph, 1.0, "w")
    listed = prepared(GRAPH.fit([graph]), graph)
    assert "edges" in listed.arrays
    for inputs in (kept, listed):
        assert edges_of(inputs, 0).tolist() == expected
        assert n_edges(inputs).tolist() == [2]
    assert len(edges_of(listed, 0, directed=True)) == 5


# -- files


def graphs_of(seed):
    """Some graphs of one sort, and the sort's name."""
    sorts = {
        "molecules": lambda one: molecule(one),
        "directed molecules": lambda one: molecule(one, kind=nx.DiGraph),
        "structure": lambda one: nx.gnp_random_graph(int(rng(one).integers(1, 30)), 0.2, seed=one),
        "lists": lambda one: pyg(one),
        "directed lists": lambda one: pyg(one, directed=True),
        "plane": lambda one: pyg(one, places=True, values=False),
        "directed plane": lambda one: pyg(one, places=True, values=False, directed=True),
        "nothing but places": lambda one: pyg(one, places=True, values=False, features=False),
        "plane with values": lambda one: pyg(one, places=True),
    }
    name = list(sorts)[seed % len(sorts)]
    return [sorts[name](100 * seed + number) for number in range(12)]


@pytest.mark.parametrize("seed", range(27))
def test_a_written_graph_is_read_as_it_was(seed):
    graphs = graphs_of(seed)
    form = GRAPH.fit(graphs[:8])
    inputs = prepared(form, *graphs)
    n_nodes = inputs.arrays["nodes"].shape[1]
    for row in range(len(graphs)):
        file = GRAPH.write(form, inputs, row)
        assert (file.suffix, file.media_type) == (".json", "application/json")
        again = read(form, file.content)[0]
        trimmed = inputs.take([row]).arrays
        if n_nodes > form.most_nodes or trimmed.get("edges", np.zeros((1, 0))).shape[1] > form.most_edges:
            assert_same_graph(again, inputs, row)
        else:
            assert_equal(again, inputs.take([row]))
        networkx_reads = nx.node_link_graph(json.loads(file.content), edges="edges")
        assert len(networkx_reads) == inputs.arrays["n_nodes"][row]


def assert_same_graph(one, inputs, row):
    """Equal up to padding."""
    n_nodes = int(inputs.arrays["n_nodes"][row])
    assert one.arrays["n_nodes"].tolist() == [n_nodes]
    np.testing.assert_array_equal(one.arrays["nodes"][0, :n_nodes], inputs.arrays["nodes"][row, :n_nodes])
    ends = messages_of(inputs, row)
    np.testing.assert_array_equal(messages_of(one, 0), ends)
    if "edge_values" in one.arrays:
        said = inputs.arrays["edge_values"][row]
        np.testing.assert_array_equal(one.arrays["edge_values"][0, : len(ends)], said[: len(ends)])


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_graphml_and_other_json_of_networkx_say_the_same(kind):
    graphs = [molecule(seed, kind=kind) for seed in range(20)]
    for graph in graphs:
        for node in graph:
            graph.nodes[node].pop("charges")
    form = GRAPH.fit(graphs)
    for graph in graphs[:6]:
        content = io.BytesIO()
        nx.write_graphml(graph, content)
        expected = prepared(form, graph)
        assert_equal(read(form, content.getvalue(), "a.graphml")[0], expected)
        for data in (nx.node_link_data(graph, edges="links"), nx.adjacency_data(graph)):
            assert_equal(read(form, json.dumps(data).encode())[0], expected)


def test_what_graphml_says_of_all_edges_is_read():
    form = GRAPH.fit([nx.Graph([(0, 1, {"w": 1.0}), (1, 2, {"w": 3.0})])])
    key = '<key id="k" for="edge" attr.name="w" attr.type="double"><default>3</default></key>'
    edges = '<edge source="a" target="b"/><edge source="b" target="c"><data key="k">1</data></edge>'
    nodes = "".join(f'<node id="{name}"/>' for name in "abc")
    text = f'<graphml>{key}<graph edgedefault="undirected">{nodes}{edges}</graph></graphml>'
    inputs, _ = read(form, text.encode(), "a.graphml")
    assert inputs.arrays["edge_values"][0, :, 0].tolist() == [1, 1, -1, -1]


def test_an_edge_index_is_read_with_its_directions():
    form = GRAPH.fit([nx.DiGraph([(0, 1), (1, 2)])])
    for index, ends in (([[0, 1], [1, 2]], [[0, 1], [1, 2]]), ([[0, 1], [1, 0]], [[0, 1], [1, 0]])):
        text = json.dumps({"nodes": [{"id": name} for name in "abc"], "edge_index": index})
        assert messages_of(read(form, text.encode())[0], 0).tolist() == ends


def nodes(*said):
    return [{"id": number, **one} for number, one in enumerate(said)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"nodes": [], "edges": []}, "a.json has no nodes"),
        ({"nodes": nodes({"mass": 1})}, "has no list of edges"),
        ({"nodes": nodes({"mass": "heavy"}), "edges": []}, "a.json, node 1: mass is 'heavy'; write a number"),
        ('{"nodes": [{"id": 0, "mass": Infinity}], "edges": []}', "a.json, node 1: mass is inf, which is no finite"),
        ('{"nodes": [{"id": 0, "mass": 1e999}], "edges": []}', "no finite number"),
        ({"nodes": nodes({"mass": {"a": 1}}), "edges": []}, "a.json, node 1: mass holds an object"),
        ({"nodes": nodes({"mass": [1, 2]}), "edges": []}, "says 'mass' of its nodes as lists of 2"),
        ({"nodes": nodes({"charges": [1, 2]}, {"charges": [1]}), "edges": []}, "as a list of 1 and as a list of 2"),
        ({"nodes": nodes({"charges": [1, 2, 3]}), "edges": []}, "as lists of 3, of 2 in training"),
        ({"nodes": nodes({"charges": [[1], [2]]}), "edges": []}, "charges_1 holds a list"),
        ({"nodes": nodes({}, {}), "edges": []}, "says none of what is to be known of its nodes"),
        ({"nodes": nodes({"mass": 1}), "edges": [{"source": 0, "target": 4}]}, "an edge to 4"),
        ({"nodes": nodes({"mass": 1}) * 2, "edges": []}, "two nodes with the id 0"),
        ({"nodes": nodes(*[{"mass": 1}] * 5001), "edges": []}, "5,001 nodes, too many"),
        ({"nodes": nodes({"mass": 1}), "edges": [{"source": 0, "target": 0}] * 50_001}, "50,001 edges, too many"),
        (b"PK\x03\x04", "ZIP"),
        (b"", "is empty"),
        (b"[" * 99, "nested"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_such_graph_is_refused_with_the_cause(data, says):
    form = GRAPH.fit([molecule(seed) for seed in range(9)])
    content = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    with pytest.raises(InputError) as error:
        GRAPH.read(form, "folder/a.json", content)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_nan_and_null_are_missing():
    form = GRAPH.fit([attributed(mass=1.0, size=2.0)])
    text = '{"nodes": [{"id": 0, "mass": NaN, "size": 2}, {"id": 1, "mass": null, "size": 2}], "edges": []}'
    assert read(form, text.encode())[1] == (
        "There are 2 nodes without mass, which all had in training; judge with care",
    )


def test_the_built_in_graphs_are_written_as_their_own_readers_read_them():
    rings = ring_graphs(*rng(3).integers(0, 2, (2, 30)), rng(4))
    for row in range(30):
        again, _ = read_structure_graph("a.json", GRAPH.write(RINGS, rings, row).content)
        np.testing.assert_allclose(again.arrays["nodes"], rings.arrays["nodes"][[row]], atol=1e-7)
        np.testing.assert_array_equal(
            again.arrays["neighbours"], rings.arrays["neighbours"][[row]][:, :, : again.arrays["neighbours"].shape[2]]
        )
    pixels = strokes()
    for row in range(len(pixels)):
        again, _ = read_superpixel_graph("a.json", GRAPH.write(superpixel_form(MAX_NODES), pixels, row).content)
        for name in ("nodes", "n_nodes"):
            np.testing.assert_array_equal(again.arrays[name], pixels.arrays[name][[row]])


def strokes():
    pictures = np.zeros((3, 28, 28), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        picture[5:22, 8 + 3 * number : 12 + 3 * number] = 230
    return superpixel_graphs(pictures)


# -- encoder


@torch.inference_mode()
def scores(form, inputs, seed=0, n_local=5):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = GRAPH.encoder(GRAPH.settings(form), n_local).eval()
    return encoder(to_tensors(inputs)).numpy()


@pytest.mark.parametrize("seed", range(9))
def test_neither_padding_nor_company_nor_numbering_changes_a_score(seed):
    graphs = graphs_of(seed)
    form = GRAPH.fit(graphs)
    together = scores(form, prepared(form, *graphs))
    assert together.shape == (len(graphs), 5)
    for row, graph in enumerate(graphs):
        np.testing.assert_allclose(scores(form, prepared(form, graph))[0], together[row], atol=2e-5)
    graph = next(one for one in graphs if isinstance(one, nx.Graph)) if isinstance(graphs[0], nx.Graph) else None
    if graph is not None:
        order = rng(seed).permutation(list(graph)).tolist()
        shuffled = graph.__class__()
        shuffled.add_nodes_from((node, graph.nodes[node]) for node in order)
        shuffled.add_edges_from(graph.edges(data=True))
        np.testing.assert_allclose(
            scores(form, prepared(form, shuffled)), scores(form, prepared(form, graph)), atol=2e-5
        )


def test_messages_go_the_way_that_edges_point_and_say_what_edges_say():
    there, back = nx.DiGraph([(0, 1), (0, 2)]), nx.DiGraph([(1, 0), (2, 0)])
    for graph in (there, back):
        nx.set_node_attributes(graph, {node: float(node == 0) for node in sorted(graph)}, "a")
    form = GRAPH.fit([there, back])
    assert np.abs(np.diff(scores(form, prepared(form, there, back)), axis=0)).max() > 1e-4
    ring, other = nx.cycle_graph(4), nx.cycle_graph(4)
    nx.set_edge_attributes(ring, 1.0, "w")
    nx.set_edge_attributes(other, {edge: float(number % 2) for number, edge in enumerate(other.edges)}, "w")
    form = GRAPH.fit([ring, other])
    assert np.abs(np.diff(scores(form, prepared(form, ring, other)), axis=0)).max() > 1e-4


def test_a_hub_of_thousands_is_scored_in_range():
    graphs = [nx.star_graph(2000), nx.path_graph(2), nx.empty_graph(3)]
    form = GRAPH.fit(graphs)
    found = scores(form, prepared(form, *graphs))
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 50


def shapes(n, seed):
    """Rings, stars and random graphs of 5 to 200 nodes, and which they are."""
    draw = rng(seed)
    sizes = np.exp(draw.uniform(np.log(5), np.log(200), n)).astype(int).tolist()
    make = (nx.cycle_graph, lambda size: nx.star_graph(size - 1), lambda size: nx.gnm_random_graph(size, size, size))
    return [make[number % 3](size) for number, size in enumerate(sizes)], np.arange(n) % 3


def test_shapes_are_told_apart_whatever_their_size():
    train, classes = shapes(300, 1)
    test, truth = shapes(300, 2)
    form = GRAPH.fit(train)
    batch, unseen = to_tensors(prepared(form, *train)), to_tensors(prepared(form, *test))
    n_epochs, n_batches = 20, 5
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = GRAPH.encoder(GRAPH.settings(form), 8), ConceptActivation(8, 5.0), nn.Linear(8, 3)
    encoder, concepts, head = parts
    optimiser = torch.optim.AdamW(nn.ModuleList(parts).parameters())
    for step in range(n_epochs * n_batches):
        optimiser.param_groups[0]["lr"] = one_cycle(step, n_epochs * n_batches, 6e-3)
        rows = torch.as_tensor(rng(step // n_batches).permutation(300)[step % n_batches :: n_batches])
        answers = head(centred(concepts(encoder({name: values[rows] for name, values in batch.items()}))))
        loss = nn.functional.cross_entropy(answers, torch.as_tensor(classes)[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    concepts.eval()
    with torch.inference_mode():
        found = head(centred(concepts(encoder(unseen)))).argmax(1).numpy()
    assert (found == truth).mean() >= 0.95


def test_settings_of_graphs_that_keep_neighbours_are_those_of_the_encoders_that_read_them():
    plane = GRAPH.settings(superpixel_form(MAX_NODES))
    assert (plane.n_features, plane.positions, plane.edge_list) == (3, True, False)
    rings = GRAPH.settings(RINGS)
    assert (rings.n_features, rings.positions, rings.edge_list) == (1, False, False)


def checked(config, inputs):
    encoders = {"g": config, "t": EncoderConfig("tabular", 1, (4,))}
    check_inputs(ModelConfig(encoders, n_classes=2, n_local=3, n_shared=3), "g", inputs)


@pytest.mark.parametrize("seed", range(9))
def test_prepared_graphs_are_what_their_encoder_can_read(seed):
    graphs = graphs_of(seed)
    form = GRAPH.fit(graphs)
    checked(GRAPH.settings(form), prepared(form, *graphs))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"edges": np.array([[[0, 9]]])}, "expects edges between nodes of the same graph, or -1 at both ends"),
        ({"edges": np.array([[[0, -1]]])}, "edges between nodes of the same graph"),
        ({"edges": np.array([[[0.0, 1.0]]])}, "edges of shape (n, E, 2), whole numbers"),
        ({"edge_values": np.ones((1, 1, 3))}, "edge_values of shape (n, E, 1)"),
        ({"edge_values": np.full((1, 1, 1), np.nan)}, "edge_values that are finite numbers"),
        ({"neighbours": np.array([[[1], [0]]]), "edges": None}, "expects graphs with a list of edges (got neighbours)"),
    ],
    ids=str,
)
def test_edges_that_an_encoder_cannot_read_are_refused(changed, says):
    arrays = {
        "nodes": np.ones((1, 2, 1)),
        "n_nodes": np.array([2]),
        "edges": np.array([[[0, 1]]]),
        "edge_values": np.ones((1, 1, 1)),
    }
    config = EncoderConfig("graph", 1, (4,), edge_list=True, n_edge_features=1)
    checked(config, Inputs("graph", arrays))
    kept = {name: values for name, values in {**arrays, **changed}.items() if values is not None}
    with pytest.raises(UserError) as error:
        checked(config, Inputs("graph", kept))
    assert says in str(error.value)


def test_settings_of_earlier_runs_are_read_and_say_what_they_said():
    encoders = {"a": EncoderConfig("graph", 1, (8,)), "b": EncoderConfig("tabular", 2, (8,))}
    config = RunConfig("toy", ModelConfig(encoders, n_classes=2, n_local=3, n_shared=3), TrainingConfig(epochs=1))
    values = config.to_json()
    assert set(values["model"]["encoders"]["a"]) == {"kind", "n_features", "hidden", "positions", "jitter"}
    assert run_config_from_json(values) == config
    listed = {**encoders, "a": EncoderConfig("graph", 1, (8,), edge_list=True, n_edge_features=2)}
    config = RunConfig("toy", ModelConfig(listed, n_classes=2, n_local=3, n_shared=3), TrainingConfig(epochs=1))
    assert run_config_from_json(json.loads(json.dumps(config.to_json()))) == config
    with pytest.raises(ValueError, match="Only edges in a list have features"):
        EncoderConfig("graph", 1, (8,), n_edge_features=2)


# -- noise


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]


def test_the_built_in_graphs_are_perturbed_by_the_random_numbers_that_they_always_were():
    rings = ring_graphs(*rng(3).integers(0, 2, (2, 30)), rng(4))
    noisy = GRAPH.perturb(rings, 0.4, rng(5))
    assert digest(noisy["neighbours"].astype(np.int8)) == "fb81d95ea56df304"
    np.testing.assert_allclose(noisy["nodes"].sum(), 13.86111068725586, rtol=1e-6)
    pixels = GRAPH.perturb(strokes(), 0.4, rng(5), True)
    assert list(pixels) == ["nodes"]
    np.testing.assert_allclose(pixels["nodes"][0, :2], [[0.322, 0.0009, 0.0], [0.3232, 0.1526, 0.0235]], atol=2e-3)


@pytest.mark.parametrize("seed", range(9))
@pytest.mark.parametrize("level", [0.3, 1.0])
def test_noise_keeps_types_and_shapes_and_what_it_is_given(seed, level):
    graphs = graphs_of(seed)
    form = GRAPH.fit(graphs)
    inputs = prepared(form, *graphs)
    before = {name: values.copy() for name, values in inputs.arrays.items()}
    changes = GRAPH.perturb(inputs, level, rng(1))
    for name, values in before.items():
        np.testing.assert_array_equal(inputs.arrays[name], values)
    assert any(not np.array_equal(values, before[name]) for name, values in changes.items())
    for name, values in changes.items():
        assert (values.dtype, values.shape) == (before[name].dtype, before[name].shape)
    noisy = Inputs("graph", {**inputs.arrays, **changes})
    np.testing.assert_array_equal(n_edges(noisy), n_edges(inputs))
    for row in range(len(inputs)):
        one, other = messages_of(inputs, row), messages_of(noisy, row)
        assert len(np.unique(other, axis=0)) == len(one)
        assert other.max(initial=0) < inputs.arrays["n_nodes"][row]
        if not form.directed:
            assert {tuple(pair) for pair in other} == {tuple(pair) for pair in other[:, ::-1]}
        loops = [ends[ends[:, 0] == ends[:, 1]].tolist() for ends in (one, other)]
        assert loops[0] == loops[1]
    assert np.isfinite(scores(form, noisy)).all()


@pytest.mark.parametrize("level", [0.2, 0.7, 1.0])
def test_edges_are_put_elsewhere_with_the_probability_of_the_level_and_what_they_say_goes_along(level):
    graph = nx.gnm_random_graph(300, 600, seed=1)
    for number, edge in enumerate(graph.edges):
        graph.edges[edge]["w"] = float(number)
    form = GRAPH.fit([graph])
    inputs = prepared(form, graph)
    noisy = Inputs("graph", {**inputs.arrays, **GRAPH.perturb(inputs, level, rng(2))})
    before, after = ({tuple(pair) for pair in edges_of(one, 0).tolist()} for one in (inputs, noisy))
    assert len(before - after) / 600 == pytest.approx(level, abs=0.06)
    values = dict(zip(map(tuple, messages_of(noisy, 0).tolist()), noisy.arrays["edge_values"][0, :, 0], strict=False))
    assert all(values[one, other] == values[other, one] for one, other in after)
    assert len({values[pair] for pair in after}) == 600
    expected = structure_of(("log_degree",), 300, messages_of(noisy, 0))
    np.testing.assert_allclose(noisy.arrays["nodes"][0], expected)


def test_where_every_two_nodes_are_joined_there_is_nowhere_else_to_go():
    graph = nx.complete_graph(5)
    inputs = prepared(GRAPH.fit([graph]), graph)
    noisy = Inputs("graph", {**inputs.arrays, **GRAPH.perturb(inputs, 1.0, rng(2))})
    assert edges_of(noisy, 0).tolist() == edges_of(inputs, 0).tolist()


def test_what_nodes_say_is_what_some_node_said_and_places_move_a_little():
    graphs = [pyg(seed, 20, places=True, values=False) for seed in range(30)]
    form = GRAPH.fit(graphs)
    inputs = prepared(form, *graphs)
    noisy = GRAPH.perturb(inputs, 0.5, rng(3))["nodes"]
    before = inputs.arrays["nodes"]
    for column in range(3):
        assert set(noisy[..., column].ravel()) <= set(before[..., column].ravel())
        assert (noisy[..., column] != before[..., column]).mean() == pytest.approx(0.5, abs=0.1)
    moved = noisy[..., -2:] - before[..., -2:]
    assert 0.03 < moved.std() < 0.06
    assert noisy[..., -2:].min() >= 0
    assert noisy[..., -2:].max() <= 1


def test_categories_of_nodes_stay_whole_under_noise():
    graphs = [molecule(seed) for seed in range(40)]
    form = GRAPH.fit(graphs)
    inputs = prepared(form, *graphs)
    own = inputs.arrays["columns"][0] == 2
    noisy = GRAPH.perturb(inputs, 1.0, rng(3))["nodes"][..., own]
    is_node = np.arange(noisy.shape[1]) < inputs.arrays["n_nodes"][:, None]
    assert (noisy[is_node].sum(1) == 1).all()
    assert not noisy[~is_node].any()


def test_one_node_alone_stays_as_it_is():
    graph = attributed(a=1.0).subgraph([0])
    inputs = prepared(GRAPH.fit([graph]), graph)
    np.testing.assert_array_equal(GRAPH.perturb(inputs, 1.0, rng())["nodes"], inputs.arrays["nodes"])

"""Graphs whose nodes are words: what is written, how many lines an edge is, and that it stays on its sheet."""

from __future__ import annotations

import re
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from drawings.graphs import Graph, graph_of
from drawings.look import look_of
from drawings.pictures import graph_picture
from drawings.theme import QUIET
from drawings.tiles import graph_tile
from drawings.written import COLOURS, WIDTH, draw_written, spread
from sharcs_core.kinds.graph import GRAPH
from sharcs_core.tasks.card import Modality

ORDERS = ("single", "double", "triple", "aromatic")
DRAWS = {"node": "element", "edge": "order", "unwritten": "C"}


def molecule(orders=ORDERS, element="O"):
    """A zigzag of carbons that ends in another element, an edge of each order."""
    graph = nx.Graph()
    for number in range(len(orders) + 1):
        graph.add_node(number, element="C" if number < len(orders) else element, x=0.9 * number, y=0.5 * (number % 2))
    for number, order in enumerate(orders):
        graph.add_edge(number, number + 1, order=order)
    return graph


def inputs_and_look(*graphs, draws=DRAWS):
    training = [molecule(), molecule(element="Xy"), molecule()] * 2
    form = GRAPH.fit(training)
    modality = Modality("graph", "Molecule", form, draws=draws)
    return GRAPH.prepare(form, graphs)[0], look_of(modality)


def lines_in(body):
    """(x, y) at the start and at the end of each line, and whether it is dashed."""
    found = re.findall(r'd="M([-\d.]+) ([-\d.]+)L([-\d.]+) ([-\d.]+)"[^>]*dasharray="([^"]*)"', str(body))
    return [(np.array(one[:4], dtype=float).reshape(2, 2), one[4] != "none") for one in found]


def test_edges_are_as_many_lines_as_their_order_and_an_aromatic_ones_second_is_dashed():
    n_lines = {"single": 1, "double": 2, "triple": 3, "aromatic": 2}
    for order in ORDERS:
        inputs, look = inputs_and_look(molecule((order, "single", "single")))
        body, _ = draw_written(graph_of(inputs, 0, look), "#000")
        lines = lines_in(body)
        assert len(lines) == 2 + n_lines[order]
        assert sum(dashed for _, dashed in lines) == (order == "aromatic")


def test_parallel_lines_are_parallel():
    inputs, look = inputs_and_look(molecule(("triple",)))
    lines = [ends for ends, _ in lines_in(draw_written(graph_of(inputs, 0, look), "#000")[0])]
    ways = [np.subtract(*ends) / np.linalg.norm(np.subtract(*ends)) for ends in lines]
    for way in ways:
        np.testing.assert_allclose(way, ways[0], atol=0.02)
    assert len({tuple(ends[0]) for ends in lines}) == 3


def test_a_value_that_goes_without_saying_is_not_written_and_others_are_in_their_colour():
    inputs, look = inputs_and_look(molecule())
    body = str(draw_written(graph_of(inputs, 0, look), "#123456")[0])
    assert re.findall(r">([^<>]+)</text>", body) == ["O"]
    assert COLOURS["O"] in body
    unusual = str(draw_written(replace(graph_of(inputs, 0, look), words=("Xy", "", "", "", "")), "#123456")[0])
    assert 'fill="#123456">Xy</text>' in unusual


def test_a_line_ends_before_a_word_and_reaches_a_node_without_one():
    inputs, look = inputs_and_look(molecule(("single",)))
    graph = graph_of(inputs, 0, look)
    assert graph.words == ("", "O")
    ((ends, _),) = lines_in(draw_written(graph, "#000")[0])
    ((whole, _),) = lines_in(draw_written(replace(graph, words=("", "")), "#000")[0])
    np.testing.assert_allclose(ends[0], whole[0], atol=0.11)
    assert np.linalg.norm(ends[1] - whole[1]) > 3


@pytest.mark.parametrize("n", [1, 2, 30])
def test_it_stays_on_its_sheet_however_many_nodes_there_are(n):
    rng = np.random.default_rng(n)
    edges = tuple((number, number + 1) for number in range(n - 1))
    graph = Graph(rng.random((n, 2)), np.ones(n), edges, words=("",) * n, orders=("double",) * (n - 1))
    body, height = draw_written(graph, "#000")
    points = np.concatenate([ends for ends, _ in lines_in(body)]) if n > 1 else np.array([[WIDTH / 2, height / 2]])
    assert (points >= 0).all()
    assert (points <= (WIDTH, height)).all()
    assert (spread(graph) >= -1e-9).all()
    assert (spread(graph) <= 1 + 1e-9).all()


def test_a_lone_node_that_goes_without_saying_is_still_seen():
    lone = Graph(np.array([[0.5, 0.5]]), np.ones(1), (), words=("",), orders=())
    assert "•" in draw_written(lone, "#000")[0]


def test_words_of_people_are_no_markup():
    inputs, look = inputs_and_look(molecule())
    body = str(draw_written(replace(graph_of(inputs, 0, look), words=("<b>", "", "", "", "")), "#000")[0])
    assert "<b>" not in body
    assert "&lt;b&gt;" in body


def test_a_graph_of_which_nothing_says_how_it_is_drawn_is_drawn_as_before():
    inputs, look = inputs_and_look(molecule(), draws={})
    graph = graph_of(inputs, 0, look)
    assert graph.words is None
    assert graph_picture(inputs, 0, look).has_ground


def test_a_picture_says_how_many_nodes_and_edges_there_are_and_a_tile_shows_the_words():
    inputs, look = inputs_and_look(molecule())
    picture = graph_picture(inputs, 0, look)
    assert not picture.has_ground
    assert picture.measures == "5 nodes, 4 edges"
    tile = graph_tile(inputs, 0, look, (60, 60))
    colours = {f"#{red:02X}{green:02X}{blue:02X}" for _, (red, green, blue) in tile.getcolors(3600)}
    assert COLOURS["O"] in colours
    assert COLOURS["N"] not in colours
    assert QUIET

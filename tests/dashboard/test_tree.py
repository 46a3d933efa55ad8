"""The page of the decision tree, and its figures, with a tree as large as they get."""

from __future__ import annotations

import numpy as np
import pytest

from figures.tree import classes_in_words, n_leaves_below, open_tree_dot, path_list, route_to, whole_tree
from pages import faultless, open_page, texts
from sharcs_core.tree import fit_tree

RUN = "xor_and_xor"
MODALITIES = ("image", "graph")
TITLES = {"image": "Picture", "graph": "Graph"}
NAMES = tuple(str(total) for total in range(19))


@pytest.fixture(scope="module")
def large_tree():
    """A tree of 300 leaves and 19 classes, on codes that say nothing of the labels."""
    random = np.random.default_rng(0)
    codes, labels = random.random((4000, 24)) > 0.5, random.integers(0, 19, 4000)
    return fit_tree(codes, labels, MODALITIES, 12, 19)


@pytest.fixture
def page():
    return faultless(open_page("tree", run=RUN))


def look_buttons(page):
    return [button for button in page.button if (button.key or "").startswith("look|")]


def test_opens_on_the_way_of_the_sample_with_the_rest_folded(page, xor_run):
    bank, row = xor_run.find(str(xor_run.test_bank.sample_ids[0]))
    path = xor_run.tree.path({name: side.shared[row] for name, side in bank.sides.items()})
    assert len(look_buttons(page)) == len(path.steps)
    answer = xor_run.task.class_names[path.class_index]
    assert f"**{len(path.steps) + 1}. Answer: {answer}**" in texts(page)


def test_the_rule_is_told_in_words(page, xor_run):
    bank, row = xor_run.find(str(xor_run.test_bank.sample_ids[0]))
    path = xor_run.tree.path({name: side.shared[row] for name, side in bank.sides.items()})
    for step in path.steps:
        assert f"{step.modality} concept {step.concept} is {step.went}" in texts(page)


def test_a_folded_branch_opens_and_the_way_back_is_there(page):
    child = look_buttons(page)[0]
    node = child.key.split("|")[1]
    faultless(child.click().run())
    assert f"node {node}" in texts(page)
    back = next(button for button in page.button if button.label.startswith("Back to the way"))
    faultless(back.click().run())
    assert "all other branches are folded" in texts(page)


def test_another_sample_opens_its_own_way(page, xor_run):
    ways = {}
    for sample_id in map(str, xor_run.test_bank.sample_ids[:12]):
        page.session_state["sample"] = sample_id
        faultless(page.run())
        ways[sample_id] = tuple(button.key for button in look_buttons(page))
    assert len(set(ways.values())) > 1


def test_dot_draws_the_way_and_one_box_a_folded_branch(large_tree):
    nodes = large_tree.nodes()
    deepest = max(nodes, key=lambda node: node.depth)
    route = route_to(nodes, deepest.id)
    assert route[0] == 0
    assert len(route) == deepest.depth + 1
    dot = open_tree_dot(nodes, route, TITLES, NAMES)
    assert dot.count("dashed") == deepest.depth
    assert dot.count(" -> ") == 2 * deepest.depth
    assert f"answer {NAMES[deepest.class_index]}" in dot


def test_leaves_below_the_folded_branches_and_the_end_are_all_leaves(large_tree):
    nodes = large_tree.nodes()
    route = route_to(nodes, max(nodes, key=lambda node: node.depth).id)
    folded = [
        child for at in route for child in (nodes[at].off_child, nodes[at].on_child) if child and child not in route
    ]
    assert sum(n_leaves_below(nodes, child) for child in folded) + 1 == large_tree.n_leaves == 300


def test_the_whole_tree_has_a_box_a_node_and_outlines_the_way(large_tree):
    nodes = large_tree.nodes()
    route = route_to(nodes, nodes[-1].id)
    boxes = whole_tree(nodes, route, TITLES, NAMES, ["#123456"] * 19).data[0]
    assert len(boxes.ids) == large_tree.n_nodes
    outlined = [int(name) for name, width in zip(boxes.ids, boxes.marker.line.width, strict=True) if width > 1]
    assert sorted(outlined) == sorted(route)


def test_classes_in_words_names_the_frequent_ones():
    assert classes_in_words(np.array([0.0, 1.0]), ("no", "yes")) == "yes (100 %)"
    assert classes_in_words(np.array([0.3, 0.62, 0.02, 0.06]), tuple("abcd")) == "b (62 %), a (30 %), d (6 %), others"
    assert classes_in_words(np.full(40, 0.025), tuple(map(str, range(40)))).endswith("others")


def test_a_path_tells_where_it_stops_for_a_missing_modality(large_tree):
    shared = {"image": np.full(12, 0.9)}
    path = large_tree.path(shared)
    assert path.stopped_for == "graph"
    drawn = path_list(path, TITLES, {}, NAMES)
    assert "stops here" in drawn
    assert "Graph" in drawn


def test_a_path_sets_off_what_another_lacks(large_tree):
    shared = {name: np.full(12, 0.9) for name in MODALITIES}
    path, other = large_tree.path(shared), large_tree.path({name: np.full(12, 0.1) for name in MODALITIES})
    assert path_list(path, TITLES, {}, NAMES, other=path).count("16%") == 0
    assert path_list(path, TITLES, {}, NAMES, other=other).count("16%") == len(path.steps)

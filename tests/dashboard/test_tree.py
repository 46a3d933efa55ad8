"""The page of the decision tree, and its figures, with a tree as large as they get."""

from __future__ import annotations

import numpy as np
import pytest

from figures.tree import classes_in_words, n_leaves_below, open_tree_dot, path_list, route_to, whole_tree
from pages import faultless, open_page, texts
from sharcs_core.data import get_task
from sharcs_core.naming import question_in_words, step_in_words
from sharcs_core.structures import Factor, Question
from sharcs_core.tree import MAX_LEAVES, fit_tree

RUN = "xor_and_xor"
TASK = get_task("mnist_superpixels")
MODALITIES = ("image", "graph")
CONCEPTS = tuple(f"digit {digit}" for digit in range(10))
DIGIT = Factor("digit", 10, 0)
ASKED = tuple(Question((name,), (t,)) for name in MODALITIES for t in DIGIT.concepts)
AGREE = Question(MODALITIES, DIGIT.concepts, "digit")


@pytest.fixture(scope="module")
def large_tree():
    """A tree of 300 leaves and 19 classes, on answers that say nothing of the labels."""
    random = np.random.default_rng(0)
    answers, labels = random.random((4000, 20)) > 0.5, random.integers(0, 19, 4000)
    return fit_tree(answers, labels, ASKED, (), 19)


@pytest.fixture(scope="module")
def agreeing_tree():
    """A tree of one question: whether picture and graph say the same digit."""
    labels = np.arange(40) % 2
    return fit_tree(labels[:, None] == 0, labels, (AGREE,), (DIGIT,), 19, 2)


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
    assert path.steps
    for step in path.steps:
        assert f"- {step_in_words(step, xor_run.concept_names, xor_run.task)}" in texts(page)
        assert question_in_words(step.question, xor_run.concept_names, xor_run.task) in texts(page)


def test_a_folded_branch_opens_and_the_way_back_is_there(page):
    child = look_buttons(page)[0]
    node = child.key.split("|")[1]
    faultless(child.click().run())
    assert f"node {node}" in texts(page)
    back = next(button for button in page.button if button.label.startswith("Back to the way"))
    faultless(back.click().run())
    assert "all other branches are folded" in texts(page)


def test_the_size_of_the_tree_is_a_choice_that_stays_over_pages(page, xor_run):
    size = page.number_input(key=f"tree_leaves|{RUN}")
    assert size.value == xor_run.tree_leaves
    assert (size.min, size.max) == (2, MAX_LEAVES)
    faultless(size.set_value(2).run())
    assert len(look_buttons(page)) == 1
    assert "2 leaves, at most 1 question to an answer" in texts(page)
    faultless(page.switch_page("views/retrieval.py").run())
    faultless(page.switch_page("views/tree.py").run())
    assert page.number_input(key=f"tree_leaves|{RUN}").value == 2


def test_a_size_that_no_question_fills_says_so(page, xor_run):
    largest = xor_run.tree_of(MAX_LEAVES).n_leaves
    assert largest < MAX_LEAVES, "every size can be filled"
    faultless(page.number_input(key=f"tree_leaves|{RUN}").set_value(MAX_LEAVES).run())
    assert f"{largest} leaves" in texts(page)
    assert "no further question tells anything" in texts(page)


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
    dot = open_tree_dot(nodes, route, CONCEPTS, TASK)
    assert dot.count("dashed") == deepest.depth
    assert dot.count(" -> ") == 2 * deepest.depth
    assert dot.count('label=" no "') == dot.count('label=" yes "') == deepest.depth
    assert f"answer {TASK.class_names[deepest.class_index]}" in dot


def test_leaves_below_the_folded_branches_and_the_end_are_all_leaves(large_tree):
    nodes = large_tree.nodes()
    route = route_to(nodes, max(nodes, key=lambda node: node.depth).id)
    folded = [
        child for at in route for child in (nodes[at].no_child, nodes[at].yes_child) if child and child not in route
    ]
    assert sum(n_leaves_below(nodes, child) for child in folded) + 1 == large_tree.n_leaves == 300


def test_the_whole_tree_has_a_box_a_node_and_outlines_the_way(large_tree):
    nodes = large_tree.nodes()
    route = route_to(nodes, nodes[-1].id)
    boxes = whole_tree(nodes, route, CONCEPTS, TASK, ["#123456"] * 19).data[0]
    assert len(boxes.ids) == large_tree.n_nodes
    outlined = [int(name) for name, width in zip(boxes.ids, boxes.marker.line.width, strict=True) if width > 1]
    assert sorted(outlined) == sorted(route)


def test_classes_in_words_names_the_frequent_ones():
    assert classes_in_words(np.array([0.0, 1.0]), ("no", "yes")) == "yes (100 %)"
    assert classes_in_words(np.array([0.3, 0.62, 0.02, 0.06]), tuple("abcd")) == "b (62 %), a (30 %), d (6 %), others"
    assert classes_in_words(np.full(40, 0.025), tuple(map(str, range(40)))).endswith("others")


def test_an_agreement_is_asked_and_answered_as_such(agreeing_tree):
    nodes = agreeing_tree.nodes()
    dot = open_tree_dot(nodes, (0, 1), CONCEPTS, TASK)
    assert "agree on digit?" in dot.replace("\\n", " ")
    assert whole_tree(nodes, (0,), CONCEPTS, TASK, ["#123456"] * 19).data[0].labels[0] == "agree on digit?"
    same, other = np.eye(10)[3], np.eye(10)[4]
    for graph, said in ((same, "agree on digit"), (other, "differ in digit")):
        drawn = path_list(agreeing_tree.path({"image": same, "graph": graph}), CONCEPTS, TASK, {})
        assert f"{TASK.modalities[0].title} and {TASK.modalities[1].title} {said}" in drawn


def test_a_path_tells_where_it_stops_and_what_the_missing_modality_would_have_to_say(large_tree):
    (gone,) = large_tree.nodes()[0].question.modalities
    path = large_tree.path({name: np.full(10, 0.9) for name in MODALITIES if name != gone})
    assert path.stopped_for == gone
    drawn = path_list(path, CONCEPTS, TASK, {}, stop="It would ask <this>")
    assert "stops here" in drawn
    assert TASK.modality(gone).title in drawn
    assert "It would ask &lt;this&gt;" in drawn


def test_a_path_tells_what_its_concepts_are_on_for(large_tree):
    meanings = {name: [f"on for <{name}> {t}" for t in range(10)] for name in MODALITIES}
    path = large_tree.path({name: np.full(10, 0.9) for name in MODALITIES})
    drawn = path_list(path, CONCEPTS, TASK, meanings)
    for step in path.steps:
        assert f"on for &lt;{step.question.modalities[0]}&gt; {step.question.concepts[0]}" in drawn


def test_a_path_sets_off_what_another_lacks(large_tree):
    shared = {name: np.full(10, 0.9) for name in MODALITIES}
    path, other = large_tree.path(shared), large_tree.path({name: np.full(10, 0.1) for name in MODALITIES})
    assert path_list(path, CONCEPTS, TASK, {}, other=path).count("16%") == 0
    assert path_list(path, CONCEPTS, TASK, {}, other=other).count("16%") == len(path.steps)

"""The tree: what it answers, how a sample gets through, how large it is, and that every view agrees with the others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.structures import Factor, Question
from sharcs_core.tree import TREE_TOLERANCE, choose_leaves, fit_tree, leaves_below, route_to

MODALITIES = ("table", "graph")
ENCODER = EncoderConfig("tabular", n_features=2, hidden=(4,))
CONFIG = ModelConfig(
    dict.fromkeys(MODALITIES, ENCODER), n_classes=5, n_local=3, n_shared=6, named={"size": 2, "shape": 3}
)
QUESTIONS, FACTORS, T = questions_of(CONFIG), CONFIG.factors, CONFIG.n_shared
SAME_SHAPE = QUESTIONS.index(Question(MODALITIES, (1, 2, 3), "shape"))
CODES = tuple(Question((name,), (concept,)) for name in MODALITIES for concept in range(3))
"""Six questions about concepts alone."""


def some_answers(seed=0, n=400):
    """Concepts of random samples, their answers, and labels 0 to 4 that hang on some of them, and on chance."""
    rng = np.random.default_rng(seed)
    shared = {name: rng.random((n, T)) for name in MODALITIES}
    answers = answers_of(shared, QUESTIONS, FACTORS)
    labels = answers[:, 0] + 2 * (answers[:, SAME_SHAPE] & answers[:, 4]) + (rng.random(n) < 0.1)
    return shared, answers, labels


def some_tree(seed=0, n=400):
    shared, answers, labels = some_answers(seed, n)
    return fit_tree(answers, labels, QUESTIONS, FACTORS, 5), answers, shared, labels


def sample(shared, row, names=MODALITIES):
    return {name: shared[name][row] for name in names}


def answer_by_hand(shared, question):
    """Whether one sample's concepts (T,) by modality answer a question with yes."""
    first = shared[question.modalities[0]]
    if question.kind == "concept":
        return first[question.concepts[0]] > 0.5
    other = shared[question.modalities[1]]
    if question.factor is None or len(question.concepts) == 1:
        return (first[question.concepts[0]] > 0.5) == (other[question.concepts[0]] > 0.5)
    return max(question.concepts, key=first.__getitem__) == max(question.concepts, key=other.__getitem__)


def walk_by_hand(estimator, shared):
    """The nodes that one sample comes through, question by question."""
    way, inside = [0], estimator.tree_
    while inside.children_left[way[-1]] != -1:
        yes = answer_by_hand(shared, QUESTIONS[inside.feature[way[-1]]])
        way.append(int((inside.children_right if yes else inside.children_left)[way[-1]]))
    return way


def test_xor_across_modalities_is_learned_and_read_back():
    answers = np.array([[a, 0, 0, 0, 0, b] for a in (0, 1) for b in (0, 1)] * 5)
    tree = fit_tree(answers, answers[:, 0] ^ answers[:, 5], CODES, (), 2)
    assert (tree.n_nodes, tree.n_leaves, tree.depth, tree.modalities) == (7, 4, 2, MODALITIES)
    path = tree.path({"table": np.array([0.9, 0, 0]), "graph": np.array([0, 0, 0.2])})
    asked = {(step.column, step.question, step.value) for step in path.steps}
    assert asked == {(0, Question(("table",), (0,)), True), (5, Question(("graph",), (2,)), False)}
    assert path.probabilities.tolist() == [0, 1]
    assert path.class_index == 1


def test_what_two_modalities_agree_on_takes_one_question():
    """Eight leaves of questions about single concepts would do no better than this one about both."""
    shared, answers, _ = some_answers(n=600)
    pairs = zip(shared["table"], shared["graph"], strict=True)
    same = [max((1, 2, 3), key=a.__getitem__) == max((1, 2, 3), key=b.__getitem__) for a, b in pairs]
    tree = fit_tree(answers, np.array(same, dtype=int), QUESTIONS, FACTORS, 2)
    assert (tree.n_leaves, tree.nodes()[0].question) == (2, QUESTIONS[SAME_SHAPE])
    far = {"table": np.array([0, 0.9, 0.8, 0, 0, 0]), "graph": np.array([0, 0.3, 0.2, 0.1, 0, 0])}
    assert tree.path(far).class_index == 1  # not one of the codes of the shape agrees, the largest does


@pytest.mark.parametrize("seed", range(3))
def test_path_walk_rule_and_nodes_agree_with_each_other_and_with_a_walk_by_hand(seed):
    tree, answers, shared, _ = some_tree(seed)
    ways, nodes = tree.walk(answers), tree.nodes()
    assert ways.shape == (len(answers), tree.depth + 1)
    for row in range(0, len(answers), 7):
        path, by_hand = tree.path(sample(shared, row)), walk_by_hand(tree.estimator, sample(shared, row))
        assert [*(step.node for step in path.steps), path.node] == by_hand
        assert [node for node in ways[row] if node != -1] == by_hand
        assert (path.stopped_for, path.asks) == (None, None)
        assert path.class_index == tree.predict(answers[[row]])[0]
        assert tree.rule(path.node) == path.steps
        assert all(step.value == answers[row, step.column] for step in path.steps)
        assert all(step.question == QUESTIONS[step.column] == nodes[step.node].question for step in path.steps)
        np.testing.assert_allclose(path.probabilities, nodes[path.node].probabilities)


def test_nodes_count_the_samples_that_reach_them_and_their_classes():
    tree, answers, _, labels = some_tree()
    ways = tree.walk(answers)
    for node in tree.nodes():
        reached = tree.reaches(answers, node.id)
        assert reached.tolist() == (ways == node.id).any(axis=1).tolist()
        assert node.n_samples == reached.sum()
        expected = np.bincount(labels[reached], minlength=5) / reached.sum()
        np.testing.assert_allclose(node.probabilities, expected)
        assert node.class_index == expected.argmax()


def test_nodes_form_one_tree():
    tree, *_ = some_tree()
    nodes = tree.nodes()
    assert [node.id for node in nodes] == list(range(tree.n_nodes))
    assert (nodes[0].parent, nodes[0].depth) == (None, 0)
    for node in nodes[1:]:
        parent = nodes[node.parent]
        assert node.id in (parent.no_child, parent.yes_child)
        assert node.depth == parent.depth + 1
        assert tree.rule(node.id)[-1].value == (node.id == parent.yes_child)
    assert sum(node.is_leaf for node in nodes) == tree.n_leaves
    assert max(node.depth for node in nodes) == tree.depth
    leaf = next(node for node in nodes if node.is_leaf)
    assert (leaf.question, leaf.no_child, leaf.yes_child) == (None, None, None)


def test_routes_lead_down_from_the_root_and_leaves_are_counted_below_every_node():
    tree, answers, *_ = some_tree()
    nodes, ways = tree.nodes(), tree.walk(answers)
    for node in nodes:
        route = route_to(nodes, node.id)
        assert (route[0], route[-1], len(route)) == (0, node.id, node.depth + 1)
        assert all(nodes[child].parent == parent for parent, child in pairwise(route))
        below = {leaf.id for leaf in nodes if leaf.is_leaf and node.id in route_to(nodes, leaf.id)}
        assert leaves_below(nodes)[node.id] == len(below)
    assert leaves_below(nodes)[0] == tree.n_leaves
    assert [node for node in ways[0] if node != -1] == list(route_to(nodes, ways[0].max()))


# --- fitted to the different rows alone ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("max_leaves", [2, 5, 40, 300])
def test_a_tree_of_weighed_different_rows_predicts_what_a_tree_of_all_rows_does(seed, max_leaves):
    """Rows repeat, up to a hundred times, and the same answers have several labels."""
    rng = np.random.default_rng(seed)
    different = rng.random((60, 12)) < 0.5
    rows = rng.choice(60, 1500, p=rng.dirichlet(np.ones(60)))
    answers, labels = different[rows], (rows % 7 + (rng.random(1500) < 0.2)) % 7
    questions = tuple(Question(("table",), (concept,)) for concept in range(12))
    tree = fit_tree(answers, labels, questions, (), 7, max_leaves)
    whole = DecisionTreeClassifier(max_leaf_nodes=max_leaves, random_state=0).fit(answers, labels)
    assert tree.predict(answers).tolist() == whole.predict(answers).tolist()
    np.testing.assert_allclose(tree.estimator.predict_proba(answers), whole.predict_proba(answers))
    assert [node.n_samples for node in tree.nodes()] == whole.tree_.n_node_samples.tolist()
    assert len(np.unique(answers, axis=0)) < 61


def test_many_questions_are_told_apart_to_the_last():
    """More answers than bits of a number: rows that differ in one of them only must not fall together."""
    answers = np.eye(140, dtype=bool)
    questions = tuple(Question(("table",), (concept,)) for concept in range(140))
    labels = np.arange(140) % 40
    tree = fit_tree(np.repeat(answers, 2, axis=0), np.repeat(labels, 2), questions, (), 40)
    assert tree.predict(answers).tolist() == labels.tolist()
    assert tree.nodes()[0].n_samples == 280
    whole = DecisionTreeClassifier(max_leaf_nodes=300, random_state=0).fit(answers, labels)
    assert tree.n_nodes == whole.tree_.node_count


# --- how large -------------------------------------------------------------------------------------------------


def some_leaves_to_choose(seed, n=900):
    _, answers, labels = some_answers(seed, n)
    return answers[:600], labels[:600], answers[600:], labels[600:]


@pytest.mark.parametrize("seed", range(3))
def test_every_smaller_tree_is_what_the_large_one_was_some_splits_before(seed):
    answers, labels, validation, validation_labels = some_leaves_to_choose(seed)
    tree = fit_tree(answers, labels, QUESTIONS, FACTORS, 5)
    accuracy = tree.accuracy_by_leaves(validation, validation_labels)
    assert len(accuracy) == tree.n_leaves > 50
    majority = np.bincount(labels).argmax()
    assert accuracy[0] == pytest.approx((validation_labels == majority).mean())
    for leaves in range(2, tree.n_leaves + 1):
        smaller = fit_tree(answers, labels, QUESTIONS, FACTORS, 5, leaves)
        assert smaller.n_leaves == leaves
        assert accuracy[leaves - 1] == pytest.approx((smaller.predict(validation) == validation_labels).mean())


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_tree_is_chosen_that_is_hardly_worse_than_the_best(seed):
    given = some_leaves_to_choose(seed)
    answers, labels, validation, validation_labels = given
    by_size = [
        (fit_tree(answers, labels, QUESTIONS, FACTORS, 5, leaves).predict(validation) == validation_labels).mean()
        for leaves in range(2, 301)
    ]
    chosen = choose_leaves(*given, QUESTIONS, FACTORS, 5)
    assert by_size[chosen - 2] >= max(by_size) - TREE_TOLERANCE - 1e-9
    assert all(accuracy < max(by_size) - TREE_TOLERANCE for accuracy in by_size[: chosen - 2])
    assert chosen < 20  # the rest is chance


def test_a_tree_as_far_behind_as_is_tolerated_is_small_enough_and_one_sample_further_is_not():
    """Three leaves are right on all 200 samples, two on all but 1 (of 200: .005), or all but 2."""
    answers = np.array([[0, 0], [0, 1], [1, 0]])
    training, labels = np.repeat(answers, [10, 2, 10], axis=0), np.repeat([0, 1, 2], [10, 2, 10])
    for missed, leaves in ((0, 2), (1, 2), (2, 3)):
        validation = np.repeat(answers, [100 - missed, missed, 100], axis=0)
        wanted = np.repeat([0, 1, 2], [100 - missed, missed, 100])
        asked = CODES[:2]
        assert choose_leaves(training, labels, validation, wanted, asked, (), 3) == leaves


def test_where_nothing_can_be_told_apart_the_least_size_is_chosen():
    answers = np.zeros((10, 6))
    assert choose_leaves(answers, [1] * 10, answers, [1] * 10, CODES, (), 2) == 2
    assert choose_leaves(answers, [0, 1] * 5, answers, [0, 1] * 5, CODES, (), 2) == 2


# --- what is missing -------------------------------------------------------------------------------------------


def test_a_path_stops_at_the_first_question_that_needs_a_missing_modality():
    tree, _, shared, _ = some_tree()
    stopped = {"concept": 0, "agreement": 0}
    for row in range(60):
        whole = tree.path(sample(shared, row))
        for missing, present in (("graph", "table"), ("table", "graph")):
            part = tree.path(sample(shared, row, [present]))
            needs = [missing in step.question.modalities for step in whole.steps]
            known = needs.index(True) if any(needs) else len(needs)
            assert part.steps == whole.steps[:known]
            if known == len(whole.steps):
                assert (part.node, part.stopped_for, part.asks) == (whole.node, None, None)
            else:
                step = whole.steps[known]
                stopped[step.question.kind] += 1
                assert (part.node, part.stopped_for, part.asks) == (step.node, missing, step.question)
                np.testing.assert_allclose(part.probabilities, tree.nodes()[part.node].probabilities)
    assert min(stopped.values()) > 0
    alone = tree.path({})
    assert (alone.node, alone.steps, alone.asks) == (0, (), tree.nodes()[0].question)


def test_classes_that_no_sample_has_get_probability_zero_in_their_own_place():
    answers = np.array([[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
    tree = fit_tree(answers, [2, 5], CODES, (), 7)
    assert tree.predict(answers).tolist() == [2, 5]
    assert tree.nodes()[0].probabilities.tolist() == [0, 0, 0.5, 0, 0, 0.5, 0]
    assert tree.path({"table": np.ones(3)}).class_index == 5
    assert tree.accuracy_by_leaves(answers, [2, 5]).tolist() == [0.5, 1]
    assert tree.accuracy_by_leaves(answers, [3, 3]).tolist() == [0, 0]


def test_one_label_makes_a_tree_of_one_leaf():
    tree = fit_tree(np.zeros((4, 6)), [1] * 4, CODES, (), 2)
    assert (tree.n_nodes, tree.n_leaves, tree.depth) == (1, 1, 0)
    assert tree.walk(np.ones((2, 6))).tolist() == [[0], [0]]
    assert tree.rule(0) == tree.path({}).steps == ()
    assert tree.path({}).stopped_for is None
    assert tree.accuracy_by_leaves(np.ones((2, 6)), [0, 1]).tolist() == [0.5]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64, bool])
def test_the_type_of_the_answers_changes_nothing_and_the_tree_is_the_same_each_time(dtype):
    tree, answers, _, labels = some_tree()
    again = fit_tree(answers.astype(dtype), labels, QUESTIONS, FACTORS, 5)
    for one, other in zip(tree.nodes(), again.nodes(), strict=True):
        assert (one.question, one.n_samples) == (other.question, other.n_samples)
    assert again.predict(answers.astype(dtype)).tolist() == tree.predict(answers).tolist()


def test_the_order_of_the_samples_changes_nothing():
    tree, answers, _, labels = some_tree()
    order = np.random.default_rng(1).permutation(len(answers))
    again = fit_tree(answers[order], labels[order], QUESTIONS, FACTORS, 5)
    assert [node.question for node in again.nodes()] == [node.question for node in tree.nodes()]


@pytest.mark.parametrize(
    ("answers", "labels", "message"),
    [
        (np.zeros((2, 5)), [0, 1], r"Answers must be of shape \(n, 6\), one a question \(got \(2, 5\)\)"),
        (np.zeros(6), [0], r"shape \(n, 6\)"),
        (np.zeros((2, 6)), [0], r"one label a sample.*got answers of 2, labels \(1,\)"),
        (np.zeros((0, 6)), [], "at least one sample"),
        (np.zeros((2, 6)), [0, 2], "Labels must be 0 to 1 .got 0 to 2"),
        (np.zeros((2, 6)), [-1, 1], "Labels must be 0 to 1 .got -1 to 1"),
    ],
)
def test_what_cannot_be_fitted_is_said(answers, labels, message):
    with pytest.raises(ValueError, match=message):
        fit_tree(answers, labels, CODES, (), 2)
    fine = (np.eye(6)[:2], [0, 1])
    with pytest.raises(ValueError, match=message):
        choose_leaves(*fine, answers, labels, CODES, (), 2)
    with pytest.raises(ValueError, match=message):
        choose_leaves(answers, labels, *fine, CODES, (), 2)


@pytest.mark.parametrize("max_leaves", [1, 0, -3, 301, 2.5, True, float("nan"), "many"])
def test_a_tree_of_another_size_is_refused(max_leaves):
    with pytest.raises(ValueError, match=r"A tree has 2 to 300 leaves at most \(got "):
        fit_tree(np.eye(6), [0, 1] * 3, CODES, (), 2, max_leaves)


def test_what_cannot_be_asked_is_said():
    tree, *_ = some_tree()
    with pytest.raises(ValueError, match=r"has nodes 0 to .* \(got -1\)"):
        tree.rule(-1)
    with pytest.raises(ValueError, match=rf"\(got {tree.n_nodes}\)"):
        tree.rule(tree.n_nodes)
    with pytest.raises(ValueError, match=r"'graph' must be of shape \(6,\) \(got \(7,\)\)"):
        tree.path({"graph": np.zeros(7)})
    with pytest.raises(ValueError, match=r"'graph' must be of shape \(6,\) \(got \(1, 6\)\)"):
        tree.path({"table": np.zeros(6), "graph": np.zeros((1, 6))})
    for ask in (tree.predict, tree.walk, lambda answers: tree.reaches(answers, 0)):
        with pytest.raises(ValueError, match=rf"shape \(n, {len(QUESTIONS)}\)"):
            ask(np.zeros(6))


def test_factors_are_those_of_the_questions():
    """A tree that compares by a factor which it was not told of cannot answer, and says which."""
    asked = (Question(MODALITIES, (0, 1, 2), "shape"),)
    tree = fit_tree(np.array([[0], [1]]), [0, 1], asked, (Factor("size", 3, 0),), 2)
    with pytest.raises(ValueError, match=r"No factor 'shape' is taught; choose from \['size'\]"):
        tree.path(dict.fromkeys(MODALITIES, np.zeros(3)))

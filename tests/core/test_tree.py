"""The tree: what it answers, how a sample gets through, and that every view of it agrees with the others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from sharcs_core.tree import codes_of, fit_tree

MODALITIES = ("table", "graph")
T = 3


def some_tree(seed=0, n=400, n_classes=5):
    rng = np.random.default_rng(seed)
    shared = {name: rng.random((n, T)) for name in MODALITIES}
    codes = codes_of(shared, MODALITIES)
    labels = codes[:, 0] + 2 * (codes[:, 3] & codes[:, 4]) + (rng.random(n) < 0.1)  # 0 to 4
    return fit_tree(codes, labels, MODALITIES, T, n_classes), codes, shared, labels


def sample(shared, row, names=MODALITIES):
    return {name: shared[name][row] for name in names}


def test_codes_stand_modality_by_modality_in_the_order_asked_for():
    shared = {"graph": np.array([[0.6, 0.5]]), "table": np.array([[0.4, 0.51]])}
    assert codes_of(shared, ("table", "graph")).tolist() == [[False, True, True, False]]
    assert codes_of(shared, ("graph", "table")).tolist() == [[True, False, False, True]]
    with pytest.raises(ValueError, match=r"missing \['sound'\]"):
        codes_of(shared, ("table", "sound"))


def test_xor_across_modalities_is_learned_and_read_back():
    codes = np.array([[a, 0, 0, 0, 0, b] for a in (0, 1) for b in (0, 1)] * 5)
    tree = fit_tree(codes, codes[:, 0] ^ codes[:, 5], MODALITIES, T, 2)
    assert (tree.n_nodes, tree.n_leaves, tree.depth) == (7, 4, 2)
    path = tree.path({"table": np.array([0.9, 0, 0]), "graph": np.array([0, 0, 0.2])})
    asked = {(step.modality, step.concept, step.value, step.went, step.feature) for step in path.steps}
    assert asked == {("table", 0, True, "on", 0), ("graph", 2, False, "off", 5)}
    assert path.probabilities.tolist() == [0, 1]
    assert path.class_index == 1


@pytest.mark.parametrize("seed", range(3))
def test_path_walk_rule_and_nodes_agree_with_scikit_learn(seed):
    tree, codes, shared, labels = some_tree(seed)
    oracle = DecisionTreeClassifier(max_leaf_nodes=300, random_state=0).fit(codes, labels)
    assert tree.predict(codes).tolist() == oracle.predict(codes).tolist()
    leaves, ways, nodes = oracle.apply(codes.astype(np.float32)), tree.walk(codes), tree.nodes()
    probabilities = tree.predict_probabilities(codes)
    assert ways.shape == (len(codes), tree.depth + 1)
    for row in range(0, len(codes), 7):
        path = tree.path(sample(shared, row))
        assert path.node == leaves[row]
        assert path.stopped_for is None
        assert path.class_index == tree.predict(codes[[row]])[0]
        assert tree.rule(path.node) == path.steps
        assert [node for node in ways[row] if node != -1] == [*(step.node for step in path.steps), path.node]
        assert all(step.value == codes[row, step.feature] for step in path.steps)
        np.testing.assert_allclose(path.probabilities, nodes[path.node].probabilities)
        np.testing.assert_allclose(path.probabilities, probabilities[row])


def test_nodes_count_the_samples_that_reach_them_and_their_classes():
    tree, codes, _, labels = some_tree()
    ways = tree.walk(codes)
    for node in tree.nodes():
        reached = tree.reaches(codes, node.id)
        assert reached.tolist() == (ways == node.id).any(axis=1).tolist()
        assert node.n_samples == reached.sum()
        expected = np.bincount(labels[reached], minlength=5) / reached.sum()
        np.testing.assert_allclose(node.probabilities, expected)


def test_nodes_form_one_tree():
    tree, *_ = some_tree()
    nodes = tree.nodes()
    assert [node.id for node in nodes] == list(range(tree.n_nodes))
    assert (nodes[0].parent, nodes[0].depth) == (None, 0)
    for node in nodes[1:]:
        parent = nodes[node.parent]
        assert node.id in (parent.off_child, parent.on_child)
        assert node.depth == parent.depth + 1
        assert tree.rule(node.id)[-1].value == (node.id == parent.on_child)
    assert sum(node.is_leaf for node in nodes) == tree.n_leaves
    assert max(node.depth for node in nodes) == tree.depth
    leaf = next(node for node in nodes if node.is_leaf)
    assert (leaf.modality, leaf.concept, leaf.off_child, leaf.on_child) == (None, None, None, None)


def test_a_path_stops_at_the_first_question_about_a_missing_modality():
    tree, _, shared, _ = some_tree()
    stopped = 0
    for row in range(50):
        whole = tree.path(sample(shared, row))
        for missing, present in (("graph", "table"), ("table", "graph")):
            part = tree.path(sample(shared, row, [present]))
            known = next((i for i, step in enumerate(whole.steps) if step.modality == missing), len(whole.steps))
            assert part.steps == whole.steps[:known]
            if known == len(whole.steps):
                assert (part.node, part.stopped_for) == (whole.node, None)
            else:
                stopped += 1
                assert (part.node, part.stopped_for) == (whole.steps[known].node, missing)
                np.testing.assert_allclose(part.probabilities, tree.nodes()[part.node].probabilities)
    assert stopped
    assert tree.path({}).node == 0


def test_classes_that_no_sample_has_get_probability_zero_in_their_own_place():
    codes = np.array([[0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
    tree = fit_tree(codes, [2, 5], MODALITIES, T, 7)
    assert tree.predict(codes).tolist() == [2, 5]
    assert tree.nodes()[0].probabilities.tolist() == [0, 0, 0.5, 0, 0, 0.5, 0]
    assert tree.path({"table": np.ones(3)}).class_index == 5
    assert tree.predict_probabilities(codes).shape == (2, 7)


def test_one_label_makes_a_tree_of_one_leaf():
    tree = fit_tree(np.zeros((4, 6)), [1] * 4, MODALITIES, T, 2)
    assert (tree.n_nodes, tree.n_leaves, tree.depth) == (1, 1, 0)
    assert tree.walk(np.ones((2, 6))).tolist() == [[0], [0]]
    assert tree.rule(0) == tree.path({}).steps == ()
    assert tree.path({}).stopped_for is None


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64, bool])
def test_the_type_of_the_codes_changes_nothing_and_the_tree_is_the_same_each_time(dtype):
    tree, codes, _, labels = some_tree()
    again = fit_tree(codes.astype(dtype), labels, MODALITIES, T, 5)
    for one, other in zip(tree.nodes(), again.nodes(), strict=True):
        assert (one.modality, one.concept, one.n_samples) == (other.modality, other.concept, other.n_samples)
    assert again.predict(codes.astype(dtype)).tolist() == tree.predict(codes).tolist()


@pytest.mark.parametrize(
    ("codes", "labels", "message"),
    [
        (np.zeros((2, 5)), [0, 1], r"shape \(n, 6\), 3 concepts of each of \['table', 'graph'\] \(got \(2, 5\)\)"),
        (np.zeros((2, 6)), [0], r"one label a sample.*got 2 codes, labels \(1,\)"),
        (np.zeros((0, 6)), [], "at least one sample"),
        (np.zeros((2, 6)), [0, 2], "Labels must be 0 to 1 .got 0 to 2"),
        (np.zeros((2, 6)), [-1, 1], "Labels must be 0 to 1 .got -1 to 1"),
    ],
)
def test_what_cannot_be_fitted_is_said(codes, labels, message):
    with pytest.raises(ValueError, match=message):
        fit_tree(codes, labels, MODALITIES, T, 2)


def test_what_cannot_be_asked_is_said():
    tree, *_ = some_tree()
    with pytest.raises(ValueError, match=r"has nodes 0 to .* \(got -1\)"):
        tree.rule(-1)
    with pytest.raises(ValueError, match=rf"\(got {tree.n_nodes}\)"):
        tree.rule(tree.n_nodes)
    with pytest.raises(ValueError, match=r"'graph' must be of shape \(3,\) \(got \(4,\)\)"):
        tree.path({"graph": np.zeros(4)})
    with pytest.raises(ValueError, match=r"shape \(n, 6\)"):
        tree.predict(np.zeros(6))

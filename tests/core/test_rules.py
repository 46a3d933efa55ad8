"""Rules without redundant steps, against every row of answers there can be; the tree's figures, samples and export."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from builders import make_bank
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.rules import (
    classes_in_words,
    loose_factors,
    n_apart,
    rule_lines,
    samples_at,
    short_rule,
    size_curve,
    tree_as_json,
    tree_as_rules,
)
from sharcs_core.rules.short import ALL_OF, NONE_OF, ONE_OF, Said
from sharcs_core.structures import Factor, Question, TreeStep
from sharcs_core.tasks import get_task
from sharcs_core.tree import fit_tree

ENCODER = EncoderConfig("tabular", n_features=2, hidden=(4,))
TWO, THREE = ("image", "text"), ("image", "text", "graph")
EVERYWHERE = frozenset((name, factor) for name in THREE for factor in ("size", "shape"))


def config_of(modalities):
    """A factor of two values, one of three, and a free concept: five concepts."""
    return ModelConfig(
        dict.fromkeys(modalities, ENCODER), n_classes=4, n_local=3, n_shared=5, named={"size": 2, "shape": 3}
    )


def rows_of_one_value(config):
    """The answers to all questions in every case in which each input says exactly one value of each factor."""
    inputs = [
        [float(size), *np.eye(3)[shape], float(free)] for size, shape, free in product(range(2), range(3), range(2))
    ]
    cases = list(product(inputs, repeat=len(config.modalities)))
    shared = {name: np.array([case[place] for case in cases]) for place, name in enumerate(config.modalities)}
    return answers_of(shared, questions_of(config), config.factors)


def rows_at_random(config, seed, n=1500):
    """Answers of inputs that may say several values, or none."""
    rng = np.random.default_rng(seed)
    shared = {name: rng.random((n, config.n_shared)) for name in config.modalities}
    return answers_of(shared, questions_of(config), config.factors)


def steps_of(config, answers, rng, n):
    """A way of ``n`` different questions; half of them as some row answers them, so that most ways can be taken."""
    asked = rng.choice(len(questions_of(config)), n, replace=False)
    row = answers[rng.integers(len(answers))]
    wanted = [bool(row[q]) if rng.random() < 0.9 else bool(rng.integers(2)) for q in asked]
    return [TreeStep(i, int(q), questions_of(config)[q], v) for i, (q, v) in enumerate(zip(asked, wanted, strict=True))]


def taken_by(steps, answers):
    """Which rows take a way, one row and one step after the other."""
    return [all(row[step.column] == step.value for step in steps) for row in answers]


def without(rule, clause):
    return type(rule)(
        tuple(one for one in rule.said if one is not clause), tuple(one for one in rule.compared if one is not clause)
    )


# --- the same rows, and no more words than that takes -----------------------------------------------------------


@pytest.mark.parametrize("modalities", [TWO, THREE])
@pytest.mark.parametrize("seed", range(40))
def test_a_short_rule_picks_the_same_of_all_rows_of_one_value_and_none_of_its_clauses_is_redundant(modalities, seed):
    config, rng = config_of(modalities), np.random.default_rng(seed)
    answers, questions = rows_of_one_value(config), questions_of(config)
    steps = steps_of(config, answers, rng, int(rng.integers(1, len(questions) // 2)))
    rule, taken = short_rule(steps, config.factors), taken_by(steps, answers)
    assert rule.holds(answers, questions).tolist() == taken
    assert len(rule.said) + len(rule.compared) <= len(steps)
    if any(taken):
        for clause in (*rule.said, *rule.compared):
            assert without(rule, clause).holds(answers, questions).tolist() != taken, clause


@pytest.mark.parametrize("modalities", [TWO, THREE])
@pytest.mark.parametrize("seed", range(20))
def test_where_inputs_say_several_values_the_rule_picks_the_same_of_any_rows(modalities, seed):
    config, rng = config_of(modalities), np.random.default_rng(seed)
    answers, questions = rows_at_random(config, seed), questions_of(config)
    steps = steps_of(config, answers, rng, int(rng.integers(1, 9)))
    rule = short_rule(steps, config.factors, EVERYWHERE)
    assert rule.holds(answers, questions).tolist() == taken_by(steps, answers)


@pytest.mark.parametrize("seed", range(4))
def test_the_rules_of_a_tree_share_all_rows_among_them(seed):
    config = config_of(TWO)
    answers, questions, rng = rows_of_one_value(config), questions_of(config), np.random.default_rng(seed)
    tree = fit_tree(answers, rng.integers(0, 4, len(answers)), questions, config.factors, 4, 30)
    ends = tree.walk(answers).max(axis=1)  # a child's id is above its parent's
    for node in (node for node in tree.nodes() if node.is_leaf):
        rule = short_rule(tree.rule(node.id), config.factors)
        assert rule.holds(answers, questions).tolist() == (ends == node.id).tolist()
        assert n_apart(rule, tree, answers, node.id) == 0


def said_by_hand(*asked):
    """Steps about the shape in two modalities: ``("image", 1, True)`` or ``("agree", True)``."""
    shape = config_of(TWO).factors[1]
    questions = questions_of(config_of(TWO))
    steps = []
    for one in asked:
        question = Question(TWO, shape.concepts, "shape") if one[0] == "agree" else Question((one[0],), (1 + one[1],))
        steps.append(TreeStep(len(steps), questions.index(question), question, one[-1]))
    return short_rule(steps, config_of(TWO).factors)


def test_what_follows_is_left_out():
    shape = config_of(TWO).factors[1]
    image, text = (Said(name, shape, ONE_OF, (2,)) for name in TWO)
    assert said_by_hand(("image", 0, False), ("image", 1, False)).said == (image,)
    assert said_by_hand(("image", 0, False), ("image", 2, True)).said == (image,)
    rule = said_by_hand(("agree", True), ("image", 2, True))
    assert (rule.said, rule.compared) == ((image, text), ())
    rule = said_by_hand(("image", 2, True), ("agree", False))
    assert (rule.said, rule.compared) == ((image, Said("text", shape, NONE_OF, (2,))), ())
    rule = said_by_hand(("agree", True), ("image", 2, False), ("text", 2, False))
    assert (len(rule.said), len(rule.compared)) == (1, 1)


def test_a_way_that_only_an_input_of_two_values_takes_keeps_what_it_asks_for():
    shape = config_of(TWO).factors[1]
    rule = said_by_hand(("image", 1, False), ("image", 0, True), ("image", 2, True))
    assert rule.said == (Said("image", shape, ALL_OF, (0, 2)), Said("image", shape, NONE_OF, (1,)))
    nothing = said_by_hand(("image", 0, False), ("image", 1, False), ("image", 2, False))
    assert nothing.said == (Said("image", shape, NONE_OF, (0, 1, 2)),)


def test_no_step_is_no_clause_and_what_is_not_among_the_questions_is_said():
    rule = short_rule([], ())
    assert rule.holds(np.zeros((2, 0), dtype=bool), ()).tolist() == [True, True]
    alone = Question(TWO, (1, 2, 3), "shape")
    with pytest.raises(ValueError, match="No factor 'shape' is taught"):
        short_rule([TreeStep(0, 0, alone, True)], ())
    with pytest.raises(ValueError, match="not among the questions"):
        said_by_hand(("image", 2, True)).holds(np.zeros((1, 1), dtype=bool), (alone,))


def test_a_factor_is_loose_where_more_than_one_in_a_hundred_says_several_values_or_none():
    config = config_of(TWO)
    shared = {name: np.tile([0.0, 1.0, 0.0, 0.0, 0.0], (300, 1)) for name in TWO}
    shared["image"][:3, 2] = 1.0  # just one in a hundred
    shared["text"][:4, 1] = 0.0
    answers = answers_of(shared, questions_of(config), config.factors)
    assert loose_factors(answers, questions_of(config), config.factors) == {("text", "shape")}
    untold = replace(config, states={"text": ("size",)})
    assert loose_factors(answers, questions_of(untold), config.factors) == {("text", "shape")}


# --- in words --------------------------------------------------------------------------------------------------

CLEVR = get_task("clevr")
CLEVR_FACTORS = (Factor("size", 2, 0), Factor("colour", 8, 1), Factor("shape", 3, 9))
NAMES = (
    *("small", "gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow"),
    *("cube", "sphere", "cylinder", "shiny", "not blue"),
)


def in_words(*asked, names=NAMES):
    """Lines of a rule from ``(modality, concept, value)`` and ``(factor or concept, value)``."""
    steps = []
    for one in asked:
        if len(one) == 3:
            question = Question((one[0],), (one[1],))
        elif isinstance(one[0], int):
            question = Question(TWO, (one[0],))
        else:
            question = Question(TWO, next(f.concepts for f in CLEVR_FACTORS if f.name == one[0]), one[0])
        steps.append(TreeStep(len(steps), 0, question, one[-1]))
    return rule_lines(short_rule(steps, CLEVR_FACTORS), names, CLEVR)


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ([], ("every sample",)),
        ([("image", 2, True)], ("Scene: red",)),
        ([("image", 0, False), ("image", 2, False), ("image", 3, False)], ("Scene: large · not red or blue",)),
        ([("image", 9, False)], ("Scene: not cube",)),
        ([("text", place, False) for place in (1, 2, 4, 6)], ("Question: blue, brown, cyan or yellow",)),
        ([("colour", True), ("shape", True), ("size", False)],
         ("Scene and Question agree on colour · shape, and differ in size",)),
        ([("image", 12, False), ("text", 13, False)], ("Scene: not shiny", "Question: blue")),
        ([("colour", True), ("image", 2, True), ("shape", False)],
         ("Scene: red", "Question: red", "Scene and Question differ in shape")),
        ([(12, True), ("image", 12, True)], ("Scene: shiny", "Question: shiny")),
        ([("image", 2, True), ("image", 3, True)], ("Scene: red and blue",)),
        ([("image", 9, False), ("image", 10, False), ("image", 11, False)], ("Scene: no shape",)),
    ],
)  # fmt: skip
def test_a_rule_is_told_modality_by_modality(asked, lines):
    assert in_words(*asked) == lines


def test_a_name_that_a_person_gave_stands_in_the_rule():
    names = ("tiny", *NAMES[1:2], "crimson", *NAMES[3:])
    assert in_words(("image", 0, False), ("text", 2, True), names=names) == ("Scene: not tiny", "Question: crimson")


def test_digits_are_told_by_their_word_once():
    task, digit = get_task("mnist_superpixels"), Factor("digit", 10, 0)
    names = tuple(f"digit {value}" for value in range(10))
    steps = [TreeStep(i, 0, Question(("image",), (value,)), False) for i, value in enumerate((9, 1, 4))]
    assert rule_lines(short_rule(steps, (digit,)), names, task) == ("Picture: not digit 1, 4 or 9",)


def test_classes_in_words_names_the_frequent_ones():
    assert classes_in_words(np.array([0.0, 1.0]), ("no", "yes")) == "yes (100 %)"
    assert classes_in_words(np.array([0.0004, 0.9996]), ("no", "yes")) == "yes (99.9 %), others"
    assert classes_in_words(np.array([0.3, 0.62, 0.02, 0.06]), tuple("abcd")) == "b (62 %), a (30 %), d (6 %), others"
    assert classes_in_words(np.full(40, 0.025), tuple(map(str, range(40)))).endswith("others")


# --- figures ---------------------------------------------------------------------------------------------------


def some_tree(seed=0, n=300):
    """A tree with noise in it, the answers it is judged by, and a bank with the classes that a model says."""
    config, rng = config_of(TWO), np.random.default_rng(seed)
    answers, other = rows_at_random(config, seed, n), rows_at_random(config, seed + 100, n)
    labels = [row[0] + 2 * row[-1] if rng.random() < 0.9 else rng.integers(4) for row in answers]
    bank = make_bank(labels=rng.integers(0, 4, 50), **{name: rng.random((50, 5)) for name in TWO})
    tree = fit_tree(answers, np.array(labels), questions_of(config), config.factors, 4)
    return tree, other, rng.integers(0, 4, n), bank, rng.integers(0, 4, 50), answers, np.array(labels)


def test_accuracy_and_fidelity_are_those_of_a_tree_fitted_to_every_size():
    tree, other, truth, bank, predicted, answers, labels = some_tree()
    curve = size_curve(tree, other, truth, bank, predicted)
    assert (curve.most_leaves, curve.n_validation, curve.n_compared) == (tree.n_leaves, 300, 50)
    config = config_of(TWO)
    rows = answers_of(bank.shared(), tree.questions, tree.factors)
    for leaves in range(2, tree.n_leaves + 1, 7):
        smaller = fit_tree(answers, labels, questions_of(config), config.factors, 4, leaves)
        assert curve.accuracy[leaves - 1] == pytest.approx((smaller.predict(other) == truth).mean())
        assert curve.fidelity[leaves - 1] == pytest.approx((smaller.predict(rows) == predicted).mean())
    usual = np.bincount(labels).argmax()
    assert curve.accuracy[0] == pytest.approx((truth == usual).mean())
    with pytest.raises(ValueError, match=r"a prediction a sample, 50 \(got \(49,\)\)"):
        size_curve(tree, other, truth, bank, predicted[:-1])


def test_samples_of_a_node_come_through_it_those_of_other_classes_first():
    tree, *_, bank, _, _, _ = some_tree()
    for node in tree.nodes():
        here = samples_at(tree, bank, node.id)
        rows = here.rows.tolist()
        ways = [tree.path({name: side.shared[row] for name, side in bank.sides.items()}) for row in range(len(bank))]
        through = [row for row, way in enumerate(ways) if node.id in {way.node, *(step.node for step in way.steps)}]
        assert sorted(rows) == through
        assert here.n_usual == sum(bank.labels[row] == node.class_index for row in through)
        assert rows == sorted(through, key=lambda row: (bank.labels[row] == node.class_index, row))
    with pytest.raises(ValueError, match=r"has nodes 0 to .* \(got 999\)"):
        samples_at(tree, bank, 999)


def test_how_often_a_rule_departs_is_counted_sample_by_sample():
    tree, *_, answers, _ = some_tree(n=120)
    for node in tree.nodes():
        rule = short_rule(tree.rule(node.id), tree.factors)
        by_hand = [
            all(row[step.column] == step.value for step in tree.rule(node.id))
            != rule.holds(row[None], tree.questions)[0]
            for row in answers
        ]
        assert n_apart(rule, tree, answers, node.id) == sum(by_hand)


# --- export ----------------------------------------------------------------------------------------------------


def small_tree():
    asked = (Question(("image",), (2,)), Question(TWO, CLEVR_FACTORS[1].concepts, "colour"))
    return fit_tree(np.array([[0, 0], [1, 0], [1, 1]] * 4), [0, 0, 1] * 4, asked, CLEVR_FACTORS, 2)


def test_rules_as_text_have_one_for_each_leaf():
    text = tree_as_rules(small_tree(), NAMES, CLEVR)
    assert text.startswith(f"{CLEVR.card.title}: {CLEVR.card.question}\nA decision tree of 2 leaves, a rule each.\n")
    assert "if Scene and Question differ in colour\nthen answer no, as in 8 training samples: no (100 %)" in text
    assert text.count("\nthen answer ") == 2
    assert text.index("then answer no") < text.index("then answer yes")


def test_json_holds_the_whole_tree_whatever_a_concept_is_called():
    awkward = 'say "no"\\ <b>&amp;\u2028 猫'
    names = (*NAMES[:2], awkward, *NAMES[3:])
    answers = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 3)
    asked = (Question(("image",), (2,)), Question(TWO, CLEVR_FACTORS[1].concepts, "colour"))
    tree = fit_tree(answers, answers[:, 0] ^ answers[:, 1], asked, CLEVR_FACTORS, 2)
    content = json.loads(tree_as_json(tree, names, CLEVR))
    assert (content["classes"], content["concepts"]) == (["no", "yes"], list(names))
    assert content["modalities"] == {"image": "Scene", "text": "Question"}
    for told, node in zip(content["nodes"], tree.nodes(), strict=True):
        assert (told["id"], told["parent"], told["n_samples"]) == (node.id, node.parent, node.n_samples)
        assert (told.get("no"), told.get("yes")) == (node.no_child, node.yes_child)
        assert told["shares"] == node.probabilities.tolist()
        assert len(told["steps"]) == node.depth
    assert awkward in json.dumps(content["nodes"], ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")

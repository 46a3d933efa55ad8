"""Questions about what modalities say, and their answers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.questions import answers_of, missing_for, questions_of
from sharcs_core.structures import Factor, Question
from sharcs_core.tree import fit_tree

MODALITIES = ("table", "graph", "words")


def some_config(n_shared=7, named=None, **settings):
    encoder = EncoderConfig("tabular", n_features=2, hidden=(4,))
    encoders = dict.fromkeys(MODALITIES, encoder)
    named = {"size": 2, "shape": 3} if named is None else named
    return ModelConfig(encoders, n_classes=2, n_local=8, n_shared=n_shared, named=named, **settings)


def some_concepts(config, n=200, seed=0, round_to=None):
    rng = np.random.default_rng(seed)
    shared = {name: rng.random((n, config.width)) for name in config.modalities}
    return shared if round_to is None else {name: values.round(round_to) for name, values in shared.items()}


def value_by_loop(concepts, factor):
    """The value that one input's concepts (T,) say: the first of the largest; of two, whether it is on."""
    if factor.n_values == 2:
        return int(concepts[factor.first] > 0.5)
    best = 0
    for value in range(factor.n_values):
        if concepts[factor.first + value] > concepts[factor.first + best]:
            best = value
    return best


def answers_by_loop(shared, questions, factors):
    """Sample by sample and question by question."""
    n = len(shared[MODALITIES[0]])
    answers = np.zeros((n, len(questions)), dtype=bool)
    for row in range(n):
        for column, question in enumerate(questions):
            said = [shared[name][row] for name in question.modalities]
            if question.factor is not None:
                (factor,) = (factor for factor in factors if factor.name == question.factor)
                answers[row, column] = value_by_loop(said[0], factor) == value_by_loop(said[1], factor)
            else:
                on = [bool(concepts[question.concepts[0]] > 0.5) for concepts in said]
                answers[row, column] = on[0] if len(on) == 1 else on[0] == on[1]
    return answers


def test_the_codes_of_all_modalities_come_first_then_what_each_two_agree_on():
    asked = questions_of(some_config())
    assert asked[:21] == tuple(Question((name,), (concept,)) for name in MODALITIES for concept in range(7))
    pairs = list(combinations(MODALITIES, 2))
    assert pairs == [("table", "graph"), ("table", "words"), ("graph", "words")]
    for place, pair in enumerate(pairs):
        assert asked[21 + 5 * place : 26 + 5 * place] == (
            Question(pair, (0,), "size"),
            Question(pair, (1, 2, 3), "shape"),
            Question(pair, (4,)),
            Question(pair, (5,)),
            Question(pair, (6,)),
        )
    assert len(asked) == len(set(asked)) == 36
    assert {question.kind for question in asked[:21]} == {"concept"}
    assert {question.kind for question in asked[21:]} == {"agreement"}


def test_where_nothing_is_taught_two_can_agree_on_every_concept():
    asked = questions_of(some_config(n_shared=2, named={}))
    assert asked[6:8] == (Question(("table", "graph"), (0,)), Question(("table", "graph"), (1,)))
    assert len(asked) == 3 * 2 + 3 * 2


def test_where_all_is_taught_they_agree_on_factors_alone():
    asked = questions_of(some_config(n_shared=4))
    assert [question.factor for question in asked[12:]] == ["size", "shape"] * 3


def test_without_a_shared_space_two_agree_only_on_what_both_were_taught():
    """Concept 7 of the table is not that of the graph; what ``red`` means was told to both."""
    asked = questions_of(some_config(wiring="concept"))
    assert asked[:24] == tuple(Question((name,), (concept,)) for name in MODALITIES for concept in range(8))
    assert {question.factor for question in asked[24:]} == {"size", "shape"}
    assert len(asked) == 24 + 3 * 2
    assert len(questions_of(some_config(named={}, wiring="concept"))) == 24


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("named", [{}, {"size": 2}, {"size": 2, "shape": 3}, {"shape": 3, "size": 2, "tone": 2}])
def test_answers_are_those_of_a_double_loop(named, seed):
    config = some_config(named=named)
    asked = questions_of(config)
    for round_to in (None, 1):  # rounded: many a tie, and many an activation of exactly one half
        shared = some_concepts(config, seed=seed, round_to=round_to)
        answers = answers_of(shared, asked, config.factors)
        assert answers.dtype == bool
        assert answers.tolist() == answers_by_loop(shared, asked, config.factors).tolist()


def test_the_first_answers_are_the_codes_side_by_side():
    config = some_config()
    shared = some_concepts(config, n=20)
    answers = answers_of(shared, questions_of(config), config.factors)
    codes = np.concatenate([shared[name] > 0.5 for name in MODALITIES], axis=1)
    assert answers[:, :21].tolist() == codes.tolist()


def test_a_part_of_the_questions_has_the_answers_it_had_among_all():
    config = some_config()
    shared, asked = some_concepts(config), questions_of(config)
    answers = answers_of(shared, asked, config.factors)
    part = [34, 3, 22, 7]
    found = answers_of(shared, [asked[place] for place in part], config.factors)
    assert found.tolist() == answers[:, part].tolist()


def test_only_the_modalities_that_are_asked_must_be_there():
    table = {"table": np.array([[0.9], [0.2]])}
    assert answers_of(table, [Question(("table",), (0,))], ()).tolist() == [[True], [False]]
    with pytest.raises(ValueError, match=r"every modality of \['graph', 'table'\] \(missing \['graph'\]\)"):
        answers_of(table, [Question(("table", "graph"), (0,))], ())


def test_stored_concepts_of_half_precision_are_read_as_they_are():
    config = some_config()
    shared = {name: values.astype(np.float16) for name, values in some_concepts(config).items()}
    asked = questions_of(config)
    whole = {name: values.astype(np.float64) for name, values in shared.items()}
    assert (answers_of(shared, asked, config.factors) == answers_of(whole, asked, config.factors)).all()


def test_agreement_on_a_factor_that_is_not_taught_is_refused():
    shared = dict.fromkeys(MODALITIES, np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"No factor 'mood' is taught; choose from \['size'\]"):
        answers_of(shared, [Question(("table", "graph"), (0,), "mood")], (Factor("size", 2, 0),))


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ((), "table"),
        (("table",), "graph"),
        (("graph",), "table"),
        (("table", "graph"), None),
        (("words",), "table"),
    ],
)
def test_the_first_modality_that_lacks_is_named(there, missing):
    assert missing_for(Question(("table", "graph"), (0,)), dict.fromkeys(there, np.zeros(1))) == missing


def test_no_tree_asks_a_modality_of_what_it_says_nothing_of():
    encoders = {"image": EncoderConfig("tabular", 2, (4,)), "text": EncoderConfig("tabular", 2, (4,))}
    config = ModelConfig(encoders, 2, 4, 4, named={"shape": 3}, states={"text": ()})
    questions = questions_of(config)
    assert [question.is_told for question in questions] == [True] * 4 + [False] * 3 + [True] * 2
    codes = np.random.default_rng(0).random((60, len(questions))) > 0.5
    untold, told = codes[:, 4].astype(int), codes[:, 0].astype(int)
    assert (fit_tree(codes, told, questions, config.factors, 2).predict(codes) == told).all()
    asked = set(fit_tree(codes, untold, questions, config.factors, 2).estimator.tree_.feature.tolist()) - {-2}
    assert asked
    assert all(questions[i].is_told for i in asked)

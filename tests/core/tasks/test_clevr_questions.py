"""Questions about one object: every wording is read back, and negatives differ as often as they are said to."""

from itertools import product

import numpy as np
import pytest

from sharcs_core.tasks.clevr import questions, scenes
from sharcs_core.tasks.clevr.question_files import sentence_of
from sharcs_core.tasks.clevr.questions import (
    FACTORS,
    KEY_NAMES,
    N_KEYS,
    SYNONYMS,
    TOKENS,
    WORDING_KEYS,
    WORDINGS,
    WORDS,
    draw_asked,
    draw_wordings,
    hard_negatives,
    keys_of_tokens,
    reference_negatives,
    uniform_negatives,
)

SIZES, COLOURS, MATERIALS, SHAPES = ([words[0] for words in values] for values in SYNONYMS.values())
KEYS = list(product(SIZES, COLOURS, MATERIALS, SHAPES))
"""Key → its attributes, from the definition."""
MANY = np.tile(np.arange(N_KEYS), 300)


def n_different(key: int, other: int) -> int:
    return sum(one != another for one, another in zip(KEYS[key], KEYS[other], strict=True))


def test_the_names_are_those_of_the_renderer_in_its_order():
    assert (*SIZES,) == scenes.SIZES
    assert (*COLOURS,) == scenes.COLOURS
    assert (*MATERIALS,) == scenes.MATERIALS
    assert (*SHAPES,) == scenes.SHAPES
    assert [scenes.key_attributes(key) for key in range(N_KEYS)] == [
        tuple(values) for values in questions.attributes_of(np.arange(N_KEYS)).tolist()
    ]


def test_keys_count_attributes_up_from_the_shape():
    assert len(KEYS) == N_KEYS == 96
    for key, words in enumerate(KEYS):
        size, colour, material, shape = (
            names.index(word) for names, word in zip((SIZES, COLOURS, MATERIALS, SHAPES), words, strict=True)
        )
        assert ((size * 8 + colour) * 2 + material) * 3 + shape == key
        assert KEY_NAMES[key] == " ".join(words)
    assert questions.keys_of(questions.attributes_of(np.arange(N_KEYS))).tolist() == list(range(N_KEYS))


def test_factors_say_the_value_of_each_key():
    values = questions.factor_values()
    assert tuple(values) == FACTORS == ("size", "colour", "material", "shape")
    for key, words in enumerate(KEYS):
        assert tuple(SYNONYMS[name][values[name][key]][0] for name in FACTORS) == words


def test_every_wording_of_every_key_reads_back_to_its_key():
    seen = set()
    for tokens, key in zip(WORDINGS.tolist(), WORDING_KEYS.tolist(), strict=True):
        words = [WORDS[token] for token in tokens]
        for word, factor, name in zip(words, FACTORS, KEYS[key], strict=True):
            assert next(meaning[0] for meaning in SYNONYMS[factor] if word in meaning) == name
        assert keys_of_tokens(np.array(tokens)) == key
        seen.add(tuple(words))
    n_words = [sum(len(words) for words in values) for values in SYNONYMS.values()]
    assert len(seen) == len(WORDINGS) == np.prod(n_words) == 800


def test_no_word_says_two_things():
    every = [word for values in SYNONYMS.values() for words in values for word in words]
    assert len(every) == len(set(every)) == len(TOKENS)
    assert ("", *every) == WORDS
    assert sentence_of(WORDINGS[0]) == "Is there a large gray rubber cube?"


def test_every_wording_of_a_key_is_drawn_about_as_often():
    keys = np.repeat([5, 40, 95], 12_000)
    chosen = draw_wordings(keys, np.random.default_rng(0))
    np.testing.assert_array_equal(WORDING_KEYS[chosen], keys)
    for key in (5, 40, 95):
        wordings, counts = np.unique(chosen[keys == key], return_counts=True)
        assert len(wordings) == (key == WORDING_KEYS).sum()
        assert counts.min() > 0.85 * counts.mean()
        assert counts.max() < 1.15 * counts.mean()


def test_hard_negatives_differ_in_exactly_one_attribute_and_in_each_as_often():
    others = hard_negatives(MANY, np.random.default_rng(0))
    assert {n_different(key, other) for key, other in zip(MANY.tolist(), others.tolist(), strict=True)} == {1}
    factor = (questions.attributes_of(MANY) != questions.attributes_of(others)).argmax(1)
    np.testing.assert_allclose(np.bincount(factor) / len(MANY), 0.25, atol=0.01)
    of_one = others[(MANY == 0) & (factor == 1)]  # colour: each of the seven others
    assert len(np.unique(of_one)) == 7


def test_uniform_negatives_are_any_other_key():
    key = np.full(95 * 300, 17)
    counts = np.bincount(uniform_negatives(key, np.random.default_rng(0)), minlength=N_KEYS)
    assert counts[17] == 0
    others = np.delete(counts, 17)
    assert others.min() > 200
    assert others.max() < 400


def test_reference_negatives_differ_as_often_as_the_authors():
    others = reference_negatives(MANY, np.random.default_rng(0))
    counts = np.bincount([n_different(*pair) for pair in zip(MANY.tolist(), others.tolist(), strict=True)], minlength=5)
    np.testing.assert_allclose(counts / len(MANY), [0, 8 / 52, 11 / 52, 27 / 52, 6 / 52], atol=0.01)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 96, 1001, 4000])
def test_half_are_positive_and_of_the_others_half_are_hard_at_least(n):
    keys = np.random.default_rng(1).integers(N_KEYS, size=n)
    before = keys.copy()
    asked = draw_asked(keys, np.random.default_rng(2))
    np.testing.assert_array_equal(keys, before)
    away = np.array([n_different(*pair) for pair in zip(keys.tolist(), asked.tolist(), strict=True)], dtype=int)
    assert (away == 0).sum() == n // 2
    n_negative = n - n // 2
    assert (away == 1).sum() >= n_negative / 2
    if n >= 1000:  # the other half: 11 of 95 uniform ones and 8 of 52 of the authors' are hard as well
        assert (away == 1).mean() == pytest.approx(0.5 * (0.5 + 0.25 * 11 / 95 + 0.25 * 8 / 52), abs=0.02)


def test_who_is_asked_what_comes_from_the_generator_alone():
    keys = np.arange(N_KEYS)
    first, again, other = (draw_asked(keys, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_kinds_of_question_are_told_apart():
    kinds = questions.difficulty_of(np.array([0, 0, 0, 0]), np.array([0, 1, 95, 4]))
    assert {name: mask.tolist() for name, mask in kinds.items()} == {
        "positive": [True, False, False, False],
        "hard": [False, True, False, False],
        "easy": [False, False, True, True],
    }

"""Words that neighbours suggest, samples filed elsewhere, and what each modality adds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sharcs_core.additions import accuracy_of, additions, rests_in_words
from sharcs_core.suggestions import Word, filed_elsewhere, ranked_words, share_of_words
from sharcs_core.texts import WordTable

TEXTS = WordTable.of(["Red, apple tree", "red apple pie", "red car", "car road", "road sign", "apple"])


def test_words_of_the_near_come_first_and_what_is_there_is_not_said_again():
    words = ranked_words(TEXTS, np.array([0, 1, 2]), given="a TREE")
    assert [word.text for word in words] == ["red", "apple"]
    assert [word.n for word in words] == [3, 2]
    assert words[0].share == pytest.approx(3 / 6)
    assert [word.text for word in ranked_words(TEXTS, np.array([0, 1, 2]), given="Apple")] == ["red"]


def test_a_word_of_one_neighbour_alone_and_one_that_all_texts_have_are_not_suggested():
    texts = ["icon red", "icon blue", "icon green", "icon black"]
    assert ranked_words(WordTable.of(texts), np.array([0, 1])) == ()


def test_the_nearest_counts_most():
    texts = ["one alpha", "one alpha", "one beta", "one beta", "gamma"]
    assert [word.text for word in ranked_words(WordTable.of(texts), np.array([2, 3, 0, 1]))] == ["beta", "one"]


def test_without_neighbours_or_words_nothing_is_suggested():
    assert ranked_words(TEXTS, np.array([], dtype=int)) == ()
    assert ranked_words(WordTable.of(["", "…"]), np.array([0, 1])) == ()


def test_share_of_words():
    words = [Word("red", 2, 0.1), Word("blue", 2, 0.1)]
    assert share_of_words(words, "A Red car") == 0.5
    assert math.isnan(share_of_words([], "red"))


def test_the_surest_comes_first_and_what_is_right_or_unknown_is_left_out():
    probabilities = np.array([[0.7, 0.3], [0.2, 0.8], [0.05, 0.95], [0.1, 0.9]])
    found = filed_elsewhere(probabilities, np.array([1, 0, 0, -1]))
    assert [(one.row, one.label, one.answer) for one in found] == [(2, 0, 1), (1, 0, 1), (0, 1, 0)]
    assert [round(one.sureness, 2) for one in found] == [0.95, 0.8, 0.7]


FIGURES = {
    "accuracy": 0.5,
    "n_test": 100,
    "missing": {
        "a": {"absent": 0.3},
        "b": {"absent": 0.58},
        "c": {"absent": 0.56},
        "b+c": {"absent": 0.6},
        "a+c": {"absent": 0.2},
        "a+b": {"absent": 0.1},
    },
}


def test_every_modality_is_added_to_every_set_of_others():
    found = {(one.modality, one.to): one for one in additions(FIGURES, ("a", "b", "c"))}
    assert len(found) == 9
    harm = found["b", ("a", "c")]
    assert (harm.before, harm.after) == (0.58, 0.5)
    assert harm.error == pytest.approx(math.sqrt(0.58 * 0.42 / 100))
    assert {key for key, one in found.items() if one.harms} == {("b", ("a", "c")), ("c", ("a", "b"))}


def test_what_was_not_measured_is_not_told():
    assert accuracy_of({"accuracy": 0.5, "missing": None}, ("a", "b"), ("a",)) is None
    assert list(additions({"accuracy": 0.5, "missing": None}, ("a", "b"))) == []
    assert rests_in_words({"accuracy": 0.5}, {"a": "A", "b": "B"}) == ""


def test_the_worst_harm_is_named():
    said = rests_in_words(FIGURES, {"a": "Tags", "b": "Picture", "c": "Strokes"})
    assert said == (
        "Alone: Tags .600, Picture .200, Strokes .100; all together .500. "
        "Picture lowers what Tags and Strokes reach: .580 to .500."
    )

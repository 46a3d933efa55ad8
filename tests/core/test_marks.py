"""What sets the samples apart that have a concept on: against a slow count, effects, edges."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sharcs_core import marks
from sharcs_core.kinds.text import TextForm
from sharcs_core.marks import CLASS, TRAIT, WORD, Mark, Marks, MarkTable, activations_of
from sharcs_core.structures import Inputs
from sharcs_core.tasks.card import Modality, Target, TaskCard

N = 120


def card(traits=("alcohol",)):
    form = TextForm(("", "red"))
    return TaskCard(
        name="toys",
        title="Toys",
        summary="",
        question="Which?",
        target=Target(("low", "high")),
        modalities=(Modality("words", "Words", form, ("low", "high")),),
        own_keys=True,
        traits=tuple(traits),
    )


def bank(texts, labels, traits, shared):
    tokens = np.ones((len(texts), 1), dtype=np.int32)
    inputs = Inputs("text", {"tokens": tokens, "texts": np.array(texts)})
    sides = {"words": SimpleNamespace(inputs=inputs, shared=np.asarray(shared, dtype=np.float32))}
    return Sized(sides=sides, labels=np.asarray(labels), traits=traits)


class Sized(SimpleNamespace):
    def __len__(self):
        return len(self.labels)


@pytest.fixture
def toys():
    """Half are red and on; a quarter are alcohols and off; the class is by chance; *the* is in all."""
    rng = np.random.default_rng(0)
    is_red, is_alcohol = np.arange(N) % 2 == 0, np.arange(N) % 4 == 1
    texts = [f"the {'Red ball' if red else 'car'} x{row}" for row, red in enumerate(is_red)]
    shared = np.stack([np.where(is_red, 0.9, 0.2), rng.random(N)], axis=1)
    return bank(texts, rng.integers(0, 2, N), is_alcohol[:, None].astype(np.int64), shared)


def test_a_concept_is_told_by_what_nearly_all_have_that_it_is_on_for(toys):
    clear, chance = MarkTable.of(toys, card()).marks(activations_of(toys))
    assert clear.on == (Mark(WORD, "ball", N // 2, 1.0, clear.on[0].row),)  # and not *red* too, which says the same
    assert [(mark.kind, mark.text, mark.on) for mark in clear.off] == [(WORD, "car", 0.0)]
    assert chance == Marks()
    assert (chance.name, chance.sentence) == ("", "")
    assert clear.name == "like ball"
    assert clear.rows == (clear.on[0].row,)
    assert clear.on[0].row % 2 == 0


def test_marks_are_as_a_slow_count_says():
    rng = np.random.default_rng(1)
    has, on = rng.random((600, 12)) < rng.uniform(0.1, 0.3, 12), (rng.random((600, 3)) < 0.5).astype(float)
    for trait in range(3):
        on[has[:, trait], trait] = rng.random(has[:, trait].sum()) < 0.95
    names = [f"t{place}" for place in range(12)]
    table = MarkTable((TRAIT,) * 12, tuple(names), has)
    for concept, found in enumerate(table.marks(on[None])):
        for place, name in enumerate(names):
            own = on[has[:, place], concept]
            usual, n = on[:, concept].mean(), len(own)
            error = math.sqrt(usual * (1 - usual) / n * (600 - n) / 599)
            gap = own.mean() - usual
            told = {mark.text: mark for mark in (*found.on, *found.off)}
            if name in told:
                assert told[name].on == pytest.approx(own.mean())
                assert told[name].n == n
                assert abs(gap) >= marks.APART
                assert abs(gap) / error >= marks.SURE - 1e-9
            elif abs(gap) >= marks.APART and abs(gap) / error >= marks.SURE and (own.mean() > 0.5) == (gap > 0):
                assert len(found.on) == marks.MOST or len(found.off) == marks.MOST or _doubled(has, place, told, names)
        assert found.on[0].text == f"t{concept}"


def _doubled(has, place, told, names):
    others = [names.index(text) for text in told]
    both = [(has[:, place] & has[:, other]).sum() / min(has[:, place].sum(), has[:, other].sum()) for other in others]
    return max(both) > marks.SAME


def test_classes_stand_behind_words_and_name_a_concept_where_there_are_none(toys):
    labels = np.arange(N) % 2
    shared = np.stack([labels == 0, labels == 1], axis=1)
    found = MarkTable.of(bank(["…"] * N, labels, None, shared), card(traits=())).marks(shared[None].astype(float))
    assert [own.name for own in found] == ["like low", "like high"]
    assert found[0].sentence == "on for answer low; off for answer high"
    worded = Marks((Mark(WORD, "ball", 60, 1.0), Mark(CLASS, "low", 60, 1.0)))
    assert (worded.name, worded.sentence) == ("like ball", "on for ball (answer low)")
    assert Marks((Mark(CLASS, "low", 60, 1.0),), (Mark(WORD, "car", 60, 0.0),)).name == "not like car"


def test_what_few_have_or_nearly_all_is_left_out_and_a_constant_concept_has_no_marks():
    texts = ["often rare" if row < marks.LEAST - 1 else "often" for row in range(N)]
    small = bank(texts, np.zeros(N, dtype=int), None, np.ones((N, 1)))
    table = MarkTable.of(small, card(traits=()))
    assert table.texts == ()
    assert table.marks(np.ones((1, N, 1))) == (Marks(),)
    other = MarkTable((WORD,), ("half",), (np.arange(N) % 2 == 0)[:, None])
    assert other.marks(np.ones((1, N, 1))) == (Marks(),)


def test_texts_that_a_run_keeps_nothing_of_are_no_words(toys):
    toys.sides["words"].inputs = Inputs.withheld("text", N)
    assert WORD not in MarkTable.of(toys, card()).kinds


def test_a_mark_is_shown_by_the_sample_that_has_it_most_clearly():
    has = np.arange(N) % 2 == 0
    activations = np.where(has, 0.7, 0.3)[None, :, None].repeat(2, axis=0)
    activations[:, 40], activations[1, 42], activations[1, 7], activations[:, 8] = 0.95, 1.0, 0.0, 0.6
    (found,) = MarkTable((TRAIT, TRAIT), ("even", "odd"), np.stack([has, ~has], axis=1)).marks(activations)
    assert [(mark.text, mark.row) for mark in (*found.on, *found.off)] == [("even", 40), ("odd", 7)]

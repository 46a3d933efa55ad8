"""Sentences on a sample: each fact of them holds, and a wrong one is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run
from sharcs_core.explanations import explain_sample
from sharcs_core.structures import IsLike, IsRead, OnPicture, OnTable, Region, SaysClass, WouldChange
from sharcs_core.where import inputs_of, say, wrong_facts
from sharcs_core.where.painting import paint
from sharcs_core.where.regions import regions_of
from sources import ROOT

RUNS = ("clevr", "clevr_free", "xor_four_ways", "half_mnist", "icons", "molecules")


@pytest.fixture(scope="module", params=RUNS)
def said(request):
    run = load_run(ROOT / "checkpoints" / request.param)
    ids = [str(one) for one in (*run.test_bank.sample_ids[:3], run.bank.sample_ids[0])]
    explained = [explain_sample(run, one) for one in ids]
    return run, [(one, say(run, one, inputs_of(run, str(one.sample_id)))) for one in explained]


def facts_of(said, kind):
    run, samples = said
    return [(run, explanation, fact) for explanation, one in samples for fact in one.facts if isinstance(fact, kind)]


def test_two_or_three_sentences_of_facts_that_hold(said):
    run, samples = said
    for explanation, one in samples:
        assert 1 <= len(one.sentences) <= 3
        assert all(sentence.endswith(".") for sentence in one.sentences)
        assert run.card.target.name(explanation.class_index) in one.text
        assert not wrong_facts(run, explanation, one.facts)
        assert all(
            region.words in one.text or region.words.split()[-1] in one.text
            for fact in one.facts
            if isinstance(fact, IsRead)
            for region in fact.regions
        )


def test_another_class_and_another_probability_are_found_out(said):
    for run, explanation, fact in facts_of(said, SaysClass):
        other = replace(fact, class_index=(fact.class_index + 1) % run.model.config.n_classes)
        assert wrong_facts(run, explanation, [other]) == (other,)
        unsure = replace(fact, probability=fact.probability - 0.1)
        assert wrong_facts(run, explanation, [unsure]) == (unsure,)


def test_the_contrary_of_what_is_read_is_found_out(said):
    for run, explanation, fact in facts_of(said, IsRead):
        contrary = replace(fact, value=not fact.value)
        assert wrong_facts(run, explanation, [contrary]) == (contrary,)


def test_a_region_beside_the_true_part_is_found_out(said):
    for run, explanation, fact in facts_of(said, IsRead):
        for region in fact.regions:
            size = 100_000
            truth = np.zeros(size, dtype=bool)
            truth[region.members] = True
            own = replace(fact, regions=(region,))
            beside = Region(region.modality, region.words, np.flatnonzero(~truth)[:1])
            assert not wrong_facts(run, explanation, [own], {(region.modality, ""): truth})
            planted = replace(fact, regions=(region, beside))
            assert wrong_facts(run, explanation, [planted], {(region.modality, ""): truth}) == (planted,)


def test_a_sample_that_is_not_the_nearest_is_found_out(said):
    for run, explanation, fact in facts_of(said, IsLike):
        rows = np.asarray(run.bank.sides[fact.neighbour.modality].shared, dtype=np.float64)
        farthest = int(np.linalg.norm(rows - explanation.shared[fact.modality], axis=1).argmax())
        planted = replace(fact, neighbour=replace(fact.neighbour, row=farthest))
        assert wrong_facts(run, explanation, [planted]) == (planted,)


def test_a_change_that_changes_nothing_is_found_out(said):
    for run, explanation, fact in facts_of(said, WouldChange):
        kept = tuple(
            (modality, concept, float(explanation.shared[modality][concept] > 0.5))
            for modality, concept, _ in fact.edits
        )
        planted = replace(fact, edits=kept)
        assert wrong_facts(run, explanation, [planted]) == (planted,)


def test_the_thirds_of_a_picture_have_names():
    shares = np.zeros((6, 9))
    shares[0, 8], shares[3, 4], shares[5, 0] = 0.6, 0.3, -0.1
    found = regions_of("image", OnPicture(shares, (0, 0, 6, 9)))
    assert [region.words for region in found] == ["upper right"]
    assert np.isin(8, found[0].members)
    assert {divmod(int(pixel), 9) for pixel in found[0].members} == {(r, c) for r in (0, 1) for c in (6, 7, 8)}


def test_regions_are_named_until_half_of_the_evidence_is_told():
    cells = np.array([0.3, 0.25, -0.2, 0.15, 0.1])
    found = regions_of("table", OnTable(tuple("abcde"), cells))
    assert [region.words for region in found] == ["a", "b"]  # c speaks against, d has half of what a has
    assert regions_of("table", OnTable(("a",), np.array([-1.0]))) == ()


def test_what_people_write_is_text_in_a_drawing():
    from sharcs_core.kinds.text import TextForm
    from sharcs_core.structures import Inputs, OnText

    word = '<script>alert("1")</script>'
    part = OnText(word, (word,), np.array([[0, len(word)]]), np.array([1.0]))
    drawn = paint(TextForm(("", "a")), Inputs("text", {"tokens": np.array([[1]])}), part)
    assert drawn.suffix == ".svg"
    assert b"<script" not in drawn.content
    assert b"&lt;script" in drawn.content

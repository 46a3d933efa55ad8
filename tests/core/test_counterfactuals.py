"""The fewest edits that change a class, against an exhaustive search over everything that can be said."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from sharcs_core import counterfactuals as module
from sharcs_core import inference
from sharcs_core.counterfactuals import BEYOND, counterfactuals, edits_needed_of, training_codes
from sharcs_core.interventions import apply_edits, edits_of_value, outcome_of
from sharcs_core.named import values_said
from sharcs_core.structures import Factor
from small_models import leaning, small_model, small_run

NAMED = {"size": 2, "shape": 3}


def things_of(config, shared):
    """All that can be edited, with the value read and the others: modality, factor or free concept, value, others."""
    free = [Factor("free", 2, concept) for concept in range(config.n_named, config.width)]
    for name, concepts in shared.items():
        for factor in (*config.factors, *free):
            said = int(values_said(np.asarray(concepts)[None], factor)[0])
            yield name, factor, said, [value for value in range(factor.n_values) if value != said]


def exhaustive(run, shared, size, to_class=None):
    """Every combination of ``size`` edits that changes the class, one outcome after the other: a plain search."""
    before = outcome_of(run, shared).class_index
    found = {}
    for things in combinations(things_of(run.model.config, shared), size):
        for values in product(*(others for *_, others in things)):
            edits = [
                edit
                for (name, factor, *_), value in zip(things, values, strict=True)
                for edit in edits_of_value(factor, name, value)
            ]
            after = outcome_of(run, apply_edits(shared, edits))
            if after.class_index == to_class or (to_class is None and after.class_index != before):
                found[frozenset(edits)] = after
    return found


def sample_of(run, seed, modalities="ab"):
    rng = np.random.default_rng(seed)
    return {name: rng.random(run.model.config.width).astype(np.float32) for name in modalities}


RUNS = {  # each has samples that need one, two and three edits, and such that three do not change
    "free": lambda: small_run(leaning(small_model("ab", 4, seed=2), 0, 4.0)),
    "named": lambda: small_run(leaning(small_model("ab", 4, seed=2, named=NAMED), 0, 4.0)),
    "mixed": lambda: small_run(leaning(small_model("ab", 6, seed=2, named=NAMED, agreements=True), 0, 4.0)),
    "concept": lambda: small_run(leaning(small_model("ab", 5, seed=2, wiring="concept"), 0, 4.0)),
    "three": lambda: small_run(leaning(small_model("abc", 3, seed=2, named={"size": 2}), 0, 4.0)),
}


@pytest.fixture(scope="module", params=list(RUNS))
def run(request):
    return RUNS[request.param]()


@pytest.fixture(scope="module")
def mixed():
    return RUNS["mixed"]()


@pytest.fixture(scope="module")
def free():
    return RUNS["free"]()


@pytest.fixture(scope="module")
def easy():
    """A model that a few edits of one modality bring to another class."""
    return small_run(leaning(small_model("ab", 6, seed=2, named=NAMED, agreements=True), 0, 1.5))


def test_what_is_found_is_all_that_an_exhaustive_search_finds_of_the_fewest_edits(run):
    sizes = set()
    for seed in range(12):
        shared = sample_of(run, seed, run.model.config.modalities)
        found = counterfactuals(run, shared, n=10_000)
        by_size = [exhaustive(run, shared, size) for size in (1, 2, 3)]
        expected = next((some for some in by_size if some), {})
        assert {frozenset(one.edits) for one in found} == set(expected)
        for one in found:
            outcome = expected[frozenset(one.edits)]
            assert one.class_index == outcome.class_index
            assert one.probability == pytest.approx(outcome.probabilities.max(), abs=1e-5)
        sizes.add(len(found[0].changes) if found else BEYOND)
    assert len(sizes) >= 3  # some samples needed more edits than others


def test_a_class_that_is_chosen_is_come_to_with_the_fewest_edits_that_do(mixed):
    for seed in range(8):
        shared = sample_of(mixed, seed)
        present = outcome_of(mixed, shared).class_index
        for to_class in {0, 1, 2} - {present}:
            found = counterfactuals(mixed, shared, to_class=to_class, n=10_000)
            expected = next((some for size in (1, 2, 3) if (some := exhaustive(mixed, shared, size, to_class))), {})
            assert {frozenset(one.edits) for one in found} == set(expected)
            assert {one.class_index for one in found} <= {to_class}


def test_changes_say_what_was_and_what_becomes_of_it(mixed):
    config, changes = mixed.model.config, []
    for seed in range(20):
        shared = sample_of(mixed, seed)
        for one in counterfactuals(mixed, shared):
            for change in one.changes:
                changes.append(change)
                after = apply_edits(shared, change.edits)[change.modality][None]
                before = shared[change.modality][None]
                assert {edit.modality for edit in change.edits} == {change.modality}
                if change.factor is None:
                    assert change.before == (before[0, change.concept] > 0.5) != change.after
                    assert after[0, change.concept] == change.after
                else:
                    factor = next(factor for factor in config.factors if factor.name == change.factor)
                    assert change.before == values_said(before, factor)[0] != change.after
                    assert change.after == values_said(after, factor)[0]
                    assert len(change.edits) == len(factor.concepts)
    assert {change.factor for change in changes} == {"size", "shape", None}
    assert {change.concept for change in changes} == {None, 4, 5}


def test_what_training_has_seen_comes_first_and_then_what_is_likely(mixed):
    mixed_up = 0
    for seed in range(12):
        found = counterfactuals(mixed, sample_of(mixed, seed), n=10_000)
        assert [one.seen for one in found] == sorted((one.seen for one in found), reverse=True)
        for seen in (True, False):
            likely = [one.probability for one in found if one.seen == seen]
            assert likely == sorted(likely, reverse=True)
        mixed_up += len({one.seen for one in found}) == 2
        fewer = counterfactuals(mixed, sample_of(mixed, seed), n=2)
        assert [one.edits for one in fewer] == [one.edits for one in found[:2]]
    assert mixed_up


def test_a_code_is_seen_where_some_training_input_of_each_edited_modality_has_it(mixed):
    known = {name: set(map(tuple, codes.tolist())) for name, codes in training_codes(mixed).items()}
    both = []
    for seed in range(12):
        shared = sample_of(mixed, seed)
        for one in counterfactuals(mixed, shared, n=10_000):
            after = apply_edits(shared, one.edits)
            edited = {change.modality for change in one.changes}
            both.append(one.seen)
            assert one.seen == all(tuple((after[name] > 0.5).tolist()) in known[name] for name in edited)
    assert set(both) == {True, False}


def test_training_codes_are_those_of_the_training_inputs(run):
    for name, codes in training_codes(run).items():
        np.testing.assert_array_equal(codes, run.bank.sides[name].shared > 0.5)


def test_what_is_absent_is_not_edited_and_companions_stand_for_it(easy):
    sizes = set()
    for seed in range(12):
        shared = sample_of(easy, seed, "b")
        found = counterfactuals(easy, shared, n=10_000)
        expected = next((some for size in (1, 2, 3) if (some := exhaustive(easy, shared, size))), {})
        assert {frozenset(one.edits) for one in found} == set(expected)
        assert {change.modality for one in found for change in one.changes} <= {"b"}
        for one in found:
            assert one.probability == pytest.approx(expected[frozenset(one.edits)].probabilities.max(), abs=1e-5)
        sizes.add(len(found[0].changes) if found else BEYOND)
    assert len(sizes) > 1


def test_a_bank_sample_can_be_kept_from_answering_for_itself(easy):
    shared = {"b": easy.bank.sides["b"].shared[7]}
    found = counterfactuals(easy, shared, exclude=7)
    assert found
    for one in found:
        without = outcome_of(easy, apply_edits(shared, one.edits), exclude=7)
        assert without.probabilities[one.class_index] == pytest.approx(one.probability, abs=1e-6)
    before = [outcome_of(easy, shared, exclude=exclude).probabilities for exclude in (None, 7)]
    assert abs(before[0] - before[1]).max() > 1e-4


def test_where_nothing_is_enough_nothing_is_found():
    run = small_run(leaning(small_model("ab", 4), 0, 1000.0))
    assert counterfactuals(run, sample_of(run, 0)) == ()
    assert edits_needed_of(run.model, {name: side.shared for name, side in run.bank.sides.items()}).tolist() == [
        BEYOND
    ] * len(run.bank)


def test_fewer_concepts_than_edits_are_no_fault():
    run = small_run(leaning(small_model("ab", 2, seed=1), 0, 1000.0))
    assert counterfactuals(run, sample_of(run, 0, "a")) == ()


def test_no_more_edits_are_made_than_are_allowed(free):
    sizes = {seed: found for seed in range(30) if (found := counterfactuals(free, sample_of(free, seed), n=1))}
    two = next(seed for seed, found in sizes.items() if len(found[0].changes) == 2)
    assert counterfactuals(free, sample_of(free, two), most=1) == ()
    assert counterfactuals(free, sample_of(free, two), most=2, n=1) == sizes[two]


def test_the_result_does_not_depend_on_how_much_is_predicted_at_one_time(mixed, monkeypatch):
    shared, rows = sample_of(mixed, 3), {name: side.shared for name, side in mixed.bank.sides.items()}
    expected, needed = counterfactuals(mixed, shared, n=50), edits_needed_of(mixed.model, rows)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(module, "SAMPLES_AT_ONCE", 11)
    assert [one.edits for one in counterfactuals(mixed, shared, n=50)] == [one.edits for one in expected]
    assert edits_needed_of(mixed.model, rows).tolist() == needed.tolist()


def test_the_edits_that_many_samples_need_are_those_that_each_needs(run):
    rng = np.random.default_rng(0)
    config = run.model.config
    shared = {name: rng.random((80, config.width)).astype(np.float32) for name in config.modalities}
    needed = edits_needed_of(run.model, shared)
    for row, fewest in enumerate(needed):
        found = counterfactuals(run, {name: own[row] for name, own in shared.items()}, n=1)
        assert fewest == (len(found[0].changes) if found else BEYOND)
    assert set(needed.tolist()) == {1, 2, 3, BEYOND}


def test_no_samples_need_no_edits(free):
    assert edits_needed_of(free.model, {name: np.zeros((0, 4)) for name in "ab"}).tolist() == []


def test_the_concepts_given_stay_as_they_are_and_may_be_whole_numbers(free):
    shared = {"a": np.array([0, 1, 0, 1]), "b": np.array([1, 1, 0, 0])}
    found = counterfactuals(free, shared)
    assert found
    as_floats = counterfactuals(free, {name: own.astype(float) for name, own in shared.items()})
    assert [one.edits for one in found] == [one.edits for one in as_floats]
    assert shared["a"].tolist() == [0, 1, 0, 1]


def test_a_class_that_is_said_already_is_refused(free):
    shared = sample_of(free, 0)
    present = outcome_of(free, shared).class_index
    with pytest.raises(ValueError, match=f"says 'class {present}' already"):
        counterfactuals(free, shared, to_class=present)
    assert inference.probabilities(free.model, {k: v[None] for k, v in shared.items()}).argmax() == present


@pytest.mark.parametrize(
    ("shared", "settings", "message"),
    [
        ("ab", {"to_class": 3}, r"Classes are 0 to 2 \(got 3\)"),
        ("ab", {"to_class": -1}, r"Classes are 0 to 2 \(got -1\)"),
        ("ab", {"most": 0}, r"most must be 1 to 3 edits \(got 0\)"),
        ("ab", {"most": 4}, r"most must be 1 to 3 edits \(got 4\)"),
        ("ab", {"n": 0}, r"n must be at least 1 \(got 0\)"),
        ("ax", {}, r"at least one of \['a', 'b'\] \(got \['a', 'x'\]\)"),
        ("", {}, r"at least one of \['a', 'b'\] \(got \[\]\)"),
    ],
)
def test_what_cannot_be_searched_for_is_said(free, shared, settings, message):
    with pytest.raises(ValueError, match=message):
        counterfactuals(free, sample_of(free, 0, shared), **settings)


def test_concepts_of_another_width_are_said(free):
    with pytest.raises(ValueError, match=r"'b' has concepts of shape \(4,\) \(got \(5,\)\)"):
        counterfactuals(free, {"a": np.zeros(4), "b": np.zeros(5)})


def test_a_black_box_has_nothing_to_edit():
    run = small_run(small_model("ab", 4))
    run.model = small_model("ab", 4, wiring="fusion")
    with pytest.raises(ValueError, match="'fusion' has no concepts to edit"):
        counterfactuals(run, sample_of(run, 0))

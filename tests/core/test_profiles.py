"""Profiles of concepts against loops over inputs, in words, and the samples that have them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from builders import make_bank, make_side
from named_toy import NamedToy, named_toy_run
from sharcs_core.checkpoints import RunError
from sharcs_core.meanings import Meanings
from sharcs_core.metrics.association import class_associations
from sharcs_core.profiles import (
    ANY,
    EVERY,
    N_BINS,
    PARTS,
    UNDECIDED,
    Agreement,
    Asked,
    Pattern,
    Relative,
    concept_profiles,
    doubts_of,
    find_samples,
    finding,
    has_pattern,
    n_samples,
    samples_csv,
    words,
)
from sharcs_core.profiles.samples import safe_cell
from sharcs_core.questions import codes_in
from sharcs_core.structures import THRESHOLD
from sharcs_core.tasks import TASKS
from untrained_runs import config_of, untrained_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """An untrained run of three modalities, with taught and free concepts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "named_toy", NamedToy())
        yield named_toy_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def profiles(run):
    return concept_profiles(run)


@pytest.fixture(scope="module")
def predicted(run):
    rng = np.random.default_rng(0)
    return {"train": rng.integers(0, 4, len(run.bank)), "test": rng.integers(0, 4, len(run.test_bank))}


# --- how often it is on, and what shows it -------------------------------------------------------------------


def test_there_is_a_profile_of_each_concept_with_its_names_and_its_factor(run, profiles):
    assert [profile.name for profile in profiles] == list(run.concept_names)
    assert [profile.factor for profile in profiles] == ["parity", "number", "number", "number", "number", None]
    assert profiles[0].two_values == ("parity 0", "parity 1")
    assert all(profile.two_values is None for profile in profiles[1:])
    named = concept_profiles(replace(run, given_names={2: "mine"}))[2]
    assert (named.name, named.own_name) == ("mine", profiles[2].name)


def test_inputs_are_counted_one_by_one(run, profiles):
    for profile, (modality, side) in product(profiles, run.bank.sides.items()):
        said, values = profile.said[modality], side.shared[:, profile.concept].astype(float).tolist()
        assert (said.n_inputs, said.n_on) == (len(values), sum(value > THRESHOLD for value in values))
        assert said.share_on == said.n_on / said.n_inputs
        by_bin = [sum(min(int(value * N_BINS), N_BINS - 1) == b for value in values) for b in range(N_BINS)]
        assert said.histogram.tolist() == by_bin
        assert said.n_undecided == sum(abs(value - THRESHOLD) <= UNDECIDED for value in values)


def test_the_border_is_nearest_to_the_threshold_and_prototypes_are_on_their_side(run, profiles):
    for profile, (modality, side) in product(profiles, run.bank.sides.items()):
        said, values = profile.said[modality], side.shared[:, profile.concept].astype(float)
        nearest = sorted(range(len(values)), key=lambda row: (abs(values[row] - THRESHOLD), row))
        assert said.border.tolist() == nearest[: finding.N_SHOWN]
        assert (values[said.on] > THRESHOLD).all()
        assert (values[said.off] <= THRESHOLD).all()


def test_typical_inputs_have_frequent_codes_in_turn_and_a_rare_one_never():
    """On: 20 of one code, 12 of another, 1 of a third; off: a single one."""
    on = [[0.9, 0.9, 0.1]] * 20 + [[0.9, 0.1, 0.1]] * 12 + [[0.9, 0.9, 0.9]]
    bank = make_bank(image=np.array([*on, [0.1, 0.1, 0.1]]) + np.arange(34)[:, None] / 1000)
    chosen = finding._typical(bank, "image", 0, on=True)
    assert [int(row) // 20 for row in chosen] == [0, 1, 0, 1]
    assert 32 not in chosen
    assert chosen[0] in (9, 10)  # nearest to the mean of its code
    assert finding._typical(bank, "image", 0, on=False).tolist() == [33]
    assert len(finding._typical(make_bank(image=np.full((3, 1), 0.9)), "image", 0, on=False)) == 0


# --- agreement and relatives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_agreement_is_the_share_of_all_pairs_that_say_the_same(seed):
    rng = np.random.default_rng(seed)
    sides = {
        name: make_side(name, rng.random((25, 2)).astype(np.float32), rng.integers(0, 5, 25))
        for name in ("image", "graph")
    }
    (found,) = finding._agreements(make_bank(**sides), 1, Meanings({}))
    left, right = sides.values()
    pairs = [
        (left.semantics[i] == right.semantics[j], (left.shared[i, 1] > 0.5) == (right.shared[j, 1] > 0.5))
        for i, j in product(range(25), range(25))
    ]
    alike = [same for one_meaning, same in pairs if one_meaning]
    assert found.same == pytest.approx(sum(alike) / len(alike))
    assert found.any_pair == pytest.approx(sum(same for _, same in pairs) / len(pairs))


def test_where_no_two_inputs_mean_the_same_there_is_no_agreement_to_tell():
    bank = make_bank(image=make_side("image", [[0.9]], [0]), graph=make_side("graph", [[0.1]], [3]))
    assert finding._agreements(bank, 0, Meanings({})) == (Agreement(("image", "graph"), None, 0.0),)


def test_relatives_are_the_most_correlated_and_what_never_changes_has_none():
    rng = np.random.default_rng(0)
    shared = rng.random((40, 6))
    shared[:, 1], shared[:, 2], shared[:, 5] = 1 - shared[:, 0], shared[:, 0] + rng.normal(0, 0.2, 40), 0.3
    found = finding._relatives(make_bank(image=shared[:20], graph=shared[20:]))
    assert found[5] == ()
    for concept in range(5):
        expected = {other: np.corrcoef(shared[:, concept], shared[:, other])[0, 1] for other in range(5)}
        order = sorted(
            (other for other in expected if other != concept), key=lambda other: -abs(expected[other]).round(9)
        )
        assert [relative.concept for relative in found[concept]] == order[: finding.N_RELATIVES]
        for relative in found[concept]:
            assert relative.correlation == pytest.approx(expected[relative.concept])


# --- the tree, the answers, the meaning ----------------------------------------------------------------------


def test_the_tree_asks_about_a_concept_where_a_node_reads_it(run, profiles):
    nodes = run.tree.nodes()
    for profile in profiles:
        expected = {node.id for node in nodes if node.question and profile.concept in node.question.concepts}
        assert {asked.node for asked in profile.asked} == expected
        assert [asked.depth for asked in profile.asked] == sorted(asked.depth for asked in profile.asked)
        for asked in profile.asked:
            assert (asked.n_samples, asked.question) == (nodes[asked.node].n_samples, nodes[asked.node].question)


def test_associations_are_those_of_every_question_about_the_concept(run, profiles):
    every = class_associations(run.answers, run.labels, 4)
    codes = codes_in(run.answers, run.model.config)
    for profile in profiles:
        expected = [place for place, question in enumerate(run.questions) if profile.concept in question.concepts]
        assert [one.question for one in profile.associations] == [run.questions[place] for place in expected]
        for one, place in zip(profile.associations, expected, strict=True):
            np.testing.assert_array_equal(one.when_yes, every.when_yes[place])
            assert 0 <= one.strength <= 1
        assert [one.n_yes for one in profile.own_associations] == [
            int(of_modality[:, profile.concept].sum()) for of_modality in codes.values()
        ]


def test_strength_is_how_many_answers_would_have_to_be_others(profiles):
    one = replace(profiles[0].associations[0], n_yes=10, n_samples=40)
    one = replace(one, when_yes=np.array([0.5, 0.5, 0, 0]), when_no=np.array([0.1, 0.5, 0.4, 0]))
    assert one.strength == pytest.approx(0.4)
    assert replace(one, n_yes=40).strength == 0
    beyond = replace(one, is_beyond=np.array([True, True, True, False]))
    assert beyond.more_frequent == (0,)


def test_meanings_tell_a_concept_as_well_as_counting_says():
    """On for keys 0 and 1 of the training inputs; of the unseen ones of key 0 it is off."""
    keys = np.array([0, 1, 2, 3])
    train = make_bank(image=make_side("image", np.array([[0.9], [0.8], [0.1], [0.2]]), keys))
    test = make_bank(image=make_side("image", np.array([[0.1], [0.9], [0.1], [0.1]]), keys))
    by_value, by_meaning = finding._told(train, test, Meanings({"parity": (0, 1, 0, 1)}))
    assert by_meaning == [pytest.approx((1 / 1 + 2 / 3) / 2)]  # the one that is on, and two of three that are off
    assert by_value is not None
    assert by_value[0] < by_meaning[0]
    assert finding._told(train, test, Meanings({}))[0] is None


def test_a_model_without_concepts_has_no_profiles(toy, toy_data, tmp_path):
    black_box = untrained_run(toy, toy_data, tmp_path / "late", config_of(toy, "late"))
    with pytest.raises(RunError, match="without concepts"):
        concept_profiles(black_box)


# --- in words ------------------------------------------------------------------------------------------------


@pytest.fixture
def sound(profiles):
    """A profile that nothing speaks against."""
    return replace(
        profiles[5],
        said={name: replace(said, n_inputs=100, n_on=40) for name, said in profiles[5].said.items()},
        agreements=(Agreement(("table", "words"), 0.97, 0.5),),
        asked=(Asked(0, 0, 256, profiles[5].associations[0].question),),
        relatives=(Relative(0, -0.3),),
        told_by_value=0.95,
        told_by_meaning=0.98,
    )


def test_nothing_speaks_against_a_sound_concept(run, sound):
    assert doubts_of(sound, run.concept_names) == ()


@pytest.mark.parametrize(
    ("change", "short"),
    [
        ({"told_by_meaning": 0.7, "told_by_value": 0.7}, "hardly told by meaning"),
        ({"told_by_value": 0.7}, "no single meaning"),
        ({"relatives": (Relative(0, -0.96), Relative(1, 0.2))}, "a copy"),
        ({"agreements": (Agreement(("table", "words"), 0.8, 0.5),)}, "disagreement"),
        ({"asked": ()}, "never asked"),
    ],
)
def test_each_doubt_is_told_in_one_sentence(run, sound, change, short):
    (doubt,) = [one for one in doubts_of(replace(sound, **change), run.concept_names) if one.short != "no answer"]
    assert doubt.short == short
    assert doubt.sentence.endswith(".")


def test_a_concept_that_is_hardly_ever_on_is_told_and_one_that_no_one_asks_and_no_answer_goes_with(run, sound):
    rare = {name: replace(said, n_on=0) for name, said in sound.said.items()}
    assert doubts_of(replace(sound, said=rare), run.concept_names)[0].sentence.startswith(
        "It is on for 0 of 300 inputs"
    )
    silent = tuple(replace(one, is_beyond=np.zeros(4, dtype=bool)) for one in sound.associations)
    told = doubts_of(replace(sound, associations=silent, asked=()), run.concept_names)
    assert [doubt.short for doubt in told] == ["never asked", "no answer"]


def an_association(profiles, concept, difference, *, kind="concept"):
    """One about a concept, in which the last class differs so much, beyond chance."""
    one = next(one for one in profiles[concept].associations if one.question.kind == kind)
    when_no = np.array([0.4, 0.3, 0.2, 0.1])
    when_yes = when_no + np.array([-difference, 0, 0, difference])
    is_beyond = np.array([difference != 0, False, False, difference != 0])
    return replace(one, n_yes=100, n_samples=256, when_yes=when_yes, when_no=when_no, is_beyond=is_beyond)


def test_an_association_is_told_with_the_answers_that_it_makes_more_frequent(run, profiles):
    one = an_association(profiles, 0, 0.2)
    assert words.association_in_words(one, run.concept_names, run.task) == (
        "where the Table says “parity”, the answer all is more frequent"
    )
    agreed = an_association(profiles, 0, 0.2, kind="agreement")
    assert words.association_in_words(agreed, run.concept_names, run.task) == (
        "where Table and Words agree on parity, the answer all is more frequent"
    )
    little = an_association(profiles, 0, 0.02)
    assert "differ by 2.0 points at most, which is little, though beyond chance" in words.association_in_words(
        little, run.concept_names, run.task
    )
    assert "which is within chance" in words.association_in_words(
        an_association(profiles, 0, 0.0), run.concept_names, run.task
    )
    always = replace(agreed, n_yes=256)
    assert words.association_in_words(always, run.concept_names, run.task) == (
        "in every training sample Table and Words agree on parity"
    )


def test_what_counts_only_where_inputs_agree_is_said_to(run, profiles):
    alone, joint = an_association(profiles, 0, 0.0), an_association(profiles, 0, 0.2, kind="agreement")
    profile = replace(profiles[0], associations=(alone, joint))
    assert words.goes_with(profile, run.card.target.names) == "all, where inputs agree"
    assert words.standing(profile, run.concept_names, run.task) == (
        "By itself it goes with no answer; where Table and Words agree on parity, the answer all is more frequent."
    )
    by_itself = replace(profile, associations=(an_association(profiles, 0, 0.2), joint))
    assert words.goes_with(by_itself, run.card.target.names) == "all"
    assert words.standing(by_itself, run.concept_names, run.task) == ""
    neither = replace(profile, associations=(alone,))
    assert words.goes_with(neither, run.card.target.names) == "none by itself"
    assert "only together with other concepts" in words.standing(neither, run.concept_names, run.task)


def test_relatives_are_told_with_their_sign_and_far_ones_are_not(run, sound):
    near = replace(sound, relatives=(Relative(0, 0.6), Relative(1, -0.25), Relative(2, 0.1)))
    assert words.relatives_in_words(near, run.concept_names) == (
        "It is mostly on where “parity” is on (correlation +0.60).",
        "It is more often off where “number 0” is on (correlation −0.25).",
    )
    far = replace(sound, relatives=(Relative(0, 0.1),))
    assert words.relatives_in_words(far, run.concept_names) == (
        "It has little to do with any other concept: the strongest correlation is +0.10, with “parity”.",
    )
    assert "no other concept" in words.relatives_in_words(replace(sound, relatives=()), run.concept_names)[0]


def test_samples_that_are_asked_are_added_up_question_by_question(run, profiles):
    asked = max((profile.asked for profile in profiles), key=len)
    sentences = words.tree_in_words(asked, run.concept_names, run.task, len(run.labels))
    questions = {one.question for one in asked}
    assert len(sentences) == len(questions)
    first = asked[0].question
    place = run.questions.index(first)
    through = np.zeros(len(run.labels), dtype=bool)
    for one in asked:
        if run.questions.index(one.question) == place:
            reached = run.tree.reaches(run.answers, one.node)
            assert not (through & reached).any(), "no way asks the same twice"
            through |= reached
    assert f"{'all' if through.all() else f'{through.sum():,} of'} 256 training samples" in sentences[0]


@pytest.mark.parametrize(
    ("classes", "said"), [((0, 1, 2, 4), "0 to 2, 4"), ((0, 1), "0, 1"), ((3,), "3"), ((), ""), ((1, 3, 4), "1, 3, 4")]
)
def test_classes_that_are_numbers_are_told_as_ranges(classes, said):
    assert words.classes_in_words(classes, [str(number) for number in range(6)]) == said


# --- samples -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [ANY, EVERY, "table", "words"])
@pytest.mark.parametrize(("on", "off"), [((0,), ()), ((), (1, 2)), ((0, 3), (2,)), ((), ())])
def test_samples_with_a_pattern_are_those_of_a_loop(run, where, on, off):
    shared = run.bank.shared()
    found = has_pattern(shared, Pattern(on, off, where))
    for row in range(len(run.bank)):
        fits = {
            name: all(own[row, t] > 0.5 for t in on) and all(own[row, t] <= 0.5 for t in off)
            for name, own in shared.items()
        }
        wanted = fits[where] if where in fits else (any if where == ANY else all)(fits.values())
        assert found[row] == wanted


def test_found_samples_have_all_patterns_and_the_wanted_answer(run, predicted):
    patterns = (Pattern(on=(0,), where="table"), Pattern(off=(0,), where="words"))
    for right in (None, True, False):
        found = find_samples(run, predicted, patterns, right=right)
        expected = [
            str(bank.sample_ids[row])
            for part, bank in (("test", run.test_bank), ("train", run.bank))
            for row in range(len(bank))
            if bank.sides["table"].shared[row, 0] > 0.5
            and bank.sides["words"].shared[row, 0] <= 0.5
            and right in (None, predicted[part][row] == bank.labels[row])
        ]
        assert [one.sample_id for one in found] == expected
    assert expected
    assert len(find_samples(run, predicted)) == n_samples(run) == len(run.bank) + len(run.test_bank)
    assert {one.part for one in find_samples(run, predicted, parts=("test",))} == {"test"}
    assert n_samples(run, ("test",)) == len(run.test_bank)


def test_what_is_not_there_cannot_be_looked_for(run, predicted):
    with pytest.raises(ValueError, match="No modality 'sound'"):
        find_samples(run, predicted, [Pattern((0,), (), "sound")])
    with pytest.raises(ValueError, match=r"concepts 0 to 5 \(got 6\)"):
        find_samples(run, predicted, [Pattern((6,))])
    with pytest.raises(ValueError, match="no samples of 'validation'"):
        find_samples(run, predicted, parts=("validation",))


def test_the_file_has_a_row_a_sample_and_every_concept_by_name(run, predicted):
    found = find_samples(run, predicted, [Pattern(on=(0,))])
    head, *rows = csv.reader(io.StringIO(samples_csv(run, predicted, found)))
    assert head[:8] == ["sample", "part", "truth", "model", "right", "Table means", "Words means", "Picture means"]
    assert head[8:] == [f"{title}: {name}" for title in ("Table", "Words", "Picture") for name in run.concept_names]
    assert len(rows) == len(found)
    for row, one in zip(rows, found, strict=True):
        bank = run.test_bank if one.part == "test" else run.bank
        assert row[:2] == [one.sample_id, PARTS[one.part]]
        assert row[2] == run.card.target.names[bank.labels[one.row]]
        assert row[3] == run.card.target.names[predicted[one.part][one.row]]
        assert row[4] == ("yes" if row[2] == row[3] else "no")
        assert row[6] == run.card.modality("words").key_names[bank.sides["words"].semantics[one.row]]
        values = np.concatenate([side.shared[one.row] for side in bank.sides.values()])
        np.testing.assert_allclose([float(cell) for cell in row[8:]], values, atol=1e-4)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@cell", "＝1", ' =HYPERLINK("x")', "\t=1", 'a"b,c\nd'])
def test_no_name_becomes_a_formula_or_breaks_a_row(run, predicted, name):
    named = replace(run, given_names={0: name})
    head, *rows = csv.reader(io.StringIO(samples_csv(named, predicted, find_samples(named, predicted)[:2])))
    assert f"Table: {name}" in head
    assert {len(row) for row in rows} == {len(head)}
    assert safe_cell(name) == (name if name.startswith("a") else f"'{name}")

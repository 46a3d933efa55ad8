"""What is said and measured of tasks of whose inputs not all is known, or nothing: against slow oracles."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from partial_toy import COLOURS, SHAPES, partial_task, untrained_partial_run
from sharcs_core import inference, metrics
from sharcs_core.cli.figures import figure_lines
from sharcs_core.cli.report import explanation_report, explanation_text
from sharcs_core.counterfactuals import counterfactuals
from sharcs_core.effects import effects_alone
from sharcs_core.errors import UserError
from sharcs_core.explanations import explain_sample
from sharcs_core.headlines import answer_headlines, shared_headlines
from sharcs_core.likeness import likeness, votes_of
from sharcs_core.meanings import UNKNOWN
from sharcs_core.metrics.concepts import nameable
from sharcs_core.moves import KeyMeans, Move, apply_move
from sharcs_core.pipeline import train_run
from sharcs_core.profiles import concept_profiles
from sharcs_core.profiles.samples import find_samples, samples_csv
from sharcs_core.questions import questions_of
from sharcs_core.rationale import concept_meaning, key_activation
from sharcs_core.readings import keys_read, readings_of
from sharcs_core.reasons import NO_DESCRIPTIONS, NO_MEANINGS, lacks_of_model, lacks_of_task
from sharcs_core.selections import describe_selection, inputs_of
from sharcs_core.studies import right_codes
from sharcs_core.switches import switches_of
from sharcs_core.tasks.card import NOT_KNOWN, card_from_json, card_values
from sharcs_core.why import why


@pytest.fixture(scope="module")
def task():
    return partial_task()


@pytest.fixture(scope="module")
def run(task, tmp_path_factory):
    return untrained_partial_run(task, tmp_path_factory.mktemp("runs") / "partial")[0]


@pytest.fixture(scope="module")
def data(task):
    return task.load(0)


@pytest.fixture(scope="module")
def own_task():
    return partial_task(own=True)


@pytest.fixture(scope="module")
def own_run(own_task, tmp_path_factory):
    return untrained_partial_run(own_task, tmp_path_factory.mktemp("runs") / "own")[0]


@pytest.fixture(scope="module")
def reasons(run):
    """Why and explanation of some samples of the run, seen and unseen."""
    ids = [*run.test_bank.sample_ids[:15], *run.bank.sample_ids[:10]]
    explained = [explain_sample(run, str(sample_id)) for sample_id in ids]
    return [(explanation, why(run, explanation)) for explanation in explained]


def factor_of(card, factor, key):
    """The slow way: the value that a key says of a factor, -1 of an unknown key."""
    return UNKNOWN if key == UNKNOWN else card.factors[factor][key]


# --- the card ------------------------------------------------------------------------------------------------


def test_values_keep_the_names_that_they_were_given(task):
    assert set(task.card.value_names("colour")) == {"light blue", "class 10", "colour 1.5", "red"}
    assert set(task.card.value_names("shape")) == set(SHAPES)
    assert card_from_json(card_values(task.card)) == task.card


def test_a_card_says_what_each_modality_states(task):
    card = task.card
    assert [card.stated_by(name) for name in ("table", "words", "marks")] == [("colour", "shape"), ("colour",), ()]
    assert [len(card.full_keys(name)) for name in ("table", "words", "marks")] == [8, 4, 0]
    for name in ("table", "words"):
        for key in card.full_keys(name):
            said = {factor for factor in card.factors if card.factors[factor][key] != UNKNOWN}
            assert said == set(card.stated_by(name))


def test_names_or_statements_that_do_not_fit_the_factors_are_refused(task):
    with pytest.raises(ValueError, match=r"'colour' has 4 values .got 1 names"):
        replace(task.card, values={"colour": ("red",)})
    table = replace(task.card.modalities[0], states=("weight",))
    with pytest.raises(ValueError, match="'table' states 'weight'; choose from"):
        replace(task.card, modalities=(table, *task.card.modalities[1:]))


# --- readings ------------------------------------------------------------------------------------------------


def test_an_input_is_read_as_what_its_modality_states(run):
    for name, side in run.test_bank.sides.items():
        for row in range(10):
            (one,) = readings_of(run, {name: side.shared[row]}).values()
            assert set(one.values) <= set(run.card.stated_by(name))
    marks = readings_of(run, {"marks": run.test_bank.sides["marks"].shared[0]})["marks"]
    assert (marks.key, marks.words, marks.truth, marks.is_misread) == (None, NOT_KNOWN, None, False)


def test_only_inputs_that_say_something_of_a_factor_vote_on_it(task, tmp_path):
    run, _ = untrained_partial_run(task, tmp_path / "free", concepts="free")
    voters, card = run.voters, run.card
    for row in range(12):
        point = run.test_bank.sides["table"].shared[row]
        distances = np.linalg.norm(voters.shared.astype(np.float64) - point.astype(np.float64), axis=1)
        read = readings_of(run, {"table": point})["table"].values
        for factor in card.factors:
            knows = [i for i in np.argsort(distances, kind="stable") if factor_of(card, factor, voters.keys[i]) >= 0]
            near = [i for i in knows[:9] if distances[i] <= voters.reach]
            votes = [factor_of(card, factor, voters.keys[i]) for i in near]
            best = max(votes.count(value) for value in votes) if votes else 0
            expected = next((value for value in votes if votes.count(value) == best), UNKNOWN)
            assert read.get(factor, UNKNOWN) == expected


def test_misread_is_what_is_known_to_be_something_else(run):
    card = run.card
    for name, side in run.test_bank.sides.items():
        read = keys_read(run, name, side.shared)
        found = card.meanings.misread(read, side.semantics)
        for key, truth, misread in zip(read, side.semantics, found, strict=True):
            pairs = [(factor_of(card, factor, key), factor_of(card, factor, truth)) for factor in card.factors]
            differs = any(one != other for one, other in pairs if one >= 0 and other >= 0)
            assert misread == (truth >= 0 and (key < 0 or differs))


def test_no_sentence_says_what_is_not_stated_or_not_known(reasons):
    for explanation, said in reasons:
        assert "marks" not in said.sentence
        assert "-1" not in said.sentence
        assert "do not fit together" not in said.sentence
        for agreement in said.agreements:
            assert set(agreement.words) <= {"table", "words"}
        assert explanation.label is not None


def test_what_two_inputs_have_in_common_is_what_both_state(run):
    table, marks = (run.test_bank.sides[name].shared[0] for name in ("table", "marks"))
    values = {word for factor in run.card.factors for word in run.card.value_names(factor)}
    found = likeness(run, ("table", table), ("marks", marks))
    assert not values & {*found.both, *found.second}
    assert len(values & set(found.first)) == 2
    words = likeness(run, ("words", run.test_bank.sides["words"].shared[0]), ("marks", marks))
    assert not set(SHAPES) & set(words.first)


def test_unknown_neighbours_have_no_vote(run):
    found = explain_sample(run, str(run.test_bank.sample_ids[0]), k=60).neighbours["words"]["words"]
    votes = votes_of(found, 3)
    assert UNKNOWN in {one.key for one in found}
    assert dict(votes.by_key) == {key: sum(one.key == key for one in found) for key in {o.key for o in found} - {-1}}
    assert votes_of(found, UNKNOWN).same is None


def test_what_is_not_known_is_told_so(run):
    bank = run.test_bank
    row = int(np.flatnonzero(bank.sides["words"].semantics == UNKNOWN)[0])
    found = find_samples(run, predicted_of(run))
    cells = list(csv.reader(io.StringIO(samples_csv(run, predicted_of(run), found))))
    own = next(line for line in cells if str(bank.sample_ids[row]) in line[0])
    assert own[cells[0].index("Words means")] == NOT_KNOWN
    assert all(line[cells[0].index("Marks means")] == NOT_KNOWN for line in cells[1:])


def predicted_of(run):
    return {
        name: inference.predicted_classes(run.model, bank.shared())
        for name, bank in (("train", run.bank), ("test", run.test_bank))
    }


# --- concepts in words ---------------------------------------------------------------------------------------


def test_means_by_key_are_of_known_inputs_alone(run):
    keys, means = key_activation(run.bank, "words")
    side = run.bank.sides["words"]
    assert keys.tolist() == sorted({int(key) for key in side.semantics if key != UNKNOWN})
    for key, mean in zip(keys, means, strict=True):
        assert mean == pytest.approx(np.mean(side.shared[side.semantics == key], axis=0, dtype=float))


def test_concepts_are_named_by_what_keys_say(run):
    for name, concept in product(("table", "words"), range(run.model.config.width)):
        said = concept_meaning(run.bank, run.task, name, concept)
        assert said
        assert "-1" not in said
    assert concept_meaning(run.bank, run.task, "marks", 0) == "nothing is known of what it says"
    assert not any("cube" in concept_meaning(run.bank, run.task, "words", concept) for concept in range(4))


def test_profiles_count_pairs_of_which_one_can_say_whether_they_mean_the_same(run):
    card, bank = run.card, run.bank
    for profile in concept_profiles(run):
        for agreement in profile.agreements:
            left, right = (bank.sides[name] for name in agreement.modalities)
            on = [side.shared[:, profile.concept] > 0.5 for side in (left, right)]
            if "marks" in agreement.modalities:
                assert agreement.by_sample
                assert agreement.same == pytest.approx(np.mean(on[0] == on[1]))
                continue
            alike = [
                on[0][i] == on[1][j]
                for i, j in product(range(len(bank)), repeat=2)
                if mean_the_same(card, left.semantics[i], right.semantics[j])
            ]
            assert agreement.same == pytest.approx(np.mean(alike))


def mean_the_same(card, one, other):
    pairs = [(factor_of(card, factor, one), factor_of(card, factor, other)) for factor in card.factors]
    both = [pair for pair in pairs if min(pair) >= 0]
    return bool(both) and all(first == second for first, second in both)


# --- questions, edits and moves ------------------------------------------------------------------------------


def test_modalities_are_compared_and_edited_in_what_they_state(run):
    config = run.model.config
    compared = {(question.modalities, question.factor) for question in questions_of(config) if question.factor}
    assert compared == {(("table", "words"), "colour")}
    edited = {(one.modality, one.factor.name) for one in switches_of(config, config.modalities) if one.is_taught}
    assert edited == {("table", "colour"), ("table", "shape"), ("words", "colour")}
    shared = {name: side.shared[0] for name, side in run.test_bank.sides.items()}
    changes = [one.change for one in effects_alone(run, shared)]
    changes += [change for found in counterfactuals(run, shared) for change in found.changes]
    assert {(change.modality, change.factor) for change in changes if change.factor} <= edited


def test_only_what_is_known_can_be_moved(run, task, data):
    card = task.card
    shared = inference.concepts_of_samples(run.model, data.test)
    keys = data.test.sample_semantics()
    means = KeyMeans.of(run.bank.shared(), {name: side.semantics for name, side in run.bank.sides.items()})
    for value in range(2):
        moved = apply_move(run.model.config, task, means, shared, keys, Move("shape of the table", value))
        for row, (before, after) in enumerate(zip(keys["table"], moved.keys["table"], strict=True)):
            was = factor_of(card, "shape", before)
            assert moved.possible[row] == (was not in (UNKNOWN, value))
            if moved.possible[row]:
                assert factor_of(card, "shape", after) == value
                assert factor_of(card, "colour", after) == factor_of(card, "colour", before)
            else:
                assert after == before


def test_what_concepts_ought_to_say_is_known_of_known_keys(run):
    side = run.bank.sides["words"]
    codes, known = right_codes(side, np.array([UNKNOWN, int(side.semantics.max())]))
    assert known.tolist() == [False, True]
    assert right_codes(run.bank.sides["marks"], np.array([UNKNOWN, 0]))[1].tolist() == [False, False]
    assert codes.shape[1] == side.shared.shape[1]


# --- selections ----------------------------------------------------------------------------------------------


def test_unknown_inputs_are_counted_apart_and_are_no_strays(run):
    table = inputs_of(run, predicted_of(run))
    groups = np.arange(len(run.card.modalities[0].key_names))
    chosen = np.arange(len(table))
    found = describe_selection(table, chosen, groups)
    counts = {count.group: count.n for count in found.counts}
    assert counts == {int(key): int((table.keys == key).sum()) for key in np.unique(table.keys)}
    assert counts[UNKNOWN] > len(table) / 3
    assert found.majority is None
    of_one = np.concatenate([np.flatnonzero(table.keys == key)[:n] for key, n in ((0, 3), (1, 1), (UNKNOWN, 1))])
    described = describe_selection(table, of_one, groups)
    assert described.majority == 0
    assert table.keys[described.strays].tolist() == [1]


# --- figures -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(run, task, data):
    """The concepts, keys and figures of the test samples."""
    return inference.concepts_of_samples(run.model, data.test), data.test.sample_semantics(), run.metrics


def test_retrieval_asks_and_compares_where_it_can_be_said(run, measured):
    shared, keys, figures = measured
    for query, target in permutations(("table", "words"), 2):
        side, ranks = run.bank.sides[target], []
        for point, key in zip(shared[query], keys[query], strict=True):
            told = [
                row
                for row in np.argsort(np.linalg.norm(side.shared.astype(float) - point, axis=1), kind="stable")
                if comparable(run.card, key, side.semantics[row])
            ]
            if told:
                alike = [mean_the_same(run.card, key, side.semantics[row]) for row in told]
                ranks.append(alike.index(True) + 1 if any(alike) else 0)
        found = figures["retrieval"][f"{query}->{target}"]
        assert found["recall_at_1"] == pytest.approx(np.mean(np.array(ranks) == 1), abs=1.5 / len(ranks))
        assert figures["rows"][f"retrieval.{query}->{target}"] == len(ranks) < figures["n_test"]
    assert figures["retrieval"]["table->marks"]["gallery"] == 50


def comparable(card, one, other):
    return any(min(factor_of(card, factor, one), factor_of(card, factor, other)) >= 0 for factor in card.factors)


def test_attributes_are_asked_where_both_modalities_state_them(run, measured):
    shared, keys, figures = measured
    found = figures["attribute_retrieval"]
    assert found["table->marks"] is None
    assert set(found["table->words"]) == {"colour"}
    side, of = run.bank.sides["table"], run.card.meanings.of
    asked, among = (np.flatnonzero(of("colour", own) >= 0) for own in (keys["words"], side.semantics))
    right = 0
    for row in asked:
        apart = np.linalg.norm(side.shared[among].astype(float) - shared["words"][row], axis=1)
        nearest = among[int(apart.argmin())]
        right += of("colour", keys["words"])[row] == of("colour", side.semantics)[nearest]
    assert found["words->table"]["colour"] == pytest.approx(right / len(asked), abs=1.5 / len(asked))


def test_codes_agree_over_the_pairs_of_which_it_can_be_said(run, measured):
    shared, keys, figures = measured
    overlaps = {True: [], False: []}
    for i, j in product(range(50), repeat=2):
        one, other = keys["table"][i], keys["words"][j]
        if comparable(run.card, one, other):
            left, right = shared["table"][i] > 0.5, shared["words"][j] > 0.5
            union = (left | right).sum()
            overlaps[mean_the_same(run.card, one, other)].append((left & right).sum() / union if union else 1.0)
    found = figures["code_agreement"]["table-words"]
    assert found["equal"] == pytest.approx(np.mean(overlaps[True]))
    assert found["other"] == pytest.approx(np.mean(overlaps[False]))
    assert figures["code_agreement"]["table-marks"] == {"equal": None, "other": None}


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_is_asked_of_the_inputs_that_say_something_of_its_factor(seed):
    rng = np.random.default_rng(seed)
    factors = {"colour": (0, 1, 2, 0, 1, 2, -1, -1), "shape": (0, 0, 0, -1, -1, -1, 0, 1)}
    codes, keys = rng.random((2, 40, 3)) > 0.4, rng.integers(-1, 8, (2, 40))
    found = nameable(codes[0], keys[0], codes[1], keys[1], factors)
    assert found is not None

    def score(part, factor, value, present, concept):
        said = [
            (factor_of_key(factors[factor], key), own[concept])
            for key, own in zip(keys[part], codes[part], strict=True)
        ]
        shares = [
            np.mean([((own == value) == present) == state for own, on in said if own >= 0 and on == state])
            for state in (True, False)
            if any(own >= 0 and on == state for own, on in said)
        ]
        return np.mean(shares)

    rules = [(f, v, p) for f, of_key in factors.items() for v in sorted({*of_key} - {-1}) for p in (True, False)]
    for concept in range(3):
        scores = [score(0, *rule, concept) for rule in rules]
        best = rules[next(i for i, own in enumerate(scores) if own >= max(scores) - 1e-12)]
        assert found["by_concept"][concept] == pytest.approx(score(1, *best, concept))


def factor_of_key(of_key, key):
    return UNKNOWN if key == UNKNOWN else of_key[key]


def test_figures_of_unknown_inputs_are_none():
    codes, nothing = np.eye(2, dtype=bool), np.array([UNKNOWN, UNKNOWN])
    assert nameable(codes, nothing, codes, nothing, {"colour": (0, 1)}) is None
    assert metrics.concept_alignment(np.eye(2), {"colour": nothing})["mean"] is None
    assert metrics.unimodal_ceiling([-1, -1, 0, 1], [5, 5, 5, 6], [-1, 1, 0], [5, 6, 6]) == pytest.approx(2 / 3)


def test_semantics_are_read_off_inputs_of_which_all_that_they_state_is_known(measured, task):
    _, keys, figures = measured
    assert figures["semantics_accuracy"]["marks"] is None
    for name in ("table", "words"):
        known = [
            all(factor_of(task.card, factor, key) >= 0 for factor in task.card.stated_by(name)) for key in keys[name]
        ]
        assert figures["rows"][f"semantics_accuracy.{name}"] == sum(known)


def test_few_rows_are_told_where_a_share_is(run):
    headlines = (*answer_headlines(run.metrics, run.task), *shared_headlines(run.metrics, run.task))
    assert headlines
    assert all("(n = " in headline.title for headline in headlines)
    reads = next(headline for headline in headlines if headline.title.startswith("Reads the Words"))
    assert reads.title.endswith(f"(n = {run.metrics['rows']['semantics_accuracy.words']})")
    assert reads.reference == 1 / len(COLOURS)


# --- nothing is known ----------------------------------------------------------------------------------------


def test_where_nothing_is_known_figures_of_meanings_are_none(own_run, own_task):
    figures, lacks = own_run.metrics, lacks_of_task(own_task)
    for name in ("unimodal_ceiling", "nameable", "semantics_accuracy", "code_agreement", "concept_alignment"):
        assert figures[name] is None
        assert lacks[name] == NO_MEANINGS
    assert figures["right_edit"] is None
    assert all(found["gallery"] for found in figures["retrieval"].values())
    assert figures["stand_in_error"] is None
    assert lacks["stand_in_error"] == NO_DESCRIPTIONS


def test_where_nothing_is_known_an_input_resembles_and_means_nothing(own_run):
    for sample_id in own_run.test_bank.sample_ids[:20]:
        explanation = explain_sample(own_run, str(sample_id))
        said, text = why(own_run, explanation), explanation_text(own_run, explanation_report(own_run, explanation))
        assert "earest" in said.sentence
        assert "misread" not in said.fault
        for words in (" reads ", " read ", " mean", "it means"):
            assert words not in f" {said.sentence} {said.fault} {text}"
        for one in said.readings.values():
            assert one.key is None or one.words == f"most like answer {one.key}"
            assert one.truth is None
        assert (explanation.class_index != explanation.label) == ("The answer is wrong" in said.fault)


def test_where_all_inputs_resemble_one_class_they_are_told_together(own_run):
    explanation = explain_sample(own_run, str(own_run.test_bank.sample_ids[0]))
    side, labels = own_run.bank.sides["table"], own_run.bank.labels
    alone = replace(explanation, shared=dict.fromkeys(own_run.bank.sides, side.shared[0]), sample_id=None)
    near = np.argsort(np.linalg.norm(own_run.voters.shared.astype(float) - side.shared[0].astype(float), axis=1))[:9]
    votes = np.concatenate([labels] * 3)[near]
    likeliest = max(votes.tolist(), key=votes.tolist().count)
    sentence = why(own_run, alone).sentence
    assert sentence.startswith("Its nearest training inputs are ")
    assert f"of answer {likeliest}; the model says" in sentence


def test_where_nothing_is_known_nothing_is_misread_and_concepts_resemble(own_run):
    table = inputs_of(own_run, predicted_of(own_run))
    assert table.is_wrong.any()
    assert set(table.faults[table.is_wrong]) == {1}
    assert all("like" in name or name.partition(" (")[0] in ("always on", "never on") for name in own_run.concept_names)
    profiles = concept_profiles(own_run)
    assert {(profile.told_by_value, profile.told_by_meaning) for profile in profiles} == {(None, None)}
    assert all(agreement.by_sample for profile in profiles for agreement in profile.agreements)
    assert "means" not in samples_csv(own_run, predicted_of(own_run), ()).lower()


# --- without behaviour ---------------------------------------------------------------------------------------


def test_what_cannot_be_described_is_absent_unless_one_insists(run):
    sample_id = str(run.test_bank.sample_ids[0])
    assert explain_sample(run, sample_id, missing=["words"]).missing["words"].handling == "absent"
    with pytest.raises(UserError, match=r"no descriptions .* choose the handling 'absent'"):
        explain_sample(run, sample_id, missing=["words"], handling="described")


def test_ids_are_kept_as_given_and_told_apart(run):
    ids = [*run.bank.sample_ids.tolist(), *run.test_bank.sample_ids.tolist()]
    assert len(set(ids)) == len(ids)
    sample_id = next(name for name in ids if name.startswith("<b>3"))
    bank, row = run.find(sample_id)
    assert bank.sample_ids[row] == sample_id
    report = explanation_report(run, explain_sample(run, sample_id))
    assert "\x1b" not in explanation_text(run, report)
    table = inputs_of(run, predicted_of(run))
    assert table.rows_of([f"{sample_id}/words", "nothing"]).tolist() == [
        int(np.flatnonzero((table.sample_ids == sample_id) & (table.modalities == "words"))[0])
    ]


def test_what_will_be_not_available_is_said_before_the_training(own_task, tmp_path):
    config = own_task.preset()
    config = replace(config, training=replace(config.training, epochs=1, polish_epochs=0), bank_size=40, test_size=20)
    said: list[str] = []
    train_run(config, own_task, tmp_path / "own", note=said.append)
    (place,) = [place for place, text in enumerate(said) if text.startswith("n/a will be")]
    assert place < next(place for place, text in enumerate(said) if text.startswith("best epoch"))
    assert f"semantics accuracy, code agreement and right edit ({NO_MEANINGS})" in said[place]
    assert NO_DESCRIPTIONS in said[place]


def test_figures_are_printed_with_reasons_and_rows(own_run, own_task):
    lacks = {**lacks_of_task(own_task), **lacks_of_model(own_run.model.config)}
    lines = [" ".join(line.split()) for line in figure_lines(own_run.metrics, lacks)]
    assert f"semantics_accuracy n/a ({NO_MEANINGS})" in lines
    assert f"missing.described n/a ({NO_DESCRIPTIONS})" in lines
    assert f"accuracy {own_run.metrics['accuracy']:.4f} (n = 50)" in lines
    assert not any(line.startswith("rows") or "None" in line for line in lines)

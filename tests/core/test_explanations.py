"""Explanations of a run of three modalities, of which six of eight concepts were kept and five are taught."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from named_toy import NamedToy, named_toy_run
from sharcs_core.errors import UserError
from sharcs_core.explanations import class_probabilities, cross_modal_neighbours, explain_inputs, explain_sample
from sharcs_core.inference import N_COMPANIONS, probabilities
from sharcs_core.projection import place
from sharcs_core.structures import Bank
from sharcs_core.tasks import TASKS
from sharcs_core.why import why
from toy_task import MODALITIES
from untrained_runs import config_of, untrained_run

MISSING = [subset for size in (1, 2) for subset in combinations(MODALITIES, size)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, NamedToy.name, NamedToy())
        yield named_toy_run(tmp_path_factory.mktemp("runs"))


def nearest(query, rows, excluded=None):
    distances = [np.inf if row == excluded else np.linalg.norm(query - concepts) for row, concepts in enumerate(rows)]
    return int(np.argmin(distances))


def test_a_sample_as_it_is(run):
    row = 7
    sample_id = str(run.test_bank.sample_ids[row])
    found = explain_sample(run, sample_id, k=3)
    assert found.sample_id == sample_id
    assert found.label == run.test_bank.labels[row]
    assert not found.missing
    shared = {name: side.shared[[row]] for name, side in run.test_bank.sides.items()}
    assert {values.shape for values in found.shared.values()} == {(6,)}
    np.testing.assert_allclose(found.probabilities, probabilities(run.model, shared)[0], atol=1e-6)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert found.class_index == found.probabilities.argmax()
    assert found.path.stopped_for is None
    assert found.positions["PCA"].keys() == set(MODALITIES)
    for name, side in run.test_bank.sides.items():
        np.testing.assert_array_equal(found.positions["PCA"][name], side.maps["PCA"][row])


def test_every_ordered_pair_of_modalities_has_its_neighbours(run):
    found = explain_sample(run, str(run.test_bank.sample_ids[0]), k=3)
    for query in MODALITIES:
        for target in MODALITIES:
            rows = [neighbour.row for neighbour in found.neighbours[query][target]]
            side = run.bank.sides[target]
            distances = np.linalg.norm(side.shared - found.shared[query], axis=1)
            assert len(rows) == 3
            np.testing.assert_allclose(np.sort(distances)[:3], distances[rows], atol=1e-6)
            assert [neighbour.id for neighbour in found.neighbours[query][target]] == side.ids[rows].tolist()


def absent_by_loop(run, present, excluded=None):
    """The mean over the 20 bank samples that are nearest in what is present, one after the other."""
    present = {name: np.squeeze(values) for name, values in present.items()}
    apart = []
    for row in range(len(run.bank)):
        distances = [np.linalg.norm(values - run.bank.sides[name].shared[row]) for name, values in present.items()]
        apart.append(np.inf if row == excluded else np.mean(distances))
    said = []
    for row in np.argsort(apart, kind="stable")[:N_COMPANIONS]:
        whole = {name: present.get(name, run.bank.sides[name].shared[row])[None] for name in MODALITIES}
        said.append(probabilities(run.model, whole)[0])
    return np.mean(said, axis=0)


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
def test_absent_modalities_are_averaged_over_and_stop_the_tree(run, missing):
    found = explain_sample(run, str(run.test_bank.sample_ids[3]), missing=missing, handling="absent")
    present = {name: side.shared[[3]] for name, side in run.test_bank.sides.items() if name not in missing}
    assert set(found.shared) == set(found.local) == set(present)
    assert {name: how.handling for name, how in found.missing.items()} == dict.fromkeys(missing, "absent")
    np.testing.assert_allclose(found.probabilities, absent_by_loop(run, present), atol=1e-5)
    assert not {name for step in found.path.steps for name in step.question.modalities} & set(missing)
    assert found.path.stopped_for in {*missing, None}
    assert (found.path.asks is None) == (found.path.stopped_for is None)
    assert set(found.neighbours) == set(present)
    assert set(found.positions["PCA"]) == set(present)


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
def test_described_modalities_are_stood_in_for_by_the_nearest_bank_row(run, missing):
    row = 5
    found = explain_sample(run, str(run.test_bank.sample_ids[row]), missing=missing)
    first = next(name for name in MODALITIES if name not in missing)
    assert set(found.shared) == set(MODALITIES)
    assert set(found.local) == set(MODALITIES) - set(missing)
    for name in missing:
        described = run.test_bank.sides[name].described[first][row]
        expected = nearest(described, run.bank.sides[name].shared)
        how = found.missing[name]
        assert (how.handling, how.described_in, how.stand_in.row) == ("described", first, expected)
        np.testing.assert_array_equal(found.shared[name], run.bank.sides[name].shared[expected])
    filled = {name: values[None] for name, values in found.shared.items()}
    np.testing.assert_allclose(found.probabilities, probabilities(run.model, filled)[0], atol=1e-6)
    assert found.path.stopped_for is None


def test_a_sample_of_the_bank_never_meets_its_own_source(run):
    side = run.bank.sides["words"]
    queries = side.described["table"]
    row = next(row for row, query in enumerate(queries) if nearest(query, side.shared) == row)
    found = explain_sample(run, str(run.bank.sample_ids[row]), missing=["words"])
    assert found.missing["words"].stand_in.row == nearest(queries[row], side.shared, excluded=row)
    for by_target in found.neighbours.values():
        for target, neighbours in by_target.items():
            sources = run.bank.sides[target].sources
            assert side.sources[row] not in {int(sources[neighbour.row]) for neighbour in neighbours}


def with_bank(run, rows):
    """The run, its bank cut down to some rows."""
    bank = run.bank
    sides = {
        name: replace(
            side,
            **{field: getattr(side, field)[rows] for field in ("ids", "semantics", "sources", "local", "shared")},
            inputs=side.inputs.take(rows),
            maps={method: values[rows] for method, values in side.maps.items()},
            described={other: values[rows] for other, values in side.described.items()},
        )
        for name, side in bank.sides.items()
    }
    return replace(run, bank=Bank(bank.sample_ids[rows], bank.labels[rows], sides))


@pytest.mark.parametrize(
    ("handling", "message"),
    [("described", "Nothing can stand in for 'words'"), ("absent", "the bank holds no other sample")],
)
def test_where_the_bank_holds_only_the_samples_own_source_nothing_can_stand_in(run, handling, message):
    alone = with_bank(run, [4])
    sample_id = str(alone.bank.sample_ids[0])
    with pytest.raises(UserError, match=rf"{message}.*; train with a larger bank"):
        explain_sample(alone, sample_id, missing=["words"], handling=handling)
    whole = explain_sample(alone, sample_id)  # there is nobody near, and all else is as ever
    assert all(found == () for by_target in whole.neighbours.values() for found in by_target.values())
    assert cross_modal_neighbours(whole) == dict.fromkeys(MODALITIES, ())
    assert why(alone, whole).sentence
    assert {one.score >= 0 for one in whole.unusual.values()} == {True}


def test_where_the_bank_holds_one_sample_it_stands_in_for_any_other(run):
    alone, sample_id = with_bank(run, [4]), str(run.test_bank.sample_ids[0])
    for handling in ("described", "absent"):
        found = explain_sample(alone, sample_id, missing=["words"], handling=handling)
        assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert explain_sample(alone, sample_id, missing=["words"]).missing["words"].stand_in.row == 0


def test_a_sample_of_the_bank_is_no_companion_of_itself(run):
    row = 11
    sides = run.bank.sides
    present = {name: sides[name].shared[row] for name in ("table", "picture")}
    found = explain_sample(run, str(run.bank.sample_ids[row]), missing=["words"], handling="absent")
    np.testing.assert_allclose(found.probabilities, absent_by_loop(run, present, excluded=row), atol=1e-5)
    with_itself = absent_by_loop(run, present)
    assert np.abs(found.probabilities - with_itself).max() > 1e-4
    np.testing.assert_allclose(class_probabilities(run, present), with_itself, atol=1e-5)
    np.testing.assert_allclose(class_probabilities(run, present, exclude=row), found.probabilities, atol=1e-6)


def test_what_is_missing_cannot_sway_the_explanation(run, monkeypatch):
    """A sample's own concepts of the missing modality are spoilt; nothing may change."""
    sample_id, side = str(run.test_bank.sample_ids[2]), run.test_bank.sides["words"]
    before = {how: explain_sample(run, sample_id, missing=["words"], handling=how) for how in ("described", "absent")}
    for name in ("shared", "local"):
        monkeypatch.setitem(vars(side), name, 1 - getattr(side, name))
    for how, expected in before.items():
        found = explain_sample(run, sample_id, missing=["words"], handling=how)
        np.testing.assert_array_equal(found.probabilities, expected.probabilities)


@pytest.mark.parametrize("given", [("table",), ("picture", "words"), MODALITIES], ids="+".join)
def test_inputs_of_ones_own_are_explained_as_the_same_sample_of_the_run(run, given):
    row = 9
    inputs = {name: run.test_bank.sides[name].inputs.take([row]) for name in given}
    missing = [name for name in MODALITIES if name not in given]
    own = explain_inputs(run, inputs)
    known = explain_sample(run, str(run.test_bank.sample_ids[row]), missing=missing, handling="absent")
    assert own.sample_id is None
    assert own.label is None
    np.testing.assert_allclose(own.probabilities, known.probabilities, atol=1e-5)
    assert own.path.steps == known.path.steps
    assert list(own.shared) == [name for name in MODALITIES if name in given]
    for name in given:
        expected = place(run.test_bank.sides[name].shared[[row]], run.bank, "PCA")[0]
        np.testing.assert_allclose(own.positions["PCA"][name], expected, atol=1e-4)


def test_the_telling_neighbours_come_from_another_modality_where_there_is_one(run):
    sample_id = str(run.test_bank.sample_ids[0])
    whole = explain_sample(run, sample_id)
    assert cross_modal_neighbours(whole)["table"] == whole.neighbours["words"]["table"]
    assert cross_modal_neighbours(whole)["words"] == whole.neighbours["table"]["words"]
    alone = explain_sample(run, sample_id, missing=["table", "words"], handling="absent")
    assert cross_modal_neighbours(alone) == alone.neighbours["picture"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"missing": ["sound"]}, ValueError, "Unknown modality 'sound'; choose from"),
        ({"missing": MODALITIES}, ValueError, "At least one modality must be present"),
        ({"missing": ["words"], "handling": "guessed"}, ValueError, "Unknown handling 'guessed'; choose one of"),
    ],
)
def test_what_cannot_be_explained_is_said(run, arguments, error, message):
    with pytest.raises(error, match=message):
        explain_sample(run, str(run.test_bank.sample_ids[0]), **arguments)


def test_unknown_samples_and_inputs_are_refused(run):
    for sample_id in ("test/99999", "train/99999", "nonsense", ""):
        with pytest.raises(KeyError, match="No sample"):
            explain_sample(run, sample_id)
    with pytest.raises(ValueError, match=r"at least one input of \['table', 'words', 'picture'\] \(got \[\]\)"):
        explain_inputs(run, {})
    with pytest.raises(ValueError, match=r"got \['sound'\]"):
        explain_inputs(run, {"sound": run.bank.sides["table"].inputs})


@pytest.mark.parametrize("wiring", ["fusion", "late", "relative"])
def test_a_run_without_concepts_has_nothing_to_explain_by_and_says_so(toy, toy_data, tmp_path, wiring):
    black_box = untrained_run(toy, toy_data, tmp_path / wiring, config_of(toy, wiring))
    with pytest.raises(ValueError, match=f"{wiring!r} is of a model without concepts"):
        explain_sample(black_box, str(black_box.test_bank.sample_ids[0]))
    inputs = {name: side.inputs.take([0]) for name, side in black_box.test_bank.sides.items()}
    with pytest.raises(ValueError, match=f"{wiring!r} is of a model without concepts"):
        explain_inputs(black_box, inputs)

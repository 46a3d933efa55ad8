"""Edits of concepts and their effect on a small model and tree."""

from __future__ import annotations

import numpy as np
import pytest

from sharcs_core import inference
from sharcs_core.interventions import (
    Edit,
    apply_edits,
    copy_concepts,
    effect_of,
    outcome_of,
)
from small_models import small_model, small_run

MODALITIES = ("table", "graph")


@pytest.fixture(scope="module")
def run():
    return small_run(small_model(MODALITIES, 3, n_classes=2), n_bank=40)  # its tree: class 1 if table 0 and graph 1


def test_edits_are_made_in_order_and_leave_the_original():
    shared = {"table": np.array([0.25, 0.5], dtype=np.float32), "graph": np.array([0.0, 1.0])}
    edited = apply_edits(shared, [Edit("table", 0, 1), Edit("graph", 1, 0.5), Edit("table", 0, 0.75)])
    assert edited["table"].tolist() == [0.75, 0.5]
    assert edited["graph"].tolist() == [0, 0.5]
    assert shared["table"].tolist() == [0.25, 0.5]
    assert edited["table"].dtype == np.float32


def test_whole_numbers_take_a_value_in_between():
    assert apply_edits({"table": np.array([0, 1])}, [Edit("table", 0, 0.25)])["table"].tolist() == [0.25, 1]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda: Edit("table", 0, 1.5), r"between 0 \(off\) and 1 \(on\) \(got 1.5\)"),
        (lambda: Edit("table", 0, float("nan")), "got nan"),
        (lambda: Edit("table", -1, 1), "counted from 0 .got -1"),
        (lambda: apply_edits({"table": np.zeros(2)}, [Edit("table", 2, 1)]), "has concepts 0 to 1 .got 2"),
        (lambda: apply_edits({"table": np.zeros(2)}, [Edit("graph", 0, 1)]), "'graph' are absent"),
        (lambda: copy_concepts({"table": np.zeros(2)}, "graph", np.zeros(2)), "'graph' are absent"),
        (lambda: copy_concepts({"table": np.zeros(2)}, "table", np.zeros(3)), r"shape \(2,\) \(got \(3,\)\)"),
    ],
)
def test_edits_that_cannot_be_made_are_said(edit, message):
    with pytest.raises(ValueError, match=message):
        edit()


def test_copied_concepts_are_those_of_the_neighbour_and_only_the_different_ones_are_edited():
    shared = {"table": np.array([0.0, 1.0, 0.5]), "graph": np.array([1.0, 1.0, 1.0])}
    edits = copy_concepts(shared, "table", np.array([0.25, 1.0, 0.0]))
    assert edits == (Edit("table", 0, 0.25), Edit("table", 2, 0.0))
    assert apply_edits(shared, edits)["table"].tolist() == [0.25, 1.0, 0.0]
    assert copy_concepts(shared, "table", shared["table"]) == ()


def test_the_outcome_is_the_models_and_the_trees_own(run):
    shared = {name: side.shared[3] for name, side in run.bank.sides.items()}
    outcome = outcome_of(run, shared)
    expected = inference.probabilities(run.model, {name: values[None] for name, values in shared.items()})[0]
    np.testing.assert_allclose(outcome.probabilities, expected)
    assert outcome.class_index == expected.argmax()
    assert outcome.path.steps == run.tree.path(shared).steps


def mean_over_companions(run, table, left_out=()):
    """The plain way: one outcome for each of the bank samples whose table is most alike, then their mean."""
    apart = np.linalg.norm(run.bank.sides["table"].shared - table, axis=1)
    alike = [row for row in np.argsort(apart, kind="stable") if row not in left_out][: inference.N_COMPANIONS]
    graphs = run.bank.sides["graph"].shared
    return np.mean([outcome_of(run, {"table": table, "graph": graphs[row]}).probabilities for row in alike], axis=0)


def test_companions_stand_for_an_absent_modality(run):
    table = np.array([0.9, 0.2, 0.6], dtype=np.float32)
    outcome = outcome_of(run, {"table": table})
    np.testing.assert_allclose(outcome.probabilities, mean_over_companions(run, table), atol=1e-6)
    assert outcome.path.stopped_for == "graph"


def test_a_sample_of_the_bank_can_be_kept_from_standing_for_itself(run):
    table = run.bank.sides["table"].shared[5]
    outcome = outcome_of(run, {"table": table}, exclude=5)
    np.testing.assert_allclose(outcome.probabilities, mean_over_companions(run, table, (5,)), atol=1e-6)
    assert not np.allclose(outcome.probabilities, outcome_of(run, {"table": table}).probabilities, atol=1e-6)
    effect = effect_of(run, {"table": table}, [Edit("table", 0, 0.5)], exclude=5)
    np.testing.assert_array_equal(effect.before.probabilities, outcome.probabilities)
    edited = np.array([0.5, *table[1:]], dtype=np.float32)
    np.testing.assert_allclose(effect.after.probabilities, mean_over_companions(run, edited, (5,)), atol=1e-6)


def test_an_edit_changes_probabilities_and_path_and_its_opposite_takes_it_back(run):
    shared = {"table": np.array([0.9, 0.1, 0.1]), "graph": np.array([0.1, 0.9, 0.1])}
    effect = effect_of(run, shared, [Edit("table", 0, 0.0)])
    assert effect.edits == (Edit("table", 0, 0.0),)
    assert effect.before.path.class_index == 1
    assert effect.after.path.class_index == 0
    assert effect.before.path.node != effect.after.path.node
    assert abs(effect.change).max() > 0
    assert effect.change.sum() == pytest.approx(0, abs=1e-6)
    back = effect_of(run, effect.after.shared, [Edit("table", 0, 0.9)]).after
    np.testing.assert_allclose(back.probabilities, effect.before.probabilities)
    assert shared["table"][0] == 0.9


def test_no_edit_has_no_effect(run):
    effect = effect_of(run, {"graph": np.zeros(3)}, iter(()))
    assert not effect.change.any()
    assert effect.before.path.steps == effect.after.path.steps


@pytest.mark.parametrize("shared", [{}, {"sound": np.zeros(3)}])
def test_an_outcome_needs_a_modality_of_the_run(run, shared):
    with pytest.raises(ValueError, match=r"at least one of \['table', 'graph'\]"):
        outcome_of(run, shared)

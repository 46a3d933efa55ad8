"""What is read from a run, or explained, cannot be changed by one of those who share it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from sharcs_core.checkpoints import load_run
from sharcs_core.explanations import explain_inputs, explain_sample
from sharcs_core.inference import predicted_classes
from sharcs_core.structures import read_only
from sharcs_core.structures.locking import _arrays_of


@dataclass(frozen=True)
class Holder:
    here: np.ndarray
    there: dict[str, tuple[np.ndarray, ...]]


def test_arrays_are_found_wherever_they_lie():
    held = [np.zeros(2) for _ in range(3)]
    read_only(Holder(held[0], {"a": (held[1], held[2])}))
    for array in held:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_array_that_is_seen_through_a_view_stays_its_owners_to_change():
    own = np.zeros(4)
    seen = read_only(own[:2])
    own[0] = 1
    assert seen[0] == 1


@pytest.fixture(scope="module")
def run(shipped_runs):
    return load_run(shipped_runs / "xor_four_ways")


def test_nothing_of_a_loaded_run_can_be_written_to(run):
    side = next(iter(run.bank.sides.values()))
    arrays = [side.shared, side.local, side.semantics, side.inputs.arrays, run.bank.labels, run.test_bank.labels]
    assert all(not array.flags.writeable for array in _arrays_of([*arrays, run.answers, run.labels, run.usual]))
    with pytest.raises(ValueError, match="read-only"):
        side.shared[0, 0] = 1


@pytest.mark.parametrize(("missing", "handling"), [((), "described"), (("text",), "described"), (("text",), "absent")])
def test_nothing_of_an_explanation_can_be_written_to_nor_the_bank_through_it(run, missing, handling):
    sample = str(run.bank.sample_ids[3])
    explanation = explain_sample(run, sample, missing=missing, handling=handling)
    arrays = list(_arrays_of(explanation))
    assert len(arrays) > 5
    assert not [array for array in arrays if array.flags.writeable]
    with pytest.raises(ValueError, match="read-only"):
        explanation.shared["table"][0] = 1


def test_nothing_of_an_explanation_of_ones_own_inputs_can_be_written_to(run):
    inputs = {"table": run.test_bank.sides["table"].inputs.take([0])}
    assert not [array for array in _arrays_of(explain_inputs(run, inputs)) if array.flags.writeable]


def test_a_model_predicts_from_what_cannot_be_written_to_without_a_warning(run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(predicted_classes(run.model, run.bank.shared())) == len(run.bank)

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from sharcs_core import inference
from sharcs_core.inference import (
    build_bank,
    concepts_of,
    probabilities,
    probabilities_absent,
    probabilities_over_bank,
)
from sharcs_core.structures import Bank
from sharcs_core.tensors import to_tensors
from toy_task import MODALITIES

MISSING = [subset for size in (1, 2) for subset in combinations(MODALITIES, size)]


@pytest.fixture(scope="module")
def unseen(toy_run, toy_data):
    return concepts_of(toy_run.model, toy_data.test.samples())[1]


def test_concepts_and_probabilities_are_those_of_a_forward_pass(toy_run, toy_data):
    samples = toy_data.test.samples()
    with torch.inference_mode():
        output = toy_run.model({name: to_tensors(inputs) for name, inputs in samples.items()})
    local, shared = concepts_of(toy_run.model, samples)
    for name in MODALITIES:
        np.testing.assert_allclose(local[name], output.local[name].numpy(), atol=1e-6)
        np.testing.assert_allclose(shared[name], output.shared[name].numpy(), atol=1e-6)
    expected = output.logits.softmax(-1).numpy()
    np.testing.assert_allclose(probabilities(toy_run.model, shared), expected, atol=1e-6)


def test_the_size_of_the_batches_changes_nothing(toy_run, toy_data, monkeypatch):
    _, whole = concepts_of(toy_run.model, toy_data.test.inputs)
    monkeypatch.setattr(inference, "BATCH_SIZE", 7)
    _, pieces = concepts_of(toy_run.model, toy_data.test.inputs)
    for name in MODALITIES:
        np.testing.assert_allclose(whole[name], pieces[name], atol=1e-6)


def test_modalities_may_come_in_different_numbers(toy_run, toy_data):
    inputs = {"words": toy_data.test.inputs["words"].take(slice(0, 3)), "table": toy_data.test.inputs["table"]}
    _, shared = concepts_of(toy_run.model, inputs)
    assert {name: len(values) for name, values in shared.items()} == {"words": 3, "table": 96}


def mean_over(run, present, sample, rows):
    """The mean prediction for one sample with what each of the bank's ``rows`` has in place of what is missing."""
    total = np.zeros(4)
    for row in rows:
        filled = {name: values[[sample]] for name, values in present.items()}
        filled |= {name: side.shared[[row]] for name, side in run.bank.sides.items() if name not in present}
        total += probabilities(run.model, filled)[0]
    return total / len(rows)


def companions_by_loop(run, present, sample, k=20, excluded=None):
    """The k bank samples whose mean distance in what is present is least."""
    order = []
    for row in range(len(run.bank)):
        apart = [np.linalg.norm(values[sample] - run.bank.sides[name].shared[row]) for name, values in present.items()]
        if row != excluded:
            order.append((np.mean(apart), row))
    return [row for _, row in sorted(order)[:k]]


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
@pytest.mark.parametrize("rows_at_once", [1, 45, 100_000])
def test_absent_is_the_mean_over_what_the_companions_have_there(toy_run, unseen, missing, rows_at_once, monkeypatch):
    monkeypatch.setattr(inference, "ABSENT_ROWS", rows_at_once)
    present = {name: values[:5] for name, values in unseen.items() if name not in missing}
    found = probabilities_absent(toy_run.model, present, toy_run.bank)
    for sample in range(5):
        expected = mean_over(toy_run, present, sample, companions_by_loop(toy_run, present, sample))
        np.testing.assert_allclose(found[sample], expected, atol=1e-5)


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
def test_a_sample_of_the_bank_never_stands_for_itself(toy_run, missing, monkeypatch):
    monkeypatch.setattr(inference, "N_COMPANIONS", 2)  # so that each of them counts
    bank, own = toy_run.bank, np.arange(0, 200, 13)
    present = {name: side.shared[own] for name, side in bank.sides.items() if name not in missing}
    found = probabilities_absent(toy_run.model, present, bank, exclude=own)
    for sample, row in enumerate(own.tolist()):
        others = companions_by_loop(toy_run, present, sample, 2, excluded=row)
        np.testing.assert_allclose(found[sample], mean_over(toy_run, present, sample, others), atol=1e-5)
    assert np.abs(found - probabilities_absent(toy_run.model, present, bank)).max() > 0.1


def test_a_bank_of_few_samples_makes_do_with_them(toy_run, unseen):
    rows = np.arange(3)
    few = Bank(
        toy_run.bank.sample_ids[rows],
        toy_run.bank.labels[rows],
        {name: replace(side, shared=side.shared[rows]) for name, side in toy_run.bank.sides.items()},
    )
    present = {"words": unseen["words"][:4]}
    expected = [mean_over(toy_run, present, sample, rows) for sample in range(4)]
    np.testing.assert_allclose(probabilities_absent(toy_run.model, present, few), expected, atol=1e-5)


@pytest.mark.parametrize("missing", MISSING, ids="+".join)
@pytest.mark.parametrize("rows_at_once", [1, 450, 100_000])
def test_over_the_bank_is_the_mean_over_all_of_its_samples(toy_run, unseen, missing, rows_at_once, monkeypatch):
    """Against a double loop: every sample with the concepts of every bank sample in place of what is missing."""
    monkeypatch.setattr(inference, "ABSENT_ROWS", rows_at_once)
    present = {name: values[:5] for name, values in unseen.items() if name not in missing}
    found = probabilities_over_bank(toy_run.model, present, toy_run.bank)
    for sample in range(5):
        expected = mean_over(toy_run, present, sample, range(len(toy_run.bank)))
        np.testing.assert_allclose(found[sample], expected, atol=1e-5)


def test_over_a_large_bank_is_the_mean_over_those_drawn(toy_run, unseen, monkeypatch):
    monkeypatch.setattr(inference, "MOST_OVER_BANK", 17)
    present = {"words": unseen["words"][:3]}
    found = probabilities_over_bank(toy_run.model, present, toy_run.bank, seed=4)
    rows = np.random.default_rng(4).permutation(len(toy_run.bank))[:17]
    expected = [mean_over(toy_run, present, sample, rows) for sample in range(3)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_bank_holds_the_samples_it_was_asked_for(toy_run, toy, toy_data):
    index = np.array([5, 2, 90])
    bank = build_bank(toy_run.model, toy, toy_data.test, index, "test", seed=3)
    assert bank.sample_ids.tolist() == ["test/00005", "test/00002", "test/00090"]
    assert bank.labels.tolist() == toy_data.test.labels[index].tolist()
    _, shared = concepts_of(toy_run.model, toy_data.test.samples(index))
    for name, side in bank.sides.items():
        assert side.ids.tolist() == [f"test/{source:05d}/{name}" for source in toy_data.test.sources[name][index]]
        np.testing.assert_array_equal(side.semantics, toy_data.test.semantics[name][index])
        np.testing.assert_allclose(side.shared, shared[name], atol=1e-6)
        assert side.local.shape == (3, 6)


def test_described_is_the_content_of_what_is_missing_in_another_modality(toy_run, toy, toy_data):
    bank = build_bank(toy_run.model, toy, toy_data.test, np.arange(20), "test", seed=3)
    assert {name: set(side.described) for name, side in bank.sides.items()} == {
        name: set(MODALITIES) - {name} for name in MODALITIES
    }
    part = toy_data.test.select(np.arange(20))
    rendered = toy.describe(part, "words", "picture", np.random.default_rng(3))
    _, shared = concepts_of(toy_run.model, {"picture": rendered})
    np.testing.assert_allclose(bank.sides["words"].described["picture"], shared["picture"], atol=1e-6)


def test_inference_leaves_the_global_generators_and_the_model_alone(toy_run, toy, toy_data):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    weights = {name: value.clone() for name, value in toy_run.model.state_dict().items()}
    build_bank(toy_run.model, toy, toy_data.test, np.arange(20), "test")
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state == np.random.get_state()[1]).all()  # noqa: NPY002
    assert all(torch.equal(weights[name], value) for name, value in toy_run.model.state_dict().items())

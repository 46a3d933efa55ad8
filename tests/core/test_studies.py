"""Noise and intervention curves against loops over samples, on a model made by hand and on a trained one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from builders import make_side
from sharcs_core import studies
from sharcs_core.config import EncoderConfig
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.structures import Inputs

MODALITIES = ("table", "graph")
POLICIES = ("random", "uncertainty", "gradient", "greedy", "wrong")


class ByHand(torch.nn.Module):
    """Two modalities of three concepts, three classes, one hidden layer."""

    def __init__(self):
        super().__init__()
        self.config = SimpleNamespace(modalities=MODALITIES)
        generator = torch.Generator().manual_seed(0)
        weights = (torch.randn(shape, generator=generator) * 2 for shape in ((6, 8), (8, 3)))
        self.first, self.second = (torch.nn.Parameter(drawn) for drawn in weights)

    def predict(self, shared):
        return torch.tanh(torch.cat([shared[name] for name in MODALITIES], dim=1) @ self.first) @ self.second


@pytest.fixture(scope="module")
def model():
    return ByHand()


@pytest.fixture(scope="module")
def concepts():
    rng = np.random.default_rng(0)
    shared = {name: rng.random((40, 3)).astype(np.float32) for name in MODALITIES}
    right = {name: rng.integers(0, 2, (40, 3)).astype(np.float32) for name in MODALITIES}
    return shared, right, rng.integers(0, 3, 40)


def chances(model, row):
    """Class probabilities (3,) of one sample's six concepts."""
    return probabilities(model, {"table": row[None, :3], "graph": row[None, 3:]})[0].astype(np.float64)


def flat(concepts):
    return np.concatenate([concepts[name] for name in MODALITIES], axis=1)


def greedy_by_loop(model, row, right):
    order, row = [], row.copy()
    while len(order) < 6:
        changes = {}
        for concept in set(range(6)) - set(order):
            tried = row.copy()
            tried[concept] = right[concept]
            before, after = chances(model, row), chances(model, tried)
            changes[concept] = sum(q * np.log(q / p) for q, p in zip(after, before, strict=True))
        order.append(max(changes, key=changes.get))
        row[order[-1]] = right[order[-1]]
    return order


def gradient_by_differences(model, row, right, step=1e-2):
    predicted, gains = chances(model, row).argmax(), []
    for concept in range(6):
        up, down = row.copy(), row.copy()
        up[concept] += step
        down[concept] -= step
        slope = (chances(model, up) - chances(model, down))[predicted] / (2 * step)
        gains.append(abs(slope) * abs(right[concept] - row[concept]))
    return gains


def curve_by_loop(model, rows, targets, orders, labels):
    accuracies = []
    for count in range(7):
        right = 0
        for row, target, order, label in zip(rows, targets, orders, labels, strict=True):
            edited = row.copy()
            for concept in order[:count]:
                edited[concept] = target[concept]
            right += chances(model, edited).argmax() == label
        accuracies.append(right / len(labels))
    return accuracies


@pytest.mark.parametrize("rows_at_once", [1, 10**6])
def test_the_greedy_policy_is_that_of_a_loop(model, concepts, rows_at_once, monkeypatch):
    monkeypatch.setattr(studies, "ROWS_AT_ONCE", rows_at_once)
    current, right = flat(concepts[0]), flat(concepts[1])
    expected = [greedy_by_loop(model, row, target) for row, target in zip(current, right, strict=True)]
    assert studies.greedy_order(model, current, right).tolist() == expected


def test_every_concept_gets_its_turn_where_all_are_right_already(model, concepts):
    right = flat(concepts[1])
    for order in (studies.greedy_order(model, right, right), studies.gradient_order(model, right, right)):
        assert np.sort(order, axis=1).tolist() == [list(range(6))] * len(right)


def test_the_gradient_policy_is_that_of_finite_differences(model, concepts):
    current, right = flat(concepts[0]), flat(concepts[1])
    orders = studies.gradient_order(model, current, right)
    for row, target, order in zip(current, right, orders, strict=True):
        gains = np.array(gradient_by_differences(model, row, target))
        assert sorted(order) == list(range(6))
        assert (np.diff(gains[order]) <= 2e-3).all()  # falling, but for the error of the differences


def test_the_curves_are_those_of_a_loop(model, concepts):
    shared, right, labels = concepts
    found = studies.intervention_curves(model, shared, right, labels, seed=0)
    current, wanted = flat(shared), flat(right)
    orders = {
        "uncertainty": [sorted(range(6), key=lambda c, row=row: abs(row[c] - 0.5)) for row in current],
        "gradient": studies.gradient_order(model, current, wanted),
        "greedy": studies.greedy_order(model, current, wanted),
    }
    assert found["counts"] == list(range(7))
    assert found["n_samples"] == 40
    for name, order in orders.items():
        assert found[name] == pytest.approx(curve_by_loop(model, current, wanted, order, labels)), name
    for name in POLICIES:
        assert len(found[name]) == 7
        assert found[name][0] == found["random"][0]
        assert found["area"][name] == pytest.approx(sum(found[name]) / 7)
        if name != "wrong":
            assert found[name][-1] == found["random"][-1]
    assert found["wrong"][-1] == curve_by_loop(model, current, 1 - wanted, orders["greedy"], labels)[-1]


def test_random_orders_differ_by_sample_and_follow_the_seed(model, concepts):
    one, same, other = (studies.intervention_curves(model, *concepts, seed=seed) for seed in (0, 0, 1))
    assert one == same
    assert one["random"] != other["random"]
    assert one["greedy"] == other["greedy"]


def test_the_random_curve_lies_where_all_orders_lie_on_average(model, concepts):
    shared, right, labels = concepts
    rng = np.random.default_rng(7)
    expected = np.mean(
        [
            curve_by_loop(model, flat(shared), flat(right), [rng.permutation(6) for _ in labels], labels)
            for _ in range(30)
        ],
        axis=0,
    )
    found = np.mean([studies.intervention_curves(model, *concepts, seed=s)["random"] for s in range(30)], axis=0)
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_of_many_samples_some_are_drawn_and_all_policies_use_the_same(model, concepts, monkeypatch):
    found = studies.intervention_curves(model, *concepts, seed=2, max_samples=10)
    assert found["n_samples"] == 10
    assert len({found[name][0] for name in POLICIES}) == 1
    index = np.sort(np.random.default_rng(2).permutation(40)[:10])
    shared, right, labels = concepts
    part = [{name: values[index] for name, values in given.items()} for given in (shared, right)]
    alone = studies.intervention_curves(model, *part, labels[index], seed=2)
    assert found["greedy"] == alone["greedy"]
    monkeypatch.setattr(studies, "GREEDY_ROWS", 36 * 7)
    assert studies.intervention_curves(model, *concepts)["n_samples"] == 7


def test_setting_right_what_is_right_changes_nothing(model, concepts):
    _, right, labels = concepts
    found = studies.intervention_curves(model, right, right, labels)
    for name in ("random", "uncertainty", "gradient", "greedy"):
        assert len(set(found[name])) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda shared, right, labels: (shared, right, labels[:3]), "3 labels"),
        (lambda shared, right, labels: (shared, {**right, "graph": right["graph"][:, :2]}, labels), "got"),
        (lambda shared, right, labels: ({"table": shared["table"]}, right, labels), r"missing \['graph'\]"),
        (lambda shared, right, labels: ({n: v[:0] for n, v in shared.items()},) * 2 + ([],), "at least one sample"),
    ],
)
def test_concepts_that_do_not_fit_are_refused(model, concepts, change, message):
    with pytest.raises(ValueError, match=message):
        studies.intervention_curves(model, *change(*concepts))


def test_divergence_is_that_of_a_loop_and_finite():
    rng = np.random.default_rng(0)
    after, before = rng.dirichlet(np.ones(4), (2, 5))
    expected = [sum(q * np.log(q / p) for q, p in zip(a, b, strict=True)) for a, b in zip(after, before, strict=True)]
    np.testing.assert_allclose(studies.divergence(after, before), expected)
    certain = np.array([1.0, 0.0])
    assert studies.divergence(certain, certain) == 0
    assert np.isfinite(studies.divergence(certain, certain[::-1]))


def test_the_right_code_of_a_key_is_the_mean_of_its_rows_at_the_threshold():
    rng = np.random.default_rng(0)
    side = make_side("table", rng.random((30, 4)), semantics=rng.choice([0, 2, 5], 30))
    keys = np.array([5, 0, 3, 2, 9, -1, 5])
    codes, known = studies.right_codes(side, keys)
    assert known.tolist() == [True, True, False, True, False, False, True]
    for code, key, has in zip(codes, keys, known, strict=True):
        if has:
            rows = side.shared[side.semantics == key]
            assert code.tolist() == [float(sum(column) / len(rows) > 0.5) for column in rows.T]


def test_the_noise_curve_starts_at_the_plain_accuracy_and_falls(toy_run, toy_data):
    samples, labels = toy_data.test.samples(), toy_data.test.labels
    found = studies.noise_curve(toy_run.model, samples, labels, [0, 0.4, 1], seed=1)
    assert found["levels"] == [0.0, 0.4, 1.0]
    plain = probabilities(toy_run.model, concepts_of(toy_run.model, samples)[1]).argmax(1)
    assert found["accuracy"][0] == pytest.approx(np.mean(plain == labels))
    noisy = studies.perturbed(toy_run.model, samples, 0.4, seed=1)
    predicted = probabilities(toy_run.model, concepts_of(toy_run.model, noisy)[1]).argmax(1)
    assert found["accuracy"][1] == pytest.approx(np.mean(predicted == labels))
    assert found["accuracy"][0] > found["accuracy"][1] + 0.1
    assert found["accuracy"][2] < 0.6


def test_noise_is_drawn_for_each_modality_by_itself_and_grows_with_the_level():
    rows = Inputs("tabular", {"values": np.random.default_rng(0).integers(0, 2, (500, 4)).astype(np.float32)})
    encoders = dict.fromkeys(MODALITIES, EncoderConfig("tabular", 4, (4,)))
    model = SimpleNamespace(config=SimpleNamespace(encoders=encoders))
    some, more = (studies.perturbed(model, {"table": rows, "graph": rows, "other": rows}, x, 0) for x in (0.2, 0.6))
    assert set(some) == set(MODALITIES)
    changed = {name: some[name].arrays["values"] != rows.arrays["values"] for name in MODALITIES}
    assert np.mean(changed["table"]) == pytest.approx(0.1, abs=0.03)
    assert np.mean(changed["table"] & changed["graph"]) == pytest.approx(0.01, abs=0.01)
    assert (more["table"].arrays["values"] != rows.arrays["values"])[changed["table"]].all()


def test_experts_mend_what_noise_broke_and_wrong_values_break_it_further(toy_run, toy_data):
    found = studies.intervention_study(toy_run.model, toy_data.test, toy_run.bank, 0.4, seed=0)
    assert set(found) == {"counts", *POLICIES, "area", "n_samples", "noise_level", "n_left_out"}
    assert (found["n_samples"], found["n_left_out"], found["noise_level"]) == (96, 0, 0.4)
    assert found["counts"] == list(range(16))  # three modalities of five concepts
    for name in ("random", "uncertainty", "gradient", "greedy"):
        assert found[name][-1] > 0.95 > found[name][0] + 0.1
    assert found["area"]["greedy"] > found["area"]["random"] > found["area"]["wrong"]
    assert found["wrong"][-1] < found["wrong"][0]


def test_without_noise_the_study_starts_at_the_plain_accuracy(toy_run, toy_data):
    found = studies.intervention_study(toy_run.model, toy_data.test, toy_run.bank, 0.0)
    assert found["greedy"][0] == pytest.approx(toy_run.metrics["accuracy"])


def test_samples_whose_keys_the_bank_lacks_are_left_out(toy_run, toy_data):
    semantics = {name: keys.copy() for name, keys in toy_data.test.semantics.items()}
    semantics["table"][:30] = 77
    found = studies.intervention_study(
        toy_run.model, replace(toy_data.test, semantics=semantics), toy_run.bank, 0.3, max_samples=50
    )
    assert (found["n_left_out"], found["n_samples"]) == (30, 50)
    semantics["words"][:] = 78
    with pytest.raises(ValueError, match="keys of no sample"):
        studies.intervention_study(toy_run.model, replace(toy_data.test, semantics=semantics), toy_run.bank, 0.3)

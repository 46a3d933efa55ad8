"""What a training minimises, against plain loops; samples that lack inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from sharcs_core.baselines import build_model
from sharcs_core.batches import SplitTensors, batches
from sharcs_core.losses import Relation, align, naming_loss
from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.objective import N_COMPANIONS, TERMS, Relations, _filled, forward, loss_of
from sharcs_core.structures import Split
from toy_task import ToyTask

TASK = ToyTask()
CONFIG = TASK.preset()
DEVICE = torch.device("cpu")


@pytest.fixture(scope="module")
def data():
    return TASK.load(0)


def without(split: Split, missing: dict[str, list[int]]) -> Split:
    """The split with the inputs of some samples taken away."""
    pairing = {name: rows.copy() for name, rows in split.pairing.items()}
    for name, samples in missing.items():
        pairing[name][samples] = -1
    return replace(split, pairing=pairing)


def batch_of(split: Split, n: int = 16, meanings: Meanings | None = None):
    tensors = SplitTensors.of(split, CONFIG, meanings or TASK.card.meanings, DEVICE)
    rows, targets = next(batches(split.pairing, split.labels, torch.arange(n), n, DEVICE))
    return tensors.batch(rows, targets)


def fresh_model():
    return build_model(CONFIG.model, seed=0).eval()


def test_a_whole_batch_goes_through_the_model_as_it_is(data):
    batch, model = batch_of(data.train), fresh_model()
    output, expected = forward(model, batch), model(batch.inputs)
    assert batch.complete
    assert torch.equal(output.logits, expected.logits)


def test_what_a_sample_lacks_is_not_encoded(data):
    batch = batch_of(without(data.train, {"words": [0, 3], "table": [5]}))
    assert [len(batch.keys[name]) for name in ("table", "words", "picture")] == [15, 14, 16]
    assert batch.places["words"].tolist() == [i for i in range(16) if i not in (0, 3)]
    assert batch.places["picture"] is None
    assert (batch.contents["words"][[0, 3]] == UNKNOWN).all()


def test_what_is_missing_is_filled_with_the_mean_of_the_nearest_samples_that_have_it(data):
    batch, model = batch_of(without(data.train, {"words": [0, 3]})), fresh_model()
    shared = {name: values.detach() for name, values in model.share(model.encode(batch.inputs)).items()}
    filled = _filled(shared, batch)
    have = [i for i in range(16) if i not in (0, 3)]
    words = dict(zip(have, shared["words"], strict=True))
    apart = {
        i: float(sum((shared[name][0] - shared[name][i]).square().mean() for name in ("table", "picture")))
        for i in have
    }
    nearest = sorted(have, key=apart.__getitem__)[:N_COMPANIONS]
    expected = torch.stack([words[i] for i in nearest]).mean(0)
    assert torch.allclose(filled["words"][0], expected, atol=1e-6)
    assert torch.equal(filled["words"][have], shared["words"])


def test_nothing_is_learned_through_what_stands_in(data):
    batch, model = batch_of(without(data.train, {"words": [0]})), fresh_model()
    output = forward(model, batch)
    nn.functional.cross_entropy(output.logits[:1], batch.targets[:1]).backward()
    reached = [p.grad for p in model.encoders["words"].parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert not reached


def test_of_a_modality_that_nobody_has_nothing_is_on_or_off(data):
    batch, model = batch_of(without(data.train, {"words": list(range(16))})), fresh_model()
    shared = {name: model.share(model.encode({name: batch.inputs[name]}))[name] for name in ("table", "picture")}
    shared["words"] = torch.zeros(0, CONFIG.model.n_shared)
    assert (_filled(shared, batch)["words"] == 0.5).all()


def test_inputs_of_an_unknown_key_neither_draw_nor_push(data):
    generator = torch.Generator().manual_seed(0)
    left, right = torch.rand(6, 4), torch.rand(5, 4)
    same = torch.rand(6, 5) > 0.6
    for alignment in ("contrastive", "triplet"):
        config = replace(CONFIG.training, alignment=alignment)
        known = torch.ones(6, 5, dtype=torch.bool)
        known[2], known[:, 4] = False, False
        masked = align(left, right, Relation(same & known, known), config, generator)
        rows, columns = [0, 1, 3, 4, 5], [0, 1, 2, 3]
        expected = align(left[rows], right[columns], Relation(same[rows][:, columns]), config, generator)
        assert torch.allclose(masked, expected, atol=1e-5), alignment


def test_modalities_without_a_common_factor_are_aligned_sample_by_sample(data):
    split = replace(data.train, semantics={name: np.arange(len(data.train)) for name in data.train.semantics})
    meanings = Meanings({}, own=True)
    relation = Relations(CONFIG, meanings, split, DEVICE).of(batch_of(split, meanings=meanings), "table", "words")
    assert relation.same.tolist() == torch.eye(16, dtype=torch.bool).tolist()


def test_equal_content_means_the_same_beside_the_own_sample(data):
    own = np.arange(len(data.train))
    words = own.copy()
    words[3] = 1  # samples 1 and 3 have the same words
    split = replace(
        data.train, semantics=dict.fromkeys(data.train.semantics, own), sources={**data.train.sources, "words": words}
    )
    meanings = Meanings({}, own=True)
    same = Relations(CONFIG, meanings, split, DEVICE).of(batch_of(split, meanings=meanings), "table", "words").same
    expected = torch.eye(16, dtype=torch.bool)
    expected[1, 3] = expected[3, 1] = True
    assert same.tolist() == expected.tolist()


def test_what_a_concept_ought_to_be_counts_only_where_it_is_known():
    shared = {"one": torch.rand(4, 3), "other": torch.rand(2, 3)}
    taught = {"one": torch.tensor([[1.0, 0.0]] * 4), "other": torch.full((2, 2), torch.nan)}
    taught["one"][1, 0] = torch.nan
    known = [(i, j) for i in range(4) for j in range(2) if (i, j) != (1, 0)]
    by_hand = [
        -(t * torch.log(c) + (1 - t) * torch.log(1 - c))
        for i, j in known
        for t, c in [(taught["one"][i, j], shared["one"][i, j])]
    ]
    assert torch.allclose(naming_loss(shared, taught), torch.stack(by_hand).mean())


def test_a_sample_without_a_label_is_aligned_and_not_predicted(data):
    labels = data.train.labels.copy()
    labels[:8] = UNKNOWN
    batch, model = batch_of(replace(data.train, labels=labels)), fresh_model()
    output = forward(model, batch)
    expected = nn.functional.cross_entropy(output.logits[8:], batch.targets[8:])
    relations = Relations(CONFIG, TASK.card.meanings, data.train, DEVICE)
    assert torch.allclose(TERMS["target"](output, batch, CONFIG.training, relations, torch.Generator()), expected)
    nobody = replace(batch, targets=torch.full_like(batch.targets, UNKNOWN))
    assert TERMS["target"](output, nobody, CONFIG.training, relations, torch.Generator()).item() == 0


def test_the_loss_is_the_weighted_sum_of_its_terms(data):
    batch, model = batch_of(data.train), fresh_model()
    relations = Relations(CONFIG, TASK.card.meanings, data.train, DEVICE)
    output, settings = forward(model, batch), CONFIG.training
    total = loss_of(output, batch, settings, relations, torch.Generator())
    terms = {name: TERMS[name](output, batch, settings, relations, torch.Generator()) for name in settings.weights}
    assert torch.allclose(total, sum(settings.weights[name] * term for name, term in terms.items()))
    assert set(terms) == {"target", "alignment", "naming"}


@pytest.mark.parametrize("kind", ["distance", "contrastive", "triplet"])
def test_every_pair_of_modalities_counts_alike(data, kind):
    batch = batch_of(data.train)
    settings = replace(CONFIG.training, alignment=kind, temperature=0.7)
    relations = Relations(CONFIG, TASK.card.meanings, data.train, DEVICE)
    output = forward(fresh_model(), batch)
    pairs = [("table", "words"), ("table", "picture"), ("words", "picture")]
    draws = torch.Generator().manual_seed(0)
    one_by_one = [
        align(
            output.shared[one],
            output.shared[other],
            Relation(batch.keys[one].unsqueeze(1) == batch.keys[other]),
            settings,
            draws,
        )
        for one, other in pairs
    ]
    found = TERMS["alignment"](output, batch, settings, relations, torch.Generator().manual_seed(0))
    assert found.item() == pytest.approx(sum(loss.item() for loss in one_by_one) / 3, abs=1e-6)

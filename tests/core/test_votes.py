"""Models in which each modality votes by itself, and the weights that validation gives the votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from sharcs_core.baselines import build_model
from sharcs_core.choosing import sliced
from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig, changed, run_config_from_json
from sharcs_core.errors import UserError
from sharcs_core.inference import concepts_of_samples
from sharcs_core.predictor import Votes
from sharcs_core.training import fit
from sharcs_core.weighing import MOST, vote_weights

MODEL = ModelConfig(
    {name: EncoderConfig("tabular", 2, (4,)) for name in ("one", "other")},
    n_classes=3,
    n_local=5,
    n_shared=6,
    votes=True,
)


def made_up(n: int = 600, n_classes: int = 4, seed: int = 0):
    """Votes that are mostly right, votes that know nothing, and the classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n)
    right = 2 * np.eye(n_classes)[labels] + rng.normal(0, 1, (n, n_classes))
    return right, rng.normal(0, 4, (n, n_classes)), labels


def loss_at(weights, votes, labels):
    total = sum(weight * vote for weight, vote in zip(weights, votes, strict=True))
    return -log_softmax(total, axis=1)[np.arange(len(labels)), labels].mean()


def test_a_vote_that_knows_nothing_gets_no_weight_and_changes_no_answer():
    right, noise, labels = made_up()
    weights = vote_weights(np.stack([right, noise]), labels)
    assert weights[0] > 0.5
    assert weights[1] < 0.05
    together = (weights[0] * right + weights[1] * noise).argmax(1)
    alone, unweighted = right.argmax(1), (right + noise).argmax(1)
    assert (together == labels).mean() >= (alone == labels).mean() - 0.01
    assert (unweighted == labels).mean() < (alone == labels).mean() - 0.1


def test_no_weights_on_a_grid_are_better():
    right, noise, labels = made_up(n=200)
    also = right + np.random.default_rng(1).normal(0, 2, right.shape)
    votes = np.stack([right, noise, also])
    found = loss_at(vote_weights(votes, labels), votes, labels)
    steps = np.linspace(0, 3, 13)
    assert found <= min(loss_at((a, b, c), votes, labels) for a in steps for b in steps[:4] for c in steps) + 1e-6


def test_weights_stay_bounded_where_a_vote_is_never_wrong():
    labels = np.array([0, 1, 0, 1])
    assert 5 < vote_weights(np.eye(2)[labels][None], labels)[0] <= MOST


def test_logits_are_the_weighted_sum_of_what_each_says():
    model = build_model(MODEL).eval()
    assert isinstance(model.predictor, Votes)
    shared = {name: torch.rand(7, 6) for name in MODEL.modalities}
    model.predictor.weights.copy_(torch.tensor([0.5, 2.0]))
    each = model.predictor.each(shared)
    torch.testing.assert_close(model.predict(shared), 0.5 * each["one"] + 2 * each["other"])
    assert set(model.predictor.each({"other": shared["other"]})) == {"other"}


def test_a_narrower_model_keeps_the_columns_of_each_vote_and_the_weights():
    model = build_model(MODEL)
    model.predictor.weights.copy_(torch.tensor([0.25, 3.0]))
    narrow = sliced(model, [1, 4])
    for name in MODEL.modalities:
        torch.testing.assert_close(narrow.predictor.votes[name].weight, model.predictor.votes[name].weight[:, [1, 4]])
    assert narrow.predictor.weights.tolist() == [0.25, 3.0]


def test_settings_without_votes_are_written_as_they_were_before_there_were_any():
    config = RunConfig("toy", replace(MODEL, votes=False), TrainingConfig(epochs=2))
    text = str(config.to_json())
    assert not any(name in text for name in ("votes", "drop_words", "linear", "shift", "sparse"))
    with_votes = replace(config, model=MODEL)
    assert run_config_from_json(with_votes.to_json()) == with_votes


def test_changed_settings_are_checked_and_the_others_stay():
    config = RunConfig("toy", MODEL, TrainingConfig(epochs=2))
    assert changed(config, {"training": {"epochs": 5}}) == replace(config, training=TrainingConfig(epochs=5))
    with pytest.raises(UserError, match="epochs"):
        changed(config, {"training": {"epochs": 0}})


@pytest.mark.parametrize("settings", [{"agreements": True}, {"wiring": "concept"}])
def test_votes_do_not_go_with_what_compares_modalities_or_has_no_shared_space(settings):
    with pytest.raises(UserError, match="Votes"):
        replace(MODEL, **settings)


def test_a_sparse_vote_leans_on_fewer_concepts(toy, toy_data):
    preset = toy.preset(0)
    model = replace(preset.model, votes=True, agreements=False)
    sizes = {}
    for weight in (0.0, 1.0):
        training = replace(preset.training, epochs=4, polish_epochs=0, sparse_weight=weight)
        predictor = fit(replace(preset, model=model, training=training), toy, toy_data).model.predictor
        sizes[weight] = predictor.leaning().item()
        by_hand = np.mean([vote.weight.detach().abs().sum(0).mean() for vote in predictor.votes.values()])
        assert sizes[weight] == pytest.approx(float(by_hand), rel=1e-5)
    assert sizes[1.0] < 0.9 * sizes[0.0], sizes


def test_training_teaches_every_vote_and_weighs_them_on_validation(toy, toy_data):
    preset = toy.preset(0)
    config = replace(
        preset,
        model=replace(preset.model, votes=True, agreements=False),
        training=replace(preset.training, epochs=3, polish_epochs=0),
    )
    model = fit(config, toy, toy_data).model
    validation = toy_data.validation
    shared = {name: torch.as_tensor(of) for name, of in concepts_of_samples(model, validation).items()}
    with torch.no_grad():
        votes = np.stack([vote.numpy() for vote in model.predictor.each(shared).values()])
    np.testing.assert_allclose(model.predictor.weights.numpy(), vote_weights(votes, validation.labels), atol=1e-4)
    untaught = build_model(config.model, config.training.seed).predictor
    for name, vote in model.predictor.votes.items():
        assert not torch.equal(vote.weight, untaught.votes[name].weight)

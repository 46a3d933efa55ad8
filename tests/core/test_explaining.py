"""Modalities that explain the class: in the shared space as any other, and never what the class is read from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sharcs_benchmark.settings import counting_settings
from sharcs_core.baselines import build_model
from sharcs_core.choosing import sliced
from sharcs_core.config import EncoderConfig, ModelConfig, RunConfig, TrainingConfig, run_config_from_json
from sharcs_core.errors import UserError
from sharcs_core.interventions import Edit, effect_of
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.tasks.card import card_from_json, card_values
from sharcs_core.tasks.usual import usual_settings
from sharcs_core.tree import fit_tree
from small_models import small_model, small_run
from toy_task import ToyTask

ENCODERS = {name: EncoderConfig("tabular", 2, (4,)) for name in ("seen", "said", "heard")}
CONFIG = ModelConfig(ENCODERS, n_classes=3, n_local=6, n_shared=6, explaining=("said",))


def concepts(config, n=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(n, config.width, generator=generator) for name in config.modalities}


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, agreements=True),
        replace(CONFIG, votes=True),
        *(replace(CONFIG, wiring=wiring) for wiring in ("fusion", "late", "concept", "embedding")),
    ],
    ids=("sharcs", "agreements", "votes", "fusion", "late", "concept", "embedding"),
)
def test_the_class_is_read_from_what_does_not_explain(config):
    model = build_model(config, 0).eval()
    first, second = concepts(config), concepts(config, seed=1)
    told = model.predict(first)
    assert torch.equal(model.predict({**first, "said": second["said"]}), told)
    for name in ("seen", "heard"):
        assert not torch.allclose(model.predict({**first, name: second[name]}), told)


def test_no_question_that_a_tree_may_ask_reads_an_explanation():
    questions = questions_of(CONFIG)
    assert {question.modalities for question in questions if len(question.modalities) > 1} == {("seen", "heard")}
    assert {question.is_told for question in questions if "said" in question.modalities} == {False}
    rng = np.random.default_rng(0)
    shared = {name: rng.random((200, 6)) for name in CONFIG.modalities}
    labels = (shared["said"][:, 0] > 0.5).astype(int)  # which only the explanation tells
    tree = fit_tree(answers_of(shared, questions, ()), labels, questions, (), 3)
    asked = {name for place in tree.estimator.tree_.feature if place >= 0 for name in questions[place].modalities}
    assert asked <= {"seen", "heard"}


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, agreements=True), replace(CONFIG, votes=True)])
def test_few_concepts_are_cut_out_of_such_a_model_too(config):
    model = build_model(config, 0).eval()
    kept = (1, 2, 4)
    narrow = sliced(model, kept)
    shared = concepts(config)
    off = [place for place in range(6) if place not in kept]
    for values in shared.values():
        values[:, off] = 0.5  # concepts about which nothing is read
    cut = {name: values[:, kept] for name, values in shared.items()}
    assert torch.allclose(narrow.predict(cut), model.predict(shared), atol=1e-6)


def test_an_edit_of_an_explanation_changes_no_class():
    model = small_model(("seen", "said"), n_shared=6, explaining=("said",))
    run = small_run(model)
    rng = np.random.default_rng(1)
    shared = {name: rng.random(6).astype(np.float32) for name in ("seen", "said")}
    by_said = effect_of(run, shared, [Edit("said", concept, 1.0) for concept in range(6)])
    assert np.array_equal(by_said.after.probabilities, by_said.before.probabilities)
    by_seen = effect_of(run, shared, [Edit("seen", concept, 1.0) for concept in range(6)])
    assert not np.array_equal(by_seen.after.probabilities, by_seen.before.probabilities)


def test_one_modality_at_least_decides_and_what_explains_is_there():
    with pytest.raises(UserError, match="must not explain"):
        replace(CONFIG, explaining=("seen", "said", "heard"))
    with pytest.raises(UserError, match="No modality 'thought' can explain"):
        replace(CONFIG, explaining=("thought",))


def test_settings_from_before_there_were_explanations_are_read_and_count_the_same():
    config = RunConfig("toy", replace(CONFIG, explaining=()), TrainingConfig(epochs=1))
    values = config.to_json()
    assert "explaining" not in values["model"]
    assert run_config_from_json(values) == config
    assert counting_settings(values) == counting_settings(config.to_json())
    explained = RunConfig("toy", CONFIG, TrainingConfig(epochs=1))
    assert run_config_from_json(explained.to_json()) == explained
    assert counting_settings(explained.to_json()) != counting_settings(values)


def test_a_card_says_which_modality_explains():
    card = ToyTask.card
    words = replace(card.modality("words"), explains=True)
    told = replace(card, modalities=tuple(words if one.name == "words" else one for one in card.modalities))
    assert card_from_json(card_values(told)) == told
    assert usual_settings(told, 256, 0, {}).model.explaining == ("words",)
    assert usual_settings(card, 256, 0, {}).model.deciding == tuple(one.name for one in card.modalities)

"""Untrained models of a few concepts, and runs around them, for tests of what is done with concepts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from builders import make_bank, make_side
from sharcs_core.baselines import build_model
from sharcs_core.config import EncoderConfig, ModelConfig
from sharcs_core.model import Multimodal
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.tasks.card import Target
from sharcs_core.tree import fit_tree


def small_model(modalities: Any, n_shared: int, n_classes: int = 3, seed: int = 0, **settings: Any) -> Multimodal:
    """A model whose random predictor is steep, so that edits of concepts change its class now and then."""
    encoder = EncoderConfig("tabular", n_features=2, hidden=(4,))
    config = ModelConfig(dict.fromkeys(modalities, encoder), n_classes, n_local=n_shared, n_shared=n_shared, **settings)
    model = build_model(config, seed).eval()
    with torch.no_grad():
        for weights in model.predictor.parameters():
            weights.mul_(3)
    return model


def leaning(model: Multimodal, towards: int, by: float) -> Multimodal:
    """The model, its scores of one class raised so that it takes more edits, or too many, to leave it."""
    with torch.no_grad():
        list(model.predictor.parameters())[-1][towards] += by
    return model


def small_run(model: Multimodal, n_bank: int = 60, seed: int = 0) -> Any:
    """What edits need of a run: model, bank, tree and the answers of the training samples, which are the bank's."""
    rng = np.random.default_rng(seed)
    config = model.config
    sides = {
        name: make_side(name, rng.random((n_bank, config.width)).astype(np.float32), rng.integers(0, 4, n_bank))
        for name in config.modalities
    }
    bank = make_bank(**sides)
    questions = questions_of(config)
    answers = answers_of(bank.shared(), questions, config.factors)
    labels = (answers[:, 0] & answers[:, config.width + 1]).astype(np.int64)
    tree = fit_tree(answers, labels, questions, config.factors, config.n_classes)
    card = SimpleNamespace(target=Target(tuple(f"class {index}" for index in range(config.n_classes))))
    return SimpleNamespace(model=model, bank=bank, answers=answers, questions=questions, tree=tree, card=card)

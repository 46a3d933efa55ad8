"""Runs on disk that no training made: of any wiring and any modalities, in a fraction of a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sharcs_core.baselines import build_model, choose_anchors
from sharcs_core.checkpoints import Run, load_run, save_run
from sharcs_core.choosing import narrowed
from sharcs_core.config import HAS_CONCEPTS, RunConfig
from sharcs_core.inference import build_bank, concepts_of
from sharcs_core.model import Multimodal
from sharcs_core.questions import answers_of, questions_of
from sharcs_core.structures import Bank, Choice, Codes, Removal, Split, TaskData
from sharcs_core.tasks.task import Task
from sharcs_core.tensors import to_tensors
from sharcs_core.unusual import fit_usual

PARTS = (
    *("card", "config", "source", "model", "bank", "test_bank", "choice", "tree_leaves"),
    *("answers", "labels", "validation_answers", "validation_labels", "usual", "metrics"),
)
"""What a run is saved from."""


def choice_of(n_before: int, kept: Sequence[int]) -> Choice:
    """A choice that kept these, with figures that could be so."""
    gone = [concept for concept in range(n_before) if concept not in kept]
    removals = tuple(Removal(concept, 0.9 - place / 100, 0.8) for place, concept in enumerate(gone))
    return Choice(n_before, tuple(kept), 0.95, 0.85, removals)


def config_of(task: Task, wiring: str = "sharcs", modalities: Sequence[str] = (), **settings: Any) -> RunConfig:
    """The task's settings for another wiring, fewer modalities, or whatever else of the model is asked for."""
    config = task.preset(seed=0)
    encoders = {name: config.model.encoders[name] for name in modalities or config.model.modalities}
    training = replace(config.training, polish_epochs=0)
    named = {} if wiring not in HAS_CONCEPTS else config.model.named
    model = replace(config.model, **{"wiring": wiring, "encoders": encoders, "named": named, **settings})
    return replace(config, model=model, training=training)


def untrained_parts(task: Task, data: TaskData, config: RunConfig, choice: Choice | None = None) -> dict[str, Any]:
    """The parts of a run whose weights are those it was drawn with; only its norms have seen the data."""
    model = untrained_model(config, data.train, choice)
    has_concepts = model.config.wiring in HAS_CONCEPTS
    bank = _with_maps(build_bank(model, task, data.train, np.arange(min(200, len(data.train))), "train"))
    return {
        "card": task.card,
        "config": config,
        "source": data.source,
        "model": model,
        "bank": bank,
        "test_bank": _with_maps(build_bank(model, task, data.test, np.arange(min(40, len(data.test))), "test")),
        "choice": choice,
        "tree_leaves": 5 if has_concepts else 0,
        "answers": _answers(model, data.train),
        "labels": data.train.labels,
        "validation_answers": _answers(model, data.validation),
        "validation_labels": data.validation.labels,
        "usual": fit_usual(model, task.card, data, bank, seed=0),
        "metrics": {"accuracy": 0.25},
    }


def untrained_run(task: Task, data: TaskData, path: Path, config: RunConfig, choice: Choice | None = None) -> Run:
    """Such a run at ``path``, as it is read from there."""
    save_run(path, **untrained_parts(task, data, config, choice))
    return load_run(path)


def untrained_model(config: RunConfig, split: Split, choice: Choice | None = None) -> Multimodal:
    anchors = choose_anchors(config.model, split, np.random.default_rng(0))
    model = build_model(narrowed(config.model, choice), 0, anchors)
    samples = split.samples(slice(0, 128))
    batch = {name: to_tensors(samples[name]) for name in model.config.modalities}
    norms = [module for module in model.modules() if hasattr(module, "momentum")]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # so that it knows the data after one look
    with torch.no_grad():
        model.train()(batch)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    return model.eval()


def _answers(model: Multimodal, split: Split) -> Codes:
    if model.config.wiring not in HAS_CONCEPTS:
        return np.zeros((len(split), 0), dtype=bool)
    samples = split.samples()
    shared = concepts_of(model, {name: samples[name] for name in model.config.modalities})[1]
    return answers_of(shared, questions_of(model.config), model.config.factors)


def _with_maps(bank: Bank) -> Bank:
    """The bank with a map of each side: its first two values, which is a map as good as any for a test."""
    sides = {name: replace(side, maps={"PCA": side.shared[:, :2].copy()}) for name, side in bank.sides.items()}
    return replace(bank, sides=sides)

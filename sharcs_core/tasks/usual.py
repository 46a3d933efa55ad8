"""The settings that a task is trained with where nobody chose any."""

from __future__ import annotations

from sharcs_core.config import ModelConfig, RunConfig, TrainingConfig
from sharcs_core.kinds import KINDS
from sharcs_core.tasks.card import TaskCard

N_CONCEPTS = 24
"""Shared and local concepts before few are chosen."""
N_BESIDE = 8
"""Free concepts beside named ones, for what these leave open."""
BATCH_SIZE = 64
FEW, SMALL_BATCH = 256, 16
"""Of fewer training samples than ``FEW`` a batch has 16, so that there are steps enough to learn by."""
STEPS = 2400
"""Optimiser steps of a training, so that small data are seen more often."""
FEWEST_EPOCHS, MOST_EPOCHS = 12, 80
POLISH_EPOCHS = 3
OWN_WEIGHT = 0.3
"""Of the alignment where each sample is its own key: pulled harder, concepts tell samples apart and not classes."""
BANK_SIZE = 4000

# Dropping inputs at random in training (``drop``) is left at 0. On validation samples (benchmarks/own_arrays.py --drop)
# it lost more where each input says a part (halves of digits: .955 to .880, with one absent .870 to .830) than it won
# where each says nearly all (breast cancer: .953 to .958 with one absent).


def usual_settings(card: TaskCard, n_train: int, seed: int, named: dict[str, int]) -> RunConfig:
    """Settings for a task of ``n_train`` training samples.

    Args:
        named: factor → number of its values, of those that concepts are named after; none for free concepts alone.
    """
    encoders = {modality.name: KINDS[modality.kind].settings(modality.form) for modality in card.modalities}
    n_named = sum(1 if n_values == 2 else n_values for n_values in named.values())
    epochs = max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(STEPS * BATCH_SIZE / max(1, n_train))))
    model = ModelConfig(
        encoders,
        n_classes=card.target.n,
        n_local=N_CONCEPTS,
        n_shared=n_named + (N_BESIDE if named else N_CONCEPTS),
        slope=2.0,
        named=named,
        states=_stated(card, named),
        agreements=bool(named) and len(card.deciding) > 1,
        explaining=tuple(modality.name for modality in card.modalities if modality.explains),
    )
    training = TrainingConfig(
        epochs=epochs + POLISH_EPOCHS,
        batch_size=SMALL_BATCH if n_train < FEW else BATCH_SIZE,
        alignment_weight=1.0 if card.factors else OWN_WEIGHT,
        polish_epochs=POLISH_EPOCHS,
        seed=seed,
    )
    return RunConfig(card.name, model, training, bank_size=BANK_SIZE if n_train > BANK_SIZE else 0)


def _stated(card: TaskCard, named: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """Modality → the named factors that it states, of those modalities that do not state all."""
    stated = {
        modality.name: tuple(factor for factor in named if factor in card.stated_by(modality.name))
        for modality in card.modalities
    }
    return {name: own for name, own in stated.items() if len(own) < len(named)}

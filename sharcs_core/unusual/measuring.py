"""Modality by modality: what is usual, and how far an input lies from it.

Shapes: n inputs, T shared concepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from sharcs_core.inference import concepts_of, readable
from sharcs_core.kinds import check_inputs
from sharcs_core.model import Multimodal
from sharcs_core.named import lowered
from sharcs_core.retrieval import nearest_in
from sharcs_core.structures import Bank, BankSide, Floats, Inputs, TaskData, Unusual
from sharcs_core.tasks.card import Modality, TaskCard
from sharcs_core.unusual.features import BY_REFERENCES, WITHOUT_ORIGINALS, UsualFeatures
from sharcs_core.unusual.layers import has_fields, summaries
from sharcs_core.unusual.ranges import UsualRanges, in_one_clause

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

Usual = UsualFeatures | UsualRanges

MOST_TRAINING = 4000
"""So many training inputs are enough to say how features are distributed."""
MOST_REFERENCES = 2000


def fit_usual(model: Multimodal, card: TaskCard, data: TaskData, bank: Bank, seed: int) -> dict[str, Usual]:
    """What is usual of each modality: distributions from training inputs, limits from validation inputs.

    Args:
        bank: of the training split.
        seed: of the choice of training inputs where there are many.
    """
    keeps = card.redistribute
    return {name: _fit(model, card.modality(name), data, bank, seed, keeps) for name in model.config.modalities}


def _fit(model: Multimodal, modality: Modality, data: TaskData, bank: Bank, seed: int, keeps: bool) -> Usual:
    """What is usual of a modality; without values of single inputs unless it ``keeps`` originals."""
    name = modality.name
    train, validation = data.train.inputs[name], data.validation.inputs[name]
    if not has_fields(model.encoders[name]):
        ranges = UsualRanges.of(modality.form, train, in_parts=model.config.encoders[name].drop_words > 0)
        return ranges if keeps else ranges.rounded()
    chosen = np.random.default_rng(seed).permutation(len(train))[:MOST_TRAINING]
    return UsualFeatures.of(
        summaries_of(model, name, train.take(chosen)),
        summaries_of(model, name, validation),
        distances_to(bank.sides[name], concepts_of(model, {name: validation})[1][name]),
        MOST_REFERENCES,
        BY_REFERENCES if keeps else WITHOUT_ORIGINALS,
    )


@torch.inference_mode()
def summaries_of(model: Multimodal, name: str, inputs: Inputs) -> dict[str, Floats]:
    """:func:`~sharcs_core.unusual.layers.summaries` of n inputs of a modality, (n, any) each."""
    parts = [summaries(model.encoders[name], batch) for batch in readable(model, name, inputs)]
    return {key: torch.cat([part[key] for part in parts]).cpu().numpy() for key in parts[0]}


def scores_of(run: Run, modality: str, inputs: Inputs) -> Floats:
    """How far each of n inputs lies from what the model was trained on, (n,); 1 is the limit.

    Raises:
        UserError: for inputs of another form than the model reads.
    """
    return scores_in(run.usual[modality], run.model, modality, inputs, run.bank)


def scores_in(usual: Usual, model: Multimodal, modality: str, inputs: Inputs, bank: Bank) -> Floats:
    """As :func:`scores_of`, of parts that are not yet a run."""
    check_inputs(model.config, modality, inputs)
    if isinstance(usual, UsualRanges):
        return usual.scores(inputs)
    shared = concepts_of(model, {modality: inputs})[1][modality]
    return usual.scores(summaries_of(model, modality, inputs), distances_to(bank.sides[modality], shared))


def unusual_input(
    run: Run,
    modality: str,
    inputs: Inputs,
    shared: Floats,
    source: int | None = None,
    nearest: float | None = None,
) -> Unusual:
    """How far one input lies from what the model was trained on, in a number and in words.

    Args:
        inputs: of length 1.
        shared: (T,) its shared concepts.
        source: what it was made from, where that is in the bank; the same does not count as near.
        nearest: how far the nearest such row of the bank is, infinity where there is none; None where nobody has
            looked yet.

    Raises:
        UserError: for an input of another form than the model reads.
    """
    check_inputs(run.model.config, modality, inputs)
    usual, described = run.usual[modality], run.card.modality(modality)
    if isinstance(usual, UsualRanges):
        score, clause = in_one_clause(usual.faults(inputs)[0])
        return Unusual(modality, score, clause)
    if nearest is None:
        apart = distances_to(run.bank.sides[modality], np.asarray(shared)[None], source)
    else:
        apart = _known(np.array([nearest]))
    score = float(usual.scores(summaries_of(run.model, modality, inputs), apart)[0])
    return Unusual(modality, score, in_words(score, described.title))


def distances_to(side: BankSide, shared: Floats, source: int | None = None) -> Floats:
    """How far the nearest input of the bank is from each of n others (n, T), (n,); 0 where there is none.

    Args:
        source: what the others were made from, where that is in the bank; the same does not count.
    """
    sources = None if source is None else np.full(len(shared), source)
    distances: Floats = nearest_in(side, shared, 1, sources)[1][:, 0]
    return _known(distances)


def _known(distances: Floats) -> Floats:
    """Distances to the nearest row, 0 where there is none."""
    return np.where(np.isfinite(distances), distances, 0.0)


def in_words(score: float, title: str) -> str:
    """A clause on an input of the modality of that title.

    >>> in_words(2.34, "Superpixel graph")
    'unlike the superpixel graphs it was trained on (2.3 times the limit)'
    >>> in_words(101, "Readings")
    'unlike the readings it was trained on (over 100 times the limit)'
    """
    if score <= 1:
        return "like what it was trained on"
    far = "just beyond the limit" if score < 1.05 else f"{score:.1f} times the limit"
    things = lowered(title) if title.endswith("s") else f"{lowered(title)}s"
    return f"unlike the {things} it was trained on ({'over 100 times the limit' if score > 100 else far})"

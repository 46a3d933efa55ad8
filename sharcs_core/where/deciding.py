"""What decides an answer: the concepts and agreements without which the model would be less sure of it.

Shapes: G things that a modality says (taught factors and free concepts), T shared concepts, V values of a factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sharcs_core.structures import Answer, Factor, Question
from sharcs_core.where.probe import Amount
from sharcs_core.where.sample import Sample

if TYPE_CHECKING:
    from sharcs_core.config import ModelConfig


@dataclass(frozen=True)
class Decisive:
    """Something that an answer rests on.

    Attributes:
        question: the concept or the agreement.
        lost: log-odds of the answer that go where nothing is known of it.
    """

    question: Question
    lost: float


def deciding(sample: Sample) -> tuple[Decisive, ...]:
    """What the answer of a sample rests on, the most first; without what does not speak for it.

    Of a factor with several values it is the concept of the value that is said. Where the model compares its
    modalities, what decides is whether they agree.
    """
    answer = sample.told(Answer())
    amount = sample.amount(answer)
    found: dict[Question, float] = {}
    for modality in sample.inputs:
        for question, lost in _lost(sample, amount, modality).items():
            found[question] = max(lost, found.get(question, 0.0))
    ranked = sorted(found.items(), key=lambda one: -one[1])
    return tuple(Decisive(question, lost) for question, lost in ranked if lost > 0)


@torch.no_grad()
def _lost(sample: Sample, amount: Amount, modality: str) -> dict[Question, float]:
    """Each thing that a modality says → what is lost where nothing is known of it."""
    config, own = sample.run.model.config, sample.evidence[modality]
    things = _things(config, modality)
    versions = own.repeat(len(things), 1)  # (G, T)
    for row, thing in enumerate(things):
        versions[row, list(thing.concepts)] = _unknown(thing)
    others = {name: values.expand(len(things), -1) for name, values in sample.evidence.items() if name != modality}
    lost = sample.total(amount) - amount({**others, modality: versions})
    asked = [_question(config, sample.evidence, modality, thing) for thing in things]
    return dict(zip(asked, lost.tolist(), strict=True))


def _things(config: ModelConfig, modality: str) -> list[Factor]:
    """The taught factors that a modality states, and its free concepts as factors of two values without a name."""
    stated = [factor for factor in config.factors if config.says(modality, factor.name)]
    return stated + [Factor("", 2, concept) for concept in range(config.n_named, config.width)]


def _unknown(thing: Factor) -> float:
    """The log-odds of each concept of a factor of which any value is as likely: 0 of two values."""
    return -log(thing.n_values - 1)


def _question(config: ModelConfig, evidence: Mapping[str, Tensor], modality: str, thing: Factor) -> Question:
    """What is asked of a thing: whether another modality says the same where the model compares, else what is said."""
    if config.agreements:
        others = [name for name in evidence if name != modality and thing in _things(config, name)]
        for other in others[:1]:
            pair = tuple(name for name in config.modalities if name in (modality, other))
            return Question(pair, thing.concepts, thing.name or None)
    said = int(evidence[modality][0, list(thing.concepts)].argmax())
    return Question((modality,), (thing.concepts[said],))

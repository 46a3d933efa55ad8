"""What can be asked of a model, as a function of the evidence for its concepts.

Evidence is log-odds: 0 where a concept may as well be on as off. Amounts are log-odds too, so that what two parts add
can be compared where probabilities are near 1 already.

Shapes: R versions of a sample, T concepts, V values of a factor, C classes, k companions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sharcs_core.errors import UserError
from sharcs_core.model import Multimodal
from sharcs_core.named import factor_named
from sharcs_core.structures import Question
from sharcs_core.where.probe import Amount

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

LEAST = 1e-6
"""A probability nearer to 0 or to 1 is taken as that."""


def concept(run: Run, modality: str, number: int) -> Question:
    """One concept of one modality. Raises UserError for one that the run does not have."""
    run.card.modality(modality)
    _check_concept(run, number)
    return Question((modality,), (number,))


def agreement(run: Run, first: str, second: str, on: int | str) -> Question:
    """Whether two modalities say the same of a taught factor, by its name, or of a free concept, by its number.

    Raises:
        UserError: for what the run does not have.
    """
    for name in (first, second):
        run.card.modality(name)
    if isinstance(on, str):
        return Question((first, second), factor_named(run.model.config.factors, on).concepts, on)
    _check_concept(run, on)
    return Question((first, second), (on,))


def _check_concept(run: Run, number: int) -> None:
    if not 0 <= number < run.model.config.width:
        raise UserError(f"Concepts of {run.name} are 0 to {run.model.config.width - 1} (got {number})")


def amount_of_question(question: Question) -> Amount:
    """The log-odds that a concept is on, or that two modalities agree."""
    if question.kind == "concept":
        return lambda evidence: evidence[question.modalities[0]][:, question.concepts[0]]
    first, second = question.modalities

    def amount(evidence: Mapping[str, Tensor]) -> Tensor:
        own = [evidence[name][:, list(question.concepts)] for name in (first, second)]
        return same_value(*own) if own[0].shape[1] > 1 else same_side(own[0][:, 0], own[1][:, 0])

    return amount


def same_side(first: Tensor, second: Tensor) -> Tensor:
    """The log-odds that two concepts of such evidence (R,) are both on or both off, (R,)."""
    both = torch.logaddexp(first + second, torch.zeros_like(first))
    return both - torch.logaddexp(first, second)


def same_value(first: Tensor, second: Tensor) -> Tensor:
    """The log-odds that two modalities say the same of V values, from their evidence (R, V), (R,)."""
    pairs = first.log_softmax(1).unsqueeze(2) + second.log_softmax(1).unsqueeze(1)  # (R, V, V)
    is_same = torch.eye(first.shape[1], dtype=torch.bool, device=first.device)
    return pairs[:, is_same].logsumexp(1) - pairs[:, ~is_same].logsumexp(1)


def amount_of_class(model: Multimodal, class_index: int, absent: Mapping[str, Tensor]) -> Amount:
    """The log-odds of a class.

    Args:
        absent: what stands for each modality that is absent: the shared concepts (k, T) of companions, over which
            probabilities are averaged.
    """

    def amount(evidence: Mapping[str, Tensor]) -> Tensor:
        shared = {name: torch.sigmoid(values) for name, values in evidence.items()}
        if not absent:
            return odds_of(model.predict(shared), class_index)
        return _averaged(model, shared, absent, class_index)

    return amount


def odds_of(logits: Tensor, class_index: int) -> Tensor:
    """The log-odds (R,) of a class, from logits (R, C)."""
    others = torch.cat([logits[:, :class_index], logits[:, class_index + 1 :]], dim=1)
    return logits[:, class_index] - others.logsumexp(1)


def _averaged(
    model: Multimodal, shared: Mapping[str, Tensor], absent: Mapping[str, Tensor], class_index: int
) -> Tensor:
    n_rows, n_companions = len(next(iter(shared.values()))), len(next(iter(absent.values())))
    present = {name: values.repeat_interleave(n_companions, 0) for name, values in shared.items()}
    filled = {name: values.repeat(n_rows, 1) for name, values in absent.items()}
    chances = model.predict({**present, **filled}).softmax(1)[:, class_index].view(n_rows, n_companions).mean(1)
    return torch.logit(chances, eps=LEAST)


def certainty_of(amount: float) -> float:
    """The probability of log-odds.

    >>> certainty_of(0.0), certainty_of(-1000.0)
    (0.5, 0.0)
    """
    return float(torch.sigmoid(torch.tensor(amount, dtype=torch.float64)))

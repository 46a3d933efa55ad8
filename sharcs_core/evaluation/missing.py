"""Figures of samples that lack a modality."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from sharcs_core import inference, metrics, retrieval
from sharcs_core.evaluation.measured import Measured
from sharcs_core.structures import Floats

HANDLINGS = ("described", "absent")
MISSING_RATES = (0.0, 0.25, 0.5, 0.75, 1.0)
MISSING_FIGURES = ("missing", "missing_rates", "stand_in_error")


def missing_subsets(modalities: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every set of missing modalities that leaves one present."""
    for n_missing in range(1, len(modalities)):
        yield from combinations(modalities, n_missing)


def missing_figures(it: Measured) -> dict[str, Any]:
    labels = it.test.labels
    right = it.predicted == labels
    figures: dict[str, Any] = {}
    rates: dict[str, Any] = {"rates": list(MISSING_RATES)}
    errors: dict[str, Any] = {}
    for missing in missing_subsets(it.modalities):
        name = "+".join(sorted(missing))
        present = {m: values for m, values in it.shared.items() if m not in missing}
        stand_ins = {m: _stand_in(it, m, next(iter(present))) for m in missing if it.task.can_describe_in(it.test)}
        described = {"described": inference.probabilities(it.model, {**present, **stand_ins})} if stand_ins else {}
        answers = {
            **described,
            "absent": inference.probabilities_absent(it.model, present, it.bank),
            "absent_over_bank": inference.probabilities_over_bank(it.model, present, it.bank),
        }
        right_with = {handling: answer.argmax(1) == labels for handling, answer in answers.items()}
        figures[name] = {handling: float(kept.mean()) for handling, kept in right_with.items()}
        rates[name] = {
            handling: metrics.missing_rate_curve(right, right_with[handling], MISSING_RATES)
            for handling in HANDLINGS
            if handling in right_with
        }
        if len(missing) == 1 and stand_ins:
            errors[name] = metrics.stand_in_error(stand_ins[name], it.shared[name], it.seed)
    return {"missing": figures, "missing_rates": rates, "stand_in_error": errors or None}


def _stand_in(it: Measured, missing: str, described_in: str) -> Floats:
    described = inference.described_concepts(it.model, it.task, it.test, missing, described_in, it.seed)
    return retrieval.stand_in(described, it.bank, missing)[1]

"""Whether each modality adds to what the others say, or harms: from the figures of a run.

A subset is a set of modalities that are there; what is not there is absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sharcs_core.named import listed


@dataclass(frozen=True)
class Addition:
    """What accuracy is without a modality, and with it.

    Attributes:
        modality: the one that is added.
        to: those that are there already.
        before, after: accuracy without it and with it.
        error: one standard error of the accuracy before.
    """

    modality: str
    to: tuple[str, ...]
    before: float
    after: float
    error: float

    @property
    def harms(self) -> bool:
        """Whether it lowers accuracy by more than one standard error."""
        return self.after < self.before - self.error


def accuracy_of(figures: Mapping[str, Any], modalities: Sequence[str], present: Sequence[str]) -> float | None:
    """Accuracy where only some modalities are there; None where it was not measured."""
    absent = [name for name in modalities if name not in present]
    if not absent:
        return figures.get("accuracy")
    found: float | None = ((figures.get("missing") or {}).get("+".join(sorted(absent))) or {}).get("absent")
    return found


def additions(figures: Mapping[str, Any], modalities: Sequence[str]) -> Iterator[Addition]:
    """Every modality added to every set of others that was measured without it and with it.

    >>> figures = {"accuracy": 0.5, "n_test": 100, "missing": {"a": {"absent": 0.6}, "b": {"absent": 0.3}}}
    >>> [(one.modality, one.harms) for one in additions(figures, ("a", "b"))]
    [('b', False), ('a', True)]
    """
    n = max(1, int(figures.get("n_test") or 1))
    for size in range(1, len(modalities)):
        for to in combinations(modalities, size):
            for modality in (name for name in modalities if name not in to):
                before = accuracy_of(figures, modalities, to)
                after = accuracy_of(figures, modalities, (*to, modality))
                if before is not None and after is not None:
                    yield Addition(modality, to, before, after, math.sqrt(before * (1 - before) / n))


def rests_on(figures: Mapping[str, Any], modalities: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Modality and the accuracy with it alone, the best first; none where that was not measured."""
    alone = ((name, accuracy_of(figures, modalities, (name,))) for name in modalities)
    measured = [(name, accuracy) for name, accuracy in alone if accuracy is not None]
    return tuple(sorted(measured, key=lambda one: -one[1]))


def rests_in_words(figures: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Which modality the answers rest on, and which harms, in two sentences; empty where that was not measured.

    Args:
        titles: modality → what it is called, of those that answers can rest on; nothing is said of one alone.

    >>> figures = {"accuracy": 0.9, "n_test": 100, "missing": {"b": {"absent": 0.8}, "a": {"absent": 0.25}}}
    >>> rests_in_words(figures, {"a": "Tags", "b": "Picture"})
    'Alone: Tags .800, Picture .250; all together .900. None does harm to the others.'
    """
    alone = rests_on(figures, list(titles)) if len(titles) > 1 else ()
    if not alone:
        return ""
    said = ", ".join(f"{titles[name]} {_share(accuracy)}" for name, accuracy in alone)
    harmful = [one for one in additions(figures, list(titles)) if one.harms]
    return f"Alone: {said}; all together {_share(figures['accuracy'])}. {_harm_in_words(harmful, titles)}"


def _harm_in_words(harmful: Sequence[Addition], titles: Mapping[str, str]) -> str:
    if not harmful:
        return "None does harm to the others."
    worst = min(harmful, key=lambda one: one.after - one.before)
    to = listed([titles[name] for name in worst.to])
    return f"{titles[worst.modality]} lowers what {to} reach: {_share(worst.before)} to {_share(worst.after)}."


def _share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")

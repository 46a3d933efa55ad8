"""What is right of what a guided model says of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sharcs_core.guided.figures import inside, overlaps, pointing
from sharcs_core.guided.reading import Reason, only_named
from sharcs_core.meanings import UNKNOWN
from sharcs_core.structures import Codes
from sharcs_core.tasks.card import TaskCard


@dataclass(frozen=True)
class Judged:
    """How what a model says of a picture compares with the truth; None where that is not known.

    Attributes:
        class_right: whether the class is.
        points: whether it looks most at a place that matters.
        inside: share of where it looks that matters.
        overlap: intersection over union of where it looks and what matters.
        said_right: whether its sentence says what is so.
        told_apart: factors of which the sentence says something else, or nothing.
    """

    class_right: bool | None
    points: bool | None
    inside: float | None
    overlap: float | None
    said_right: bool | None
    told_apart: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool | None:
        """Whether what is named is what is looked at; None where one of them is not known, or both are wrong."""
        if self.points is None or self.said_right is None or not (self.points or self.said_right):
            return None
        return self.points and self.said_right


@dataclass(frozen=True)
class Truth:
    """What is truly so of a picture, as far as it is known.

    Attributes:
        label: its class; None where that is not known.
        mask: (H, W), what truly matters; None, or all off, likewise.
        sentence: what was said of it; "" likewise.
        facts: factor → its value, of those that the picture shows.
    """

    label: str | None = None
    mask: Codes | None = None
    sentence: str = ""
    facts: Mapping[str, int] = field(default_factory=dict)


def facts_of_key(card: TaskCard, key: int) -> Mapping[str, int]:
    """Factor → its value, of those that a key says something of."""
    return {name: values[key] for name, values in card.factors.items() if key >= 0 and values[key] != UNKNOWN}


def judged(reason: Reason, truth: Truth, card: TaskCard) -> Judged:
    """What is right of it, in a task whose factors sentences name."""
    mask = truth.mask
    known = mask is not None and bool(mask.any())
    maps, masks = reason.light[None], np.asarray(mask if known else np.zeros(reason.light.shape), dtype=bool)[None]
    apart = _told_apart(reason, truth, card)
    return Judged(
        class_right=None if truth.label is None else truth.label == reason.class_name,
        points=bool(pointing(maps, masks)[0]) if known else None,
        inside=float(inside(maps, masks)[0]) if known else None,
        overlap=float(overlaps(maps, masks)[0]) if known else None,
        said_right=None if apart is None else not apart,
        told_apart=apart or (),
    )


def _told_apart(reason: Reason, truth: Truth, card: TaskCard) -> tuple[str, ...] | None:
    """What a sentence does not say as it is, of the known facts and the class; None where that cannot be told.

    Where no facts are known, a sentence is only right for sure that says what was said in the same words.
    """
    said = facts_said(card, reason.sentence)
    apart = [name for name, value in truth.facts.items() if said[name] != value]
    if truth.label is not None and reason.class_named not in (None, truth.label):
        apart.append(card.target.title)
    is_same = bool(truth.sentence) and reason.sentence.lower().split() == truth.sentence.lower().split()
    return tuple(dict.fromkeys(apart)) if apart or truth.facts or is_same else None


def facts_said(card: TaskCard, sentence: str) -> Mapping[str, int | None]:
    """Factor → the value that a sentence names; None where it names none, or more than one."""
    return {factor: only_named(card.value_names(factor), sentence) for factor in card.factors}

"""Whether facts that are said of a sample hold: found out afresh, and against the truth where it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.interventions import Edit, apply_edits, probabilities_of
from sharcs_core.questions import answers_of
from sharcs_core.structures import (
    THRESHOLD,
    Codes,
    Explanation,
    Fact,
    IsLike,
    IsRead,
    Question,
    Region,
    SaysClass,
    WouldChange,
)

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

NEAR = 1e-3
"""Probabilities and distances that differ by less are the same."""

TrueParts = Mapping[tuple[str, str], Codes]
"""Modality and the factor that is said, ``""`` for anything → which pixels, nodes, columns or words truly say it."""


def wrong_facts(
    run: Run, explanation: Explanation, facts: Iterable[Fact], truth: TrueParts | None = None
) -> tuple[Fact, ...]:
    """The facts that do not hold of an explained sample: none, unless something is wrong.

    Args:
        truth: what parts truly say; regions are held against it where it knows of them.
    """
    return tuple(fact for fact in facts if not holds(run, explanation, fact, truth or {}))


def holds(run: Run, explanation: Explanation, fact: Fact, truth: TrueParts) -> bool:
    """Whether one fact holds."""
    if isinstance(fact, SaysClass):
        probability = explanation.probabilities[fact.class_index]
        return fact.class_index == explanation.class_index and abs(probability - fact.probability) < NEAR
    if isinstance(fact, IsRead):
        return _is_said(run, explanation, fact) and all(overlap(run, fact, truth))
    if isinstance(fact, IsLike):
        return _is_nearest(run, explanation, fact)
    return _would_change(run, explanation, fact)


def overlap(run: Run, fact: IsRead, truth: TrueParts) -> list[bool]:
    """Of each region of a fact whose true part is known, whether it overlaps that part."""
    thing = thing_asked(run, fact.question)
    found = [(region, truth.get((region.modality, thing), truth.get((region.modality, "")))) for region in fact.regions]
    return [_overlaps(region, part) for region, part in found if part is not None]


def thing_asked(run: Run, question: Question) -> str:
    """The factor that a question is about; "" of a free concept."""
    factors = run.model.config.factors
    return next((one.name for one in factors if set(question.concepts) <= set(one.concepts)), "")


def _overlaps(region: Region, part: Codes) -> bool:
    return bool(part.ravel()[region.members].any())


def _is_said(run: Run, explanation: Explanation, fact: IsRead) -> bool:
    """Whether the concept is on, or the two agree, as is said."""
    shared = {name: values[None] for name, values in explanation.shared.items()}
    told = answers_of(shared, [fact.question], run.model.config.factors)
    return bool(told[0, 0]) == fact.value


def _is_nearest(run: Run, explanation: Explanation, fact: IsLike) -> bool:
    """Whether no other input of that modality that says the same is nearer."""
    side = run.bank.sides[fact.neighbour.modality]
    own = np.asarray(explanation.shared[fact.modality], dtype=np.float64)
    concepts: Sequence[int] = list(fact.concepts)
    rows = np.asarray(side.shared, dtype=np.float64)
    says_same = ((rows[:, concepts] > THRESHOLD) == (own[concepts] > THRESHOLD)).all(1)
    away = np.linalg.norm(rows - own, axis=1)
    if not says_same[fact.neighbour.row]:
        return False
    excluded = _same_source(run, explanation, fact)
    nearest = away[says_same & ~excluded].min()
    return bool(away[fact.neighbour.row] <= nearest + NEAR)


def _same_source(run: Run, explanation: Explanation, fact: IsLike) -> Codes:
    """Which inputs of the bank were made of what the explained one was; they are never its neighbours."""
    from sharcs_core.explanations import sources_of

    sources = np.asarray(run.bank.sides[fact.neighbour.modality].sources)
    own = sources_of(run, explanation.sample_id)[fact.modality]
    same: Codes = np.zeros(len(sources), dtype=bool) if own is None else sources == own
    return same


def _would_change(run: Run, explanation: Explanation, fact: WouldChange) -> bool:
    """Whether the model says that class once the edits are made."""
    edits = [Edit(modality, concept, value) for modality, concept, value in fact.edits]
    after = apply_edits(explanation.shared, edits)
    rows = {name: np.asarray(values)[None] for name, values in after.items()}
    exclude = explanation.sample_id
    row = run.bank.row(exclude) if exclude is not None and exclude in run.bank else None
    told = int(probabilities_of(run, rows, exclude=row)[0].argmax())
    return told == fact.class_index != explanation.class_index

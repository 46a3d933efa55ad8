"""A rule of the tree without its redundant steps: what it asks of each modality, and what it compares.

A way through the tree asks one concept after the other, so that it says much that follows from the rest: an input that
says digit 3 does not say digit 5, and where it agrees with another, that one says digit 3 too. So the short rule takes
every input to say exactly one value of a known factor; of all answers that are so, it picks those that the way does.

Nothing keeps two concepts of a factor from being on at once, though. Where inputs often say several values or none (a
factor is *loose* then), and on a way that only such an input can take, all that is asked of the factor is kept.

Shapes: n samples, Q questions, V values of a factor; M modalities that a way asks about one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sharcs_core.named import factor_named
from sharcs_core.structures import Codes, Factor, Ints, Question, TreeStep

FREE = ""
"""The name of the factor that stands for a free concept: it has two values, off and on."""
SELDOM = 0.01
"""Up to this share of the inputs may say several values of a factor, or none, and it still counts as having one."""
ONE_OF, ALL_OF, NONE_OF = "one of", "all of", "none of"


@dataclass(frozen=True)
class Said:
    """That one modality says one of some values of a factor, all of them, or none of them.

    Attributes:
        factor: a taught one, or one without a name that stands for a free concept.
        kind: ``one of``, ``all of`` or ``none of``; of a factor of two values always the first.
        values: rising.
    """

    modality: str
    factor: Factor
    kind: str
    values: tuple[int, ...]

    def holds(self, on: Codes) -> Codes:
        """Of which samples it holds, (n,), from whether the factor's concepts are on, (n, concepts)."""
        if self.factor.n_values == 2:
            same: Codes = on[:, 0] == bool(self.values[0])
            return same
        own = on[:, self.values]
        return np.asarray(own.all(1) if self.kind == ALL_OF else own.any(1) == (self.kind == ONE_OF))

    def allows(self, value: Ints) -> Codes:
        """Which values, of any shape, an input may have that says exactly one."""
        named = np.isin(value, self.values)
        allowed: Codes = named & (len(self.values) == 1) if self.kind == ALL_OF else named == (self.kind == ONE_OF)
        return allowed


@dataclass(frozen=True)
class Compared:
    """That the modalities of a question agree on what it compares, or that they differ."""

    question: Question
    agree: bool


Clause = Said | Compared


@dataclass(frozen=True)
class ShortRule:
    """What the samples on a way through the tree have in common: all that is said, and all that is compared."""

    said: tuple[Said, ...]
    compared: tuple[Compared, ...]

    def holds(self, answers: Codes, questions: Sequence[Question]) -> Codes:
        """Of which samples it holds, (n,), from their answers (n, Q).

        Raises:
            ValueError: where a concept that it is about is not among the questions.
        """
        columns = {question: column for column, question in enumerate(questions)}
        found = np.ones(len(answers), dtype=bool)
        for said in self.said:
            own = [Question((said.modality,), (concept,)) for concept in said.factor.concepts]
            found &= said.holds(answers[:, _columns(own, columns)])
        for one in self.compared:
            found &= answers[:, _columns([one.question], columns)[0]] == one.agree
        return found


def short_rule(
    steps: Iterable[TreeStep], factors: Sequence[Factor], loose: frozenset[tuple[str, str]] = frozenset()
) -> ShortRule:
    """The rule that says what the steps of a way say, and no more than it must.

    Args:
        factors: the taught ones.
        loose: modality and name of each factor of which inputs often say several values or none.

    Raises:
        ValueError: for a step that compares by a factor which is not taught.
    """
    by_factor: dict[Factor, list[TreeStep]] = {}
    for step in steps:
        by_factor.setdefault(_factor_of(step.question, factors), []).append(step)
    clauses = [clause for factor, own in by_factor.items() for clause in _shortened(factor, own, loose)]
    return ShortRule(
        tuple(clause for clause in clauses if isinstance(clause, Said)),
        tuple(clause for clause in clauses if isinstance(clause, Compared)),
    )


def loose_factors(
    answers: Codes, questions: Sequence[Question], factors: Sequence[Factor]
) -> frozenset[tuple[str, str]]:
    """Modality and name of each factor of which more than ``SELDOM`` of the samples say several values, or none.

    Args:
        answers: (n, Q) of training samples to ``questions``, which are all of a model.
    """
    columns = {question: column for column, question in enumerate(questions)}
    found = set()
    for name in dict.fromkeys(name for question in questions for name in question.modalities):
        for factor in factors:
            own = [Question((name,), (concept,)) for concept in factor.concepts]
            n_on = answers[:, _columns(own, columns)].sum(1)
            if factor.n_values > 2 and (n_on != 1).mean() > SELDOM:
                found.add((name, factor.name))
    return frozenset(found)


def _columns(wanted: Iterable[Question], columns: dict[Question, int]) -> list[int]:
    wanted = list(wanted)
    unknown = [question for question in wanted if question not in columns]
    if unknown:
        raise ValueError(f"The rule is about {unknown[0]}, which is not among the questions; give all of the model's")
    return [columns[question] for question in wanted]


def _factor_of(question: Question, factors: Sequence[Factor]) -> Factor:
    """What a question is about; a free concept as a factor of its own."""
    if question.factor is not None:
        return factor_named(factors, question.factor)
    concept = question.concepts[0]
    return next((factor for factor in factors if concept in factor.concepts), Factor(FREE, 2, concept))


def _shortened(factor: Factor, steps: Sequence[TreeStep], loose: frozenset[tuple[str, str]]) -> list[Clause]:
    """The clauses on one factor: what each modality may say at all, less what follows from the rest."""
    modalities = tuple(dict.fromkeys(name for step in steps for name in step.question.modalities))
    clauses = [_clause(factor, step) for step in steps]
    allowed = _allowed(factor, modalities, clauses)
    if not allowed.any() or any((name, factor.name) in loose for name in modalities):
        return _gathered(factor, clauses)
    compared: list[Clause] = [clause for clause in clauses if isinstance(clause, Compared)]
    statements: list[Clause] = [*_each_said(factor, modalities, allowed)]
    kept = [*statements, *compared]
    for clause in [*compared, *reversed(statements)]:
        fewer = [other for other in kept if other is not clause]
        if np.array_equal(_allowed(factor, modalities, fewer), allowed):
            kept = fewer
    return kept


def _clause(factor: Factor, step: TreeStep) -> Clause:
    """One step as a clause of its own."""
    if step.question.kind == "agreement":
        return Compared(step.question, step.value)
    modality = step.question.modalities[0]
    if factor.n_values == 2:  # its one concept is on for its second value
        return Said(modality, factor, ONE_OF, (int(step.value),))
    return Said(modality, factor, ONE_OF if step.value else NONE_OF, (step.question.concepts[0] - factor.first,))


def _allowed(factor: Factor, modalities: Sequence[str], clauses: Iterable[Clause]) -> Codes:
    """Whether the clauses allow each choice of one value a modality: (V,) * M."""
    allowed = np.ones((factor.n_values,) * len(modalities), dtype=bool)
    value = dict(zip(modalities, np.indices(allowed.shape, sparse=True), strict=True))
    for clause in clauses:
        if isinstance(clause, Said):
            allowed &= clause.allows(value[clause.modality])
        else:
            first, second = (value[name] for name in clause.question.modalities)
            allowed &= (first == second) == clause.agree
    return allowed


def _each_said(factor: Factor, modalities: Sequence[str], allowed: Codes) -> list[Said]:
    """What each modality may say at all, where that is not everything, told by what is fewer."""
    found = []
    for axis, name in enumerate(modalities):
        may: Codes = np.asarray(allowed.any(axis=tuple(other for other in range(len(modalities)) if other != axis)))
        few_may = bool(2 * may.sum() <= len(may))
        values = tuple(map(int, np.flatnonzero(may == few_may)))
        if not may.all():
            found.append(Said(name, factor, ONE_OF if few_may else NONE_OF, values))
    return found


def _gathered(factor: Factor, clauses: Sequence[Clause]) -> list[Clause]:
    """All that is asked of a factor, what is asked of one modality together."""
    found: list[Clause] = []
    statements = [clause for clause in clauses if isinstance(clause, Said)]
    for name in dict.fromkeys(clause.modality for clause in statements):
        for kind, gathered in ((ONE_OF, ALL_OF), (NONE_OF, NONE_OF)):
            own = sorted(
                {v for clause in statements if (clause.modality, clause.kind) == (name, kind) for v in clause.values}
            )
            if own:
                found.append(Said(name, factor, ONE_OF if len(own) == 1 and kind == ONE_OF else gathered, tuple(own)))
    return [*found, *(clause for clause in clauses if isinstance(clause, Compared))]

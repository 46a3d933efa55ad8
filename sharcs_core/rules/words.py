"""A short rule in words: a line a modality with all that it says, a line a pair with all that is compared."""

from __future__ import annotations

from collections.abc import Sequence

from sharcs_core.named import listed
from sharcs_core.naming import step_in_words, value_words
from sharcs_core.rules.short import ALL_OF, FREE, ONE_OF, Compared, Said, ShortRule
from sharcs_core.structures import Question, TreeStep
from sharcs_core.tasks.task import Task


def rule_lines(rule: ShortRule, names: Sequence[str], task: Task) -> tuple[str, ...]:
    """The rule in words: ``Scene: large · not red or blue``, ``Scene and Question agree on shape · size``.

    Args:
        names: of the concepts, (T,).

    Returns:
        ``every sample`` alone for a rule that asks nothing.

    Raises:
        ValueError: for a modality that the task lacks.
    """
    lines = []
    for name in dict.fromkeys(one.modality for one in rule.said):
        own = [_said(one, names, task) for one in rule.said if one.modality == name]
        lines.append(f"{task.card.modality(name).title}: {' · '.join(own)}")
    for pair in dict.fromkeys(one.question.modalities for one in rule.compared):
        lines.append(_compared([one for one in rule.compared if one.question.modalities == pair], names, task))
    return tuple(lines) or ("every sample",)


def _said(said: Said, names: Sequence[str], task: Task) -> str:
    """What a modality says of one factor: ``red``, ``digit 1 or 4``, ``not digit 7 or 9``, ``no digit``."""
    words = [_value(said, value, names, task) for value in said.values]
    if said.kind == ALL_OF:
        return listed(words)
    if said.kind == ONE_OF:
        return either(words)
    return f"no {said.factor.name}" if len(words) == said.factor.n_values else f"not {either(words)}"


def _value(said: Said, value: int, names: Sequence[str], task: Task) -> str:
    """A value in words, by the name of its concept; the off value of a concept that no person named by its own word."""
    factor = said.factor
    if factor.n_values > 2:
        return names[factor.concepts[value]]
    name = names[factor.first]
    if factor.name != FREE:
        words = value_words(task, factor, said.modality)
        if name in (factor.name, words[1]):
            return words[value]
    step = TreeStep(0, 0, Question((said.modality,), (factor.first,)), bool(value))
    return step_in_words(step, names, task).removeprefix(f"{task.card.modality(said.modality).title}: ")


def either(names: Sequence[str]) -> str:
    """One of several names; a word that all share before a number is said once.

    >>> either(["red"]), either(["red", "blue", "gray"]), either(["digit 1", "digit 4"])
    ('red', 'red, blue or gray', 'digit 1 or 4')
    """
    heads = {name.partition(" ")[0] for name in names}
    numbers = [name.partition(" ")[2] for name in names]
    if len(heads) == 1 and all(map(str.isdigit, numbers)):
        names = [names[0], *numbers[1:]]
    return listed(names, "or")


def _compared(compared: Sequence[Compared], names: Sequence[str], task: Task) -> str:
    """What a pair agrees on and differs in: ``Scene and Question agree on size · shape, and differ in colour``."""
    titles = listed([task.card.modality(name).title for name in compared[0].question.modalities])
    parts = []
    for agree, verb in ((True, "agree on"), (False, "differ in")):
        subjects = [_subject(one.question, names) for one in compared if one.agree == agree]
        parts += [f"{verb} {' · '.join(subjects)}"] if subjects else []
    return f"{titles} {', and '.join(parts)}"


def _subject(question: Question, names: Sequence[str]) -> str:
    return names[question.concepts[0]] if question.factor is None else question.factor

"""Names of concepts, and questions, answers and paths of the tree in words that use them.

A shared concept has one name, whichever modality says it: the value that it was taught, what it was found to say, or
what a person called it. Modalities are called by their titles.

Shapes: T shared concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.named import factor_named, is_unsure, values_said, verb
from sharcs_core.rationale import pooled_meanings
from sharcs_core.structures import THRESHOLD, Bank, Factor, Floats, Question, TreePath, TreeStep
from sharcs_core.tasks.task import Task
from sharcs_core.tree import ConceptTree, TreeNode


def concept_names(
    bank: Bank, task: Task, factors: Sequence[Factor], given: Mapping[int, str] | None = None
) -> tuple[str, ...]:
    """The names of all concepts, (T,), each another.

    A taught concept is called by the value that it is on for (``red``, ``digit 7``), or by its factor where that has
    two values which are bare numbers (``outer bit``). A free one is called by what it says of the bank's inputs of
    all modalities together (``digit 3, 5``, ``not digit 1``). A name that another concept has already is followed by
    a number in brackets.

    Args:
        factors: those that are taught; their concepts are the first.
        given: concept → the name that a person gave it, which goes before all others; a blank one counts for none.

    Raises:
        ValueError: for a given name of a concept that is not there, or a factor that the task does not have so.
    """
    found = [meaning.name for meaning in pooled_meanings(bank, task)]
    for factor in factors:
        found[factor.first : factor.concepts[-1] + 1] = _taught_names(task, factor)
    given = given or {}
    unknown = [concept for concept in given if concept not in range(len(found))]
    if unknown:
        raise UserError(f"There are concepts 0 to {len(found) - 1} (got a name for {unknown[0]}); take it out")
    own = {concept: name for concept, name in given.items() if name.strip()}
    return _told_apart([own.get(concept, name) for concept, name in enumerate(found)], first=sorted(own))


def value_words(
    task: Task, factor: Factor, modality: str | None = None, names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Words for the values of a taught factor, (V,).

    Args:
        modality: one that says them; it must be of the task.
        names: of the concepts, (T,). Where a person gave a value's concept another name, that is its word.

    Raises:
        ValueError: for a modality that the task lacks, or a factor that it lacks or that has other values there.
    """
    if factor.name not in task.card.factors:
        raise UserError(f"{task.name} has no factor {factor.name!r}; choose from {sorted(task.card.factors)}")
    if modality is not None:
        task.card.modality(modality)  # says which there are
    words = task.card.value_names(factor.name)
    if len(words) != factor.n_values:
        raise UserError(f"{factor.name!r} of {task.name} has {len(words)} values (got {factor.n_values})")
    return words if names is None else _as_given(words, _taught_names(task, factor), names, factor)


def _as_given(words: Sequence[str], usual: Sequence[str], names: Sequence[str], factor: Factor) -> tuple[str, ...]:
    """Words for values, those of concepts that are not called as ``usual`` by the ``names`` of the concepts."""
    given = {place: names[concept] for place, concept in enumerate(factor.concepts) if names[concept] != usual[place]}
    if factor.n_values > 2:
        return tuple(given.get(value, word) for value, word in enumerate(words))
    return (negated(given[0]), given[0]) if given else tuple(words)


def reading(
    shared: Floats, factors: Sequence[Factor], task: Task, modality: str, names: Sequence[str] | None = None
) -> dict[str, tuple[str, bool]]:
    """What the concepts (T,) of one input say of each taught factor: the value in words, and whether that is unsure.

    Factors of which the modality says nothing are left out.

    ``names`` are those of the concepts, as :func:`value_words` takes them.
    """
    row, stated = np.asarray(shared)[None], task.card.stated_by(modality)
    return {
        factor.name: (
            value_words(task, factor, modality, names)[int(values_said(row, factor)[0])],
            bool(is_unsure(row, factor)[0]),
        )
        for factor in factors
        if factor.name in stated
    }


def question_in_words(question: Question, names: Sequence[str], task: Task) -> str:
    """What a node asks, such as ``Does the Scene say red?`` or ``Do Scene and Question agree on colour?``.

    Args:
        names: of the concepts, (T,).

    Raises:
        ValueError: for a modality that the task lacks.
    """
    if question.kind == "concept":
        title, subject = _title(task, question.modalities[0]), subject_of(question, names)
        if is_likeness(subject):
            return f"{verb(title, 'Is', 'Are')} the {title} {subject}?"
        return f"{verb(title, 'Does', 'Do')} the {title} say {subject}?"
    return f"Do {_titles(task, question)} agree on {subject_of(question, names)}?"


def step_in_words(step: TreeStep, names: Sequence[str], task: Task) -> str:
    """An answer, such as ``Scene: red``, ``Scene: not red`` or ``Scene and Question differ in colour``.

    Raises:
        ValueError: for a modality that the task lacks.
    """
    subject = subject_of(step.question, names)
    if step.question.kind == "concept":
        return f"{_title(task, step.question.modalities[0])}: {subject if step.value else negated(subject)}"
    return f"{_titles(task, step.question)} {'agree on' if step.value else 'differ in'} {subject}"


def stop_in_words(
    path: TreePath, shared: Mapping[str, Floats], tree: ConceptTree, names: Sequence[str], task: Task
) -> str:
    """What a missing modality would have to say for each branch of the question where a path stopped.

    Such as ``It would ask whether Scene and Question agree on colour: the Scene says red, so a Question that says red
    leads to yes, any other leads to no``. A branch that ends there *leads to* its class; one that goes on is called
    by the class that most of the training samples on it have.

    Args:
        shared: modality → (T,) of what is present.
        names: of the concepts, (T,).

    Returns:
        Nothing for a path that went to its end.
    """
    if path.asks is None:
        return ""
    nodes = tree.nodes()
    yes, no = (_branch(nodes[child], task) for child in _children(nodes[path.node]))
    question = f"It would ask {_whether(path.asks, names, task)}"
    present = next((name for name in path.asks.modalities if name in shared), None)
    if present is None:
        return f"{question}: if so, that {yes}, if not, it {no}"
    statement, agreement = _said(path.asks, present, shared[present], tree.factors, names, task)
    title, missing = _title(task, present), _title(task, path.stopped_for or "")
    said = f"the {title} {_agreeing(title, statement)}"
    return f"{question}: {said}, so {_with_article(missing)} that {_agreeing(missing, agreement)} {yes}, any other {no}"


def _agreeing(title: str, statement: str) -> str:
    """What one thing says, of several where the title is of several: ``say red``, ``do not say it``."""
    first, _, rest = statement.partition(" ")
    return f"{verb(title, first, {'says': 'say', 'does': 'do'}[first])} {rest}"


def _whether(question: Question, names: Sequence[str], task: Task) -> str:
    subject = subject_of(question, names)
    if question.kind == "concept":
        title = _title(task, question.modalities[0])
        return f"whether the {title} {verb(title, 'says', 'say')} {subject}"
    return f"whether {_titles(task, question)} agree on {subject}"


def _said(
    question: Question, modality: str, concepts: Floats, factors: Sequence[Factor], names: Sequence[str], task: Task
) -> tuple[str, str]:
    """What one modality's concepts (T,) say of what two are compared by, and what agrees with that."""
    if question.factor is not None:
        factor = factor_named(factors, question.factor)
        row = np.asarray(concepts)[None]
        word = value_words(task, factor, modality, names)[int(values_said(row, factor)[0])]
        return f"says {word}{', though not for sure' if is_unsure(row, factor)[0] else ''}", f"says {word}"
    if concepts[question.concepts[0]] > THRESHOLD:
        return "says it", "says it too"
    return "does not say it", "does not either"


def _taught_names(task: Task, factor: Factor) -> list[str]:
    """The names of a taught factor's concepts, in their order."""
    words = value_words(task, factor)
    if factor.n_values > 2:
        return list(words)
    is_number = words[1].removeprefix(f"{factor.name} ").isdigit()
    return [factor.name if is_number else words[1]]


def _told_apart(names: Sequence[str], first: Sequence[int]) -> tuple[str, ...]:
    """The names, with a number in brackets where another has it already; those at ``first`` choose before the rest."""
    taken: dict[str, int] = {}
    for concept in [*first, *(concept for concept in range(len(names)) if concept not in first)]:
        name, number = names[concept], 1
        while name in taken:
            number += 1
            name = f"{names[concept]} ({number})"
        taken[name] = concept
    return tuple(sorted(taken, key=taken.__getitem__))


def _title(task: Task, modality: str) -> str:
    return task.card.modality(modality).title


def _titles(task: Task, question: Question) -> str:
    return " and ".join(_title(task, name) for name in question.modalities)


def is_likeness(name: str) -> bool:
    """Whether an input *is* what a concept is called, such as ``like a cube``, and does not say it."""
    return name.removeprefix("not ").startswith("like ")


def subject_of(question: Question, names: Sequence[str]) -> str:
    """What a question is about: a factor, or a concept by its name."""
    return names[question.concepts[0]] if question.factor is None else question.factor


def negated(name: str) -> str:
    """What a concept says that is off: ``not red``, and of ``not red`` again ``red``."""
    if name.startswith("mostly "):
        return f"mostly {negated(name.removeprefix('mostly '))}"
    return name.removeprefix("not ") if name.startswith("not ") else f"not {name}"


def _with_article(title: str) -> str:
    return verb(title, f"{'an' if title[:1].lower() in 'aeiou' else 'a'} {title}", title)


def _children(node: TreeNode) -> tuple[int, int]:
    """Where yes and no lead from a node that asks something."""
    assert node.yes_child is not None
    assert node.no_child is not None
    return node.yes_child, node.no_child


def _branch(node: TreeNode, task: Task) -> str:
    answer = task.card.target.names[node.class_index]
    return f"leads to {answer}" if node.is_leaf else f"leads on, most often to {answer}"

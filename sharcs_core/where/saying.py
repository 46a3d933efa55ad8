"""Two or three sentences on a sample, out of facts of its explanation and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from sharcs_core.counterfactuals import counterfactuals
from sharcs_core.effects import changes_in_words
from sharcs_core.named import listed, lowered, verb
from sharcs_core.naming import is_likeness, negated, subject_of
from sharcs_core.profiles.words import in_percent
from sharcs_core.structures import (
    THRESHOLD,
    Explanation,
    Fact,
    Inputs,
    IsLike,
    IsRead,
    Neighbour,
    OnTable,
    Question,
    Said,
    SaysClass,
    Where,
    WouldChange,
    read_only,
)
from sharcs_core.where.deciding import deciding
from sharcs_core.where.finding import where
from sharcs_core.where.regions import regions_of
from sharcs_core.where.sample import Sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

QUOTE = "“"
"""What a word of a text begins with where it is named."""
MOST_REASONS = 2
"""Concepts and agreements that are named,"""
AS_MUCH = 0.5
"""each of which decides at least so much of what the first does."""


def say(run: Run, explanation: Explanation, inputs: Mapping[str, Inputs]) -> Said:
    """The answer, what decides it, where that is read, what is like it in another modality, and what would change it.

    Args:
        inputs: the very inputs that are explained, one of each present modality.

    Raises:
        UserError: as :func:`~sharcs_core.where.where` does.
    """
    facts = facts_of(run, explanation, inputs)
    return read_only(Said(facts, tuple(_sentences(run, facts))))


def facts_of(run: Run, explanation: Explanation, inputs: Mapping[str, Inputs]) -> tuple[Fact, ...]:
    """What there is to be said of an explained sample."""
    said = SaysClass(explanation.class_index, float(explanation.probabilities[explanation.class_index]))
    reasons = _reasons(run, explanation, inputs)
    like = [found for reason in reasons if (found := _like(run, explanation, reason.question)) is not None]
    change = _change(run, explanation)
    return (said, *reasons, *like[:1], *([change] if change is not None else []))


def _reasons(run: Run, explanation: Explanation, inputs: Mapping[str, Inputs]) -> list[IsRead]:
    stand_ins = {name: explanation.shared[name] for name in explanation.missing if name in explanation.shared}
    exclude = _own_row(run, explanation)
    found = deciding(Sample.of(run, inputs, stand_ins, exclude))
    named = [one.question for one in found[:MOST_REASONS] if one.lost >= AS_MUCH * found[0].lost]
    askable = [question for question in named if set(question.modalities) <= set(inputs)]
    return [_read(run, inputs, question) for question in askable]


def _own_row(run: Run, explanation: Explanation) -> int | None:
    """The row of an explained sample in the bank that answers, where it is of that."""
    name = explanation.sample_id
    return run.bank.row(name) if name is not None and name in run.bank else None


def _read(run: Run, inputs: Mapping[str, Inputs], question: Question) -> IsRead:
    found = where(run, inputs, question)
    stated = {name: part for name, part in found.parts.items() if not _is_absence(found, name)}
    regions = [region for name, part in stated.items() for region in regions_of(name, part)]
    return IsRead(question, found.says, tuple(regions))


def _is_absence(found: Where, modality: str) -> bool:
    """Whether a concept is off that an empty input has off as well, so that it is read nowhere; no row is empty."""
    is_off = isinstance(found.asked, Question) and found.asked.kind == "concept" and not found.says
    return is_off and not isinstance(found.parts[modality], OnTable) and found.nothing[modality] > THRESHOLD


def _like(run: Run, explanation: Explanation, question: Question) -> IsLike | None:
    """The nearest input of another modality that says of a question's concepts what the sample says."""
    modality = question.modalities[0]
    own = explanation.shared[modality][list(question.concepts)] > THRESHOLD
    for target, found in explanation.neighbours.get(modality, {}).items():
        near = next((one for one in found if _says_same(run, one, question, own.tolist())), None)
        if target != modality and near is not None:
            return IsLike(modality, near, question.concepts)
    return None


def _says_same(run: Run, neighbour: Neighbour, question: Question, own: list[bool]) -> bool:
    shared = run.bank.sides[neighbour.modality].shared[neighbour.row]
    return bool((shared[list(question.concepts)] > THRESHOLD).tolist() == own)


def _change(run: Run, explanation: Explanation) -> WouldChange | None:
    present = {name: values for name, values in explanation.shared.items() if name not in explanation.missing}
    found = counterfactuals(run, present, most=1, n=1, exclude=_own_row(run, explanation))
    if not found or explanation.missing:
        return None
    edits = tuple((edit.modality, edit.concept, edit.value) for edit in found[0].edits)
    return WouldChange(changes_in_words(run, found[0].changes), edits, found[0].class_index)


# -- in words


def _sentences(run: Run, facts: tuple[Fact, ...]) -> list[str]:
    reasons = [fact for fact in facts if isinstance(fact, IsRead)]
    sentences = [_answer(run, fact, reasons) for fact in facts if isinstance(fact, SaysClass)]
    sentences += [_alike(run, fact) for fact in facts if isinstance(fact, IsLike)]
    return sentences + [_changed(run, fact) for fact in facts if isinstance(fact, WouldChange)]


def _answer(run: Run, fact: SaysClass, reasons: list[IsRead]) -> str:
    says = f"The model says {run.card.target.name(fact.class_index)} ({in_percent(fact.probability)})"
    told = listed([_reason(run, reason) for reason in reasons])
    return f"{says}, above all because {told}." if told else f"{says}."


def _reason(run: Run, fact: IsRead) -> str:
    """``the picture says digit 4 (read in its middle)``, ``the scene and the question differ in size (…)``."""
    said = _statement(run, fact)
    is_one = fact.question.kind == "concept"
    places = [
        _place(_title(run, name), _together([region.words for region in own]), is_one=is_one)
        for name, own in groupby(fact.regions, key=lambda region: region.modality)
    ]
    return f"{said} (read in {listed(places)})" if places else said


def _statement(run: Run, fact: IsRead) -> str:
    name, titles = subject_of(fact.question, run.concept_names), [_title(run, one) for one in fact.question.modalities]
    if fact.question.kind == "agreement":
        return f"{listed([f'the {title}' for title in titles])} {'agree on' if fact.value else 'differ in'} {name}"
    if is_likeness(name):
        return f"the {titles[0]} {verb(titles[0], 'is', 'are')} {name if fact.value else negated(name)}"
    return f"the {titles[0]} {verb(titles[0], 'says', 'say')} {name if fact.value else negated(name)}"


def _place(title: str, words: str, *, is_one: bool) -> str:
    """``its middle`` where one input is spoken of, else ``the middle of the scene``; a quotation as it is."""
    if words.startswith(QUOTE):
        return words
    return f"{verb(title, 'its', 'their')} {words}" if is_one else f"the {words} of the {title}"


def _together(words: list[str]) -> str:
    """Names in a sentence, what they are said once.

    >>> _together(["node 4", "node 5"]), _together(["upper left", "left"]), _together(["node 4"])
    ('nodes 4 and 5', 'upper left and left', 'node 4')
    """
    heads, _, numbers = zip(*(word.partition(" ") for word in words), strict=True)
    if len(words) > 1 and len(set(heads)) == 1 and all(number.isdigit() for number in numbers):
        return f"{heads[0]}s {listed(numbers)}"
    return listed(words)


def _alike(run: Run, fact: IsLike) -> str:
    modality, row = fact.neighbour.modality, fact.neighbour
    means = "" if run.card.own_keys else f" ({run.card.modality(modality).key_name(row.key)})"
    here, there = _title(run, fact.modality), _title(run, modality)
    return f"The {there} nearest to the {here} that says the same is {row.id}{means}."


def _changed(run: Run, fact: WouldChange) -> str:
    return f"With {fact.words} it would say {run.card.target.name(fact.class_index)}."


def _title(run: Run, modality: str) -> str:
    return lowered(run.card.modality(modality).title)

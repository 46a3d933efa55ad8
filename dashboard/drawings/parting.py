"""Two ways through one tree, before and after an edit, as one: what they share, where they part, how each goes on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from drawings.theme import CHOSEN
from drawings.tree import question_colour, question_marks
from sharcs_core.effects import steps_in_common
from sharcs_core.naming import question_in_words, step_in_words

if TYPE_CHECKING:
    from sharcs_core.structures import TreePath, TreeStep
    from sharcs_core.tasks.task import Task

MOST_SHARED = 2
"""Of the questions that both ways answer alike so many are told, the last ones; those before are folded."""
MOST_OWN = 3
"""Of a way that goes on alone so many questions are told."""
MOST_WHOLE = 5
"""Of a way that an edit leaves as it was."""


def parted_ways(
    before: TreePath, after: TreePath, names: Sequence[str], task: Task, stops: tuple[str, str] = ("", "")
) -> str:
    """HTML of the ways before and after an edit.

    Args:
        names: of the concepts, (T,).
        stops: of each way that stops for a missing modality, what that one would have to say.
    """
    shared = steps_in_common(before, after)
    if shared == len(before.steps) == len(after.steps):
        return _framed(_lines(after.steps, names, task, MOST_WHOLE) + _end(after, task, stops[1]))
    head = _lines(before.steps[:shared], names, task, MOST_SHARED) if shared else ""
    ways = "".join(
        f"<div><div class='when'>{when}</div>{_first(path.steps[shared:], names, task)}"
        f"{_lines(path.steps[shared + 1 :], names, task, MOST_OWN, first=True)}{_end(path, task, stop)}</div>"
        for when, path, stop in zip(("before", "after"), (before, after), stops, strict=True)
    )
    return _framed(f"{head}{_parting(before, after, shared, names, task)}<div class='two'>{ways}</div>")


def _framed(content: str) -> str:
    return f"<div class='ways'>{content}</div>"


def _parting(before: TreePath, after: TreePath, shared: int, names: Sequence[str], task: Task) -> str:
    """The question at which the ways part; the way that stops there does so since it cannot be answered."""
    path = before if len(before.steps) > shared else after
    asked = path.steps[shared].question
    said = html.escape(question_in_words(asked, names, task))
    return (
        f"<div class='parting' style='border-color:{CHOSEN}'><b>Here they part</b><br>"
        f"<span style='color:{question_colour(asked)}'>{question_marks(asked)}</span> {said}</div>"
    )


def _first(steps: Sequence[TreeStep], names: Sequence[str], task: Task) -> str:
    """The answer with which a way parts from the other."""
    return _line(steps[0], names, task, marked=True) if steps else ""


def _lines(steps: Sequence[TreeStep], names: Sequence[str], task: Task, most: int, first: bool = False) -> str:
    """A line an answer. Of many only the last are told, or the ``first``; the others unfold."""
    lines = [_line(step, names, task) for step in steps]
    if len(lines) <= most + 1:  # to fold a single line would save nothing
        return "".join(lines)
    shown, folded = (lines[:most], lines[most:]) if first else (lines[-most:], lines[:-most])
    more = f"<details><summary>{len(folded)} {'more' if first else 'before'}</summary>{''.join(folded)}</details>"
    return "".join([*shown, more] if first else [more, *shown])


def _line(step: TreeStep, names: Sequence[str], task: Task, marked: bool = False) -> str:
    colour = question_colour(step.question)
    ground = f";background:color-mix(in srgb, {CHOSEN} 14%, transparent)" if marked else ""
    return (
        f"<div class='step' style='border-color:{colour}{ground}'><span style='color:{colour}'>"
        f"{question_marks(step.question)}</span> {html.escape(step_in_words(step, names, task))}</div>"
    )


def _end(path: TreePath, task: Task, stop: str) -> str:
    if path.stopped_for is not None:
        lacking = html.escape(task.modality(path.stopped_for).title)
        told = f"<div>{html.escape(stop)}.</div>" if stop else ""
        return f"<div class='end'>It stops here, for the {lacking} is missing.{told}</div>"
    share = round(100 * float(path.probabilities[path.class_index]))
    answer = html.escape(task.class_names[path.class_index])
    return (
        f"<div class='end'>The tree says <b>{answer}</b> <small>({share} % of the training samples here)</small></div>"
    )

"""Two ways through one tree, before and after an edit, as one: what they share, where they part, how each goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
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
) -> Markup:
    """The ways before and after an edit.

    Args:
        names: of the concepts, (T,).
        stops: of each way that stops for a missing modality, what that one would have to say.
    """
    shared = steps_in_common(before, after)
    if shared == len(before.steps) == len(after.steps):
        return _framed(_lines(after.steps, names, task, MOST_WHOLE) + _end(after, task, stops[1]))
    head = _lines(before.steps[:shared], names, task, MOST_SHARED)
    ways = joined(
        _own_way(when, path, shared, names, task, stop)
        for when, path, stop in zip(("before", "after"), (before, after), stops, strict=True)
    )
    return _framed(html("{}{}<div class='two'>{}</div>", head, _parting(before, after, shared, names, task), ways))


def _framed(content: Markup) -> Markup:
    return html("<div class='ways'>{}</div>", content)


def _own_way(when: str, path: TreePath, shared: int, names: Sequence[str], task: Task, stop: str) -> Markup:
    """How a way goes on alone; the answer with which it parts from the other is set off."""
    own = path.steps[shared:]
    return html(
        "<div><div class='when'>{}</div>{}{}{}</div>",
        when,
        joined(_line(step, names, task, marked=True) for step in own[:1]),
        _lines(own[1:], names, task, MOST_OWN, first=True),
        _end(path, task, stop),
    )


def _parting(before: TreePath, after: TreePath, shared: int, names: Sequence[str], task: Task) -> Markup:
    """The question at which the ways part; the way that stops there does so since it cannot be answered."""
    path = before if len(before.steps) > shared else after
    asked = path.steps[shared].question
    return html(
        "<div class='parting' style='border-color:{}'><b>Here they part</b><br>"
        "<span style='color:{}'>{}</span> {}</div>",
        CHOSEN,
        question_colour(asked, task),
        question_marks(asked, task),
        question_in_words(asked, names, task),
    )


def _lines(steps: Sequence[TreeStep], names: Sequence[str], task: Task, most: int, first: bool = False) -> Markup:
    """A line an answer. Of many only the last are told, or the ``first``; the others unfold."""
    lines = [_line(step, names, task) for step in steps]
    if len(lines) <= most + 1:  # to fold a single line would save nothing
        return joined(lines)
    shown, folded = (lines[:most], lines[most:]) if first else (lines[-most:], lines[:-most])
    head = f"{len(folded)} {'more' if first else 'before'}"
    more = html("<details><summary>{}</summary>{}</details>", head, joined(folded))
    return joined([*shown, more] if first else [more, *shown])


def _line(step: TreeStep, names: Sequence[str], task: Task, marked: bool = False) -> Markup:
    colour = question_colour(step.question, task)
    return html(
        "<div class='step' style='border-color:{colour}{ground}'>"
        "<span style='color:{colour}'>{marks}</span> {said}</div>",
        colour=colour,
        ground=f";background:color-mix(in srgb, {CHOSEN} 14%, transparent)" if marked else "",
        marks=question_marks(step.question, task),
        said=step_in_words(step, names, task),
    )


def _end(path: TreePath, task: Task, stop: str) -> Markup:
    if path.stopped_for is not None:
        told = html("<div>{}.</div>", stop) if stop else NOTHING
        lacking = task.card.modality(path.stopped_for).title
        return html("<div class='end'>It stops here, without the {}.{}</div>", lacking, told)
    return html(
        "<div class='end'>The tree says <b>{}</b> <small>({:.0f} % of the training samples here)</small></div>",
        task.card.target.names[path.class_index],
        100 * float(path.probabilities[path.class_index]),
    )

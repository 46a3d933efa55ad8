"""The decision tree: one way through it as a list, and the whole of it at a glance.

The tree's nodes come as a sequence whose place is the node's id (``ConceptTree.nodes()``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from markupsafe import Markup

from drawings.markup import NOTHING, figure_html, figure_text, html, joined
from drawings.theme import BAR, CHOSEN, mark_of, quiet
from sharcs_core.named import counted
from sharcs_core.naming import question_in_words, step_in_words
from sharcs_core.rules import classes_in_words

if TYPE_CHECKING:
    from sharcs_core.structures import Question, TreePath, TreeStep
    from sharcs_core.tasks.task import Task
    from sharcs_core.tree import TreeNode

INK = "#1B2130"
PALE = 0.3

__all__ = ["classes_in_words", "path_list", "question_colour", "question_marks", "whole_tree"]


def question_colour(question: Question, task: Task) -> str:
    """The colour of the modality that is asked; where two are compared, one that neither has."""
    return mark_of(question.modalities[0], task.card.names).colour if question.kind == "concept" else BAR


def question_marks(question: Question, task: Task) -> str:
    """The marks of the modalities that a question is about."""
    return "".join(mark_of(name, task.card.names).sign for name in question.modalities)


def whole_tree(
    nodes: Sequence[TreeNode], route: Sequence[int], names: Sequence[str], task: Task, colours: Sequence[str]
) -> go.Figure:
    """Every node as a box, as wide as its share of samples; the way is outlined. A click zooms into a branch."""
    on_way = set(route)
    told = [_told(node, names, task) for node in nodes]
    figure = go.Figure(
        go.Icicle(
            ids=[str(node.id) for node in nodes],
            parents=["" if node.parent is None else str(node.parent) for node in nodes],
            labels=[figure_text(_label(node, names, task)) for node in nodes],
            values=[node.n_samples for node in nodes],
            branchvalues="total",
            sort=False,
            marker={
                "colors": [colours[n.class_index] if n.question is None else _pale(n.question, task) for n in nodes],
                "line": {
                    "color": [CHOSEN if n.id in on_way else "rgba(138,147,166,.5)" for n in nodes],
                    "width": [3 if n.id in on_way else 0.5 for n in nodes],
                },
            },
            customdata=told,
            hovertemplate=figure_html("%{{customdata}}<extra></extra>"),
            textfont={"color": [_ink_on(colours[n.class_index]) if n.is_leaf else INK for n in nodes]},
            leaf={"opacity": 1},
            tiling={"orientation": "v", "pad": 1},
            pathbar={"visible": False},
        )
    )
    return quiet(figure, height=520)


def _label(node: TreeNode, names: Sequence[str], task: Task) -> str:
    """The class of a leaf, or the shortest that says what is asked: boxes are small."""
    question = node.question
    if question is None:
        return task.card.target.names[node.class_index]
    subject = names[question.concepts[0]] if question.factor is None else question.factor
    if question.kind == "concept":
        return f"{task.card.modality(question.modalities[0]).title}: {subject}?"
    return f"agree on {subject}?"


def _pale(question: Question, task: Task) -> str:
    """The question's colour on the way to white: dark text stands on it, whatever the theme."""
    red, green, blue = (round(255 - PALE * (255 - part)) for part in _channels(question_colour(question, task)))
    return f"rgb({red},{green},{blue})"


def _ink_on(colour: str) -> str:
    red, green, blue = _channels(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _told(node: TreeNode, names: Sequence[str], task: Task) -> Markup:
    answer = f"answer {task.card.target.names[node.class_index]}"
    head = answer if node.question is None else question_in_words(node.question, names, task)
    spread = classes_in_words(node.probabilities, task.card.target.names)
    return figure_html("<b>{}</b><br>{}<br>{}", head, counted(node.n_samples, "training sample"), spread)


def path_list(
    path: TreePath,
    names: Sequence[str],
    task: Task,
    meanings: Mapping[str, Sequence[str]],
    other: TreePath | None = None,
    stop: str = "",
) -> Markup:
    """One way through the tree, a line an answer; lines that ``other`` lacks are set off.

    Args:
        names: of the concepts, (T,).
        meanings: modality → a line a concept, shown on hover.
        stop: of a way that stops for a missing modality: what that one would have to say.
    """
    known = None if other is None else {(step.node, step.value) for step in other.steps}
    lines = joined(
        _path_line(step, names, task, meanings, new=known is not None and (step.node, step.value) not in known)
        for step in path.steps
    )
    return html(
        "<div style='display:flex;flex-direction:column;gap:.22rem;font-size:.82rem;line-height:1.3'>{}{}</div>",
        lines,
        _path_end(path, task, stop),
    )


def _path_line(
    step: TreeStep, names: Sequence[str], task: Task, meanings: Mapping[str, Sequence[str]], new: bool
) -> Markup:
    asked = step.question
    lines = meanings.get(asked.modalities[0], ()) if asked.kind == "concept" else ()
    return html(
        "<div style='border-left:4px solid {colour};padding:.1rem .45rem;"
        "background:{ground};border-radius:0 4px 4px 0'>"
        "<span style='color:{colour}'>{marks}</span> {said}<span class='read-out'>{told}</span></div>",
        colour=question_colour(asked, task),
        ground=f"color-mix(in srgb, {CHOSEN} 16%, transparent)" if new else "transparent",
        marks=question_marks(asked, task),
        said=step_in_words(step, names, task),
        told=f" ({lines[asked.concepts[0]]})" if lines else "",
    )


def _path_end(path: TreePath, task: Task, stop: str) -> Markup:
    return html(
        "<div style='border:2px solid {};border-radius:6px;padding:.15rem .45rem;margin-top:.15rem'>{}</div>",
        CHOSEN,
        _answer(path, task) if path.stopped_for is None else _stop(task.card.modality(path.stopped_for).title, stop),
    )


def _answer(path: TreePath, task: Task) -> Markup:
    return html(
        "answer <b>{}</b> <span style='opacity:.8'>({:.0f} % of the training samples here)</span>",
        task.card.target.names[path.class_index],
        100 * float(path.probabilities[path.class_index]),
    )


def _stop(lacking: str, stop: str) -> Markup:
    """Where a way stops for what is missing, and what that would have to say."""
    more = html("<div style='opacity:.75;margin-top:.15rem'>{}.</div>", stop) if stop else NOTHING
    return html("stops here: the next question cannot be answered without the {}{}", lacking, more)

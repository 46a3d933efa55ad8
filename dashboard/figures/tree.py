"""The decision tree: opened on one way with the rest folded, and the whole of it at a glance.

The tree's nodes come as a sequence whose place is the node's id (``ConceptTree.nodes()``).
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from figures.theme import BAR, CHOSEN, QUIET, modality_colour, modality_mark, quiet
from sharcs_core.naming import question_in_words, step_in_words

if TYPE_CHECKING:
    from sharcs_core.data.task import Task
    from sharcs_core.structures import Floats, Question, TreePath, TreeStep
    from sharcs_core.tree import TreeNode

N_NAMED = 3
FEWEST_SHARE = 0.05
INK = "#1B2130"
PALE = 0.3
LINE = 30
"""Letters on a line of a box."""


def route_to(nodes: Sequence[TreeNode], node_id: int) -> tuple[int, ...]:
    """Ids of the nodes from the root to ``node_id``, both counted."""
    route: list[int] = []
    at: int | None = node_id
    while at is not None:
        route.append(at)
        at = nodes[at].parent
    return tuple(reversed(route))


def n_leaves_below(nodes: Sequence[TreeNode], node_id: int) -> int:
    """Leaves of the subtree of a node; 1 for a leaf."""
    node = nodes[node_id]
    if node.no_child is None or node.yes_child is None:
        return 1
    return n_leaves_below(nodes, node.no_child) + n_leaves_below(nodes, node.yes_child)


def classes_in_words(probabilities: Floats, class_names: Sequence[str]) -> str:
    """The most frequent classes with their shares, such as ``7 (62 %), 8 (30 %), others``."""
    order = sorted(range(len(class_names)), key=lambda i: -probabilities[i])
    named = [i for i in order[:N_NAMED] if probabilities[i] >= FEWEST_SHARE] or order[:1]
    said = [f"{class_names[i]} ({probabilities[i] * 100:.0f} %)" for i in named]
    return ", ".join(said + (["others"] if 1 - sum(probabilities[i] for i in named) > 0.005 else []))


def question_colour(question: Question) -> str:
    """The colour of the modality that is asked; where two are compared, one that neither has."""
    return modality_colour(question.modalities[0]) if question.kind == "concept" else BAR


def question_marks(question: Question) -> str:
    """The marks of the modalities that a question is about."""
    return "".join(map(modality_mark, question.modalities))


def open_tree_dot(nodes: Sequence[TreeNode], route: Sequence[int], names: Sequence[str], task: Task) -> str:
    """DOT of the tree along ``route``; every branch that turns off it is folded into one box with its count.

    ``names`` are those of the concepts, (T,).

    Grey tones that stand on light and on dark ground; the way itself in the colour of the chosen sample.
    """
    on_way = set(route)
    lines = [
        "digraph tree { bgcolor=transparent; nodesep=.3; ranksep=.28;",
        f'node [fontname="sans-serif" fontsize=14 style="rounded,filled" shape=box penwidth=1.4 margin=".16,.07" '
        f'fillcolor="#FFFFFF" fontcolor="{INK}" color="{QUIET}"];',
        f'edge [fontname="sans-serif" fontsize=13 color="{QUIET}" fontcolor="{QUIET}" arrowsize=.6];',
    ]
    for node_id in route:
        node = nodes[node_id]
        lines.append(_open_node(node, names, task, last=node_id == route[-1]))
        for answer, child in (("no", node.no_child), ("yes", node.yes_child)):
            if child is None:
                continue
            if child not in on_way:
                lines.append(_folded_node(nodes, child, task.class_names))
            lines.append(_edge(node_id, child, answer, child in on_way))
    return "\n".join([*lines, "}"])


def _open_node(node: TreeNode, names: Sequence[str], task: Task, last: bool) -> str:
    reached = f"{node.n_samples:,} samples"
    if node.question is None:
        said, colour = f"answer {task.class_names[node.class_index]}\\n{reached}", CHOSEN
    else:
        asked = f"{question_marks(node.question)} {question_in_words(node.question, names, task)}"
        said = "\\n".join([*textwrap.wrap(asked, LINE), reached])
        colour = question_colour(node.question)
    # One group for the way keeps it in a straight line, however deep.
    return f'{node.id} [label="{_quoted(said)}" color="{colour}" penwidth={3.2 if last else 2.2} group=way];'


def _folded_node(nodes: Sequence[TreeNode], node_id: int, class_names: Sequence[str]) -> str:
    node, leaves = nodes[node_id], n_leaves_below(nodes, node_id)
    inside = "leaf" if leaves == 1 else f"{leaves} leaves"
    said = f"{inside}, mostly {class_names[node.class_index]}\\n{node.n_samples:,} samples"
    return (
        f'{node_id} [label="{_quoted(said)}" fontsize=12 style="rounded,filled,dashed" fillcolor="#EEF0F4" '
        f'fontcolor="#5A6375" penwidth=1];'
    )


def _edge(parent: int, child: int, answer: str, on_way: bool) -> str:
    look = f'color="{CHOSEN}" fontcolor="{CHOSEN}" penwidth=2.6 weight=20' if on_way else "penwidth=1"
    return f'{parent} -> {child} [label=" {answer} " {look}];'


def _quoted(text: str) -> str:
    return text.replace('"', "'")


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
            labels=[_label(node, names, task) for node in nodes],
            values=[node.n_samples for node in nodes],
            branchvalues="total",
            sort=False,
            marker={
                "colors": [colours[n.class_index] if n.question is None else _pale(n.question) for n in nodes],
                "line": {
                    "color": [CHOSEN if n.id in on_way else "rgba(138,147,166,.5)" for n in nodes],
                    "width": [3 if n.id in on_way else 0.5 for n in nodes],
                },
            },
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
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
        return task.class_names[node.class_index]
    subject = names[question.concepts[0]] if question.factor is None else question.factor
    if question.kind == "concept":
        return f"{task.modality(question.modalities[0]).title}: {subject}?"
    return f"agree on {subject}?"


def _pale(question: Question) -> str:
    """The question's colour on the way to white: dark text stands on it, whatever the theme."""
    red, green, blue = (round(255 - PALE * (255 - part)) for part in _channels(question_colour(question)))
    return f"rgb({red},{green},{blue})"


def _ink_on(colour: str) -> str:
    red, green, blue = _channels(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#FFFFFF"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _told(node: TreeNode, names: Sequence[str], task: Task) -> str:
    answer = f"answer {task.class_names[node.class_index]}"
    head = answer if node.question is None else question_in_words(node.question, names, task)
    spread = classes_in_words(node.probabilities, task.class_names)
    return f"<b>{html.escape(head)}</b><br>{node.n_samples:,} training samples<br>{spread}"


def path_list(
    path: TreePath,
    names: Sequence[str],
    task: Task,
    meanings: Mapping[str, Sequence[str]],
    other: TreePath | None = None,
    stop: str = "",
) -> str:
    """HTML of one way through the tree, a line an answer; lines that ``other`` lacks are set off.

    Args:
        names: of the concepts, (T,).
        meanings: modality → a line a concept, shown on hover.
        stop: of a way that stops for a missing modality: what that one would have to say.
    """
    known = None if other is None else {(step.node, step.value) for step in other.steps}
    lines = "".join(
        _path_line(step, names, task, meanings, new=known is not None and (step.node, step.value) not in known)
        for step in path.steps
    )
    return (
        "<div style='display:flex;flex-direction:column;gap:.22rem;font-size:.82rem;line-height:1.3'>"
        f"{lines}{_path_end(path, task, stop)}</div>"
    )


def _path_line(
    step: TreeStep, names: Sequence[str], task: Task, meanings: Mapping[str, Sequence[str]], new: bool
) -> str:
    asked, colour = step.question, question_colour(step.question)
    lines = meanings.get(asked.modalities[0], ()) if asked.kind == "concept" else ()
    told = f"{question_in_words(asked, names, task)} {'Yes' if step.value else 'No'}."
    told += f" The concept is {lines[asked.concepts[0]]}." if lines else ""
    ground = f"color-mix(in srgb, {CHOSEN} 16%, transparent)" if new else "transparent"
    return (
        f"<div title='{html.escape(told, quote=True)}' style='border-left:4px solid {colour};padding:.1rem .45rem;"
        f"background:{ground};border-radius:0 4px 4px 0'>"
        f"<span style='color:{colour}'>{question_marks(asked)}</span> "
        f"{html.escape(step_in_words(step, names, task))}</div>"
    )


def _path_end(path: TreePath, task: Task, stop: str) -> str:
    share = f"{float(path.probabilities[path.class_index]) * 100:.0f} %"
    if path.stopped_for is None:
        answer = html.escape(task.class_names[path.class_index])
        said = f"answer <b>{answer}</b> <span style='opacity:.75'>({share})</span>"
    else:
        asked = html.escape(task.modality(path.stopped_for).title)
        said = f"stops here: the next question needs the {asked}, which is missing"
        said += f"<div style='opacity:.75;margin-top:.15rem'>{html.escape(stop)}.</div>" if stop else ""
    return (
        f"<div title='share of the training samples here' style='border:2px solid {CHOSEN};border-radius:6px;"
        f"padding:.15rem .45rem;margin-top:.15rem'>{said}</div>"
    )

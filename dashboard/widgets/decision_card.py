"""One node of the decision tree as a card: question, answer, who comes here, and the branches that are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concepts import beyond_name, spread_strip
from figures.inputs import width_of
from figures.theme import class_colours
from figures.tree import classes_in_words, n_leaves_below, question_marks
from sharcs_core.named import factor_named
from sharcs_core.naming import question_in_words, reading
from sharcs_core.prototypes import of_node

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, Question
    from sharcs_core.tree import TreeNode

N_PROTOTYPES = 3
PICTURE = 62
TOLD = "Training samples nearest to the mean of all that come to this question: a sample a column, a modality a row."


def look_inside(opened_key: str, node_id: int | None) -> None:
    """Open the tree on a node instead of the sample's own way; None goes back."""
    st.session_state[opened_key] = node_id


def decision_card(
    run: Run, leaves: int, node: TreeNode, taken: int | None, explanation: Explanation, opened_key: str
) -> None:
    """One node of the tree of so many leaves: question and answer, who comes here, and the branches that are folded."""
    names = run.task.class_names
    with st.container(border=True):
        words, examples = st.columns([5, 4])
        with words:
            st.markdown(_heading(run, node, taken))
            if node.question is not None:
                st.caption(_what_is_read(run, node.question, explanation))
            st.html(spread_strip(node.probabilities, names, class_colours(len(names))))
            st.caption(f"{node.n_samples:,} training samples: {classes_in_words(node.probabilities, names)}")
            for answer, child in (("no", node.no_child), ("yes", node.yes_child)):
                if child is not None and child != taken:
                    _folded_branch(run, leaves, answer, child, opened_key)
        with examples, st.container(key=f"examples-{node.id}"):
            st.caption("Typical here", help=TOLD)
            st.html(_prototypes(run, leaves, node))


def _prototypes(run: Run, leaves: int, node: TreeNode) -> str:
    """HTML of the node's prototypes: a sample a column, a modality a row."""
    rows = of_node(run.tree_of(leaves), run.bank, node.id, k=N_PROTOTYPES)
    wide = {name: width_of(side.inputs, PICTURE) for name, side in run.bank.sides.items()}
    pictures = "".join(
        resources.drawing(run.name, name, int(row), size=size) for name, size in wide.items() for row in rows
    )
    columns = f"repeat({len(rows) or 1},minmax(0,{max(wide.values())}px))"
    return (
        f"<div title='{TOLD}' style='display:grid;grid-template-columns:{columns};gap:6px;align-items:center'>"
        f"{pictures}</div>"
    )


def _heading(run: Run, node: TreeNode, taken: int | None) -> str:
    if node.question is None:
        return f"**{node.depth + 1}. Answer: {run.task.class_names[node.class_index]}**"
    asked = question_in_words(node.question, run.concept_names, run.task)
    answer = "" if taken is None else f" → **{'yes' if taken == node.yes_child else 'no'}**"
    return f"**{node.depth + 1}. {question_marks(node.question)} {asked}**{answer}"


def _what_is_read(run: Run, question: Question, explanation: Explanation) -> str:
    """What the chosen sample has there: the value of a factor in words, else how strongly a concept is on."""
    said = []
    for modality in question.modalities:
        concepts, title = explanation.shared[modality], run.task.modality(modality).title
        if question.factor is None:
            said.append(f"{title} {concepts[question.concepts[0]]:.2f}")
        else:
            factor = factor_named(run.model.config.factors, question.factor)
            word, unsure = reading(concepts, (factor,), run.task, modality)[question.factor]
            said.append(f"the {title} says {word}{', though not for sure' if unsure else ''}")
    if question.factor is not None:
        return f"In this sample {', '.join(said)}."
    read = f"In this sample: {', '.join(said)}."
    meaning = _meaning(run, question) if question.kind == "concept" else ""
    return f"*{run.concept_names[question.concepts[0]]}* is {meaning}. {read}" if meaning else read


def _meaning(run: Run, question: Question) -> str:
    """What the concept that is asked about is on for in that modality, where its name leaves that open."""
    concept = question.concepts[0]
    return beyond_name(
        run.concept_names[concept], resources.concept_meanings(run.name)[question.modalities[0]][concept]
    )


def _folded_branch(run: Run, leaves: int, answer: str, child: int, opened_key: str) -> None:
    nodes = resources.tree_nodes(run.name, leaves)
    n_below = n_leaves_below(nodes, child)
    inside = "a leaf" if n_below == 1 else f"{n_below} leaves"
    mostly = run.task.class_names[nodes[child].class_index]
    st.button(
        f"if {answer}: {nodes[child].n_samples:,} samples, {inside}, mostly {mostly}",
        key=f"look|{child}",
        on_click=look_inside,
        args=(opened_key, child),
        icon=":material/unfold_more:",
        wrap=True,
        help="Opens the tree on this branch.",
    )

"""One node of the decision tree as a card: question, answer, who comes here, and the branches that are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concepts import spread_strip
from figures.inputs import width_of
from figures.theme import class_colours, modality_mark
from figures.tree import classes_in_words, n_leaves_below, question
from sharcs_core.prototypes import of_node
from widgets.modality import titles_of

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation
    from sharcs_core.tree import TreeNode

N_PROTOTYPES = 3
PICTURE = 62
TOLD = "Training samples nearest to the mean of all that come to this question: a sample a column, a modality a row."


def look_inside(opened_key: str, node_id: int | None) -> None:
    """Open the tree on a node instead of the sample's own way; None goes back."""
    st.session_state[opened_key] = node_id


def decision_card(run: Run, node: TreeNode, taken: int | None, explanation: Explanation, opened_key: str) -> None:
    """One node: its question and answer, who comes here, and the branches that are folded."""
    names = run.task.class_names
    with st.container(border=True):
        words, examples = st.columns([5, 4])
        with words:
            st.markdown(_heading(run, node, taken, explanation))
            if node.modality is not None:
                st.caption(resources.concept_meanings(run.name)[node.modality][node.concept or 0])
            st.html(spread_strip(node.probabilities, names, class_colours(len(names))))
            st.caption(f"{node.n_samples:,} training samples: {classes_in_words(node.probabilities, names)}")
            for answer, child in (("off", node.off_child), ("on", node.on_child)):
                if child is not None and child != taken:
                    _folded_branch(run, answer, child, opened_key)
        with examples, st.container(key=f"examples-{node.id}"):
            st.caption("Typical here", help=TOLD)
            st.html(_prototypes(run, node))


def _prototypes(run: Run, node: TreeNode) -> str:
    """HTML of the node's prototypes: a sample a column, a modality a row."""
    rows = of_node(run.tree, run.bank, node.id, k=N_PROTOTYPES)
    wide = {name: width_of(side.inputs, PICTURE) for name, side in run.bank.sides.items()}
    pictures = "".join(
        resources.drawing(run.name, name, int(row), size=size) for name, size in wide.items() for row in rows
    )
    columns = f"repeat({len(rows) or 1},minmax(0,{max(wide.values())}px))"
    return (
        f"<div title='{TOLD}' style='display:grid;grid-template-columns:{columns};gap:6px;align-items:center'>"
        f"{pictures}</div>"
    )


def _heading(run: Run, node: TreeNode, taken: int | None, explanation: Explanation) -> str:
    if node.modality is None or node.concept is None:
        return f"**{node.depth + 1}. Answer: {run.task.class_names[node.class_index]}**"
    asked = f"**{node.depth + 1}. {modality_mark(node.modality)} {question(node, titles_of(run))}**"
    if taken is None:
        return asked
    value = explanation.shared[node.modality][node.concept]
    return f"{asked} → **{'on' if taken == node.on_child else 'off'}** (this sample: {value:.2f})"


def _folded_branch(run: Run, answer: str, child: int, opened_key: str) -> None:
    nodes = resources.tree_nodes(run.name)
    leaves = n_leaves_below(nodes, child)
    inside = "a leaf" if leaves == 1 else f"{leaves} leaves"
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

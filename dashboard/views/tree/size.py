"""How large the shown tree is: a slider beside how good the tree of each size is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.scores import percent
from drawings.tree_size import size_figure
from sharcs_core.named import counted
from sharcs_core.tree import MIN_LEAVES
from shared.plain import Markdown, markdown
from views.tree.choice import leaves_key, take_over_leaves

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.rules import SizeCurve
    from sharcs_core.tree import ConceptTree


def choose_size(run: Run, tree: ConceptTree) -> None:
    """The slider, what the tree of that size is like, and the curve of all sizes with this one marked."""
    curve = resources.size_curve(run.name)
    st.markdown("## Size of the tree")
    if curve.most_leaves <= MIN_LEAVES:
        st.caption(markdown("It has {}; no further question tells anything.", _leaves(tree)))
        return
    controls, figure = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with controls:
        st.slider(
            "Leaves at most",
            MIN_LEAVES,
            curve.most_leaves,
            key=leaves_key(run),
            persist_state="session",
            on_change=take_over_leaves,
            args=(run,),
            help="A larger tree asks more questions. The size it begins with is the smallest that is as good on the "
            "validation samples as any, to within half a point; all other pages use that one.",
        )
    figure.plotly_chart(
        size_figure(curve, tree.n_leaves),
        key="size_curve",
        config={"displayModeBar": False},
        alt="Accuracy and fidelity of the tree by its number of leaves",
    )
    st.caption(_how_good(tree, curve))


def _how_good(tree: ConceptTree, curve: SizeCurve) -> Markdown:
    """What the tree of this size is like, beside a tree of one leaf."""
    accuracy, fidelity = ([percent(float(share)) for share in shares] for shares in (curve.accuracy, curve.fidelity))
    leaf = tree.n_leaves - 1
    return markdown(
        "{}, at most {} to an answer. Right on {} of {:,} validation samples (accuracy); says what the model says on "
        "{} of the {:,} unseen samples kept here (fidelity). One leaf alone, the most frequent answer: {} and {}.",
        _leaves(tree),
        counted(tree.depth, "question"),
        accuracy[leaf],
        curve.n_validation,
        fidelity[leaf],
        curve.n_compared,
        accuracy[0],
        fidelity[0],
    )


def _leaves(tree: ConceptTree) -> str:
    return counted(tree.n_leaves, "leaf", "leaves")

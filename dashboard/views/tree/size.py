"""How large the shown tree is: a slider beside how good the tree of each size is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.scores import percent
from drawings.tree_size import size_figure
from sharcs_core.tree import MIN_LEAVES
from views.tree.choice import leaves_key, take_over_leaves

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tree import ConceptTree


def choose_size(run: Run, tree: ConceptTree) -> None:
    """The slider, what the tree of that size is like, and the curve of all sizes with this one marked."""
    curve = resources.size_curve(run.name)
    st.markdown("## Size of the tree")
    if curve.most_leaves <= MIN_LEAVES:
        st.caption(f"It has {_leaves(tree)}; no further question tells anything.")
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
    at = tree.n_leaves - 1
    st.caption(
        f"{_leaves(tree)}, at most {tree.depth} question{'s' if tree.depth > 1 else ''} to an answer. Right on "
        f"{percent(float(curve.accuracy[at]))} of {curve.n_validation:,} validation samples (accuracy); says what the "
        f"model says on {percent(float(curve.fidelity[at]))} of the {curve.n_compared:,} unseen samples kept here "
        f"(fidelity). One leaf alone, the most frequent answer: {percent(float(curve.accuracy[0]))} and "
        f"{percent(float(curve.fidelity[0]))}."
    )


def _leaves(tree: ConceptTree) -> str:
    return f"{tree.n_leaves} lea{'f' if tree.n_leaves == 1 else 'ves'}"

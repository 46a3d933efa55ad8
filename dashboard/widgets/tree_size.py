"""How large a tree is shown: its number of leaves is chosen when a run is made, and is a choice here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.scores import percent
from sharcs_core.tree import MAX_LEAVES, MIN_LEAVES

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def choose_leaves(run: Run) -> int:
    """Leaves that the shown tree may have at most; by default those that the run was made with."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        leaves = st.number_input(
            "Leaves at most",
            MIN_LEAVES,
            MAX_LEAVES,
            value=run.tree_leaves,
            key=f"tree_leaves|{run.name}",
            persist_state="session",
            width=150,
            help="A larger tree asks more questions. The size it begins with is the smallest that is as good on the "
            "validation samples as any, to within half a point; all other pages use that one.",
        )
        st.caption(_told(run, int(leaves)))
    return int(leaves)


def _told(run: Run, leaves: int) -> str:
    """How large and how good the tree is."""
    tree = run.tree_of(leaves)
    size = f"{tree.n_leaves} leaves, at most {tree.depth} question{'s' if tree.depth > 1 else ''} to an answer"
    if tree.n_leaves < leaves:
        size += " (no further question tells anything)"
    return f"{size}. Right on {percent(resources.tree_accuracy(run.name, leaves))} of the validation samples."

"""The samples that come through a node of the tree: drawn, with their truth, and each can be made the chosen one."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.inputs import width_of
from sharcs_core.rules import samples_at
from shared.choice import select_sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tree import ConceptTree, TreeNode

IN_MEMORY, UNSEEN = "In memory", "Unseen"
PER_PAGE = 12
PICTURE = 64
WIDTH = 160
"""Of one sample, whose inputs stand side by side as far as there is room."""


def show_samples(run: Run, tree: ConceptTree, node: TreeNode) -> None:
    """The samples of a node, page by page; those of another answer than is usual there come first."""
    st.markdown("## Samples that come here")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            "From",
            (IN_MEMORY, UNSEEN),
            default=IN_MEMORY,
            required=True,
            key="node_samples_part",
            help="In memory: the training samples that the model keeps. Unseen: test samples that it never trained on.",
        )
        bank = run.bank if part == IN_MEMORY else run.test_bank
        here = samples_at(tree, bank, node.id)
        n_pages = max(1, math.ceil(len(here.rows) / PER_PAGE))
        page = 1
        if n_pages > 1:
            key = f"node_samples_page|{run.name}|{tree.n_leaves}|{node.id}|{part}"
            page = st.number_input(f"Page of {n_pages}", 1, n_pages, key=key, width=130)
    usual = run.task.class_names[node.class_index]
    if not len(here.rows):
        st.caption(f"None of the {len(bank):,} samples {'in memory' if part == IN_MEMORY else 'kept unseen'}.")
        return
    st.caption(
        f"{len(here.rows):,} of {len(bank):,} come here; {here.n_usual:,} of them are truly {usual}, the others are "
        "shown first. Press an id to choose that sample."
    )
    shown = [int(row) for row in here.rows[(page - 1) * PER_PAGE : page * PER_PAGE]]
    with st.container(horizontal=True, key="node_samples"):
        for row in shown:
            with st.container(width=WIDTH, gap="xxsmall"):
                _sample(run, row, unseen=part == UNSEEN)


def _sample(run: Run, row: int, *, unseen: bool) -> None:
    bank = run.test_bank if unseen else run.bank
    pictures = "".join(
        resources.drawing(run.name, name, row, test=unseen, size=width_of(side.inputs, PICTURE))
        for name, side in bank.sides.items()
    )
    sample_id, truth = str(bank.sample_ids[row]), escape(run.task.class_names[int(bank.labels[row])])
    st.html(
        f"<div style='display:flex;flex-wrap:wrap;gap:.3rem;align-items:start'>{pictures}</div>"
        f"<div style='font-size:.86rem;margin-top:.2rem'>truth <b>{truth}</b></div>"
    )
    st.button(
        sample_id,
        key=f"node_sample|{sample_id}",
        on_click=select_sample,
        args=(sample_id,),
        type="tertiary",
        help="Makes this sample the chosen one.",
    )

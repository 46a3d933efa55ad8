"""The samples that come through a node of the tree: drawn, with their truth, and each can be made the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.inputs import width_of
from drawings.markup import html, joined
from sharcs_core.named import counted
from sharcs_core.rules import samples_at
from shared.choice import select_sample
from shared.paging import n_pages, on_page
from shared.plain import markdown, plain

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
        page, most = 1, n_pages(len(here.rows), PER_PAGE)
        if most > 1:
            key = f"node_samples_page|{run.name}|{tree.n_leaves}|{node.id}|{part}"
            page = st.number_input(markdown("Page of {}", most), 1, most, key=key, width=130)
    usual = run.card.target.names[node.class_index]
    if not len(here.rows):
        where = "in memory" if part == IN_MEMORY else "kept unseen"
        st.caption(markdown("None of the {} {}.", counted(len(bank), "sample"), where))
        return
    st.caption(
        markdown(
            "Here: {:,} of {}. Truly {}: {:,}; the others are shown first. Press an id to choose that sample.",
            len(here.rows),
            counted(len(bank), "sample"),
            usual,
            here.n_usual,
        )
    )
    shown = on_page([int(row) for row in here.rows], page, PER_PAGE)
    with st.container(horizontal=True, key="node_samples"):
        for row in shown:
            with st.container(width=WIDTH, gap="xxsmall"):
                _sample(run, row, unseen=part == UNSEEN)


def _sample(run: Run, row: int, *, unseen: bool) -> None:
    bank = run.test_bank if unseen else run.bank
    pictures = joined(
        resources.drawing(run.name, name, row, test=unseen, size=width_of(side.inputs, PICTURE))
        for name, side in bank.sides.items()
    )
    sample_id, truth = str(bank.sample_ids[row]), run.card.target.names[int(bank.labels[row])]
    st.html(
        html(
            "<div style='display:flex;flex-wrap:wrap;gap:.3rem;align-items:start'>{}</div>"
            "<div style='font-size:.86rem;margin-top:.2rem'>truth <b>{}</b></div>",
            pictures,
            truth,
        )
    )
    st.button(
        plain(sample_id),
        key=f"node_sample|{sample_id}",
        on_click=select_sample,
        args=(sample_id,),
        type="tertiary",
        help="Makes this sample the chosen one.",
    )

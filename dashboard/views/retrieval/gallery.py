"""A page of thumbnails to choose a sample from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from shared.cards import input_card
from shared.paging import n_pages, on_page
from shared.plain import markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

PER_PAGE = 24
UNSEEN, IN_MEMORY = "Unseen", "In memory"


def gallery(run: Run, modality: str, on_choose: Callable[[str], None]) -> None:
    """Thumbnails of one modality, page by page; a click on an id gives it to ``on_choose``."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            "From",
            (UNSEEN, IN_MEMORY),
            default=UNSEEN,
            required=True,
            key="gallery_part",
            help="*Unseen*: test samples, which the model never trained on. *In memory*: training samples, among which "
            "the model looks for neighbours.",
        )
        bank = run.test_bank if part == UNSEEN else run.bank
        keys = run.task.modality(modality).key_names
        meaning = st.selectbox(
            "Showing",
            range(-1, len(keys)),
            format_func=lambda key: "everything" if key < 0 else keys[key],
            key=f"gallery_meaning|{run.name}|{modality}",
            width=180,
        )
        rows = [i for i, key in enumerate(bank.sides[modality].semantics) if meaning in (-1, key)]
        most = n_pages(len(rows), PER_PAGE)
        page = st.number_input("Page", 1, most, key=f"gallery_page|{part}|{meaning}|{modality}|{run.name}", width=130)
    shown = on_page(rows, page, PER_PAGE)
    if not rows:
        st.info("None of these here. Choose another meaning, or the other part.")
        return
    st.caption(markdown("Page {:,} of {:,}: {:,} of {:,}", page, most, len(shown), len(rows)))
    with st.container(horizontal=True, gap="small", key="cards-gallery"):
        for row in shown:
            with st.container(gap="xsmall"):
                input_card(run, modality, row, test=part == UNSEEN, size=72, on_click=on_choose, key="gallery")

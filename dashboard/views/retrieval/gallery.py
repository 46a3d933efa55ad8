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


EVERYTHING = -2
"""Stands for all meanings, and for inputs of which nothing is known."""


def meanings_in(run: Run, modality: str) -> list[int]:
    """The meanings that inputs of a modality have in a run's banks, rising; -1 for what is not known."""
    banks = (run.bank, run.test_bank)
    return sorted({int(key) for bank in banks for key in bank.sides[modality].semantics})


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
        shown_as = run.card.modality(modality)
        meaning = st.selectbox(
            "Showing",
            [EVERYTHING, *meanings_in(run, modality)],
            format_func=lambda key: "everything" if key == EVERYTHING else shown_as.key_name(key),
            key=f"gallery_meaning|{run.name}|{modality}",
            width=180,
        )
        rows = [i for i, key in enumerate(bank.sides[modality].semantics) if meaning in (EVERYTHING, key)]
        most = n_pages(len(rows), PER_PAGE)
        page = st.number_input("Page", 1, most, key=f"gallery_page|{part}|{meaning}|{modality}|{run.name}", width=130)
    shown = on_page(rows, page, PER_PAGE)
    if not rows:
        st.info("None of these here. Show everything, or the other part.")
        return
    st.caption(markdown("Page {:,} of {:,}: {:,} of {:,}", page, most, len(shown), len(rows)))
    with st.container(horizontal=True, gap="small", key="cards-gallery"):
        for row in shown:
            with st.container(gap="xsmall"):
                input_card(run, modality, row, test=part == UNSEEN, size=72, on_click=on_choose, key="gallery")

"""What one may begin with on this page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from shared.choice import kept_id
from shared.plain import code, markdown, plain
from views.upload.given import bring_sample, clear
from views.upload.several import back_to_table, has_table

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def offer_starts(run: Run) -> None:
    """What to begin with: an example, the chosen sample, or nothing."""
    first, chosen = str(run.test_bank.sample_ids[0]), kept_id(run)
    with st.container(horizontal=True):
        for key, told, icon, sample_id in (
            ("try_example", plain("Try an example"), "play_arrow", first),
            *([("start_from", markdown("Start from {}", code(chosen)), "edit", chosen)] if chosen else []),
        ):
            st.button(
                told,
                type="primary" if sample_id is first else "secondary",
                icon=f":material/{icon}:",
                on_click=bring_sample,
                args=(run, sample_id),
                disabled=not run.test_bank.is_kept,
                key=key,
                help="Fills the boxes below with this sample's inputs, to be changed." if key == "start_from" else None,
            )
        st.button("Clear", icon=":material/delete:", on_click=clear, args=(run,), key="clear")
        if has_table(run):
            st.button("Back to the table", icon=":material/arrow_back:", on_click=back_to_table, key="back_to_table")

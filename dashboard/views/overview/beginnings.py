"""Where to begin: buttons that choose a sample which the model answers rightly, or a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.named import counted
from shared.choice import select_sample
from shared.plain import markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def sample_buttons(run: Run, sample_id: str) -> None:
    """Samples to begin with, a button each; the chosen one cannot be pressed."""
    first = resources.first_samples(run.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="beginnings"):
        for number, right in enumerate(first.right, start=1):
            _button(markdown("Right answer {}", number), right, ":material/check:", sample_id)
        if first.mistake is None:
            unseen = counted(len(run.test_bank), "unseen sample")
            st.caption(markdown("There is no mistake among the {} kept here.", unseen))
        else:
            _button("A mistake", first.mistake, ":material/close:", sample_id)


def _button(label: str, offered: str, icon: str, chosen: str) -> None:
    st.button(
        label,
        key=f"begin-{offered}",
        icon=icon,
        on_click=select_sample,
        args=(offered,),
        disabled=offered == chosen,
        width="content",
    )

"""The samples that a visitor came by, so that the former one is a press away."""

from __future__ import annotations

import streamlit as st

from shared.choice import select_sample
from shared.own import OWN
from shared.plain import markdown
from shared.sample import YOUR_OWN


def move_on(run_name: str, former: str, sample_id: str) -> None:
    """Makes a sample the chosen one and remembers the ``former``. Use it as a callback."""
    _trail(run_name).append(former)
    select_sample(sample_id)


def way_back(run_name: str, sample_id: str) -> None:
    """A button back to the sample before the chosen one; nothing where there is none."""
    trail = _trail(run_name)
    while trail and trail[-1] == sample_id:  # went back in another way, such as the browser's
        trail.pop()
    if trail:
        st.button(
            markdown("Back to {}", YOUR_OWN if trail[-1] == OWN else trail[-1]),
            key="way_back",
            icon=":material/arrow_back:",
            on_click=_go_back,
            args=(run_name,),
            width="stretch",
        )


def _go_back(run_name: str) -> None:
    select_sample(_trail(run_name).pop())


def _trail(run_name: str) -> list[str]:
    """Ids of the samples before the chosen one, the last one last; each run has its own."""
    trail: list[str] = st.session_state.setdefault(f"trail|{run_name}", [])
    return trail

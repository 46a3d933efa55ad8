"""What was clicked or lassoed on the map: kept as ids, drawn beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from widgets.cards import input_card
from widgets.choice import is_unseen, select_sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

SHOWN = 12


def remember_selection(chart: str) -> None:
    """Keeps the ids of the points that were clicked or lassoed; one point alone becomes the chosen sample."""
    points = st.session_state[chart]["selection"]["points"]
    found = [str(point["customdata"]) for point in points if point.get("customdata")]
    st.session_state["map_inputs"] = found
    if len(found) == 1:
        select_sample(found[0].rsplit("/", 1)[0])


def known_selection(run: Run) -> list[tuple[str, str]]:
    """(sample id, modality) of what was selected, less what this run does not have."""
    ids = {*run.bank.sample_ids.tolist(), *run.test_bank.sample_ids.tolist()}
    split = (entry.rsplit("/", 1) for entry in st.session_state.get("map_inputs", []))
    return [(sample, modality) for sample, modality in split if sample in ids and modality in run.bank.sides]


def show_selection(run: Run) -> None:
    """The inputs of the last lasso, drawn: all of a few, an even spread of many."""
    known = known_selection(run)
    if len(known) < 2:
        st.caption("Click a point to choose its sample. Draw a box or a lasso (buttons above the map) to see many.")
        return
    shown = known[:: -(-len(known) // SHOWN)]
    st.markdown(f"**Your selection**: showing {len(shown)} of {len(known):,} inputs")
    with st.container(height=430, border=False):
        columns = st.columns(2)
        for position, (sample, modality) in enumerate(shown):
            with columns[position % 2]:
                row = run.find(sample)[1]
                input_card(run, modality, row, test=is_unseen(sample), size=84, key="lasso")

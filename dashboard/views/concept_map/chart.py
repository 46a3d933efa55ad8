"""The map itself, below what its shapes and colours say, and above how much it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concept_map import described
from drawings.map_legend import legend
from sharcs_core.named import counted, listed
from shared.plain import markdown
from views.concept_map.overlay import MAP_KEY
from views.concept_map.selection import remember_selection

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from views.concept_map.controls import MapChoice

CONFIG = {
    "scrollZoom": True,
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d"],
}


def map_chart(run: Run, shown: MapChoice) -> None:
    """The map; what is drawn around on it is remembered. Of clicks its script tells, see ``overlay.py``."""
    n_drawn = len(resources.map_rows(run.name, shown.unseen))
    st.html(legend(run.task, shown.colour, shown.detail, keys=resources.map_inputs(run.name).keys))
    key = f"map-{run.name}-{shown.method}-{shown.colour}-{shown.detail}-{shown.unseen}"
    with st.container(key=MAP_KEY):
        st.plotly_chart(
            resources.map_figure(run.name, shown.method, shown.colour, shown.detail, shown.unseen),
            key=key,
            on_select=lambda: remember_selection(run.name, key, shown.method, unseen=shown.unseen),
            selection_mode=("box", "lasso"),
            config=CONFIG,
            alt=described(run.task, n_drawn, shown.method, shown.colour),
        )
    st.caption(
        markdown(
            "Showing {:,} of {}{}, each as {}. The pink rings are the inputs of the chosen sample.",
            len(run.bank),
            counted(run.metrics["n_train"], "training sample"),
            f", and {counted(len(run.test_bank), 'unseen one')}" if shown.unseen else "",
            listed([modality.title for modality in run.card.modalities]),
        )
    )

"""The map itself, below what its shapes and colours say, and above how much it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

import resources
from drawings.concept_map import described
from drawings.map_legend import legend
from sharcs_core.named import counted, listed
from sharcs_core.selections import mistakes_first
from shared.plain import markdown, plain
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


MANY = 4000
"""More points than that are painted on as many pixels as the page has; fewer on twice as many each way, by Plotly."""


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
            config={**CONFIG, **({"plotGlPixelRatio": 1} if n_drawn > MANY else {})},
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
    if said := _how_many(run, n_drawn, unseen=shown.unseen):
        st.caption(plain(said))


def _how_many(run: Run, n_drawn: int, *, unseen: bool) -> str:
    """How many of the inputs are drawn, and what the others are for; nothing where all are."""
    table, is_there = resources.map_inputs(run.name), resources.on_map(run.name, unseen)
    n_there = len(table.ids[is_there])
    if n_drawn == n_there:
        return ""
    drawn = table.take(resources.map_rows(run.name, unseen))
    n_mistakes = len(mistakes_first(drawn, np.ones(n_drawn, dtype=bool))[0])
    n_all = len(mistakes_first(table, is_there)[0])
    mistakes = "every mistake" if n_mistakes == n_all else f"{n_mistakes:,} of {n_all:,} mistakes"
    return (
        f"{n_drawn:,} of {n_there:,} inputs are drawn: of each kind and answer its share, and {mistakes}. Neighbours, "
        "selections and counts go by all of them."
    )

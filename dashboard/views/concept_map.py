"""Concept map: all inputs of all modalities in one picture of the shared space."""

from __future__ import annotations

import streamlit as st

import resources
from figures.concept_map import legend, marks
from figures.theme import CHOSEN
from widgets.cards import sample_card
from widgets.choice import current_run, current_sample_id
from widgets.map_controls import choose_map
from widgets.map_overlay import ATLAS_KEY, MAP_KEY, map_overlay
from widgets.map_selection import remember_selection, show_selection
from widgets.modality import in_words

st.title("Concept map")
run = current_run()
sample_id = current_sample_id(run)
st.markdown(
    "Every point is one input, placed by its **shared concepts** alone. Where shapes mix, the model has understood "
    "that different kinds of data mean the same."
)

shown = choose_map(run)
left, right = st.columns([2.3, 1], gap="large")
chart = f"map-{run.name}-{shown.method}-{shown.colour}-{shown.detail}-{shown.unseen}"
left.html(legend(run.task, shown.colour, shown.detail))
with left, st.container(key=MAP_KEY):
    st.plotly_chart(
        resources.map_figure(run.name, shown.method, shown.colour, shown.detail, shown.unseen),
        key=chart,
        on_select=lambda: remember_selection(chart),
        selection_mode=("points", "box", "lasso"),
        config={
            "scrollZoom": True,
            "displaylogo": False,
            "displayModeBar": True,
            "modeBarButtonsToRemove": ["toImage", "autoScale2d"],
        },
        alt="Map of the shared concepts of all inputs",
    )
with left:
    kinds, extra = in_words([modality.title.lower() for modality in run.task.modalities]), ""
    if shown.unseen:
        extra = f", and {len(run.test_bank):,} unseen ones"
    st.caption(
        f"Showing {len(run.bank):,} of {run.metrics['n_train']:,} training samples{extra}, each as {kinds}. "
        "The pink rings are the chosen sample."
    )
with right:
    st.markdown("**Chosen sample**")
    sample_card(run, sample_id, size=112)
    show_selection(run)
with left:
    atlas = resources.atlas(run.name)
    with st.container(key=ATLAS_KEY):
        st.image(atlas.sheet, output_format=atlas.format)
    map_overlay(
        {
            "marks": marks({"train": run.bank, "test": run.test_bank}, sample_id, shown.method),
            "chosen": CHOSEN,
            "starts": dict(atlas.starts),
            "tile": list(atlas.tile),
            "sentences": {side: list(said) for side, said in atlas.sentences.items()},
            "columns": atlas.columns,
        }
    )

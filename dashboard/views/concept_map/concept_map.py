"""Concept map: all inputs of all modalities in one picture of the shared space."""

from __future__ import annotations

import numpy as np
import streamlit as st

import resources
from drawings.concept_map import described, legend
from drawings.map_names import counted_by
from sharcs_core.named import listed
from sharcs_core.selections import describe_selection, mistakes_first
from shared.cards import sample_card, say_why
from shared.choice import current_run, current_sample_id
from views.concept_map.controls import choose_map
from views.concept_map.overlay import MAP_KEY, map_overlay
from views.concept_map.panel import show_selection
from views.concept_map.selection import (
    by_side,
    choose_clicked,
    choose_group,
    choose_listed,
    clear_selection,
    is_fresh,
    remember_selection,
    restore_selection,
    selected_rows,
    write_link,
)

st.title("Concept map")
run = current_run()
sample_id = current_sample_id(run)
st.markdown(
    "Every point is one input, placed by its **shared concepts** alone. Where shapes mix, the model has understood "
    "that different kinds of data mean the same."
)

shown = choose_map(run)
table, fresh = resources.map_inputs(run.name), is_fresh()
among = (table.parts == "train") | shown.unseen
n_shown = (len(run.bank) + shown.unseen * len(run.test_bank)) * len(run.task.modalities)
rows = selected_rows(table, unseen=shown.unseen)
write_link(table, rows)
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
        alt=described(run.task, n_shown, shown.method, shown.colour),
    )
with left:
    kinds, extra = listed([modality.title for modality in run.task.modalities]), ""
    if shown.unseen:
        extra = f", and {len(run.test_bank):,} unseen ones"
    st.caption(
        f"Showing {len(run.bank):,} of {run.metrics['n_train']:,} training samples{extra}, each as {kinds}. "
        "The pink rings are the inputs of the chosen sample."
    )
with right:
    st.markdown("**Chosen sample**")
    sample_card(run, sample_id, size=112)
    say_why(run, resources.why(run.name, sample_id))
    meaning = counted_by(run.task, table, shown.colour, shown.detail)
    said = describe_selection(table, rows, meaning.group, among) if len(rows) else None
    choose_group(run, table, meaning, among)
    listed = said.rows if said else np.concatenate(mistakes_first(table, among))
    choose_listed(run, table, listed, what="your selection" if said else "the map")
    show_selection(run, table, said, meaning)
with left:
    map_overlay(
        run,
        sample_id,
        shown.method,
        resources.map_names(run.name, shown.method, shown.colour, shown.detail),
        by_side(table, rows),
        fresh=fresh,
        on_restored=lambda: restore_selection(run.name),
        on_clicked=choose_clicked,
        on_cleared=clear_selection,
    )

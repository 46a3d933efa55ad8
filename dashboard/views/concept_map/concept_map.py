"""Concept map: all inputs of all modalities in one picture of the shared space."""

from __future__ import annotations

import numpy as np
import streamlit as st

import resources
from drawings.map_names import counted_by
from sharcs_core.selections import describe_selection, mistakes_first
from shared.cards import sample_card, say_why
from shared.choice import current_run, current_sample
from views.concept_map.chart import map_chart
from views.concept_map.controls import choose_map
from views.concept_map.panel import show_selection
from views.concept_map.selection import (
    choose_group,
    choose_listed,
    is_fresh,
    selected_rows,
    write_link,
)

st.title("Concept map")
run = current_run()
sample = current_sample(run)
st.markdown(
    "Every point is one input, placed by its **shared concepts** alone. Where shapes mix, the model says the same of "
    "different kinds of data."
)

shown = choose_map(run)
table, fresh = resources.map_inputs(run.name), is_fresh(run.name)
among = resources.on_map(run.name, shown.unseen)
rows = selected_rows(run.name, table, unseen=shown.unseen)
write_link(run.name, table, rows)
left, right = st.columns([2.3, 1], gap="large")
with left:
    map_chart(sample, shown, rows, fresh=fresh)
with right:
    st.markdown("**Chosen sample**")
    sample_card(sample, size=112)
    say_why(run, sample.why())
    meaning = counted_by(run.task, table, shown.colour, shown.detail)
    said = describe_selection(table, rows, meaning.group, among) if len(rows) else None
    choose_group(run, table, meaning, among)
    offered = said.rows if said else np.concatenate(mistakes_first(table, among))
    choose_listed(run, table, offered, what="your selection" if said else "the map")
    show_selection(run, table, said, meaning)

"""Intervention: what the model would say if it saw other concepts, and what would change its answer."""

from __future__ import annotations

import streamlit as st

import resources
from shared.cards import draw_sample, say_why, verdict
from shared.choice import current_run, current_sample_id
from shared.intervene.editor import Editor
from shared.intervene.intervene import intervene
from shared.plain import code, markdown

st.title("Intervention")
run = current_run()
sample_id = current_sample_id(run)
st.markdown(
    "Change what the model believes it sees, *concept* by concept, and watch its answer and its reasons change.",
    help="A **concept** is one number between 0 (off) and 1 (on) that the model reads off an input. All modalities "
    "share one set of concepts. Those that follow something known, such as a colour, are changed together: one "
    "value is chosen. An edit replaces the numbers, not the input.",
)
inputs, reasons = st.columns([3, 2], gap="large")
with inputs:
    draw_sample(run, sample_id, size=104)
with reasons:
    st.markdown(markdown("{}  \n{}  \n{}", code(sample_id), run.card.question, verdict(run, sample_id)))
    say_why(run, resources.why(run.name, sample_id))
explanation = resources.explanation(run.name, sample_id)
own_row = None if run.is_unseen(sample_id) else run.find(sample_id)[1]
editor = Editor(
    f"{run.name}|{sample_id}", explanation.shared, run.model.config.factors, own_row, run.model.config.states
)
intervene(run, editor, explanation)

"""Intervention: what the model would say if it saw other concepts, and what would change its answer."""

from __future__ import annotations

import streamlit as st

from shared.cards import draw_sample, say_why, verdict
from shared.choice import current_run, current_sample
from shared.intervene.intervene import intervene
from shared.plain import markdown

st.title("Intervention")
run = current_run()
sample = current_sample(run)
st.markdown(
    "Change what the model believes it sees, *concept* by concept, and watch its answer and its reasons change.",
    help="A **concept** is one number between 0 (off) and 1 (on) that the model reads off an input. All modalities "
    "share one set of concepts. Those that follow something known, such as a colour, are changed together: one "
    "value is chosen. An edit replaces the numbers, not the input.",
)
inputs, reasons = st.columns([3, 2], gap="large")
with inputs:
    draw_sample(sample, size=104)
with reasons:
    st.markdown(markdown("{}  \n{}  \n{}", sample.shown, run.card.question, verdict(sample)))
    say_why(run, sample.why())
intervene(sample)

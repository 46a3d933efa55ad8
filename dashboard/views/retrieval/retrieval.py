"""Cross-modal retrieval: what means the same as this input, in any kind of data, and what the model makes of less."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from shared.cards import draw_sample, say_why, verdict
from shared.choice import current_run, current_sample
from shared.missing import predict_without
from shared.modality import choose_modality
from shared.plain import markdown
from shared.where import where_below
from views.retrieval.comparison import compare
from views.retrieval.gallery import gallery
from views.retrieval.search import choose_search, compared_neighbour, show_neighbours
from views.retrieval.trail import move_on, way_back

st.title("Cross-modal retrieval")
st.markdown(
    "All modalities share one set of concepts. So an input of one kind finds those of another of which the model says "
    "the same.",
    help="A *modality* is a kind of input, such as pictures or graphs. A *concept* is a number between 0 (off) and "
    "1 (on) that the model reads off an input of any modality.",
)
chosen_run = current_run()
sample = current_sample(chosen_run)
left, right = st.columns([1, 2.05], gap="medium")
with right:
    asked, searched = choose_search(sample)
    picked = f"compared|{chosen_run.name}|{sample.id}|{asked}|{searched}"
    show_neighbours(sample, asked, searched, picked)
with left:
    way_back(chosen_run.name, sample.id)
    named = markdown("Sample {}", sample.shown) if sample.origin else sample.shown
    st.markdown(markdown("{}  \n{}", named, verdict(sample)))
    draw_sample(sample, size=104)
    where_below(sample, size=104)
    say_why(chosen_run, replace(sample.why(), agreements=()))
    shown = sample.explanation()
    compared = compared_neighbour(shown.neighbours[asked][searched], picked)
    if compared is not None:
        number, nearest = compared
        compare(chosen_run, (asked, shown.shared[asked]), nearest, number)
predict_without(sample)
others = st.expander("Choose another sample", icon=":material/grid_view:", key="gallery", on_change="rerun")
if others.open:  # so many pictures are not sent with every page
    with others:
        shown_as = choose_modality(chosen_run, "Show", "gallery_modality")
        gallery(chosen_run, shown_as, partial(move_on, chosen_run.name, sample.id))

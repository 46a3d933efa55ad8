"""Cross-modal retrieval: what means the same as this input, in any kind of data."""

from __future__ import annotations

import streamlit as st

import resources
from figures.concepts import concept_bars
from sharcs_core.checkpoints import Run
from widgets.cards import draw_sample, key_name, verdict
from widgets.choice import current_run, current_sample_id
from widgets.gallery import gallery
from widgets.missing import predict_without
from widgets.modality import choose_modality, titles_of
from widgets.neighbours import DISTANCE_HELP, neighbour_grid


def retrieve(run: Run, sample_id: str) -> None:
    """The neighbours of one input of the sample among the inputs of a modality."""
    titles = titles_of(run)
    with st.container(horizontal=True, gap="large"):
        query = choose_modality(run, "Ask with", "ask_with", help="The input whose neighbours you see.")
        target = choose_modality(
            run, "Look among", "look_among", default=1, help="The training inputs that are searched."
        )
    bank, row = run.find(sample_id)
    explanation = resources.explanation(run.name, sample_id)
    meaning = int(bank.sides[query].semantics[row])
    found = explanation.neighbours[query][target]
    same = sum(neighbour.key == meaning for neighbour in found)
    st.markdown(
        f"##### {titles[target]}: nearest to this {titles[query].lower()} ({key_name(run, query, meaning)})",
        help=DISTANCE_HELP,
    )
    st.caption(f"{same} of these {len(found)} mean the same. Searched: {len(run.bank):,} training inputs.")
    neighbour_grid(run, found, key="neighbour", meaning=meaning)
    if found:
        nearest = {query: explanation.shared[query], f"{target}|nearest": run.bank.sides[target].shared[found[0].row]}
        st.markdown(
            "**Concepts of the two**",
            help="Each bar is one shared concept between 0 (off) and 1 (on); the dashed line "
            "is 0.5. Where both bars of a column are high, the two inputs agree.",
        )
        st.html(
            concept_bars(
                nearest,
                {query: titles[query], f"{target}|nearest": "nearest"},
                run.concept_names,
                resources.concept_meanings(run.name),
            )
        )


st.title("Cross-modal retrieval")
st.markdown(
    "All modalities share one set of concepts. So an input of one kind finds those of another that mean the same.",
    help="A *modality* is a kind of input, such as pictures or graphs. A *concept* is a number between 0 (off) and "
    "1 (on) that the model reads off an input of any modality.",
)
chosen_run = current_run()
chosen_id = current_sample_id(chosen_run)
left, right = st.columns([1, 3], gap="large")
with left:
    st.markdown(f"Sample `{chosen_id}`")
    draw_sample(chosen_run, chosen_id, size=120)
    st.markdown(verdict(chosen_run, chosen_id))
with right:
    retrieve(chosen_run, chosen_id)
with st.expander("Choose another sample", icon=":material/grid_view:"):
    gallery(chosen_run, choose_modality(chosen_run, "Show", "gallery_modality"))
if st.toggle("Predict with a modality missing", key="predict_missing"):
    predict_without(chosen_run, chosen_id)

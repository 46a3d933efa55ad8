"""Cross-modal retrieval: what means the same as this input, in any kind of data, and what the model makes of less."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

import resources
from sharcs_core.checkpoints import Run
from sharcs_core.likeness import votes_of
from shared.cards import draw_sample, key_name, say_why, verdict
from shared.choice import current_run, current_sample_id
from shared.missing import predict_without
from shared.modality import choose_modality, titles_of
from shared.neighbours import DISTANCE_HELP, neighbour_grid
from shared.plain import plain
from views.retrieval.comparison import compare
from views.retrieval.gallery import gallery
from views.retrieval.trail import move_on, way_back


def choose_search(run: Run, sample_id: str) -> tuple[str, str]:
    """The modality that is asked with, at first the one that was misread, and the one that is searched."""
    readings, names = resources.why(run.name, sample_id).readings, list(titles_of(run))
    misread = [name for name in names if readings[name].is_misread]
    # A sample with a misread input has a choice of its own, which opens there; all others share one.
    asking = f"ask_with|{sample_id}" if misread else "ask_with"
    with st.container(horizontal=True, gap="medium"):
        query = choose_modality(
            run,
            "Ask with",
            asking,
            default=names.index(misread[0]) if misread else 0,
            help="The input whose neighbours you see. It opens on the one that the model misread, if any.",
        )
        target = choose_modality(
            run,
            "Look among",
            f"look_among|{query}",
            default=next(place for place, name in enumerate(names) if name != query),
            help="The training inputs that are searched.",
        )
    return query, target


def remember(key: str, place: int) -> None:
    """Which of the neighbours is compared."""
    st.session_state[key] = place


def show_neighbours(run: Run, sample_id: str, query: str, target: str, comparison: str) -> None:
    """What is nearest to the query among the inputs of a modality, and how much of it means the same."""
    titles, explanation = titles_of(run), resources.explanation(run.name, sample_id)
    reading = resources.why(run.name, sample_id).readings[query]
    found = explanation.neighbours[query][target]
    votes = votes_of(found, reading.truth)
    st.markdown(f"##### {titles[target]}: nearest to this {titles[query]}", help=DISTANCE_HELP)
    commonest = ", ".join(f"{n} × {plain(key_name(run, target, key))}" for key, n in votes.by_key[:3])
    st.caption(
        f"{votes.same} of {votes.n} mean the same, {plain(reading.truth_words)}. They mean: {commonest}. "
        f"Searched: {len(run.bank):,} training inputs."
    )
    neighbour_grid(
        run,
        found,
        key="neighbour",
        query=(query, explanation.shared[query]),
        meaning=reading.truth,
        on_choose=partial(move_on, run.name, sample_id),
        on_compare=partial(remember, comparison),
        compared=st.session_state.get(comparison, 0),
    )


st.title("Cross-modal retrieval")
st.markdown(
    "All modalities share one set of concepts. So an input of one kind finds those of another that mean the same.",
    help="A *modality* is a kind of input, such as pictures or graphs. A *concept* is a number between 0 (off) and "
    "1 (on) that the model reads off an input of any modality.",
)
chosen_run = current_run()
chosen_id = current_sample_id(chosen_run)
left, right = st.columns([1, 2.05], gap="medium")
with right:
    asked, searched = choose_search(chosen_run, chosen_id)
    picked = f"compared|{chosen_run.name}|{chosen_id}|{asked}|{searched}"
    show_neighbours(chosen_run, chosen_id, asked, searched, picked)
with left:
    way_back(chosen_run.name, chosen_id)
    st.markdown(f"Sample `{chosen_id}`  \n{verdict(chosen_run, chosen_id)}")
    draw_sample(chosen_run, chosen_id, size=104)
    say_why(chosen_run, replace(resources.why(chosen_run.name, chosen_id), agreements=()))
    shown = resources.explanation(chosen_run.name, chosen_id)
    nearest = shown.neighbours[asked][searched]
    number = min(st.session_state.get(picked, 0), len(nearest) - 1)
    if nearest:
        compare(chosen_run, (asked, shown.shared[asked]), nearest[number], number)
predict_without(chosen_run, chosen_id)
others = st.expander("Choose another sample", icon=":material/grid_view:", key="gallery", on_change="rerun")
if others.open:  # so many pictures are not sent with every page
    with others:
        shown_as = choose_modality(chosen_run, "Show", "gallery_modality")
        gallery(chosen_run, shown_as, partial(move_on, chosen_run.name, chosen_id))

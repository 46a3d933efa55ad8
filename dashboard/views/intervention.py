"""Intervention: what the model would say if it saw other concepts."""

from __future__ import annotations

import streamlit as st

import resources
from figures.concepts import concept_bars, probability_bars
from figures.theme import class_colours
from figures.tree import path_list
from sharcs_core.checkpoints import Run
from sharcs_core.interventions import Effect, effect_of
from widgets.cards import draw_sample, modality_heading, verdict
from widgets.choice import current_run, current_sample_id, is_unseen
from widgets.concept_editor import borrow, concept_column, tools
from widgets.editor import Editor
from widgets.modality import columns_for, titles_of
from widgets.scenarios import scenarios

STICKY = "<style>.st-key-outcome{position:sticky;top:3.9rem;align-self:flex-start}</style>"


@st.fragment
def edit_and_see(run: Run, sample_id: str) -> None:
    """The editor beside its outcome; an edit redraws nothing else of the page."""
    explanation = resources.explanation(run.name, sample_id)
    own_row = None if is_unseen(sample_id) else run.find(sample_id)[1]
    editor = Editor(f"{run.name}|{sample_id}", explanation.shared, run.model.config.factors, own_row)
    left, right = st.columns([3, 2], gap="large")
    with left:
        how = tools(editor)
        titles = titles_of(run)
        for column, modality in zip(columns_for(len(titles), gap="medium"), titles, strict=True):
            with column:
                st.html(modality_heading(run, modality))
                borrow(run, editor, modality, explanation.neighbours)
                concept_column(run, editor, modality, how)
    with right, st.container(key="outcome"):
        effect = effect_of(run, explanation.shared, editor.edits, exclude=own_row)
        show_outcome(run, effect, explanation.label)
    scenarios(run, editor)


def show_outcome(run: Run, effect: Effect, label: int | None) -> None:
    """Prediction, concepts and tree path, before and after."""
    names, meanings = run.task.class_names, resources.concept_meanings(run.name)
    before, after = effect.before, effect.after
    was, now = names[before.class_index], names[after.class_index]
    st.markdown(f"#### The model says {now}" + (f" *(before: {was})*" if now != was else " *(as before)*"))
    colours = class_colours(len(names))
    st.html(probability_bars(after.probabilities, names, colours, label=label, before=before.probabilities))
    st.caption("Grey: before. Colour: after. Ringed: the true class.")
    st.html(concept_bars(after.shared, titles_of(run), run.concept_names, meanings, before=before.shared))
    st.markdown(
        "**Way through the decision tree**",
        help="The tree asks about one concept after the other; it was fitted to the concepts of all training samples.",
    )
    for column, head, path, other in zip(
        st.columns(2), ("before", "after"), (before.path, after.path), (after.path, before.path), strict=True
    ):
        column.caption(head)
        column.html(path_list(path, run.concept_names, run.task, meanings, other=other))


st.title("Intervention")
chosen_run = current_run()
chosen_id = current_sample_id(chosen_run)
st.markdown(
    "Change what the model believes it sees, *concept* by concept, and watch its answer and its reasons change.",
    help="A **concept** is one number between 0 (off) and 1 (on) that the model reads off an input. All modalities "
    "share one set of concepts. Those that follow something known, such as a colour, are changed together: one "
    "value is chosen. An edit replaces the numbers, not the input.",
)
st.html(STICKY)
inputs, verdict_column = st.columns(2, gap="large", vertical_alignment="center")
with inputs:
    draw_sample(chosen_run, chosen_id, size=104)
verdict_column.markdown(f"`{chosen_id}`  \n{chosen_run.task.question}  \n{verdict(chosen_run, chosen_id)}")
edit_and_see(chosen_run, chosen_id)

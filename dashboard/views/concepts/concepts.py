"""Concepts: what each one says, how far that can be trusted, and the samples that have it."""

from __future__ import annotations

import streamlit as st

import resources
from sharcs_core.named import counted
from shared.choice import current_run, current_sample
from shared.plain import markdown, plain
from views.concepts.choice import ALL, ONE, choose_concept, choose_part, find_samples_with
from views.concepts.chosen import has_on, in_this_sample
from views.concepts.listing import concept_list
from views.concepts.name import name_field
from views.concepts.profile import answers, how_often_on, in_short, relations, sets_apart, traits
from views.concepts.samples import found_samples

st.title("Concepts")
run = current_run()
st.markdown(
    markdown(
        "The model reads every input as the same **{}**, each on or off, whatever kind of data it is. Here is "
        "what each one says, how far that holds, and which samples have it.",
        counted(len(run.concept_names), "concept"),
    ),
    help="A concept is one number between 0 and 1; above 0.5 it is *on*. All modalities share one set of concepts.",
)
part = choose_part(run)
sample = current_sample(run)
if part == ALL:
    has_on(sample)
    st.caption(
        markdown(
            "From the {} in the model's memory. Each strip shows how the inputs spread, off on the "
            "left and on on the right. Press a name for all that is known of it.",
            counted(len(run.bank), "training sample"),
        )
    )
    concept_list(run)
elif part == ONE:
    which, rename = st.columns([2, 3], gap="large")
    with which:
        concept = choose_concept(run)
        profile = resources.concept_profiles(run.name)[concept]
    with rename:
        name_field(run, profile)
    st.header(plain(profile.name), anchor=False)
    in_short(run, profile)
    st.caption(in_this_sample(sample, concept))
    st.button(
        "All samples that have it", icon=":material/search:", on_click=find_samples_with, args=(concept,), key="have_it"
    )
    how_often_on(run, profile)
    sets_apart(profile)
    traits(run, profile)
    answers(run, profile)
    relations(run, profile)
else:
    st.caption(
        "Samples in which concepts are on, or off, together, among those that are kept with the model. Press one to "
        "make it the chosen sample."
    )
    found_samples(run)

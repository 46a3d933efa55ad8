"""The controls of a sample's concepts beside what they lead to: of a sample of a run, or of what someone brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.markup import html
from sharcs_core.interventions import effect_of
from sharcs_core.named import listed
from shared.intervene.changers import what_would_change_it
from shared.intervene.concepts import concept_columns
from shared.intervene.outcome import say_outcome, show_outcome
from shared.intervene.pointed import where_pointed
from shared.intervene.scenarios import scenarios
from shared.plain import markdown

if TYPE_CHECKING:
    from shared.sample import Sample


def intervene(sample: Sample) -> None:
    """Edit the concepts of a sample. The pictures of prototypes are sent once, before any edit."""
    if not sample.editor.shared:
        deciding = listed([sample.run.card.titles[name] for name in sample.run.card.deciding], "or")
        st.info(
            markdown("The answer does not rest on what you brought, so nothing can be changed; bring {} too.", deciding)
        )
        return
    st.html(resources.prototypes(sample.run.name).style or html("<style></style>"))
    _edit_and_see(sample)


@st.fragment
@resources.one_look()
def _edit_and_see(sample: Sample) -> None:
    """The controls beside their outcome; an edit redraws nothing else of the page."""
    run, editor, explanation = sample.run, sample.editor, sample.explanation()
    left, right = st.columns([3, 2], gap="large")
    with left:
        changers = st.container()
        where_pointed(sample, editor)
        with st.container(key="controls"):
            concept_columns(run, editor, explanation.neighbours)
        scenarios(run, editor)
    effect = effect_of(run, editor.shared, editor.edits, exclude=editor.exclude)
    with right, st.container(key="outcome"):
        show_outcome(run, editor, effect, explanation.label)
    say_outcome(run, effect)
    with changers:  # last, for the search takes longest
        what_would_change_it(run, editor, effect.before.class_index, explanation.label)

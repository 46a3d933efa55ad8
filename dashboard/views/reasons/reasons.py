"""Reasons: where a guided model looks, what it says, and whether that is right; and how it is taught."""

from __future__ import annotations

import streamlit as st

import resources
from sharcs_core.errors import UserError
from shared.choice import current_run, current_sample
from shared.plain import plain
from views.reasons.chosen import shown_of
from views.reasons.head import say_answer, say_which
from views.reasons.looking import show_looking
from views.reasons.none import say_what_it_is
from views.reasons.teaching import teach

st.title(
    "Reasons",
    help="A model that was taught by explanations looks at a part of the picture, and reads class and sentence off "
    "that part alone. The words are its own, generated; nobody wrote them for this picture.",
)
run = current_run(explained=False)
try:
    kept = resources.guided(run.name)
    if kept is None:
        say_what_it_is()
        st.stop()
    shown = shown_of(current_sample(run), kept)
except UserError as error:
    st.error(plain(str(error)), icon=":material/error:")
    st.stop()
answer, looking = st.columns([2, 3], gap="medium")
with answer:
    say_which(shown)
    say_answer(shown)
with looking:
    show_looking(shown)
teach(shown)

"""The name of a concept: given, changed and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sharcs_core.checkpoints import RunError, rename_concept
from sharcs_core.checkpoints.names import MAX_NAME_LENGTH
from shared.changes import may_change
from shared.plain import markdown, plain
from views.concepts.choice import look_at

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.profiles import Profile

TOLD = "concept_renamed"


def name_field(run: Run, profile: Profile) -> None:
    """The concept's name; a field, which is saved with the run, where whoever visits may change it."""
    if may_change():
        _form(run, profile)
    else:
        st.markdown(markdown("**{}**", profile.name))
    if profile.name != profile.own_name:
        st.caption(markdown("The model's own name for it is “{}”.", profile.own_name))
    _tell()


def _form(run: Run, profile: Profile) -> None:
    key = f"name|{run.name}|{profile.concept}"
    st.session_state.setdefault(key, profile.name)
    with st.form(f"rename|{profile.concept}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", key=key, help=markdown("A name of your own, at most {} characters.", MAX_NAME_LENGTH))
        st.form_submit_button("Save", on_click=_save, args=(run, profile, key))
        if profile.concept in run.given_names:
            st.form_submit_button("Take it back", on_click=_take_back, args=(run, profile, key))


def _save(run: Run, profile: Profile, key: str) -> None:
    asked = st.session_state[key]
    _rename(run, profile, key, "" if asked.strip() == profile.own_name else asked)


def _take_back(run: Run, profile: Profile, key: str) -> None:
    _rename(run, profile, key, "")


def _rename(run: Run, profile: Profile, key: str, name: str) -> None:
    """Renames and says so, or says in one sentence why that cannot be."""
    try:
        rename_concept(run.path, profile.concept, name, len(run.concept_names))
    except RunError as error:
        st.session_state[TOLD] = (False, str(error))
        return
    look_at(profile.concept)  # so that the URL has its new name
    st.session_state[key] = name.strip() or profile.own_name
    st.session_state[TOLD] = (True, f"It is called “{st.session_state[key]}” now, on every page.")


def _tell() -> None:
    """What came of the last renaming, once."""
    was_saved, sentence = st.session_state.pop(TOLD, (True, ""))
    if sentence:
        (st.success if was_saved else st.error)(plain(sentence), icon=None)

"""Which files are this visitor's: the session knows their token, and so does the address of each page that shows them.

The address carries it for after a reload, for the way back, and for whoever the link is given to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from resources.kept import files_of, names_state
from resources.uploads import File, uploads

T = TypeVar("T")

TOKEN = "upload"
"""Name of the token in the address, and key of the field, which nobody sees, that puts it there."""
HELD = "upload_token"
"""Key of the token in the session, which the field forgets on pages without it."""
CLEARED = "upload_cleared"
"""Key of the token under which this visitor took everything away, which may be in the address for one run more."""
FORGOTTEN = "upload_forgotten"

TYPED = ""
"""The file name of what was typed: a sentence, or the values of a form."""


def get(key: str) -> File | None:
    """What was brought under a key; None for nothing."""
    token = held()
    return uploads().get(token, key) if token else None


def put(key: str, file: File) -> None:
    """Keeps what was brought, in place of what was there. For callbacks, as is all that changes what is kept."""
    st.session_state[HELD] = uploads().put(held(), key, file)


def remove(key: str) -> None:
    """Forgets what was brought under a key; with the last of it, the token."""
    token = held()
    if token and not uploads().remove(token, key):
        st.session_state[CLEARED] = st.session_state.pop(HELD)


def keys_kept() -> tuple[str, ...]:
    """What things were brought under, the one that was brought last at the end."""
    token = held()
    return uploads().keys(token) if token else ()


def read_of(file: File, run_name: str, what: str, make: Callable[[], T]) -> T:
    """What a run makes of a file, made anew where the run was trained anew."""
    return file.once(state(run_name, what), make)


def made_by(run_name: str, made: Mapping[str, Any]) -> dict[tuple[str, Hashable], Any]:
    """What a run has made of a file already, as :func:`read_of` looks for it."""
    return {state(run_name, what): value for what, value in made.items()}


def found_in(file: File, run_name: str) -> dict[str, Any]:
    """What the run as it is now has made of a file."""
    now = files_of(run_name)
    return {what: value for (what, of), value in file.made.items() if of == now}


def once(run_name: str, what: Hashable, make: Callable[[], T]) -> T:
    """What a run says of all that is kept, made anew where either is another, or a concept has another name."""
    token = held()
    key = (what, files_of(run_name), names_state(run_name))
    return uploads().once(token, key, make) if token else make()


def state(run_name: str, what: str) -> tuple[str, Hashable]:
    """The key of what a run makes: another where the run was trained anew."""
    return what, files_of(run_name)


def follow_link() -> None:
    """Takes up what the address leads to, and notes where that is forgotten."""
    linked, own = st.query_params.get(TOKEN), held()
    if own and own in uploads():
        return
    st.session_state.pop(HELD, None)
    if linked and linked in uploads():
        st.session_state[HELD] = linked
    elif own or (linked and linked != st.session_state.get(CLEARED)):
        st.session_state[FORGOTTEN] = True
        if TOKEN not in st.session_state:  # once there is a field, it alone writes it
            st.query_params.pop(TOKEN, None)


def was_forgotten() -> bool:
    """Whether something that was brought is forgotten that nobody was told of yet."""
    return bool(st.session_state.pop(FORGOTTEN, False))


def write_link(wanted: bool) -> None:
    """Puts the token of what is kept into the address of a page, or takes it out, by a field that the style hides."""
    token = held()
    st.session_state[TOKEN] = said = token if wanted and token and token in uploads() else ""
    there = st.text_input("Upload", key=TOKEN, bind="query-params", label_visibility="collapsed")
    context = get_script_run_ctx()
    if there != said and not (context and context.is_history_navigation):
        st.rerun()  # an address that is opened outweighs what is said here, once


def held() -> str | None:
    """The token of what this visitor brought."""
    token: str | None = st.session_state.get(HELD)
    return token

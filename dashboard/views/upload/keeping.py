"""Which files are this visitor's: the session knows their token, and the address of this page, for after a reload."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import streamlit as st

from resources.uploads import File, uploads

TOKEN = "upload"
"""Key of the token in the session, and its name in the address."""

TYPED = ""
"""The file name of what was typed: a sentence, or the values of a form."""


def get(key: str) -> File | None:
    """What was brought under a key; None for nothing."""
    token = st.session_state.get(TOKEN)
    return uploads().get(token, key) if token else None


def put(key: str, name: str, content: bytes, made: Mapping[Hashable, Any] | None = None) -> None:
    """Keeps what was brought, in place of what was there. For callbacks, as is all that changes what is kept.

    Args:
        made: what was made of it already.
    """
    st.session_state[TOKEN] = uploads().put(_token(), key, File(name, content, dict(made or {})))


def remove(key: str) -> None:
    """Forgets what was brought under a key; with the last of it, the token."""
    token = _token()
    if token and not uploads().remove(token, key):
        st.session_state.pop(TOKEN)
        st.query_params.pop(TOKEN, None)


def follow_link() -> None:
    """Takes up what the address leads to, and says so where that is forgotten."""
    linked, own = st.query_params.get(TOKEN), st.session_state.get(TOKEN)
    if own and own in uploads():
        return
    if linked and linked in uploads():
        st.session_state[TOKEN] = linked
    elif linked or own:
        st.session_state.pop(TOKEN, None)
        st.info("What you brought here before is forgotten. Bring it again.", icon=":material/history:")


def write_link() -> None:
    """Puts the token of what is kept into the address, and takes one out that leads nowhere."""
    token = _token()
    if token and token in uploads():
        st.query_params[TOKEN] = token
    else:
        st.query_params.pop(TOKEN, None)


def _token() -> str | None:
    token: str | None = st.session_state.get(TOKEN)
    return token

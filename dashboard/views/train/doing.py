"""What buttons of the page do, and what came of it: a sentence, once."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from sharcs_core.errors import UserError
from shared.plain import plain

TOLD = "train_told"


def do(action: Callable[[], str]) -> None:
    """Does what a button says, and keeps the sentence that it gives, or that says why it cannot be. For callbacks."""
    try:
        st.session_state[TOLD] = (True, action())
    except UserError as error:
        st.session_state[TOLD] = (False, str(error))


def tell() -> None:
    """What came of the last button, once."""
    was_done, sentence = st.session_state.pop(TOLD, (True, ""))
    if sentence:
        (st.success if was_done else st.error)(plain(sentence), icon=None)

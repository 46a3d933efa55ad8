"""A picture to paint on, or to draw a box on: what should have mattered in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from drawings.reasons import bare, white_on_black
from drawings.theme import FOR
from sharcs_core.errors import UserError
from sharcs_core.guided.figures import AT
from sharcs_core.guided.taught import mask_of_painting
from shared.component import component
from views.upload.board import content_of

if TYPE_CHECKING:
    from sharcs_core.structures import Codes
    from views.reasons.chosen import Shown

MOST = 2_000_000
"""Letters that a painting is sent in; it takes far fewer."""
KEY, FAULT = "painting", "painting_fault"
OF = "painting_of"
"""Key of what is painted over, and its height and width."""


def show_board(shown: Shown) -> None:
    """The board, with what was painted before."""
    height, width = shown.reason.light.shape
    mask = mask_of(shown.key)
    st.session_state[OF] = (shown.key, (height, width))
    component(KEY, "strokes")(
        key=KEY,
        data={
            "key": shown.key,
            "turn": st.session_state.get(_turn_key(shown.key), 0),
            "size": [width, height],
            "colour": FOR,
            "ground": bare(shown.picture, shown.look),
            "light": white_on_black(shown.reason.light > AT),
            "mask": "" if mask is None else white_on_black(mask),
            "says": "The picture, to be painted on: what should have mattered in it",
        },
        on_painted_change=_take_over,
    )


def mask_of(key: str) -> Codes | None:
    """What was painted over a picture; None for nothing."""
    mask: Codes | None = st.session_state.get(_mask_key(key))
    return mask


def put_mask(key: str, mask: Codes | None) -> None:
    """Puts something in place of what was painted. For callbacks, and before the board is there."""
    st.session_state[_mask_key(key)] = mask
    st.session_state[_turn_key(key)] = st.session_state.get(_turn_key(key), 0) + 1


def _take_over() -> None:
    sent = getattr(st.session_state[KEY], "painted", None)
    key, size = st.session_state.get(OF, ("", (0, 0)))
    if sent is None or not isinstance(sent, dict) or sent.get("key") != key:
        return  # of a picture that was left meanwhile
    content = content_of(sent, MOST)
    if content is None:
        st.session_state[FAULT] = "That was no painting; press Clear and paint again."
        return
    try:
        st.session_state[_mask_key(key)] = mask_of_painting(content, size) if content else None
    except UserError as error:
        st.session_state[FAULT] = str(error)


def _mask_key(key: str) -> str:
    return f"painted|{key}"


def _turn_key(key: str) -> str:
    return f"painted_turn|{key}"

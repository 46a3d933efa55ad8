"""A board to draw on, where inputs are drawn by hand; what is drawn is read as a file of it would be."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from resources.uploads import File
from sharcs_core.kinds import KINDS
from shared import keeping, own
from shared.component import component

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.tasks.card import Modality

DRAWN = "drawing.png"
"""What a drawing is called as a file."""
HEAD = "data:image/png;base64,"


def draw_board(run: Run, modality: Modality, kept: str) -> None:
    """The board, behind a switch; it stays where it is while what was drawn is explained below it."""
    paper = KINDS[modality.kind].paper(modality.form, run.bank.sides[modality.name].inputs)
    if paper is None:
        return
    key, file = f"board|{kept}", keeping.get(kept)
    drawn = file.content if file is not None and file.name == DRAWN else None
    if not st.toggle("Draw it", drawn is not None, key=f"board_open|{kept}", persist_state="session"):
        return
    component("board", "strokes")(
        key=key,
        data={
            **asdict(paper),
            "drawn": HEAD + base64.b64encode(drawn).decode() if drawn else "",
            "turn": st.session_state.get(f"turn|{kept}", 0),
            "says": f"A board to draw your {modality.title} on",
        },
        on_drawn_change=partial(_take_over, modality, key, kept),
    )
    if fault := st.session_state.pop(f"board_fault|{kept}", None):
        st.error(fault, icon=":material/error:")


def _take_over(modality: Modality, key: str, kept: str) -> None:
    drawn = getattr(st.session_state[key], "drawn", None)
    if drawn is None:
        return
    content = content_of(drawn, KINDS[modality.kind].max_bytes)
    if content is None:
        st.session_state[f"board_fault|{kept}"] = "That was no drawing; press Clear and draw again."
    elif content:
        own.bring(kept, File(DRAWN, content))
    else:
        own.take_away(kept)


def content_of(drawn: Any, most: int) -> bytes | None:
    """The file that the board sent; empty for an empty board, None for what no board sends.

    Args:
        most: letters that it is sent in; a drawing takes far fewer.
    """
    png = drawn.get("png") if isinstance(drawn, dict) else None
    if png == "":
        return b""
    if not isinstance(png, str) or not png.startswith(HEAD) or len(png) > most:
        return None
    try:
        return base64.b64decode(png.removeprefix(HEAD), validate=True) or None
    except (binascii.Error, ValueError):
        return None

"""Neighbours of one input: drawn, with what they mean, how far they are and which concepts they share."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concepts import concept_chips
from figures.inputs import width_of
from widgets.cards import key_name
from widgets.choice import select_sample

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Neighbour

ONE_LINE = 24
"""So many letters of a meaning fit on one line of a card."""
DISTANCE_HELP = (
    "The *distance* is Euclidean, between the shared concepts of the two inputs: 0 means the model sees the very same. "
    "The words in frames are the *concepts* that are on in both."
)


def neighbour_grid(
    run: Run, found: Sequence[Neighbour], *, key: str, meaning: int | None = None, per_row: int = 4, size: int = 104
) -> None:
    """Neighbours, nearest first, in rows; a button under each makes its sample the chosen one.

    Args:
        meaning: key of the query where it is known; neighbours that mean the same are ticked.
        key: tells apart the buttons of several grids on one page.
    """
    for start in range(0, len(found), per_row):
        for column, neighbour in zip(st.columns(per_row), found[start : start + per_row], strict=False):
            with column, st.container(border=True):
                _neighbour(run, neighbour, meaning, size, key)


def _neighbour(run: Run, neighbour: Neighbour, meaning: int | None, size: int, key: str) -> None:
    wide = width_of(run.bank.sides[neighbour.modality].inputs, size)
    picture = resources.drawing(run.name, neighbour.modality, neighbour.row, size=wide)
    meanings = resources.concept_meanings(run.name)
    chips = concept_chips(neighbour.shared_concepts, run.concept_names, neighbour.modality, meanings)
    says = escape(key_name(run, neighbour.modality, neighbour.key))
    tick = "" if meaning is None else ("✓ " if neighbour.key == meaning else "≠ ")
    told = "" if meaning is None else ("means the same" if neighbour.key == meaning else "means something else")
    st.html(
        f"<div style='display:flex;flex-direction:column;align-items:center;gap:.4rem;min-height:{size + 72}px'>"
        f"<div style='min-height:{size}px;display:flex;align-items:center'>{picture}</div>"
        f"<div style='font-size:.86rem;text-align:center;line-height:1.3'>"
        f"<b title='{told}' style='display:block;min-height:{_lines(run, neighbour.modality) * 1.3}em'>{tick}{says}</b>"
        f"<div style='opacity:.7;text-align:center'>{neighbour.distance:.2f} away</div></div>{chips}</div>"
    )
    sample_id = str(run.bank.sample_ids[neighbour.row])
    st.button(
        sample_id,
        key=f"{key}|{neighbour.modality}|{neighbour.row}",
        type="tertiary",
        width="stretch",
        on_click=select_sample,
        args=(sample_id,),
        help="Makes the sample that this input belongs to the chosen one.",
    )


def _lines(run: Run, modality: str) -> int:
    """Lines to keep for what an input means, so that cards side by side are of one height."""
    return 2 if max(map(len, run.task.modality(modality).key_names)) > ONE_LINE else 1

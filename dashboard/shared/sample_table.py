"""Samples as a table: each with its inputs drawn, what is read in them, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.concept_profile import sample_head, sample_row
from drawings.inputs import width_of
from drawings.markup import html
from shared.cards import reading_line
from shared.choice import select_sample
from shared.plain import plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.profiles import Found

PICTURE = 56
WIDTHS, NARROW = (1, 6), (1, 3)
"""Of ids and all else, on a whole page and in a part of one."""


def sample_table(run: Run, shown: Sequence[Found], *, key: str, widths: tuple[int, int] = WIDTHS) -> None:
    """A row a sample; a press on its id makes it the chosen one.

    Args:
        key: tells apart the tables of a page.
        widths: of ids and all else, in shares.
    """
    with st.container(key=f"{key}_samples", gap=None):
        st.columns(widths)[1].html(sample_head(run.card.titles))
        for one in shown:
            _row(run, one, key, widths)


def _row(run: Run, one: Found, key: str, widths: tuple[int, int]) -> None:
    name, facts = st.columns(widths, vertical_alignment="center")
    name.button(
        plain(one.sample_id),
        key=f"{key}|{one.sample_id}",
        on_click=select_sample,
        args=(one.sample_id,),
        type="primary" if st.session_state.get("sample") == one.sample_id else "tertiary",
        help="Makes it the chosen sample, on every page.",
    )
    bank, readings = run.find(one.sample_id)[0], resources.why(run.name, one.sample_id).readings
    inputs = {
        run.card.modality(modality).title: (
            resources.drawing(
                run.name, modality, one.row, test=one.part == "test", size=width_of(side.inputs, PICTURE)
            ),
            reading_line(run, readings[modality]),
        )
        for modality, side in bank.sides.items()
    }
    facts.html(sample_row(inputs, _answer(run, one)))


def _answer(run: Run, one: Found) -> Markup:
    """The model's answer, and the true one where it is another."""
    names, truth = run.card.target.names, int(run.find(one.sample_id)[0].labels[one.row])
    guess = int(resources.predictions(run.name)[one.part][one.row])
    if guess == truth:
        return html('<span class="right">✓</span> <b>{}</b>', names[guess])
    return html('<span class="wrong">✗</span> <b>{}</b> · truth <b>{}</b>', names[guess], names[truth])

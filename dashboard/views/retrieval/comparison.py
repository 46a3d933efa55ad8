"""Two inputs side by side: what both say, what only one of them says, and all their concepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.concepts import concept_bars
from drawings.markup import html, joined
from sharcs_core.likeness import BETWEEN, likeness
from shared.plain import markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Floats, Neighbour


def compare(run: Run, query: tuple[str, Floats], neighbour: Neighbour, place: int) -> None:
    """The query, a modality and its concepts (T,), beside one of its neighbours, the ``place``-th from 0."""
    titles = run.card.titles
    modality, concepts = query
    other = run.bank.sides[neighbour.modality].shared[neighbour.row]
    found = likeness(run, query, (neighbour.modality, other))
    st.markdown(markdown("##### The {} beside no. {}", titles[modality], place + 1))
    lines = (
        ("Both", found.both),
        (f"Only the {titles[modality]}", found.first),
        (f"Only no. {place + 1}", found.second),
    )
    st.html(html("<div class='likeness'>{}</div>", joined(_line(who, words) for who, words in lines if words)))
    columns = {modality: concepts, f"{neighbour.modality}|neighbour": other}
    st.html(
        concept_bars(
            columns,
            {modality: titles[modality], f"{neighbour.modality}|neighbour": f"No. {place + 1}"},
            run.concept_names,
            resources.concept_meanings(run.name),
            among=run.card.names,
        )
    )


def _line(who: str, words: Sequence[str]) -> Markup:
    return html("<p><span>{}:</span> <b>{}</b></p>", who, BETWEEN.join(words))

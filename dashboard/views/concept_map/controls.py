"""The choices of the concept map: which map, which colour, which layers. The URL carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concept_map import colours_for
from drawings.markup import html, joined
from drawings.meaning import WHOLE, meanings_of
from shared.plain import plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

METHOD_HELP = (
    "Ways to flatten many concepts to two dimensions. *t-SNE* and *UMAP* keep neighbours together, and distances "
    "between far groups mean little; they are drawn through a fine grain, so that nearly equal inputs spread into one "
    "island. *PCA* is a plain projection along the widest directions, without grain."
)
MEANING_HELP = "*Meaning*: what the input itself says. "
COLOUR_HELP = (
    "*Answer*: the true answer of its sample. *Mistakes*: inputs of samples that the model answers wrong. *Concept*: "
    "how strongly one shared concept is on. *Kind*: the modality."
)


@dataclass(frozen=True)
class MapChoice:
    """What the map shows; ``detail`` is the number of a concept, or by what the meaning is coloured."""

    method: str
    colour: str
    detail: int | str
    unseen: bool


def choose_map(run: Run) -> MapChoice:
    """Draws the controls in a row that wraps, and gives what they say."""
    side = next(iter(run.bank.sides.values()))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        method = _segments("Map", tuple(side.maps), "map_method", METHOD_HELP)
        colour = _segments("Colour", colours_for(run.task), "map_colour", _colour_help(run))
        detail: int | str = 0
        if colour == "Concept":
            detail = _choose_concept(run)
        elif colour == "Meaning":
            detail = _choose_meaning(run)
        unseen = st.toggle(
            "Unseen samples",
            key="map_unseen",
            bind="query-params",
            persist_state="session",
            help="Adds the test samples as hollow shapes.",
        )
    if colour == "Concept":
        _tell_meaning(run, int(detail))
    return MapChoice(method, colour, detail, unseen)


def _colour_help(run: Run) -> str:
    return COLOUR_HELP if run.card.own_keys else MEANING_HELP + COLOUR_HELP


def _segments(label: str, options: Sequence[str], key: str, tip: str) -> str:
    _forget_unknown(key, options)
    return st.segmented_control(
        label,
        options,
        format_func=plain,
        default=options[0],
        required=True,
        key=key,
        bind="query-params",
        persist_state="session",
        wrap=True,
        help=tip,
    )


def _forget_unknown(key: str, options: Sequence[str]) -> None:
    """A choice that another run offered, and this one does not, gives way to the first one."""
    if st.session_state.get(key) not in (None, *options):
        del st.session_state[key]


def _choose_concept(run: Run) -> int:
    """One of the concepts, by its number: so it stays the chosen one when a person renames it."""
    names = run.concept_names
    if st.session_state.setdefault("map_concept_of", run.name) != run.name:
        st.session_state["map_concept_of"] = run.name
        st.session_state.pop("map_concept", None)
    return st.selectbox(
        "Concept",
        range(len(names)),
        format_func=names.__getitem__,
        key="map_concept",
        bind="query-params",
        persist_state="session",
        width=320,
        help="A shared concept is a number from 0 (off) to 1 (on) that every modality has.",
    )


def _choose_meaning(run: Run) -> str:
    """By what the meaning is coloured, where there is a choice."""
    ways = {"the whole meaning" if way == WHOLE else way: way for way in meanings_of(run.task)}
    if len(ways) == 1:
        return WHOLE
    return ways[_segments("By", tuple(ways), "map_meaning", "What is known of a meaning, one thing at a time.")]


def _tell_meaning(run: Run, concept: int) -> None:
    meanings = resources.concept_meanings(run.name)
    told = [f"{run.card.modality(name).title}: {lines[concept]}" for name, lines in meanings.items()]
    named = html("<b>{}</b>", run.concept_names[concept])
    st.html(html('<p class="map-note">{}</p>', joined([named, *told], " · ")))

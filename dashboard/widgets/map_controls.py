"""The choices of the concept map: which map, which colour, which layers. They keep their value across pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concept_map import COLOURS
from figures.meaning import WHOLE, meanings_of

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

METHOD_HELP = (
    "Ways to flatten many concepts to two dimensions. *t-SNE* and *UMAP* keep neighbours together, and distances "
    "between far groups mean little; they are drawn through a fine grain, so that nearly equal inputs spread into one "
    "island. *PCA* is a plain projection along the widest directions, without grain."
)
COLOUR_HELP = (
    "*Meaning*: what the input itself says. *Answer*: the true answer of its sample. *Mistakes*: whether the model "
    "answered its sample right. *Concept*: how strongly one shared concept is on. *Kind*: the modality."
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
        colour = _segments("Colour", COLOURS, "map_colour", COLOUR_HELP)
        detail: int | str = 0
        if colour == "Concept":
            detail = _choose_concept(run)
        elif colour == "Meaning":
            detail = _choose_meaning(run)
        unseen = st.toggle(
            "Unseen samples", key="map_unseen", persist_state="session", help="Adds the test samples as hollow shapes."
        )
    if colour == "Concept":
        _tell_meaning(run, int(detail))
    return MapChoice(method, colour, detail, unseen)


def _segments(label: str, options: tuple[str, ...], key: str, tip: str) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="session", help=tip
    )


def _choose_concept(run: Run) -> int:
    return st.selectbox(
        "Concept",
        range(len(run.concept_names)),
        format_func=run.concept_names.__getitem__,
        key=f"map_concept-{run.name}",
        width=220,
        help="A shared concept is a number from 0 (off) to 1 (on) that every modality has.",
    )


def _choose_meaning(run: Run) -> str:
    """By what the meaning is coloured, where there is a choice."""
    ways = tuple(meanings_of(run.task))
    if len(ways) == 1:
        return ways[0]
    return st.segmented_control(
        "By",
        ways,
        default=ways[0],
        required=True,
        format_func=lambda way: "the whole meaning" if way == WHOLE else way,
        key=f"map_meaning-{run.task.name}",
        help="What is known of a meaning, one thing at a time.",
    )


def _tell_meaning(run: Run, concept: int) -> None:
    meanings = resources.concept_meanings(run.name)
    told = (f"{run.task.modality(name).title}: {lines[concept]}" for name, lines in meanings.items())
    st.caption(f"**{run.concept_names[concept]}** · " + " · ".join(told))

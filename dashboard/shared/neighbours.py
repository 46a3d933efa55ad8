"""Neighbours of one input: drawn, with what they mean, how far they are and what they share with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.inputs import width_of
from drawings.markup import NOTHING, html, joined
from sharcs_core.likeness import briefly, likeness, votes_of
from sharcs_core.meanings import UNKNOWN
from shared.cards import key_name
from shared.choice import select_sample
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Floats, Neighbour, Question

MOST_WIDE = 116
"""Of a picture, in CSS pixels: what the narrowest card has room for."""
DISTANCE_HELP = markdown(
    "The *distance* is Euclidean, between the shared concepts of the two inputs: 0 means the model sees the very same. "
    "Below it stands what both say and what only one says, as their concepts have it."
)


def neighbour_grid(
    run: Run,
    found: Sequence[Neighbour],
    *,
    key: str,
    query: tuple[str, Floats],
    meaning: int | None = None,
    size: int = 88,
    on_choose: Callable[[str], None] = select_sample,
    on_compare: Callable[[int], None] | None = None,
    compared: int | None = None,
    lit: Sequence[Question | None] = (),
) -> None:
    """Neighbours of one modality, nearest first, as cards; a button on each makes its sample the chosen one.

    Args:
        key: tells apart the buttons of several grids on one page.
        query: modality and concepts (T,) of the input that they are neighbours of.
        meaning: key of the query where it is known; neighbours that mean the same are ticked.
        on_choose: what the button does with the id of the neighbour's sample.
        on_compare: what a second button does with the neighbour's place; without it there is none.
        compared: the place of the neighbour that the query is compared with.
        lit: of each neighbour the concept whose place in it is shown beside it; by default none.
    """
    if not found:
        return
    with st.container(horizontal=True, gap="small", key=f"cards-{key}-{found[0].modality}"):
        for place, neighbour in enumerate(found):
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.html(_card(run, neighbour, query, meaning, size))
                if lit and (asked := lit[place]) is not None:
                    _lit(run, neighbour, asked, size)
                if on_compare is not None:
                    _compare_button(key, neighbour, place, compared, on_compare)
                _choose_button(run, key, neighbour, on_choose)


def _lit(run: Run, neighbour: Neighbour, asked: Question, size: int) -> None:
    """The neighbour once more, lit where a concept is read in it, under the concept's name."""
    wide = min(width_of(run.bank.sides[neighbour.modality].inputs, size), MOST_WIDE)
    drawn = resources.lit(run.name, neighbour.modality, neighbour.row, asked, wide)
    name = run.concept_names[asked.concepts[0]]
    st.html(html("<div class='neighbour'><div class='away'>{}</div><div class='picture'>{}</div></div>", name, drawn))


def _compare_button(
    key: str, neighbour: Neighbour, place: int, compared: int | None, on_compare: Callable[[int], None]
) -> None:
    st.button(
        markdown("Compare {}", place + 1),
        key=f"compare|{key}|{neighbour.modality}|{neighbour.row}",
        type="primary" if place == compared else "secondary",
        width="stretch",
        on_click=on_compare,
        args=(place,),
    )


def _choose_button(run: Run, key: str, neighbour: Neighbour, on_choose: Callable[[str], None]) -> None:
    sample_id = str(run.bank.sample_ids[neighbour.row])
    st.button(
        plain(sample_id),
        key=f"{key}|{neighbour.modality}|{neighbour.row}",
        type="tertiary",
        width="stretch",
        on_click=on_choose,
        args=(sample_id,),
        help="Makes the sample that this input belongs to the chosen one.",
    )


def _card(run: Run, neighbour: Neighbour, query: tuple[str, Floats], meaning: int | None, size: int) -> Markup:
    """A neighbour: its picture, what it means, how far it is, and what it and the query say."""
    side = run.bank.sides[neighbour.modality]
    wide = min(width_of(side.inputs, size), MOST_WIDE)
    found = likeness(run, query, (neighbour.modality, side.shared[neighbour.row]))
    alone = (("only it", found.second), (f"only the {run.card.modality(query[0]).title}", found.first))
    return html(
        "<div class='neighbour'><div class='picture' style='min-height:{}px'>{}</div>"
        "<div class='says'>{}{}</div><div class='away'>{}</div><div class='both'>both: {}</div>{}</div>",
        size,
        resources.drawing(run.name, neighbour.modality, neighbour.row, size=wide),
        _mark(run, neighbour, meaning),
        _says(run, neighbour),
        _away(neighbour.distance),
        found.words,
        joined(html("<div class='only'>{}: {}</div>", who, briefly(words)) for who, words in alone if words),
    )


def _says(run: Run, neighbour: Neighbour) -> str:
    """What a neighbour means; where neither that is known nor the input kept, the class of its sample."""
    if neighbour.key == UNKNOWN and not run.bank.is_kept:
        return f"of {run.card.target.names[int(run.bank.labels[neighbour.row])]}"
    return key_name(run, neighbour.modality, neighbour.key)


def _mark(run: Run, neighbour: Neighbour, meaning: int | None) -> Markup:
    """Whether a neighbour means the same as the query, seen and read out; nothing where that cannot be said."""
    votes = votes_of([neighbour], meaning, run.card.meanings)
    if not votes.told:
        return NOTHING
    mark, told = ("✓", "means the same: ") if votes.same else ("≠", "means something else: ")
    return html("<span aria-hidden='true'>{} </span><span class='read-out'>{}</span>", mark, told)


def _away(distance: float) -> str:
    """A distance in words that never says more than is known.

    >>> _away(0.0), _away(0.004), _away(0.31)
    ('0 away', '< 0.01 away', '0.31 away')
    """
    return f"{'< 0.01' if 0 < distance < 0.005 else f'{distance:.2f}' if distance else '0'} away"

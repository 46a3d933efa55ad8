"""What is looked for with what, and what is nearest to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from sharcs_core.likeness import Votes, votes_of
from sharcs_core.named import counted
from sharcs_core.tasks.card import NOT_KNOWN
from sharcs_core.where.choices import alike_in
from shared.cards import key_name
from shared.modality import choose_modality
from shared.neighbours import DISTANCE_HELP, neighbour_grid
from shared.plain import markdown, plain
from views.retrieval.trail import move_on

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Neighbour
    from shared.sample import Sample

ALIKE_HELP = (
    "Shows in each neighbour where a concept is read that is on in both: one that decided the answer, if there is one."
)
MOST_MEANINGS = 3
"""Of the neighbours' meanings so many are told, the commonest first."""


def choose_search(sample: Sample) -> tuple[str, str]:
    """The modality that is asked with, at first the one that was misread, and the one that is searched."""
    run, readings = sample.run, sample.why().readings
    names, present = list(run.card.titles), list(sample.inputs)
    misread = [name for name in present if readings[name].is_misread]
    # A sample with a misread input has a choice of its own, which opens there, and so have some of the inputs; all
    # others share one.
    asking = f"ask_with|{sample.id}|{present}" if misread or sample.absent else "ask_with"
    with st.container(horizontal=True, gap="medium"):
        query = choose_modality(
            run,
            "Ask with",
            asking,
            default=present.index(misread[0]) if misread else 0,
            among=present,
            help="The input whose neighbours you see. It opens on the one that the model misread, if any.",
        )
        target = choose_modality(
            run,
            "Look among",
            f"look_among|{query}",
            default=next(place for place, name in enumerate(names) if name != query),
            help="The training inputs that are searched.",
        )
    return query, target


def show_neighbours(sample: Sample, query: str, target: str, comparison: str) -> None:
    """What is nearest to the query among the inputs of a modality, and how much of it means the same.

    Args:
        comparison: key of which neighbour is compared, see :func:`compared_neighbour`.
    """
    run, explanation = sample.run, sample.explanation()
    titles, reading = run.card.titles, sample.why().readings[query]
    found = explanation.neighbours[query][target]
    st.markdown(markdown("##### {}: nearest to the {}", titles[target], titles[query]), help=DISTANCE_HELP)
    _say_votes(run, target, found, reading.truth, reading.truth_words)
    is_lit = bool(found) and run.bank.is_kept and st.toggle("Where are they alike?", key="see_alike", help=ALIKE_HELP)
    neighbour_grid(
        run,
        found,
        key="neighbour",
        query=(query, explanation.shared[query]),
        meaning=reading.truth,
        on_choose=partial(move_on, run.name, sample.id),
        on_compare=partial(_remember, comparison),
        compared=st.session_state.get(comparison, 0),
        lit=[alike_in(explanation, one) for one in found] if is_lit else (),
    )


def compared_neighbour(found: tuple[Neighbour, ...], comparison: str) -> tuple[int, Neighbour] | None:
    """The neighbour that was pressed last, and its place; the nearest at first, None where there is none."""
    place = int(st.session_state.get(comparison, 0))
    if place < len(found):
        return place, found[place]
    return (0, found[0]) if found else None


def _say_votes(run: Run, target: str, found: tuple[Neighbour, ...], truth: int | None, truth_words: str) -> None:
    votes = votes_of(found, truth, run.card.meanings)
    told = [_same_in_words(votes, truth_words), _meanings_in_words(run, target, votes)]
    searched = f"Searched: {counted(len(run.bank), 'training input')}."
    st.caption(plain(" ".join(filter(None, [*told, searched]))))


def _same_in_words(votes: Votes, truth_words: str) -> str:
    """How many of those of which it can be said mean the same; nothing where it can be said of none."""
    if not votes.told:
        return ""
    among = f"{votes.n}" if votes.told == votes.n else f"the {votes.told} of which it is known"
    return f"{votes.same} of {among} mean the same, {truth_words}."


def _meanings_in_words(run: Run, target: str, votes: Votes) -> str:
    if not votes.by_key:
        return "What they mean is not known."
    commonest = ", ".join(f"{n} × {key_name(run, target, key)}" for key, n in votes.by_key[:MOST_MEANINGS])
    unknown = f", and {votes.unknown} × {NOT_KNOWN}" if votes.unknown else ""
    return f"Their samples' answers: {commonest}." if run.card.own_keys else f"They mean: {commonest}{unknown}."


def _remember(key: str, place: int) -> None:
    st.session_state[key] = place

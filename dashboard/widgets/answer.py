"""The explanation of what someone brought: the answer, what cannot be known, the reasons, and what is alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

import resources
from figures.concepts import concept_bars, in_percent, probability_bars
from figures.place import place_on_map
from figures.theme import class_colours
from figures.tree import path_list
from sharcs_core.naming import stop_in_words
from widgets.cards import key_name
from widgets.missing import COMPANIONS_TOLD
from widgets.modality import in_words, titles_of
from widgets.neighbours import DISTANCE_HELP, neighbour_grid

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation

N_NEIGHBOURS = 5
N_VOTES = 5
"""Nearest training inputs that say what an input means: of many meanings each has only a few in memory."""


def show_answer(run: Run, explanation: Explanation) -> None:
    """The class, or plainly that it cannot be known; what each input means; the probabilities of all classes."""
    names, best = run.task.class_names, explanation.class_index
    st.markdown("##### Answer")
    if explanation.missing:
        _cannot_be_known(run, explanation)
    else:
        st.markdown(f"{run.task.question}")
        st.markdown(f"## {names[best]}")
        st.caption(f"The model is {in_percent(float(explanation.probabilities[best]))} sure.")
    for modality in explanation.local:
        st.markdown(_meaning(run, explanation, modality))
    if explanation.missing:
        st.caption(f"What the answer would be, {COMPANIONS_TOLD}:")
    st.html(probability_bars(explanation.probabilities, names, class_colours(len(names))))


def _cannot_be_known(run: Run, explanation: Explanation) -> None:
    lacking = in_words([run.task.modality(name).title.lower() for name in explanation.missing])
    question = run.task.question
    st.warning(
        f"Without a {lacking} this cannot be known for sure: {question[0].lower()}{question[1:]} "
        "What can be known is below: what your input means, and how the answers spread.",
        icon=":material/help:",
    )


def _meaning(run: Run, explanation: Explanation, modality: str) -> str:
    """What an input means, by the meanings of its nearest training inputs of any modality."""
    every = [neighbour for target in explanation.neighbours[modality].values() for neighbour in target]
    found = sorted(every, key=lambda neighbour: neighbour.distance)[:N_VOTES]
    key, votes = Counter(neighbour.key for neighbour in found).most_common(1)[0]
    return (
        f"Your {run.task.modality(modality).title.lower()} means **{key_name(run, modality, key)}**, "
        f"as {votes} of its {len(found)} nearest training inputs do."
    )


def show_reasons(run: Run, explanation: Explanation) -> None:
    """The concepts of each input, and the way through the tree."""
    names, meanings = run.concept_names, resources.concept_meanings(run.name)
    st.markdown(
        "##### Concepts",
        help="What the model reads off each input: numbers between 0 (off) and 1 (on). Hover over a bar to read its "
        "number.",
    )
    st.html(concept_bars(explanation.shared, titles_of(run), names, meanings))
    st.markdown(
        "##### Way through the decision tree",
        help="The tree asks about one concept after the other. Where it needs an input that is missing, it stops.",
    )
    stop = stop_in_words(explanation.path, explanation.shared, run.tree, names, run.task)
    st.html(path_list(explanation.path, names, run.task, meanings, stop=stop))


def show_neighbours(run: Run, explanation: Explanation) -> None:
    """The nearest training inputs of every modality, a tab for each input that was brought."""
    titles = titles_of(run)
    st.markdown("##### Neighbours", help=f"The training inputs that the model finds most alike. {DISTANCE_HELP}")
    queries = list(explanation.neighbours)
    for tab, query in zip(st.tabs([f"Of your {titles[query].lower()}" for query in queries]), queries, strict=True):
        with tab:
            for target, found in explanation.neighbours[query].items():
                st.caption(titles[target])
                neighbour_grid(run, found[:N_NEIGHBOURS], key=f"own|{query}", per_row=N_NEIGHBOURS, size=88)


def show_place(run: Run, explanation: Explanation) -> None:
    """The place of each input on the map of the run."""
    methods = list(explanation.positions)
    st.markdown(
        "##### Place on the map",
        help="Where your inputs (stars) lie among the training inputs: beside their nearest in concept space. "
        "The map itself never moves.",
    )
    method = st.segmented_control(
        "Map", methods, default=methods[0], required=True, key="own_map", label_visibility="collapsed"
    )
    figure = place_on_map(run.bank, explanation.positions[method or methods[0]], method or methods[0], titles_of(run))
    st.plotly_chart(figure, key="own_place")

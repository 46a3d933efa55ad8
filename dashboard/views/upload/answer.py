"""The explanation of what someone brought: the answer, what cannot be known, the reasons, and what is alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.concepts import concept_bars, in_percent, probability_bars
from drawings.place import place_on_map
from drawings.theme import class_colours
from drawings.tree import path_list
from drawings.words import word_chips
from sharcs_core.inference import N_COMPANIONS
from sharcs_core.named import counted, listed, lowered
from sharcs_core.naming import stop_in_words
from sharcs_core.suggestions import words_that_fit
from sharcs_core.texts import written
from shared.cards import say_why
from shared.choice import chosen_id
from shared.intervene.intervene import intervene
from shared.missing import COMPANIONS_TOLD
from shared.neighbours import DISTANCE_HELP, neighbour_grid
from shared.own import OWN, choose
from shared.plain import markdown, plain
from shared.where import where_below

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation
    from shared.sample import Sample

N_NEIGHBOURS = 5
ELSEWHERE = {
    "concept_map": ("See it on the map", "scatter_plot"),
    "retrieval": ("Its neighbours", "compare_arrows"),
    "intervention": ("Edit it", "tune"),
    "concepts": ("Its concepts", "category"),
    "tree": ("Its way through the tree", "account_tree"),
}
"""A page → what is to be seen there, and the page's icon."""


def show_answer(sample: Sample) -> None:
    """The class, or plainly that it cannot be known; why, in a sentence; the probabilities of all classes."""
    run, explanation = sample.run, sample.explanation()
    names, best = run.card.target.names, explanation.class_index
    st.markdown("##### Answer")
    if sample.absent:
        _cannot_be_known(sample)
    else:
        st.markdown(plain(run.card.question))
        st.markdown(markdown("## {}", names[best]))
        st.caption(markdown("The model is {} sure.", in_percent(float(explanation.probabilities[best]))))
    say_why(run, sample.why())
    for unusual in explanation.unusual.values():
        st.caption(plain(f"{run.card.modality(unusual.modality).title}: {unusual.says}"))
    if sample.absent:
        st.caption(plain(f"What the answer would be, {COMPANIONS_TOLD}:"))
    st.html(probability_bars(explanation.probabilities, names, class_colours(len(names))))
    if not st.session_state.get("change_it"):  # the switch stands once on a page, and beside the edits it says more
        where_below(sample)


def _cannot_be_known(sample: Sample) -> None:
    run = sample.run
    lacking = listed([lowered(run.card.modality(name).title) for name in sample.absent])
    question = run.card.question
    st.warning(
        markdown(
            "Without the {} this cannot be known for sure: {} What can be known is below: what is read in your input, "
            "and how the answers spread.",
            lacking,
            question[:1].lower() + question[1:],
        ),
        icon=":material/help:",
    )


def show_reasons(run: Run, explanation: Explanation) -> None:
    """The concepts of each input, and the way through the tree."""
    names, meanings = run.concept_names, resources.concept_meanings(run.name)
    st.markdown(
        "##### Concepts",
        help="What the model reads off each input: numbers between 0 (off) and 1 (on). Hover over a bar to read its "
        "number.",
    )
    st.html(concept_bars(explanation.shared, run.card.titles, names, meanings, among=run.card.names))
    st.markdown(
        "##### Way through the decision tree",
        help="The tree asks about one concept after the other. Where it needs an input that is missing, it stops.",
    )
    stop = stop_in_words(explanation.path, explanation.shared, run.tree, names, run.task)
    st.html(path_list(explanation.path, names, run.task, meanings, stop=stop))


def go_on() -> None:
    """Links to what was brought on other pages; where another sample is chosen, first the way to choose this one."""
    with st.container(horizontal=True, vertical_alignment="center", key="go_on"):
        if chosen_id() != OWN:
            st.button("See it on the other pages", key="choose_this", icon=":material/check:", on_click=choose)
            return
        for view, (told, icon) in ELSEWHERE.items():
            st.page_link(f"views/{view}/{view}.py", label=told, icon=f":material/{icon}:", width="content")


def change_it(sample: Sample) -> None:
    """What would change the answer, and every concept to edit, once it is asked for: the search takes a moment."""
    box = st.expander("What would change it? Edit what the model read", key="change_it", on_change="rerun")
    if not box.open:
        return
    with box:
        intervene(sample)


def show_neighbours(run: Run, explanation: Explanation) -> None:
    """The nearest training inputs of every modality, a tab for each input that was brought."""
    titles = run.card.titles
    st.markdown(
        "##### Neighbours", help=markdown("The training inputs that the model finds most alike. {}", DISTANCE_HELP)
    )
    queries = list(explanation.neighbours)
    for tab, query in zip(
        st.tabs([markdown("Of your {}", titles[query].lower()) for query in queries]), queries, strict=True
    ):
        with tab:
            for target, found in explanation.neighbours[query].items():
                st.caption(plain(titles[target]))
                neighbour_grid(run, found[:N_NEIGHBOURS], key=f"own|{query}", query=(query, explanation.shared[query]))


def show_words(run: Run, explanation: Explanation, texts: Mapping[str, str]) -> None:
    """Words that would fit what was brought, as the training samples most like it have them.

    Args:
        texts: modality → what was written there; its words are not suggested.
    """
    for modality in written(run.card, run.bank):
        table = resources.words_of(run.name, modality)
        words = words_that_fit(run.bank, explanation.shared, table, texts.get(modality, ""))
        if words:
            title = run.card.modality(modality).title
            st.markdown(
                markdown("##### Words that fit: {}", lowered(title)),
                help=markdown(
                    "Of the {} most like yours, so many have it; others have it less often. The most telling is first.",
                    counted(N_COMPANIONS, "training sample"),
                ),
            )
            st.html(word_chips(words))


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
    figure = place_on_map(run.bank, explanation.positions[method or methods[0]], method or methods[0], run.card.titles)
    st.plotly_chart(figure, key="own_place")

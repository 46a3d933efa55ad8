"""Samples by their concepts: patterns to choose, what was found as a table with pictures, and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.named import counted
from sharcs_core.profiles import ANY, EVERY, PARTS, Pattern, find_samples, n_samples, samples_csv
from shared.paging import n_pages, on_page
from shared.plain import markdown, plain
from shared.sample_table import sample_table
from views.concepts.choice import (
    MOST_PATTERNS,
    add_pattern,
    drop_patterns,
    is_set,
    key_of,
    n_patterns,
)

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

PER_PAGE = 8
EITHER_ANSWER, EITHER_PART = "Right or wrong", "Unseen and in memory"
ANSWERS = {EITHER_ANSWER: None, "Right": True, "Wrong": False}
KEPT = {EITHER_PART: tuple(PARTS), "Unseen": ("test",), "In memory": ("train",)}


def choose_patterns(run: Run) -> tuple[Pattern, ...]:
    """Which concepts have to be on and off together, and in which inputs: one pattern, or several at once."""
    n = n_patterns()
    patterns = tuple(_choose_pattern(run, place) for place in range(n))
    with st.container(horizontal=True):
        if n < MOST_PATTERNS and is_set(n - 1):
            st.button(
                "And another input with …",
                icon=":material/add:",
                on_click=add_pattern,
                args=(n,),
                help="For what two inputs have to say at once, such as one red and the other blue.",
            )
        if any(map(is_set, range(n))):
            st.button("Clear all", icon=":material/close:", on_click=drop_patterns)
    return patterns


def _choose_pattern(run: Run, place: int) -> Pattern:
    titles = run.card.titles
    wheres = {ANY: "Any input", EVERY: "Every input", **titles}
    after = "" if place == 0 else f", pattern {place + 1}"
    where, on, off = st.columns([1.6, 2, 2])
    chosen = where.selectbox(
        plain(f"Where{after}"),
        list(wheres),
        index=None,
        format_func=wheres.__getitem__,
        key=key_of("where", place),
        bind="query-params",
        help="The concepts beside it have to be on, and off, in one and the same input.",
    )
    return Pattern(
        on=_choose_concepts(run, on, f"On{after}", key_of("on", place)),
        off=_choose_concepts(run, off, f"Off{after}", key_of("off", place)),
        where=chosen or ANY,
    )


def _choose_concepts(run: Run, column: st.delta_generator.DeltaGenerator, label: str, key: str) -> tuple[int, ...]:
    names = run.concept_names
    chosen = column.multiselect(
        plain(label),
        range(len(names)),
        format_func=names.__getitem__,
        key=key,
        bind="query-params",
        placeholder="Choose concepts",
        wrap=True,
        select_all=False,
    )
    return tuple(chosen)


def choose_part_and_answer() -> tuple[tuple[str, ...], bool | None]:
    """The parts of the data that are searched, and whether the model has to be right or wrong."""
    with st.container(horizontal=True, gap="large"):
        part = st.segmented_control(
            "Samples",
            list(KEPT),
            default=EITHER_PART,
            required=True,
            key="samples_kept",
            persist_state="session",
            help="*Unseen*: test samples, which the model never trained on. *In memory*: training samples.",
        )
        answer = st.segmented_control(
            "Answered",
            list(ANSWERS),
            default=EITHER_ANSWER,
            required=True,
            key="samples_answered",
            persist_state="session",
        )
    return KEPT[part or EITHER_PART], ANSWERS[answer or EITHER_ANSWER]


def found_samples(run: Run) -> None:
    """What is asked for, how many samples have it, a file of all and a page of them."""
    patterns = choose_patterns(run)
    parts, right = choose_part_and_answer()
    predicted = resources.predictions(run.name)
    found = find_samples(run, predicted, patterns, parts, right)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(markdown("**{:,}** of {}", len(found), counted(n_samples(run, parts), "sample")))
        st.download_button(
            "Download as CSV",
            data=lambda: samples_csv(run, predicted, found).encode("utf-8-sig"),  # the mark tells Excel the encoding
            file_name=f"{run.name}-samples.csv",
            mime="text/csv",
            icon=":material/download:",
            disabled=not found,
            help="All of them: ids, answers, what each input means, and the value of every concept by name.",
        )
        most = n_pages(len(found), PER_PAGE)
        page = st.number_input(
            markdown("Page of {}", most), 1, most, key=f"found|{patterns}|{parts}|{right}", width=130
        )
    if found:
        sample_table(run, on_page(found, page, PER_PAGE), key="found")
    else:
        st.info("No sample has these together. Take one of them out, or look in any input.", icon=":material/search:")

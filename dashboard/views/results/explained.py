"""Where concepts are read, and what explanations bring: the tables of two benchmarks of their own."""

from __future__ import annotations

import streamlit as st

import resources
from drawings.plain_table import plain_table
from sharcs_benchmark.tables.reasons import SAYS as REASONS_SAY
from sharcs_benchmark.tables.where import HEAD, where_rows
from sharcs_benchmark.tables.where import SAYS as WHERE_SAYS
from shared.plain import Markdown, code, markdown, plain

ROUNDS = {"reasons": "With today's settings", "reasons_first": "First round, with earlier settings"}
"""Folder of cells → what they are."""
NONE = markdown("There are no results in {} yet.", code("benchmarks/results"))


def show_where() -> None:
    """Whether concepts are read where they truly are, a row an input of a run."""
    results = resources.where_results()
    for fault in results.faults:
        st.warning(plain(fault), icon=":material/warning:")
    rows = where_rows(results)
    if not rows:
        st.info(NONE)
        return
    st.markdown(Markdown(WHERE_SAYS))
    st.html(plain_table("Where concepts are read", HEAD, rows))


def show_reasons() -> None:
    """Models that explanations taught beside others, round by round."""
    rounds = {told: found for name, told in ROUNDS.items() if (found := resources.reasons_results(name))}
    if not rounds:
        st.info(NONE)
        return
    st.markdown(Markdown(REASONS_SAY))
    for told, sections in rounds.items():
        st.subheader(plain(told), anchor=False)
        for section in sections:
            st.markdown(markdown("**{}**", section.title))
            st.html(plain_table(section.title, section.head, section.rows))

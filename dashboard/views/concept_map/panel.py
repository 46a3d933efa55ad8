"""What is to be said of the inputs that are selected on the map: how many of what, what sets them apart, the strays."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from sharcs_core.readings import UNREAD
from sharcs_core.selections import read_as, share_in_words, summed
from shared.cards import input_card, key_name
from shared.modality import titles_of
from views.concept_map.selection import clear_selection

if TYPE_CHECKING:
    from drawings.meaning import Meaning
    from sharcs_core.checkpoints import Run
    from sharcs_core.selections import InputTable, Selection
    from sharcs_core.structures import Ints

MOST_GROUPS, MOST_CONCEPTS, MOST_CARDS = 6, 5, 12


def show_selection(run: Run, table: InputTable, said: Selection | None, meaning: Meaning) -> None:
    """The panel of a selection whose groups are those of ``meaning``; without one, how to make one."""
    if said is None:
        st.caption("Click a point to choose its sample. Draw a box or a lasso (buttons above the map) to compare many.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Your selection: {_n(said.n, 'input')}**", width="content")
        st.button("Clear", key="clear_selection", on_click=clear_selection, icon=":material/close:", type="tertiary")
    st.html(f'<div class="map-panel">{_counts(run, said, meaning)}{_answered(said)}{_apart(run, said)}</div>')
    _draw_inputs(run, table, said, meaning)


def _n(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _counts(run: Run, said: Selection, meaning: Meaning) -> str:
    """HTML table of the most frequent groups by modality, the others as one row."""
    titles, rest = titles_of(run), said.counts[MOST_GROUPS:]
    rows = [(meaning.names[count.group], count) for count in said.counts[:MOST_GROUPS]]
    rows += [(f"{len(rest)} more", summed(rest))] if rest else []
    rows += [("all", summed(said.counts))] if len(said.counts) > 1 else []
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles.values())
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{count.by_modality.get(modality, 0):,}</td>" for modality in titles)
        + f"<td><b>{count.n:,}</b></td></tr>"
        for name, count in rows
    )
    return f'<table><thead><tr><th scope="col">means</th>{head}<th scope="col">all</th></tr></thead>{body}</table>'


def _answered(said: Selection) -> str:
    """HTML: how many belong to samples answered right and wrong, and how many of the wrong ones are misread."""
    samples = f"They belong to {_n(said.n_samples, 'sample')}."
    if not said.n_wrong:
        return f'<p>{samples} <span class="right">✓</span> All are answered right.</p>'
    right = f'<span class="right">✓</span> {_n(said.n_right, "input")} of samples answered right; '
    misread = f"{said.n_misread:,} of these misread" if said.n_misread else "none of these misread"
    wrong = f'<span class="wrong">✗</span> {_n(said.n_wrong, "input")} of samples answered wrong, {misread}'
    return f"<p>{samples} {right if said.n_right else ''}{wrong}.</p>"


def _apart(run: Run, said: Selection) -> str:
    """HTML: the concepts that set the selection apart from the rest of the map."""
    if not said.concepts:
        return "<p>No concept sets these apart from the rest of the map.</p>"
    found = [share_in_words(share, run.concept_names) for share in said.concepts]
    more = f"<li>and {len(found) - MOST_CONCEPTS} more concepts</li>" if len(found) > MOST_CONCEPTS else ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in found[:MOST_CONCEPTS])
    return f"<p>What sets them apart from the rest of the map:</p><ul>{lines}{more}</ul>"


def _draw_inputs(run: Run, table: InputTable, said: Selection, meaning: Meaning) -> None:
    """The strays, then an even spread of the others; a press on an id makes its sample the chosen one."""
    strays = said.strays[:MOST_CARDS]
    room = MOST_CARDS - len(strays)
    others = said.others[:: max(1, -(-len(said.others) // room))] if room else said.others[:0]
    with st.container(height=430, border=False, key="map_inputs_drawn"):
        if len(strays) and said.majority is not None:
            majority = escape(meaning.names[said.majority])
            st.html(
                f'<p class="map-note"><b>{_n(len(said.strays), "stray")}</b>, in a selection of mostly {majority}</p>'
            )
            _cards(run, table, strays)
        if len(others):
            title = "The others" if len(strays) else "Inputs of the selection"
            st.html(f'<p class="map-note"><b>{title}</b>, {len(others)} of {len(said.others):,}</p>')
            _cards(run, table, others)


def _cards(run: Run, table: InputTable, rows: Ints) -> None:
    """The inputs two in a row."""
    read = read_as(run, table, rows)
    for start in range(0, len(rows), 2):
        for column, row, key in zip(st.columns(2), rows[start : start + 2], read[start : start + 2], strict=False):
            modality = str(table.modalities[row])
            with column:
                input_card(
                    run,
                    modality,
                    int(table.places[row]),
                    _caption(run, modality, int(table.keys[row]), int(key)),
                    test=table.parts[row] == "test",
                    size=84,
                    key="lasso",
                )


def _caption(run: Run, modality: str, key: int, read: int) -> str:
    """HTML of what an input means, and what it is read as where that is something else."""
    means = escape(key_name(run, modality, key))
    if read == key:
        return means
    told = "as nothing known" if read == UNREAD else f"as {escape(key_name(run, modality, read))}"
    return f'{means}<br><span class="wrong">✗</span> read {told}'

"""What is to be said of the inputs that are selected on the map: how many of what, what sets them apart, the strays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from markupsafe import Markup

from drawings.markup import NOTHING, html, joined
from sharcs_core.named import counted
from sharcs_core.readings import UNREAD
from sharcs_core.selections import read_as, share_in_words, summed
from shared.cards import input_card, key_name
from shared.plain import markdown
from views.concept_map.selection import clear_selection

if TYPE_CHECKING:
    from drawings.meaning import Meaning
    from sharcs_core.checkpoints import Run
    from sharcs_core.selections import GroupCount, InputTable, Selection
    from sharcs_core.structures import Ints

MOST_GROUPS, MOST_CONCEPTS, MOST_CARDS = 6, 5, 12


def show_selection(run: Run, table: InputTable, said: Selection | None, meaning: Meaning) -> None:
    """The panel of a selection whose groups are those of ``meaning``; without one, how to make one."""
    if said is None:
        st.caption("Click a point to choose its sample. Draw a box or a lasso (buttons above the map) to compare many.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(markdown("**Your selection: {}**", counted(said.n, "input")), width="content")
        st.button(
            "Clear",
            key="clear_selection",
            on_click=clear_selection,
            args=(run.name,),
            icon=":material/close:",
            type="tertiary",
        )
    told = (_counts(run, said, meaning), _answered(run, said), _apart(run, said))
    st.html(html('<div class="map-panel">{}{}{}</div>', *told))
    _draw_inputs(run, table, said, meaning)


def _counts(run: Run, said: Selection, meaning: Meaning) -> Markup:
    """A table of the most frequent groups by modality, the others as one row."""
    titles, rest = run.card.titles, said.counts[MOST_GROUPS:]
    rows = [(meaning.name(count.group), count) for count in said.counts[:MOST_GROUPS]]
    rows += [(f"{len(rest)} more", summed(rest))] if rest else []
    rows += [("all", summed(said.counts))] if len(said.counts) > 1 else []
    return html(
        '<table><thead><tr><th scope="col">{}</th>{}<th scope="col">all</th></tr></thead>{}</table>',
        meaning.head,
        joined(html('<th scope="col">{}</th>', title) for title in titles.values()),
        joined(_count(name, count, titles) for name, count in rows),
    )


def _count(name: str, count: GroupCount, modalities: Iterable[str]) -> Markup:
    cells = joined(html("<td>{:,}</td>", count.by_modality.get(modality, 0)) for modality in modalities)
    return html('<tr><th scope="row">{}</th>{}<td><b>{:,}</b></td></tr>', name, cells, count.n)


def _answered(run: Run, said: Selection) -> Markup:
    """How many belong to samples answered right and wrong, and how many of the wrong ones are known to be misread."""
    samples = f"They belong to {counted(said.n_samples, 'sample')}."
    if not said.n_wrong:
        return html('<p>{} <span class="right">✓</span> All are answered right.</p>', samples)
    right = html('<span class="right">✓</span> {} of samples answered right; ', counted(said.n_right, "input"))
    return html(
        '<p>{} {}<span class="wrong">✗</span> {} of samples answered wrong{}.</p>',
        samples,
        right if said.n_right else NOTHING,
        counted(said.n_wrong, "input"),
        "" if run.card.own_keys else f", {said.n_misread or 'none'} of these misread",
    )


def _apart(run: Run, said: Selection) -> Markup:
    """The concepts that set the selection apart from the rest of the map."""
    if not said.concepts:
        return html("<p>No concept sets these apart from the rest of the map.</p>")
    found = [share_in_words(share, run.concept_names) for share in said.concepts]
    more = [f"and {counted(len(found) - MOST_CONCEPTS, 'more concept')}"] if len(found) > MOST_CONCEPTS else []
    lines = joined(html("<li>{}</li>", line) for line in [*found[:MOST_CONCEPTS], *more])
    return html("<p>What sets them apart from the rest of the map:</p><ul>{}</ul>", lines)


def _draw_inputs(run: Run, table: InputTable, said: Selection, meaning: Meaning) -> None:
    """The strays, then an even spread of the others; a press on an id makes its sample the chosen one."""
    strays = said.strays[:MOST_CARDS]
    room = MOST_CARDS - len(strays)
    others = said.others[:: max(1, -(-len(said.others) // room))] if room else said.others[:0]
    with st.container(height=430, border=False, key="map_inputs_drawn"):
        if len(strays) and said.majority is not None:
            n, majority = counted(len(said.strays), "stray"), meaning.names[said.majority]
            st.html(html('<p class="map-note"><b>{}</b>, in a selection of mostly {}</p>', n, majority))
            _cards(run, table, strays)
        if len(others):
            title = "The others" if len(strays) else "Inputs of the selection"
            shown, there = len(others), len(said.others)
            st.html(html('<p class="map-note"><b>{}</b>, {} of {:,}</p>', title, shown, there))
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


def _caption(run: Run, modality: str, key: int, read: int) -> Markup:
    """What an input means, and what it is read as where that is something else."""
    means = key_name(run, modality, key)
    if not run.card.meanings.misread(np.array([read]), np.array([key]))[0]:
        return html("{}", means)
    told = "nothing known" if read == UNREAD else key_name(run, modality, read)
    return html('{}<br><span class="wrong">✗</span> read as {}', means, told)

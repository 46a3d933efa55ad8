"""What is selected on the map: kept as ids of inputs, short ones in the URL; and how to select without a mouse.

A selection belongs to a run, for two runs may have the same ids for different inputs: each has its own in the session,
and the URL names the run with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import streamlit as st

import resources
from sharcs_core.selections import Fault, mistakes_first, rows_by_group, rows_in_areas
from shared.choice import select_sample
from shared.plain import plain
from views.concept_map.areas import areas_of, rows_by_side, rows_of_side

if TYPE_CHECKING:
    from drawings.meaning import Meaning
    from sharcs_core.checkpoints import Run
    from sharcs_core.selections import InputTable
    from sharcs_core.structures import Codes, Ints
    from views.concept_map.controls import MapChoice

CHART = "map"
"""The key of the map, under which the session holds what its script tells."""
MOST_IN_URL = 12
"""Longer selections are remembered by the browser's tab only."""
MOST_LISTED = 500
MOST_BESIDE = 500
"""So many selected inputs are marked that the map does not draw."""
MISTAKES = -1
"""Stands for the mistakes among the groups to select."""
FAULTS = {Fault.NONE: "", Fault.UNEXPLAINED: " · ✗ answered wrong", Fault.MISREAD: " · ✗ misread"}


def remember_selection(run_name: str, method: str, *, unseen: bool) -> None:
    """Keeps the ids of what was drawn around; one input alone becomes the chosen sample.

    All inputs count that belong on the map, whether all of them are drawn or a sample.
    """
    areas, table = areas_of(st.session_state[CHART]["drawn"]), resources.map_inputs(run_name)
    rows = rows_in_areas(resources.map_places(run_name, method), areas, resources.on_map(run_name, unseen))
    select_inputs(run_name, table.ids[rows] if len(rows) > 1 else ())
    if len(rows) == 1:
        select_sample(str(table.sample_ids[rows[0]]))


def choose_clicked(run_name: str) -> None:
    """Chooses the sample of the point that was clicked; passes over one that the run does not have."""
    clicked, table = st.session_state[CHART]["clicked"], resources.map_inputs(run_name)
    side, row = (clicked.get("side"), clicked.get("row")) if isinstance(clicked, Mapping) else (None, None)
    own = rows_of_side(table, side)
    if isinstance(row, int) and 0 <= row < len(own):
        select_sample(str(table.sample_ids[own[row]]))


def select_inputs(run_name: str, ids: Iterable[str]) -> None:
    """Selects the inputs of these ids, and no others."""
    st.session_state[_key(run_name)] = [str(one) for one in ids]


def clear_selection(run_name: str) -> None:
    """Nothing is selected any more."""
    select_inputs(run_name, ())


def restore_selection(run_name: str) -> None:
    """Selects what the browser's tab remembers, as :func:`by_side` gave it."""
    kept, table = st.session_state[CHART]["restored"], resources.map_inputs(run_name)
    if isinstance(kept, Mapping):
        select_inputs(run_name, table.ids[rows_by_side(table, kept)])


def is_fresh(run_name: str) -> bool:
    """Whether this visit has selected nothing of the run yet, and its link names nothing of it."""
    return _key(run_name) not in st.session_state and not _linked(run_name)


def selected_rows(run_name: str, table: InputTable, *, unseen: bool) -> Ints:
    """Rows of the selected inputs that are on the map: those of this visit, else of the link."""
    linked = _linked(run_name)
    if linked and _key(run_name) not in st.session_state:
        select_inputs(run_name, linked)
    rows = table.rows_of(st.session_state.get(_key(run_name), []))
    return rows if unseen else rows[table.is_train[rows]]


def write_link(run_name: str, table: InputTable, rows: Ints) -> None:
    """Puts a short selection into the URL, and takes out what is selected no longer."""
    if 0 < len(rows) <= MOST_IN_URL:
        st.query_params["selected"] = f"{run_name}:{','.join(map(_in_list, table.ids[rows]))}"
    else:
        st.query_params.pop("selected", None)


def _key(run_name: str) -> str:
    return f"map_inputs|{run_name}"


def _linked(run_name: str) -> list[str]:
    """The ids that the URL has, if they are of that run."""
    named, _, ids = st.query_params.get("selected", "").rpartition(":")
    return [unquote(one) for one in ids.split(",")] if ids and named == run_name else []


def _in_list(one: str) -> str:
    """An id as it stands in a list of ids, whatever signs it has."""
    return one.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")


def beside(run: Run, table: InputTable, rows: Ints, shown: MapChoice) -> list[list[float]]:
    """Places of the selected inputs that the map does not draw, if it draws a sample; of the first of them."""
    drawn = np.isin(rows, resources.map_rows(run.name, shown.unseen))
    places = resources.map_places(run.name, shown.method)[rows[~drawn][:MOST_BESIDE]]
    return [[float(x), float(y)] for x, y in places]


def choose_group(run: Run, table: InputTable, meaning: Meaning, among: Codes) -> None:
    """Selects all mistakes, or all inputs of a meaning, of those on the map: what a lasso does, without a mouse."""
    groups = {MISTAKES: mistakes_first(table, among)[0], **rows_by_group(table, among, meaning.group)}
    names = {MISTAKES: "all mistakes", **dict(enumerate(meaning.names))}
    placeholder = "mistakes, or an answer" if run.card.own_keys else "mistakes, or a meaning"
    key = f"map_group|{run.name}"

    def select() -> None:
        rows = groups.get(st.session_state[key], ())
        if len(rows):
            select_inputs(run.name, table.ids[rows])
        st.session_state[key] = None

    st.selectbox(
        "Select a group",
        [group for group, rows in groups.items() if len(rows)],
        index=None,
        format_func=lambda group: f"{names[group]} ({len(groups[group]):,})",
        key=key,
        on_change=select,
        placeholder=placeholder,
    )


def choose_listed(run: Run, table: InputTable, rows: Sequence[int] | Ints, *, what: str) -> None:
    """The first of some inputs in a list to search; the one that is picked there becomes the chosen sample."""
    key = f"map_list|{run.name}"

    def choose() -> None:
        row = st.session_state[key]
        if row is not None:
            select_sample(str(table.sample_ids[row]))
            st.session_state[key] = None

    listed = [int(row) for row in rows[:MOST_LISTED]]
    cut = f", the first {MOST_LISTED} of {len(rows):,}" if len(rows) > MOST_LISTED else ""
    st.selectbox(
        plain(f"Choose from {what}{cut}"),
        listed,
        index=None,
        format_func=lambda row: input_in_words(run, table, row),
        key=key,
        on_change=choose,
        placeholder="an input, to search by meaning or id",
    )


def input_in_words(run: Run, table: InputTable, row: int) -> str:
    """An input in a line, such as ``Picture · digit 9 · test/00012 · ✗ misread``."""
    modality = run.card.modality(str(table.modalities[row]))
    meaning, fault = modality.key_name(int(table.keys[row])), FAULTS[Fault(int(table.faults[row]))]
    return f"{modality.title} · {meaning} · {table.sample_ids[row]}{fault}"

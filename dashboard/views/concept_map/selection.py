"""What is selected on the map: kept as ids of inputs, short ones in the URL; and how to select without a mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.selections import Fault, mistakes_first, rows_by_group
from shared.choice import select_sample
from views.concept_map.overlay import OVERLAY_KEY

if TYPE_CHECKING:
    from drawings.meaning import Meaning
    from sharcs_core.checkpoints import Run
    from sharcs_core.selections import InputTable
    from sharcs_core.structures import Codes, Ints

MOST_IN_URL = 12
"""Longer selections are remembered by the browser's tab only."""
MOST_LISTED = 500
MISTAKES = -1
"""Stands for the mistakes among the groups to select."""
FAULTS = {Fault.NONE: "", Fault.UNEXPLAINED: " · ✗ answered wrong", Fault.MISREAD: " · ✗ misread"}


def remember_selection(chart: str) -> None:
    """Keeps the ids of the points that were clicked or lassoed; one point alone becomes the chosen sample."""
    points = st.session_state[chart]["selection"]["points"]
    found = list(dict.fromkeys(str(point["customdata"]) for point in points if point.get("customdata")))
    st.session_state["map_inputs"] = found if len(found) > 1 else []
    if len(found) == 1:
        select_sample(found[0].rsplit("/", 1)[0])


def choose_clicked() -> None:
    """Chooses the sample of a point that was clicked a second time, of which the chart tells nothing."""
    clicked = st.session_state[OVERLAY_KEY]["clicked"]
    if clicked:
        select_sample(str(clicked).rsplit("/", 1)[0])


def clear_selection() -> None:
    """Nothing is selected any more."""
    st.session_state["map_inputs"] = []


def restore_selection(run_name: str) -> None:
    """Selects what the browser's tab remembers: rows of bank sides, as :func:`by_side` gave them."""
    kept, table = st.session_state[OVERLAY_KEY]["restored"], resources.map_inputs(run_name)
    if not isinstance(kept, Mapping):
        return
    found: list[str] = []
    for side, rows in kept.items():
        own = table.ids[table.rows_of_side(*str(side).partition("/")[::2])]
        found += [str(own[row]) for row in rows if isinstance(row, int) and 0 <= row < len(own)]
    st.session_state["map_inputs"] = found


def is_fresh() -> bool:
    """Whether this visit has selected nothing yet, and its link names nothing."""
    return "map_inputs" not in st.session_state and not st.query_params.get("selected")


def selected_rows(table: InputTable, *, unseen: bool) -> Ints:
    """Rows of the selected inputs that are on the map: those of this visit, else of the link."""
    link = st.query_params.get("selected", "")
    ids = st.session_state.setdefault("map_inputs", link.split(",")) if link else st.session_state.get("map_inputs", [])
    rows = table.rows_of(ids)
    return rows if unseen else rows[table.parts[rows] == "train"]


def write_link(table: InputTable, rows: Ints) -> None:
    """Puts a short selection into the URL, and takes out what is selected no longer."""
    if 0 < len(rows) <= MOST_IN_URL:
        st.query_params["selected"] = ",".join(table.ids[rows])
    elif "selected" in st.query_params:
        del st.query_params["selected"]


def by_side(table: InputTable, rows: Ints) -> dict[str, list[int]]:
    """Selected inputs as ``<part>/<modality>`` → rows of that side of the bank."""
    sides: dict[str, list[int]] = {}
    for row in rows:
        sides.setdefault(f"{table.parts[row]}/{table.modalities[row]}", []).append(int(table.places[row]))
    return sides


def choose_group(run: Run, table: InputTable, meaning: Meaning, among: Codes) -> None:
    """Selects all mistakes, or all inputs of a meaning, of those on the map: what a lasso does, without a mouse."""
    groups = {MISTAKES: mistakes_first(table, among)[0], **rows_by_group(table, among, meaning.group)}
    names = {MISTAKES: "all mistakes", **dict(enumerate(meaning.names))}
    key = f"map_group|{run.name}"

    def select() -> None:
        rows = groups.get(st.session_state[key], ())
        if len(rows):
            st.session_state["map_inputs"] = [str(name) for name in table.ids[rows]]
        st.session_state[key] = None

    st.selectbox(
        "Select a group",
        [group for group, rows in groups.items() if len(rows)],
        index=None,
        format_func=lambda group: f"{names[group]} ({len(groups[group]):,})",
        key=key,
        on_change=select,
        placeholder="mistakes, or a meaning",
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
        f"Choose from {what}{cut}",
        listed,
        index=None,
        format_func=lambda row: input_in_words(run, table, row),
        key=key,
        on_change=choose,
        placeholder="an input, to search by meaning or id",
    )


def input_in_words(run: Run, table: InputTable, row: int) -> str:
    """An input in a line, such as ``Picture · digit 9 · test/00012 · ✗ misread``."""
    modality = run.task.modality(str(table.modalities[row]))
    meaning, fault = modality.key_names[table.keys[row]], FAULTS[Fault(int(table.faults[row]))]
    return f"{modality.title} · {meaning} · {table.sample_ids[row]}{fault}"

"""A table's row, filled in: a field a column, each of which may be left open. It makes the CSV that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from resources.uploads import File
from sharcs_core.filling import Field, cells_in, cells_of, fields_of, filled
from shared import keeping, own
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Inputs
    from sharcs_core.tasks.card import Modality

MOST_FIELDS = 40
"""Of a wider table the columns are looked for by name."""
OPEN = "not known"
IN_A_ROW = 2


def fill_in(run: Run, modality: Modality, kept: str, inputs: Inputs | None = None) -> None:
    """The form of a table behind a button; nothing of what is no table.

    Args:
        inputs: what is in it at first. Without, what was filled in before and cannot be read, or nothing.
    """
    fields = fields_of(modality)
    if not fields:
        return
    key = f"fill|{kept}"
    told = "Fill in a form" if inputs is None else "Change the values"
    box = st.popover(told, key=key, icon=":material/edit:", on_change="rerun")
    if not box.open:  # the fields of all tables would be sent with every page
        return
    cells = {field.name: "" for field in fields}
    file = keeping.get(kept)
    if inputs is not None:
        cells |= cells_in(run.task, modality.name, inputs)
    elif file is not None and file.name == keeping.TYPED:
        cells |= cells_of(file.content)
    with box:
        _form(_looked_for(fields, kept), cells, kept)


def _looked_for(fields: Sequence[Field], kept: str) -> Sequence[Field]:
    """The fields to show: all, or of many the first whose names have what is looked for."""
    if len(fields) <= MOST_FIELDS:
        return fields
    said = st.text_input("Find a column", key=f"find|{kept}", placeholder="a part of its name")
    found = [field for field in fields if said.strip().lower() in field.name.lower()]
    shown = found[:MOST_FIELDS]
    st.caption(markdown("{:,} of {:,} columns. The others stay as they are.", len(shown), len(fields)))
    return shown


def _form(fields: Sequence[Field], cells: Mapping[str, str], kept: str) -> None:
    # New contents make new fields: a widget would keep what was chosen in it for the former ones.
    digest = sha256(repr(cells).encode()).hexdigest()[:12]
    keys = {field.name: f"cell|{kept}|{digest}|{field.name}" for field in fields}
    with st.form(f"form|{kept}", border=False):
        st.caption("Leave open what is not known.")
        for start in range(0, len(fields), IN_A_ROW):
            for column, field in zip(st.columns(IN_A_ROW), fields[start : start + IN_A_ROW], strict=False):
                with column:
                    _field(field, cells[field.name], keys[field.name])
        st.form_submit_button("Use these values", type="primary", on_click=_use, args=(dict(cells), keys, kept))


def _field(field: Field, cell: str, key: str) -> None:
    if field.kind == "number":
        st.text_input(plain(field.name), cell, key=key, placeholder=field.usual or "a number")
    elif field.kind == "bit":
        st.segmented_control(plain(field.name), ["0", "1"], default=cell or None, key=key)
    else:
        values = [*field.values, *([cell] if cell and cell not in field.values else [])]
        st.selectbox(
            plain(field.name),
            values,
            index=values.index(cell) if cell else None,
            key=key,
            placeholder=f"{OPEN}; choose, or type another value",
            accept_new_options=True,
        )


def _use(cells: dict[str, str], keys: Mapping[str, str], kept: str) -> None:
    """Bring the row that the form says; none where it says nothing."""
    cells |= {name: (st.session_state[key] or "").strip() for name, key in keys.items()}
    if any(cells.values()):
        own.bring(kept, File(keeping.TYPED, filled(cells)))
    else:
        own.take_away(kept)
    st.session_state[f"fill|{kept}"] = False

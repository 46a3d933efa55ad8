"""Bringing an input of one's own: a file, or an example, read and shown as the model sees it.

``session_state`` keeps the chosen file of each modality, so that a fault in one, or a change of page, loses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from figures.inputs import draw
from sharcs_core.data.files import MAX_BYTES, template
from sharcs_core.data.superpixels import superpixel_graphs
from sharcs_core.structures import Inputs
from widgets.cards import key_name, modality_heading

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

N_EXAMPLES = 3


@dataclass(frozen=True)
class Brought:
    """One input that was read, and what was changed to read it."""

    modality: str
    file_name: str
    inputs: Inputs
    notes: tuple[str, ...]


def bring(run: Run, modality: str) -> Brought | None:
    """The box of one modality: upload, template, examples, and what the model saw. None while nothing can be read."""
    kept = _kept_key(run, modality)
    st.html(modality_heading(run, modality))
    _uploader(run, modality, kept)
    _examples(run, modality, kept)
    if kept not in st.session_state:
        return None
    name, content = st.session_state[kept]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Using `{name}`")
        st.button(
            "Remove", key=f"remove|{kept}", type="tertiary", icon=":material/close:", on_click=_remove, args=(kept,)
        )
    try:
        inputs, notes = run.task.modality(modality).read(name, content)
    except ValueError as error:  # InputError: one sentence that names the fault and the mend
        st.error(str(error), icon=":material/error:")
        return None
    return Brought(modality, name, inputs, notes)


def show_brought(brought: Brought) -> None:
    """What the model saw, with every change that was made to the file."""
    st.caption("What the model sees")
    st.html(draw(brought.inputs, 0, 150, brought.modality))
    for note in brought.notes:
        st.caption(f":material/info: {note}")


def bring_example(run: Run, row: int) -> None:
    """Bring all inputs of one unseen sample, as files. A callback."""
    for modality in run.test_bank.sides:
        _take_example(run, modality, row, _kept_key(run, modality))


def clear(run: Run) -> None:
    """Take everything away that was brought. A callback."""
    for modality in run.test_bank.sides:
        _remove(_kept_key(run, modality))


def _kept_key(run: Run, modality: str) -> str:
    return f"brought|{run.name}|{modality}"


def _uploader(run: Run, modality: str, kept: str) -> None:
    suffixes = run.task.modality(modality).suffixes
    # A new key empties the widget: so an example or "Remove" leaves no stale file name standing in it.
    key = f"upload|{run.name}|{modality}|{st.session_state.get(f'turn|{kept}', 0)}"
    st.file_uploader(
        "Your file",
        type=[suffix.lstrip(".") for suffix in suffixes],
        key=key,
        on_change=_uploaded,
        args=(key, kept),
        max_upload_size=max(1, MAX_BYTES // 1_000_000),
        label_visibility="collapsed",
    )


def _uploaded(key: str, kept: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        st.session_state.pop(kept, None)
    else:
        st.session_state[kept] = (file.name, file.getvalue())


def _examples(run: Run, modality: str, kept: str) -> None:
    rows = example_rows(run, modality)
    suffix, content, media_type = template(run.test_bank.sides[modality].inputs, rows[0])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Template",
            content,
            f"{modality}{suffix}",
            media_type,
            key=f"template|{modality}",
            on_click="ignore",
            icon=":material/download:",
            help="A file that is read as it is: change it, and bring it back.",
        )
        st.markdown(":gray[or an example:]")
        for row in rows:
            says = key_name(run, modality, run.test_bank.sides[modality].semantics[row])
            st.button(
                says,
                key=f"example|{modality}|{row}",
                on_click=_take_example,
                args=(run, modality, row, kept),
            )


def example_rows(run: Run, modality: str, n: int = N_EXAMPLES) -> list[int]:
    """Rows of unseen inputs of different meanings, the first of each."""
    first: dict[int, int] = {}
    for row, key in enumerate(run.test_bank.sides[modality].semantics.tolist()):
        first.setdefault(key, row)
    return list(first.values())[:n]


def _take_example(run: Run, modality: str, row: int, kept: str) -> None:
    side = run.test_bank.sides[modality]
    suffix, content, _ = template(side.inputs, row)
    _remove(kept)
    st.session_state[kept] = (str(side.ids[row]).replace("/", "-") + suffix, content)


def _remove(kept: str) -> None:
    st.session_state.pop(kept, None)
    st.session_state[f"turn|{kept}"] = st.session_state.get(f"turn|{kept}", 0) + 1


def from_picture(run: Run, modality: str, brought: dict[str, Brought]) -> Brought | None:
    """On request, the graph of superpixels of the picture that was brought, where none was brought of its own."""
    pictures = [one for one in brought.values() if one.inputs.kind == "image"]
    if not pictures or "segments" not in run.bank.sides[modality].inputs.arrays:
        return None
    wanted = st.checkbox(
        "Make it from the picture",
        key=f"from_picture|{run.name}",
        help="*Superpixels* are patches of even brightness; the graph joins each to its eight nearest.",
    )
    if not wanted:
        return None
    graph = superpixel_graphs(pictures[0].inputs.arrays["pixels"])
    note = "This graph is made from your own picture, so it shows the same digit: the sum is twice that digit."
    return Brought(modality, f"{pictures[0].file_name} as a graph", graph, (note,))

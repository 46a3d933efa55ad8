"""Bringing an input of one's own: a file, a sentence or an example, read and shown as the model sees it.

What was brought of each modality is kept (``keeping.py``), so that a fault in one, a change of page or a reload loses
none, and it is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from drawings.inputs import draw, sentence, width_of
from drawings.look import look_of
from sharcs_core.structures import Inputs
from sharcs_core.tasks.files import MAX_BYTES, MAX_PICTURE_BYTES, InputError, read_sentence, template
from sharcs_core.tasks.mnist.from_pictures import FROM_PICTURES
from shared.cards import key_name, modality_heading
from shared.plain import code, markdown, plain
from views.upload import keeping

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from resources.uploads import File
    from sharcs_core.checkpoints import Run
    from sharcs_core.tasks.task import Modality

N_EXAMPLES = 3
TYPED = ""
"""The file name of a sentence that was typed."""
MOST_CHARACTERS = 500
SHORT = 30
"""So many letters of a sentence stand on a button; of a longer one its meaning does."""


@dataclass(frozen=True)
class Brought:
    """One input that was read, and what was changed to read it."""

    modality: Modality
    file: File
    inputs: Inputs
    notes: tuple[str, ...]


def bring(run: Run, modality: Modality) -> Brought | None:
    """The box of one modality: what was brought and can be read, else the ways to bring it. None while nothing can."""
    kept = _kept_key(run, modality.name)
    st.html(modality_heading(run, modality.name))
    found = _read(modality, kept)
    if found is None:
        _ways(run, modality, kept)
        return None
    show_brought(found, kept)
    with st.expander(markdown("Another {}", modality.title.lower())):
        _ways(run, modality, kept)
    return found


def _read(modality: Modality, kept: str) -> Brought | None:
    """What was brought of a modality; None for nothing, and, with a sentence, for what cannot be read."""
    file = keeping.get(kept)
    if file is None:
        return None
    found = file.once("read", lambda: _read_file(modality, file))
    if isinstance(found, InputError):
        st.error(plain(str(found)), icon=":material/error:")
        _tell_file(kept, file.name)
        return None
    return Brought(modality, file, *found)


def _read_file(modality: Modality, file: File) -> tuple[Inputs, tuple[str, ...]] | InputError:
    """The input and notes on it, or what is wrong with it: that too is found out once."""
    try:
        if file.name == TYPED:
            return read_sentence(modality, file.content.decode())
        return modality.read(file.name, file.content)
    except InputError as error:
        return error


def _ways(run: Run, modality: Modality, kept: str) -> None:
    """A file or a sentence, and examples."""
    if modality.kind == "text":
        _sentence_box(run, modality, kept)
    else:
        _uploader(run, modality, kept)
    _examples(run, modality, kept)


def _tell_file(kept: str, name: str) -> None:
    if name == TYPED:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(markdown("Using {}", code(name)))
        st.button(
            "Remove", key=f"remove|{kept}", type="tertiary", icon=":material/close:", on_click=_remove, args=(kept,)
        )


def show_brought(brought: Brought, kept: str | None = None) -> None:
    """What the model sees, beside the file's name and every change that was made to it."""
    modality = brought.modality
    seen, told = st.columns([2, 3], vertical_alignment="center")
    seen.html(draw(brought.inputs, 0, width_of(brought.inputs, 116), look_of(modality, brought.inputs)))
    with told:
        if kept is not None:
            _tell_file(kept, brought.file.name)
        st.caption("What the model sees")
        for note in brought.notes:
            st.caption(markdown(":material/info: {}", note))


def bring_example(run: Run, row: int) -> None:
    """Bring all inputs of one unseen sample, as files. A callback."""
    for modality in run.task.modalities:
        _take_example(run, modality, row, _kept_key(run, modality.name))


def clear(run: Run) -> None:
    """Take everything away that was brought. A callback."""
    for modality in run.test_bank.sides:
        _remove(_kept_key(run, modality))


def _kept_key(run: Run, modality: str) -> str:
    return f"brought|{run.name}|{modality}"


def _sentence_box(run: Run, modality: Modality, kept: str) -> None:
    """A field to type a sentence in, and beside it the way to bring a file."""
    key = f"sentence|{kept}"
    file = keeping.get(kept)
    st.session_state[key] = file.content.decode() if file and file.name == TYPED else ""
    examples = run.test_bank.sides[modality.name].inputs
    st.text_input(
        markdown("Your {}, typed", modality.title.lower()),
        key=key,
        placeholder=f"such as: {sentence(examples, 0, modality.words)}",
        on_change=_typed,
        args=(key, kept),
        max_chars=MOST_CHARACTERS,
        label_visibility="collapsed",
    )
    with st.popover("From a file", icon=":material/upload_file:", key=f"file|{kept}"):
        _uploader(run, modality, kept)


def _typed(key: str, kept: str) -> None:
    said = st.session_state[key].strip()
    if said:
        keeping.put(kept, TYPED, said.encode())
    else:
        keeping.remove(kept)


def _uploader(run: Run, modality: Modality, kept: str) -> None:
    # A new key empties the widget, which else would keep the file for as long as the tab is open, and its name.
    key = f"upload|{run.name}|{modality.name}|{st.session_state.get(f'turn|{kept}', 0)}"
    st.file_uploader(
        markdown("Your {}, a file", modality.title.lower()),
        type=[suffix.lstrip(".") for suffix in modality.suffixes],
        key=key,
        on_change=_uploaded,
        args=(key, kept),
        max_upload_size=(MAX_PICTURE_BYTES if modality.kind == "image" else MAX_BYTES) // 1_000_000,
        label_visibility="collapsed",
    )


def _uploaded(key: str, kept: str) -> None:
    file = st.session_state.get(key)
    if file is not None:
        keeping.put(kept, file.name, file.getvalue())
        _empty(kept)
        _forget_upload(file)


def _forget_upload(file: UploadedFile) -> None:
    """Streamlit's own copy goes, which would stay as long as the tab is open."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _examples(run: Run, modality: Modality, kept: str) -> None:
    """A file that is read as it is, to write one's own after, and a few unseen inputs to try."""
    rows = example_rows(run, modality.name)
    suffix, content, media_type = template(run.test_bank.sides[modality.name].inputs, rows[0], modality.words)
    key = f"example|{modality.name}|{st.session_state.get(f'turn|{kept}', 0)}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.selectbox(
            markdown("{} example", modality.title),
            rows,
            index=None,
            format_func=lambda row: _example_name(run, modality, row),
            placeholder="or an example",
            key=key,
            on_change=_take_chosen,
            args=(run, modality, key, kept),
            label_visibility="collapsed",
        )
        st.download_button(
            markdown("{} template", modality.title),
            content,
            f"{modality.name}{suffix}",
            media_type,
            key=f"template|{modality.name}",
            on_click="ignore",
            icon=":material/download:",
            help="A file that is read as it is: change it, and bring it back.",
        )


def _take_chosen(run: Run, modality: Modality, key: str, kept: str) -> None:
    row = st.session_state[key]
    if row is not None:
        _take_example(run, modality, row, kept)


def _example_name(run: Run, modality: Modality, row: int) -> str:
    """A short sentence itself; of all else its meaning."""
    side = run.test_bank.sides[modality.name]
    if modality.kind == "text":
        said = sentence(side.inputs, row, modality.words)
        if len(said) <= SHORT:
            return said
    return key_name(run, modality.name, side.semantics[row])


def example_rows(run: Run, modality: str, n: int = N_EXAMPLES) -> list[int]:
    """Rows of unseen inputs of different meanings, the first of each."""
    first: dict[int, int] = {}
    for row, key in enumerate(run.test_bank.sides[modality].semantics.tolist()):
        first.setdefault(key, row)
    return list(first.values())[:n]


def _take_example(run: Run, modality: Modality, row: int, kept: str) -> None:
    side = run.test_bank.sides[modality.name]
    suffix, content, _ = template(side.inputs, row, modality.words)
    _remove(kept)
    name = TYPED if modality.kind == "text" else str(side.ids[row]).replace("/", "-") + suffix
    keeping.put(kept, name, content.strip() if name == TYPED else content)


def _remove(kept: str) -> None:
    keeping.remove(kept)
    _empty(kept)


def _empty(kept: str) -> None:
    """Leaves nothing standing in the widgets of a modality."""
    st.session_state[f"turn|{kept}"] = st.session_state.get(f"turn|{kept}", 0) + 1


def from_picture(run: Run, modality: Modality, brought: Sequence[Brought]) -> Brought | None:
    """On request, the graph that the picture gives that was brought, where none was brought of its own."""
    way = FROM_PICTURES.get(run.task.name)
    pictures = [one for one in brought if one.modality.kind == "image"]
    if way is None or modality.kind != "graph" or not pictures or not way.is_offered(pictures[0].notes):
        return None
    if not st.checkbox(
        plain(way.offer),
        key=f"from_picture|{run.name}",
        help="*Superpixels* are patches of even brightness; the graph joins each to its eight nearest.",
    ):
        return None
    file = pictures[0].file
    graph = file.once("graph", lambda: way.make(file.name, file.content))
    return Brought(modality, replace(file, name=f"{file.name} as a graph"), graph, (way.note,))

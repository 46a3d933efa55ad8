"""Bringing an input of one's own: a file, a sentence, a form or an example, read and shown as the model sees it.

What was brought of each modality is kept (``keeping.py``), so that a fault in one, a change of page or a reload loses
none, and it is read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from drawings.inputs import draw, sentence, width_of
from drawings.look import look_of
from resources.uploads import File
from sharcs_core.kinds import KINDS
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import lowered
from sharcs_core.tasks.files import InputError
from shared import keeping, own
from shared.cards import key_name, modality_heading
from shared.keeping import TYPED
from shared.own import READ, Brought, is_made, kept_key, let_make, made_of_another, offered_making, read
from shared.plain import code, markdown, plain
from views.upload.board import draw_board
from views.upload.form import fill_in

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from sharcs_core.brought import Brought as Sample
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import BankSide
    from sharcs_core.tasks.card import Modality

N_EXAMPLES = 3
MOST_CHARACTERS = 500
SHORT = 30
"""So many letters of a sentence stand on a button; of a longer one its meaning does."""


def bring(run: Run, modality: Modality) -> Brought | None:
    """The box of one modality: what was brought and can be read, else the ways to bring it. None while nothing can."""
    kept = kept_key(run.name, modality.name)
    st.html(modality_heading(run, modality.name))
    draw_board(run, modality, kept)
    found = _read(run, modality, kept)
    if found is None:
        _ways(run, modality, kept)
        return None
    show_brought(run, found, kept)
    fill_in(run, modality, kept, found.inputs)  # once, for its fields have one key
    doing = "Change" if KINDS[modality.kind].typed else "Replace"
    with st.expander(markdown("{} the {}", doing, lowered(modality.title))):
        _ways(run, modality, kept, form=False)
    return found


def _read(run: Run, modality: Modality, kept: str) -> Brought | None:
    """What was brought of a modality; None for nothing, and, with a sentence, for what cannot be read."""
    found = read(run, modality)
    file = keeping.get(kept)
    if isinstance(found, InputError) and file is not None:
        st.error(plain(str(found)), icon=":material/error:")
        _tell_file(modality, kept, file.name)
    return found if isinstance(found, Brought) else None


def _ways(run: Run, modality: Modality, kept: str, *, form: bool = True) -> None:
    """A file or a sentence, a form, and examples."""
    if KINDS[modality.kind].typed:
        _sentence_box(run, modality, kept)
    else:
        _uploader(run, modality, kept)
    if form:
        fill_in(run, modality, kept)
    _examples(run, modality, kept)


def _tell_file(modality: Modality, kept: str, name: str) -> None:
    if name == TYPED and KINDS[modality.kind].typed:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(markdown("Using {}", code(name)) if name else "Using the form")
        st.button(
            "Remove", key=f"remove|{kept}", type="tertiary", icon=":material/close:", on_click=_remove, args=(kept,)
        )


def show_brought(run: Run, brought: Brought, kept: str | None = None) -> None:
    """What the model sees, beside the file's name and every change that was made to it."""
    modality = brought.modality
    seen, told = st.columns([2, 3], vertical_alignment="center")
    seen.html(draw(brought.inputs, 0, width_of(brought.inputs, 116), look_of(modality, run.card.names)))
    with told:
        if kept is not None:
            _tell_file(modality, kept, brought.file.name)
        st.caption("What the model sees")
        for note in brought.notes:
            st.caption(markdown(":material/info: {}", note))


def bring_sample(run: Run, sample_id: str) -> None:
    """Bring all inputs of a sample of the run, as files. A callback."""
    bank, row = run.find(sample_id)
    for modality in run.card.modalities:
        _take(run, modality, bank.sides[modality.name], row)


def bring_read(run: Run, sample: Sample) -> None:
    """Bring the inputs of a sample that was read already, with all that is to be said of the reading. A callback."""
    for modality in run.card.modalities:
        kept, name = kept_key(run.name, modality.name), f"{sample.id} ({lowered(modality.title)})"
        _remove(kept)
        if modality.name in sample.faults:
            fault = sample.faults[modality.name]
            found = InputError(fault[:1].upper() + fault[1:])
            own.bring(kept, File(name, b"", made=keeping.made_by(run.name, {READ: found})))
        elif modality.name in sample.inputs:
            inputs, about = sample.inputs[modality.name], f"{modality.name}: "
            notes = tuple(note.removeprefix(about) for note in sample.notes if note.startswith(about))
            suffix, content, _ = run.task.write(modality.name, inputs)
            is_typed = KINDS[modality.kind].typed
            content = content.strip() if is_typed else content
            made = keeping.made_by(run.name, {READ: (inputs, notes)})
            own.bring(kept, File(TYPED if is_typed else name, content, f"{modality.name}{suffix}", made))


def clear(run: Run) -> None:
    """Take everything away that was brought. A callback."""
    for modality in run.test_bank.sides:
        _remove(kept_key(run.name, modality))


def _sentence_box(run: Run, modality: Modality, kept: str) -> None:
    """A field to type a sentence in, and beside it the way to bring a file."""
    key = f"sentence|{kept}"
    file = keeping.get(kept)
    st.session_state[key] = file.content.decode() if file and file.name == TYPED else ""
    examples = run.test_bank.sides[modality.name].inputs
    such_as = f"such as: {sentence(examples, 0, modality.words)}" if examples.is_kept else None
    st.text_input(
        markdown("Your {}, typed", lowered(modality.title)),
        key=key,
        placeholder=such_as,
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
        own.bring(kept, File(TYPED, said.encode()))
    else:
        own.take_away(kept)


def _uploader(run: Run, modality: Modality, kept: str) -> None:
    # A new key empties the widget, which else would keep the file for as long as the tab is open, and its name.
    key = f"upload|{run.name}|{modality.name}|{st.session_state.get(f'turn|{kept}', 0)}"
    st.file_uploader(
        markdown("Your {}, a file", lowered(modality.title)),
        type=[suffix.lstrip(".") for suffix in run.task.suffixes_of(modality.name)],
        key=key,
        on_change=_uploaded,
        args=(key, kept),
        max_upload_size=KINDS[modality.kind].max_bytes // 1_000_000,
        label_visibility="collapsed",
    )


def _uploaded(key: str, kept: str) -> None:
    file = st.session_state.get(key)
    if file is not None:
        own.bring(kept, File(file.name, file.getvalue()))
        _empty(kept)
        forget_upload(file)


def forget_upload(file: UploadedFile) -> None:
    """Streamlit's own copy goes, which would stay as long as the tab is open."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _examples(run: Run, modality: Modality, kept: str) -> None:
    """A file that is read as it is, to write one's own after, and a few unseen inputs to try, where any are kept."""
    if not run.test_bank.is_kept:
        return
    rows = example_rows(run, modality.name)
    suffix, content, media_type = run.task.write(modality.name, run.test_bank.sides[modality.name].inputs, rows[0])
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
            args=(run, modality, key),
            label_visibility="collapsed",
        )
        st.download_button(
            markdown("{} template", modality.title),
            lambda: content,  # asked for when it is pressed: a page that is left at once has nothing to fetch
            f"{modality.name}{suffix}",
            media_type,
            key=f"template|{modality.name}",
            on_click="ignore",
            icon=":material/download:",
            help="A file that is read as it is: change it, and bring it back.",
        )


def _take_chosen(run: Run, modality: Modality, key: str) -> None:
    row = st.session_state[key]
    if row is not None:
        _take(run, modality, run.test_bank.sides[modality.name], row)


def _example_name(run: Run, modality: Modality, row: int) -> str:
    """A short sentence itself; of all else its meaning, and where that is not known the sample's id."""
    side = run.test_bank.sides[modality.name]
    if KINDS[modality.kind].typed:
        said = sentence(side.inputs, row, modality.words)
        if len(said) <= SHORT:
            return said
    if side.semantics[row] == UNKNOWN:
        return str(run.test_bank.sample_ids[row])
    return key_name(run, modality.name, side.semantics[row])


def example_rows(run: Run, modality: str, n: int = N_EXAMPLES) -> list[int]:
    """Rows of unseen inputs of different meanings, the first of each."""
    first: dict[int, int] = {}
    for row, key in enumerate(run.test_bank.sides[modality].semantics.tolist()):
        first.setdefault(key, row)
    return list(first.values())[:n]


def _take(run: Run, modality: Modality, side: BankSide, row: int) -> None:
    """Bring one input of a bank."""
    kept = kept_key(run.name, modality.name)
    suffix, content, _ = run.task.write(modality.name, side.inputs, row)
    _remove(kept)
    name = TYPED if KINDS[modality.kind].typed else str(side.ids[row]).replace("/", "-") + suffix
    own.bring(kept, File(name, content.strip() if name == TYPED else content))


def _remove(kept: str) -> None:
    own.take_away(kept)
    _empty(kept)


def _empty(kept: str) -> None:
    """Leaves nothing standing in the widgets of a modality."""
    st.session_state[f"turn|{kept}"] = st.session_state.get(f"turn|{kept}", 0) + 1


def offer_making(run: Run, modality: Modality, brought: Mapping[str, Brought]) -> None:
    """The offer to make an input of another one that was brought, where it can be, and what that gave."""
    offered = offered_making(run, modality.name, brought)
    if offered is None:
        return
    making, key = offered[0], f"making|{run.name}|{modality.name}"
    st.session_state[key] = is_made(run.name, modality.name)
    st.checkbox(
        plain(making.offer), key=key, help=plain(making.about), on_change=_make, args=(run.name, modality.name, key)
    )
    found = made_of_another(run, modality.name, brought)
    if found is not None:
        show_brought(run, found)


def _make(run_name: str, modality: str, key: str) -> None:
    let_make(run_name, modality, st.session_state[key])

"""Bringing an input of one's own: a file, a sentence, a form or an example, read and shown as the model sees it.

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
from sharcs_core.kinds import KINDS
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import lowered
from sharcs_core.structures import Inputs
from sharcs_core.tasks.files import InputError
from shared.cards import key_name, modality_heading
from shared.plain import code, markdown, plain
from views.upload import keeping
from views.upload.form import fill_in
from views.upload.keeping import TYPED

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from resources.uploads import File
    from sharcs_core.brought import Brought as Sample
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import BankSide
    from sharcs_core.tasks.card import Modality
    from sharcs_core.tasks.task import Task

N_EXAMPLES = 3
MOST_CHARACTERS = 500
READ = "read"
"""What is made of a file first: the input and notes, or what is wrong with it."""
FORM_FILE = "the form.csv"
"""What is said of the values of a form where one of them is wrong."""
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
    kept = kept_key(run, modality.name)
    st.html(modality_heading(run, modality.name))
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
    file = keeping.get(kept)
    if file is None:
        return None
    found = file.once(READ, lambda: _read_file(run.task, modality.name, file))
    if isinstance(found, InputError):
        st.error(plain(str(found)), icon=":material/error:")
        _tell_file(modality, kept, file.name)
        return None
    return Brought(modality, file, *found)


def _read_file(task: Task, modality: str, file: File) -> tuple[Inputs, tuple[str, ...]] | InputError:
    """The input and notes on it, or what is wrong with it: that too is found out once."""
    try:
        if file.name == TYPED and KINDS[task.card.modality(modality).kind].typed:
            return task.read_sentence(modality, file.content.decode())
        return task.read(modality, file.name or FORM_FILE, file.content)
    except InputError as error:
        return InputError(str(error).replace(FORM_FILE, "The form", 1)) if file.name == TYPED else error


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
        kept, name = kept_key(run, modality.name), f"{sample.id} ({lowered(modality.title)})"
        _remove(kept)
        if modality.name in sample.faults:
            fault = sample.faults[modality.name]
            keeping.put(kept, name, b"", {READ: InputError(fault[:1].upper() + fault[1:])})
        elif modality.name in sample.inputs:
            inputs, about = sample.inputs[modality.name], f"{modality.name}: "
            notes = tuple(note.removeprefix(about) for note in sample.notes if note.startswith(about))
            content = run.task.write(modality.name, inputs).content
            is_typed = KINDS[modality.kind].typed
            content = content.strip() if is_typed else content
            keeping.put(kept, TYPED if is_typed else name, content, {READ: (inputs, notes)})


def clear(run: Run) -> None:
    """Take everything away that was brought. A callback."""
    for modality in run.test_bank.sides:
        _remove(kept_key(run, modality))


def kept_key(run: Run, modality: str) -> str:
    """What an input of a modality is kept under."""
    return f"brought|{run.name}|{modality}"


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
        keeping.put(kept, TYPED, said.encode())
    else:
        keeping.remove(kept)


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
        keeping.put(kept, file.name, file.getvalue())
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
    kept = kept_key(run, modality.name)
    suffix, content, _ = run.task.write(modality.name, side.inputs, row)
    _remove(kept)
    name = TYPED if KINDS[modality.kind].typed else str(side.ids[row]).replace("/", "-") + suffix
    keeping.put(kept, name, content.strip() if name == TYPED else content)


def _remove(kept: str) -> None:
    keeping.remove(kept)
    _empty(kept)


def _empty(kept: str) -> None:
    """Leaves nothing standing in the widgets of a modality."""
    st.session_state[f"turn|{kept}"] = st.session_state.get(f"turn|{kept}", 0) + 1


def made_of_another(run: Run, modality: Modality, brought: Sequence[Brought]) -> Brought | None:
    """On request, the input that another one gives that was brought, where none was brought of its own."""
    making = run.task.makings.get(modality.name)
    source = next((one for one in brought if making and one.modality.name == making.source), None)
    if making is None or source is None or not making.is_offered(source.notes):
        return None
    if not st.checkbox(plain(making.offer), key=f"made|{run.name}|{modality.name}", help=plain(making.about)):
        return None
    file = source.file
    inputs = file.once(modality.name, lambda: making.make(file.name, file.content))
    return Brought(modality, replace(file, name=f"{file.name}, as a {modality.kind}"), inputs, (making.note,))

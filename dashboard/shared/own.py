"""What somebody brought, as a model reads it: one sample, which every page can show beside those that the run keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from resources.uploads import File
from sharcs_core.kinds import KINDS
from sharcs_core.tasks.files import InputError
from shared import keeping
from shared.keeping import TYPED

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Inputs
    from sharcs_core.tasks.card import Modality
    from sharcs_core.tasks.task import Making, Task

OWN = "own"
"""What stands in the address for the sample that somebody brought."""
BROUGHT, MADE = "brought", "made"
READ = "read"
"""What is made of a file first: the input and notes, or what is wrong with it."""
FORM_FILE = "the form.csv"
"""What is said of the values of a form where one of them is wrong."""
MOST_LETTERS = 30
"""Of a sentence, where it stands for what was brought."""


@dataclass(frozen=True)
class Brought:
    """One input that was read, and what was changed to read it."""

    modality: Modality
    file: File
    inputs: Inputs
    notes: tuple[str, ...]


def choose() -> None:
    """Makes what was brought the chosen sample, on every page. A callback."""
    st.session_state["sample"] = OWN


def bring(key: str, file: File) -> None:
    """Keeps what was brought, in place of what was there, and makes it the chosen sample. A callback."""
    keeping.put(key, file)
    choose()


def take_away(key: str) -> None:
    """Forgets what was brought; with the last of it, another sample is the chosen one. A callback."""
    keeping.remove(key)
    if st.session_state.get("sample") == OWN and not _last_run():
        st.session_state["sample"] = ""


def kept_key(run_name: str, modality: str) -> str:
    """What an input of a modality is kept under."""
    return f"{BROUGHT}|{run_name}|{modality}"


def read(run: Run, modality: Modality) -> Brought | InputError | None:
    """What was brought of a modality, or why it cannot be read; None for nothing."""
    file = keeping.get(kept_key(run.name, modality.name))
    if file is None:
        return None
    found = _found(run, modality.name, file)
    return found if isinstance(found, InputError) else Brought(modality, file, *found)


def all_read(run: Run) -> dict[str, Brought]:
    """Modality → what was brought and can be read, or is made of another that was."""
    found = {one.name: read(run, one) for one in run.card.modalities}
    own = {name: one for name, one in found.items() if isinstance(one, Brought)}
    made = {name: made_of_another(run, name, own) for name, one in found.items() if one is None}
    every = {**own, **{name: one for name, one in made.items() if one is not None}}
    return {name: every[name] for name in run.card.names if name in every}


def offered_making(run: Run, modality: str, brought: Mapping[str, Brought]) -> tuple[Making, Brought] | None:
    """How an input can be made of another that was brought, and that other; None where it cannot."""
    making = run.task.makings.get(modality)
    source = brought.get(making.source) if making else None
    if making is None or source is None or not making.is_offered(source.notes):
        return None
    return making, source


def made_of_another(run: Run, modality: str, brought: Mapping[str, Brought]) -> Brought | None:
    """The input that another one gives that was brought, where that was asked for."""
    offered = offered_making(run, modality, brought)
    if offered is None or not is_made(run.name, modality):
        return None
    making, source = offered
    file = source.file
    inputs = keeping.read_of(file, run.name, modality, lambda: making.make(file.name, file.content))
    made = replace(file, name=f"{file.name}, as a {run.card.modality(modality).kind}")
    return Brought(run.card.modality(modality), made, inputs, (making.note,))


def is_made(run_name: str, modality: str) -> bool:
    """Whether an input is to be made of another one."""
    return keeping.get(_made_key(run_name, modality)) is not None


def let_make(run_name: str, modality: str, wanted: bool) -> None:
    """Whether an input is to be made of another one. For callbacks."""
    key = _made_key(run_name, modality)
    if wanted:
        keeping.put(key, File(MADE, b""))
    else:
        keeping.remove(key)


def _made_key(run_name: str, modality: str) -> str:
    return f"{MADE}|{run_name}|{modality}"


def names_brought(run_name: str) -> str:
    """What people call what was brought to a model: a file's name, else what was typed; "" for nothing.

    Where nothing was, that of what was last brought to another one.
    """
    files = (_brought_to(run_name) or _brought_to(_last_run())).values()
    named = [file.name for file in files if file.name != TYPED]
    typed = [_cut(file.content.decode(errors="replace")) for file in files if file.name == TYPED]
    return next(iter([*named, *typed]), "")


def _cut(typed: str) -> str:
    """A sentence, cut short; the values of a form say nothing to read."""
    if "\n" in typed.strip():
        return "a form"
    return typed if len(typed) <= MOST_LETTERS else f"{typed[: MOST_LETTERS - 1].rstrip()}…"


def take_along(run: Run) -> str:
    """Brings to a model to which nothing was brought what another one was last; what it cannot read of that, if any."""
    if _brought_to(run.name):
        return ""
    former = _brought_to(_last_run())
    for name, file in former.items():
        if name not in run.card.names:
            return f"it has no input “{name}”"
        found = _found(run, name, file)
        if isinstance(found, InputError):
            return str(found)
    for name, file in former.items():
        keeping.put(kept_key(run.name, name), file)
    return ""


def why_not(run: Run) -> str:
    """Why nothing that was brought can be shown with a model, without a full stop."""
    if not run.questions:
        return "This model has no concepts to explain what you brought"
    if other := take_along(run):
        return f"This model does not read what you brought to another one ({other.rstrip('.')})"
    found = [read(run, modality) for modality in run.card.modalities]
    faults = [str(one).rstrip(".") for one in found if isinstance(one, InputError)]
    if faults:
        return f"What you brought cannot be read ({faults[0]})"
    keeping.was_forgotten()  # this tells it
    return "What was brought is forgotten, or this is not its whole address"


def _brought_to(run_name: str) -> dict[str, File]:
    """Modality → what was brought to a model."""
    start = kept_key(run_name, "")
    found = {key.removeprefix(start): keeping.get(key) for key in keeping.keys_kept() if key.startswith(start)}
    return {name: file for name, file in found.items() if file is not None}


def _last_run() -> str:
    """The model that something was brought to last; "" for none."""
    found = [key for key in keeping.keys_kept() if key.startswith(f"{BROUGHT}|")]
    return found[-1].removeprefix(f"{BROUGHT}|").rpartition("|")[0] if found else ""


def _found(run: Run, modality: str, file: File) -> tuple[Inputs, tuple[str, ...]] | InputError:
    """What a run reads in a file, read once."""
    return keeping.read_of(file, run.name, READ, lambda: _read_file(run.task, modality, file))


def _read_file(task: Task, modality: str, file: File) -> tuple[Inputs, tuple[str, ...]] | InputError:
    """The input and notes on it, or what is wrong with it: that too is found out once."""
    try:
        if file.name == TYPED and KINDS[task.card.modality(modality).kind].typed:
            return task.read_sentence(modality, file.content.decode())
        return task.read(modality, file.read_as or file.name or FORM_FILE, file.content)
    except InputError as error:
        return InputError(str(error).replace(FORM_FILE, "The form", 1)) if file.name == TYPED else error

"""Edits that were kept under a name, compared: what each does to the answer, and what it consists of, in words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from figures.concepts import in_percent, spread_strip
from figures.theme import class_colours
from sharcs_core.checkpoints import Run
from sharcs_core.interventions import Edit, apply_edits, effect_of
from sharcs_core.named import values_said
from sharcs_core.naming import value_words
from sharcs_core.structures import Factor
from widgets.editor import Editor

N_CHANGES_TOLD = 3


def scenarios(run: Run, editor: Editor) -> None:
    """Keep the edits under a name, and compare what was kept."""
    st.markdown("##### Scenarios", help="A set of edits under a name, kept while this browser tab is open.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", key="scenario_name", placeholder="such as: turned over", width=280, max_chars=60)
        st.button(
            "Keep these edits",
            key="keep",
            icon=":material/bookmark_add:",
            on_click=editor.keep,
            args=("scenario_name",),
            disabled=not editor.edits,
        )
        if editor.scenarios:
            st.button("Forget all", key="forget", on_click=editor.forget_scenarios)
    if not editor.scenarios:
        st.caption("None kept yet. Edit a concept, give the edits a name, and compare it with the next.")
    for name, edits in {"As it is": (), **editor.scenarios}.items() if editor.scenarios else ():
        _scenario(run, editor, name, edits)


def _scenario(run: Run, editor: Editor, name: str, edits: tuple[Edit, ...]) -> None:
    outcome = effect_of(run, editor.shared, edits, exclude=editor.exclude).after
    names = run.task.class_names
    columns = st.columns([3, 2, 4, 3, 2], vertical_alignment="center")
    columns[0].markdown(f"**{name}**")
    columns[1].markdown(
        f"{names[outcome.class_index]} · {in_percent(float(outcome.probabilities[outcome.class_index]))}"
    )
    columns[2].html(spread_strip(outcome.probabilities, names, class_colours(len(names)), height=16))
    columns[3].caption(f"tree: {names[outcome.path.class_index]} · {edits_in_words(run, editor, edits)}")
    columns[4].button(
        "Load", key=f"load|{editor.name}|{name}", on_click=editor.set, args=(edits,), disabled=edits == editor.edits
    )


def edits_in_words(run: Run, editor: Editor, edits: Sequence[Edit]) -> str:
    """What edits change, such as ``Scene: purple → red``; the first few of many."""
    said = [
        f"{run.task.modality(modality).title}: {_change(run, editor, modality, changed, own)}"
        for (modality, changed), own in editor.changes(edits).items()
    ]
    more = len(said) - N_CHANGES_TOLD
    return ", ".join(said[:N_CHANGES_TOLD] + ([f"{more} more"] if more > 0 else [])) or "no edit"


def _change(run: Run, editor: Editor, modality: str, changed: Factor | int, edits: Sequence[Edit]) -> str:
    """One change: of a taught factor its value before and after, else each concept's new value."""
    if isinstance(changed, Factor):
        before = editor.read(modality, changed)
        after = int(values_said(apply_edits(editor.shared, edits)[modality][None], changed)[0])
        words = value_words(run.task, changed, modality)
        if before != after:
            return f"{words[before]} → {words[after].removeprefix(f'{changed.name} ')}"
    return ", ".join(f"{run.concept_names[edit.concept]} → {_state(edit.value)}" for edit in edits)


def _state(value: float) -> str:
    return {0.0: "off", 1.0: "on"}.get(value, f"{value:.2g}")

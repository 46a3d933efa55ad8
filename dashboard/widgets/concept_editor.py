"""Editing the concepts of one sample: a choice a taught factor, switches for free concepts, or sliders for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

import resources
from figures.concepts import beyond_name
from sharcs_core.checkpoints import Run
from sharcs_core.naming import reading, value_words
from sharcs_core.rationale import key_activation
from sharcs_core.structures import THRESHOLD, Factor, Neighbour
from widgets.editor import CHOICES, SLIDERS, SWITCHES, Editor

N_TO_BORROW = 4
EDITED = " :material/edit:"


def concept_column(run: Run, editor: Editor, modality: str, how: str) -> None:
    """What one modality says, one below the other: taught factors, then free concepts; with sliders every concept."""
    if how == SLIDERS:
        for concept in range(len(editor.shared[modality])):
            _slider(run, editor, modality, concept)
        return
    for factor in editor.factors:
        _factor_choice(run, editor, modality, factor)
    for concept in editor.free:
        _switch(run, editor, modality, concept)


def _factor_choice(run: Run, editor: Editor, modality: str, factor: Factor) -> None:
    """All values of a taught factor side by side, the one that the modality says marked."""
    words = [word.removeprefix(f"{factor.name} ") for word in value_words(run.task, factor, modality)]
    unsure = reading(editor.shared[modality], (factor,), run.task, modality)[factor.name][1]
    read, said = editor.read(modality, factor), editor.said(modality, factor)
    label = f"**{factor.name}**"
    if said != read:
        label += f" :gray[was read as {words[read]}]{EDITED}"
    elif unsure:
        label += " :gray[read, but not for sure]"
    key = editor.key(CHOICES, modality, factor.name)
    st.session_state.setdefault(key, said)
    st.segmented_control(
        label,
        range(factor.n_values),
        format_func=words.__getitem__,
        required=True,
        key=key,
        on_change=editor.chosen,
        args=(modality, factor),
        wrap=True,
    )


def _switch(run: Run, editor: Editor, modality: str, concept: int) -> None:
    key = editor.key(SWITCHES, modality, concept)
    st.session_state.setdefault(key, editor.value(modality, concept) > THRESHOLD)
    st.toggle(
        _label(run, editor, modality, concept),
        key=key,
        on_change=editor.switched,
        args=(modality, concept),
        wrap=True,
    )


def _slider(run: Run, editor: Editor, modality: str, concept: int) -> None:
    key = editor.key(SLIDERS, modality, concept)
    st.session_state.setdefault(key, round(editor.value(modality, concept), 2))
    st.slider(
        _label(run, editor, modality, concept),
        0.0,
        1.0,
        step=0.01,
        key=key,
        on_change=editor.slid,
        args=(modality, concept),
    )


def _label(run: Run, editor: Editor, modality: str, concept: int) -> str:
    """A concept's name, what it is on for where the name leaves that open, and whether it is edited."""
    name = run.concept_names[concept]
    meaning = beyond_name(name, resources.concept_meanings(run.name)[modality][concept])
    edited = EDITED if editor.value(modality, concept) != float(editor.shared[modality][concept]) else ""
    return f"**{name}**" + (f" · {meaning}" if meaning else "") + edited


def tools(editor: Editor) -> str:
    """Undo and reset, and how concepts are edited: by ``Switches``, which are choices where taught, or ``Sliders``."""
    n = len(editor.changes(editor.edits))
    with st.container(horizontal=True, vertical_alignment="center"):
        how = st.segmented_control(
            "Edit with",
            (SWITCHES, SLIDERS),
            default=SWITCHES,
            required=True,
            key="edit_with",
            format_func=lambda way: CHOICES if way == SWITCHES and editor.factors else way,
            label_visibility="collapsed",
            width="content",
        )
        st.button("Undo", icon=":material/undo:", on_click=editor.undo, disabled=len(editor.history) < 2, key="undo")
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=editor.set,
            args=((),),
            key="reset",
            disabled=not editor.edits,
            help="Takes all edits back. Undo brings them again.",
        )
        st.markdown(":gray[nothing edited]" if not n else f"**{n} edit{'s' if n > 1 else ''}**")
    return how or SWITCHES


def borrow(
    run: Run, editor: Editor, modality: str, neighbours: Mapping[str, Mapping[str, Sequence[Neighbour]]]
) -> None:
    """Take over the concepts of another input: of what a meaning looks like on average, or of a neighbour."""
    box = st.popover("Take over …", icon=":material/content_copy:", key=f"borrow|{modality}", on_change="rerun")
    if not box.open:  # its pictures would be sent again with every edit
        return
    with box:
        st.caption(f"Gives the {run.task.modality(modality).title.lower()} all the concepts of something else.")
        _borrow_meaning(run, editor, modality)
        queries = [name for name in neighbours if name != modality] or list(neighbours)
        for target in neighbours[queries[0]]:
            title = run.task.modality(queries[0]).title.lower()
            st.markdown(f"**{run.task.modality(target).title}**: nearest to the {title}")
            _borrow_neighbour(run, editor, modality, neighbours[queries[0]][target][:N_TO_BORROW])


def _borrow_meaning(run: Run, editor: Editor, modality: str) -> None:
    keys, activations = key_activation(run.bank, modality)
    names = run.task.modality(modality).key_names
    place = st.selectbox(
        "As if it were",
        range(len(keys)),
        index=None,
        format_func=lambda i: names[keys[i]],
        key=f"meaning|{editor.name}|{modality}",
        placeholder="choose a meaning",
        help="The mean concepts of all training inputs of this modality that mean it.",
    )
    if place is not None:
        st.button(
            f"Take over {names[keys[place]]}",
            key=f"take|{editor.name}|{modality}",
            on_click=editor.take_over,
            args=(modality, activations[place]),
        )


def _borrow_neighbour(run: Run, editor: Editor, modality: str, found: Sequence[Neighbour]) -> None:
    for column, neighbour in zip(st.columns(N_TO_BORROW), found, strict=False):
        with column:
            st.html(resources.drawing(run.name, neighbour.modality, neighbour.row, size=64))
            st.button(
                "Take",
                key=f"take|{editor.name}|{modality}|{neighbour.id}",
                on_click=editor.take_over,
                args=(modality, run.bank.sides[neighbour.modality].shared[neighbour.row]),
                help=f"`{neighbour.id}`: {run.task.modality(neighbour.modality).key_names[neighbour.key]}",
            )

"""Edits that were kept under a name, compared: what each does to the answer, and what it consists of, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from drawings.concepts import in_percent, spread_strip
from drawings.theme import class_colours
from sharcs_core.effects import edits_in_words
from sharcs_core.interventions import effect_of
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.interventions import Edit
    from shared.intervene.editor import Editor

NAME = "scenario_name"


def scenarios(run: Run, editor: Editor) -> None:
    """Keep the edits under a name, and compare what was kept."""
    st.markdown("##### Scenarios", help="A set of edits under a name, kept while this browser tab is open.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the scenario", key=NAME, placeholder="such as: turned over", width=280, max_chars=60)
        st.button(
            "Keep these edits",
            key="keep",
            icon=":material/bookmark_add:",
            on_click=editor.keep,
            args=(NAME,),
            disabled=not editor.edits,
        )
        if editor.scenarios:
            st.button("Forget all", key="forget", on_click=editor.forget_scenarios)
    if editor.clash is not None:
        _ask(editor, editor.clash)
    if not editor.scenarios:
        st.caption("None kept yet. Edit a concept, give the edits a name, and compare it with the next.")
    for name, edits in {"As it was read": (), **editor.scenarios}.items() if editor.scenarios else ():
        _scenario(run, editor, name, edits)


def _ask(editor: Editor, name: str) -> None:
    """What to do with edits under a name that another scenario has."""
    st.warning(markdown("There is a scenario “{}” already.", name), icon=":material/help:")
    with st.container(horizontal=True):
        for label, how in (("Replace it", "replace"), ("Keep both", "both"), ("Leave it", "leave")):
            st.button(label, key=f"clash-{how}", on_click=editor.settle_clash, args=(how, NAME))


def _scenario(run: Run, editor: Editor, name: str, edits: tuple[Edit, ...]) -> None:
    outcome = effect_of(run, editor.shared, edits, exclude=editor.exclude).after
    names = run.card.target.names
    told, drawn, load = st.columns([4, 4, 2], vertical_alignment="center")
    answer = f"{names[outcome.class_index]} · {in_percent(float(outcome.probabilities[outcome.class_index]))}"
    told.markdown(markdown("**{}**  \n{}", name, answer))
    drawn.html(spread_strip(outcome.probabilities, names, class_colours(len(names)), height=16))
    tree = "" if outcome.path.stopped_for else f"tree: {names[outcome.path.class_index]} · "
    drawn.caption(plain(f"{tree}{edits_in_words(run, editor.shared, edits) or 'no edit'}"))
    load.button(
        "Load", key=f"load|{editor.name}|{name}", on_click=editor.set, args=(edits,), disabled=editor.holds(edits)
    )

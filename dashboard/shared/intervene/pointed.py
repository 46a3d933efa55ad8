"""Where the concept under the pointer, or under the keyboard's focus, is read: beside the controls that edit it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.structures import Answer, Question
from shared.intervene.editor import CHOICES, SLIDERS, Editor
from shared.where import say_where, switch

if TYPE_CHECKING:
    from sharcs_core.structures import Asked
    from shared.sample import Sample

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "pointed.js"
SIZE = 96


@st.fragment
@resources.one_look()
def where_pointed(sample: Sample, editor: Editor) -> None:
    """The switch *Where?*, and once it is on the inputs, lit for what is pointed at; at first for the answer."""
    with st.container(key="pointed_at", gap="xsmall"):
        if switch():
            say_where(sample, _pointed_at(editor), SIZE)


def _pointed_at(editor: Editor) -> Asked:
    things, controls = controls_of(editor)
    key = f"pointed|{editor.name}"
    pointed = getattr(st.session_state.get(key), "pointed", None)
    component = st.components.v2.component("pointed", html="<span></span>", js=SCRIPT.read_text(encoding="utf-8"))
    component(key=key, data={"controls": controls, "pointed": pointed}, on_pointed_change=lambda: None, height=1)
    if not isinstance(pointed, int) or not 0 <= pointed < len(things):
        return Answer()
    return things[pointed]


def controls_of(editor: Editor) -> tuple[tuple[Question, ...], dict[str, list[int]]]:
    """What can be pointed at, and the class of each control → the places of what it, or its buttons, stand for."""
    things: list[Question] = []
    controls: dict[str, list[int]] = {}

    def stands_for(key: str, modality: str, concepts: list[int]) -> None:
        own = [Question((modality,), (concept,)) for concept in concepts]
        things.extend(one for one in own if one not in things)
        controls[class_of(key)] = [things.index(one) for one in own]

    for modality, values in editor.shared.items():
        for factor in editor.factors_of(modality):
            of_values = factor.concepts if factor.n_values > 2 else (*factor.concepts, *factor.concepts)
            stands_for(editor.key(CHOICES, modality, factor.name), modality, list(of_values))
        for concept in range(len(values)):
            stands_for(editor.key(SLIDERS, modality, concept), modality, [concept])
        for concept in editor.free:
            stands_for(editor.key("switch", modality, concept), modality, [concept])
    return tuple(things), controls


def class_of(key: str) -> str:
    """The class that Streamlit gives to what has a key.

    >>> class_of("switch|a b|1")
    'st-key-switch-a-b-1'
    """
    return f"st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key.strip())}"

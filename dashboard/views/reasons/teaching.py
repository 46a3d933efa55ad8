"""Teach: what should have mattered in a picture, and why, kept for the next training."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.errors import UserError
from sharcs_core.guided import annotating
from sharcs_core.guided.annotations import AnnotationError, mask_of_box
from sharcs_core.guided.taught import MOST_LETTERS, Annotation
from sharcs_core.trainings.folders import data_folder
from shared.changes import may_change
from shared.plain import code, markdown, plain
from views.reasons.kept import FOLDER, USUAL, folder_chosen, show_kept
from views.reasons.painting import FAULT, mask_of, put_mask, show_board
from views.train.doing import do, tell

if TYPE_CHECKING:
    from views.reasons.chosen import Shown


@st.fragment
@resources.one_look()
def teach(shown: Shown) -> None:
    """The board, class and sentence, where they are kept, and those that were kept before."""
    st.subheader("Teach it", anchor=False)
    st.caption("Mark what should have mattered, or say why in a sentence, or both: the next training learns from it.")
    _take_up(shown)
    board, words = st.columns([3, 2], gap="medium")
    with board:
        show_board(shown)
        _offer_box(shown)
        if fault := st.session_state.pop(FAULT, None):
            st.error(plain(fault), icon=":material/error:")
    with words:
        _ask(shown)
        _offer_keeping(shown)
        tell()
    if may_change():
        show_kept(shown)


def _take_up(shown: Shown) -> None:
    """What was kept of this picture before, once, where nothing is begun yet."""
    begun = _key("begun", shown)
    if begun in st.session_state:
        return
    st.session_state[begun] = True
    try:
        kept = annotating.kept_of(folder_chosen(), shown.pixels) if may_change() else None
    except UserError:
        return  # told where it is kept
    if kept is not None:
        put_mask(shown.key, kept.mask)
        st.session_state[_key("said", shown)] = kept.sentence
        if kept.label in shown.reason.classes:
            st.session_state[_key("label", shown)] = kept.label


def _key(what: str, shown: Shown) -> str:
    return f"teach_{what}|{shown.key}"


def _offer_box(shown: Shown) -> None:
    """The box in figures, for whoever draws by no pointer."""
    height, width = shown.reason.light.shape
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Or a box in pixels",
            key=_key("box", shown),
            placeholder="left top right bottom",
            help=markdown("Of a picture of {} × {}; {} is its upper left corner.", width, height, "0 0"),
        )
        st.button("Mark it", key="teach_mark", on_click=_mark_box, args=(shown,))


def _mark_box(shown: Shown) -> None:
    key = _key("box", shown)
    try:
        mask = mask_of_box(st.session_state.get(key) or "", shown.reason.light.shape)
    except AnnotationError as error:
        st.session_state[FAULT] = f"The box {error.says}; {error.mend}"
        return
    before = mask_of(shown.key)
    put_mask(shown.key, mask if before is None else before | mask)
    st.session_state[key] = ""


def _ask(shown: Shown) -> None:
    """Class and sentence."""
    classes, label = list(shown.reason.classes), _key("label", shown)
    if st.session_state.get(label) not in classes:
        st.session_state[label] = shown.truth.label if shown.truth.label in classes else shown.reason.class_name
    st.selectbox("Class", classes, key=label)
    st.text_area(
        "Why, in a sentence",
        key=_key("said", shown),
        placeholder=shown.reason.sentence or "What it is, and by what it is known",
        max_chars=MOST_LETTERS,
        height=90,
    )
    if shown.reason.sentence:
        st.button(
            "Begin with its words", key="teach_words", icon=":material/edit:", on_click=_take_words, args=(shown,)
        )


def _take_words(shown: Shown) -> None:
    st.session_state[_key("said", shown)] = shown.reason.sentence


def _annotation(shown: Shown) -> Annotation:
    said, label = (st.session_state.get(_key(what, shown)) or "" for what in ("said", "label"))
    return Annotation(shown.pixels, label, mask_of(shown.key), said)


def _offer_keeping(shown: Shown) -> None:
    """The button that keeps it, or a file to take along where nothing may be changed."""
    if shown.sample.origin == "unseen":
        st.caption("It is an unseen sample: test a model that learns from it on others.")
    if may_change():
        st.text_input(
            "Kept in the folder",
            USUAL,
            key=FOLDER,
            persist_state="session",
            help=markdown("A folder in {}, where the page Train looks too.", code(f"{data_folder()}/")),
        )
        st.button(
            "Keep it",
            key="teach_keep",
            type="primary",
            icon=":material/save:",
            on_click=do,
            args=(partial(_kept, shown),),
        )
        return
    try:
        content = annotating.zip_of([_annotation(shown)])
    except UserError as error:
        st.caption(plain(str(error)))
        return
    st.download_button(
        "Take it along", content, "annotation.zip", "application/zip", on_click="ignore", icon=":material/download:"
    )


def _kept(shown: Shown) -> str:
    folder = folder_chosen()
    annotating.add(folder, _annotation(shown))
    return f"Kept in {folder}."

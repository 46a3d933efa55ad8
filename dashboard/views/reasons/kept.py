"""The annotations so far: looked at, taken back, exported, trained on."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from drawings.markup import html
from drawings.reasons import picture_and_mask
from sharcs_core.errors import UserError
from sharcs_core.guided import annotating
from sharcs_core.guided.annotation_sheet import Row, rows_of
from sharcs_core.guided.reading import text_in
from sharcs_core.guided.taught import remembered
from sharcs_core.named import counted
from sharcs_core.trainings.folders import data_folder
from shared.paging import n_pages, on_page
from shared.plain import code, markdown, plain
from views.train.doing import do

if TYPE_CHECKING:
    from views.reasons.chosen import Shown

FOLDER = "teach_folder"
"""Key of the folder's name."""
USUAL = "annotations"
PER_PAGE, FEW = 6, 100
"""Annotations on a page; so many that a training can do with them."""


def folder_chosen() -> Path:
    """The folder that annotations are kept in. Raises UserError for one that cannot be."""
    return annotating.annotation_folder(data_folder(), st.session_state.get(FOLDER) or USUAL)


def show_kept(shown: Shown) -> None:
    """A row an annotation, the newest first."""
    try:
        folder = folder_chosen()
        rows = rows_of(folder)[::-1]
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not rows:
        return
    st.markdown(markdown("##### {} in {}", counted(len(rows), "annotation"), code(f"{folder}/")))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Export",
            partial(annotating.zipped, folder),
            f"{folder.name}.zip",
            "application/zip",
            key="teach_export",
            on_click="ignore",
            icon=":material/download:",
            help="All of them as one zip: pictures, masks, and a sheet with a row each.",
        )
        st.markdown(
            markdown("The next training uses them: {}", code(f"sharcs train {shlex.quote(str(folder))} --guided"))
        )
    if len(rows) < FEW:
        _offer_memory(shown, folder)
    pages = n_pages(len(rows), PER_PAGE)
    page = st.number_input("Page", 1, pages, key="teach_page") if pages > 1 else 1
    for row in on_page(rows, page, PER_PAGE):
        with st.container(border=True, key=f"taught|{row.id}"):
            _show(folder, row)


def _offer_memory(shown: Shown, folder: Path) -> None:
    """What the model remembers, to be trained on together with what people say."""
    bank = shown.sample.run.bank
    if not bank.is_kept:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            markdown("Put {} beside", counted(len(bank), "remembered sample")),
            key="teach_memory",
            icon=":material/library_add:",
            on_click=do,
            args=(partial(_put_memory, shown, folder),),
        )
        st.caption("A training needs more than a few pictures: these are training samples that this model keeps.")


def _put_memory(shown: Shown, folder: Path) -> str:
    run = shown.sample.run
    text = text_in({name: side.inputs for name, side in run.bank.sides.items()})
    n = annotating.add_memory(folder, remembered(run.bank, run.card.target.names, shown.modality, text))
    return f"{counted(n, 'sample')} more in {folder}."


def _show(folder: Path, row: Row) -> None:
    picture, told, button = st.columns([2, 4, 1], vertical_alignment="center")
    try:
        picture.html(picture_and_mask(annotating.annotation_at(folder, row)))
    except UserError as error:
        picture.caption(plain(str(error)))
    said = html("“{}”", row.sentence) if row.sentence else html("{}", "no sentence")
    told.html(html("<b>{}</b><br>{}", row.label, said))
    button.button(
        "Take back",
        key=f"take_back|{row.id}",
        on_click=do,
        args=(partial(_taken_back, folder, row.id),),
    )


def _taken_back(folder: Path, row_id: str) -> str:
    annotating.remove(folder, row_id)
    return "It is taken back."

"""The annotations so far: looked at, taken back, exported, trained on."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

import streamlit as st

from drawings.markup import html
from drawings.reasons import picture_and_mask
from sharcs_core.errors import UserError
from sharcs_core.guided import annotating
from sharcs_core.named import counted
from sharcs_core.trainings.folders import data_folder
from shared.paging import n_pages, on_page
from shared.plain import code, markdown, plain
from views.train.doing import do

FOLDER = "teach_folder"
"""Key of the folder's name."""
USUAL = "annotations"
PER_PAGE = 6


def folder_chosen() -> Path:
    """The folder that annotations are kept in. Raises UserError for one that cannot be."""
    return annotating.annotation_folder(data_folder(), st.session_state.get(FOLDER) or USUAL)


def show_kept() -> None:
    """A row an annotation, the newest first."""
    try:
        folder = folder_chosen()
        rows = annotating.rows_of(folder)[::-1]
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
    pages = n_pages(len(rows), PER_PAGE)
    page = st.number_input("Page", 1, pages, key="teach_page") if pages > 1 else 1
    for row in on_page(rows, page, PER_PAGE):
        with st.container(border=True, key=f"taught|{row.id}"):
            _show(folder, row)


def _show(folder: Path, row: annotating.Row) -> None:
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

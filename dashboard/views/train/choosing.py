"""Which folder is trained on: one that is here, or one that a zip brings."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from sharcs_core.readers.zips import BOUNDS
from sharcs_core.tasks.folder.starting import start_folder, start_of
from sharcs_core.trainings.folders import DataFolder, bring_zip, data_folder, folder_named, own_folders
from shared.plain import Markdown, code, markdown
from views.train.doing import do
from views.upload.given import forget_upload

CHOSEN, WAY = "train_folder", "train_way"
HERE, ZIP = "A folder here", "A zip"
TURN = "train_zip_turn"


def choose_folder() -> DataFolder | None:
    """The folder that was chosen; None where there is none yet. Raises UserError where it has gone."""
    way = st.segmented_control("Data", [HERE, ZIP], default=HERE, required=True, key=WAY, label_visibility="collapsed")
    home = data_folder()
    if way == ZIP:
        _bring(home)
        return None
    names = [one.name for one in own_folders(home)]
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = None
    if not names:
        st.info(_how_to_bring(home), icon=":material/folder:")
        return None
    chosen = st.selectbox("Folder", names, index=None, key=CHOSEN, placeholder="Choose a folder of samples")
    return folder_named(home, chosen) if chosen else None


def _how_to_bring(home: Path) -> Markdown:
    return markdown(
        "There is no folder of samples in {} yet. Put one there, with a {} that has a row a sample, or bring a zip.",
        code(f"{home}/"),
        code("metadata.csv"),
    )


def _bring(home: Path) -> None:
    turn = st.session_state.get(TURN, 0)
    st.caption(
        markdown(
            "A zip of a folder with {}, or with pictures in a folder a class. It is unpacked into a folder of its own "
            "in {}; code is refused.",
            code("metadata.csv"),
            code(f"{home}/"),
        )
    )
    most = BOUNDS.packed // 1_000_000
    file = st.file_uploader("A zip", key=f"train_zip|{turn}", max_upload_size=most, label_visibility="collapsed")
    if file is None:
        return
    do(lambda: _unpacked(home, file.name, file))
    forget_upload(file)
    st.session_state[TURN] = turn + 1
    st.rerun()


def _unpacked(home: Path, name: str, file: object) -> str:
    folder = bring_zip(home, name, file)  # type: ignore[arg-type]
    st.session_state["train_next"] = folder
    return f"It is unpacked in {home.joinpath(folder)}."


def take_up_brought() -> None:
    """Chooses the folder that a zip has just brought, before its controls are there."""
    brought = st.session_state.pop("train_next", None)
    if brought is not None:
        st.session_state[CHOSEN], st.session_state[WAY] = brought, HERE


def begin_folder(folder: DataFolder) -> None:
    """What ``sharcs init`` would write, and a button that does."""
    start = start_of(folder.path)
    st.markdown(markdown("{} has no {} yet. This is what can be made of it:", code(folder.name), code("metadata.csv")))
    with st.container(gap="xxsmall"):
        for sentence in start.says:
            st.markdown(markdown("- {}", sentence))
    st.button(
        markdown("Write {}", " and ".join(start.files)),
        key="train_begin",
        type="primary",
        on_click=do,
        args=(lambda: _begun(folder.path),),
    )


def _begun(path: Path) -> str:
    start = start_folder(path)
    return f"Written: {' and '.join(start.files)}."

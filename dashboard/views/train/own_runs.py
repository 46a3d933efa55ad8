"""The models that were trained here or brought: open, rename, take along, delete."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import streamlit as st

import resources
from drawings.concepts import in_percent
from sharcs_core.checkpoints import RunSummary
from sharcs_core.checkpoints.layout import HISTORY
from sharcs_core.shares import few_rows, with_rows
from sharcs_core.trainings import read_progress
from sharcs_core.trainings.runs import MOST_BYTES, bring_run, delete_run, is_shipped, rename_run, zip_run
from shared.changes import may_change
from shared.choice import select_run
from shared.plain import Markdown, code, markdown, plain
from views.train.curves import show_curves
from views.train.doing import do
from views.upload.given import forget_upload

TURN = "train_run_turn"


def show_own_runs() -> None:
    """A row a model of one's own, and the way to bring one."""
    own = [summary for summary in resources.list_runs() if not is_shipped(summary.path)]
    st.subheader("Your models", anchor=False)
    if not own:
        st.caption("None yet: what is trained here, or brought as a zip, stands here and in the sidebar.")
    titles = resources.run_titles()
    for summary in own:
        with st.container(border=True, key=f"own|{summary.name}"):
            _row(summary, titles.get(summary.name, summary.name))
    if may_change():
        _bring()


def _row(summary: RunSummary, title: str) -> None:
    told, buttons = st.columns([2, 3], vertical_alignment="center")
    told.markdown(markdown("**{}**  \n{}", summary.name, title if summary.name not in title else ""))
    told.caption(plain(summary.error) if summary.error else _how_good(summary))
    with buttons.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        _open(summary)
        _export(summary)
        if may_change():
            _rename(summary)
            _delete(summary)
    if summary.path.joinpath(HISTORY).is_file() and st.toggle("How it was trained", key=f"history|{summary.name}"):
        show_curves(read_progress(summary.path.joinpath(HISTORY)), summary.name)


def _how_good(summary: RunSummary) -> Markdown:
    accuracy = summary.metrics.get("accuracy")
    if not isinstance(accuracy, float):
        return markdown("no figures")
    return markdown(
        "accuracy {}", with_rows(f"{in_percent(accuracy)} on unseen samples", few_rows(summary.metrics, "accuracy"))
    )


def _open(summary: RunSummary) -> None:
    """Makes it the chosen model; the way to its pages, where it is."""
    if st.session_state.get("run") == summary.name and not summary.error:
        st.page_link("views/overview/overview.py", label="Look at it", icon=":material/open_in_new:")
        return
    st.button(
        "Choose",
        key=f"open|{summary.name}",
        icon=":material/check:",
        disabled=bool(summary.error),
        on_click=do,
        args=(partial(_chosen, summary.name),),
        help="Makes it the model of all pages.",
    )


def _chosen(name: str) -> str:
    select_run(name)
    return f"{name} is the model of all pages now."


def _export(summary: RunSummary) -> None:
    st.download_button(
        "Export",
        partial(_zipped, summary.path),
        f"{summary.name}.zip",
        "application/zip",
        key=f"export|{summary.name}",
        on_click="ignore",
        icon=":material/download:",
        help="The model as one zip, with no code in it: to be brought to another machine.",
    )


def _zipped(path: Path) -> bytes:
    stream = io.BytesIO()
    zip_run(path, stream)
    return stream.getvalue()


def _rename(summary: RunSummary) -> None:
    key = f"rename_to|{summary.name}"
    with st.popover("Rename", icon=":material/edit:"):
        st.text_input("New name", summary.name, key=key)
        st.button("Save", key=f"rename|{summary.name}", on_click=do, args=(partial(_renamed, summary, key),))


def _renamed(summary: RunSummary, key: str) -> str:
    path = rename_run(summary.path, st.session_state[key])
    if st.session_state.get("run") == summary.name:
        select_run(path.name)
    return f"{summary.name} is called {path.name} now."


def _delete(summary: RunSummary) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(markdown("Delete **{}**? Nobody can bring it back, unless it was exported.", summary.name))
        st.button(
            "Delete it", key=f"delete|{summary.name}", type="primary", on_click=do, args=(partial(_deleted, summary),)
        )


def _deleted(summary: RunSummary) -> str:
    delete_run(summary.path)
    if st.session_state.get("run") == summary.name:
        select_run(None)
    return f"{summary.name} is deleted."


def _bring() -> None:
    turn = st.session_state.get(TURN, 0)
    with st.expander("Bring a model"):
        st.caption(markdown("A zip that {} gave. It is loaded before it is taken in.", code("Export")))
        most = MOST_BYTES // 1_000_000
        file = st.file_uploader("A zip", key=f"train_run|{turn}", max_upload_size=most, label_visibility="collapsed")
    if file is not None:
        do(lambda: f"{bring_run(resources.runs_folder(), file.name, file).name} is here; choose it in the sidebar.")
        forget_upload(file)
        st.session_state[TURN] = turn + 1
        st.rerun()

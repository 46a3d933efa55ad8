"""The few settings of a training that matter, and its start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import resources
from sharcs_core.checkpoints.layout import PARTS
from sharcs_core.config import RunConfig
from sharcs_core.trainings import Job, ask_for, start_runner
from views.train.doing import do

MOST_EPOCHS, MOST_CONCEPTS, MOST_SEED = 2000, 200, 2_147_483_647
ANEW = "drawn anew"


def offer_training(folder: Path, wanted: str, usual: RunConfig, *, guided: bool = False) -> None:
    """Settings as the task has them unless somebody changes them, and the button that starts.

    Args:
        guided: whether explanations teach; such a folder has a split of its own.
    """
    key = f"train|{folder}"
    with st.form(key, border=False):
        epochs, concepts, seed = _numbers(key, usual)
        balanced = st.checkbox(
            "Rare classes weigh as much as common ones", key=f"{key}|balanced", value=usual.training.balanced
        )
        split_from = None if guided else _split(key)
        job = Job(str(folder.resolve()), epochs, concepts, balanced, seed, split_from, guided)
        if st.form_submit_button("Start training", type="primary", icon=":material/play_arrow:"):
            do(lambda: _start(wanted, job))
            st.rerun()


def _numbers(key: str, usual: RunConfig) -> tuple[int, int, int]:
    """Epochs, concepts and seed."""
    left, middle, right = st.columns(3)
    epochs = left.number_input(
        "Epochs",
        1,
        MOST_EPOCHS,
        usual.training.epochs,
        key=f"{key}|epochs",
        help="How often every training sample is seen. More take longer; the best epoch on validation is kept.",
    )
    concepts = middle.number_input(
        "Concepts",
        max(2, usual.model.n_named + 1),
        MOST_CONCEPTS,
        usual.model.n_shared,
        key=f"{key}|concepts",
        help="How many concepts all kinds of data share at first; those that nothing depends on go at the end.",
    )
    seed = right.number_input(
        "Seed", 0, MOST_SEED, 0, key=f"{key}|seed", help="Of split and weights: the same one, the same model."
    )
    return int(epochs), int(concepts), int(seed)


def _split(key: str) -> str | None:
    """The run whose split is taken; None for one that is drawn anew."""
    chosen = st.selectbox(
        "Split",
        [ANEW, *_runs_with_parts()],
        key=f"{key}|split",
        help="Where a sheet says no split itself: rows that a former model knew can stay in the part they were in, so "
        "that the two can be compared.",
    )
    return None if chosen == ANEW else str(resources.runs_folder().joinpath(chosen).resolve())


def _runs_with_parts() -> list[str]:
    names = [summary.name for summary in resources.list_runs() if not summary.error]
    return [name for name in names if resources.runs_folder().joinpath(name, PARTS).is_file()]


def _start(wanted: str, job: Job) -> str:
    place = ask_for(resources.runs_folder(), wanted, job)
    start_runner(place.runs)
    return f"{place.name} is in line. It goes on if you close this page."

"""Modalities by their titles, and the control that chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


def titles_of(run: Run) -> dict[str, str]:
    """Modality → its name for people."""
    return {modality.name: modality.title for modality in run.task.modalities}


def choose_modality(run: Run, label: str, key: str, *, default: int = 0, help: str | None = None) -> str:
    """One of the run's modalities, side by side to press. ``default`` is a place in their order."""
    titles = titles_of(run)
    names = list(titles)
    chosen = st.segmented_control(
        label,
        names,
        format_func=titles.__getitem__,
        default=names[default],
        required=True,
        key=f"{key}|{run.task.name}",  # a task's own, for another has other modalities
        help=help,
    )
    return chosen or names[default]

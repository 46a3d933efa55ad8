"""Modalities by their titles, and the control that chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from shared.plain import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from sharcs_core.checkpoints import Run

MOST_IN_A_ROW = 3


def titles_of(run: Run) -> dict[str, str]:
    """Modality → its name for people."""
    return {modality.name: modality.title for modality in run.card.modalities}


def columns_for(n: int, gap: Literal["small", "medium", "large"] = "large") -> list[DeltaGenerator]:
    """``n`` columns: up to three in a row, four as two and two."""
    in_a_row = n if n <= MOST_IN_A_ROW else 2
    columns: list[DeltaGenerator] = []
    for start in range(0, n, in_a_row):
        columns += st.columns(in_a_row, gap=gap)[: n - start]
    return columns


def choose_modality(run: Run, label: str, key: str, *, default: int = 0, help: str | None = None) -> str:
    """One of the run's modalities, side by side to press. ``default`` is a place in their order."""
    titles = titles_of(run)
    names = list(titles)
    chosen = st.segmented_control(
        label,
        names,
        format_func=lambda name: plain(titles[name]),
        default=names[default],
        required=True,
        key=f"{key}|{run.task.name}",  # a task's own, for another has other modalities
        help=help,
        wrap=True,
    )
    return chosen or names[default]


def choose_missing(run: Run, key: str) -> tuple[str, ...]:
    """The modalities to take away: one of two, any of more as long as one is left. Empty where none is chosen."""
    titles = titles_of(run)
    if len(titles) == 2:
        return (choose_modality(run, "Take away", key, default=-1),)
    chosen = st.segmented_control(
        "Take away",
        list(titles),
        format_func=lambda name: plain(titles[name]),
        default=[list(titles)[-1]],
        selection_mode="multi",
        key=f"{key}|{run.task.name}",
        help="Any of them, as long as one is left.",
        wrap=True,
    )
    return tuple(name for name in titles if name in chosen)

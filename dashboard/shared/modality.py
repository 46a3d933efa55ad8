"""Modalities by their titles, and the control that chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from shared.plain import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from sharcs_core.checkpoints import Run

MOST_IN_A_ROW = 3


def columns_for(n: int, gap: Literal["small", "medium", "large"] = "large") -> list[DeltaGenerator]:
    """``n`` columns: up to three in a row, four as two and two."""
    in_a_row = n if n <= MOST_IN_A_ROW else 2
    columns: list[DeltaGenerator] = []
    for start in range(0, n, in_a_row):
        columns += st.columns(in_a_row, gap=gap)[: n - start]
    return columns


def choose_modality(
    run: Run, label: str, key: str, *, default: int = 0, help: str | None = None, among: Sequence[str] | None = None
) -> str:
    """One of the run's modalities, side by side to press.

    Args:
        default: a place in their order.
        among: those to choose from; all, by default.
    """
    titles = run.card.titles
    names = list(titles if among is None else among)
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


def choose_missing(run: Run, key: str, present: Sequence[str]) -> tuple[str, ...]:
    """The modalities to take away of those that are present: one of two, any of more as long as one is left.

    Empty where none is chosen.
    """
    titles = run.card.titles
    key = key if len(present) == len(titles) else f"{key}|{'|'.join(present)}"
    if len(present) == 2:
        return (choose_modality(run, "Take away", key, default=-1, among=present),)
    chosen = st.segmented_control(
        "Take away",
        list(present),
        format_func=lambda name: plain(titles[name]),
        default=[present[-1]],
        selection_mode="multi",
        key=f"{key}|{run.task.name}",
        help="Any of them, as long as one is left.",
        wrap=True,
    )
    return tuple(name for name in present if name in chosen)

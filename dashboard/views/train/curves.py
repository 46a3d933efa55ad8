"""How a training goes, or went, drawn."""

from __future__ import annotations

import streamlit as st

from drawings.training_curves import accuracy_curve, loss_curves
from sharcs_core.trainings import Progress


def show_curves(progress: Progress, name: str) -> None:
    """Losses and accuracy beside each other, on a phone below each other; nothing before the first epoch."""
    if not progress.epochs:
        return
    for column, draw in zip(st.columns(2), (loss_curves, accuracy_curve), strict=True):
        figure = draw(progress.epochs, progress.n_epochs)
        column.plotly_chart(figure, key=f"{draw.__name__}|{name}", config={"displayModeBar": False})

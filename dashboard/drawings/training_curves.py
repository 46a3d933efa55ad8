"""How a training goes: its losses, and the accuracy on validation samples, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from drawings.markup import figure_html
from drawings.theme import BAR, QUIET, TWO_COLOURS, quiet
from sharcs_core.trainings import Epoch

FAINT = "rgba(138,147,166,0.25)"
HEIGHT = 250


def training_curves(epochs: Sequence[Epoch], n_epochs: int) -> go.Figure:
    """Two panels beside each other: losses, and accuracy from 0 to 1, over all epochs that there will be."""
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.09)
    x = [one.epoch + 1 for one in epochs]
    _line(figure, 1, x, [one.train_loss for one in epochs], "loss in training", TWO_COLOURS[0], "dot")
    _line(figure, 1, x, [one.validation_loss for one in epochs], "loss on validation", BAR, "solid")
    _line(figure, 2, x, [one.validation_accuracy for one in epochs], "accuracy on validation", TWO_COLOURS[1], "solid")
    figure.update_xaxes(range=[0.5, max(n_epochs, 2) + 0.5], showgrid=False, linecolor=QUIET, title_text="epoch")
    figure.update_yaxes(gridcolor=FAINT, zeroline=False, rangemode="tozero")
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%", col=2)
    return quiet(figure, HEIGHT).update_layout(hovermode="x unified", margin_t=40)


def _line(
    figure: go.Figure, column: int, x: Sequence[int], y: Sequence[float], name: str, colour: str, dash: str
) -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        name=name,
        mode="lines+markers" if len(x) < 3 else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=figure_html("{} %{{y:.3f}}<extra></extra>", name),
        row=1,
        col=column,
    )

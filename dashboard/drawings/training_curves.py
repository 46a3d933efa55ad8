"""How a training goes: its losses, and the accuracy on validation samples, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from drawings.markup import figure_html
from drawings.theme import BAR, QUIET, TWO_COLOURS, quiet
from sharcs_core.trainings import Epoch

FAINT = "rgba(138,147,166,0.25)"
HEIGHT = 230


def loss_curves(epochs: Sequence[Epoch], n_epochs: int) -> go.Figure:
    """Losses in training and on validation, over all epochs that there will be."""
    figure, x = go.Figure(), [one.epoch + 1 for one in epochs]
    _line(figure, x, [one.train_loss for one in epochs], "loss in training", TWO_COLOURS[0], "dot")
    _line(figure, x, [one.validation_loss for one in epochs], "loss on validation", BAR, "solid")
    return _over_epochs(figure, n_epochs)


def accuracy_curve(epochs: Sequence[Epoch], n_epochs: int) -> go.Figure:
    """Accuracy on validation samples, from 0 to 1, over all epochs that there will be."""
    figure, x = go.Figure(), [one.epoch + 1 for one in epochs]
    accuracies = [one.validation_accuracy for one in epochs]
    _line(figure, x, accuracies, "accuracy on validation", TWO_COLOURS[1], "solid")
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%")
    return _over_epochs(figure, n_epochs).update_layout(showlegend=True)


def _over_epochs(figure: go.Figure, n_epochs: int) -> go.Figure:
    last = max(n_epochs, 2) + 0.5
    figure.update_xaxes(range=[0.5, last], showgrid=False, linecolor=QUIET, title_text="epoch", title_standoff=6)
    figure.update_yaxes(gridcolor=FAINT, zeroline=False, rangemode="tozero")
    return quiet(figure, HEIGHT).update_layout(hovermode="x unified", margin_t=36)


def _line(figure: go.Figure, x: Sequence[int], y: Sequence[float], name: str, colour: str, dash: str) -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        name=name,
        mode="lines+markers" if len(x) < 3 else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        hovertemplate=figure_html("{} %{{y:.3f}}<extra></extra>", name),
    )

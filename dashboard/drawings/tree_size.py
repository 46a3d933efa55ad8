"""How good the decision tree is at every size, as two curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from drawings.markup import figure_html
from drawings.theme import BAR, CHOSEN, QUIET, quiet

if TYPE_CHECKING:
    from sharcs_core.rules import SizeCurve

HEIGHT = 190


def size_figure(curve: SizeCurve, leaves: int) -> go.Figure:
    """Leaves against accuracy (a full line) and fidelity (a dashed one); a line marks the size that is shown."""
    figure = go.Figure()
    sizes = np.arange(1, curve.most_leaves + 1)
    for name, shares, dash in (("accuracy", curve.accuracy, "solid"), ("fidelity", curve.fidelity, "dash")):
        figure.add_scatter(
            x=sizes,
            y=shares,
            name=name,
            mode="lines",
            line={"color": BAR if dash == "solid" else QUIET, "width": 2.5, "dash": dash, "shape": "hv"},
            hovertemplate=figure_html("{} %{{y:.1%}} at %{{x}} leaves<extra></extra>", name),
        )
    figure.add_vline(x=leaves, line={"color": CHOSEN, "width": 2})
    figure.add_scatter(
        x=[leaves, leaves],
        y=[curve.accuracy[leaves - 1], curve.fidelity[leaves - 1]],
        mode="markers",
        marker={"color": CHOSEN, "size": 9},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(title="leaves", showgrid=False, range=[0.5, curve.most_leaves + 0.5], fixedrange=True)
    figure.update_yaxes(tickformat=".0%", gridcolor="rgba(138,147,166,.25)", range=[0, 1.05], fixedrange=True)
    return quiet(figure, height=HEIGHT).update_layout(margin={"l": 8, "r": 8, "t": 28, "b": 8})

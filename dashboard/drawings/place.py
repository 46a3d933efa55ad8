"""Where inputs that someone brought lie on the map of a run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from drawings.markup import figure_text
from drawings.theme import CHOSEN, mark_of, quiet
from sharcs_core.structures import Bank, Floats

MOST_POINTS = 3000
"""Of each modality; more of them say nothing more at this size."""


def place_on_map(bank: Bank, positions: Mapping[str, Floats], method: str, titles: Mapping[str, str]) -> go.Figure:
    """The training inputs faint, a star for each input that was brought.

    Args:
        positions: modality → (2,) place of the input that was brought.
    """
    figure = go.Figure()
    marks = {name: mark_of(name, tuple(titles)) for name in bank.sides}
    for name, side in bank.sides.items():
        rows = np.linspace(0, len(bank) - 1, min(len(bank), MOST_POINTS)).astype(int)
        x, y = side.maps[method][rows].T
        figure.add_scattergl(
            x=x,
            y=y,
            mode="markers",
            name=figure_text(titles[name]),
            hoverinfo="skip",
            marker={"color": marks[name].colour, "symbol": marks[name].symbol, "size": 5, "opacity": 0.28},
        )
    for name, (x, y) in positions.items():
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers",
            name=figure_text(f"your {titles[name].lower()}"),
            hoverinfo="name",
            marker={
                "color": marks[name].colour,
                "symbol": "star",
                "size": 20,
                "line": {"color": CHOSEN, "width": 2},
            },
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return quiet(figure, height=460)

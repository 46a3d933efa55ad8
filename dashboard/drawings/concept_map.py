"""The map of the shared space: every input a point, shape = modality, colour = what one asks for.

A figure is constant for its arguments: what is chosen on it is shown beside it or over it, because a changed
figure would lose the reader's zoom and selection.

Shapes: n inputs of a modality, m of them in one trace, T shared concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from drawings.map_points import FADED, Layer, points, symbol
from drawings.map_points import where as where_of
from drawings.theme import (
    VIRIDIS,
    WRONG,
    quiet,
)
from sharcs_core.named import counted
from sharcs_core.selections import Fault, frame_of
from sharcs_core.structures import Floats
from sharcs_core.tasks.task import Task

COLOURS = ("Meaning", "Answer", "Mistakes", "Concept", "Kind")
"""The first of them only where it is known what inputs mean."""
HALF_WRONG = "#E56B7A"
"""Of inputs whose sample is answered wrong, though none of it is known to be misread."""
COLOUR_BAR = {"thickness": 10, "len": 0.6, "tickvals": [0, 0.5, 1], "ticktext": ["off", "0.5", "on"]}
ROOM, CORE = 18, 6
"""Diameters of a mistake. Plotly puts the pointer on what is drawn in SVG within half of either: nearer than any point
of the map within that of the core, nearer than nearly all within that of the room."""
MOST_IN_SVG = 1500
"""More mistakes than that would make a map in SVG slow; they are drawn as all other points are."""


def colours_for(task: Task) -> tuple[str, ...]:
    """Those of ``COLOURS`` that there are for a task."""
    return COLOURS[1:] if task.card.own_keys else COLOURS


def concept_map(
    task: Task, layers: Sequence[Layer], method: str, colour: str, detail: int | str = 0, height: int = 560
) -> go.Figure:
    """The map as a figure.

    Args:
        method: a projection that the banks hold coordinates of, such as ``UMAP``.
        colour: one of ``COLOURS``.
        detail: of the colour ``Concept``: which shared concept's activation; of ``Meaning``: which of
            :func:`~drawings.meaning.meanings_of`, by default the first.

    Points carry as ``customdata`` the row of their input in a side of a bank, which their trace names as
    ``legendgroup``: ``<part>/<modality>``; of one side there may be several. Mistakes are drawn last, as traces of
    their own. What each point has of its own is a typed array, which is sent in binary.
    """
    figure = go.Figure()
    for layer in layers:
        figure.add_traces(points(task, layer, method, colour, detail))
    if colour == "Concept":
        figure.add_trace(_colour_bar())
    if colour == "Mistakes":
        for fault in (Fault.UNEXPLAINED, Fault.MISREAD):
            for layer in layers:
                for name in layer.bank.sides:
                    figure.add_traces(_mistakes(task, layer, name, method, fault))
    x, y = frame_of(_places(layers, method))  # what Plotly finds by itself counts as a change when it draws once more
    figure.update_xaxes(visible=False, range=x)
    figure.update_yaxes(visible=False, range=y)
    return quiet(figure, height).update_layout(
        dragmode="pan",
        clickmode="none",  # to mark a single point Plotly paints all anew; the page's script tells of clicks
        datarevision=1,  # or Streamlit's copy of the same points, which it draws once more, would be taken for others
        hovermode="closest",
        hoverdistance=12,
    )


def _places(layers: Sequence[Layer], method: str) -> Floats:
    """Where all inputs (n, 2) of some layers lie, drawn or not."""
    return np.concatenate([side.maps[method] for layer in layers for side in layer.bank.sides.values()])


def _mistakes(task: Task, layer: Layer, name: str, method: str, fault: Fault) -> list[go.Scatter] | list[go.Scattergl]:
    """The mistakes of one kind: a pale disc that is easy to meet, and the point itself on it; nothing of none."""
    rows = layer.rows_of(name)
    rows = rows[layer.faults[name][rows] == fault] if name in layer.faults else rows[:0]
    if not len(rows):
        return []
    kind = go.Scatter if len(rows) <= MOST_IN_SVG else go.Scattergl
    shade, where = WRONG if fault == Fault.MISREAD else HALF_WRONG, where_of(task, layer, name, method, rows)
    kept = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": FADED}}}
    room = {"size": ROOM, "symbol": "circle", "color": f"{WRONG}2E", "opacity": 1, "line": {"width": 0}}
    line = {"color": shade, "width": 2.5}
    core = {
        "size": CORE,
        "symbol": symbol(task, name, layer.part == "test"),
        "color": shade,
        "opacity": 1,
        "line": line,
    }
    return [kind(**where, marker=marker, **kept) for marker in (room, core)]


def _colour_bar() -> go.Scattergl:
    """No point, but what the shades of a concept say."""
    scale = [[i / (len(VIRIDIS) - 1), shade] for i, shade in enumerate(VIRIDIS)]
    marker = {"color": [0], "cmin": 0, "cmax": 1, "colorscale": scale, "showscale": True, "colorbar": COLOUR_BAR}
    return go.Scattergl(x=[None], y=[None], mode="markers", marker=marker, showlegend=False, hoverinfo="skip")


def marks(task: Task, positions: Mapping[str, Floats]) -> list[dict[str, object]]:
    """Rings around a sample's inputs, as x, y and the modality's title.

    Args:
        positions: modality → (2,) the input's place on the map.
    """
    return [
        {"x": float(x), "y": float(y), "title": task.card.modality(name).title} for name, (x, y) in positions.items()
    ]


def described(task: Task, n_inputs: int, method: str, colour: str) -> str:
    """What the map is, for those who do not see it."""
    kinds = " and ".join(modality.title for modality in task.card.modalities)
    return (
        f"Map of {counted(n_inputs, 'input')} ({kinds}), each a point placed by its shared concepts, flattened by "
        f"{method} and coloured by {colour.lower()}. The list beside it holds the same inputs."
    )

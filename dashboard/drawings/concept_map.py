"""The map of the shared space: every input a point, shape = modality, colour = what one asks for.

A figure is constant for its arguments: what is chosen on it is shown beside it or over it, because a changed
figure would lose the reader's zoom and selection.

Shapes: n inputs of a modality, m of them in one trace, T shared concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup

from drawings.markup import figure_html, figure_text, html, joined
from drawings.meaning import Meaning, meanings_of
from drawings.theme import (
    QUIET,
    RIGHT,
    VIRIDIS,
    WRONG,
    class_colours,
    mark_of,
    quiet,
)
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import counted
from sharcs_core.selections import Fault
from sharcs_core.structures import Bank, Floats, Ints
from sharcs_core.tasks.card import NOT_KNOWN
from sharcs_core.tasks.task import Task

COLOURS = ("Meaning", "Answer", "Mistakes", "Concept", "Kind")
"""The first of them only where it is known what inputs mean."""
FADED = 0.18
BLOT = "⬤"
HALF_WRONG = "#E56B7A"
"""Of inputs whose sample is answered wrong, though none of it is known to be misread."""
FAULTS = {
    Fault.NONE: "",
    Fault.UNEXPLAINED: figure_html("<br>✗ answered wrong"),
    Fault.MISREAD: figure_html("<br>✗ misread"),
}
COLOUR_BAR = {"thickness": 10, "len": 0.6, "tickvals": [0, 0.5, 1], "ticktext": ["off", "0.5", "on"]}
ROOM, CORE = 18, 6
"""Diameters of a mistake. Plotly puts the pointer on what is drawn in SVG within half of either: nearer than any point
of the map within that of the core, nearer than nearly all within that of the room."""


@dataclass(frozen=True)
class Layer:
    """One of the run's banks on the map.

    Attributes:
        part: ``train`` or ``test``.
        predicted: (n,) predicted class of each of its samples.
        faults: modality → (n,) of :class:`~sharcs_core.selections.Fault`, where mistakes are to be seen.
    """

    part: str
    bank: Bank
    predicted: Ints
    faults: Mapping[str, Ints] = field(default_factory=dict)


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

    Points carry the id of their input as ``customdata``: ``<sample id>/<modality>``, and each trace says in ``meta``
    which bank side its points are of, and which rows of it. Mistakes are drawn last, as traces of their own.
    """
    figure = go.Figure()
    for layer in layers:
        for name in layer.bank.sides:
            figure.add_trace(_points(task, layer, name, method, colour, detail))
    if colour == "Mistakes":
        for fault in (Fault.UNEXPLAINED, Fault.MISREAD):
            for layer in layers:
                for name in layer.bank.sides:
                    figure.add_traces(_mistakes(task, layer, name, method, fault))
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return quiet(figure, height).update_layout(
        dragmode="pan",
        clickmode="event+select",
        hovermode="closest",
        hoverdistance=12,
    )


def _points(task: Task, layer: Layer, name: str, method: str, colour: str, detail: int | str) -> go.Scattergl:
    """All inputs of one side, or, where mistakes are to be seen, those that are none."""
    side, unseen = layer.bank.sides[name], layer.part == "test"
    rows = np.arange(len(side.ids))
    if colour == "Mistakes" and name in layer.faults:
        rows = np.flatnonzero(layer.faults[name] == Fault.NONE)
    size = 5 if len(side.ids) > 1500 else 7
    marker: dict[str, object] = {
        "size": size + unseen,
        "symbol": _symbol(task, name, unseen),
        "opacity": 0.9 if unseen else 0.72,
        "color": _colours(task, layer, name, colour, detail)[rows],
    }
    if colour == "Mistakes":
        marker["opacity"] = 0.5 if unseen else 0.35
    if colour == "Concept":
        marker |= {"cmin": 0, "cmax": 1, "colorscale": _scale()}
        if not unseen and name == next(iter(layer.bank.sides)):
            marker |= {"showscale": True, "colorbar": COLOUR_BAR}
    return go.Scattergl(
        **_where(task, layer, name, method, rows),
        marker=marker,
        selected={"marker": {"opacity": 1, "size": size + 4}},
        unselected={"marker": {"opacity": FADED}},
    )


def _mistakes(task: Task, layer: Layer, name: str, method: str, fault: Fault) -> list[go.Scatter]:
    """The mistakes of one kind: a pale disc that is easy to meet, and the point itself on it; nothing of none."""
    rows = np.flatnonzero(layer.faults[name] == fault) if name in layer.faults else np.array([], dtype=int)
    if not len(rows):
        return []
    shade, where = WRONG if fault == Fault.MISREAD else HALF_WRONG, _where(task, layer, name, method, rows)
    kept = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": FADED}}}
    room = {"size": ROOM, "symbol": "circle", "color": f"{WRONG}2E", "opacity": 1, "line": {"width": 0}}
    line = {"color": shade, "width": 2.5}
    core = {
        "size": CORE,
        "symbol": _symbol(task, name, layer.part == "test"),
        "color": shade,
        "opacity": 1,
        "line": line,
    }
    return [go.Scatter(**where, marker=marker, **kept) for marker in (room, core)]


def _symbol(task: Task, name: str, unseen: bool) -> str:
    return f"{mark_of(name, task.card.names).symbol}{'-open' * unseen}"


def _where(task: Task, layer: Layer, name: str, method: str, rows: Ints) -> dict[str, object]:
    """What a trace says of its points: places, ids, words for the pointer, and where their drawings are."""
    places, texts = layer.bank.sides[name].maps[method][rows], hover_texts(task, layer, name, rows)
    return {
        "x": np.round(places[:, 0], 4),
        "y": np.round(places[:, 1], 4),
        "mode": "markers",
        "name": figure_text(f"{task.card.modality(name).title}{' (unseen)' if layer.part == 'test' else ''}"),
        "showlegend": False,
        "customdata": np.char.add(layer.bank.sample_ids[rows], f"/{name}"),
        "text": texts,
        "hovertemplate": figure_html("%{{text}}<extra></extra>"),
        "meta": {
            "side": f"{layer.part}/{name}",
            "rows": None if len(rows) == len(layer.bank) else rows.tolist(),
        },
    }


def hover_texts(task: Task, layer: Layer, name: str, rows: Ints) -> list[str]:
    """What the pointer says at some inputs: id, what it means, truth and prediction of its sample, its fault."""
    modality, bank = task.card.modality(name), layer.bank
    faults = layer.faults.get(name, np.zeros(len(bank), dtype=int))
    columns = (bank.sample_ids, bank.sides[name].semantics, bank.labels, layer.predicted, faults)
    keys = set(bank.sides[name].semantics[rows].tolist())
    means = {key: figure_text(f"{modality.title}: {modality.key_name(key)}") for key in keys}
    classes = list(map(figure_text, task.card.target.names))
    return [
        figure_html(
            "<b>{}</b><br>sample {} · truth {} · model {}{}",
            means[key],
            sample,
            classes[label],
            classes[guess],
            FAULTS[fault],
        )
        for sample, key, label, guess, fault in zip(*(column[rows] for column in columns), strict=True)
    ]


def _colours(task: Task, layer: Layer, name: str, colour: str, detail: int | str) -> np.ndarray:
    side = layer.bank.sides[name]
    if colour == "Concept":
        return np.round(side.shared[:, int(detail)], 3)
    if colour == "Kind":
        return np.repeat(mark_of(name, task.card.names).colour, len(side.ids))
    if colour == "Mistakes":
        return np.repeat(RIGHT, len(side.ids))
    if colour == "Answer":
        return np.array(class_colours(len(task.card.target.names)))[layer.bank.labels]
    return _meaning(task, detail).colours_of(side.semantics)


def _meaning(task: Task, detail: int | str) -> Meaning:
    found = meanings_of(task)
    return found.get(str(detail)) or next(iter(found.values()))


def _scale() -> list[list[object]]:
    return [[i / (len(VIRIDIS) - 1), shade] for i, shade in enumerate(VIRIDIS)]


def legend_entries(
    task: Task, colour: str, detail: int | str = 0, *, keys: Ints | None = None
) -> list[tuple[str, str, str]]:
    """What shapes and colours say: (words, colour, mark), shapes first.

    Args:
        keys: (n,) of the inputs that are shown; some of them may not be known to mean anything.
    """
    own = colour == "Kind"
    marks = {modality.title: mark_of(modality.name, task.card.names) for modality in task.card.modalities}
    shapes = [(title, mark.colour if own else QUIET, mark.sign) for title, mark in marks.items()]
    if colour == "Mistakes":
        misread = [
            ("misread, sample answered wrong", WRONG, BLOT),
            ("sample answered wrong, no input known to be misread", HALF_WRONG, BLOT),
        ]
        wrong = [("sample answered wrong", HALF_WRONG, BLOT)] if task.card.own_keys else misread
        return [*shapes, *wrong, ("all others", RIGHT, BLOT)]
    if colour == "Answer":
        names, shades = task.card.target.names, class_colours(len(task.card.target.names))
        return [*shapes, *((f"answer {name}", shade, BLOT) for name, shade in zip(names, shades, strict=True))]
    if colour == "Meaning":
        meaning = _meaning(task, detail)
        unknown = keys is not None and (meaning.groups(keys) == UNKNOWN).any()
        said = [(words, shade, BLOT) for words, shade in zip(meaning.names, meaning.colours, strict=True)]
        return [*shapes, *said, *([(NOT_KNOWN, QUIET, BLOT)] if unknown else [])]
    return shapes


def legend(task: Task, colour: str, detail: int | str = 0, *, keys: Ints | None = None) -> Markup:
    """What shapes and colours say, to stand above the map and wrap where it is narrow."""
    entries = joined(
        html('<li><span style="color:{}" aria-hidden="true">{}</span> {}</li>', shade, mark, words)
        for words, shade, mark in legend_entries(task, colour, detail, keys=keys)
    )
    return html('<ul class="map-legend" aria-label="What shapes and colours of the map say">{}</ul>', entries)


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

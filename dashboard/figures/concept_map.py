"""The map of the shared space: every input a point, shape = modality, colour = what one asks for.

A figure is constant for its arguments: what is chosen on it is shown beside it or over it, because a changed
figure would lose the reader's zoom and selection.

Shapes: n inputs of a modality, T shared concepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from figures.meaning import FEW, MOST_WHOLE, Meaning, meanings_of
from figures.theme import (
    QUIET,
    RIGHT,
    VIRIDIS,
    WRONG,
    class_colours,
    modality_colour,
    modality_mark,
    modality_symbol,
    quiet,
)
from sharcs_core.data.task import Task
from sharcs_core.structures import Bank, Ints

COLOURS = ("Meaning", "Answer", "Mistakes", "Concept", "Kind")
FADED = 0.18
BLOT = "⬤"


@dataclass(frozen=True)
class Layer:
    """One of the run's banks on the map.

    Attributes:
        part: ``train`` or ``test``.
        predicted: (n,) predicted class of each of its samples.
    """

    part: str
    bank: Bank
    predicted: Ints


def concept_map(
    task: Task, layers: Sequence[Layer], method: str, colour: str, detail: int | str = 0, height: int = 640
) -> go.Figure:
    """The map as a figure.

    Args:
        method: a projection that the banks hold coordinates of, such as ``UMAP``.
        colour: one of ``COLOURS``.
        detail: of the colour ``Concept``: which shared concept's activation; of ``Meaning``: which of
            :func:`~figures.meaning.meanings_of`, by default the first.

    Points carry the id of their input as ``customdata``: ``<sample id>/<modality>``.
    """
    figure = go.Figure()
    for layer in layers:
        for name in layer.bank.sides:
            figure.add_trace(_points(task, layer, name, method, colour, detail))
    if colour == "Meaning" and len(task.modalities[0].key_names) <= MOST_WHOLE:
        _add_names(figure, task, layers[0].bank, method)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return quiet(figure, height).update_layout(
        dragmode="pan",
        clickmode="event+select",
        hovermode="closest",
        hoverdistance=12,
    )


def _points(task: Task, layer: Layer, name: str, method: str, colour: str, detail: int | str) -> go.Scattergl:
    side, unseen = layer.bank.sides[name], layer.part == "test"
    places, symbol = side.maps[method], modality_symbol(name)
    size = 5 if len(places) > 1500 else 7
    marker: dict[str, object] = {
        "size": size + unseen,
        "symbol": f"{symbol}-open" if unseen else symbol,
        "opacity": 0.9 if unseen else 0.72,
        "color": _colours(task, layer, name, colour, detail),
    }
    if colour == "Mistakes":  # few among many: they must stand out
        wrong = layer.predicted != layer.bank.labels
        marker |= {"size": np.where(wrong, size + 4, size), "opacity": np.where(wrong, 1.0, 0.35)}
        if not unseen:
            marker["line"] = {"width": 0}  # else Plotly outlines points of several sizes in white
    if colour == "Concept":
        marker |= {"cmin": 0, "cmax": 1, "colorscale": _scale()}
        if not unseen and name == next(iter(layer.bank.sides)):
            marker |= {"showscale": True, "colorbar": {"title": "activation", "thickness": 10, "len": 0.6}}
    return go.Scattergl(
        x=np.round(places[:, 0], 4),
        y=np.round(places[:, 1], 4),
        mode="markers",
        name=f"{task.modality(name).title}{' (unseen)' if unseen else ''}",
        showlegend=False,
        customdata=np.char.add(layer.bank.sample_ids, f"/{name}"),
        text=hover_texts(task, layer, name),
        hovertemplate="%{text}<extra></extra>",
        meta={"atlas": f"{layer.part}/{name}"},
        marker=marker,
        selected={"marker": {"opacity": 1, "size": size + 4}},
        unselected={"marker": {"opacity": FADED}},
    )


def hover_texts(task: Task, layer: Layer, name: str) -> list[str]:
    """What the pointer says at each input: id, what it means, truth and prediction of its sample."""
    modality, bank = task.modality(name), layer.bank
    rows = zip(bank.sample_ids, bank.sides[name].semantics, bank.labels, layer.predicted, strict=True)
    return [
        f"<b>{modality.title}: {modality.key_names[key]}</b><br>sample {sample} · truth {task.class_names[label]}"
        f" · model {task.class_names[guess]}"
        for sample, key, label, guess in rows
    ]


def _colours(task: Task, layer: Layer, name: str, colour: str, detail: int | str) -> Sequence[str] | np.ndarray:
    side = layer.bank.sides[name]
    if colour == "Concept":
        return np.round(side.shared[:, int(detail)], 3)
    if colour == "Kind":
        return [modality_colour(name)] * len(side.ids)
    if colour == "Mistakes":
        return np.where(layer.predicted == layer.bank.labels, RIGHT, WRONG)
    if colour == "Answer":
        return np.array(class_colours(len(task.class_names)))[layer.bank.labels]
    meaning = _meaning(task, detail)
    return np.array(meaning.colours)[meaning.group[side.semantics]]


def _meaning(task: Task, detail: int | str) -> Meaning:
    found = meanings_of(task)
    return found.get(str(detail)) or next(iter(found.values()))


def _scale() -> list[list[object]]:
    return [[i / (len(VIRIDIS) - 1), shade] for i, shade in enumerate(VIRIDIS)]


def legend_entries(task: Task, colour: str, detail: int | str = 0) -> list[tuple[str, str, str]]:
    """What shapes and colours say: (words, colour, mark), shapes first."""
    own = colour == "Kind"
    shapes = [
        (modality.title, modality_colour(modality.name) if own else QUIET, modality_mark(modality.name))
        for modality in task.modalities
    ]
    if colour == "Mistakes":
        return [*shapes, ("answered right", RIGHT, BLOT), ("answered wrong", WRONG, BLOT)]
    if colour == "Answer":
        names, shades = task.class_names, class_colours(len(task.class_names))
        return [*shapes, *((f"answer {name}", shade, BLOT) for name, shade in zip(names, shades, strict=True))]
    if colour == "Meaning":
        meaning = _meaning(task, detail)
        return [*shapes, *((said, shade, BLOT) for said, shade in zip(meaning.names, meaning.colours, strict=True))]
    return shapes


def legend(task: Task, colour: str, detail: int | str = 0) -> str:
    """HTML of what shapes and colours say, to stand above the map and wrap where it is narrow."""
    entries = "".join(
        f'<span style="white-space:nowrap"><span style="color:{shade}">{mark}</span> {escape(words)}</span>'
        for words, shade, mark in legend_entries(task, colour, detail)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.15rem 1rem;font-size:.86rem">{entries}</div>'


def _add_names(figure: go.Figure, task: Task, bank: Bank, method: str) -> None:
    """Writes each meaning where its inputs lie, so that it need not be read off a colour."""
    places = np.concatenate([side.maps[method] for side in bank.sides.values()])
    keys = np.concatenate([side.semantics for side in bank.sides.values()])
    names = short_names(task.modalities[0].key_names)
    for key in np.unique(keys):
        x, y = central_place(places[keys == key])
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{names[key]}</b>",
            showarrow=False,
            captureevents=False,
            borderpad=3,
            bgcolor="rgba(20,22,28,.72)",
            font={"size": 12, "color": "#FFFFFF"},
        )


def short_names(names: Sequence[str]) -> list[str]:
    """Names of many meanings without the words that all of them share, so that they hide less of a map.

    >>> short_names([f"top half of digit {digit}" for digit in range(12)])[:2]
    ['0', '1']
    """
    words = [name.split() for name in names]
    shared = set.intersection(*map(set, words)) if len(names) > FEW else set()
    return [
        " ".join(word for word in said if word not in shared) or name for said, name in zip(words, names, strict=True)
    ]


def central_place(places: np.ndarray) -> np.ndarray:
    """The point of ``places`` (n, 2) nearest to their median: a place where there is one, (2,)."""
    return places[np.linalg.norm(places - np.median(places, axis=0), axis=1).argmin()]


def marks(layers: Mapping[str, Bank], sample_id: str, method: str) -> list[dict[str, object]]:
    """Where a sample's inputs lie: one ring a modality, as x, y and the modality's colour."""
    bank = layers["test" if sample_id.startswith("test/") else "train"]
    row = bank.row(sample_id)
    return [
        {"x": float(side.maps[method][row, 0]), "y": float(side.maps[method][row, 1]), "colour": modality_colour(name)}
        for name, side in bank.sides.items()
    ]

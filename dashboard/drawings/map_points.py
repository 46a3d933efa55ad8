"""The points of the map as Plotly's traces: each of one colour, for to paint every point by itself costs most.

So that none of two colours hides the other where they mix, each is drawn in several parts, one after the other in turn.

Shapes: n inputs of a modality, m of them drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from drawings.markup import figure_text
from drawings.meaning import meaning_of
from drawings.theme import QUIET, RIGHT, class_colours, mark_of, ordered_colours
from sharcs_core.selections import Fault
from sharcs_core.structures import Bank, Floats, Ints
from sharcs_core.tasks.task import Task

FADED = 0.18
SIZES = {1500: 7, 20_000: 5}
"""Up to so many samples of a bank, points of that diameter; of more the smallest."""
SMALLEST = 4
SHADES = 16
"""Steps in which the activation of a concept is painted."""
TURNS = 4
"""In so many parts a colour is drawn, where that does not make too many traces."""
MOST_TRACES = 64
"""More than that cost more than points that have a colour each."""


@dataclass(frozen=True)
class Layer:
    """One of the run's banks on the map.

    Attributes:
        part: ``train`` or ``test``.
        predicted: (n,) predicted class of each of its samples.
        faults: modality → (n,) of :class:`~sharcs_core.selections.Fault`, where mistakes are to be seen.
        rows: modality → (m,) rows of the bank that are drawn; all where it is not named.
    """

    part: str
    bank: Bank
    predicted: Ints
    faults: Mapping[str, Ints] = field(default_factory=dict)
    rows: Mapping[str, Ints] = field(default_factory=dict)

    def rows_of(self, name: str) -> Ints:
        """Rows (m,) of the inputs of a modality that are drawn."""
        return self.rows.get(name, np.arange(len(self.bank)))


@dataclass(frozen=True)
class _Painted:
    """Points of one modality: their rows (m,), the group of each (m,), and the colours of the groups."""

    name: str
    rows: Ints
    groups: Ints
    colours: Sequence[str]

    @property
    def there(self) -> list[int]:
        """The groups that there are, rising."""
        return sorted(set(self.groups.tolist()))


def points(task: Task, layer: Layer, method: str, colour: str, detail: int | str) -> list[go.Scattergl]:
    """All inputs of a layer, or, where mistakes are to be seen, those that are none.

    Args:
        method, colour, detail: as :func:`~drawings.concept_map.concept_map` takes them.
    """
    sides = [_painted(task, layer, name, colour, detail) for name in layer.bank.sides]
    n_groups = sum(len(side.there) for side in sides)
    if n_groups > MOST_TRACES:
        return [_trace(task, layer, side.name, method, side.rows, colour, _stepped(side)) for side in sides]
    turns = max(1, min(TURNS, MOST_TRACES // max(1, n_groups)))
    return [
        _trace(task, layer, side.name, method, rows, colour, {"color": shade})
        for turn in range(turns)
        for side in sides
        for rows, shade in _parts(side, turn, turns)
    ]


def symbol(task: Task, name: str, unseen: bool) -> str:
    """The shape of a modality's points, hollow for the unseen."""
    return f"{mark_of(name, task.card.names).symbol}{'-open' * unseen}"


def where(task: Task, layer: Layer, name: str, method: str, rows: Ints) -> dict[str, object]:
    """What a trace says of its points: their places, and which inputs they are."""
    places = np.asarray(layer.bank.sides[name].maps[method][rows], dtype=np.float32)
    return {
        "x": np.ascontiguousarray(places[:, 0]),
        "y": np.ascontiguousarray(places[:, 1]),
        "mode": "markers",
        "name": figure_text(f"{task.card.modality(name).title}{' (unseen)' if layer.part == 'test' else ''}"),
        "showlegend": False,
        "customdata": rows.astype(np.int32),
        "legendgroup": f"{layer.part}/{name}",
        "hoverinfo": "none",  # the page tells of the input under the pointer, see ``drawings/pointed.py``
    }


def _parts(side: _Painted, turn: int, turns: int) -> Iterator[tuple[Ints, str]]:
    """The rows and the colour of each group that are drawn in a turn."""
    for group in side.there:
        rows = side.rows[side.groups == group][turn::turns]
        if len(rows):
            yield rows, side.colours[group]


def _trace(
    task: Task, layer: Layer, name: str, method: str, rows: Ints, colour: str, painted: Mapping[str, object]
) -> go.Scattergl:
    unseen = layer.part == "test"
    size = next((size for most, size in SIZES.items() if len(layer.bank) <= most), SMALLEST)
    opacity = (0.5 if unseen else 0.35) if colour == "Mistakes" else 0.9 if unseen else 0.72
    return go.Scattergl(
        **where(task, layer, name, method, rows),
        marker={"size": size + unseen, "symbol": symbol(task, name, unseen), "opacity": opacity, **painted},
        selected={"marker": {"opacity": 1, "size": size + (1 if size == SMALLEST else 4)}},
        unselected={"marker": {"opacity": FADED}},
    )


def _painted(task: Task, layer: Layer, name: str, colour: str, detail: int | str) -> _Painted:
    """In which of some colours each point of a modality is painted; -1 is the last of them."""
    side, rows = layer.bank.sides[name], layer.rows_of(name)
    if colour == "Concept":
        return _Painted(name, rows, _steps(side.shared[rows, int(detail)]), ordered_colours(SHADES))
    if colour == "Answer":
        return _Painted(name, rows, layer.bank.labels[rows], class_colours(len(task.card.target.names)))
    if colour == "Meaning":
        meaning = meaning_of(task, detail)
        return _Painted(name, rows, meaning.groups(side.semantics[rows]), (*meaning.colours, QUIET))
    if colour == "Mistakes" and name in layer.faults:
        rows = rows[layer.faults[name][rows] == Fault.NONE]
    shade = RIGHT if colour == "Mistakes" else mark_of(name, task.card.names).colour
    return _Painted(name, rows, np.zeros(len(rows), dtype=np.int64), (shade,))


def _steps(values: Floats) -> Ints:
    """Activations (m,) from 0 to 1 as steps of the scale."""
    steps: Ints = np.minimum(values * SHADES, SHADES - 1).astype(np.int64)
    return steps


def _stepped(side: _Painted) -> dict[str, object]:
    """A colour a point, as a number of its group and a scale with a step for each."""
    n = len(side.colours)
    ends = np.linspace(0, 1, n + 1).tolist()
    steps = [[end, shade] for pair, shade in zip(pairwise(ends), side.colours, strict=True) for end in pair]
    numbers = (side.groups % n).astype(np.uint16 if n > 256 else np.uint8)
    return {"color": numbers, "cmin": -0.5, "cmax": n - 0.5, "colorscale": steps}

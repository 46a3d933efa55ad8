"""The points of the map: where each lies, and the ink that it is painted with. ``static/concept_map`` draws them.

The order is the same for places and inks of the same layers, and drawn by chance, so that where colours mix none of
them lies on all others.

Shapes: n inputs of a modality; m inputs of all layers are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from drawings.meaning import meaning_of
from drawings.theme import QUIET, RIGHT, WRONG, class_colours, mark_of, ordered_colours
from sharcs_core.selections import Fault
from sharcs_core.structures import Bank, Floats, Ints
from sharcs_core.tasks.task import Task

SIZES = {1500: 7, 20_000: 5}
"""Up to so many samples of a bank, points of that diameter; of more the smallest."""
SMALLEST = 4
MISTAKE = 8
"""The diameter of a mistake, which lies on a pale disc that the pointer meets easily."""
SHADES = 16
"""Steps in which the activation of a concept is painted."""
HALF_WRONG = "#E56B7A"
"""Of inputs whose sample is answered wrong, though none of it is known to be misread."""


@dataclass(frozen=True)
class Layer:
    """One of the run's banks on the map.

    Attributes:
        part: ``train`` or ``test``.
        predicted: (n,) predicted class of each of its samples.
        faults: modality → (n,) of :class:`~sharcs_core.selections.Fault`, where mistakes are to be seen.
        rows: modality → rows of the bank that are drawn; all where it is not named.
    """

    part: str
    bank: Bank
    predicted: Ints
    faults: Mapping[str, Ints] = field(default_factory=dict)
    rows: Mapping[str, Ints] = field(default_factory=dict)

    def rows_of(self, name: str) -> Ints:
        """Rows of the inputs of a modality that are drawn."""
        return self.rows.get(name, np.arange(len(self.bank)))


@dataclass(frozen=True)
class Ink:
    """How some of the points of one side of a bank are painted.

    Attributes:
        side: ``<part>/<modality>``.
        symbol: of their shapes, by Plotly's names.
        hollow: are they of unseen samples?
        opacity: from 0 to 1.
        size: diameter in pixels.
        fault: :class:`~sharcs_core.selections.Fault` that is to be seen. What has one lies above what has none, on a
            pale disc.
    """

    side: str
    symbol: str
    hollow: bool
    colour: str
    opacity: float
    size: int
    fault: int = int(Fault.NONE)


@dataclass(frozen=True)
class Places:
    """Where the points lie (m, 2), and which rows (m,) of their sides they are."""

    places: Floats
    rows: Ints

    def to_bytes(self) -> bytes:
        """All x, then all y, as 32-bit floats, then all rows as 32-bit integers; the lowest byte first."""
        x, y = np.asarray(self.places, dtype="<f4").T
        return b"".join([x.tobytes(), y.tobytes(), np.asarray(self.rows, dtype="<i4").tobytes()])


@dataclass(frozen=True)
class Painted:
    """The inks, and which of them (m,) each point has."""

    inks: tuple[Ink, ...]
    of: Ints

    def to_bytes(self) -> bytes:
        """The number of each point's ink, as 16-bit integers, the lowest byte first."""
        return np.asarray(self.of, dtype="<u2").tobytes()


def places(layers: Sequence[Layer], method: str) -> Places:
    """Where the points of some layers lie on a map of the banks, such as ``UMAP``."""
    sides = [(layer.bank.sides[name], layer.rows_of(name)) for layer in layers for name in layer.bank.sides]
    lie = np.concatenate([side.maps[method][rows] for side, rows in sides])
    order = _order(len(lie))
    return Places(lie[order], np.concatenate([rows for _, rows in sides])[order])


def painted(task: Task, layers: Sequence[Layer], colour: str, detail: int | str = 0) -> Painted:
    """What the points of some layers are painted with.

    Args:
        colour: one of :data:`~drawings.concept_map.COLOURS`.
        detail: of the colour ``Concept``: which shared concept's activation; of ``Meaning``: which of
            :func:`~drawings.meaning.meanings_of`, by default the first.
    """
    inks: list[Ink] = []
    of: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for layer in layers:
        for name in layer.bank.sides:
            own, numbers = _inks(task, layer, name, colour, detail)
            of.append(numbers + len(inks))
            inks += own
    numbers = np.concatenate(of)
    return Painted(tuple(inks), numbers[_order(len(numbers))])


def _order(n: int) -> Ints:
    """One order for each number of points."""
    return np.random.default_rng(0).permutation(n)


def _inks(task: Task, layer: Layer, name: str, colour: str, detail: int | str) -> tuple[list[Ink], Ints]:
    """The inks of a modality's points, and which of these each point has."""
    groups, colours = _groups(task, layer, name, colour, detail)
    there, numbers = np.unique(groups, return_inverse=True)
    plain = _plain(task, layer, name)
    if colour == "Mistakes":
        return [_fault_ink(plain, Fault(int(fault))) for fault in there], numbers
    return [replace(plain, colour=colours[group]) for group in there], numbers


def _plain(task: Task, layer: Layer, name: str) -> Ink:
    """The ink of a modality's points, whatever its colour."""
    unseen, mark = layer.part == "test", mark_of(name, task.card.names)
    size = next((size for most, size in SIZES.items() if len(layer.bank) <= most), SMALLEST)
    return Ink(f"{layer.part}/{name}", mark.symbol, unseen, mark.colour, 0.9 if unseen else 0.72, size + unseen)


def _fault_ink(plain: Ink, fault: Fault) -> Ink:
    if fault == Fault.NONE:
        return replace(plain, colour=RIGHT, opacity=0.5 if plain.hollow else 0.35)
    shade = WRONG if fault == Fault.MISREAD else HALF_WRONG
    return replace(plain, colour=shade, opacity=1, size=MISTAKE, fault=int(fault))


def _groups(task: Task, layer: Layer, name: str, colour: str, detail: int | str) -> tuple[Ints, Sequence[str]]:
    """Which colour each point of a modality has, and the colours; -1 is the last of them."""
    side, rows = layer.bank.sides[name], layer.rows_of(name)
    if colour == "Concept":
        return _steps(side.shared[rows, int(detail)]), ordered_colours(SHADES)
    if colour == "Answer":
        return layer.bank.labels[rows], class_colours(len(task.card.target.names))
    if colour == "Meaning":
        meaning = meaning_of(task, detail)
        return meaning.groups(side.semantics[rows]), (*meaning.colours, QUIET)
    if colour == "Mistakes" and name in layer.faults:
        return layer.faults[name][rows], ()
    return np.zeros(len(rows), dtype=np.int64), (mark_of(name, task.card.names).colour,)


def _steps(values: Floats) -> Ints:
    """Activations from 0 to 1 as steps of the scale."""
    steps: Ints = np.minimum(values * SHADES, SHADES - 1).astype(np.int64)
    return steps

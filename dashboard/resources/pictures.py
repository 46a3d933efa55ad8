"""What is drawn of a run: its inputs, and its map."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from drawings.inputs import draw, draw_lit
from drawings.look import look_of
from drawings.map_names import MapName
from drawings.map_names import map_names as names_of
from drawings.map_points import Layer, Painted, Places, painted, places
from drawings.markup import NOTHING
from drawings.pointed import Pointed, pointed_at, tile_shape
from resources.disk import runs_folder
from resources.kept import of_run
from resources.runs import run, run_card
from resources.samples import predictions
from sharcs_core.checkpoints import RunError
from sharcs_core.checkpoints.preview import first_input
from sharcs_core.errors import UnknownError
from sharcs_core.selections import InputTable, frame_of, inputs_of, places_of, rows_drawn
from sharcs_core.structures import Codes, Floats, Ints, Question
from sharcs_core.where import where


def drawing(run_name: str, modality: str, row: int, *, test: bool = False, size: int = 140) -> Markup:
    """HTML of one input of a run's bank (or, with ``test``, of its unseen samples)."""
    key = ("drawing", modality, int(row), test, size)
    return of_run(run_name, key, lambda: _drawing(run_name, modality, int(row), test, size))


def lit(run_name: str, modality: str, row: int, asked: Question, size: int) -> Markup:
    """HTML of one input of a run's bank, lit where a concept is read in it."""
    return of_run(
        run_name, ("lit", modality, int(row), asked, size), lambda: _lit(run_name, modality, int(row), asked, size)
    )


def _lit(run_name: str, modality: str, row: int, asked: Question, size: int) -> Markup:
    loaded = run(run_name)
    shown, inputs = loaded.card.modality(modality), loaded.bank.sides[modality].inputs.take([row])
    part = where(loaded, {modality: inputs}, asked).parts[modality]
    says = f"{shown.title}: {shown.key_name(int(loaded.bank.sides[modality].semantics[row]))}, lit where it is read"
    return draw_lit(inputs, 0, part, size, look_of(shown, loaded.card.names), says)


def _drawing(run_name: str, modality: str, row: int, test: bool, size: int) -> Markup:
    loaded = run(run_name)
    bank = loaded.test_bank if test else loaded.bank
    side, described = bank.sides[modality], loaded.card.modality(modality)
    says = f"{described.title}: {described.key_name(int(side.semantics[row]))}"
    return draw(side.inputs, row, size, look_of(described, loaded.card.names), says)


def run_picture(run_name: str, modality: str, size: int = 56) -> Markup:
    """HTML of one input of a run, without loading its model; nothing where it keeps none."""
    return of_run(run_name, ("run_picture", modality, size), lambda: _run_picture(run_name, modality, size))


def _run_picture(run_name: str, modality: str, size: int) -> Markup:
    try:
        card = run_card(run_name)
        described = card.modality(modality)
        first = first_input(runs_folder() / run_name, modality, described.kind)
    except RunError:
        return NOTHING
    return draw(first, 0, size, look_of(described, card.names))


def map_inputs(run_name: str) -> InputTable:
    """All inputs that a run keeps, a row each, with what is a mistake; see :mod:`sharcs_core.selections`."""
    return of_run(run_name, "map_inputs", lambda: inputs_of(run(run_name), predictions(run_name)))


def map_rows(run_name: str, unseen: bool) -> Ints:
    """Rows of the inputs that the map draws, with the unseen ones if wanted; see :func:`rows_drawn`."""
    return of_run(run_name, ("map_rows", unseen), lambda: rows_drawn(map_inputs(run_name), on_map(run_name, unseen)))


def on_map(run_name: str, unseen: bool) -> Codes:
    """Which inputs (n,) of a run belong on its map, whether they are drawn or not."""
    table = map_inputs(run_name)
    return np.ones(len(table), dtype=bool) if unseen else table.is_train


def map_points(run_name: str, method: str, unseen: bool) -> Places:
    """Where the points of the map lie, with the unseen samples as a second layer if wanted."""
    key = ("map_points", method, unseen)
    return of_run(run_name, key, lambda: places(_layers(run_name, unseen), method), "Drawing the map …")


def map_painted(run_name: str, colour: str, detail: int | str, unseen: bool) -> Painted:
    """What the points of the map are painted with in one of its colours."""
    key = ("map_painted", colour, detail, unseen)
    return of_run(run_name, key, lambda: painted(run(run_name).task, _layers(run_name, unseen), colour, detail))


def _layers(run_name: str, unseen: bool) -> list[Layer]:
    drawn = map_inputs(run_name).take(map_rows(run_name, unseen))
    return [_layer(run_name, part, drawn) for part in (("train", "test") if unseen else ("train",))]


def _layer(run_name: str, part: str, drawn: InputTable | None = None) -> Layer:
    """A bank of a run for the map; where not all of it is drawn, what is."""
    loaded, table = run(run_name), map_inputs(run_name)
    bank = loaded.bank if part == "train" else loaded.test_bank
    faults = {name: table.faults[table.rows_of_side(part, name)] for name in bank.sides}
    rows = {} if drawn is None else {name: drawn.places[drawn.rows_of_side(part, name)] for name in bank.sides}
    return Layer(part, bank, predictions(run_name)[part], faults, rows)


def map_names(run_name: str, method: str, colour: str, detail: int | str) -> tuple[MapName, ...]:
    """The names of the islands of a run's map in one colouring."""
    key = ("map_names", method, colour, detail)
    return of_run(run_name, key, lambda: _map_names(run_name, method, colour, detail))


def _map_names(run_name: str, method: str, colour: str, detail: int | str) -> tuple[MapName, ...]:
    table, places = map_inputs(run_name), map_places(run_name, method)
    trained = table.is_train
    return names_of(run(run_name).task, table.take(trained), places[trained], colour, detail)


def map_places(run_name: str, method: str) -> Floats:
    """Where all inputs (n, 2) of a run lie on its map, in the order of :func:`map_inputs`."""
    return of_run(run_name, ("map_places", method), lambda: places_of(run(run_name), method))


def map_frame(run_name: str, method: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """How far a run's map reaches along x and along y, whatever of it is drawn."""
    return of_run(run_name, ("map_frame", method), lambda: frame_of(map_places(run_name, method)))


def pointed(run_name: str, part: str, modality: str, row: int) -> Pointed:
    """What the pointer says of one input of a run's map, drawn when it is asked for.

    Raises:
        KeyError: for what the run does not have.
    """
    layer = of_run(run_name, ("pointed", part), lambda: _layer(run_name, part))
    if modality not in layer.bank.sides or not 0 <= row < len(layer.bank):
        raise UnknownError(f"There is no input {part}/{modality} {row} on this map; reload the page")
    shape = of_run(run_name, "tile_shape", lambda: tile_shape(run(run_name).bank))
    return pointed_at(run(run_name).task, layer, modality, row, shape)

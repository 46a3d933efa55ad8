"""What is drawn of a run: its inputs, and its map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup

from drawings.atlas import Atlas, build_atlas
from drawings.concept_map import Layer, concept_map
from drawings.inputs import draw, draw_lit
from drawings.look import look_of
from drawings.map_names import MapName
from drawings.map_names import map_names as names_of
from drawings.markup import NOTHING
from resources.disk import runs_folder
from resources.kept import of_run
from resources.runs import run, run_card
from resources.samples import predictions
from sharcs_core.checkpoints import RunError
from sharcs_core.checkpoints.preview import first_input
from sharcs_core.selections import InputTable, inputs_of
from sharcs_core.structures import Question
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


def map_figure(run_name: str, method: str, colour: str, detail: int | str, unseen: bool) -> go.Figure:
    """The concept map in one of its colours, with the unseen samples as a second layer if wanted."""
    key = ("map_figure", method, colour, detail, unseen)
    return of_run(run_name, key, lambda: _map_figure(run_name, method, colour, detail, unseen), "Drawing the map …")


def _map_figure(run_name: str, method: str, colour: str, detail: int | str, unseen: bool) -> go.Figure:
    loaded, predicted, table = run(run_name), predictions(run_name), map_inputs(run_name)
    banks = {"train": loaded.bank, "test": loaded.test_bank} if unseen else {"train": loaded.bank}
    layers = [
        Layer(part, bank, predicted[part], {name: table.faults[table.rows_of_side(part, name)] for name in bank.sides})
        for part, bank in banks.items()
    ]
    return concept_map(loaded.task, layers, method, colour, detail)


def map_names(run_name: str, method: str, colour: str, detail: int | str) -> tuple[MapName, ...]:
    """The names of the islands of a run's map in one colouring."""
    key = ("map_names", method, colour, detail)
    return of_run(run_name, key, lambda: _map_names(run_name, method, colour, detail))


def _map_names(run_name: str, method: str, colour: str, detail: int | str) -> tuple[MapName, ...]:
    loaded, table = run(run_name), map_inputs(run_name)
    places = np.concatenate([side.maps[method] for side in loaded.bank.sides.values()])
    return names_of(loaded.task, table.take(table.parts == "train"), places, colour, detail)


def atlas(run_name: str) -> Atlas:
    """Small pictures, or the words, of all inputs of a run, for the pointer on the map."""
    return of_run(run_name, "atlas", lambda: _atlas(run_name), "Drawing the inputs …")


def _atlas(run_name: str) -> Atlas:
    loaded = run(run_name)
    looks = {name: look_of(loaded.card.modality(name), loaded.card.names) for name in loaded.bank.sides}
    return build_atlas({"train": loaded.bank, "test": loaded.test_bank}, looks)

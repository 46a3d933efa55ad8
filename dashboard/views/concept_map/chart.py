"""The map itself, below what its shapes and colours say, and above how much it shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

import resources
from drawings.concept_map import described, marks, scale_of
from drawings.map_legend import legend
from server import MAP
from sharcs_core.named import counted, listed
from sharcs_core.selections import mistakes_first
from shared.component import component
from shared.plain import markdown, plain
from views.concept_map.areas import by_side
from views.concept_map.asked import of_inks, of_points
from views.concept_map.selection import (
    CHART,
    beside,
    choose_clicked,
    clear_selection,
    remember_selection,
    restore_selection,
)

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Ints
    from shared.sample import Sample
    from views.concept_map.controls import MapChoice


def map_chart(sample: Sample, shown: MapChoice, rows: Ints, *, fresh: bool) -> None:
    """The map, with rings around a sample's inputs; what is done on it is remembered.

    Args:
        rows: of the selected inputs.
        fresh: whether nothing was selected yet, so that what the tab remembers of before a reload is asked for.
    """
    run = sample.run
    n_drawn = len(resources.map_rows(run.name, shown.unseen))
    st.html(legend(run.task, shown.colour, shown.detail, keys=resources.map_inputs(run.name).keys))
    component("concept_map", isolated=False)(
        key=CHART,
        data={
            "label": described(run.task, n_drawn, shown.method, shown.colour),
            **_points(run, shown),
            **_over_them(sample, shown, rows),
            "fresh": fresh,
        },
        on_drawn_change=lambda: remember_selection(run.name, shown.method, unseen=shown.unseen),
        on_restored_change=lambda: restore_selection(run.name),
        on_clicked_change=lambda: choose_clicked(run.name),
        on_cleared_change=lambda: clear_selection(run.name),
    )
    _say_how_many(run, shown, n_drawn)


def _points(run: Run, shown: MapChoice) -> dict[str, Any]:
    """What the script needs for the points: where it asks for them, what their inks are, and how far they reach."""
    painted = resources.map_painted(run.name, shown.colour, shown.detail, shown.unseen)
    x, y = resources.map_frame(run.name, shown.method)
    return {
        "run": run.name,
        "points": f"{MAP}points?{of_points(run, shown)}",
        "painted": f"{MAP}inks?{of_inks(run, shown)}",
        "pointed": f"{MAP}pointed",
        "inks": [asdict(ink) for ink in painted.inks],
        "scale": scale_of(shown.colour),
        "frame": {"x": x, "y": y},
        "zoomKey": f"sharcs-map-zoom|{run.name}|{shown.method}",
        "selectionKey": f"sharcs-map-selection|{run.name}",
    }


def _over_them(sample: Sample, shown: MapChoice, rows: Ints) -> dict[str, Any]:
    """What lies over the points: names of islands, the rings of the sample, and what is selected."""
    run, table = sample.run, resources.map_inputs(sample.run.name)
    names = resources.map_names(run.name, shown.method, shown.colour, shown.detail)
    return {
        "marks": marks(run.task, sample.explanation().positions[shown.method]),
        "names": [asdict(name) for name in names],
        "selected": by_side(table, rows),
        "beside": beside(run, table, rows, shown),
    }


def _say_how_many(run: Run, shown: MapChoice, n_drawn: int) -> None:
    """Below the map, how many inputs it shows of how many."""
    st.caption(
        markdown(
            "Showing {:,} of {}{}, each as {}. The pink rings are the inputs of the chosen sample.",
            len(run.bank),
            counted(run.metrics["n_train"], "training sample"),
            f", and {counted(len(run.test_bank), 'unseen one')}" if shown.unseen else "",
            listed([modality.title for modality in run.card.modalities]),
        )
    )
    if said := _how_many(run, n_drawn, unseen=shown.unseen):
        st.caption(plain(said))


def _how_many(run: Run, n_drawn: int, *, unseen: bool) -> str:
    """How many of the inputs are drawn, and what the others are for; nothing where all are."""
    table, is_there = resources.map_inputs(run.name), resources.on_map(run.name, unseen)
    n_there = len(table.ids[is_there])
    if n_drawn == n_there:
        return ""
    drawn = table.take(resources.map_rows(run.name, unseen))
    n_mistakes = len(mistakes_first(drawn, np.ones(n_drawn, dtype=bool))[0])
    n_all = len(mistakes_first(table, is_there)[0])
    mistakes = "every mistake" if n_mistakes == n_all else f"{n_mistakes:,} of {n_all:,} mistakes"
    return (
        f"{n_drawn:,} of {n_there:,} inputs are drawn: of each kind and answer its share, and {mistakes}. Neighbours, "
        "selections and counts go by all of them."
    )

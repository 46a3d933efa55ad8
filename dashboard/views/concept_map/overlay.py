"""What moves over the map without changing it, and what the map's script tells back; see ``static/map_overlay.js``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

import resources
from drawings.concept_map import marks

if TYPE_CHECKING:
    from drawings.atlas import Atlas
    from drawings.map_names import MapName
    from shared.sample import Sample

MAP_KEY = "map"
ATLAS_KEY = "map-atlas"
OVERLAY_KEY = "map_overlay"
SCRIPT = Path(__file__).resolve().parents[2] / "static" / "map_overlay.js"


def map_overlay(
    sample: Sample,
    method: str,
    names: Sequence[MapName],
    selected: Mapping[str, Sequence[int]],
    *,
    fresh: bool,
    on_restored: Callable[[], None],
    on_clicked: Callable[[], None],
    on_cleared: Callable[[], None],
) -> None:
    """Draws the names of islands, the chosen sample, and the input under the pointer over the map.

    Args:
        selected: ``<part>/<modality>`` → rows of the inputs that are selected, to be marked on the map.
        fresh: whether nothing was selected yet, so that what the tab remembers of before a reload is asked for.
        on_restored: called with that as ``st.session_state[OVERLAY_KEY]["restored"]``, in the form of ``selected``.
        on_clicked: called with the id of an input as ``["clicked"]`` when a point is clicked a second time.
        on_cleared: called when a selection is taken back on the map.
    """
    run = sample.run
    atlas = resources.atlas(run.name)
    with st.container(key=ATLAS_KEY):
        st.image(atlas.sheet, output_format=atlas.format, alt="")
    data: dict[str, Any] = {
        "map": MAP_KEY,
        "atlas": ATLAS_KEY,
        "zoomKey": f"sharcs-map-zoom|{run.name}|{method}",
        "selectionKey": f"sharcs-map-selection|{run.name}",
        "marks": marks(run.task, sample.explanation().positions[method]),
        "names": [asdict(name) for name in names],
        "selected": {side: list(rows) for side, rows in selected.items()},
        "fresh": fresh,
        **_tiles(atlas),
    }
    component = st.components.v2.component("map_overlay", html="<span></span>", js=SCRIPT.read_text(encoding="utf-8"))
    component(
        data=data,
        key=OVERLAY_KEY,
        height=1,
        on_restored_change=on_restored,
        on_clicked_change=on_clicked,
        on_cleared_change=on_cleared,
    )


def _tiles(atlas: Atlas) -> dict[str, Any]:
    """Where in the atlas the tile of an input is, or its words."""
    return {
        "starts": dict(atlas.starts),
        "tile": list(atlas.tile),
        "sentences": {side: list(said) for side, said in atlas.sentences.items()},
        "columns": atlas.columns,
    }

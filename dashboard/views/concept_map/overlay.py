"""What moves over the map without changing it, and what the map's script tells back; see ``static/map_overlay.js``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from drawings.concept_map import marks
from server import POINTED

if TYPE_CHECKING:
    from drawings.map_names import MapName
    from shared.sample import Sample

MAP_KEY = "map"
OVERLAY_KEY = "map_overlay"
SCRIPT = Path(__file__).resolve().parents[2] / "static" / "map_overlay.js"


def map_overlay(
    sample: Sample,
    method: str,
    names: Sequence[MapName],
    selected: Mapping[str, str],
    beside: Sequence[Sequence[float]],
    *,
    fresh: bool,
    on_restored: Callable[[], None],
    on_clicked: Callable[[], None],
    on_cleared: Callable[[], None],
) -> None:
    """Draws names of islands, the chosen sample, what is selected, and the input under the pointer over the map.

    Args:
        selected: which inputs are to be marked on the map, see :func:`views.concept_map.areas.by_side`.
        beside: places of those of them that the map does not draw.
        fresh: whether nothing was selected yet, so that what the tab remembers of before a reload is asked for.
        on_restored: called with that as ``st.session_state[OVERLAY_KEY]["restored"]``, in the form of ``selected``.
        on_clicked: called with side and row of an input as ``["clicked"]`` when its point is clicked.
        on_cleared: called when a selection is taken back on the map.
    """
    run = sample.run
    data: dict[str, Any] = {
        "map": MAP_KEY,
        "pointed": POINTED,
        "run": run.name,
        "zoomKey": f"sharcs-map-zoom|{run.name}|{method}",
        "selectionKey": f"sharcs-map-selection|{run.name}",
        "marks": marks(run.task, sample.explanation().positions[method]),
        "names": [asdict(name) for name in names],
        "selected": dict(selected),
        "beside": beside,
        "fresh": fresh,
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

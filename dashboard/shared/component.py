"""Parts of a page that are written by hand: HTML, style and script of one name in the folder of static files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

STATIC = Path(__file__).resolve().parents[1] / "static"


def component(name: str) -> ComponentRenderer:
    """The component of that name, to be put on a page."""
    html, css, js = ((STATIC / f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css", "js"))
    return st.components.v2.component(name, html=html, css=css, js=js)

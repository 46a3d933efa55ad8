"""Parts of a page that are written by hand: HTML, style and script of one name in the folder of static files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

STATIC = Path(__file__).resolve().parents[1] / "static"


def component(name: str, *, isolated: bool = True) -> ComponentRenderer:
    """The component of that name, to be put on a page.

    Args:
        isolated: do the styles of component and page not know of each other?
    """
    html, css = (STATIC.joinpath(f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css"))
    return st.components.v2.component(name, html=html, css=css, js=_script(name), isolate_styles=isolated)


def _script(name: str) -> str:
    """The script of a component; one that is long lies in files of a folder, which know each other's names."""
    parts = sorted(STATIC.glob(f"{name}/*.js")) or STATIC.glob(f"{name}.js")
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)

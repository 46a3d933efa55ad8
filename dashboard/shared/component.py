"""Parts of a page that are written by hand: HTML, style and script of one name in the folder of static files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

STATIC = Path(__file__).resolve().parents[1] / "static"


def component(name: str, *shared: str, isolated: bool = True) -> ComponentRenderer:
    """The component of that name, to be put on a page.

    Args:
        shared: scripts that stand beside its own.
        isolated: do the styles of component and page not know of each other?
    """
    html, css = (STATIC.joinpath(f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css"))
    return st.components.v2.component(name, html=html, css=css, js=_script(*shared, name), isolate_styles=isolated)


def _script(*names: str) -> str:
    """Scripts one after the other, which know each other's names; a long one lies in files of a folder."""
    parts = [part for name in names for part in (*STATIC.glob(f"{name}.js"), *sorted(STATIC.glob(f"{name}/*.js")))]
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)

"""What the address of a page says besides the page itself: in links, and on the way back.

Run and sample stand in the address of every page, and with a sample that was brought what leads to it. What else a page
has to choose stands in its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from shared.keeping import TOKEN

SHARED = ("run", "sample", TOKEN)
"""What stands in the address of every page, where it is chosen, by its key in the session."""

LAST = "last_addresses"
SCRIPT = Path(__file__).resolve().parents[1] / "static" / "links.js"


def complete_links() -> None:
    """Puts run and sample into all links to pages, so that one opened in a new tab shows the same; see the script."""
    component = st.components.v2.component("links", html="<span></span>", js=SCRIPT.read_text(encoding="utf-8"))
    component(key="links", data={"names": list(SHARED)}, height=1)


def remember_address(page: str) -> None:
    """Notes what the address of a page says of the page's own choices."""
    st.session_state.setdefault(LAST, {})[page] = (st.session_state.get("run"), _own_choices())


def restore_address(page: str) -> None:
    """On the way back in the browser's history: the page as it was left, where the address has lost what it said.

    Streamlit writes an address without the page's own choices into the history when one goes on to another page, so
    that the way back would lead to a page on which nothing is chosen.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation or _own_choices():
        return
    run, choices = st.session_state.get(LAST, {}).get(page, (None, {}))
    if choices and run == st.session_state.get("run"):
        st.query_params.update(choices)
        st.rerun()


def _own_choices() -> Mapping[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in SHARED}

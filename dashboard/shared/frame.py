"""The frame around every page: title, theme, menu, and the two choices that all pages share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

import resources
from server import tell
from sharcs_core.errors import UserError
from shared.choice import choose_run, choose_sample, chosen_id
from shared.keeping import follow_link, write_link
from shared.links import complete_links, remember_address, restore_address
from shared.own import OWN
from shared.tour import tour_bar

STATIC = Path(__file__).resolve().parents[1] / "static"
PAGES = {
    "overview": ("Home", "home"),
    "concept_map": ("Concept map", "scatter_plot"),
    "retrieval": ("Retrieval", "compare_arrows"),
    "intervention": ("Intervention", "tune"),
    "concepts": ("Concepts", "category"),
    "tree": ("Decision tree", "account_tree"),
    "reasons": ("Reasons", "visibility"),
    "upload": ("Explain your own", "upload_file"),
    "train": ("Train", "model_training"),
    "results": ("Results", "leaderboard"),
}
"""A page's folder, which is its place in the address too → its title and its icon. The first one is Home."""


def show_page() -> None:
    """The page of the address, within its frame."""
    st.set_page_config(
        page_icon=str(STATIC / "favicon.png"),
        layout="wide",
        initial_sidebar_state=260,
        menu_items={"About": "SHARCS: shared concepts between kinds of data, arXiv 2307.00316."},
    )
    page = st.navigation([_page(name) for name in PAGES], position="sidebar", expanded=True)
    st.set_page_config(page_title=f"{page.title} · SHARCS")
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "favicon.png"))
    st.html(STATIC / "style.css")
    with resources.one_look():
        try:
            _fill(page)
        except UserError as error:
            tell(error)
        finally:
            remember_address(page.title)


def _fill(page: Page) -> None:
    follow_link()
    with st.sidebar:
        choose_run()
        choose_sample()
        complete_links()
        write_link(page.title == PAGES["upload"][0] or chosen_id() == OWN)
    restore_address(page.title)
    tour_bar()
    page.run()


def _page(name: str) -> Page:
    title, icon = PAGES[name]
    is_first = name == next(iter(PAGES))
    return st.Page(
        f"views/{name}/{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=None if is_first else name,
        default=is_first,
    )

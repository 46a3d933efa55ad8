"""The dashboard's frame: title, theme, pages, and the two choices that every page shares.

Start it with ``streamlit run dashboard/Home.py``.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from shared.choice import choose_run, choose_sample
from shared.tour import tour_bar

HERE = Path(__file__).resolve().parent

st.set_page_config(
    page_icon=str(HERE / "static" / "favicon.png"),
    layout="wide",
    initial_sidebar_state=260,
    menu_items={"About": "SHARCS: shared concepts between kinds of data, arXiv 2307.00316."},
)

PAGES = [
    st.Page("views/overview/overview.py", title="Home", icon=":material/home:", default=True),
    st.Page(
        "views/concept_map/concept_map.py", title="Concept map", icon=":material/scatter_plot:", url_path="concept_map"
    ),
    st.Page("views/retrieval/retrieval.py", title="Retrieval", icon=":material/compare_arrows:", url_path="retrieval"),
    st.Page(
        "views/intervention/intervention.py", title="Intervention", icon=":material/tune:", url_path="intervention"
    ),
    st.Page("views/concepts/concepts.py", title="Concepts", icon=":material/category:", url_path="concepts"),
    st.Page("views/tree/tree.py", title="Decision tree", icon=":material/account_tree:", url_path="tree"),
    st.Page("views/upload/upload.py", title="Explain your own", icon=":material/upload_file:", url_path="upload"),
    st.Page("views/results/results.py", title="Results", icon=":material/leaderboard:", url_path="results"),
]

page = st.navigation(PAGES, position="sidebar", expanded=True)
st.set_page_config(page_title=f"{page.title} · SHARCS")
st.logo(str(HERE / "static" / "logo.svg"), size="large", icon_image=str(HERE / "static" / "favicon.png"))
st.html(HERE / "static" / "style.css")
with st.sidebar:
    choose_run()
    choose_sample()
tour_bar()
page.run()

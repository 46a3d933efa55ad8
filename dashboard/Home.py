"""The dashboard. Start it with ``streamlit run dashboard/Home.py``."""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":  # Streamlit runs this file for every visitor and every press
    from server import wait_until_ready

    wait_until_ready()

    from shared.frame import show_page

    show_page()
else:  # and the server imports it once, when it begins
    from server import begin, routes, tell

    app = st.App(__file__, lifespan=begin, routes=routes(), on_script_error=tell)

"""How good the model is: figures in rows, each over what it is read against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

from drawings.scores import score_bar
from shared.plain import markdown, plain

if TYPE_CHECKING:
    from sharcs_core.headlines import Headline


def show_headlines(headlines: Iterable[Headline], per_row: int) -> None:
    """Figures in rows, each over what it is read against."""
    shown = list(headlines)
    for start in range(0, len(shown), per_row):
        for column, headline in zip(st.columns(per_row), shown[start : start + per_row], strict=False):
            with column:
                st.markdown(markdown(":small[{}]", headline.title), help=plain(headline.explains))
                st.html(score_bar(headline))

"""Unseen samples that the model would file elsewhere than they are, the surest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import resources
from sharcs_core.named import counted
from sharcs_core.profiles import Found
from shared.paging import n_pages, on_page
from shared.plain import markdown
from shared.sample_table import NARROW, sample_table

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

PER_PAGE = 6


def show_elsewhere(run: Run) -> None:
    """A list to go through, once it is asked for: some are the model's mistakes, some were filed wrongly."""
    found = resources.filed_elsewhere(run.name)
    if not found:
        return
    box = st.expander("Filed elsewhere by the model", icon=":material/rule_folder:", key="elsewhere", on_change="rerun")
    if not box.open:
        return
    with box:
        of_all = counted(len(run.test_bank), "unseen sample")
        st.caption(
            markdown(
                "{:,} of {}, the one that the model is surest of first. Each is a mistake of the model, or of whoever "
                "filed it.",
                len(found),
                of_all,
            )
        )
        most = n_pages(len(found), PER_PAGE)
        page = st.number_input(markdown("Page of {}", most), 1, most, key=f"elsewhere_page|{run.name}", width=130)
        shown = on_page(found, page, PER_PAGE)
        rows = [Found("test", one.row, str(run.test_bank.sample_ids[one.row])) for one in shown]
        sample_table(run, rows, key="elsewhere", widths=NARROW)

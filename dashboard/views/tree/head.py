"""At the head of the tree's page: the model's answer, the truth and the tree's answer to the chosen sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

import resources
from shared.cards import say_why, verdict
from shared.plain import code, markdown

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run
    from sharcs_core.structures import Explanation, TreePath


def tree_head(run: Run, sample_id: str, explanation: Explanation, path: TreePath) -> None:
    """Why the model answers so, and whether the tree says the same."""
    says = run.card.target.names[path.class_index]
    same = path.class_index == explanation.class_index
    mark = (
        markdown(":green-badge[:material/check: tree and model agree]")
        if same
        else markdown(":red-badge[:material/close: tree and model differ]")
    )
    st.markdown(markdown("{} · {} · Tree **{}** {}", code(sample_id), verdict(run, sample_id), says, mark))
    # What the answer compares is what the tree below asks, so that the table would say it twice.
    say_why(run, replace(resources.why(run.name, sample_id), agreements=()))

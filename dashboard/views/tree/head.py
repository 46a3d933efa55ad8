"""At the head of the tree's page: the model's answer, the truth and the tree's answer to the chosen sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from sharcs_core.named import lowered
from shared.cards import say_why, verdict
from shared.plain import Markdown, markdown

if TYPE_CHECKING:
    from sharcs_core.structures import TreePath
    from shared.sample import Sample


def tree_head(sample: Sample, path: TreePath) -> None:
    """Why the model answers so, and whether the tree says the same, if it comes to an answer."""
    st.markdown(markdown("{} · {} · {}", sample.shown, verdict(sample), _tree_says(sample, path)))
    # What the answer compares is what the tree below asks, so that the table would say it twice.
    say_why(sample.run, replace(sample.why(), agreements=()))


def _tree_says(sample: Sample, path: TreePath) -> Markdown:
    run = sample.run
    if path.stopped_for is not None:
        return markdown("Tree stops where it asks of the {}", lowered(run.card.modality(path.stopped_for).title))
    says = run.card.target.names[path.class_index]
    same = path.class_index == sample.class_index
    mark = (
        markdown(":green-badge[:material/check: tree and model agree]")
        if same
        else markdown(":red-badge[:material/close: tree and model differ]")
    )
    return markdown("Tree **{}** {}", says, mark)

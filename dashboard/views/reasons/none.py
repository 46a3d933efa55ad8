"""What is said where a run has no model that was taught by explanations."""

from __future__ import annotations

import streamlit as st

import resources
from sharcs_core.tasks.examples import TRAIN_GUIDED
from shared.choice import select_run
from shared.plain import code, markdown

WHAT = markdown(
    "This model was not taught by explanations. One that was looks at a part of the picture, and reads class and "
    "sentence off that part alone; it learns from pictures of which people said where to look and why. Train one on a "
    "folder of your own with {}, or on scenes that come with the product with {}.",
    code("sharcs train DIR --guided"),
    code(TRAIN_GUIDED),
)


def say_what_it_is() -> None:
    """A sentence, and a button for each run that has one."""
    st.info(WHAT, icon=":material/visibility:")
    titles = resources.run_titles()
    for name in resources.guided_runs():
        st.button(
            markdown("Look at {}", titles.get(name, name)),
            key=f"guided|{name}",
            icon=":material/arrow_forward:",
            on_click=select_run,
            args=(name,),
        )

"""Results: the models compared, what was asked and reached, the studies, two runs side by side."""

from __future__ import annotations

import streamlit as st

import resources
from sharcs_benchmark.tables import group_cells
from views.results.tables import (
    choose_task_and_block,
    chosen_summary,
    show_comparison,
    show_definitions,
    show_studies,
    show_targets,
)
from views.results.two_runs import compare_two_runs

PARTS = ("Models", "Targets", "Studies", "Two runs", "Definitions")

st.title("Results")
st.markdown(
    "SHARCS beside other models, on test samples that none of them ever saw. Every number comes from a file that "
    "`sharcs benchmark` wrote; *n/a* stands where a model cannot have a figure by its construction."
)
part = st.segmented_control(
    "Show",
    PARTS,
    default=PARTS[0],
    required=True,
    key="part",
    bind="query-params",
    label_visibility="collapsed",
)
cells, faults = resources.results()
for fault in faults:
    st.warning(fault, icon=":material/warning:")
summary = chosen_summary()

if part == "Two runs":
    compare_two_runs(summary)
elif part == "Definitions":
    show_definitions(cells)
elif not cells:
    st.info(
        f"There are no results in `{resources.results_folder().name}/` yet. Run `sharcs benchmark --quick`, which "
        "takes minutes, then reload this page.",
        icon=":material/leaderboard:",
    )
elif part == "Models":
    own_task = summary.task if summary else None
    show_comparison(cells, *choose_task_and_block(group_cells(cells), own_task), summary)
elif part == "Targets":
    show_targets(cells, summary)
else:
    show_studies(cells)

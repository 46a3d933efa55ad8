"""Results: the models compared, what was asked and reached, the studies, two runs side by side."""

from __future__ import annotations

import streamlit as st

import resources
from shared.plain import code, markdown, plain
from views.results.explained import show_reasons, show_where
from views.results.tables import (
    chosen_summary,
    show_definitions,
    show_models,
    show_studies,
    show_targets,
)
from views.results.two_runs import compare_two_runs

PARTS = ("Models", "Targets", "Studies", "Where", "Reasons", "Two runs", "Definitions")

st.title("Results")
st.markdown(
    "SHARCS beside other models, on test samples that none of them ever saw. Every number comes from a file that a "
    "benchmark wrote, most of them `sharcs benchmark`; *n/a* "
    "stands where a model cannot have a figure by its construction."
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
results = resources.results()
for fault in results.faults:
    st.warning(plain(fault), icon=":material/warning:")
summary = chosen_summary()

if part == "Two runs":
    compare_two_runs(summary)
elif part == "Definitions":
    show_definitions(results)
elif part == "Where":
    show_where()
elif part == "Reasons":
    show_reasons()
elif not results.cells:
    st.info(
        markdown(
            "There are no results in {} yet. Run `sharcs benchmark --quick`, which takes minutes, then reload this "
            "page.",
            code(f"{resources.results_folder().name}/"),
        ),
        icon=":material/leaderboard:",
    )
elif part == "Models":
    show_models(results, summary)
elif part == "Targets":
    show_targets(results, summary)
else:
    show_studies(results)

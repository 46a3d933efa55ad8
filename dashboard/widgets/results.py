"""Pieces of the page of results: the table of a task, figures with what they show, two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

import resources
from figures.result_curves import CURVES
from figures.result_table import table_html
from figures.results import comparison_figure, study_figure
from sharcs_core.benchmark.tables import comparison, group_cells, select, to_csv, to_json
from sharcs_core.benchmark.tables.captions import BLOCKS, task_title, tasks_of
from sharcs_core.benchmark.tables.details import DETAILS
from sharcs_core.benchmark.tables.overviews import OVERVIEWS, groups_with
from sharcs_core.benchmark.tables.runs import compare_metrics, compare_settings
from sharcs_core.benchmark.tables.sentences import study_sentences
from sharcs_core.benchmark.tables.studies import studies, study_tables
from sharcs_core.benchmark.tables.writing import glossary, models_listed
from widgets.choice import run_names, summary_of

if TYPE_CHECKING:
    from sharcs_core.benchmark.cells import Cell
    from sharcs_core.benchmark.tables import Group, Table

COMPARED_BLOCKS = ("B", "A", "Q")
HOVER_SAYS = "Hover over a heading, a model or an *n/a* to read what it means."


def choose_task_and_block(groups: Sequence[Group]) -> tuple[str, str]:
    """The task and the block whose models are compared; blocks that a task has no cells of are not offered."""
    blocks = [block for block in COMPARED_BLOCKS if tasks_of(groups, block)]
    tasks = list(dict.fromkeys(task for block in blocks for task in tasks_of(groups, block)))
    with st.container(horizontal=True):
        task = st.segmented_control("Task", tasks, format_func=task_title, default=tasks[0], required=True, key="task")
        offered = [block for block in blocks if task in tasks_of(groups, block)]
        block = st.segmented_control(
            "Block",
            offered,
            format_func=lambda name: f"{name}: {BLOCKS[name]}",
            default=offered[0],
            required=True,
            key=f"block|{'|'.join(offered)}",
        )
    return task or tasks[0], block or offered[0]


def show_comparison(cells: Sequence[Cell], task: str, block: str) -> None:
    """The models of a task beside each other: table, what follows from it, downloads, figure, further tables."""
    table = comparison(cells, task, block)
    show_table(table)
    st.caption(HOVER_SAYS)
    for remark in table.remarks:
        st.markdown(remark)
    own = [cell for cell in cells if (cell.task, cell.block) == (task, block)]
    with st.container(horizontal=True):
        _download("Table as CSV", to_csv(table), f"{task}_{block}.csv", "text/csv")
        _download("Cells as JSON", to_json(own), f"{task}_{block}.json", "application/json")
    groups = select(group_cells(cells), block=block, task=task, variant="")
    if len(groups) > 1:
        st.plotly_chart(comparison_figure(groups), key="comparison")
    tables = {found.title: found for details in DETAILS if (found := details(groups))}
    if tables:
        st.subheader("In detail")
        chosen = st.selectbox("Table", list(tables), key=f"detail|{'|'.join(tables)}", label_visibility="collapsed")
        show_table(tables[chosen], caption=False)


def show_table(table: Table, *, caption: bool = True, defined: bool = True) -> None:
    """A table under the line that says where its figures come from, above what its marks mean."""
    if caption and table.caption:
        st.caption(table.caption)
    st.html(table_html(table, defined=defined))
    if table.footnote:
        st.caption(table.footnote)


def show_studies(cells: Sequence[Cell]) -> None:
    """Each figure of section "questions" with its two sentences, and the numbers behind it."""
    for study in studies(cells):
        with st.container(border=True):
            st.plotly_chart(study_figure(study), key=f"study|{study.name}")
            st.markdown(" ".join(study_sentences(study)))
            with st.expander("The numbers"):
                for table in study_tables(study):
                    st.markdown(f"**{table.title}**")
                    show_table(table)
    for name, overview in OVERVIEWS.items():
        groups = groups_with(cells, name)
        if groups:
            with st.container(border=True):
                st.plotly_chart(CURVES[name](groups), key=f"overview|{name}")
                st.markdown(" ".join(overview.sentences(groups)))


def compare_two_runs() -> None:
    """Two trained runs side by side: the settings in which they differ, and every figure of both."""
    tasks = {name: found.task for name in run_names() if (found := summary_of(name)) and not found.error}
    if len(tasks) < 2:
        st.info("Two trained models are needed to compare; train another one with `sharcs train`.")
        return
    names = list(tasks)
    with st.container(horizontal=True):
        first = st.selectbox("First run", names, index=0, key="first_run", bind="query-params")
        second = st.selectbox("Second run", names, index=1, key="second_run", bind="query-params")
    settings = compare_settings((first, second), (resources.run_settings(first), resources.run_settings(second)))
    with st.expander(f"{len(settings.rows) or 'No'} settings differ"):
        show_table(settings, defined=False)
    other_task = "" if tasks[first] == tasks[second] else " They are of different tasks, so compare with care."
    st.caption(f"The better figure is in bold; the difference is the second less the first.{other_task}")
    show_table(compare_metrics((first, second), (_metrics(first), _metrics(second))), defined=False)


def _metrics(name: str) -> Mapping[str, Any]:
    summary = summary_of(name)
    return summary.metrics if summary else {}


def show_definitions(cells: Sequence[Cell]) -> None:
    """What every figure means and what every model is."""
    with st.container(key="definitions"):
        st.markdown(glossary())
        if cells:
            st.subheader("The models")
            st.markdown(models_listed(cells))


def _download(label: str, content: str, name: str, media_type: str) -> None:
    st.download_button(label, content, name, media_type, key=name, on_click="ignore", icon=":material/download:")

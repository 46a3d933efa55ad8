"""Pieces of the page of results: the models of a task, what was asked, the studies, and what everything means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import resources
from drawings.markup import html
from drawings.result_curves import CURVES
from drawings.result_table import table_html
from drawings.results import study_drawing, without_title
from sharcs_benchmark.cells import to_json
from sharcs_benchmark.models import model_title
from sharcs_benchmark.tables.captions import BLOCK_TITLES, group_title, task_title
from sharcs_benchmark.tables.claims import claim_table
from sharcs_benchmark.tables.comparison import comparison
from sharcs_benchmark.tables.details import DETAILS
from sharcs_benchmark.tables.overviews import OVERVIEWS, groups_with
from sharcs_benchmark.tables.runs import model_of_settings
from sharcs_benchmark.tables.sentences import study_sentences
from sharcs_benchmark.tables.studies import studies, study_tables
from sharcs_benchmark.tables.table import BOLD_SAYS, to_csv
from sharcs_benchmark.tables.targets import target_table, target_title
from sharcs_benchmark.tables.writing import glossary, models_listed
from shared.choice import summary_of
from shared.plain import Markdown, markdown, plain

if TYPE_CHECKING:
    from sharcs_benchmark.tables.groups import Group, Results
    from sharcs_benchmark.tables.table import Table
    from sharcs_core.checkpoints import RunSummary

COMPARED_BLOCKS = ("B", "A", "Q")
HOVER_SAYS = markdown(
    "Point at a heading, a model or an *n/a*, or go to it by key, to read what it means. Small below a number stands "
    "its worst seed's."
)


def chosen_summary() -> RunSummary | None:
    """The chosen model without its weights; None where there is none that can be used, which results can do without."""
    summary = summary_of(st.session_state.get("run") or "")
    return summary if summary and not summary.error else None


def show_models(results: Results, summary: RunSummary | None) -> None:
    """The models beside each other on a task and in a block that are chosen; how to compare some where none are."""
    if not any(results.tasks(block) for block in COMPARED_BLOCKS):
        st.info(
            "No models have been compared yet. Run `sharcs benchmark --blocks B`, then reload this page.",
            icon=":material/leaderboard:",
        )
        return
    show_comparison(results, *choose_task_and_block(results, summary.task if summary else None), summary)


def choose_task_and_block(results: Results, own_task: str | None) -> tuple[str, str]:
    """The task and the block whose models are compared; blocks that a task has no cells of are not offered.

    Args:
        own_task: that of the chosen model, which the page opens on.
    """
    blocks = [block for block in COMPARED_BLOCKS if results.tasks(block)]
    tasks = list(dict.fromkeys(task for block in blocks for task in results.tasks(block)))
    _follow_the_model(tasks, own_task)
    task = (
        st.segmented_control(
            "Task",
            tasks,
            format_func=lambda name: plain(task_title(name)),
            required=True,
            key="task",
            bind="query-params",
        )
        or tasks[0]
    )
    offered = [block for block in blocks if task in results.tasks(block)]
    block = st.segmented_control(
        "Block",
        offered,
        format_func=lambda name: plain(f"{name}: {BLOCK_TITLES[name]}"),
        default=offered[0],
        required=True,
        key=f"block|{'|'.join(offered)}",
    )
    return task, block or offered[0]


def _follow_the_model(tasks: Sequence[str], own_task: str | None) -> None:
    """Sets the task to the chosen model's where nobody has chosen one since the model was."""
    run, seen = st.session_state.get("run"), st.session_state.get("results_of")
    asked = seen is None and st.query_params.get("task") in [
        *map(task_title, tasks)
    ]  # the address has what people read
    known = st.session_state.get("task") in tasks or asked
    if not known or seen not in (None, run):
        st.session_state["task"] = own_task if own_task in tasks else tasks[0]
    st.session_state["results_of"] = run


def show_comparison(results: Results, task: str, block: str, summary: RunSummary | None) -> None:
    """The models of a task beside each other: table, what follows from it, downloads, drawing, further tables."""
    table, groups = comparison(results, task, block), results.models(block, task)
    chosen = _chosen_title(groups, summary)
    _say_which_row(chosen, task, block, summary)
    show_table(table, chosen=chosen)
    st.caption(markdown("{} {}", HOVER_SAYS, BOLD_SAYS))
    for remark in table.remarks:
        st.markdown(written(remark))
    own = [cell for cell in results.cells if (cell.task, cell.block) == (task, block)]
    with st.container(horizontal=True):
        _download("Table as CSV", lambda: to_csv(table), f"{task}_{block}.csv", "text/csv")
        _download("Cells as JSON", lambda: to_json(own), f"{task}_{block}.json", "application/json")
    if len(groups) > 1:
        st.plotly_chart(resources.models_compared(task, block, chosen), key="comparison")
    tables = {found.title: found for details in DETAILS if (found := details(groups))}
    if tables:
        st.subheader("In detail")
        title = st.selectbox("Table", list(tables), key=f"detail|{'|'.join(tables)}", label_visibility="collapsed")
        show_table(tables[title], caption=False, chosen=chosen)


def _chosen_title(groups: Sequence[Group], summary: RunSummary | None) -> str | None:
    """Title of the row that is of the chosen model's kind; None where none is."""
    if summary is None:
        return None
    model = model_of_settings(resources.run_settings(summary.name))
    return next((group_title(g) for g in groups if (g.task, g.model) == (summary.task, model)), None)


def _say_which_row(chosen: str | None, task: str, block: str, summary: RunSummary | None) -> None:
    """What the marked row has to do with the chosen model, or that no row has."""
    if summary is None or summary.task != task:
        return
    title = resources.run_titles()[summary.name]
    if chosen is None:
        says = f"The chosen model, {title}, is of a kind that was not measured in this block."
    elif block == "A":
        says = f"The marked row is the chosen model’s kind, {title}, trained on all data."
    else:
        says = f"The marked row is the chosen model’s kind, {title}, trained anew on as much as the others."
    st.html(html("<p class='told-below'>{}</p>", says))


def show_table(table: Table, *, caption: bool = True, defined: bool = True, chosen: str | None = None) -> None:
    """A table above the lines that say what its marks mean and where its figures come from."""
    st.html(table_html(table, defined=defined, chosen=chosen))
    if table.footnote:
        st.caption(written(table.footnote))
    if caption and table.caption:
        st.caption(written(table.caption))


def written(*paragraphs: str) -> Markdown:
    """Markdown that the tables themselves are written in, for RESULTS.md too; all names in it are plain ones."""
    whole = "\n\n".join(paragraphs)
    return Markdown(whole)


def show_targets(results: Results, summary: RunSummary | None) -> None:
    """What was asked of the shipped runs and what is claimed beside other models, each with its verdict in front."""
    model = model_of_settings(resources.run_settings(summary.name)) if summary else ""
    targets = target_table(results)
    first, *others = targets.remarks
    st.markdown(markdown("**{}**", written(first)))
    show_table(targets, caption=False, chosen=target_title(summary.task, model) if summary else None)
    st.markdown(written(*others))
    st.caption(written(targets.caption))
    if results.tasks("B"):
        claims = claim_table(results)
        st.subheader(plain(claims.title))
        st.markdown(written(*claims.remarks))
        own = f"{task_title(summary.task)}, {model_title(model)}" if summary else None
        show_table(claims, defined=False, chosen=own)


def show_studies(results: Results) -> None:
    """Each study: the sentence that concludes it, its drawing, what else moves, and the numbers behind them."""
    if not studies(results) and not any(groups_with(results, name) for name in OVERVIEWS):
        st.info("There are no studies yet. Run `sharcs benchmark --blocks C`, then reload this page.")
    for study in studies(results):
        with st.container(border=True):
            conclusion, rest = study_sentences(study)
            _conclude(study.title, conclusion)
            st.plotly_chart(without_title(study_drawing(study)), key=f"study|{study.name}")
            st.markdown(written(rest))
            with st.expander("The numbers"):
                for table in study_tables(study):
                    st.markdown(markdown("**{}**", table.title))
                    show_table(table)
    for name, overview in OVERVIEWS.items():
        groups = groups_with(results, name)
        if groups:
            with st.container(border=True):
                conclusion, rest = overview.sentences(groups)
                _conclude(overview.title, conclusion)
                st.plotly_chart(without_title(CURVES[name](groups)), key=f"overview|{name}")
                st.markdown(written(rest))


def _conclude(title: str, conclusion: str) -> None:
    st.subheader(plain(title))
    st.markdown(markdown("**{}**", written(conclusion)))


def show_definitions(results: Results) -> None:
    """What every figure means and what every model is."""
    with st.container(key="definitions"):
        st.markdown(written(glossary()))
        if results.cells:
            st.subheader("The models")
            st.markdown(written(models_listed(results.cells)))


def _download(label: str, content: Callable[[], str], name: str, media_type: str) -> None:
    st.download_button(label, content, name, media_type, key=name, on_click="ignore", icon=":material/download:")

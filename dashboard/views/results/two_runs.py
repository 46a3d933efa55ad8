"""Two runs of one task beside each other: the unseen samples on which they differ, their settings, their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

import resources
from drawings.inputs import width_of
from drawings.markup import html, joined
from drawings.result_table import table_html
from sharcs_benchmark.tables.runs import compare_metrics, compare_settings
from sharcs_benchmark.tables.table import BOLD_SAYS
from sharcs_core.differences import FIRST, NEITHER, SECOND, in_words
from sharcs_core.errors import UserError
from sharcs_core.named import counted
from sharcs_core.tasks import TASKS
from shared.cards import modality_heading
from shared.choice import run_names, select_sample, summary_of
from shared.plain import code, markdown, plain

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run, RunSummary
    from sharcs_core.differences import Comparison, Difference

SHOWN = 12
"""Samples that are drawn before somebody asks for all."""
A_ROW = 3
PICTURE = 88
EVERY_ONE = "all"


def compare_two_runs(summary: RunSummary | None) -> None:
    """The chosen model beside another one of its task."""
    if summary is None:
        st.info("Choose a model that can be opened in the sidebar; it is compared with others of its task.")
        return
    titles = resources.run_titles()
    others = [name for name in run_names() if name != summary.name and _task_of(name) == summary.task]
    if not others:
        _say_how_to_get_another(summary, titles)
        return
    second = others[0]
    if len(others) > 1:
        second = st.selectbox(
            "Compare with", others, format_func=titles.__getitem__, key="second_run", bind="query-params"
        )
    pair = (summary.name, second)
    _show_pair(pair, (titles[pair[0]], titles[pair[1]]))


def _show_pair(pair: tuple[str, str], titles: tuple[str, str]) -> None:
    task_title = resources.run_card(pair[0]).title
    first, second = (title.removeprefix(f"{task_title}, ") for title in titles)
    st.html(html("<h3>{}: {} beside {}</h3>", task_title, first, second))
    try:
        found = resources.run_differences(*pair)
    except UserError as error:
        st.error(plain(str(error)))
        return
    _show_differences(found, pair, (f"“{first}”", f"“{second}”"))
    _show_settings(pair, (first, second))
    _show_figures(pair, (first, second))


def _task_of(name: str) -> str:
    summary = summary_of(name)
    return summary.task if summary and not summary.error else ""


def _say_how_to_get_another(summary: RunSummary, titles: dict[str, str]) -> None:
    """That there is one run of the task only, how to train another, and which models have others beside them."""
    tasks = [task for name in run_names() if (task := _task_of(name))]
    paired = [titles[name] for name in run_names() if tasks.count(_task_of(name)) > 1]
    at_once = f"In the sidebar, these can be compared at once: {'; '.join(paired)}." if paired else ""
    command = code(f"sharcs train {summary.task} --seed 1")
    how = markdown(", with another seed say: {}", command) if summary.task in TASKS else markdown(" where its data are")
    st.info(
        markdown(
            "{} is the only model of its task here. Train another one{}, then reload this page. {}",
            titles[summary.name],
            how,
            at_once,
        )
    )


def _show_differences(found: Comparison, pair: tuple[str, str], titles: tuple[str, str]) -> None:
    """How often the two differ and whether one is better, then the samples themselves."""
    often, better = in_words(found, titles)
    st.html(html("<p class='concluded'>{}</p><p>{}</p>", often, better))
    if not found.differences:
        return
    words = {FIRST: f"Only {titles[0]} is right", SECOND: f"Only {titles[1]} is right", NEITHER: "Both are wrong"}
    labels = {EVERY_ONE: f"All {len(found.differences)}"}
    labels |= {which: f"{told}: {n}" for which, told in words.items() if (n := found.n_right(which))}
    which = st.segmented_control(
        "Samples",
        list(labels),
        format_func=lambda which: plain(labels[which]),
        default=EVERY_ONE,
        required=True,
        key=f"differ|{'|'.join(pair)}",
    )
    chosen = [one for one in found.differences if which in (EVERY_ONE, one.right)]
    everything = len(chosen) <= SHOWN or st.toggle(markdown("Show all {}", len(chosen)), key=f"all|{'|'.join(pair)}")
    _draw_samples(chosen if everything else chosen[:SHOWN], pair[0], titles)


def _draw_samples(differences: list[Difference], run_name: str, titles: tuple[str, str]) -> None:
    run = resources.run(run_name)
    for start in range(0, len(differences), A_ROW):
        columns = st.columns(A_ROW)
        for column, difference in zip(columns, differences[start : start + A_ROW], strict=False):
            with column.container(border=True):
                _draw_sample(run, difference, titles)


def _draw_sample(run: Run, difference: Difference, titles: tuple[str, str]) -> None:
    """The inputs of a sample, its truth and both answers, and the button that chooses it."""
    classes = run.card.target.names
    answers = joined(
        _answer(title, classes[answer], answer == difference.label)
        for title, answer in zip(titles, difference.answers, strict=True)
    )
    st.html(
        html(
            "<div class='differing'><code>{}</code><div class='inputs'>{}</div><div>truth <b>{}</b></div>{}</div>",
            difference.sample_id,
            joined(_drawn(run, name, difference.rows[0]) for name in run.test_bank.sides),
            classes[difference.label],
            answers,
        )
    )
    is_chosen = st.session_state.get("sample") == difference.sample_id
    st.button(
        "Chosen" if is_chosen else markdown("Choose {}", difference.sample_id),
        key=f"differ-{difference.sample_id}",
        on_click=select_sample,
        args=(difference.sample_id,),
        disabled=is_chosen,
        width="stretch",
    )


def _drawn(run: Run, modality: str, row: int) -> Markup:
    wide = width_of(run.test_bank.sides[modality].inputs, PICTURE)
    picture = resources.drawing(run.name, modality, row, test=True, size=wide)
    return html("<div style='width:{}px'>{}{}</div>", wide, modality_heading(run, modality), picture)


def _answer(title: str, answer: str, is_right: bool) -> Markup:
    mark = html("<span class='right'>✓</span>") if is_right else html("<span class='wrong'>✗</span>")
    return html("<div>{} {}: <b>{}</b></div>", mark, title, answer)


def _show_settings(pair: tuple[str, str], titles: tuple[str, str]) -> None:
    settings = compare_settings(titles, (resources.run_settings(pair[0]), resources.run_settings(pair[1])))
    n = len(settings.rows)
    with st.expander(
        plain(f"{counted(n, 'setting')} {'differs' if n == 1 else 'differ'}" if n else "No settings differ")
    ):
        st.html(table_html(settings, defined=False))


def _show_figures(pair: tuple[str, str], titles: tuple[str, str]) -> None:
    """Every figure of both, as their makers measured it over all test samples."""
    st.subheader("Their figures, over all test samples", anchor=False)
    summaries = [summary_of(name) for name in pair]
    first, second = ((one.metrics if one else {}) for one in summaries)
    st.html(table_html(compare_metrics(titles, (first, second)), defined=False))
    st.caption(plain(f"The difference is the second less the first. {BOLD_SAYS}"))

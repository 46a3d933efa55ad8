"""The runs that are there, each of them loaded when it is looked at, and the benchmark's results."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import plotly.graph_objects as go

from drawings.results import comparison_drawing
from resources.disk import results_folder, runs_folder, signature, signatures
from resources.kept import RunFiles, files_of, kept, of_run, store
from resources.store import ROOT
from sharcs_benchmark.tables.frames import load_results
from sharcs_benchmark.tables.groups import Results
from sharcs_benchmark.tables.reasons import Section, load_sections
from sharcs_benchmark.tables.where import WhereResults, load_where
from sharcs_core.checkpoints import Run, RunSummary, load_run, read_card, with_names
from sharcs_core.checkpoints import list_runs as runs_in
from sharcs_core.checkpoints.layout import read_config
from sharcs_core.differences import Comparison, compare_runs
from sharcs_core.tasks.card import TaskCard

_loading = Lock()
"""One run is loaded at a time: torch_geometric compiles parts of itself at the first use, and two might meet in it."""


def list_runs() -> tuple[RunSummary, ...]:
    """The runs that are there, damaged ones with what is wrong; loads no model.

    A folder whose name is no text is passed over: neither a page nor an address could carry it.
    """
    folder = runs_folder()
    return kept(
        (str(folder), signatures(folder)), "list_runs", lambda: tuple(filter(_has_text_for_name, runs_in(folder)))
    )


def _has_text_for_name(summary: RunSummary) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in summary.name)


def run_titles() -> dict[str, str]:
    """Run → what people call it: its task and the concepts it was trained with; damaged ones by their folder.

    The name of the folder stands beside that of two runs of one title, and of one that somebody called otherwise than
    its task.
    """
    titles = {summary.name: _run_title(summary) for summary in list_runs()}
    shared = {title for title in titles.values() if list(titles.values()).count(title) > 1}
    return {
        name: f"{title} ({name})" if title in shared or _has_own_name(name, title) else title
        for name, title in titles.items()
    }


def _has_own_name(name: str, title: str) -> bool:
    """Whether a run is called otherwise than training calls one of its task."""
    return name != title and not name.startswith(run_card(name).name)


def _run_title(summary: RunSummary) -> str:
    if summary.error:
        return summary.name
    concepts = "named" if run_settings(summary.name)["model"]["named"] else "free"
    return f"{run_card(summary.name).title}, {concepts} concepts"


def run_card(run_name: str) -> TaskCard:
    """The card of a run's task, without loading the run. Raises RunError for a damaged run."""
    return of_run(run_name, "run_card", lambda: read_card(runs_folder() / run_name))


def run_settings(run_name: str) -> dict[str, Any]:
    """The settings that a run was trained with, without loading it. Raises RunError for a damaged run."""
    return of_run(run_name, "run_settings", lambda: read_config(runs_folder() / run_name).config)


def run(run_name: str) -> Run:
    """A loaded run under the names that its concepts have now: a new name loads no model again.

    Raises:
        RunError: for one that is damaged, unknown or too new.
    """
    return of_run(run_name, "run", lambda: with_names(_loaded(run_name)), "Loading the model …", names=True)


def _loaded(run_name: str) -> Run:
    files = files_of(run_name)
    return kept(files, ROOT, partial(_load, files))


def _load(files: RunFiles) -> Run:
    """The run as its files are now; what is kept of the files that they replace goes."""
    store().forget(partial(_is_replaced, files))
    with _loading:
        return load_run(Path(files.path))


def _is_replaced(now: RunFiles, owner: Hashable) -> bool:
    return isinstance(owner, RunFiles) and owner.path == now.path and owner.state != now.state


def run_differences(first: str, second: str) -> Comparison:
    """Two runs of one task on the unseen samples that both keep, see :mod:`sharcs_core.differences`."""
    key = ("run_differences", files_of(second))
    return of_run(first, key, lambda: compare_runs(run(first), run(second)), "Comparing the answers …")


def where_results() -> WhereResults:
    """What ``benchmarks/where.py`` kept, and a sentence on each file that could not be read."""
    folder = results_folder()
    owner = (str(folder), signature(folder, "where/*.json"))
    return kept(owner, "where", lambda: load_where(folder))


def reasons_results(name: str) -> tuple[Section, ...]:
    """The tables of a round of ``benchmarks/reasons.py``; none where it kept nothing, or what is no cell of it."""
    folder = results_folder() / name
    owner = (str(folder), signature(folder, "*/*.json"))
    return kept(owner, "reasons", lambda: load_sections(folder))


def results() -> Results:
    """The benchmark's cells, grouped over seeds, and a sentence on each file that could not be read."""
    return kept(_cells(), "results", lambda: load_results(results_folder()), "Reading the results …")


def models_compared(task: str, block: str, chosen: str | None) -> go.Figure:
    """The drawing of the models of a task beside each other, see :func:`drawings.results.comparison_drawing`."""
    key = ("models_compared", task, block, chosen)
    return kept(_cells(), key, lambda: comparison_drawing(results().models(block, task), chosen))


def _cells() -> Hashable:
    """The state of the benchmark's cells."""
    folder = results_folder()
    return str(folder), signature(folder, "*/*/*/seed_*.json")

"""What the project set out to reach with the runs that it ships, and what they have reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sharcs_benchmark.definitions import LOWER, SECONDS, definition
from sharcs_benchmark.models import SHARCS_NAMED, model_of
from sharcs_benchmark.nested import KeyPath
from sharcs_benchmark.tables.captions import caption, in_titles, task_title
from sharcs_benchmark.tables.comparison import ACCURACY, COMPLETENESS, COST, N_CONCEPTS, ONE_MOVE, RIGHT_EDIT
from sharcs_benchmark.tables.groups import LEAST, Group, Results, Value
from sharcs_benchmark.tables.table import (
    NOT_MEASURED,
    NOT_MEASURED_SAYS,
    ROUNDING,
    VERDICT,
    Column,
    Entry,
    Row,
    Table,
    entry_of_value,
    show,
)
from sharcs_core.named import listed
from sharcs_core.tasks import get_task

ASKED = Path(__file__).with_name("targets.csv")
"""A row a shipped run: what is asked of it, what it reached before concepts were chosen and named, and on how many
test samples; empty where nothing is asked."""
OF_EVERY_RUN = {"dead": 0.0, "redundancy": 0.9, "edits": 1.0}
DEARER = 1.2
"""A training may cost so many times what it cost before."""

FIRST, SECOND = "1st", "2nd"
"""In the paths below: the two modalities of a task."""
COLUMNS: dict[str, Column] = {
    "T": N_CONCEPTS,
    "accuracy": ACCURACY,
    "completeness": COMPLETENESS,
    "leaves": Column.of("leaves", "tree_leaves"),
    "there": Column.of("1st → 2nd", "retrieval", f"{FIRST}->{SECOND}", "recall_at_1", heading="recall@1"),
    "back": Column.of("2nd → 1st", "retrieval", f"{SECOND}->{FIRST}", "recall_at_1", heading="recall@1"),
    "one move": ONE_MOVE,
    "right edit": RIGHT_EDIT,
    "nameable": Column.of("nameable", "nameable", "mean"),
    "dead": Column.of("dead", "n_dead"),
    "redundancy": Column.of("redundancy", "redundancy"),
    "edits": Column.of("edits, median", "edits_needed", "median"),
    "first described": Column.of("no 1st", "missing", FIRST, "described", heading="described"),
    "second described": Column.of("no 2nd", "missing", SECOND, "described", heading="described"),
    "first absent": Column.of("no 1st", "missing", FIRST, "absent", heading="absent"),
    "second absent": Column.of("no 2nd", "missing", SECOND, "absent", heading="absent"),
    "cost": COST[0],
}
"""What is asked of a run, by a short name, in the order of the table."""
REACHED = Column.of("reached", VERDICT)
WITH_MANY_MODALITIES = ("there", "first described")
"""In these columns a run with more than two modalities tells the least of all ways; that is asked of each."""
AT_MOST = ("n_concepts",)
"""Figures of which no more than so much is asked, beside those that are better the lower they are."""


@dataclass(frozen=True)
class ShippedRun:
    """A run of block A and what each of its seeds must reach: column → at least, or at most, so much."""

    task: str
    model: str
    asked: Mapping[str, float]

    @property
    def title(self) -> str:
        return f"{task_title(self.task)} ({'named' if self.model == SHARCS_NAMED else 'free'})"

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those of the task; first and second are the first two."""
        return tuple(modality.name for modality in get_task(self.task).card.modalities)

    def path(self, name: str) -> KeyPath | None:
        """Where the number of a column stands in a cell of this run; None where it has none to tell."""
        path = COLUMNS[name].path
        if path[0] not in ("retrieval", "missing"):
            return path
        if len(self.modalities) > 2:
            return (path[0], LEAST, path[2]) if name in WITH_MANY_MODALITIES else None
        first, second = self.modalities
        return path[0], path[1].replace(FIRST, first).replace(SECOND, second), path[2]


@cache
def shipped_runs() -> tuple[ShippedRun, ...]:
    """The runs in the order of the table."""
    table = pd.read_csv(ASKED)
    for which in ("first described", "second described"):
        table[which] = no_worse_than(table[f"{which} before"], table.tested)
    table["cost"] = DEARER * table["cost before"]
    asked = table.assign(**OF_EVERY_RUN).reindex(columns=list(COLUMNS))
    runs = zip(table.task, table.model, (row.dropna().to_dict() for _, row in asked.iterrows()), strict=True)
    return tuple(ShippedRun(task, model, numbers) for task, model, numbers in runs)


def no_worse_than(share: Any, n_test: Any) -> Any:
    """How far shares of test samples may fall: by .003, or by two standard errors where that is more.

    >>> no_worse_than(pd.Series([1.0, 0.5]), pd.Series([2000, 10000])).round(4).to_list()
    [0.997, 0.49]
    """
    return share - np.maximum(0.003, 2 * np.sqrt(share * (1 - share) / n_test))


def target_table(results: Results, block: str = "A") -> Table:
    """A row a shipped run: what it reached, with what was asked in brackets; a dash where it has not been measured."""
    runs = [(run, results.model(block, run.task, run.model)) for run in shipped_runs()]
    rows = tuple(_target_row(run, group) for run, group in runs)
    used = [group for _, group in runs if group]
    return Table("Asked and reached", caption(used), (REACHED, *COLUMNS.values()), rows, tuple(_verdicts(rows)))


def target_title(task: str, model: str) -> str | None:
    """Title of the row of a task's model; None where nothing was asked of it."""
    return next((run.title for run in shipped_runs() if (run.task, run.model) == (task, model)), None)


def _target_row(run: ShippedRun, group: Group | None) -> Row:
    """What a run reached, behind how much of what was asked that is."""
    entries = tuple(_target_entry(run, group, name) for name in COLUMNS)
    return Row(run.title, model_of(run.model).says, (_reached(entries), *entries))


def _reached(entries: Sequence[Entry]) -> Entry:
    """How many of the figures that were asked for are as asked; of how many it is not known."""
    asked = [entry for entry in entries if entry.asked]
    n_unknown, n_missed = sum(map(_is_unknown, asked)), sum(entry.missed for entry in asked)
    if n_unknown == len(asked):
        return Entry(NOT_MEASURED, reason=NOT_MEASURED_SAYS)
    met = f"{len(asked) - n_unknown - n_missed} of {len(asked)}"
    return Entry(met, asked=f"{n_unknown} not measured" if n_unknown else "", missed=n_missed > 0)


def _is_unknown(entry: Entry) -> bool:
    """Whether what was asked can be judged neither reached nor missed."""
    return entry.number is None or entry.behind > 0


def _target_entry(run: ShippedRun, group: Group | None, name: str) -> Entry:
    figure, path = COLUMNS[name].figure, run.path(name)
    if path is None:
        return Entry("")
    value = group.value(*path) if group else None
    reason = definition(figure).not_available if group and group.is_null(*path) else ""
    entry = entry_of_value(value, figure, reason)
    if name not in run.asked:
        return entry
    told = f"{'≤' if is_at_most(figure) else '≥'} {show(run.asked[name], definition(figure).unit)}"
    missed = value is not None and not value.behind and not is_met(figure, run.asked[name], value)
    return replace(entry, asked=told, missed=missed)


def is_at_most(figure: str) -> bool:
    """Whether no more than so much is asked of a figure."""
    return figure in AT_MOST or definition(figure).better == LOWER


def is_met(figure: str, asked: float, value: Value) -> bool:
    """Whether every seed reaches what is asked; of cost, which differs from hour to hour, all of them on average."""
    if definition(figure).unit == SECONDS:
        return value.mean <= asked
    return value.high <= asked + ROUNDING if is_at_most(figure) else value.low >= asked - ROUNDING


def _verdicts(rows: Sequence[Row]) -> Iterator[str]:
    """How much of what was asked is reached, and what is not."""
    places = [(row.title, *place) for row in rows for place in zip(COLUMNS.values(), row.entries[1:], strict=True)]
    asked = [entry for *_, entry in places if entry.asked]
    missed = [
        f"- {title}: {column.full_title} {entry.worst or entry.text} ({entry.asked})"
        for title, column, entry in places
        if entry.missed
    ]
    n_unknown = sum(map(_is_unknown, asked))
    n_met = len(asked) - len(missed) - n_unknown
    yield f"{n_met} of {len(asked)} are met, {len(missed)} are not, {n_unknown} have not been measured."
    if missed:
        yield "Not met:\n\n" + "\n".join(missed)
    pairs = {run.task: run.modalities for run in shipped_runs() if len(run.modalities) == 2}
    titles = {task: [in_titles(task, name) for name in two] for task, two in pairs.items()}
    told = [f"{listed(two)} of {task_title(task)}" for task, two in titles.items()]
    yield (
        f"First and second are {listed(told)}; of four modalities the least of all ways is told. Every seed must reach "
        "what is asked."
    )

"""Sanity checks: with shuffled labels, shuffled keys or random weights, figures must fall to chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import NEITHER, definition
from sharcs_benchmark.tables.captions import caption, in_titles, task_title
from sharcs_benchmark.tables.comparison import OURS, names_of
from sharcs_benchmark.tables.seeds import EVERY, Group, group_cells, select
from sharcs_benchmark.tables.table import Column, Entry, Row, Table, entry_of, show

UNTOUCHED = "as it is"
EXPECTED = (
    "Shuffled labels take the answers away and leave the meanings, shuffled keys the other way round: accuracy must "
    "fall to the majority with the labels, retrieval to chance with the keys, and both with random weights. All "
    "concepts are kept where the truth is taken out: there is nothing to choose them by."
)
RECALL = ("retrieval", EVERY, "recall_at_1")
CHANCE = ("retrieval", EVERY, "chance", "recall_at_1")


def sanity_table(cells: Iterable[Cell], task: str, block: str = "S") -> Table | None:
    """SHARCS as it is above SHARCS spoilt in one way each, with the chance that figures must fall to."""
    groups = group_cells(cells)
    spoilt = [group for group in select(groups, block=block, task=task) if group.variant]
    sound = [
        group
        for other in (block, "C", "B", "A", "Q")
        for group in select(groups, block=other, task=task, variant="")
        if group.model == OURS
    ][:1]
    if not spoilt:
        return None
    columns = sanity_columns([*sound, *spoilt])
    rows = tuple(_row(group, columns) for group in [*sound, *spoilt])
    return Table(task_title(task), caption([*sound, *spoilt]), columns, rows, (EXPECTED, _beyond_chance(spoilt)))


def sanity_columns(groups: list[Group]) -> tuple[Column, ...]:
    """Accuracy beside the majority, retrieval beside chance, and completeness, which random features can carry too."""
    pairs = names_of(groups, "retrieval")
    if len(pairs) > 2:
        pairs = (EVERY,)
    return (
        Column("accuracy", "accuracy", ("accuracy",)),
        Column("majority", "majority_accuracy", ("majority_accuracy",)),
        Column("balanced accuracy", "balanced_accuracy", ("balanced_accuracy",)),
        *(
            column
            for pair in pairs
            for name in ["mean of all ways" if pair == EVERY else in_titles(groups[0].task, pair)]
            for column in (
                Column(name, "recall_at_1", ("retrieval", pair, "recall_at_1"), "recall@1"),
                Column(f"{name}, chance", "chance", ("retrieval", pair, "chance", "recall_at_1"), "recall@1"),
            )
        ),
        Column("plain completeness", "completeness_plain", ("completeness_plain",)),
    )


def _row(group: Group, columns: tuple[Column, ...]) -> Row:
    entries = tuple(entry_of(group, column) for column in columns)
    if group.variant:  # the worst that can be said of a spoilt model is how high a figure stayed
        entries = tuple(_with_greatest(group, column, entry) for column, entry in zip(columns, entries, strict=True))
    return Row(group.variant or UNTOUCHED, "", entries)


def _with_greatest(group: Group, column: Column, entry: Entry) -> Entry:
    value = group.value(*column.path)
    if definition(column.figure).better == NEITHER:
        return entry
    greatest = show(value.high) if value else ""
    return replace(entry, worst=greatest if greatest != entry.text and value and value.n_seeds > 1 else "")


def _beyond_chance(spoilt: list[Group]) -> str:
    """How far each spoilt model is from knowing nothing."""
    told = []
    for group in spoilt:
        pairs = (("accuracy", ("accuracy",), ("majority_accuracy",)), ("recall@1", RECALL, CHANCE))
        gaps = [(name, group.mean(*own), group.mean(*none)) for name, own, none in pairs]
        beyond = [f"{name} {show(own - none)}" for name, own, none in gaps if own is not None and none is not None]
        told.append(f"**{group.variant}** {', '.join(beyond)}")
    return f"Beyond chance: {'; '.join(told)}. In brackets, of a spoilt model: the seed whose figure is highest."

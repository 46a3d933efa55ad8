"""Sanity checks: with shuffled labels, shuffled keys or random weights, figures must fall to chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sharcs_benchmark.definitions import NEITHER, definition
from sharcs_benchmark.models import SHARCS_FREE
from sharcs_benchmark.tables.captions import caption, task_title
from sharcs_benchmark.tables.comparison import ACCURACY, MAJORITY, RECALL, ways_of
from sharcs_benchmark.tables.groups import EVERY, Group, Results
from sharcs_benchmark.tables.studies import PLAIN_COMPLETENESS
from sharcs_benchmark.tables.table import Column, Entry, Row, Table, entry_of, show

UNTOUCHED = "as it is"
EXPECTED = (
    "Shuffled labels take the answers away and leave the meanings, shuffled keys the other way round: accuracy must "
    "fall to the majority with the labels, retrieval to chance with the keys, and both with random weights. All "
    "concepts are kept where the truth is taken out: there is nothing to choose them by."
)
CHANCE = Column.of("chance", "retrieval", EVERY, "chance", "recall_at_1")


def sanity_table(results: Results, task: str, block: str = "S") -> Table | None:
    """SHARCS as it is above SHARCS spoilt in one way each, with the chance that figures must fall to."""
    spoilt = [group for group in results.groups if (group.block, group.task) == (block, task) and group.variant]
    if not spoilt:
        return None
    sound = [found for other in (block, *"CBAQ") if (found := results.model(other, task, SHARCS_FREE))][:1]
    groups = [*sound, *spoilt]
    columns = sanity_columns(groups)
    rows = tuple(_row(group, columns) for group in groups)
    return Table(task_title(task), caption(groups), columns, rows, (EXPECTED, _beyond_chance(spoilt)))


def sanity_columns(groups: Sequence[Group]) -> tuple[Column, ...]:
    """Accuracy beside the majority, retrieval beside chance, and completeness, which random features can carry too."""
    recall = (
        Column.of(told, "retrieval", pair, *path, heading="recall@1")
        for pair, title in ways_of(groups).items()
        for told, path in ((title, ("recall_at_1",)), (f"{title}, chance", ("chance", "recall_at_1")))
    )
    return (ACCURACY, MAJORITY, Column.of("balanced accuracy", "balanced_accuracy"), *recall, PLAIN_COMPLETENESS)


def _row(group: Group, columns: Sequence[Column]) -> Row:
    entry = _spoilt_entry if group.variant else entry_of
    return Row(group.variant or UNTOUCHED, "", tuple(entry(group, column) for column in columns))


def _spoilt_entry(group: Group, column: Column) -> Entry:
    """The worst that can be said of a spoilt model is how high a figure stayed."""
    entry, value = entry_of(group, column), group.value(*column.path)
    if value is None or definition(column.figure).better == NEITHER:
        return entry
    greatest = show(value.high)
    return replace(entry, worst=greatest if greatest != entry.text and value.n_seeds > 1 else "")


def _beyond_chance(spoilt: Sequence[Group]) -> str:
    """How far each spoilt model is from knowing nothing."""
    beyond = {group.variant: [_beyond(group, ACCURACY, MAJORITY), _beyond(group, RECALL, CHANCE)] for group in spoilt}
    told = "; ".join(f"**{variant}** {', '.join(filter(None, gaps))}" for variant, gaps in beyond.items())
    return f"Beyond chance: {told}. In brackets, of a spoilt model: the seed whose figure is highest."


def _beyond(group: Group, column: Column, chance: Column) -> str:
    own, none = group.mean(*column.path), group.mean(*chance.path)
    return "" if own is None or none is None else f"{column.title} {show(own - none)}"

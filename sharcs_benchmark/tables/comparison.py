"""The table that compares the models on one task, and what follows from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sharcs_benchmark.definitions import definition
from sharcs_benchmark.models import SHARCS_FREE, SHARCS_NAMED, described, model_title
from sharcs_benchmark.tables.captions import caption, group_title, in_titles, task_title, without
from sharcs_benchmark.tables.groups import EVERY, Group, Results
from sharcs_benchmark.tables.table import (
    WITHIN_NOISE,
    Column,
    Row,
    Table,
    entry_of,
    is_better,
    is_within_noise,
    mark_best,
    show,
    value_in,
)

RIVAL_OF = {SHARCS_NAMED: SHARCS_NAMED, "concept_named": SHARCS_NAMED}
"""Models that are taught names, and so are compared with SHARCS (named); all others are with the free one."""
OUR_TITLES = tuple(map(model_title, (SHARCS_FREE, SHARCS_NAMED)))
ACCURACY, COMPLETENESS = Column.of("accuracy", "accuracy"), Column.of("completeness", "completeness")
MAJORITY, GAP = Column.of("majority", "majority_accuracy"), Column.of("gap", "modality_gap")
N_CONCEPTS = Column.of("T", "n_concepts")
ONE_MOVE, RIGHT_EDIT = Column.of("one move", "one_move"), Column.of("right edit", "right_edit", "balanced_accuracy")
COST = (Column.of("CPU s", "cpu_s_per_1000_epoch"), Column.of("parameters", "n_parameters"))
RECALL = Column.of("recall@1", "retrieval", EVERY, "recall_at_1")
DESCRIBED, ABSENT = (Column.of(how, "missing", EVERY, how) for how in ("described", "absent"))
COMPARED = (ACCURACY, COMPLETENESS, RECALL, DESCRIBED, ABSENT)
"""What is drawn of the models beside each other; of ways and of missing modalities their mean."""


def comparison(results: Results, task: str, block: str) -> Table:
    """Models by figures on one task of one block; the best of each column marked, n/a where none can be."""
    groups = results.models(block, task)
    columns = comparison_columns(groups)
    rows = mark_best(columns, (model_row(group, columns) for group in groups))
    return Table(task_title(task), caption(groups), columns, rows, tuple(remarks(groups, columns)))


def model_row(group: Group, columns: Sequence[Column], title: str = "") -> Row:
    """The row of one model."""
    entries = tuple(entry_of(group, column) for column in columns)
    return Row(title or group_title(group), described(group.model).says, entries)


def comparison_columns(groups: Sequence[Group]) -> tuple[Column, ...]:
    """The columns that some groups of one task call for."""
    task, modalities = groups[0].task if groups else "", modalities_of(groups)
    return (
        ACCURACY,
        Column.of("completeness", "completeness", heading="completeness"),
        Column.of("plain", "completeness_plain", heading="completeness"),
        *(one for one in (N_CONCEPTS, ONE_MOVE, RIGHT_EDIT) if any(group.value(*one.path) for group in groups)),
        Column.of("fidelity", "fidelity"),
        *(
            Column.of(title, "retrieval", pair, "recall_at_1", heading="recall@1")
            for pair, title in ways_of(groups).items()
        ),
        *(
            Column.of(without(task, name), "missing", name, how, heading=how)
            for how in ("described", "absent")
            for name in modalities
            if name in names_of(groups, "missing")
        ),
        GAP,
        *COST,
    )


def ways_of(groups: Sequence[Group]) -> dict[str, str]:
    """Each way between two modalities, with its title; between more, only their mean."""
    pairs = names_of(groups, "retrieval")
    if len(pairs) > 2:
        return {EVERY: f"mean of {len(pairs)} ways"}
    return {pair: in_titles(groups[0].task, pair) for pair in pairs}


def modalities_of(groups: Iterable[Group]) -> tuple[str, ...]:
    """The modalities of a task: those of the group that reads most of them."""
    return max((group.modalities for group in groups), key=len, default=())


def names_of(groups: Iterable[Group], *path: str) -> tuple[str, ...]:
    """The names under a path in any of the groups, first seen first."""
    return tuple(dict.fromkeys(name for group in groups for name in group.names(*path)))


# what follows


def remarks(groups: Sequence[Group], columns: Sequence[Column]) -> Iterator[str]:
    """A sentence on every model that is better than SHARCS in something, then one on cost.

    SHARCS whose concepts are free is set against the models that are taught none, SHARCS whose concepts are named
    against those that are taught the same names.
    """
    for ours in (group for group in groups if group.model in (SHARCS_FREE, SHARCS_NAMED)):
        others = [group for group in groups if RIVAL_OF.get(group.model, SHARCS_FREE) == ours.model != group.model]
        if others:
            yield from _remarks_on(ours, others, columns)


def _remarks_on(ours: Group, others: Sequence[Group], columns: Sequence[Column]) -> Iterator[str]:
    title = model_title(ours.model)
    quality = [column for column in columns if column not in COST]
    better = [f"- **{group_title(group)}**: {told}" for group in others if (told := _better(group, ours, quality))]
    if better:
        yield f"Better than {title}:\n\n" + "\n".join(better)
    else:
        alike = " of named concepts" if ours.model == SHARCS_NAMED else ""
        yield f"No other model{alike} is better than {title} in a figure."
    if len(others) > 1:
        yield f"Cheaper than {title}: {'; '.join(_cheaper(others, ours, column) for column in COST)}."


def _better(group: Group, ours: Group, columns: Sequence[Column]) -> str:
    """The figures in which another model is better, each with both numbers."""
    found = []
    for column in columns:
        theirs, own = value_in(group, column), ours.value(*column.path)
        if theirs is None or own is None or theirs.behind != own.behind or theirs.n_seeds < len(group.cells):
            continue
        if is_better(column.figure, theirs.mean, own.mean):
            noise = f" ({WITHIN_NOISE})" if is_within_noise(theirs, own) else ""
            found.append(f"{column.full_title} {against(column.figure, theirs.mean, own.mean)}{noise}")
    return ", ".join(found)


def _cheaper(others: Sequence[Group], ours: Group, column: Column) -> str:
    """How many of the other models cost less."""
    own, theirs = value_in(ours, column), [value for group in others if (value := value_in(group, column))]
    n_cheaper = sum(own is not None and value.mean < own.mean for value in theirs)
    return f"in {column.full_title}, {n_cheaper} of {len(theirs)} other models"


def against(figure: str, theirs: float, own: float) -> str:
    """Two figures side by side, with as many digits as tell them apart.

    >>> against("accuracy", 0.98, 0.97), against("accuracy", 0.98012, 0.98008)
    ('.980 against .970', '.98012 against .98008')
    """
    unit, digits = definition(figure).unit, digits_apart(figure, theirs, own)
    return f"{show(theirs, unit, digits)} against {show(own, unit, digits)}"


def digits_apart(figure: str, first: float, second: float, most: int = 6) -> int:
    """As many digits as tell two figures apart, three at least and ``most`` where nothing does."""
    unit = definition(figure).unit
    apart = (n for n in range(3, most) if show(first, unit, n) != show(second, unit, n))
    return 3 if first == second else next(apart, most)

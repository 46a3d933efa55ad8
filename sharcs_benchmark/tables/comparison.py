"""The table that compares the models on one task, and what follows from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import definition
from sharcs_benchmark.models import model_of, model_title
from sharcs_benchmark.tables.captions import caption, group_title, in_titles, task_title, without
from sharcs_benchmark.tables.seeds import EVERY, Group, group_cells, select
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

OURS = "sharcs"
OURS_NAMED = "sharcs_named"
NAMED_RIVALS = ("concept_named",)
"""Models that are taught the same names as SHARCS (named) is, and so are compared with it and not with the free one."""
OUR_TITLES = tuple(model_title(name) for name in (OURS, OURS_NAMED))
OF_CONCEPTS = (
    Column("T", "n_concepts", ("n_concepts",)),
    Column("one move", "one_move", ("one_move",)),
    Column("right edit", "right_edit", ("right_edit", "balanced_accuracy")),
)
COST = ("cpu_s_per_1000_epoch", "n_parameters")


COMPARED = (
    Column("accuracy", "accuracy", ("accuracy",)),
    Column("completeness", "completeness", ("completeness",)),
    Column("recall@1", "recall_at_1", ("retrieval", EVERY, "recall_at_1")),
    Column("described", "described", ("missing", EVERY, "described")),
    Column("absent", "absent", ("missing", EVERY, "absent")),
)
"""What is drawn of the models beside each other; of ways and of missing modalities their mean."""


def comparison(cells: Iterable[Cell], task: str, block: str) -> Table:
    """Models by figures on one task of one block; the best of each column marked, n/a where none can be."""
    groups = select(group_cells(cells), block=block, task=task, variant="")
    columns = comparison_columns(groups)
    rows = mark_best(columns, (model_row(group, columns) for group in groups))
    return Table(task_title(task), caption(groups), columns, rows, tuple(remarks(groups, columns)))


def model_row(group: Group, columns: Sequence[Column], title: str | None = None) -> Row:
    """The row of one model."""
    entries = tuple(entry_of(group, column) for column in columns)
    return Row(title or group_title(group), _says(group.model), entries)


def comparison_columns(groups: Sequence[Group]) -> tuple[Column, ...]:
    """The columns that some groups of one task call for."""
    task, modalities = groups[0].task if groups else "", modalities_of(groups)
    return (
        Column("accuracy", "accuracy", ("accuracy",)),
        Column("completeness", "completeness", ("completeness",), "completeness"),
        Column("plain", "completeness_plain", ("completeness_plain",), "completeness"),
        *(column for column in OF_CONCEPTS if any(group.value(*column.path) for group in groups)),
        Column("fidelity", "fidelity", ("fidelity",)),
        *_recall_columns(groups),
        *(
            Column(without(task, name), figure, ("missing", name, figure), figure)
            for figure in ("described", "absent")
            for name in modalities
            if name in names_of(groups, "missing")
        ),
        Column("gap", "modality_gap", ("modality_gap",)),
        Column("CPU s", "cpu_s_per_1000_epoch", ("cpu_s_per_1000_epoch",)),
        Column("parameters", "n_parameters", ("n_parameters",)),
    )


def _recall_columns(groups: Sequence[Group]) -> tuple[Column, ...]:
    """Each way between two modalities; between more, only the mean (the table of retrieval has each)."""
    pairs = names_of(groups, "retrieval")
    if len(pairs) > 2:
        return (Column(f"mean of {len(pairs)} ways", "recall_at_1", ("retrieval", EVERY, "recall_at_1"), "recall@1"),)
    return tuple(
        Column(in_titles(groups[0].task, pair), "recall_at_1", ("retrieval", pair, "recall_at_1"), "recall@1")
        for pair in pairs
    )


def modalities_of(groups: Iterable[Group]) -> tuple[str, ...]:
    """The modalities of a task: those of the group that reads most of them."""
    return max((group.modalities for group in groups), key=len, default=())


def names_of(groups: Iterable[Group], *path: str) -> tuple[str, ...]:
    """The names under a path in any of the groups, first seen first."""
    return tuple(dict.fromkeys(name for group in groups for name in group.names(*path)))


def remarks(groups: Sequence[Group], columns: Sequence[Column]) -> list[str]:
    """A sentence on every model that is better than SHARCS in something, then one on cost.

    SHARCS whose concepts are free is set against the models that are taught none, SHARCS whose concepts are named
    against those that are taught the same names.
    """
    models = {group.model: group for group in groups if not group.variant}
    rivals = {
        OURS: [group for name, group in models.items() if name not in (OURS, OURS_NAMED, *NAMED_RIVALS)],
        OURS_NAMED: [group for name, group in models.items() if name in NAMED_RIVALS],
    }
    set_against = [(models[name], others) for name, others in rivals.items() if name in models and others]
    return [remark for ours, others in set_against for remark in _remarks_on(ours, others, columns)]


def _remarks_on(ours: Group, others: Sequence[Group], columns: Sequence[Column]) -> Iterator[str]:
    title = model_title(ours.model)
    quality = [column for column in columns if column.figure not in COST]
    better = [told for group in others if (told := _better(group, ours, quality))]
    if better:
        yield f"Better than {title}:\n\n" + "\n".join(better)
    else:
        alike = " of named concepts" if ours.model == OURS_NAMED else ""
        yield f"No other model{alike} is better than {title} in a figure."
    if len(others) > 1:
        cheaper = [_cheaper(others, ours, column) for column in columns if column.figure in COST]
        yield f"Cheaper than {title}: {'; '.join(cheaper)}."


def _better(group: Group, ours: Group, columns: Sequence[Column]) -> str:
    found = []
    for column in columns:
        theirs, own = value_in(group, column), ours.value(*column.path)
        if theirs is None or own is None or theirs.behind != own.behind or theirs.n_seeds < len(group.cells):
            continue
        if is_better(column.figure, theirs.mean, own.mean):
            told = f" ({WITHIN_NOISE})" if is_within_noise(theirs, own) else ""
            found.append(f"{column.full_title} {against(column.figure, theirs.mean, own.mean)}{told}")
    return f"- **{group_title(group)}**: {', '.join(found)}" if found else ""


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


def _says(name: str) -> str:
    try:
        return model_of(name).says
    except ValueError:
        return ""

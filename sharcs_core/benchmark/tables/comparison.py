"""The table that compares the models on one task, and what follows from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sharcs_core.benchmark.cells import Cell
from sharcs_core.benchmark.definitions import definition
from sharcs_core.benchmark.models import model_of, model_title
from sharcs_core.benchmark.tables.captions import caption, task_title
from sharcs_core.benchmark.tables.seeds import EVERY, Group, group_cells, select
from sharcs_core.benchmark.tables.table import Column, Row, Table, entry_of, is_better, mark_best, show, value_in

OURS = "sharcs"
COST = ("cpu_s_per_1000_epoch", "n_parameters")


def comparison(cells: Iterable[Cell], task: str, block: str) -> Table:
    """Models by figures on one task of one block; the best of each column marked, n/a where none can be."""
    groups = select(group_cells(cells), block=block, task=task, variant="")
    columns = comparison_columns(groups)
    rows = mark_best(columns, (model_row(group, columns) for group in groups))
    return Table(task_title(task), caption(groups), columns, rows, tuple(remarks(groups, columns)))


def model_row(group: Group, columns: Sequence[Column], title: str | None = None) -> Row:
    """The row of one model."""
    entries = tuple(entry_of(group, column) for column in columns)
    return Row(title or model_title(group.model), _says(group.model), entries)


def comparison_columns(groups: Sequence[Group]) -> tuple[Column, ...]:
    """The columns that some groups of one task call for."""
    modalities = modalities_of(groups)
    return (
        Column("accuracy", "accuracy", ("accuracy",)),
        Column("completeness", "completeness", ("completeness",)),
        Column("normalised", "completeness_normalised", ("completeness_normalised",)),
        Column("fidelity", "fidelity", ("fidelity",)),
        *_recall_columns(groups),
        *(
            Column(f"no {name}", figure, ("missing", name, figure), figure)
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
    return tuple(Column(arrow(pair), "recall_at_1", ("retrieval", pair, "recall_at_1"), "recall@1") for pair in pairs)


def modalities_of(groups: Iterable[Group]) -> tuple[str, ...]:
    """The modalities of a task: those of the group that reads most of them."""
    return max((group.modalities for group in groups), key=len, default=())


def names_of(groups: Iterable[Group], *path: str) -> tuple[str, ...]:
    """The names under a path in any of the groups, first seen first."""
    return tuple(dict.fromkeys(name for group in groups for name in group.names(*path)))


def arrow(pair: str) -> str:
    """``image->graph`` as people write it."""
    return pair.replace("->", " → ")


def remarks(groups: Sequence[Group], columns: Sequence[Column]) -> list[str]:
    """A sentence on every model that is better than SHARCS in something, then one on cost."""
    ours = next((group for group in groups if group.model == OURS and not group.variant), None)
    if ours is None:
        return []
    others = [group for group in groups if group is not ours]
    if not others:
        return []
    quality = [column for column in columns if column.figure not in COST]
    better = [told for group in others if (told := _better(group, ours, quality))]
    cheaper = [_cheaper(others, ours, column) for column in columns if column.figure in COST]
    first = "Better than SHARCS:\n\n" + "\n".join(better) if better else "No model is better than SHARCS in a figure."
    return [first, f"Cheaper than SHARCS: {'; '.join(cheaper)}."]


def _better(group: Group, ours: Group, columns: Sequence[Column]) -> str:
    found = []
    for column in columns:
        theirs, own = value_in(group, column), ours.value(*column.path)
        of_all_seeds = theirs and theirs.n_seeds == len(group.cells)
        if theirs and own and of_all_seeds and is_better(column.figure, theirs.mean, own.mean):
            found.append(f"{column.full_title} {against(column.figure, theirs.mean, own.mean)}")
    return f"- **{model_title(group.model)}**: {', '.join(found)}" if found else ""


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

"""What is claimed of SHARCS beside other models at equal budget, and whether the numbers bear it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import SHARE
from sharcs_benchmark.models import model_title
from sharcs_benchmark.tables.captions import caption, task_title, without
from sharcs_benchmark.tables.comparison import OURS, OURS_NAMED, digits_apart, modalities_of
from sharcs_benchmark.tables.seeds import Group, Value, group_cells, select
from sharcs_benchmark.tables.sentences import joined
from sharcs_benchmark.tables.table import (
    EARLIER,
    VERDICT,
    WITHIN_NOISE,
    Column,
    Entry,
    Row,
    Table,
    entry_of_value,
    show,
)
from sharcs_core.differences import is_beyond_noise

WITHIN = 0.005
"""SHARCS must come so near to the accuracy of the best black box."""
ROUNDING = 1e-9
BLACK_BOXES = ("simple_multimodal", "late_fusion", "relative", "contrastive", "triplet")
HOLDS = "yes"
CANNOT = "The other cannot do it."
NOT_ALIKE = f"One of the two was {EARLIER}."

CLAIM_COLUMNS = (
    Column("holds", VERDICT, ()),
    Column("SHARCS", "accuracy", ()),
    Column("the other", "accuracy", ()),
    Column("difference", "drop", ()),
)


def claim_table(cells: Iterable[Cell], tasks: Sequence[str], block: str = "B") -> Table:
    """What is claimed of SHARCS at equal budget: ahead of concept multimodal, near the best black box.

    The claims are of SHARCS with free concepts. With named ones it is set against the model that is taught the same
    names.
    """
    groups = group_cells(cells)
    rows: list[Row] = []
    used: list[Group] = []
    near: dict[str, Row] = {}
    for task in tasks:
        models = {group.model: group for group in select(groups, block=block, task=task, variant="")}
        if not {OURS, OURS_NAMED} & set(models):
            continue
        used += list(models.values())
        rows += _ahead_rows(task, models, OURS, "concept_multimodal")
        within = _near_row(task, models)
        if within is not None:
            near[task] = within
            rows.append(within)
        rows += _ahead_rows(task, models, OURS_NAMED, "concept_named")
    return Table("What is claimed of SHARCS", caption(used), CLAIM_COLUMNS, tuple(rows), _near_told(near))


def _ahead_rows(task: str, models: Mapping[str, Group], own: str, rival: str) -> list[Row]:
    ours, other = models.get(own), models.get(rival)
    if ours is None or other is None:
        return []
    asked: list[tuple[str, tuple[str, ...]]] = [("completeness", ("completeness",))]
    asked += [
        (f"{how}, {without(task, name)}", ("missing", name, how))
        for how in ("described", "absent")
        for name in modalities_of([ours])
    ]
    whose = f"{task_title(task)}, {model_title(own)}"
    return [
        _claim_row(f"{whose}, {title}: ahead of {model_title(rival)}", ours.value(*path), other.value(*path), 0.0)
        for title, path in asked
    ]


def _near_row(task: str, models: Mapping[str, Group]) -> Row | None:
    own = models[OURS].value("accuracy") if OURS in models else None
    found = [(value.mean, name) for name in BLACK_BOXES if name in models and (value := models[name].value("accuracy"))]
    if not found or own is None:
        return None
    name = max(found)[1]
    label = (
        f"{task_title(task)}, {model_title(OURS)}, accuracy: within half a point of the best black box "
        f"({model_title(name)})"
    )
    return _claim_row(label, own, models[name].value("accuracy"), -WITHIN)


def _near_told(near: Mapping[str, Row]) -> tuple[str, ...]:
    """On which tasks SHARCS is within half a point of the best black box, and where it is not by how much."""
    if not near:
        return ()
    behind = [
        f"{task_title(task)} ({row.entries[1].text} against {row.entries[2].text})"
        for task, row in near.items()
        if row.entries[0].text != HOLDS
    ]
    where = f"everywhere but on {joined(behind)}" if behind else f"on {joined(map(task_title, near))}"
    return (f"{model_title(OURS)} is within half a point of the best black box {where}.",)


def _claim_row(label: str, own: Value | None, theirs: Value | None, least: float) -> Row:
    """A claim that our figure less the other's is above ``least``; n/a of the other is no win and no loss.

    Neither is a difference of figures that were measured by different definitions.
    """
    if own is None or theirs is None:
        ours = entry_of_value(own, "accuracy")
        return Row(label, "", (Entry("–"), replace(ours, worst=""), Entry("n/a", reason=CANNOT), Entry("–")))
    difference, digits = own.mean - theirs.mean, digits_apart("accuracy", own.mean, theirs.mean)
    entries = [Entry(show(one.mean, SHARE, digits), one.mean, behind=one.behind) for one in (own, theirs)]
    if own.behind != theirs.behind:
        return Row(label, "", (Entry("–", reason=NOT_ALIKE), *entries, Entry("–", reason=NOT_ALIKE)))
    told = Entry(show(difference, SHARE, digits), difference)
    return Row(label, "", (Entry(_verdict(own, theirs, least)), *entries, told))


def _verdict(own: Value, theirs: Value, least: float) -> str:
    """Whether our figure less the other's is above ``least``; to be ahead it must be so beyond noise."""
    difference = own.mean - theirs.mean
    if least < 0:
        return HOLDS if difference >= least - ROUNDING else "no"
    if own.mean == theirs.mean:
        return "no, both are perfect" if own.mean == 1 else "no, level"
    if not is_beyond_noise(difference, (own.error, theirs.error)):
        return WITHIN_NOISE
    return HOLDS if difference > least else "no"

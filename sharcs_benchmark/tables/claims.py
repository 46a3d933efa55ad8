"""What is claimed of SHARCS beside other models at equal budget, and whether the numbers bear it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sharcs_benchmark.definitions import SHARE
from sharcs_benchmark.models import SHARCS_FREE, SHARCS_NAMED, model_title
from sharcs_benchmark.nested import KeyPath
from sharcs_benchmark.tables.captions import caption, task_title, without
from sharcs_benchmark.tables.comparison import digits_apart
from sharcs_benchmark.tables.groups import Group, Results, Value
from sharcs_benchmark.tables.table import (
    EARLIER,
    NOT_AVAILABLE,
    NOT_MEASURED,
    ROUNDING,
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
from sharcs_core.named import listed

WITHIN = 0.005
"""SHARCS must come so near to the accuracy of the best black box."""
BLACK_BOXES = ("simple_multimodal", "late_fusion", "relative", "contrastive", "triplet")
HOLDS = "yes"
CANNOT = "The other cannot do it."
NOT_ALIKE = Entry(NOT_MEASURED, reason=f"One of the two was {EARLIER}.")

CLAIM_COLUMNS = (
    Column.of("holds", VERDICT),
    Column.of("SHARCS", "accuracy"),
    Column.of("the other", "accuracy"),
    Column.of("difference", "drop"),
)


def claim_table(results: Results, block: str = "B") -> Table:
    """What is claimed of SHARCS at equal budget: ahead of concept multimodal, near the best black box.

    The claims are of SHARCS with free concepts. With named ones it is set against the model that is taught the same
    names.
    """
    by_task = {task: {group.model: group for group in results.models(block, task)} for task in results.tasks(block)}
    ours = {task: models for task, models in by_task.items() if {SHARCS_FREE, SHARCS_NAMED} & set(models)}
    near = {task: row for task, models in ours.items() if (row := _near_row(task, models))}
    rows = [
        row
        for task, models in ours.items()
        for row in (
            *_ahead_rows(task, models, SHARCS_FREE, "concept_multimodal"),
            *([near[task]] if task in near else []),
            *_ahead_rows(task, models, SHARCS_NAMED, "concept_named"),
        )
    ]
    used = [group for models in ours.values() for group in models.values()]
    return Table("What is claimed of SHARCS", caption(used), CLAIM_COLUMNS, tuple(rows), _near_told(near))


def _ahead_rows(task: str, models: Mapping[str, Group], own: str, rival: str) -> Iterator[Row]:
    if own not in models or rival not in models:
        return
    asked: dict[str, KeyPath] = {"completeness": ("completeness",)}
    for how in ("described", "absent"):
        asked |= {f"{how}, {without(task, name)}": ("missing", name, how) for name in models[own].modalities}
    for title, path in asked.items():
        label = f"{task_title(task)}, {model_title(own)}, {title}: ahead of {model_title(rival)}"
        yield _claim_row(label, models[own].value(*path), models[rival].value(*path), 0.0)


def _near_row(task: str, models: Mapping[str, Group]) -> Row | None:
    accuracies = {name: value for name, group in models.items() if (value := group.value("accuracy"))}
    boxes = [(accuracies[name].mean, name) for name in BLACK_BOXES if name in accuracies]
    if not boxes or SHARCS_FREE not in accuracies:
        return None
    best = max(boxes)[1]
    label = f"{task_title(task)}, {model_title(SHARCS_FREE)}, accuracy: within half a point of the best black box"
    return _claim_row(f"{label} ({model_title(best)})", accuracies[SHARCS_FREE], accuracies[best], -WITHIN)


def _near_told(near: Mapping[str, Row]) -> tuple[str, ...]:
    """On which tasks SHARCS is within half a point of the best black box, and where it is not by how much."""
    if not near:
        return ()
    behind = [
        f"{task_title(task)} ({own.text} against {other.text})"
        for task, (holds, own, other, _) in ((task, row.entries) for task, row in near.items())
        if holds.text != HOLDS
    ]
    where = f"everywhere but on {listed(behind)}" if behind else f"on {listed(list(map(task_title, near)))}"
    return (f"{model_title(SHARCS_FREE)} is within half a point of the best black box {where}.",)


def _claim_row(label: str, own: Value | None, theirs: Value | None, least: float) -> Row:
    """A claim that our figure less the other's is above ``least``; n/a of the other is no win and no loss.

    Neither is a difference of figures that were measured by different definitions.
    """
    if own is None or theirs is None:
        ours = replace(entry_of_value(own, "accuracy"), worst="")
        return Row(label, "", (Entry(NOT_MEASURED), ours, Entry(NOT_AVAILABLE, reason=CANNOT), Entry(NOT_MEASURED)))
    difference, digits = own.mean - theirs.mean, digits_apart("accuracy", own.mean, theirs.mean)
    first, second = (Entry(show(one.mean, SHARE, digits), one.mean, behind=one.behind) for one in (own, theirs))
    if own.behind != theirs.behind:
        return Row(label, "", (NOT_ALIKE, first, second, NOT_ALIKE))
    told = Entry(show(difference, SHARE, digits), difference)
    return Row(label, "", (Entry(_verdict(own, theirs, least)), first, second, told))


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

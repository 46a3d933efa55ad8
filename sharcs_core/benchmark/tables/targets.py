"""What the project set out to reach, and what it has reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sharcs_core.benchmark.cells import Cell
from sharcs_core.benchmark.definitions import LOWER, SHARE, definition
from sharcs_core.benchmark.models import model_title
from sharcs_core.benchmark.tables.captions import caption, task_title
from sharcs_core.benchmark.tables.comparison import OURS, arrow, digits_apart, modalities_of
from sharcs_core.benchmark.tables.seeds import Group, group_cells, select
from sharcs_core.benchmark.tables.table import Column, Entry, Row, Table, show

WITHIN = 0.005
"""SHARCS must come so near to the accuracy of the best black box."""
ROUNDING = 1e-9
BLACK_BOXES = ("simple_multimodal", "late_fusion", "relative", "contrastive", "triplet")


@dataclass(frozen=True)
class Target:
    """One figure that SHARCS must reach on the full data: at least ``asked``, or at most where lower is better."""

    task: str
    title: str
    figure: str
    path: tuple[str, ...]
    asked: float
    worst: float | None = None


def _each_way(task: str, first: str, second: str, asked: float) -> tuple[Target, ...]:
    pairs = (f"{first}->{second}", f"{second}->{first}")
    return tuple(
        Target(task, f"recall@1 {arrow(pair)}", "recall_at_1", ("retrieval", pair, "recall_at_1"), asked)
        for pair in pairs
    )


def _described(task: str, asked: dict[str, float]) -> tuple[Target, ...]:
    return tuple(
        Target(task, f"described, no {name}", "described", ("missing", name, "described"), least)
        for name, least in asked.items()
    )


def _of_a_task(
    task: str, accuracy: tuple[float, float | None], completeness: float, recall: float, described: dict[str, float]
) -> tuple[Target, ...]:
    first, second = described
    return (
        Target(task, "accuracy", "accuracy", ("accuracy",), *accuracy),
        Target(task, "completeness", "completeness", ("completeness",), completeness),
        *_each_way(task, first, second, recall),
        *_described(task, described),
    )


def _cost(task: str, most: float) -> Target:
    return Target(task, "CPU s per 1,000 and epoch", "cpu_s_per_1000_epoch", ("cpu_s_per_1000_epoch",), most)


TARGETS: tuple[Target, ...] = (
    *_of_a_task("xor_and_xor", (0.995, 0.99), 0.995, 0.99, {"table": 0.99, "graph": 0.99}),
    Target("xor_and_xor", "CPU s of a training", "training_cpu_s", ("training_cpu_s",), 8.0),
    *_of_a_task("mnist_superpixels", (0.97, None), 0.95, 0.97, {"image": 0.95, "graph": 0.97}),
    _cost("mnist_superpixels", 3.0),
    *_of_a_task("half_mnist", (0.98, None), 0.96, 0.82, {"image": 0.95, "graph": 0.95}),
    _cost("half_mnist", 1.5),
    *_of_a_task("clevr", (0.985, None), 0.97, 0.95, {"image": 0.97, "text": 0.97}),
    _cost("clevr", 6.0),
)

TARGET_COLUMNS = (
    Column("asked", "accuracy", ()),
    Column("reached", "accuracy", ()),
    Column("worst seed", "accuracy", ()),
    Column("met", "accuracy", ()),
)


def target_table(cells: Iterable[Cell], block: str = "A") -> Table:
    """Each target of the full data beside what was reached; a dash where the task has not been run."""
    groups = {g.task: g for g in group_cells(cells) if g.block == block and g.model == OURS and not g.variant}
    rows = tuple(_target_row(target, groups.get(target.task)) for target in TARGETS)
    met = [row.entries[-1].text for row in rows]
    told = f"{met.count('yes')} of {len(rows)} are met, {met.count('no')} are not, {met.count('–')} have not been run."
    return Table("Asked and reached", caption(list(groups.values())), TARGET_COLUMNS, rows, (told,))


def _target_row(target: Target, group: Group | None) -> Row:
    unit, lower = definition(target.figure).unit, definition(target.figure).better == LOWER
    value = group.value(*target.path) if group else None
    asked = ("≤ " if lower else "≥ ") + show(target.asked, unit)
    asked += f", worst ≥ {show(target.worst, unit)}" if target.worst is not None else ""
    entries = [Entry(asked, target.asked), *[Entry("–")] * 3]
    if value is not None:
        met = is_met(target, value.mean, value.worst(target.figure))
        worst = show(value.worst(target.figure), unit) if value.n_seeds > 1 else "one seed"
        entries[1:] = [
            Entry(show(value.mean, unit), value.mean),
            Entry(worst, value.worst(target.figure)),
            Entry("yes" if met else "no"),
        ]
    return Row(f"{task_title(target.task)}, {target.title}", definition(target.figure).hover, tuple(entries))


def is_met(target: Target, mean: float, worst: float) -> bool:
    """Whether a mean over seeds, and the worst seed where that is asked, reach the target."""
    if definition(target.figure).better == LOWER:
        return mean <= target.asked
    return mean >= target.asked and (target.worst is None or worst >= target.worst)


CLAIM_COLUMNS = (
    Column("SHARCS", "accuracy", ()),
    Column("the other", "accuracy", ()),
    Column("difference", "drop", ()),
    Column("holds", "accuracy", ()),
)


def claim_table(cells: Iterable[Cell], tasks: Sequence[str], block: str = "B") -> Table:
    """What is claimed of SHARCS at equal budget: ahead of concept multimodal, near the best black box."""
    groups = group_cells(cells)
    rows: list[Row] = []
    used: list[Group] = []
    for task in tasks:
        models = {group.model: group for group in select(groups, block=block, task=task, variant="")}
        if OURS not in models:
            continue
        used += list(models.values())
        rows += [*_ahead_rows(task, models), *_near_row(task, models)]
    return Table("What is claimed of SHARCS", caption(used), CLAIM_COLUMNS, tuple(rows))


def _ahead_rows(task: str, models: dict[str, Group]) -> list[Row]:
    ours, other = models[OURS], models.get("concept_multimodal")
    if other is None:
        return []
    asked: list[tuple[str, tuple[str, ...]]] = [("completeness", ("completeness",))]
    asked += [
        (f"{how}, no {name}", ("missing", name, how))
        for how in ("described", "absent")
        for name in modalities_of([ours])
    ]
    rows = []
    for title, path in asked:
        label = f"{task_title(task)}, {title}: ahead of {model_title(other.model)}"
        rows.append(_claim_row(label, ours.mean(*path), other.mean(*path), 0.0))
    return rows


def _near_row(task: str, models: dict[str, Group]) -> list[Row]:
    own = models[OURS].value("accuracy")
    found = [(value.mean, name) for name in BLACK_BOXES if name in models and (value := models[name].value("accuracy"))]
    if not found or own is None:
        return []
    best, name = max(found)
    label = f"{task_title(task)}, accuracy: within half a point of the best black box ({model_title(name)})"
    return [_claim_row(label, own.mean, best, -WITHIN)]


def _claim_row(label: str, own: float | None, theirs: float | None, least: float) -> Row:
    """A claim that our figure less the other's is above ``least``; n/a of the other is no win and no loss."""
    if own is None or theirs is None:
        return Row(
            label, "", (Entry(show(own), own), Entry("n/a", reason="The other cannot do it."), Entry("–"), Entry("–"))
        )
    difference = own - theirs
    holds = difference >= least - ROUNDING if least < 0 else difference > least
    no = "no, both are perfect" if own == theirs == 1 else "no"
    digits = digits_apart("accuracy", own, theirs)
    entries = [Entry(show(number, SHARE, digits), number) for number in (own, theirs, difference)]
    return Row(label, "", (*entries, Entry("yes" if holds else no)))

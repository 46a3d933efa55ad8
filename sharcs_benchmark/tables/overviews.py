"""Curves and spreads of SHARCS on every task: what they show, and two sentences on each, made from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sharcs_benchmark.cells import Cell
from sharcs_benchmark.definitions import RATIO
from sharcs_benchmark.tables.captions import in_order, in_titles, task_title, tasks_of, without
from sharcs_benchmark.tables.comparison import OURS
from sharcs_benchmark.tables.seeds import Group, group_cells, select
from sharcs_benchmark.tables.sentences import Sentences, joined
from sharcs_benchmark.tables.table import EARLIER, MARK, show


@dataclass(frozen=True)
class Spread:
    """Distances over samples: the quartiles, and what 95 % stay below."""

    q25: float
    median: float
    q75: float
    p95: float


@dataclass(frozen=True)
class Overview:
    """A figure of several tasks.

    Attributes:
        title: what it shows, in a few words; also the caption.
        figure: what a cell must have for it.
        sentences: groups → what they show.
    """

    title: str
    figure: str
    sentences: Callable[[Sequence[Group]], Sentences]


def shown_groups(cells: Iterable[Cell]) -> tuple[Group, ...]:
    """SHARCS with free concepts, a group a task: on the full data if it was run, else at equal budget, else quick."""
    groups = group_cells(cells)
    found: dict[str, Group] = {}
    for block in "ABQ":
        for task in tasks_of(groups, block):
            ours = [group for group in select(groups, block=block, task=task, variant="") if group.model == OURS]
            if ours:
                found.setdefault(task, ours[0])
    return tuple(found[task] for task in in_order(found))


def groups_with(cells: Iterable[Cell], name: str) -> tuple[Group, ...]:
    """The groups that an overview shows: of :func:`shown_groups`, those that have its figure."""
    return tuple(group for group in shown_groups(cells) if group.names(OVERVIEWS[name].figure))


def majority_of(group: Group) -> float | None:
    """Accuracy of always saying the commonest class; None where it was not measured."""
    return group.mean("majority_accuracy")


def stand_in_spread(group: Group, name: str, *, shuffled: bool = False) -> Spread | None:
    """How far stand-ins of a modality lie from what they stand for, or, ``shuffled``, from another sample's input."""
    under = ("stand_in_error", name, *(("shuffled",) if shuffled else ()))
    found = [group.mean(*under, mark) for mark in ("q25", "median", "q75", "p95")]
    q25, median, q75, p95 = found
    if q25 is None or median is None or q75 is None or p95 is None:
        return None
    return Spread(q25, median, q75, p95)


def error_sentences(groups: Sequence[Group]) -> Sentences:
    """How far stand-ins are from what they stand for, beside shuffled pairs."""
    own, other, near, far = [], [], 0, []
    for group in groups:
        for name in group.names("stand_in_error"):
            under, place = ("stand_in_error", name), f"{task_title(group.task)}, {in_titles(group.task, name)}"
            median, shuffled = group.mean(*under, "median"), group.mean(*under, "shuffled", "median")
            tail = group.mean(*under, "p95")
            if median is None or shuffled is None or tail is None:
                continue
            own.append((median, place))
            other.append((shuffled, place))
            near += tail < shuffled
            far += [] if tail < shuffled else [place]
    which = "Stand-ins" if near == len(own) else "Most stand-ins" if 2 * near > len(own) else "Few stand-ins"
    said = f"{which} lie near what they stand for: nineteen in twenty are nearer than the median shuffled pair in "
    said += f"{near} of {len(own)} cases"
    return (
        said + (f"; not for {joined(far)}." if far else "."),
        f"The median distance from a stand-in to the true input goes from {_from_to(own, _ratio)}, that to another "
        f"sample's input from {_from_to(other, _ratio)}.",
    )


def rate_sentences(groups: Sequence[Group]) -> Sentences:
    """What is lost when a modality is missing from every sample, described and absent."""
    earlier = [
        task_title(group.task)
        for group in groups
        if any(group.behind("missing_rates", name, "absent") for name in group.names("missing_rates"))
    ]
    marked = f" ({MARK} {EARLIER} on {joined(earlier)})" if earlier else ""
    return (
        f"A missing modality that is described costs {_losses(groups, 'described')} of accuracy.",
        f"With nothing known of it, it costs {_losses(groups, 'absent')}{marked}.",
    )


def _losses(groups: Sequence[Group], how: str) -> str:
    found = [
        (curve[0] - curve[-1], f"{task_title(group.task)}, {without(group.task, name)}")
        for group in groups
        for name in group.names("missing_rates")
        if name != "rates" and (curve := group.curve("missing_rates", name, how))
    ]
    return _from_to(found, show)


def _from_to(found: Sequence[tuple[float, str]], written: Callable[[float], str]) -> str:
    """The least and the most of some numbers, each with its place."""
    if not found:
        return "not measured"
    (low, lowest), (high, highest) = min(found), max(found)
    return f"{written(low)} ({lowest}) to {written(high)} ({highest})"


def _ratio(number: float) -> str:
    return show(number, RATIO)


def intervention_sentences(groups: Sequence[Group]) -> Sentences:
    """Which policy repairs most, and what wrong values do."""
    best: dict[str, list[str]] = {}
    for group in groups:
        areas = _areas(group)
        if areas:
            top = max(sorted(areas), key=lambda policy: areas[policy])
            best.setdefault(top, []).append(f"{task_title(group.task)} ({show(areas[top])})")
    curves = [(group, curve) for group in groups if (curve := group.curve("interventions", "wrong"))]
    wrong = [f"{_down_and_back(curve)} on {task_title(group.task)}" for group, curve in curves]
    orders = joined(f"{policy} order on {joined(tasks)}" for policy, tasks in best.items())
    return (
        f"Setting concepts right mends most in {orders}, by the area under the curve.",
        f"Setting concepts to wrong values takes accuracy {joined(wrong)}.",
    )


def _down_and_back(curve: Sequence[float]) -> str:
    """Where a curve goes: to its end, or to its lowest place and from there to its end."""
    lowest, last = show(min(curve)), show(curve[-1])
    told = f"from {show(curve[0])} to {lowest}"
    return told if lowest == last else f"{told} and, with all of them wrong, to {last}"


def _areas(group: Group) -> dict[str, float]:
    """Policy that sets concepts right → area under its curve."""
    under = ("interventions", "area")
    found = {policy: group.mean(*under, policy) for policy in group.names(*under) if policy != "wrong"}
    return {policy: area for policy, area in found.items() if area is not None}


def noise_sentences(groups: Sequence[Group]) -> Sentences:
    """What noise leaves of the accuracy, and up to which level half of the knowledge is kept."""
    ends, half = [], []
    for group in groups:
        levels, curve = group.curve("noise", "levels"), group.curve("noise", "accuracy")
        majority = group.mean("majority_accuracy")
        if not curve or majority is None:
            continue
        ends.append(f"from {show(curve[0])} to {show(curve[-1])} on {task_title(group.task)}")
        kept = [
            level for level, share in zip(levels, curve, strict=True) if share - majority >= (curve[0] - majority) / 2
        ]
        half.append(f"{max(kept, default=0):g} on {task_title(group.task)}")
    greatest = max((level for group in groups for level in group.curve("noise", "levels")), default=0)
    return (
        f"At least half of what the model knows beyond the majority survives noise of level {joined(half)}.",
        f"From no noise to level {greatest:g}, accuracy goes {joined(ends)}.",
    )


OVERVIEWS: dict[str, Overview] = {
    "errors": Overview("How far stand-ins are off", "stand_in_error", error_sentences),
    "missing_rates": Overview("A modality missing from a growing share of samples", "missing_rates", rate_sentences),
    "interventions": Overview("Concepts set right, and wrong", "interventions", intervention_sentences),
    "noise": Overview("Noise on the inputs", "noise", noise_sentences),
}
"""Name of the figure's file → what it shows."""

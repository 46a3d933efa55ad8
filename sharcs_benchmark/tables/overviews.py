"""Curves and spreads of SHARCS on every task: what they show, and two sentences on each, made from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sharcs_benchmark.definitions import RATIO, SHARE
from sharcs_benchmark.models import SHARCS_FREE
from sharcs_benchmark.tables.captions import in_titles, task_title, without
from sharcs_benchmark.tables.groups import Group, Results, in_order
from sharcs_benchmark.tables.sentences import Sentences
from sharcs_benchmark.tables.table import EARLIER, MARK, show
from sharcs_core.named import listed


@dataclass(frozen=True)
class Spread:
    """Distances over samples: the quartiles, and what 95 % stay below."""

    q25: float
    median: float
    q75: float
    p95: float


@dataclass(frozen=True)
class Overview:
    """Curves or spreads of several tasks.

    Attributes:
        title: what is shown, in a few words; also the caption.
        figure: what a cell must have for it.
        sentences: groups → what they show.
    """

    title: str
    figure: str
    sentences: Callable[[Sequence[Group]], Sentences]


def shown_groups(results: Results) -> tuple[Group, ...]:
    """SHARCS with free concepts, a group a task: on the full data if it was run, else at equal budget, else quick."""
    found: dict[str, Group] = {}
    for block in "ABQ":
        for task in results.tasks(block):
            ours = results.model(block, task, SHARCS_FREE)
            found |= {task: ours} if ours and task not in found else {}
    return tuple(found[task] for task in in_order(found))


def groups_with(results: Results, name: str) -> tuple[Group, ...]:
    """The groups that an overview shows: of :func:`shown_groups`, those that have its figure."""
    return tuple(group for group in shown_groups(results) if group.names(OVERVIEWS[name].figure))


def majority_of(group: Group) -> float | None:
    """Accuracy of always saying the commonest class; None where it was not measured."""
    return group.mean("majority_accuracy")


def stand_in_spread(group: Group, name: str, *, shuffled: bool = False) -> Spread | None:
    """How far stand-ins of a modality lie from what they stand for, or, ``shuffled``, from another sample's input."""
    under = ("stand_in_error", name, *(("shuffled",) if shuffled else ()))
    marks = ("q25", "median", "q75", "p95")
    found = {mark: mean for mark in marks if (mean := group.mean(*under, mark)) is not None}
    return Spread(**found) if len(found) == len(marks) else None


def error_sentences(groups: Sequence[Group]) -> Sentences:
    """How far stand-ins are from what they stand for, beside shuffled pairs."""
    pairs = {
        f"{task_title(group.task)}, {in_titles(group.task, name)}": (own, other)
        for group in groups
        for name in group.names("stand_in_error")
        if (own := stand_in_spread(group, name)) and (other := stand_in_spread(group, name, shuffled=True))
    }
    far = [place for place, (own, other) in pairs.items() if own.p95 >= other.median]
    n_near = len(pairs) - len(far)
    which = "Few stand-ins" if 2 * n_near <= len(pairs) else "Most stand-ins" if far else "Stand-ins"
    return (
        f"{which} lie near what they stand for: nineteen in twenty are nearer than the median shuffled pair in "
        f"{n_near} of {len(pairs)} cases{f'; not for {listed(far)}' if far else ''}.",
        "The median distance from a stand-in to the true input goes from "
        f"{_from_to([(own.median, place) for place, (own, _) in pairs.items()], RATIO)}, that to another sample's "
        f"input from {_from_to([(other.median, place) for place, (_, other) in pairs.items()], RATIO)}.",
    )


def rate_sentences(groups: Sequence[Group]) -> Sentences:
    """What is lost when a modality is missing from every sample, described and absent."""
    curves = [
        (group.task, name, how, curve)
        for group in groups
        for name in group.names("missing_rates")
        for how in group.names("missing_rates", name)
        if (curve := group.curves.get(("missing_rates", name, how)))
    ]

    def losses(wanted: str) -> str:
        found = [(curve[0].mean - curve[-1].mean, task, name) for task, name, how, curve in curves if how == wanted]
        return _from_to([(lost, f"{task_title(task)}, {without(task, name)}") for lost, task, name in found])

    earlier = in_order(task for task, _, how, curve in curves if how == "absent" and curve[0].behind)
    marked = f" ({MARK} {EARLIER} on {listed(list(map(task_title, earlier)))})" if earlier else ""
    return (
        f"A missing modality that is described costs {losses('described')} of accuracy.",
        f"With nothing known of it, it costs {losses('absent')}{marked}.",
    )


def _from_to(found: Iterable[tuple[float, str]], unit: str = SHARE) -> str:
    """The least and the most of some numbers, each with its place."""
    ordered = sorted(found)
    ends = [f"{show(number, unit)} ({place})" for number, place in (*ordered[:1], *ordered[-1:])]
    return " to ".join(ends) or "not measured"


def intervention_sentences(groups: Sequence[Group]) -> Sentences:
    """Which policy repairs most, and what wrong values do."""
    best: dict[str, list[str]] = {}
    for group in groups:
        policies = [policy for policy in sorted(group.names(*AREAS)) if policy != "wrong"]
        areas = {policy: area for policy in policies if (area := group.mean(*AREAS, policy)) is not None}
        if areas:
            top = max(areas, key=lambda policy: areas[policy])
            best.setdefault(top, []).append(f"{task_title(group.task)} ({show(areas[top])})")
    curves = [(group.task, curve) for group in groups if (curve := group.curve("interventions", "wrong"))]
    wrong = [f"{_down_and_back(curve)} on {task_title(task)}" for task, curve in curves]
    orders = [f"{policy} order on {listed(tasks)}" for policy, tasks in best.items()]
    return (
        f"Setting concepts right mends most in {_all_of(orders)}, by the area under the curve.",
        f"Setting concepts to wrong values takes accuracy {_all_of(wrong)}.",
    )


AREAS = ("interventions", "area")


def _all_of(found: Sequence[str]) -> str:
    return listed(found) or "not measured"


def _down_and_back(curve: Sequence[float]) -> str:
    """Where a curve goes: to its end, or to its lowest place and from there to its end."""
    lowest, last = show(min(curve)), show(curve[-1])
    told = f"from {show(curve[0])} to {lowest}"
    return told if lowest == last else f"{told} and, with all of them wrong, to {last}"


def noise_sentences(groups: Sequence[Group]) -> Sentences:
    """What noise leaves of the accuracy, and up to which level half of the knowledge is kept."""
    ends, half, greatest = [], [], 0.0
    for group in groups:
        levels, curve, majority = group.curve("noise", "levels"), group.curve("noise", "accuracy"), majority_of(group)
        greatest = max((greatest, *levels))
        if not len(levels) == len(curve) > 0 or majority is None:
            continue
        ends.append(f"from {show(curve[0])} to {show(curve[-1])} on {task_title(group.task)}")
        enough = majority + (curve[0] - majority) / 2
        kept = [level for level, accuracy in zip(levels, curve, strict=True) if accuracy >= enough]
        half.append(f"{max(kept, default=0):g} on {task_title(group.task)}")
    return (
        f"At least half of what the model knows beyond the majority survives noise of level {_all_of(half)}.",
        f"From no noise to level {greatest:g}, accuracy goes {_all_of(ends)}.",
    )


OVERVIEWS: dict[str, Overview] = {
    "errors": Overview("How far stand-ins are off", "stand_in_error", error_sentences),
    "missing_rates": Overview("A modality missing from a growing share of samples", "missing_rates", rate_sentences),
    "interventions": Overview("Concepts set right, and wrong", "interventions", intervention_sentences),
    "noise": Overview("Noise on the inputs", "noise", noise_sentences),
}
"""Name of the drawing's file → what it shows."""

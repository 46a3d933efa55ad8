"""What each study shows: one sentence that concludes, and one on what else moves, both made from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sharcs_benchmark.definitions import definition
from sharcs_benchmark.tables.comparison import ACCURACY, DESCRIBED, RECALL
from sharcs_benchmark.tables.groups import Value
from sharcs_benchmark.tables.studies import NONE, PLAIN_COMPLETENESS, Panel, Point, Study
from sharcs_benchmark.tables.table import Column, show
from sharcs_core.differences import is_beyond_noise
from sharcs_core.named import listed

Sentences = tuple[str, str]

COUNTS = 0.005
"""Settings that are nearer to each other than half a point are level, even where that is beyond noise."""
STEADY = 0.01
"""What moves by less than a point over all settings of a task is said to stand still."""
OTHERS = {
    ACCURACY: "accuracy",
    PLAIN_COMPLETENESS: "plain completeness",
    DESCRIBED: "accuracy with a modality only described",
}
"""What else a study looks at, in words."""
SUBJECTS = {
    "weight": "how much alignment there is",
    "alignment": "which alignment is used",
    "size": "the number of shared concepts",
    "ways": "the number of modalities",
    "ablation": "the alignment",
}
"""Name of a study → what it varies, in words."""
ALIGNMENTS = {
    "contrastive": "contrast",
    "distance": "the plain distance",
    "triplet": "triplets",
    NONE: "no alignment",
}
"""Label of a setting → in words."""


@dataclass(frozen=True)
class Standing:
    """The settings of a panel by one figure.

    Attributes:
        ranked: setting and value, best first; those that cannot be told from the best before those that can.
        n_leaders: how many of them cannot be told from the best: within noise, or by less than ``COUNTS``.
    """

    panel: Panel
    ranked: tuple[tuple[Point, Value], ...]
    n_leaders: int

    @property
    def best(self) -> Value:
        return self.ranked[0][1]

    @property
    def worst(self) -> tuple[Point, Value] | None:
        """The last that can be told from the best; None where all are level."""
        return self.ranked[-1] if self.n_leaders < len(self.ranked) else None

    @property
    def leaders(self) -> tuple[Point, ...]:
        """The best and those level with it, in the order of the panel."""
        leading = [point for point, _ in self.ranked[: self.n_leaders]]
        return tuple(point for point in self.panel.points if point in leading)

    @property
    def span(self) -> str:
        """From the least to the most, and where."""
        return _span(self.panel, [value.mean for _, value in self.ranked])


def study_sentences(study: Study) -> Sentences:
    """What a study shows of retrieval, and what becomes of the rest."""
    return study_conclusion(study), _rest(study)


def study_conclusion(study: Study) -> str:
    """One sentence: the settings that retrieve best, where they are told apart by more than noise.

    Settings whose difference is within noise, or below half a point, are called level.
    """
    found = [one for panel in study.panels if (one := standing(panel, RECALL))]
    if not found:
        return "Recall@1 was not measured."
    return _sentence(_conclusion(study, found))


def _conclusion(study: Study, found: Sequence[Standing]) -> str:
    if all(one.worst is None for one in found):
        spans = listed([one.span for one in found])
        return f"{SUBJECTS[study.name]} makes no difference to retrieval that counts: recall@1 is {spans}"
    if study.name == "ablation":
        return f"without the alignment retrieval {listed(list(map(_without_it, found)))}"
    best_of_all = _leading_everywhere(found)
    if best_of_all and not _grows(study, found):
        return _best_everywhere(study, found, best_of_all)
    apart = sorted(found, key=lambda one: one.worst is None)  # what makes a difference is told first
    return f"retrieval {', and '.join(_on_its_own(study, one) for one in apart)}"


def standing(panel: Panel, column: Column) -> Standing | None:
    """The settings of a panel by one figure; None where fewer than two have it by the newest definition."""
    have = [(point, value) for point in panel.points if (value := point.group.value(*column.path))]
    newest = min((value.behind for _, value in have), default=0)
    have = [(point, value) for point, value in have if value.behind == newest]
    if len(have) < 2:
        return None
    goodness = definition(column.figure).goodness
    _, best = max(have, key=lambda one: goodness(one[1].mean))
    ranked = sorted(have, key=lambda one: (_told_apart(best, one[1]), -goodness(one[1].mean)))
    return Standing(panel, tuple(ranked), sum(not _told_apart(best, value) for _, value in have))


def _told_apart(first: Value, second: Value) -> bool:
    difference = first.mean - second.mean
    return abs(difference) >= COUNTS and is_beyond_noise(difference, (first.error, second.error))


def _leading_everywhere(found: Sequence[Standing]) -> list[str]:
    """Labels of the settings that no other beats, on any task; empty where they are all, or none."""
    labels = [{point.label for point in one.leaders} for one in found]
    return [point.label for point in found[0].panel.points if all(point.label in own for own in labels)]


def _best_everywhere(study: Study, found: Sequence[Standing], labels: Sequence[str]) -> str:
    """The settings that are best, or level with the best, on every task, and the one that falls furthest."""
    places = listed([_place(study, one, labels) for one in found])
    told = f"retrieval is best with {listed([_named(study, label) for label in labels])}: {places}"
    worst = [one.worst for one in found if one.worst]
    last = {point.label for point, _ in worst}
    fallen = listed([show(value.mean) for _, value in worst])
    return f"{told}; with {_named(study, *last)} it falls to {fallen}" if len(last) == 1 else told


def _place(study: Study, one: Standing, labels: Sequence[str]) -> str:
    """How the best settings stand on one task: its figure, and who is level with them or comes next."""
    others = [_named(study, point.label) for point in one.leaders if point.label not in labels]
    if one.worst is None:
        beside = "with every setting"
    elif others:
        beside = f"level with {listed(others)}"
    else:
        point, value = one.ranked[one.n_leaders]
        beside = f"next {_named(study, point.label)}, {show(value.mean)}"
    return f"{show(one.best.mean)} on {one.panel.title} ({beside})"


def _on_its_own(study: Study, one: Standing) -> str:
    """What retrieval does on one task."""
    if one.worst is None:
        return f"stays at {one.span}"
    point, value = one.worst
    best, title = show(one.best.mean), one.panel.title
    least, lowest, highest = show(value.mean), _named(study, point.label), _named(study, one.ranked[0][0].label)
    if _grows(study, [one]):
        return f"grows with {SUBJECTS[study.name]} on {title}, from {least} ({lowest}) to {best} ({highest})"
    leaders = listed([_named(study, leader.label) for leader in one.leaders])
    return f"is best with {leaders} on {title} ({best}) and falls to {least} with {lowest}"


def _grows(study: Study, found: Sequence[Standing]) -> bool:
    """Whether retrieval keeps rising with the settings wherever they make a difference."""
    return study.ordered and all(_keeps_rising(one) for one in found if one.worst)


def _keeps_rising(one: Standing) -> bool:
    """Whether the last setting is best, more than one step towards it is a rise, and none a fall, beyond noise."""
    values = [value for _, value in sorted(one.ranked, key=lambda pair: one.panel.points.index(pair[0]))]
    steps = [after.mean > before.mean for before, after in pairwise(values) if _told_apart(before, after)]
    return values[-1] == one.best and all(steps) and len(steps) > 1


def _without_it(one: Standing) -> str:
    """What becomes of retrieval on one task where nothing is aligned."""
    if one.worst is None:
        return f"stays at {one.span}"
    usual, without = (next(value for own, value in one.ranked if own == point) for point in one.panel.points)
    verb = "falls" if without.mean < usual.mean else "rises"
    return f"{verb} from {show(usual.mean)} to {show(without.mean)} on {one.panel.title}"


def _span(panel: Panel, numbers: Sequence[float]) -> str:
    """From the least to the most, and where."""
    low, high = show(min(numbers)), show(max(numbers))
    return f"{low if low == high else f'{low} to {high}'} on {panel.title}"


def _rest(study: Study) -> str:
    """Which of the other figures stand still, and how far the others move."""
    steady, moving = [], []
    for column, words in OTHERS.items():
        found = [(panel, numbers) for panel in study.panels if (numbers := _numbers(panel, column))]
        if found and all(max(numbers) - min(numbers) < STEADY for _, numbers in found):
            steady.append(words)
        elif found:
            moving.append(f"{words} is {listed([_span(panel, numbers) for panel, numbers in found])}")
    still = f"{listed(steady)} {'moves' if len(steady) == 1 else 'move'} by less than a point" if steady else ""
    return _sentence("; ".join(filter(None, (still, *moving)))) or "Nothing else was measured."


def _numbers(panel: Panel, column: Column) -> list[float]:
    return [value.mean for point in panel.points if (value := point.group.value(*column.path))]


def _named(study: Study, label: str) -> str:
    """A setting in words."""
    if study.setting in ("λ", "T"):
        return f"{study.setting} = {label}"
    return f"{label} {study.setting}" if study.ordered else ALIGNMENTS.get(label, label)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""

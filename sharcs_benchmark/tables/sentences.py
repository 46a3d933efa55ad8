"""What each study shows: one sentence that concludes, and one on what else moves, both made from its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sharcs_benchmark.definitions import definition
from sharcs_benchmark.tables.seeds import Value
from sharcs_benchmark.tables.studies import NONE, STUDY_COLUMNS, Panel, Point, Study
from sharcs_benchmark.tables.table import Column, show
from sharcs_core.differences import is_beyond_noise

BY_TITLE = {column.title: column for column in STUDY_COLUMNS}
Sentences = tuple[str, str]

COUNTS = 0.005
"""Settings that are nearer to each other than half a point are level, even where that is beyond noise."""
STEADY = 0.01
"""What moves by less than a point over all settings of a task is said to stand still."""
OTHERS = {
    "accuracy": "accuracy",
    "plain completeness": "plain completeness",
    "described": "accuracy with a modality only described",
}
"""What else a study looks at: title of the column → in words."""
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
        ranked: setting and value, best first.
        n_leaders: how many of them cannot be told from the best: within noise, or by less than ``COUNTS``.
        worst: the last that can be told from it; None where all are level.
    """

    panel: Panel
    ranked: tuple[tuple[Point, Value], ...]
    n_leaders: int
    worst: tuple[Point, Value] | None

    @property
    def best(self) -> Value:
        return self.ranked[0][1]

    @property
    def leaders(self) -> tuple[Point, ...]:
        """The best and those level with it, in the order of the panel."""
        labels = {point.label for point, _ in self.ranked[: self.n_leaders]}
        return tuple(point for point in self.panel.points if point.label in labels)


def study_sentences(study: Study) -> Sentences:
    """What a study shows of retrieval, and what becomes of the rest."""
    return study_conclusion(study), _rest(study)


def study_conclusion(study: Study) -> str:
    """One sentence: the settings that retrieve best, where they are told apart by more than noise.

    Settings whose difference is within noise, or below half a point, are called level.
    """
    found = [one for panel in study.panels if (one := standing(panel, BY_TITLE["recall@1"]))]
    if not found:
        return "Recall@1 was not measured."
    if all(one.worst is None for one in found):
        spans = joined(f"{_span(one)} on {one.panel.title}" for one in found)
        return _sentence(f"{SUBJECTS[study.name]} makes no difference to retrieval that counts: recall@1 is {spans}")
    if study.name == "ablation":
        return _sentence(f"without the alignment retrieval {joined(map(_without_it, found))}")
    best_of_all = _leading_everywhere(found)
    if best_of_all and not _grows(study, found):
        return _best_everywhere(study, found, best_of_all)
    apart = sorted(found, key=lambda one: one.worst is None)  # what makes a difference is told first
    return _sentence(f"retrieval {', and '.join(_on_its_own(study, one) for one in apart)}")


def standing(panel: Panel, column: Column) -> Standing | None:
    """The settings of a panel by one figure; None where fewer than two have it by the newest definition."""
    have = [(point, value) for point in panel.points if (value := point.group.value(*column.path))]
    newest = min((value.behind for _, value in have), default=0)
    have = [(point, value) for point, value in have if value.behind == newest]
    if len(have) < 2:
        return None
    goodness = definition(column.figure).goodness
    by_goodness = sorted(have, key=lambda one: -goodness(one[1].mean))
    best = by_goodness[0][1]
    level = [one for one in by_goodness if not _told_apart(best, one[1])]
    behind = [one for one in by_goodness if _told_apart(best, one[1])]
    return Standing(panel, (*level, *behind), len(level), behind[-1] if behind else None)


def _told_apart(first: Value, second: Value) -> bool:
    difference = first.mean - second.mean
    return abs(difference) >= COUNTS and is_beyond_noise(difference, (first.error, second.error))


def _leading_everywhere(found: Sequence[Standing]) -> list[str]:
    """Labels of the settings that no other beats, on any task; empty where they are all, or none."""
    labels = [{point.label for point in one.leaders} for one in found]
    return [point.label for point in found[0].panel.points if all(point.label in own for own in labels)]


def _best_everywhere(study: Study, found: Sequence[Standing], labels: Sequence[str]) -> str:
    """The settings that are best, or level with the best, on every task, and the one that falls furthest."""
    places = joined(_place(study, one, labels) for one in found)
    told = f"retrieval is best with {joined(_named(study, label) for label in labels)}: {places}"
    last = {one.worst[0].label for one in found if one.worst}
    fallen = [show(one.worst[1].mean) for one in found if one.worst]
    return _sentence(f"{told}; with {_named(study, *last)} it falls to {joined(fallen)}" if len(last) == 1 else told)


def _place(study: Study, one: Standing, labels: Sequence[str]) -> str:
    """How the best settings stand on one task: its figure, and who is level with them or comes next."""
    others = [_named(study, point.label) for point in one.leaders if point.label not in labels]
    if one.worst is None:
        beside = "with every setting"
    elif others:
        beside = f"level with {joined(others)}"
    else:
        point, value = one.ranked[one.n_leaders]
        beside = f"next {_named(study, point.label)}, {show(value.mean)}"
    return f"{show(one.best.mean)} on {one.panel.title} ({beside})"


def _on_its_own(study: Study, one: Standing) -> str:
    """What retrieval does on one task."""
    if one.worst is None:
        return f"stays at {_span(one)} on {one.panel.title}"
    point, value = one.worst
    if _grows(study, [one]):
        first = next(own for own in one.panel.points if own.label == point.label)
        last = one.ranked[0][0]
        return (
            f"grows with {SUBJECTS[study.name]} on {one.panel.title}, from {show(value.mean)} "
            f"({_named(study, first.label)}) to {show(one.best.mean)} ({_named(study, last.label)})"
        )
    best = joined(_named(study, leader.label) for leader in one.leaders)
    return (
        f"is best with {best} on {one.panel.title} ({show(one.best.mean)}) and falls to {show(value.mean)} "
        f"with {_named(study, point.label)}"
    )


def _grows(study: Study, found: Sequence[Standing]) -> bool:
    """Whether retrieval keeps rising with the settings wherever they make a difference."""
    return study.ordered and all(_keeps_rising(one) for one in found if one.worst)


def _keeps_rising(one: Standing) -> bool:
    """Whether the last setting is best, more than one step towards it is a rise, and none a fall, beyond noise."""
    value_of = {point.label: value for point, value in one.ranked}
    values = [value_of[point.label] for point in one.panel.points if point.label in value_of]
    steps = [after.mean > before.mean for before, after in pairwise(values) if _told_apart(before, after)]
    return values[-1] == one.best and all(steps) and len(steps) > 1


def _without_it(one: Standing) -> str:
    """What becomes of retrieval on one task where nothing is aligned."""
    with_it, without = (next(value for own, value in one.ranked if own.label == p.label) for p in one.panel.points)
    if one.worst is None:
        return f"stays at {_span(one)} on {one.panel.title}"
    verb = "falls" if without.mean < with_it.mean else "rises"
    return f"{verb} from {show(with_it.mean)} to {show(without.mean)} on {one.panel.title}"


def _span(one: Standing) -> str:
    return _from_to([value.mean for _, value in one.ranked])


def _from_to(numbers: Sequence[float]) -> str:
    low, high = show(min(numbers)), show(max(numbers))
    return low if low == high else f"{low} to {high}"


def _rest(study: Study) -> str:
    """Which of the other figures stand still, and how far the others move."""
    steady, moving = [], []
    for title, words in OTHERS.items():
        spans = _spans(study, BY_TITLE[title])
        if spans and all(max(numbers) - min(numbers) < STEADY for _, numbers in spans):
            steady.append(words)
        elif spans:
            moving.append(f"{words} is {joined(f'{_from_to(numbers)} on {title}' for title, numbers in spans)}")
    still = f"{joined(steady)} {'moves' if len(steady) == 1 else 'move'} by less than a point" if steady else ""
    return _sentence("; ".join(filter(None, (still, *moving)))) or "Nothing else was measured."


def _spans(study: Study, column: Column) -> list[tuple[str, list[float]]]:
    """Task → the figures of its settings."""
    found = [
        (panel.title, [value.mean for point in panel.points if (value := point.group.value(*column.path))])
        for panel in study.panels
    ]
    return [(title, numbers) for title, numbers in found if numbers]


def _named(study: Study, label: str) -> str:
    """A setting in words."""
    if study.setting in ("λ", "T"):
        return f"{study.setting} = {label}"
    return f"{label} {study.setting}" if study.ordered else ALIGNMENTS.get(label, label)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def joined(parts: Iterable[str]) -> str:
    """Parts as a list in words.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    *others, last = list(parts) or ["not measured"]
    return f"{', '.join(others)} and {last}" if others else last

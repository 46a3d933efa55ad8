"""The few figures that say how good a run is, each with what it must be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sharcs_core.shares import few_rows, with_rows

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Task

COMMONEST = "always the commonest answer"
NUMBERS = {2: "two", 3: "three"}


@dataclass(frozen=True)
class Headline:
    """One figure, and what it is read against.

    Attributes:
        title: what is right so often, such as ``Right answers``; with the number of rows where these are few, such as
            ``Right answers (n = 60)``.
        value: in [0, 1].
        reference: what one gets without a model, in [0, 1]; None where that was not measured.
        reference_words: how one gets it, such as ``always the commonest answer``.
        explains: the name that the field has for the figure, and what it is, in a sentence or two.
    """

    title: str
    value: float
    reference: float | None
    reference_words: str
    explains: str


def main_headlines(metrics: Mapping[str, Any], task: Task) -> tuple[Headline, ...]:
    """The three that matter most: right answers, right by the tree, and finding what means the same.

    Those that a model cannot have, such as the tree of one without concepts, are left out.
    """
    right, tree, *_ = _answers(metrics, task)
    return tuple(filter(None, (right, tree, _worst_search(metrics, task))))


def answer_headlines(metrics: Mapping[str, Any], task: Task) -> tuple[Headline, ...]:
    """How well the model and its tree answer."""
    return tuple(filter(None, _answers(metrics, task)))


def shared_headlines(metrics: Mapping[str, Any], task: Task) -> tuple[Headline, ...]:
    """How well the modalities share their concepts: finding each other, being read, standing in for each other."""
    return (*_searches(metrics, task), *_readings(metrics, task), *_missing(metrics, task))


def _headline(title: str, value: float | None, reference: float | None, words: str, explains: str) -> Headline | None:
    return None if value is None else Headline(title, value, reference, words, explains)


def _counted_on(metrics: Mapping[str, Any], figure: str, headline: Headline | None) -> Headline | None:
    """The headline of a figure, with the number of its rows where these are few."""
    return headline and replace(headline, title=with_rows(headline.title, few_rows(metrics, figure)))


def _answers(metrics: Mapping[str, Any], task: Task) -> tuple[Headline | None, ...]:
    names = ("accuracy", "completeness", "fidelity", "balanced_accuracy")
    found = zip(names, _all_answers(metrics, task), strict=True)
    return tuple(_counted_on(metrics, name, headline) for name, headline in found)


def _all_answers(metrics: Mapping[str, Any], task: Task) -> tuple[Headline | None, ...]:
    majority = metrics.get("majority_accuracy")
    return (
        _headline(
            "Right answers",
            metrics.get("accuracy"),
            majority,
            COMMONEST,
            "Accuracy: share of unseen samples for which the model gives the right answer.",
        ),
        _headline(
            _by_tree(metrics),
            metrics.get("completeness"),
            majority,
            COMMONEST,
            "Completeness: share of unseen samples that a decision tree gets right when it may only ask which concepts "
            "are on, and on which two modalities agree. High: the concepts hold all that is needed.",
        ),
        _headline(
            "Tree agrees",
            metrics.get("fidelity"),
            metrics.get("majority_prediction"),
            "always the model's commonest answer",
            "Fidelity: share of unseen samples on which the tree and the model give the same answer. High: the tree is "
            "a fair account of the model.",
        ),
        _headline(
            "Balanced",
            metrics.get("balanced_accuracy"),
            1 / len(task.card.target.names),
            "guessing",
            "Balanced accuracy: the mean over the answers of the share that is right, so that rare answers count as "
            "much as frequent ones.",
        ),
    )


def _by_tree(metrics: Mapping[str, Any]) -> str:
    """
    >>> _by_tree({"tree_leaves": 5}), _by_tree({"tree_leaves": 2}), _by_tree({})
    ('Right by a tree of 4 questions', 'Right by a tree of one question', 'Right by the tree')
    """
    leaves = metrics.get("tree_leaves")
    if not leaves:
        return "Right by the tree"
    return f"Right by a tree of {'one question' if leaves == 2 else f'{leaves - 1} questions'}"


def _worst_search(metrics: Mapping[str, Any], task: Task) -> Headline | None:
    """Finding what means the same, in the direction that works worst."""
    pairs = _retrieval(metrics)
    if not pairs:
        return None
    pair, found = min(pairs.items(), key=lambda item: item[1]["recall_at_1"])
    query, target = (task.card.modality(name).title for name in pair.split("->"))
    of_all = f"Of {len(pairs)} directions this is the one that works worst." if len(pairs) > 1 else ""
    headline = Headline(
        "Nearest belongs to it" if _in_gallery(found) else "Nearest means the same",
        found["recall_at_1"],
        found["chance"]["recall_at_1"],
        "one drawn at random",
        f"{_recall(found, query, target)} {of_all}".strip(),
    )
    return _counted_on(metrics, f"retrieval.{pair}", headline)


def _retrieval(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Pair → its figures, of those that could be measured."""
    return {pair: found for pair, found in (metrics.get("retrieval") or {}).items() if found is not None}


def _in_gallery(found: Mapping[str, Any]) -> bool:
    """Whether nothing is known of what inputs mean, so that partners are looked for."""
    return "gallery" in found


def _recall(found: Mapping[str, Any], query: str, target: str) -> str:
    if _in_gallery(found):
        return (
            f"Recall@1: how often, of the {found['gallery']:,} different unseen inputs of {target}, the one nearest to "
            f"an unseen {query} belongs to it."
        )
    return f"Recall@1: how often the {target} nearest to an unseen {query} means the same."


def _searches(metrics: Mapping[str, Any], task: Task) -> list[Headline]:
    """A figure an ordered pair; of more than two modalities one a query, the worst over what it looks for."""
    by_query: dict[str, dict[str, Any]] = {}
    for pair, found in _retrieval(metrics).items():
        query, target = pair.split("->")
        by_query.setdefault(query, {})[target] = found
    headlines = []
    for query, targets in by_query.items():
        worst = min(targets, key=lambda name: targets[name]["recall_at_1"])
        from_title, to_title = task.card.modality(query).title, task.card.modality(worst).title
        only = len(targets) == 1
        scores = targets[worst]
        explains = _recall(scores, from_title, to_title)
        explains += "" if only else f" Of all kinds of input that it can look for, it finds the {to_title} least often."
        title = f"{from_title} → {to_title}" + ("" if only else ", its worst")
        headlines.append(
            Headline(
                with_rows(title, few_rows(metrics, f"retrieval.{query}->{worst}")),
                scores["recall_at_1"],
                scores["chance"]["recall_at_1"],
                "one drawn at random",
                explains,
            )
        )
    return headlines


def _readings(metrics: Mapping[str, Any], task: Task) -> list[Headline]:
    headlines = []
    for name, value in (metrics.get("semantics_accuracy") or {}).items():
        modality, keys = task.card.modality(name), task.card.full_keys(name)
        if value is None:
            continue
        headlines.append(
            Headline(
                with_rows(f"Reads the {modality.title}", few_rows(metrics, f"semantics_accuracy.{name}")),
                value,
                1 / len(keys),
                "guessing",
                "Semantics accuracy: how often the meaning of one input can be read off its shared concepts, such as "
                f"“{modality.key_name(keys[-1])}”.",
            )
        )
    return headlines


def _missing(metrics: Mapping[str, Any], task: Task) -> list[Headline]:
    """A figure a missing modality, and the worst of all ways to lack two, three …

    Not of what explains: without it no answer changes, and alone it gives the answer away.
    """
    by_number: dict[int, list[tuple[str, Any]]] = {}
    decide = set(task.card.deciding)
    for names, found in (metrics.get("missing") or {}).items():
        if not set(names.split("+")) < decide:
            continue
        gone = [task.card.modality(name).title for name in names.split("+")]
        by_number.setdefault(len(gone), []).append((" and the ".join(gone), found))
    headlines = []
    for number, ways in sorted(by_number.items()):
        if number == 1:
            headlines += [_without(f"the {gone}", gone, found, metrics) for gone, found in ways]
        else:
            gone_worst, worst = min(ways, key=lambda way: way[1].get("described", way[1]["absent"]))
            headlines.append(_without(f"any {NUMBERS.get(number, number)}, the worst", gone_worst, worst, metrics))
    return headlines


def _without(title: str, gone: str, found: Mapping[str, Any], metrics: Mapping[str, Any]) -> Headline:
    title = with_rows(f"Without {title}", few_rows(metrics, "missing"))
    absent, majority = found.get("absent"), metrics.get("majority_accuracy")
    if "described" not in found:
        explains = (
            f"Right answers without the {gone}, nothing being known of it: what the most similar training samples have "
            "there is averaged over."
        )
        return Headline(title, found["absent"], majority, COMMONEST, explains)
    nothing_known = "" if absent is None else f" With nothing known of it: {100 * absent:.1f} %."
    return Headline(
        title,
        found["described"],
        majority,
        COMMONEST,
        f"Right answers without the {gone} where its content is described in another modality: the nearest training "
        f"input of the same kind stands in.{nothing_known}",
    )

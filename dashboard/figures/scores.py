"""A run's metrics as a short list of figures, each with what it must be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from figures.theme import BAR, QUIET, WRONG
from sharcs_core.data.task import Task

NUMBERS = {2: "two", 3: "three"}


@dataclass(frozen=True)
class Score:
    """One figure in [0, 1], what it is in plain words, and the baseline it is read against."""

    title: str
    value: float
    baseline: float | None
    baseline_says: str
    explains: str


def percent(value: float | None) -> str:
    """A share for people; full marks only where they are full.

    >>> percent(0.9876), percent(1.0), percent(0.99997), percent(None)
    ('98.8 %', '100 %', '99.9 %', '–')
    """
    if value is None:
        return "–"
    return "100 %" if value >= 1 else f"{min(100 * value, 99.9):.1f} %"


def score_bar(score: Score) -> str:
    """HTML: the figure, a bar of it with a mark at the baseline, and the baseline in words."""
    mark, words = "", ""
    if score.baseline is not None:
        place = f"left:{100 * score.baseline:.1f}%"
        mark = f'<div style="position:absolute;{place};top:-3px;width:2px;height:12px;background:{WRONG}"></div>'
        words = f"{escape(score.baseline_says)}: {percent(score.baseline)}"
    return (
        f'<div style="font-size:1.75rem;font-weight:600;line-height:1.1;font-variant-numeric:tabular-nums">'
        f"{percent(score.value)}</div>"
        f'<div style="position:relative;height:6px;border-radius:3px;margin:.5rem 0 .45rem;background:{QUIET}40">'
        f'<div style="width:{100 * score.value:.1f}%;height:100%;border-radius:3px;background:{BAR}"></div>{mark}</div>'
        f'<div style="font-size:.82rem;opacity:.7;line-height:1.3">{words}</div>'
    )


def size_in_words(metrics: Mapping[str, Any]) -> str:
    """How many concepts a model has, and how large its tree is; nothing of a model without.

    >>> size_in_words({"n_concepts": 2, "tree_leaves": 5})
    ' It has 2 concepts, and a decision tree of 5 leaves.'
    """
    n_concepts, leaves = metrics.get("n_concepts"), metrics.get("tree_leaves")
    return f" It has {n_concepts} concepts, and a decision tree of {leaves} leaves." if n_concepts and leaves else ""


def main_scores(metrics: Mapping[str, Any], task: Task) -> list[Score]:
    """How well the model and its tree answer."""
    majority = metrics.get("majority_accuracy")
    always = "always the commonest answer"
    found = [
        (
            "Right answers",
            "accuracy",
            majority,
            always,
            "*Accuracy*: share of unseen samples for which the model gives the right answer.",
        ),
        (
            "Right by tree",
            "completeness",
            majority,
            always,
            "*Completeness*: share of unseen samples that a decision tree gets right when it may only ask which "
            "concepts are on, and on which two modalities agree. High: the concepts hold all that is needed.",
        ),
        (
            "Tree agrees",
            "fidelity",
            metrics.get("majority_prediction"),
            "always its commonest answer",
            "*Fidelity*: share of unseen samples on which the tree and the "
            "model agree. High: the tree is a fair account of the model.",
        ),
        (
            "Balanced",
            "balanced_accuracy",
            1 / len(task.class_names),
            "guessing",
            "*Balanced accuracy*: the mean over the classes of the "
            "share that is right, so that rare answers count as much as frequent ones.",
        ),
    ]
    return [
        Score(title, metrics[key], base, says, tip)
        for title, key, base, says, tip in found
        if metrics.get(key) is not None
    ]


def shared_scores(metrics: Mapping[str, Any], task: Task) -> list[Score]:
    """How well the modalities share their concepts."""
    return [*_retrieval(metrics), *_meaning(metrics, task), *_missing(metrics)]


def _retrieval(metrics: Mapping[str, Any]) -> list[Score]:
    """A score an ordered pair; of more than two modalities one a query, the worst over what it looks for."""
    by_query: dict[str, dict[str, Any]] = {}
    for pair, found in (metrics.get("retrieval") or {}).items():
        query, target = pair.split("->")
        by_query.setdefault(query, {})[target] = found
    scores = []
    for query, targets in by_query.items():
        target, worst = min(targets.items(), key=lambda item: item[1]["recall_at_1"])
        to = target if len(targets) == 1 else "others, worst"
        tip = f"*Recall@1*: how often the {target} nearest to an unseen {query} means the same."
        tip += "" if len(targets) == 1 else f" Of all kinds it can look for, it finds the {target} least often."
        scores.append(
            Score(
                f"{query.capitalize()} → {to}", worst["recall_at_1"], worst["chance"]["recall_at_1"], "at random", tip
            )
        )
    return scores


def _meaning(metrics: Mapping[str, Any], task: Task) -> list[Score]:
    scores = []
    for name, value in (metrics.get("semantics_accuracy") or {}).items():
        modality = task.modality(name)
        scores.append(
            Score(
                f"Reads the {name}",
                value,
                1 / len(modality.key_names),
                "guessing",
                "*Semantics accuracy*: how often the meaning of one input can be read off its shared concepts, "
                f"such as “{modality.key_names[-1]}”.",
            )
        )
    return scores


def _missing(metrics: Mapping[str, Any]) -> list[Score]:
    """A score a missing modality, and the worst of all ways to lack two, three …"""
    by_number: dict[int, list[tuple[str, Any]]] = {}
    for names, found in (metrics.get("missing") or {}).items():
        by_number.setdefault(len(names.split("+")), []).append((" and the ".join(names.split("+")), found))
    scores = []
    for number, ways in sorted(by_number.items()):
        if number == 1:
            scores += [_without(f"the {gone}", gone, found, metrics) for gone, found in ways]
        else:
            gone, found = min(ways, key=lambda way: way[1]["described"])
            scores.append(_without(f"any {NUMBERS.get(number, str(number))}, worst", gone, found, metrics))
    return scores


def _without(title: str, gone: str, found: Mapping[str, Any], metrics: Mapping[str, Any]) -> Score:
    absent = "" if found.get("absent") is None else f" With nothing known: {percent(found['absent'])}."
    return Score(
        f"Without {title}",
        found["described"],
        metrics.get("majority_accuracy"),
        "always the commonest answer",
        f"Right answers without the {gone} where its content is *described* in another form: the nearest training "
        f"input of the same kind stands in.{absent}",
    )

"""Why a figure is not available: what a task does not say, or a model cannot have.

Known before anything is trained, so that it can be said then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sharcs_core.config import HAS_CONCEPTS, HAS_SHARED_SPACE, ModelConfig
from sharcs_core.named import listed

if TYPE_CHECKING:
    from sharcs_core.tasks.task import Task

NO_MEANINGS = "nothing is known of what inputs mean"
NO_FACTORS = "it is not known what meanings are made of"
NO_ANSWER = "the task has no rule for which answer follows from what inputs mean"
NO_FACTS = "the task says of no fact which inputs state it"
NO_DESCRIPTIONS = "the task cannot describe an input in another modality"
NO_DIFFICULTIES = "the task tells no kinds of samples apart"
NO_CONCEPTS = "the model has no concepts"
NO_SHARED_SPACE = "its modalities have no common space"
ONE_MODALITY = "it reads one modality only"
NO_LABELS = "no test sample has a label"
NOT_KNOWN_HERE = "too little is known of what these inputs mean"
NO_LEAD = "the model is not clearly better than the majority"

OF_MEANINGS = ("unimodal_ceiling", "nameable", "semantics_accuracy", "attribute_retrieval", "code_agreement")
OF_FACTORS = ("nameable", "attribute_retrieval", "concept_alignment")
OF_DESCRIPTIONS = ("missing.described", "missing_rates.described", "stand_in_error")
OF_CONCEPTS = (
    *("completeness", "completeness_normalised", "completeness_plain", "fidelity", "small_tree"),
    *("tree_depth", "tree_leaves", "tree_nodes", "n_concepts", "n_dead", "redundancy", "n_twins", "nameable"),
    *("one_move", "any_switch", "right_edit", "edits_needed", "code_agreement", "concept_alignment"),
)
OF_SHARED_SPACE = ("retrieval", "attribute_retrieval", "modality_gap", "modality_probe", "code_agreement")
OF_SEVERAL = ("missing", "missing_rates", "stand_in_error", *OF_SHARED_SPACE)


def lacks_of_task(task: Task) -> dict[str, str]:
    """Figure → why no model of the task has it.

    >>> from sharcs_core.tasks import get_task
    >>> lacks_of_task(get_task("clevr"))
    {}
    """
    card = task.card
    found: dict[str, str] = {}
    if not card.factors:
        found |= dict.fromkeys(OF_FACTORS, NO_FACTORS)
    if card.own_keys:
        found |= dict.fromkeys((*OF_MEANINGS, "concept_alignment"), NO_MEANINGS)
    if not card.facts:
        found["right_edit"] = NO_MEANINGS if card.own_keys else NO_FACTS
    elif not task.can_answer:
        found["right_edit"] = NO_ANSWER
    if not task.can_describe:
        found |= dict.fromkeys(OF_DESCRIPTIONS, NO_DESCRIPTIONS)
    if not task.can_tell_difficulties:
        found["by_difficulty"] = NO_DIFFICULTIES
    return found


def lacks_of_model(config: ModelConfig) -> dict[str, str]:
    """Figure → why a model of these settings does not have it, whatever the task."""
    found: dict[str, str] = {}
    if len(config.modalities) < 2:
        found |= dict.fromkeys(OF_SEVERAL, ONE_MODALITY)
    elif config.wiring not in HAS_SHARED_SPACE:
        found |= dict.fromkeys(OF_SHARED_SPACE, NO_SHARED_SPACE)
    if config.wiring not in HAS_CONCEPTS:
        found |= dict.fromkeys(OF_CONCEPTS, NO_CONCEPTS)
    return found


def in_words(lacks: Mapping[str, str]) -> str:
    """What is n/a, and why, as a line: those of one reason together; "" where nothing is.

    >>> in_words({"nameable": "nothing is known", "right_edit": "no rule", "code_agreement": "nothing is known"})
    'n/a will be nameable and code agreement (nothing is known), and right edit (no rule)'
    """
    by_reason: dict[str, list[str]] = {}
    for figure, reason in lacks.items():
        by_reason.setdefault(reason, []).append(_title(figure))
    parts = [f"{listed(figures)} ({reason})" for reason, figures in by_reason.items()]
    return f"n/a will be {', and '.join(parts)}" if parts else ""


def reason_of(figure: str, lacks: Mapping[str, str]) -> str:
    """Why a figure that is None is n/a.

    Args:
        figure: its name among the figures, such as ``retrieval.picture->text``.
        lacks: what :func:`lacks_of_task` and :func:`lacks_of_model` say.
    """
    if figure == "completeness_normalised" and figure not in lacks:
        return NO_LEAD
    return lacks.get(figure) or lacks.get(figure.partition(".")[0]) or NOT_KNOWN_HERE


def _title(figure: str) -> str:
    words = figure.replace("_", " ").split(".")
    return words[0] if len(words) == 1 else f"{words[0]} where it is {words[1]}"

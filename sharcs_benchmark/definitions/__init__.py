"""What each figure of a cell means: the one place that the glossary, the tables and the hovers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sharcs_benchmark.definitions.definition import (
    COUNT,
    HIGHER,
    LOWER,
    NEAR_ONE,
    NEITHER,
    RATIO,
    SECONDS,
    SHARE,
    Definition,
)
from sharcs_benchmark.definitions.of_answers import OF_ANSWERS
from sharcs_benchmark.definitions.of_concepts import OF_CONCEPTS
from sharcs_benchmark.definitions.of_spaces import OF_SPACES
from sharcs_benchmark.nested import leaves
from sharcs_core.errors import UserError

__all__ = [
    "COUNT",
    "DEFINITIONS",
    "HIGHER",
    "LOWER",
    "NEAR_ONE",
    "NEITHER",
    "RATIO",
    "SECONDS",
    "SHARE",
    "Definition",
    "definition",
    "figure_at",
    "measured_by",
    "title_at",
    "versions_of",
]

DEFINITIONS: dict[str, Definition] = {**OF_ANSWERS, **OF_CONCEPTS, **OF_SPACES}
"""Figure → what it means. A figure that holds several, such as ``retrieval``, is defined by what it holds."""

HOLDERS = ("retrieval", "missing")
PARTS: dict[tuple[str, str], str] = {
    ("interventions", "area"): "intervention_area",
    ("nameable", "shuffled"): "nameable_shuffled",
    ("right_edit", "never_changes"): "right_edit_never_changes",
    ("right_edit", "always_commonest"): "right_edit_always_commonest",
    ("edits_needed", "share_one"): "one_edit_is_enough",
    ("small_tree", "leaves"): "small_tree_leaves",
    ("small_tree", "depth"): "small_tree_depth",
    ("small_tree", "fidelity"): "small_tree_fidelity",
}
"""Parts of a figure that mean something else than the whole."""
CIRCUMSTANCES = ("n_samples", "n_moves", "n_left_out", "noise_level")
"""What a figure says of how it was measured, which is none itself."""


def definition(figure: str) -> Definition:
    """What a figure means. Raises UserError for one without a definition."""
    if figure not in DEFINITIONS:
        raise UserError(f"There is no definition of the figure {figure!r}; there are {sorted(DEFINITIONS)}")
    return DEFINITIONS[figure]


def figure_at(path: Sequence[str]) -> str | None:
    """The figure that a number at ``path`` in a cell's figures belongs to; None where there is no definition.

    >>> figure_at(("retrieval", "image->graph", "mrr")), figure_at(("interventions", "area", "greedy"))
    ('mrr', 'intervention_area')
    """
    if path[-1] in CIRCUMSTANCES:
        return None
    if "chance" in path:
        return "chance"
    if path[-1] == "majority":
        return "majority_accuracy"
    if tuple(path[:2]) in PARTS:
        return PARTS[path[0], path[1]]
    figure = path[-1] if path[0] in HOLDERS else path[0]
    return figure if figure in DEFINITIONS else None


def measured_by(path: Sequence[str]) -> str | None:
    """The figure whose definition, and so whose version, the number at ``path`` was measured by.

    A curve over missing rates is one of accuracies, described or absent.

    >>> measured_by(("missing_rates", "image", "absent")), measured_by(("missing", "image", "absent"))
    ('absent', 'absent')
    """
    return path[-1] if path[0] == "missing_rates" and path[-1] in DEFINITIONS else figure_at(path)


def versions_of(figures: Mapping[str, Any]) -> dict[str, int]:
    """The version that each figure of a cell has today.

    >>> versions_of({"completeness": 0.9, "missing": {"image": {"described": 0.8}}})
    {'completeness': 2, 'described': 1}
    """
    found = dict.fromkeys(measured_by(path) for path, _ in leaves(figures))
    return {name: DEFINITIONS[name].version for name in found if name}


def title_at(path: Sequence[str]) -> str:
    """What to call the number at ``path``.

    >>> title_at(("missing", "graph+image", "described")), title_at(("retrieval", "a->b", "chance", "mrr"))
    ('described, no graph, no image', 'chance of MRR, a → b')
    """
    figure = figure_at(path)
    if figure is None:
        return ", ".join(path)
    if path[0] == "missing":
        return f"{DEFINITIONS[figure].title}, {_without(path[1])}"
    if path[0] == "retrieval":
        of = f"{DEFINITIONS[figure].title} of " if figure == "chance" else ""
        return f"{of}{DEFINITIONS[path[-1]].title}, {path[1].replace('->', ' → ')}"
    told = path[2:] if tuple(path[:2]) in PARTS else path[1:]
    inner = (part.replace("->", " → ").replace("_", " ") for part in told)
    return ", ".join([DEFINITIONS[figure if figure != "chance" else path[0]].title, *inner])


def _without(subset: str) -> str:
    return ", ".join(f"no {name}" for name in subset.split("+"))

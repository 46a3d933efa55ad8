"""What each figure of a cell means: the one place that the glossary, the tables and the hovers read."""

from __future__ import annotations

from collections.abc import Sequence

from sharcs_core.benchmark.definitions.definition import (
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
from sharcs_core.benchmark.definitions.of_answers import OF_ANSWERS
from sharcs_core.benchmark.definitions.of_spaces import OF_SPACES

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
    "title_at",
]

DEFINITIONS: dict[str, Definition] = {**OF_ANSWERS, **OF_SPACES}
"""Figure → what it means. A figure that holds several, such as ``retrieval``, is defined by what it holds."""

HOLDERS = ("retrieval", "missing")


def definition(figure: str) -> Definition:
    """What a figure means. Raises ValueError for one without a definition."""
    if figure not in DEFINITIONS:
        raise ValueError(f"There is no definition of the figure {figure!r}; there are {sorted(DEFINITIONS)}")
    return DEFINITIONS[figure]


def figure_at(path: Sequence[str]) -> str | None:
    """The figure that a number at ``path`` in a cell's figures belongs to; None where there is no definition.

    >>> figure_at(("retrieval", "image->graph", "mrr")), figure_at(("interventions", "area", "greedy"))
    ('mrr', 'intervention_area')
    """
    if "chance" in path:
        return "chance"
    if path[-1] == "majority":
        return "majority_accuracy"
    if path[:2] == ("interventions", "area"):
        return "intervention_area"
    figure = path[-1] if path[0] in HOLDERS else path[0]
    return figure if figure in DEFINITIONS else None


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
    inner = (part.replace("->", " → ") for part in path[1:] if part != "area")
    return ", ".join([DEFINITIONS[figure if figure != "chance" else path[0]].title, *inner])


def _without(subset: str) -> str:
    return ", ".join(f"no {name}" for name in subset.split("+"))

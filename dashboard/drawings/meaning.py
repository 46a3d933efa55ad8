"""The ways to colour by meaning: by the whole meaning of an input, or by one of the known factors it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drawings.theme import NAMED_COLOURS, key_colours
from sharcs_core.named import names_of_values
from sharcs_core.structures import Ints
from sharcs_core.tasks.task import Task

WHOLE = "whole"
MOST_WHOLE = 20
"""Of more meanings than that no two colours are told apart."""
FEW = 10


@dataclass(frozen=True)
class Meaning:
    """A grouping of the semantics keys.

    Attributes:
        names: what each group says.
        colours: one for each group.
        group: (n_keys,) the group of each key.
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    group: Ints


def whole_meaning(task: Task) -> Meaning:
    """Every key a group of its own."""
    names = task.modalities[0].key_names
    return Meaning(names, key_colours(len(names)), np.arange(len(names)))


def meanings_of(task: Task) -> dict[str, Meaning]:
    """The ways to colour a task's inputs by meaning, the most telling first: ``whole`` or the name of a factor."""
    whole = {WHOLE: whole_meaning(task)}
    if len(task.factors) < 2:
        return whole
    n_keys, factors = len(whole[WHOLE].names), {name: _by_factor(task, name) for name in task.factors}
    if n_keys <= FEW:
        return {**whole, **factors}
    by_detail = dict(sorted(factors.items(), key=lambda item: -len(item[1].names)))
    return {**by_detail, **whole} if n_keys <= MOST_WHOLE else by_detail


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of many meanings without the words that all of them share, so that they hide less of a map.

    >>> short_names([f"top half of digit {digit}" for digit in range(12)])[:2]
    ('0', '1')
    """
    words = [name.split() for name in names]
    shared = set.intersection(*map(set, words)) if len(names) > FEW else set()
    return tuple(
        " ".join(word for word in said if word not in shared) or name for said, name in zip(words, names, strict=True)
    )


def _by_factor(task: Task, factor: str) -> Meaning:
    names = names_of_values(task.factors, task.modalities[0].key_names, factor)
    own = tuple(NAMED_COLOURS[name] for name in names if name in NAMED_COLOURS)
    colours = own if len(own) == len(names) else key_colours(len(names))
    return Meaning(names, colours, np.asarray(task.factors[factor]))

"""The ways to colour by meaning: by the whole meaning of an input, or by one of the known factors it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.theme import NAMED_COLOURS, key_colours
from sharcs_core.data.task import Task
from sharcs_core.named import names_of_values
from sharcs_core.structures import Ints

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


def meanings_of(task: Task) -> dict[str, Meaning]:
    """The ways to colour a task's inputs by meaning, the most telling first: ``whole`` or the name of a factor."""
    names = task.modalities[0].key_names
    whole = {WHOLE: Meaning(names, key_colours(len(names)), np.arange(len(names)))}
    if len(task.factors) < 2:
        return whole
    factors = {name: _by_factor(task, name) for name in task.factors}
    if len(names) <= FEW:
        return {**whole, **factors}
    by_detail = dict(sorted(factors.items(), key=lambda item: -len(item[1].names)))
    return {**by_detail, **whole} if len(names) <= MOST_WHOLE else by_detail


def _by_factor(task: Task, factor: str) -> Meaning:
    names = names_of_values(task.factors, task.modalities[0].key_names, factor)
    own = tuple(NAMED_COLOURS[name] for name in names if name in NAMED_COLOURS)
    colours = own if len(own) == len(names) else key_colours(len(names))
    return Meaning(names, colours, np.asarray(task.factors[factor]))

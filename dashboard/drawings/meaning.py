"""The ways to colour by meaning: by the whole meaning of an input, or by one of the known factors it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drawings.theme import NAMED_COLOURS, QUIET, key_colours
from sharcs_core.meanings import UNKNOWN
from sharcs_core.selections import groups_of
from sharcs_core.structures import Ints, Strings
from sharcs_core.tasks.card import NOT_KNOWN
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
        group: (n_keys,) the group of each key; -1 where a key says nothing of it.
        head: what stands above the names: that inputs mean them, or that they are of samples with these answers.
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    group: Ints
    head: str = "means"

    def groups(self, keys: Ints) -> Ints:
        """The group (n,) of inputs of some keys (n,); -1 where nothing is known of them."""
        return groups_of(keys, self.group)

    def name(self, group: int) -> str:
        """What a group says."""
        return NOT_KNOWN if group == UNKNOWN else self.names[group]

    def colours_of(self, keys: Ints) -> Strings:
        """The colour (n,) of inputs of some keys (n,)."""
        return np.array([*self.colours, QUIET])[self.groups(keys)]  # of what is not known, -1, the last


def whole_meaning(task: Task) -> Meaning:
    """Every key a group of its own."""
    names = task.card.modalities[0].key_names
    head = "answer" if task.card.own_keys else "means"
    return Meaning(names, key_colours(len(names)), np.arange(len(names)), head)


def meanings_of(task: Task) -> dict[str, Meaning]:
    """The ways to colour a task's inputs by meaning, the most telling first: ``whole`` or the name of a factor."""
    whole = {WHOLE: whole_meaning(task)}
    if len(task.card.factors) < 2:
        return whole
    n_keys, factors = len(whole[WHOLE].names), {name: _by_factor(task, name) for name in task.card.factors}
    if n_keys <= FEW:
        return {**whole, **factors}
    by_detail = dict(sorted(factors.items(), key=lambda item: -len(item[1].names)))
    return {**by_detail, **whole} if n_keys <= MOST_WHOLE else by_detail


def meaning_of(task: Task, detail: int | str) -> Meaning:
    """The way to colour by meaning of that name; the first where there is none of it."""
    found = meanings_of(task)
    return found.get(str(detail)) or next(iter(found.values()))


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
    names = task.card.value_names(factor)
    own = tuple(NAMED_COLOURS[name] for name in names if name in NAMED_COLOURS)
    colours = own if len(own) == len(names) else key_colours(len(names))
    return Meaning(names, colours, np.asarray(task.card.factors[factor]))

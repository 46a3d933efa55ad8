"""What inputs have in common, in words: two inputs side by side, and the votes of an input's neighbours.

Shapes: T shared concepts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.named import values_said
from sharcs_core.naming import value_words
from sharcs_core.structures import THRESHOLD, Floats, Neighbour

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

ALL_KNOWN = Meanings({})
"""Keys each of which means something else."""
BETWEEN = " · "
"""Stands between words that are true together."""
MOST, FIRST = 4, 3
"""Of more things than ``MOST`` only the ``FIRST`` are said, and how many more there are."""


@dataclass(frozen=True)
class Likeness:
    """What two inputs say, as their concepts have it.

    A taught factor counts by its value, whichever concepts say it; a free concept counts where it is on.

    Attributes:
        both: what both say, such as ``large``.
        first, second: what only the one of them says.
    """

    both: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def words(self) -> str:
        """What both say, such as ``large · rubber``; of many the first few."""
        return briefly(self.both) or "nothing in common"


@dataclass(frozen=True)
class Votes:
    """What the neighbours of an input mean.

    Attributes:
        n: how many there are.
        told: of how many it can be said whether they mean the same as the input truly means.
        same: how many of these do; None where nothing is known of the input.
        by_key: meaning → how many mean it, the most frequent first; of equals the nearest. Those of which nothing is
            known are of none.
    """

    n: int
    told: int
    same: int | None
    by_key: tuple[tuple[int, int], ...]

    @property
    def unknown(self) -> int:
        """Of how many nothing is known."""
        return self.n - sum(n for _, n in self.by_key)


def briefly(words: Sequence[str]) -> str:
    """Words side by side, of many the first few and how many more there are.

    >>> briefly(["red", "large"]), briefly("abcdefg")
    ('red · large', 'a · b · c · 4 more')
    """
    if len(words) <= MOST:
        return BETWEEN.join(words)
    return BETWEEN.join([*words[:FIRST], f"{len(words) - FIRST} more"])


def likeness(run: Run, first: tuple[str, Floats], second: tuple[str, Floats]) -> Likeness:
    """What two inputs, each a modality and its concepts (T,), have in common, and what only one of them says.

    Raises:
        ValueError: for a modality that the run lacks, or concepts of different widths.
    """
    if len(first[1]) != len(second[1]):
        raise ValueError(f"Two inputs are compared by the same concepts (got {len(first[1])} and {len(second[1])})")
    one, other = _said(run, *first), _said(run, *second)
    return Likeness(
        both=tuple(words for thing, words in one.items() if thing in other),
        first=tuple(words for thing, words in one.items() if thing not in other),
        second=tuple(words for thing, words in other.items() if thing not in one),
    )


def votes_of(found: Sequence[Neighbour], truth: int | None = None, meanings: Meanings = ALL_KNOWN) -> Votes:
    """What neighbours, nearest first, mean.

    Args:
        truth: the key of what the input that they are neighbours of means, where that is known.
        meanings: what the keys say.
    """
    keys = np.array([neighbour.key for neighbour in found], dtype=np.int64)
    counts = Counter(keys[keys != UNKNOWN].tolist())  # which keeps the order of first sight among equals
    by_key = tuple(counts.most_common())
    if truth is None or truth == UNKNOWN or meanings.own:
        return Votes(len(found), 0, None, by_key)
    asked = np.array([truth])
    told, same = meanings.telling(asked, keys).sum(), meanings.same(asked, keys).sum()
    return Votes(len(found), int(told), int(same), by_key)


def _said(run: Run, modality: str, concepts: Floats) -> dict[tuple[str, int], str]:
    """What concepts (T,) say, in words: factor and value, or for a free concept "" and its place → words.

    Nothing of a factor that the modality does not state.
    """
    stated = run.card.stated_by(modality)
    config, row = run.model.config, np.asarray(concepts)[None]
    values = {factor: int(values_said(row, factor)[0]) for factor in config.factors if factor.name in stated}
    taught = {
        (factor.name, value): value_words(run.task, factor, modality, run.concept_names)[value]
        for factor, value in values.items()
    }
    on = np.flatnonzero(row[0] > THRESHOLD).tolist()
    return taught | {("", concept): run.concept_names[concept] for concept in on if concept >= config.n_named}

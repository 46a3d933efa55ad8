"""When two inputs mean the same.

What an input means is its *key*, a whole number. Keys are made of factors where these are known; an input of a
modality that tells the colour alone has a key that says nothing of the shape. Two inputs mean the same where all that
both say is equal, and where both say something of one factor at least. Where nothing is known of what inputs mean,
each sample is its own key: an input means the same as those that it was paired with.

Shapes: n inputs, m others, K keys.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sharcs_core.errors import UserError
from sharcs_core.named import listed
from sharcs_core.structures import Codes, Ints, Split

UNKNOWN = -1
"""The key of an input of which nothing is known, and the value of a factor of which a key says nothing."""


@dataclass(frozen=True)
class Meanings:
    """The meanings that a task's keys can have.

    Attributes:
        factors: factor → its value for each key, -1 where the key says nothing of it; none where keys are not known
            to be made of anything.
        own: whether each sample is its own key.
    """

    factors: Mapping[str, Sequence[int]]
    own: bool = False

    @property
    def complete(self) -> bool:
        """Whether every key says something of every factor, so that equal meanings have equal keys."""
        return all(UNKNOWN not in values for values in self.factors.values())

    def tables(self) -> tuple[Codes, Codes]:
        """Whether two keys mean the same, and whether that can be said of them, (K, K) each."""
        values = np.array(list(self.factors.values()))  # (factors, K)
        known = values != UNKNOWN
        both = known[:, :, None] & known[:, None, :]
        differ = both & (values[:, :, None] != values[:, None, :])
        comparable: Codes = both.any(0)
        same: Codes = comparable & ~differ.any(0)
        return same, comparable

    def same(self, keys: Ints, others: Ints) -> Codes:
        """Whether inputs of ``keys`` (n,) mean the same as those of ``others`` (m,), (n, m).

        >>> colours = Meanings({"colour": (0, 1, 0), "shape": (0, 0, UNKNOWN)})
        >>> colours.same(np.array([0, 1, UNKNOWN]), np.array([0, 2])).tolist()
        [[True, True], [False, False], [False, False]]
        """
        keys, others = np.asarray(keys), np.asarray(others)
        known: Codes = (keys != UNKNOWN)[:, None] & (others != UNKNOWN)[None, :]
        if self.complete:
            equal: Codes = known & (keys[:, None] == others[None, :])
            return equal
        alike: Codes = known & self.tables()[0][keys[:, None], others[None, :]]
        return alike

    def telling(self, keys: Ints, others: Ints) -> Codes:
        """Whether it can be said that inputs of ``keys`` (n,) and of ``others`` (m,) mean the same or not, (n, m)."""
        keys, others = np.asarray(keys), np.asarray(others)
        known: Codes = (keys != UNKNOWN)[:, None] & (others != UNKNOWN)[None, :]
        if self.complete:
            return known
        can: Codes = known & self.tables()[1][keys[:, None], others[None, :]]
        return can

    def answerable(self, keys: Ints, others: Ints) -> Codes:
        """Which of ``keys`` (n,) can be compared with any of ``others`` (m,), (n,)."""
        return np.asarray(self.telling(keys, np.unique(others)).any(1))

    def misread(self, read: Ints, meant: Ints) -> Codes:
        """Which inputs (n,) are read as something that they are known not to mean.

        Nothing is misread where nothing is known; what is known and cannot be read is.

        >>> colours = Meanings({"colour": (0, 1, 0), "shape": (0, 0, UNKNOWN)})
        >>> colours.misread(np.array([0, 0, 0, UNKNOWN]), np.array([2, 1, UNKNOWN, 1])).tolist()
        [False, True, False, True]
        """
        read, meant = np.asarray(read), np.asarray(meant)
        if self.own:
            return np.zeros(len(meant), dtype=bool)
        if self.complete:
            return np.asarray((meant != UNKNOWN) & (read != meant))
        same, comparable = (table[read, meant] for table in self.tables())
        return np.asarray((meant != UNKNOWN) & ((read == UNKNOWN) | (comparable & ~same)))

    def comparable(self, keys: Ints, others: Ints) -> bool:
        """Whether any of ``keys`` says something that any of ``others`` says something of."""
        if not self.factors:
            return not self.own
        return any(bool(known[0].any() and known[1].any()) for known in self._known(keys, others))

    def _known(self, keys: Ints, others: Ints) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        return [(self.of(name, keys) != UNKNOWN, self.of(name, others) != UNKNOWN) for name in self.factors]

    def of(self, factor: str, keys: Ints) -> Ints:
        """The value (n,) of a factor for each of the keys (n,); -1 where nothing is known."""
        values = np.array([*self.factors[factor], UNKNOWN])  # key -1 is the last
        found: Ints = values[np.asarray(keys)]
        return found


MOST_KEYS = 4096
"""Keys that a task may have: a table says of each two whether they mean the same."""


def factors_by_key(stated: Iterable[Sequence[str]], n_values: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """A key for all that can be said: factor → its value for each key, -1 where the key says nothing of it.

    Args:
        stated: of each modality, the factors of which its inputs say something.
        n_values: factor → how many values it has.

    Raises:
        UserError: for more than ``MOST_KEYS``.
    """
    rows: dict[tuple[int, ...], None] = {}
    for names in dict.fromkeys(frozenset(own) for own in stated if own):
        sayable = [(*range(n_values[name]), UNKNOWN) if name in names else (UNKNOWN,) for name in n_values]
        if math.prod(map(len, sayable)) > MOST_KEYS:
            raise UserError(
                f"The factors {listed(sorted(names))} can say more than {MOST_KEYS:,} different things together; name "
                "fewer of them, or such as have fewer values"
            )
        rows |= dict.fromkeys(row for row in product(*sayable) if any(value != UNKNOWN for value in row))
    return {name: tuple(row[place] for row in rows) for place, name in enumerate(n_values)}


def keys_of(values: Mapping[str, Ints], factors: Mapping[str, Sequence[int]]) -> Ints:
    """The keys (n,) of inputs that say ``values``: factor → (n,), -1 where unknown; -1 where nothing is known.

    Args:
        factors: as :func:`factors_by_key` gives them.
    """
    n = len(next(iter(values.values())))
    number = {row: key for key, row in enumerate(zip(*factors.values(), strict=True))}
    nothing = np.full(n, UNKNOWN)
    said = np.stack([values.get(name, nothing) for name in factors], axis=1)
    return np.array([number.get(tuple(row), UNKNOWN) for row in said.tolist()], dtype=np.int64)


@dataclass(frozen=True)
class Gallery:
    """All different inputs of two modalities of a split, to find the partners of one among those of the other.

    A measurement where each sample is its own key; it answers no person's query.

    Attributes:
        queries, rows: positions among the split's inputs of either modality, of each content the first.
        partners: (queries, rows), sparse: whether some sample has the query's content beside the row's.
    """

    queries: Ints
    rows: Ints
    partners: csr_array

    @classmethod
    def of(cls, split: Split, query: str, target: str) -> Gallery:
        """The gallery of a split, from one modality to another."""
        (queries, query_content), (rows, row_content) = (
            np.unique(split.sources[name], return_index=True, return_inverse=True)[1:] for name in (query, target)
        )
        both = (split.pairing[query] >= 0) & (split.pairing[target] >= 0)
        pairs = query_content[split.pairing[query][both]], row_content[split.pairing[target][both]]
        partners = csr_array((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(queries), len(rows)))
        return cls(queries, rows, partners)

    def right(self, queries: Ints, rows: Ints) -> Codes:
        """Whether the queries (n,) and rows (m,), by their places in the gallery, are partners, (n, m)."""
        found: Codes = self.partners[queries][:, rows].toarray()
        return found

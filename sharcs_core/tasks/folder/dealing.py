"""Groups of rows dealt out to the parts of a split.

Shapes: n rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sharcs_core.tasks.given.splits import FEWEST

SHARES: Mapping[str, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}
"""Of rows, as near as groups let them."""

Mark = tuple[int, Hashable]
"""Something that rows have in common: which thing it is, and its value."""


def linked(columns: Sequence[Sequence[Hashable]]) -> list[int]:
    """The number of each row's group, (n,): rows that are equal in any column are in one, and so on from row to row.

    None equals nothing. The number of a group is its first row.

    >>> linked([["a", "b", "a", None], [None, 1, None, 1]])
    [0, 1, 0, 1]
    """
    root = list(range(len(columns[0])))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = root[row]
        return row

    for column in columns:
        first: dict[Hashable, int] = {}
        for row, value in enumerate(column):
            if value is not None:
                one, two = find(row), find(first.setdefault(value, row))
                root[max(one, two)] = min(one, two)
    return [find(row) for row in range(len(root))]


def dealt(
    groups: Sequence[int],
    marks: Sequence[Sequence[Hashable]],
    kept: Sequence[str | None],
    shares: Mapping[str, float],
    rng: np.random.Generator,
) -> list[str]:
    """The part of each row, (n,).

    Groups are dealt out one after the other, the large ones first, in an order that is drawn; each to the part that
    then lacks most of what the group has: rows, and rows of each mark.

    Args:
        groups: the number of each row's group; a group lies in one part, but for rows that are kept elsewhere.
        marks: of each row what is to have the same shares in all parts; first its label, which training lacks none of.
        kept: the part that a row stays in, None for one that is dealt out. A row of a group of which others are kept
            goes to where most of these are.
        shares: the parts that rows are dealt out to, training first, and the shares that they are to have. Rows that
            are kept in another part count for nothing.
    """
    members = _Members(groups)
    dealer = _Dealer(marks, shares)
    split: list[str] = [part or "" for part in kept]
    for row, part in enumerate(split):
        if part in shares:
            dealer.put([row], part)
    for rows in _in_order(members, rng):
        loose = [row for row in rows if not split[row]]
        if loose:
            part = _most_held(split, rows, shares) or dealer.part_for(loose)
            dealer.put(loose, part)
            for row in loose:
                split[row] = part
    if any(split.count(part) < FEWEST for part in shares):
        _fill(split, [rows for rows in members if all(kept[row] is None for row in rows)], shares, marks[0])
    return split


class _Members(Sequence[list[int]]):
    """The rows of each group, ascending; groups in the order of their first rows."""

    def __init__(self, groups: Sequence[int]) -> None:
        _, first, number, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
        by_first = np.argsort(first)
        place = np.empty_like(by_first)
        place[by_first] = np.arange(len(by_first))
        self.sizes = sizes[by_first]
        self.rows = np.argsort(place[number], kind="stable")
        self.ends = np.cumsum(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, place: Any) -> Any:
        return self.rows[self.ends[place] - self.sizes[place] : self.ends[place]].tolist()


def _in_order(groups: _Members, rng: np.random.Generator) -> Iterator[list[int]]:
    """The groups in an order that is drawn, large ones first."""
    drawn = rng.permutation(len(groups))
    return (groups[place] for place in drawn[np.argsort(-groups.sizes[drawn], kind="stable")])


def _most_held(split: Sequence[str], rows: Sequence[int], shares: Mapping[str, float]) -> str | None:
    """The part that most of a group's rows are kept in; None where none is."""
    held = Counter(split[row] for row in rows if split[row] in shares)
    return max(held, key=lambda part: (held[part], part)) if held else None


class _Dealer:
    """How many rows of each mark lie where."""

    def __init__(self, marks: Sequence[Sequence[Hashable]], shares: Mapping[str, float]) -> None:
        self.marks = marks
        self.place = {part: place for place, part in enumerate(shares)}
        self.shares = [share / sum(shares.values()) for share in shares.values()]
        self.lying: dict[Mark, list[int]] = defaultdict(lambda: [0] * len(shares))

    def put(self, rows: Sequence[int], part: str) -> None:
        for mark, n in self._marks_of(rows):
            self.lying[mark][self.place[part]] += n

    def part_for(self, rows: Sequence[int]) -> str:
        """Where rows are to go: to training for a label that it lacks, else to where most is lacking."""
        lacking = [0.0] * len(self.shares)
        for mark, n in self._marks_of(rows):
            lying = self.lying[mark]
            if mark[0] == 0 and mark[1] is not None and not lying[0]:
                return "train"
            total = sum(lying) + n
            for place, share in enumerate(self.shares):
                lacking[place] += n * (share * total - lying[place])
        return list(self.place)[lacking.index(max(lacking))]

    def _marks_of(self, rows: Sequence[int]) -> Iterable[tuple[Mark, int]]:
        yield (-1, None), len(rows)
        for place, values in enumerate(self.marks):
            for value, n in Counter([values[row] for row in rows]).items() if len(rows) > 1 else [(values[rows[0]], 1)]:
                yield (place, value), n


def _fill(
    split: list[str], loose: Sequence[Sequence[int]], shares: Mapping[str, float], labels: Sequence[Hashable]
) -> None:
    """Puts the smallest groups that training can spare into each part that has fewer than ``FEWEST`` rows."""
    n_rows, in_train = (
        Counter(split),
        Counter(label for label, part in zip(labels, split, strict=True) if part == "train"),
    )
    wanting = [part for part in shares if n_rows[part] < FEWEST]
    for rows in sorted(loose, key=len) if wanting else ():
        own = Counter(labels[row] for row in rows)
        part = next((one for one in wanting if n_rows[one] < FEWEST), None)
        can_spare = all(label is None or in_train[label] > n for label, n in own.items())
        if part is not None and split[rows[0]] == "train" and len(rows) + FEWEST <= n_rows["train"] and can_spare:
            for row in rows:
                split[row] = part
            in_train -= own
            n_rows.update({part: len(rows), "train": -len(rows)})

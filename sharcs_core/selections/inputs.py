"""All inputs that a run keeps as one table, and which of them are mistakes.

Shapes: n inputs of all modalities, m of them chosen, T shared concepts, k semantics keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core.meanings import UNKNOWN, Meanings
from sharcs_core.readings import UNREAD, keys_read
from sharcs_core.structures import Bank, Codes, Floats, Ints, Strings

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


ALL_KNOWN = Meanings({})
"""Keys each of which means something else, and all of which are known."""


class Fault(IntEnum):
    """What is wrong with an input, rising."""

    NONE = 0
    UNEXPLAINED = 1
    """Its sample is answered wrong, though no input of it is known to be misread."""
    MISREAD = 2
    """Its sample is answered wrong, and it is read as something else than it means."""


@dataclass(frozen=True)
class InputTable:
    """Inputs of both banks of a run, a row each.

    Attributes:
        parts: (n,) ``train`` or ``test``.
        modalities, sample_ids: (n,) whose input it is.
        places: (n,) its row in the bank of its part.
        keys: (n,) what it means; -1 where nothing is known of it.
        labels: (n,) the true class of its sample.
        shared: (n, T).
        is_wrong: (n,) whether its sample is answered wrong.
        faults: (n,) of :class:`Fault`.
    """

    parts: Strings
    modalities: Strings
    sample_ids: Strings
    places: Ints
    keys: Ints
    labels: Ints
    shared: Floats
    is_wrong: Codes
    faults: Ints

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, index: NDArray[np.generic]) -> InputTable:
        """The rows at ``index`` (integers or a Boolean mask), in that order."""
        return InputTable(*[getattr(self, column.name)[index] for column in fields(self)])

    @cached_property
    def is_train(self) -> Codes:
        """(n,) whether it is of the training bank."""
        return np.asarray(self.parts == "train")

    @property
    def sides(self) -> NDArray[np.int64]:
        """(n,) the part and modality of each, as a number."""
        return self._numbered[1]

    @cached_property
    def _numbered(self) -> tuple[dict[tuple[str, str], int], NDArray[np.int64]]:
        """Part and modality → number, and that of each row; most rows are of one side with those before them."""
        if not len(self):
            return {}, np.zeros(0, dtype=np.int64)
        is_new = (self.parts[1:] != self.parts[:-1]) | (self.modalities[1:] != self.modalities[:-1])
        first = np.concatenate([[0], np.flatnonzero(is_new) + 1])
        numbers: dict[tuple[str, str], int] = {}
        names = zip(self.parts[first].tolist(), self.modalities[first].tolist(), strict=True)
        of_block = np.array([numbers.setdefault(name, len(numbers)) for name in names])
        return numbers, np.repeat(of_block, np.diff([*first, len(self)]))

    @cached_property
    def ids(self) -> Strings:
        """(n,) such as ``test/00012/graph``."""
        return np.char.add(np.char.add(self.sample_ids, "/"), self.modalities)

    def rows_of_side(self, part: str, modality: str) -> NDArray[np.int64]:
        """Rows of the inputs of one modality in one bank, in the order of the bank."""
        return self._rows_by_side.get((part, modality), np.zeros(0, dtype=np.int64))

    @cached_property
    def side_names(self) -> tuple[tuple[str, str], ...]:
        """Part and modality of each side, in the order of their numbers."""
        return tuple(self._numbered[0])

    @cached_property
    def _rows_by_side(self) -> dict[tuple[str, str], NDArray[np.int64]]:
        return {name: np.flatnonzero(self.sides == number) for name, number in self._numbered[0].items()}

    @cached_property
    def _row_of_id(self) -> dict[str, int]:
        return {str(name): row for row, name in enumerate(self.ids)}

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows of the inputs with these ids, each once, in their order; ids that are not here are left out."""
        known = (self._row_of_id.get(name) for name in dict.fromkeys(ids))
        return np.array([row for row in known if row is not None], dtype=np.int64)


def faults_of(
    labels: Ints,
    predicted: Ints,
    means: Mapping[str, Ints],
    read: Mapping[str, Ints],
    meanings: Meanings = ALL_KNOWN,
) -> dict[str, NDArray[np.int64]]:
    """The :class:`Fault` of each input of n samples, modality → (n,).

    Args:
        labels, predicted: (n,) true and predicted classes.
        means, read: modality → (n,) the key of what an input means, and of what it is read as.
        meanings: what the keys say.

    >>> right, wrong = np.array([3]), np.array([5])
    >>> faults_of(right, wrong, {"a": right, "b": right}, {"a": right, "b": wrong})
    {'a': array([0]), 'b': array([2])}
    >>> faults_of(right, wrong, {"a": right}, {"a": right})
    {'a': array([1])}
    """
    is_wrong = labels != predicted
    misread = {name: is_wrong & meanings.misread(read[name], keys) for name, keys in means.items()}
    unexplained = is_wrong & ~np.any(list(misread.values()), axis=0)
    return {
        name: np.select([own, unexplained], [int(Fault.MISREAD), int(Fault.UNEXPLAINED)], int(Fault.NONE))
        for name, own in misread.items()
    }


def inputs_of(run: Run, predicted: Mapping[str, Ints]) -> InputTable:
    """All inputs that a run keeps, those of the training bank first.

    Args:
        predicted: ``train`` and ``test`` → predicted class of each sample of that bank.
    """
    banks = {"train": run.bank, "test": run.test_bank}
    parts = [_of_bank(run, part, bank, predicted[part]) for part, bank in banks.items()]
    columns = zip(*[column for part in parts for column in part], strict=True)
    return InputTable(*[np.concatenate(column) for column in columns])


def places_of(run: Run, method: str) -> Floats:
    """Where all inputs (n, 2) that a run keeps lie on its map by a method, in the order of :func:`inputs_of`."""
    return np.concatenate([side.maps[method] for bank in (run.bank, run.test_bank) for side in bank.sides.values()])


def _of_bank(run: Run, part: str, bank: Bank, predicted: Ints) -> list[tuple[NDArray[np.generic], ...]]:
    """The columns of :class:`InputTable` for each side of a bank."""
    faults, n = _faults_in(run, bank, predicted), len(bank)
    return [
        (
            np.repeat(part, n),
            np.repeat(name, n),
            bank.sample_ids,
            np.arange(n),
            side.semantics,
            bank.labels,
            side.shared,
            bank.labels != predicted,
            faults[name],
        )
        for name, side in bank.sides.items()
    ]


def _faults_in(run: Run, bank: Bank, predicted: Ints) -> dict[str, NDArray[np.int64]]:
    """The :class:`Fault` of each input of a bank; only those of wrong samples need to be read."""
    wrong = np.flatnonzero(bank.labels != predicted)
    faults = {name: np.zeros(len(bank), dtype=np.int64) for name in bank.sides}
    if len(wrong):
        means = {name: side.semantics[wrong] for name, side in bank.sides.items()}
        read = {
            name: keys_read(run, name, side.shared[wrong], side.sources[wrong]) for name, side in bank.sides.items()
        }
        for name, own in faults_of(bank.labels[wrong], predicted[wrong], means, read, run.card.meanings).items():
            faults[name][wrong] = own
    return faults


def read_as(run: Run, table: InputTable, chosen: Ints) -> NDArray[np.int64]:
    """The key that each of the chosen rows (m,) of a table is read as, (m,); ``UNREAD`` where it cannot be read."""
    keys = np.full(len(chosen), UNREAD, dtype=np.int64)
    for part, bank in (("train", run.bank), ("test", run.test_bank)):
        for name, side in bank.sides.items():
            own = np.flatnonzero(np.isin(chosen, table.rows_of_side(part, name)))
            places = table.places[chosen[own]]
            if len(own):
                keys[own] = keys_read(run, name, side.shared[places], side.sources[places])
    return keys


def rows_by_group(table: InputTable, among: Codes, group_of_key: Ints) -> dict[int, NDArray[np.int64]]:
    """Group → rows of its inputs ``among`` (n,) those of a table; groups of none are left out.

    So are inputs of which nothing is known, and those whose key is of no group, -1.
    """
    groups = np.where(among, groups_of(table.keys, group_of_key), UNKNOWN)
    return {int(group): np.flatnonzero(groups == group) for group in np.unique(groups[groups != UNKNOWN])}


def groups_of(keys: Ints, group_of_key: Ints) -> NDArray[np.int64]:
    """The group (n,) that inputs of some keys (n,) are counted in; -1 where nothing is known of them.

    >>> groups_of(np.array([1, -1, 0]), np.array([5, 7])).tolist()
    [7, -1, 5]
    """
    return np.append(group_of_key, UNKNOWN)[keys].astype(np.int64)  # of an unknown key, -1, the last


def mistakes_first(table: InputTable, among: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the inputs ``among`` (n,) those of a table: of the mistakes, misread ones first, and of the others."""
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(-table.faults[rows], kind="stable")]
    n_mistakes = int((table.faults[rows] > Fault.NONE).sum())
    return rows[:n_mistakes], rows[n_mistakes:]

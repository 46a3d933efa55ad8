"""All there is to say of a folder before anything is trained: every fault in one pass, counts, and what looks odd.

Shapes: n rows.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import natural, number_in
from sharcs_core.named import counted, listed_first
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Floats
from sharcs_core.tasks.folder.faults import Fault, FolderError
from sharcs_core.tasks.folder.reading import Folder, Progress, read_folder
from sharcs_core.tasks.folder.splits import Parts
from sharcs_core.tasks.folder.task import made_of, parts_of_folder
from sharcs_core.tasks.given import SPLITS

FEW = 5
"""Samples of a class; of fewer not much can be learned."""
REPEATED = 0.05
"""Share of a column of numbers that one and the same number far from all others has, from which on it looks like a sign
for what is not known."""
FAR = 5
"""Standard deviations of the others, from which on a number is far from them."""
MOST_VALUES = 100


@dataclass(frozen=True)
class Report:
    """What a folder holds.

    Attributes:
        faults: what keeps it from being a task, and notes.
        n: rows.
        modalities: name → kind and columns, in words.
        classes: class → part → how many samples.
        missing: modality → how many rows lack it.
        unlabelled: how many rows have no label.
    """

    faults: tuple[Fault, ...]
    n: int = 0
    modalities: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    unlabelled: int = 0

    @property
    def is_task(self) -> bool:
        """Whether the folder can be trained on as it is."""
        return all(fault.is_note for fault in self.faults)


def check_folder(path: Path, seed: int = 0, on_progress: Progress | None = None) -> Report:
    """Everything about a folder, faults and notes; it is decoded once, into the cache that a training uses.

    Raises:
        UserError: where there is no such folder, or it cannot be listed.
    """
    try:
        folder = read_folder(path, on_progress)
    except FolderError as error:
        return Report(error.faults)
    parts, faults = _parts(folder, seed)
    if parts is not None and all(fault.is_note for fault in (*folder.faults, *faults)):
        faults = (*faults, *_refused(folder, parts, seed))
    labels = folder.labels
    return Report(
        (*folder.faults, *faults, *_odd(folder)),
        n=len(folder),
        modalities={role.name: f"{role.kind}: {_columns(role.columns)}" for role in folder.roles.modalities},
        classes=_classes(labels, parts),
        missing={name: int((~one.present).sum()) for name, one in folder.read.items()},
        unlabelled=sum(label is None for label in labels),
    )


def _parts(folder: Folder, seed: int) -> tuple[Parts | None, tuple[Fault, ...]]:
    try:
        parts = parts_of_folder(folder, seed)
    except FolderError as error:
        return None, error.faults
    return parts, parts.notes


def _refused(folder: Folder, parts: Parts, seed: int) -> Iterator[Fault]:
    """What keeps rows that are right one by one from being a task together."""
    try:
        made_of(folder, parts, seed, "task")
    except UserError as error:
        says, _, mend = str(error).rpartition("; ")
        yield folder.sheet.fault(None, None, says or mend, mend if says else "")


def _columns(names: Sequence[str]) -> str:
    return listed_first([shown(name) for name in names], FEW)


def _classes(labels: Sequence[str | None], parts: Parts | None) -> dict[str, dict[str, int]]:
    split = parts.split if parts is not None else ["all"] * len(labels)
    names = SPLITS if parts is not None else ("all",)
    counts = Counter(pair for pair in zip(labels, split, strict=True) if pair[0] is not None)
    known = sorted({label for label in labels if label is not None}, key=natural)
    return {label: {name: counts[label, name] for name in names} for label in known[:MOST_VALUES]}


# -- what looks odd


def _odd(folder: Folder) -> Iterator[Fault]:
    labels = folder.labels
    for label, n in sorted(Counter(label for label in labels if label is not None).items()):
        if n < FEW:
            yield _note(folder, folder.roles.label, f"{shown(label)} has {counted(n, 'sample')}, few to learn it from")
    yield from _copies(folder)
    for role in folder.roles.modalities:
        for column in (*role.numeric, *role.category):
            yield from _odd_column(folder, column, is_number=column in role.numeric)
    unlabelled = sum(label is None for label in labels)
    if unlabelled and folder.roles.label:
        yield _note(folder, folder.roles.label, f"{counted(unlabelled, 'row')} without a label, left out of figures")


def _note(folder: Folder, column: str | None, says: str, mend: str = "") -> Fault:
    return folder.sheet.fault(None, column, says, mend, is_note=True)


def _copies(folder: Folder) -> Iterator[Fault]:
    """How many rows share a file's content with another."""
    for role in folder.roles.modalities:
        counts = Counter(digest for digest in folder.read[role.name].digests if digest is not None)
        copies = sum(n for n in counts.values() if n > 1)
        if copies:
            yield _note(folder, role.column, f"{counted(copies, 'row')} of equal content; they stay in one part")


def _odd_column(folder: Folder, column: str, *, is_number: bool) -> Iterator[Fault]:
    cells, pointed = folder.sheet.cells[column], folder.sheet.pointed
    first = next((cell for cell in cells if cell is not None), None)
    if first is not None and all(cell in (None, first) for cell in cells):
        yield _note(folder, column, "is the same in every row, and says nothing", 'put it into ignore = ["..."]')
        return
    if _gives_label(cells, folder.labels):
        yield _note(folder, column, "alone gives the label; see whether it is known when a model is asked")
    if is_number:
        said = (number_in(pointed(cell)) for cell in cells if cell is not None)
        numbers = np.array(array("d", (number for number in said if number is not None)))
        yield from (_note(folder, column, says, mend) for says, mend in _sign_for_nothing(numbers))


def _gives_label(cells: Sequence[str | None], labels: Sequence[str | None]) -> bool:
    """Whether each value of a column, of which there are few, stands with one label."""
    pairs, most = set[tuple[Any, Any]](), max(2 * len(set(labels)), len(cells) // 10)
    for pair in zip(cells, labels, strict=True):
        if None not in pair:
            pairs.add(pair)
        if len(pairs) > most:
            return False
    values, classes = {cell for cell, _ in pairs}, {label for _, label in pairs}
    return len(classes) > 1 and len(pairs) == len(values) <= max(2 * len(classes), len(cells) // 10)


def _sign_for_nothing(numbers: Floats) -> Iterator[tuple[str, str]]:
    """A number that is repeated, and far from all others."""
    if len(numbers) < 2:
        return
    _, first, counts = np.unique(numbers, return_index=True, return_counts=True)
    n = int(counts.max())
    number = numbers[first[counts == n].min()]
    others = numbers[numbers != number]
    if n < max(FEW, REPEATED * len(numbers)) or len(others) < 2:
        return
    with np.errstate(all="ignore"):
        is_far = abs(number - others.mean()) > FAR * (others.std() or 1.0)
    if is_far:
        says = f"is {number:g} in {counted(n, 'row')} and far from that in all others"
        yield says, f'if it stands for what is not known, write missing = ["{number:g}"] in task.toml'

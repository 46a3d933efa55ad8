"""Which rows are trained on, chosen on and tested on: as the sheet says, as an earlier run had them, or drawn.

Shapes: n rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sharcs_core.named import counted, listed
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.dealing import SHARES, dealt, linked
from sharcs_core.tasks.folder.faults import Fault, FolderError, first_faults
from sharcs_core.tasks.folder.sheet import Sheet
from sharcs_core.tasks.given import SPLITS

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training", "trn", "tr", "learn", "fit"),
    "validation": ("validation", "valid", "val", "vld", "dev", "devel", "development", "tune", "tuning"),
    "test": ("test", "testing", "tst", "te", "holdout", "heldout", "final"),
}
"""What the parts are called, in small letters and without spaces, hyphens and ``_``."""
EITHER = ("eval", "evaluation", "evaluate")
"""The test part; where another one is called so too, the validation part."""

TOO_LARGE = 0.5
"""Share of the rows; a group of more, that equal contents alone would make, is no group."""


@dataclass(frozen=True)
class Parts:
    """Which row is in which part.

    Attributes:
        split: (n,) ``train``, ``validation`` or ``test``.
        notes: on what was drawn, and on equal contents in several parts.
    """

    split: tuple[str, ...]
    notes: tuple[Fault, ...] = ()


def split_named(cell: str) -> str | None:
    """The part that a cell names; None for what is no name of one. ``eval`` is the test part.

    >>> split_named("Train"), split_named("dev"), split_named("hold-out"), split_named("7")
    ('train', 'validation', 'test', None)
    """
    bare = cell.strip().lower().replace(" ", "").replace("-", "").replace("_", "")
    found = (part for part, names in SYNONYMS.items() if bare in names)
    return "test" if bare in EITHER else next(found, None)


def parts_of(
    sheet: Sheet,
    *,
    split: str | None,
    group: str | None,
    label: str | None,
    contents: Mapping[str, Sequence[Hashable]],
    gaps: Sequence[Hashable] = (),
    seed: int = 0,
    ids: Sequence[str] = (),
    split_from: Mapping[str, str] | None = None,
) -> Parts:
    """The parts of the rows of a sheet.

    A part that a given split lacks is drawn from its training rows. What is drawn keeps groups together, has 70, 10
    and 20 of 100 rows as near as groups let it, classes and gaps in the same shares, and every class in training.

    Args:
        split, group, label: columns; None where there is none.
        contents: what they are of, such as a modality → of each row what is equal where contents are, None where none
            is. Rows with equal contents are one group. Pictures and graphs belong here, and whole samples; short texts
            and cells of tables do not, for they are equal by chance.
        gaps: of each row what it lacks.
        ids, split_from: of each row its id, and id → part as an earlier run had it: these do not move.

    Raises:
        FolderError: for parts that have no name here, for groups that lie in several given parts, and where there are
            too few groups.
    """
    groups = sheet.cells[group] if group else [None] * len(sheet)
    marks = [sheet.cells[label] if label else [None] * len(sheet), *([gaps] if gaps else [])]
    if split is not None:
        if split_from is not None:
            says = "is there, and so is the split of another run"
            raise FolderError(
                [sheet.fault(None, split, says, "take the column out, or train without that run's split")]
            )
        return _given(sheet, split, group, groups, contents, marks, seed)
    kept = [split_from.get(one) if split_from else None for one in ids] if split_from else [None] * len(sheet)
    drawn = _drawn(sheet, groups, contents, marks, kept, SHARES, seed)
    return replace(drawn, notes=(*_how(sheet, drawn.split, kept), *drawn.notes))


# -- given


def _given(
    sheet: Sheet,
    split: str,
    group: str | None,
    groups: Sequence[Hashable],
    contents: Mapping[str, Sequence[Hashable]],
    marks: Sequence[Sequence[Hashable]],
    seed: int,
) -> Parts:
    parts, notes = _named(sheet, split)
    faults = _crossing(sheet, group, groups, parts) if group else []
    if faults:
        raise FolderError(first_faults(faults, "groups in several parts"))
    lacking = [part for part in SPLITS if part not in parts]
    if lacking:
        kept = [None if part == "train" else part for part in parts]
        shares = {part: SHARES[part] for part in SPLITS if part in ("train", *lacking)}
        drawn = _drawn(sheet, groups, contents, marks, kept, shares, seed)
        says = f"has no {listed(lacking, 'and no')} rows, so that part was drawn from the training rows"
        return replace(drawn, notes=(*notes, sheet.fault(None, split, says, is_note=True), *drawn.notes))
    return Parts(tuple(parts), (*notes, *_shared(sheet, contents, parts)))


def _named(sheet: Sheet, split: str) -> tuple[list[str], tuple[Fault, ...]]:
    """The part of each row, and a note where a name may be either of two."""
    cells = sheet.cells[split]
    named = {cell: split_named(cell) for cell in set(cells) if cell is not None}
    either = [cell for cell in named if cell.strip().lower() in EITHER]
    is_validation = "test" in [part for cell, part in named.items() if cell not in either]
    named |= dict.fromkeys(either, "validation" if is_validation else "test")
    mend = f"write {listed(SPLITS, 'or')}"
    faults = [
        sheet.fault(row, split, "is empty" if cell is None else f"is {shown(cell)}, which is no part", mend)
        for row, cell in enumerate(cells)
        if cell is None or named[cell] is None
    ]
    parts = [part for cell in cells if cell is not None and (part := named[cell]) is not None]
    if not faults and "train" not in parts:
        faults = [sheet.fault(None, split, "has no training rows", "call some rows train")]
    if faults:
        raise FolderError(first_faults(faults, "rows without a part"))
    read_as = f"{', '.join(map(shown, either))} was read as {'validation' if is_validation else 'test'}"
    return parts, (sheet.fault(None, split, read_as, is_note=True),) if either else ()


def _crossing(sheet: Sheet, group: str, groups: Sequence[Hashable], parts: Sequence[str]) -> list[Fault]:
    """A fault for each group that lies in several parts, at its first row that is not where its first one is."""
    first: dict[Hashable, int] = {}
    at: dict[Hashable, int] = {}
    for row, own in enumerate(groups):
        if own is not None and parts[first.setdefault(own, row)] != parts[row]:
            at.setdefault(own, row)
    return [
        sheet.fault(
            row,
            group,
            f"{shown(own)} is in {parts[row]} here and in {parts[first[own]]} in row {sheet.numbers[first[own]]}",
            "put all rows of a group into one part",
        )
        for own, row in at.items()
    ]


def _shared(sheet: Sheet, contents: Mapping[str, Sequence[Hashable]], parts: Sequence[str]) -> tuple[Fault, ...]:
    """Notes on how many rows of validation and test have a content that training, or another part, has too."""
    notes: list[Fault] = []
    for name, values in contents.items():
        lies_in: dict[Hashable, set[str]] = {}
        for value, part in zip(values, parts, strict=True):
            lies_in.setdefault(value, set()).add(part)
        lies_in.pop(None, None)
        rows = [row for row, value in enumerate(values) if value in lies_in and len(lies_in[value]) > 1]
        held_out = [row for row in rows if parts[row] != "train"]
        if held_out:
            says = f"{counted(len(held_out), 'row')} of validation and test equal one of another part in {name}"
            notes.append(sheet.fault(held_out[0], None, says, "figures of these are too good", is_note=True))
    return tuple(notes)


# -- drawn


def _drawn(
    sheet: Sheet,
    groups: Sequence[Hashable],
    contents: Mapping[str, Sequence[Hashable]],
    marks: Sequence[Sequence[Hashable]],
    kept: Sequence[str | None],
    shares: Mapping[str, float],
    seed: int,
) -> Parts:
    number = linked([groups, *contents.values()])
    largest = _largest(number)
    alone = linked([groups])
    if largest > TOO_LARGE * len(number) and largest > _largest(alone):
        number = alone  # nearly all rows hang together by what some share: kept together, there would be no test
    split = dealt(number, marks, kept, shares, np.random.default_rng(seed))
    if not set(shares) <= set(split) and number != alone:  # so few contents come again and again, one a class say
        number, split = alone, dealt(alone, marks, kept, shares, np.random.default_rng(seed))
    without = [part for part in shares if part not in split]
    if without:
        n_groups = counted(len(set(number)), "group")
        says = f"has {n_groups} of rows, too few for a {listed(without, 'and a')} part of whole groups"
        raise FolderError([sheet.fault(None, None, says, "bring more, or leave the group out")])
    return Parts(tuple(split), _shared(sheet, contents, split))


def _largest(groups: Sequence[int]) -> int:
    """The rows of the largest group."""
    return int(np.unique(groups, return_counts=True)[1].max())


def _how(sheet: Sheet, split: Sequence[str], kept: Sequence[str | None]) -> tuple[Fault, ...]:
    n_kept = sum(part is not None for part in kept)
    counts = Counter(split)
    says = listed([f"{counts[part]:,} {part}" for part in SPLITS])
    if n_kept:
        says += f"; {counted(n_kept, 'row')} as in the other run"
    return (sheet.fault(None, None, f"names no split, so one was drawn: {says}", is_note=True),)

"""What is wrong with ids and labels, whatever the inputs are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sharcs_core.kinds.columns.cells import bare, number_in, word
from sharcs_core.named import counted
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.folder.cells import MOST_DIFFERENT
from sharcs_core.tasks.folder.faults import Fault, first_faults
from sharcs_core.tasks.folder.sheet import Sheet
from sharcs_core.tasks.given.raw_inputs import RawInputs
from sharcs_core.tasks.given.values import MOST_CLASSES

QUANTITY = 50
"""More different numbers than that, most of them there once or twice, are no classes."""
SEVERAL = 0.05
"""Share of labels that are made of other labels, from which on samples have several."""

_BETWEEN = re.compile(r"[|;,/&+]| and ")
_LIST = re.compile(r"\s*[\[{(].*[\]})]\s*", re.DOTALL)


def ids_of(sheet: Sheet, column: str | None) -> Sequence[str]:
    """The id of each row, (n,); its number in the sheet where no column gives ids."""
    cells = None if column is None else sheet.cells[column]
    if len(sheet) > MOST_DIFFERENT:  # they are made when they are asked for
        make = (lambda row: str(sheet.numbers[row])) if cells is None else (lambda row: cells[row] or "")
        return RawInputs(make, np.ones(len(sheet), dtype=bool))
    return tuple(str(number) for number in sheet.numbers) if cells is None else tuple(cell or "" for cell in cells)


def id_faults(sheet: Sheet, column: str | None) -> list[Fault]:
    """A fault for each row without an id, and for each whose id another one has."""
    if column is None:
        return []
    cells, empty = sheet.cells[column], hash("")
    said_in = ("" if bare(cell) is None else word(cell) for cell in cells)
    hashes = np.fromiter(map(hash, said_in), dtype=np.int64, count=len(cells))
    if len(np.unique(hashes)) == len(cells) and not (hashes == empty).any():
        return []
    first: dict[str, int] = {}
    faults: list[Fault] = []
    for row, cell in enumerate(cells):
        said = "" if bare(cell) is None else word(cell)
        if not said:
            faults.append(sheet.fault(row, column, "is empty", "give each row an id, or the sheet no such column"))
        elif said in first:
            says = f"is {shown(said)}, as in row {sheet.numbers[first[said]]}"
            faults.append(sheet.fault(row, column, says, "give each row its own; what rows share is a group"))
        first.setdefault(said, row)
    return first_faults(faults, "ids at fault")


def label_faults(sheet: Sheet, column: str | None, classes: Sequence[str] = ()) -> list[Fault]:
    """What keeps a column from being one of classes, and notes on labels that are nearly the same.

    Args:
        classes: those of task.toml; none for all that there are.
    """
    if column is None:
        mend = 'call a column label, or write label = "..." in task.toml'
        return [sheet.fault(None, None, "has no column of labels", mend)]
    cells = [cell for cell in sheet.cells[column] if cell is not None]
    counts = Counter(cells)
    if len(counts) < 2:
        says = f"is {shown(cells[0])} in every row" if cells else "is empty in every row"
        return [sheet.fault(None, column, f"{says}, so there is nothing to tell apart", "bring a second class")]
    strange = _quantity(counts) or _several(counts)
    if strange is not None:
        return [sheet.fault(None, column, *strange)]
    if len(counts) > MOST_CLASSES:
        return [sheet.fault(None, column, f"has {len(counts):,} classes, more than {MOST_CLASSES:,}", "group them")]
    return [*_unknown(sheet, column, classes), *_near_twins(sheet, column, counts)]


def _quantity(counts: Mapping[str, int]) -> tuple[str, str] | None:
    """Why labels are numbers of something, and the way round."""
    numbers = [number_in(cell) for cell in counts]
    if None in numbers:
        return None
    broken = sum(number % 1 != 0 for number in numbers if number is not None)
    n_cells = sum(counts.values())
    if 2 * broken > len(counts) > 2 or (len(counts) > QUANTITY and len(counts) > n_cells / 3):
        says = f"looks like a quantity ({len(counts):,} different numbers in {counted(n_cells, 'row')})"
        return f"{says}, and only classes are predicted", "write classes instead, such as low and high"
    return None


def _several(counts: Mapping[str, int]) -> tuple[str, str] | None:
    """Why samples have several labels each, and the way round."""
    made = [cell for cell in counts if _LIST.fullmatch(cell) or _is_made_of(cell, counts)]
    if sum(counts[cell] for cell in made) < max(1, SEVERAL * sum(counts.values())):
        return None
    says = f"holds several labels in a cell, such as {shown(made[0])}, and one class a sample is predicted"
    return says, "write a column for each label, yes or no, and train a task for each"


def _is_made_of(cell: str, labels: Mapping[str, int]) -> bool:
    parts = [part.strip() for part in _BETWEEN.split(cell)]
    return len(parts) > 1 and all(part in labels for part in parts)


def _unknown(sheet: Sheet, column: str, classes: Sequence[str]) -> list[Fault]:
    """A fault for each label that task.toml does not have among its classes."""
    first: dict[str, int] = {}
    for row, cell in enumerate(sheet.cells[column]):
        if classes and cell is not None and cell not in classes:
            first.setdefault(cell, row)
    faults = [
        sheet.fault(row, column, f"is {shown(cell)}, which is not among classes", "add it to classes in task.toml")
        for cell, row in first.items()
    ]
    return first_faults(faults, "labels that are not among classes")


def _near_twins(sheet: Sheet, column: str, counts: Mapping[str, int]) -> Iterator[Fault]:
    """A note for each pair of labels that differ in no more than case, spaces, or how a number is written."""
    alike: dict[str | float, list[str]] = defaultdict(list)
    for cell in counts:
        number = number_in(cell)
        alike[word(cell).casefold() if number is None else number].append(cell)
    for twins in alike.values():
        if len(twins) > 1:
            one, two = twins[:2]
            says = f"has {shown(one)} ({counts[one]:,}) and {shown(two)} ({counts[two]:,}), which are two classes"
            yield sheet.fault(None, column, says, "write them alike if they are one", is_note=True)

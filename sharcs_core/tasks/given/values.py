"""Labels, meanings and ids in words, as people write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import MOST_CHARACTERS, is_not_finite, natural, number_in, word
from sharcs_core.named import listed_first
from sharcs_core.readers.checks import shown
from sharcs_core.tasks.given.sequences import cells_of, check_length
from sharcs_core.tasks.given.splits import FEWEST

MOST_CLASSES = 1000
Means = Mapping[str, Mapping[str, Sequence[Hashable]]]
"""Modality → factor → its value for each sample, None where unknown."""


def labels_of(labels: Any) -> list[str | None]:
    """The class of each sample in words; None where it is not known."""
    cells = cells_of("The labels", labels)
    if not cells:
        raise UserError("There are no samples (got no labels); bring some")
    said = [None if cell is None or (not isinstance(cell, str) and is_not_finite(cell)) else cell for cell in cells]
    known = [cell for cell in said if cell is not None]
    if not known:
        raise UserError("No sample has a label; give some one, for nothing can be learned without")
    _check_not_numbers(known)
    check_lengths("The label", known)
    classes = [None if cell is None else word(cell) or None for cell in said]
    _check_classes([name for name in classes if name is not None])
    return classes


def _check_not_numbers(cells: Sequence[Any]) -> None:
    numbers = [number_in(cell) for cell in cells if not isinstance(cell, str)]
    broken = {number for number in numbers if number is not None and number % 1}
    if len(broken) > MOST_CLASSES or 2 * len(broken) > len(cells):
        raise UserError(
            f"The labels look like a quantity ({len(set(numbers)):,} different numbers), and only classes are "
            "predicted; bring classes, such as 'low' and 'high'"
        )


def check_lengths(what: str, cells: Sequence[Any]) -> None:
    for cell in cells:
        if isinstance(cell, str) and len(cell) > MOST_CHARACTERS:
            raise UserError(f"{what} {shown(cell)} is longer than {MOST_CHARACTERS} characters; call it by fewer")


def _check_classes(classes: Sequence[str]) -> None:
    counts = Counter(classes)
    if len(counts) < 2:
        raise UserError(f"There is nothing to tell apart: all labels are {classes[0]!r}; bring a second class")
    if len(counts) > MOST_CLASSES:
        raise UserError(f"There are {len(counts):,} classes, more than {MOST_CLASSES:,}; group them")
    rare = sorted((name for name, count in counts.items() if count < FEWEST), key=natural)
    if rare:
        raise UserError(
            f"{first_of(rare)} {'has' if len(rare) == 1 else 'have'} a single sample, too few to learn a class and to "
            "measure it; bring more, or leave it out"
        )


def first_of(names: Sequence[str], most: int = 3) -> str:
    return listed_first([repr(name) for name in names], most)


def means_of(means: Any, inputs: Mapping[str, Any], n: int) -> dict[str, dict[str, list[str | None]]]:
    if not isinstance(means, Mapping) or not all(isinstance(of, Mapping) for of in means.values()):
        raise UserError(f"means must say modality → factor → values (got {shown(means)}); bring a dict of dicts")
    said: dict[str, dict[str, list[str | None]]] = {}
    for modality, factors in means.items():
        if modality not in inputs:
            raise UserError(f"means names the modality {modality!r}, which is not there; choose from {list(inputs)}")
        said[modality] = {_factor_name(factor): _values(factor, values, n) for factor, values in factors.items()}
    return {modality: of for modality, of in said.items() if of}


def _factor_name(name: Any) -> str:
    if not isinstance(name, str) or not word(name) or len(name) > MOST_CHARACTERS or word(name) != name:
        raise UserError(
            f"A factor cannot be called {shown(name)}; call it by 1 to {MOST_CHARACTERS} characters that can be seen, "
            "on one line"
        )
    return name


def _values(factor: str, values: Any, n: int) -> list[str | None]:
    what = f"the values of {factor!r}"
    cells = cells_of(what.replace("the", "The", 1), values)
    check_length(what, cells, n)
    check_lengths(f"The value of {factor!r}", cells)
    return [None if cell is None else word(cell) for cell in cells]


def ids_of(ids: Any, n: int) -> tuple[str, ...]:
    cells = cells_of("The ids", ids)
    check_length("the ids", cells, n)
    check_lengths("The id", cells)
    if None in cells:
        raise UserError(f"Sample {cells.index(None)} (counted from 0) has no id; give each one, or none to any")
    names = tuple(word(cell) for cell in cells)
    if "" in names:
        raise UserError(f"The id of sample {names.index('')} (counted from 0) is blank; give it one that can be seen")
    if len(np.unique(np.fromiter(map(hash, names), dtype=np.int64, count=n))) == n:
        return names
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise UserError(f"Every id may stand once (got {name!r} {count} times); give each sample its own")
    return names

"""The inputs of a modality as its form prepares them: in memory, or of many in files of the cache.

Shapes: n samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds import KINDS
from sharcs_core.kinds.kind import form_values
from sharcs_core.structures import Inputs, Ints
from sharcs_core.tasks.card import Modality
from sharcs_core.tasks.given import SPLITS, Given
from sharcs_core.tasks.given.raw_inputs import RawInputs, at
from sharcs_core.tasks.given.sequences import is_present
from sharcs_core.tasks.mapped import Prepared, first_of_equals, key_of, mapped, row_digests

MOST_BYTES = 8_000_000_000
"""Of the prepared inputs of a modality that are held in memory."""
MANY, MANY_BYTES = 50_000, 64_000_000
"""Inputs of a modality from which on they are kept in files of the cache; or bytes of them, prepared."""

Made = TypeVar("Made")


def of_samples(given: Given, modality: str, rows: Ints, make: Callable[[Sequence[Any]], Made]) -> Made:
    """What is made of the raw inputs of samples; an error names the first sample that is at fault alone."""
    raws = given.inputs[modality]
    try:
        return make(at(raws, rows))
    except UserError as error:
        for row in rows:
            try:
                make([raws[row]])
            except UserError as own:
                raise UserError(f"{given.called(row)}, {modality!r}: {own}") from None
        raise UserError(f"{modality!r}: {error}") from None


def prepared_inputs(
    given: Given, modality: Modality, own: Callable[[Sequence[Any]], Inputs] | None = None
) -> tuple[Prepared, Ints]:
    """Inputs of the samples that have one, split by split; and each sample's number among them (n,), -1 where none."""
    raws, form = given.inputs[modality.name], modality.form
    present: Ints = np.flatnonzero(is_present(raws))
    number = np.full(len(raws), -1, dtype=np.int64)
    number[present] = np.arange(len(present))

    def make(some: Sequence[Any]) -> Inputs:
        inputs: Inputs = own(some) if own else KINDS[modality.kind].prepare(form, some)[0]
        return inputs

    def prepare(numbers: Ints) -> Inputs:
        return of_samples(given, modality.name, present[numbers], make)

    one = prepare(np.arange(min(1, len(present))))
    numbers = {split: number[given.rows(split)] for split in SPLITS}
    parts = {split: own[own >= 0] for split, own in numbers.items()}
    found = None
    if own is None and isinstance(raws, RawInputs) and raws.digest and _is_many(one, len(present)):
        rows = [_digest(present), *(_digest(own) for own in parts.values())]
        found = mapped(modality.kind, key_of(modality.kind, form_values(form), raws.digest, rows), parts, one, prepare)
    return found or _in_memory(modality.name, parts, one, prepare), number


def _is_many(one: Inputs, n: int) -> bool:
    return n >= MANY or n * sum(values.nbytes for values in one.arrays.values()) >= MANY_BYTES


def _in_memory(modality: str, parts: Mapping[str, Ints], one: Inputs, prepare: Callable[[Ints], Inputs]) -> Prepared:
    n = sum(map(len, parts.values()))
    _check_room(modality, one, n)
    inputs = prepare(np.arange(n))
    whole = {split: inputs.take(numbers) for split, numbers in parts.items()}
    return Prepared(whole, first_of_equals(row_digests(inputs)))


def _check_room(modality: str, one: Inputs, n: int) -> None:
    n_bytes = n * sum(values.nbytes for values in one.arrays.values())
    if n_bytes > MOST_BYTES:
        raise UserError(
            f"{modality!r} would take {n_bytes / 1e9:,.0f} GB of memory, more than {MOST_BYTES / 1e9:.0f}; bring fewer "
            "samples, or smaller inputs"
        )


def _digest(values: Ints) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()

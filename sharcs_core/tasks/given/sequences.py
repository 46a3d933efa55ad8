"""One of everything for each sample: sequences of one length, in one order, and where nothing is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns.cells import bare
from sharcs_core.modality_names import check_modality_name
from sharcs_core.readers.checks import shown
from sharcs_core.structures import Codes
from sharcs_core.tasks.given.raw_inputs import RawInputs


def sequence(what: str, values: Any) -> Sequence[Any]:
    """One for each sample: of a data frame its rows, each with the names of its columns."""
    is_frame = hasattr(values, "to_dict") and hasattr(values, "columns")
    in_order = hasattr(values, "__len__") and hasattr(values, "__getitem__") and getattr(values, "ndim", 1) > 0
    if isinstance(values, str | bytes | Mapping) or not in_order:
        raise UserError(f"{what} must be a sequence (got {shown(values)}); bring a list, one for each sample")
    if not is_frame:
        return list(values)
    if not values.columns.is_unique:
        twice = values.columns[values.columns.duplicated()][0]
        raise UserError(f"{what} have the column {shown(twice)} more than once; keep one")
    return list(values.to_dict("records"))


def cells_of(what: str, values: Any) -> list[Any]:
    """One number or word for each sample, None where there is none."""
    if hasattr(values, "columns") or getattr(values, "ndim", 1) != 1:
        raise UserError(f"{what} must be a list of one number or word a sample (got {shown(values)}); bring a column")
    said = []
    for row, cell in enumerate(sequence(what, values)):
        try:
            said.append(bare(cell))
        except UserError as error:
            raise UserError(f"{what}: number {row} (counted from 0) {error}") from None
    return said


def check_length(what: str, values: Sized, n: int) -> None:
    if len(values) != n:
        raise UserError(f"There must be as many of {what} as labels, {n:,} (got {len(values):,}); bring one a sample")


def named_parts(inputs: Mapping[str, Any], means: Any) -> dict[str, Any]:
    named = {f"the inputs {name!r}": values for name, values in inputs.items()}
    for modality, factors in means.items() if isinstance(means, Mapping) else ():
        for factor, values in factors.items() if isinstance(factors, Mapping) else ():
            named[f"the values of {factor!r} of {modality!r}"] = values
    return named


def check_alignment(parts: Mapping[str, Any]) -> None:
    """Raises UserError where pandas calls the rows of two parts by other names, or in another order."""
    indices = {what: part.index for what, part in parts.items() if hasattr(part, "iloc")}
    first, *others = indices or [""]
    for what in others:
        is_other = len(indices[first]) == len(indices[what]) and not indices[first].equals(indices[what])
        if is_other:
            raise UserError(
                f"The index of {what} is not that of {first}, so that their rows may not belong together; align them "
                "with .loc, or where their order is right call reset_index(drop=True) on each"
            )


def check_modalities(inputs: Any) -> None:
    if not isinstance(inputs, Mapping):
        raise UserError(f"inputs must say of each modality its inputs (got {shown(inputs)}); bring a dict")
    if len(inputs) < 2:
        raise UserError(f"Concepts are shared between modalities, so bring at least 2 (got {list(inputs)})")
    for name in inputs:
        check_modality_name(name if isinstance(name, str) else shown(name))


def raw_inputs(name: str, values: Any) -> Sequence[Any]:
    """The raw inputs of a modality one by one, None where there is none."""
    if isinstance(values, RawInputs):
        return values
    return [None if _is_missing(value) else value for value in sequence(f"The inputs {name!r}", values)]


def _is_missing(value: Any) -> bool:
    """Whether nothing is there: None, NaN, or a row without any value."""
    if value is None or isinstance(value, str):
        return value is None
    if isinstance(value, Mapping):
        return bool(value) and all(_is_nothing(cell) for cell in value.values())
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and value.dtype.kind == "f" and bool(len(value)) and bool(np.isnan(value).all())
    return _is_nothing(value)


def _is_nothing(cell: Any) -> bool:
    is_nan = isinstance(cell, float | np.floating) and bool(np.isnan(cell))
    return cell is None or is_nan or type(cell).__name__ in ("NAType", "NaTType")


def is_present(rows: Sequence[Any]) -> Codes:
    if isinstance(rows, RawInputs):
        return rows.present
    return np.array([value is not None for value in rows], dtype=bool)


def check_some_input(inputs: Mapping[str, Sequence[Any]]) -> None:
    nothing = np.flatnonzero(~np.logical_or.reduce([is_present(rows) for rows in inputs.values()]))
    if len(nothing):
        raise UserError(
            f"{_some(len(nothing), 'sample has', 'samples have')} no input at all (the first is number {nothing[0]}, "
            "counted from 0); leave them out"
        )


def _some(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"

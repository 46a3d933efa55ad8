"""The encoder of a table, and noise on its rows.

Shapes: n rows, C columns, F places of a prepared row.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.config import EncoderConfig
from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.kind import Arrays, Faults
from sharcs_core.kinds.tabular.form import TableForm
from sharcs_core.structures import Codes, Floats, Inputs

if TYPE_CHECKING:
    from torch import nn

WIDTHS = ((16, 32), (128, 64))
"""Up to so many places of a row, layers are so wide; beyond, ``WIDEST``."""
WIDEST = 128


def settings(form: TableForm) -> EncoderConfig:
    """A perceptron of two layers, the wider the more there is to read."""
    width = next((width for most, width in WIDTHS if form.width <= most), WIDEST)
    return EncoderConfig("tabular", form.width, (width, width))


def encoder(config: EncoderConfig, n_local: int) -> nn.Module:
    """``values`` (B, F) → raw scores (B, K)."""
    from sharcs_core.encoders.tabular import TabularEncoder

    return TabularEncoder(config, n_local)


def faults(config: EncoderConfig, inputs: Inputs) -> Faults:
    """What does not go with an encoder of these settings."""
    values = inputs.arrays["values"]
    if values.shape[1:] != (config.n_features,):
        yield f"values of shape (n, {config.n_features})", str(values.shape)
    if not np.isfinite(values).all():
        yield "values that are finite numbers", "NaN or infinity"


def counts(form: TableForm, inputs: Inputs) -> Floats:
    """The numbers and bits of each row as they were before they were scaled, (n, Q); a missing one is the mean."""
    starts, columns = _countable(form)
    values = np.asarray(inputs.arrays["values"], dtype=np.float64)
    if values.shape[1] != form.width:
        raise UserError(f"Inputs must have the {form.width} columns of training (got {values.shape[1]})")
    scale, mean = (np.array([getattr(column, name) for column in columns]) for name in ("scale", "mean"))
    unscaled: Floats = values[:, starts] * scale + mean
    return unscaled


def says(form: TableForm, place: int, value: float) -> str:
    """Such as ``ph is 7.2``."""
    return f"{_countable(form)[1][place].name} is {value:.4g}"


def _countable(form: TableForm) -> tuple[list[int], list[Column]]:
    """Where the numbers and bits of a row stand among its places, and their columns."""
    starts = accumulate((column.width for column in form.columns), initial=0)
    found = [(start, column) for start, column in zip(starts, form.columns, strict=False) if column.kind != "category"]
    return [start for start, _ in found], [column for _, column in found]


def perturb(inputs: Inputs, level: float, rng: np.random.Generator, positions: bool = False) -> Arrays:
    """Rows under noise: with probability ``level`` a cell is replaced, by that of another row.

    A bit (a column of one place that holds 0 and 1 only) is replaced by the toss of a fair coin. All places of a
    column go together, so that a row stays one that could be.
    """
    values, cells = inputs.arrays["values"], inputs.arrays.get("cells")
    n_rows, width = values.shape
    place = inputs.arrays["columns"][0] if n_rows and "columns" in inputs.arrays else np.arange(width)  # (F,)
    is_bit = _bits(values, cells, place)  # (C,)
    shape = (n_rows, len(is_bit))
    coins = rng.integers(0, 2, shape)
    # 1 to n - 1 rows further on, round about: any row but the own (of a single row its own)
    others = (np.arange(n_rows)[:, None] + rng.integers(1, max(n_rows, 2), shape)) % max(n_rows, 1)
    replaced = rng.random(shape) < level
    by = np.where(is_bit[place], coins[:, place], np.take_along_axis(values, others[:, place], axis=0))
    noisy: dict[str, NDArray[Any]] = {"values": np.where(replaced[:, place], by, values).astype(values.dtype)}
    if cells is not None:
        said = np.where(is_bit, coins.astype(cells.dtype), np.take_along_axis(cells, others, axis=0))
        noisy["cells"] = np.where(replaced, said, cells)
    return noisy


def _bits(values: NDArray[Any], cells: NDArray[Any] | None, place: NDArray[Any]) -> Codes:
    """Which columns hold 0 and 1 only, in one place, and say nothing else, (C,)."""
    n_places = np.bincount(place)
    is_bit: Codes = n_places == 1
    is_bit[place[~np.isin(values, (0, 1)).all(axis=0)]] = False
    return is_bit if cells is None else is_bit & np.isin(cells, ("0", "1")).all(axis=0)

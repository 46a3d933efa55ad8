"""Where in a row of a table.

Shapes: F places of a prepared row, C columns, R versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from sharcs_core.structures import Floats, Ints
from sharcs_core.structures.where import OnTable, as_shares
from sharcs_core.where.algorithms import integrated_gradients, occlusion, shapley, summed
from sharcs_core.where.probe import Probe, rows_of


def by_gradients(probe: Probe) -> OnTable:
    """Integrated gradients from what is usual in training rows."""
    added = integrated_gradients(probe, probe.prepared(), {"values": usual_row(probe)})["values"][0]
    return _of_places(probe, added.double().cpu().numpy())


def by_cells(probe: Probe) -> OnTable:
    """What is lost where a cell says what is usual in training rows."""
    return OnTable(names_of(probe), as_shares(occlusion(len(names_of(probe)), kept(probe))))


def by_orders(probe: Probe) -> OnTable:
    """Shapley values of the cells."""
    return OnTable(names_of(probe), as_shares(shapley(len(names_of(probe)), kept(probe))))


def kept(probe: Probe) -> Callable[[Tensor], Tensor]:
    """Which cells are kept (R, C), the others being as is usual in training rows → how much is said, (R,)."""
    of_place = torch.as_tensor(column_of_place(probe))
    values, usual = probe.batch["values"], usual_row(probe)

    def amount(left: Tensor) -> Tensor:
        is_left = left[:, of_place] > 0  # (R, F)
        return probe.of_batch({**rows_of(probe.batch, len(left)), "values": torch.where(is_left, values, usual)})

    return amount


def _of_places(probe: Probe, values: Floats) -> OnTable:
    cells = summed(values, column_of_place(probe), len(names_of(probe)))
    return OnTable(names_of(probe), as_shares(cells))


def names_of(probe: Probe) -> tuple[str, ...]:
    """The columns."""
    return tuple(column.name for column in probe.form.columns)  # type: ignore[attr-defined]


def column_of_place(probe: Probe) -> Ints:
    """The column that each place of a prepared row belongs to, (F,)."""
    widths = [column.width for column in probe.form.columns]  # type: ignore[attr-defined]
    return np.repeat(np.arange(len(widths)), widths)


def usual_row(probe: Probe) -> Tensor:
    """What is usual in training rows, (1, F); 0, the mean of scaled numbers, where none of them is kept."""
    values = probe.batch["values"]
    usual = probe.usual.get("values")
    return torch.zeros_like(values) if usual is None else usual.unsqueeze(0).to(values)


EXPLAINERS: Mapping[str, Callable[[Probe], OnTable]] = {
    "integrated gradients": by_gradients,
    "occlusion": by_cells,
    "Shapley values": by_orders,
}

"""Arrays → tensors, and where they are computed on."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sharcs_core.structures import Inputs


def choose_device() -> torch.device:
    """The GPU if there is one, else the CPU; of several processes that ``torchrun`` started each has its own GPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ["LOCAL_RANK"])) if "LOCAL_RANK" in os.environ else torch.device("cuda")


def device_of(model: nn.Module) -> torch.device:
    """Where the weights of a model are."""
    return next(model.parameters()).device


def to_tensors(inputs: Inputs, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """The arrays of ``inputs`` as tensors, but for those of words."""
    return {name: to_tensor(values).to(device) for name, values in inputs.arrays.items() if values.dtype.kind != "U"}


def held_tensors(inputs: Inputs, device: torch.device) -> dict[str, Tensor]:
    """The arrays of ``inputs`` as tensors to take rows from: those that lie in files stay there, others are moved."""
    arrays = {name: values for name, values in inputs.arrays.items() if values.dtype.kind != "U"}
    return {
        name: torch.as_tensor(values) if isinstance(values, np.memmap) else to_tensor(values).to(device)
        for name, values in arrays.items()
    }


def rows_of(values: Tensor, rows: Tensor, device: torch.device) -> Tensor:
    """Rows of a tensor of :func:`held_tensors`, on the device and in a type that models read."""
    chosen = values[rows.to(values.device)]
    return (chosen.to(torch.int32) if chosen.dtype == torch.uint16 else chosen).to(device)


def to_tensor(values: NDArray[Any]) -> Tensor:
    """One array as a tensor; uint16, for which torch has few operations, as int32."""
    known = values.astype(np.int32) if values.dtype == np.uint16 else values
    return torch.as_tensor(np.require(known, requirements=["C", "W"]))

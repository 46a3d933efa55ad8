"""Arrays → tensors, and where they are computed on."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from sharcs_core.structures import Inputs


def choose_device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def device_of(model: nn.Module) -> torch.device:
    """Where the weights of a model are."""
    return next(model.parameters()).device


def to_tensors(inputs: Inputs, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """The arrays of ``inputs`` as tensors."""
    return {
        name: torch.as_tensor(np.require(values, requirements=["C", "W"])).to(device)
        for name, values in inputs.arrays.items()
    }

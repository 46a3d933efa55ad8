"""What is left of what a model says while parts of an input are taken away.

Shapes: P parts, S steps.
"""

from __future__ import annotations

import numpy as np
import torch

from sharcs_core.metrics.places import kept_in_steps
from sharcs_core.structures import Codes, Floats, Ints
from sharcs_core.where.explainers import KEPT
from sharcs_core.where.probe import Probe

N_STEPS = 20
"""In which all parts are taken away, or brought back."""


def certainty_kept(probe: Probe, kept: Codes) -> Floats:
    """The probability of what is said where only some parts are kept: (versions, P) → (versions,)."""
    amount = KEPT[probe.inputs.kind](probe)
    with torch.no_grad():
        rows = [
            amount(torch.as_tensor(part, dtype=torch.float32)) for part in np.array_split(kept, len(kept) // 64 + 1)
        ]
        certain: Floats = torch.sigmoid(torch.cat(rows).double()).cpu().numpy()
    return certain


def deletion_curve(probe: Probe, order: Ints, n_steps: int = N_STEPS) -> Floats:
    """The probability while parts go in that order, (S + 1,): first that of the whole input, then of nothing."""
    return certainty_kept(probe, kept_in_steps(order, n_steps))


def insertion_curve(probe: Probe, order: Ints, n_steps: int = N_STEPS) -> Floats:
    """The probability while parts come in that order, (S + 1,): first that of nothing, then of the whole input."""
    return certainty_kept(probe, ~kept_in_steps(order, n_steps))

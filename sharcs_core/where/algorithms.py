"""What explains, as captum and PyG have it, over what a probe can be asked.

captum brings matplotlib along when it is imported, so that it is imported where it is first used.

Shapes: P parts of an input, R versions of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sharcs_core.encoders.encoder import Batch, Encoder
from sharcs_core.structures import Floats, Ints
from sharcs_core.where.probe import Probe

N_STEPS = 24
"""Of integrated gradients between nothing and the input."""
AT_ONCE = 64
"""Versions of an input that are scored at one time."""
MOST_SCORED, MOST_ORDERS = 320, 25
"""Versions of an input that Shapley values may take, and orders of its parts that are enough."""


def reached(probe: Probe, prepared: Batch) -> tuple[str, ...]:
    """The names of what gradients are to reach."""
    assert isinstance(probe.encoder, Encoder)
    return tuple(name for name in probe.encoder.reached if name in prepared)


def of_reached(probe: Probe, prepared: Batch, names: tuple[str, ...]) -> Callable[..., Tensor]:
    """A function of what gradients reach, (R, …) each, all else that is prepared staying as it is."""
    fixed = {name: values for name, values in prepared.items() if name not in names}

    def amount(*values: Tensor) -> Tensor:
        kept = {name: one.expand(len(values[0]), *one.shape[1:]) for name, one in fixed.items()}
        return probe.of_prepared({**kept, **dict(zip(names, values, strict=True))})

    return amount


def integrated_gradients(probe: Probe, prepared: Batch, nothing: Batch) -> dict[str, Tensor]:
    """What each number of a prepared input adds, from ``nothing`` on (Sundararajan et al. 2017); 1 of each."""
    from captum.attr import IntegratedGradients

    names = reached(probe, prepared)
    added = IntegratedGradients(of_reached(probe, prepared, names)).attribute(
        tuple(prepared[name] for name in names),
        baselines=tuple(nothing[name] for name in names),
        n_steps=N_STEPS,
        internal_batch_size=None,
    )
    return dict(zip(names, (one.detach() for one in added), strict=True))


def summed(values: Floats, group: Ints, n_groups: int) -> Floats:
    """The sum of the values of each group, (n_groups,); ``group`` is as long as ``values``."""
    totals: Floats = np.bincount(group, weights=values, minlength=n_groups).astype(np.float64)
    return totals


Kept = Callable[[Tensor], Tensor]
"""Which of P parts are kept, (R, P) of 0 and 1 → how much is said, log-odds (R,)."""


def occlusion(n_parts: int, amount: Kept) -> Floats:
    """What is lost of the probability when a part alone is taken away, (P,)."""
    from captum.attr import FeatureAblation

    if not n_parts:
        return np.zeros(0)
    with torch.no_grad():
        lost = FeatureAblation(_probability(amount)).attribute(
            torch.ones(1, n_parts, dtype=torch.float64), perturbations_per_eval=AT_ONCE
        )
    return _amounts(lost)


def shapley(n_parts: int, amount: Kept) -> Floats:
    """What a part adds to the probability on average, whichever others are there already, (P,) (Shapley 1953).

    Over random orders in which parts come (Castro et al. 2009), as many as ``MOST_SCORED`` versions allow.
    """
    from captum.attr import ShapleyValueSampling

    if not n_parts:
        return np.zeros(0)
    n_orders = max(1, min(MOST_ORDERS, MOST_SCORED // n_parts))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        added = ShapleyValueSampling(_probability(amount)).attribute(
            torch.ones(1, n_parts, dtype=torch.float64), n_samples=n_orders, perturbations_per_eval=AT_ONCE
        )
    return _amounts(added)


def _probability(amount: Kept) -> Kept:
    """How probable it is that what is said is so: log-odds tell apart what is sure anyway, and so nothing from much."""
    return lambda kept: torch.sigmoid(amount(kept.float()).double())


def _amounts(values: Tensor) -> Floats:
    amounts: Floats = values[0].double().cpu().numpy()
    return amounts

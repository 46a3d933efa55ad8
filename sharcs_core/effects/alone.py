"""What each single change of a sample's concepts would do, the others staying as they are.

Shapes: T shared concepts, E changes. The concepts of one sample are a mapping modality → (T,); a modality that is not
in it is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.counterfactuals import Change, change_of
from sharcs_core.interventions import probabilities_of
from sharcs_core.structures import Floats, TreePath
from sharcs_core.switches import SwitchedSamples, combinations_of, switches_of

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


@dataclass(frozen=True)
class LoneEffect:
    """What the model says if one change alone is made.

    Attributes:
        class_index: what it says then.
        probability: of that class.
        is_other: whether that is another class than without the change.
    """

    change: Change
    class_index: int
    probability: float
    is_other: bool


def effects_alone(run: Run, shared: Mapping[str, Floats], *, exclude: int | None = None) -> tuple[LoneEffect, ...]:
    """What every single change of a sample's concepts does, the others staying as they are: (E,).

    A taught factor of V values has V - 1 changes, one to each value that it does not say; a free concept has one.
    They come modality by modality, as :func:`~sharcs_core.switches.switches_of` has them.

    Args:
        shared: modality → (T,) of what is present; only that is changed.
        exclude: the bank sample that must not be a companion, since it is the sample itself.

    Raises:
        ValueError: where every modality is absent, or for a modality that the run lacks.
    """
    rows = {name: np.asarray(concepts, dtype=np.float32)[None] for name, concepts in shared.items()}  # (1, T) each
    samples = SwitchedSamples(switches_of(run.model.config, tuple(shared)), rows)
    after = samples.after(np.array([0]), combinations_of(samples.switches, 1))  # (E, T) each
    every = {name: np.concatenate([rows[name], after[name]]) for name in rows}  # (1 + E, T) each
    probabilities = probabilities_of(run, every, exclude=exclude)
    now, *classes = probabilities.argmax(1).tolist()
    return tuple(
        LoneEffect(change_of(samples, place), index, float(probabilities[1 + place, index]), index != now)
        for place, index in enumerate(classes)
    )


def steps_in_common(one: TreePath, other: TreePath) -> int:
    """How many questions two ways through one tree answer alike before they part."""
    pairs = zip(one.steps, other.steps, strict=False)
    alike = [(a.node, a.value) == (b.node, b.value) for a, b in pairs]
    return alike.index(False) if False in alike else len(alike)

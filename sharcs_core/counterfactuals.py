"""Counterfactuals: the fewest edits of what a sample's concepts say that change the model's class.

All combinations of one edit are tried, then all of two, then all of three (:mod:`sharcs_core.switches` says what an
edit is), so that what is found is the fewest, exactly.

Shapes: n samples, T concepts of a modality, M modalities, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core import inference
from sharcs_core.config import HAS_CONCEPTS
from sharcs_core.errors import UserError
from sharcs_core.interventions import Edit, edits_of_value, probabilities_of
from sharcs_core.model import Multimodal
from sharcs_core.questions import codes_in
from sharcs_core.structures import THRESHOLD, Codes, Floats, Ints
from sharcs_core.switches import Combinations, SwitchedSamples, combinations_of, occur_among, switches_of

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run

MOST_EDITS = 3
"""Combinations of more edits are not searched."""

BEYOND = MOST_EDITS + 1
"""What a sample counts that no combination of ``MOST_EDITS`` edits brings to another class."""

ROWS_AT_ONCE = 8_000
"""Rows of concepts that are predicted from at one time; what leaves the cache of a CPU costs twice as much."""

SAMPLES_AT_ONCE = 1000
"""Samples whose edits are held in memory at one time."""


@dataclass(frozen=True)
class Change:
    """What one edit does to one modality.

    Attributes:
        factor: the taught factor whose value changes; None for a free concept.
        concept: the free concept that is switched; None for a taught factor.
        before, after: values of the factor; of a concept 0 (off) and 1 (on).
        edits: those of concepts that carry it out.
    """

    modality: str
    factor: str | None
    concept: int | None
    before: int
    after: int
    edits: tuple[Edit, ...]

    @property
    def thing(self) -> str | int:
        """What changes: the factor by its name, or the free concept."""
        if self.factor is not None:
            return self.factor
        assert self.concept is not None
        return self.concept


@dataclass(frozen=True)
class Counterfactual:
    """Changes of what a sample's concepts say that lead the model to another class.

    Attributes:
        class_index: the class that they lead to.
        probability: of that class.
        seen: whether of each edited modality some training input has the code that the changes lead to.
    """

    changes: tuple[Change, ...]
    class_index: int
    probability: float
    seen: bool

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Those of all changes, as :func:`~sharcs_core.interventions.apply_edits` takes them."""
        return tuple(edit for change in self.changes for edit in change.edits)


def counterfactuals(
    run: Run,
    shared: Mapping[str, Floats],
    *,
    to_class: int | None = None,
    most: int = MOST_EDITS,
    n: int = 5,
    exclude: int | None = None,
) -> tuple[Counterfactual, ...]:
    """The fewest edits of one sample's concepts that change the class that the model says.

    Only modalities that are present are edited; companions stand for the others, as they do for any outcome.

    Args:
        shared: modality → (T,) of what is present.
        to_class: the class to come to; None is any other.
        most: so many edits at most, up to ``MOST_EDITS``.
        n: so many of the combinations at most, all of the same number of edits.
        exclude: the bank sample that must not be a companion, since it is the sample itself.

    Returns:
        Those that lead to codes seen in training first, then by the probability of the class they lead to. Empty
        where no combination of ``most`` edits is enough.

    Raises:
        ValueError: for a run without concepts, an unknown class, the class that the model says already, ``most`` or
            ``n`` out of range, or concepts of no modality of the run or of another width.
    """
    _check(run, shared, to_class, most, n)
    rows = {name: np.asarray(concepts, dtype=np.float32)[None] for name, concepts in shared.items()}  # (1, T) each
    now = int(probabilities_of(run, rows, exclude=exclude)[0].argmax())
    if to_class == now:
        raise UserError(f"The model says {run.card.target.names[now]!r} already; choose another class to come to")
    samples = SwitchedSamples(switches_of(run.model.config, tuple(shared)), rows)
    for size in range(1, most + 1):
        chosen = combinations_of(samples.switches, size)
        if not len(chosen):
            break
        probabilities = _after(run, samples, chosen, exclude)
        classes = probabilities.argmax(1)
        right = classes != now if to_class is None else classes == to_class
        if right.any():
            return _best(run, samples, chosen[right], probabilities[right], n)
    return ()


def change_of(samples: SwitchedSamples, place: int) -> Change:
    """What the switch at ``place`` does to the first of some samples."""
    switch = samples.switches[place]
    before, after = (int(value[0]) for value in switch.values(samples.shared[switch.modality]))
    return Change(
        switch.modality,
        factor=switch.factor.name if switch.is_taught else None,
        concept=None if switch.is_taught else switch.factor.first,
        before=before,
        after=after,
        edits=edits_of_value(switch.factor, switch.modality, after),
    )


def edits_needed_of(model: Multimodal, shared: Mapping[str, Floats]) -> NDArray[np.int64]:
    """The fewest edits that change the class of each of n samples, (n,); ``BEYOND`` where three do not.

    Args:
        shared: every modality of the model → (n, T).
    """
    n = len(next(iter(shared.values())))
    needed = np.empty(n, dtype=np.int64)
    for start in range(0, n, SAMPLES_AT_ONCE):
        part = slice(start, start + SAMPLES_AT_ONCE)
        needed[part] = _edits_needed(model, {name: concepts[part] for name, concepts in shared.items()})
    return needed


def training_codes(run: Run) -> dict[str, Codes]:
    """The codes of a run's training inputs, modality → (n, T): the questions that come first."""
    return codes_in(run.answers, run.model.config)


def _edits_needed(model: Multimodal, shared: Mapping[str, Floats]) -> NDArray[np.int64]:
    samples = SwitchedSamples(switches_of(model.config, tuple(shared)), shared)
    classes = inference.predicted_classes(model, shared)
    needed = np.full(len(samples), BEYOND, dtype=np.int64)
    for size in range(1, MOST_EDITS + 1):
        left = np.flatnonzero(needed == BEYOND)
        needed[left[_any_changes(model, samples, left, classes[left], combinations_of(samples.switches, size))]] = size
    return needed


def _any_changes(model: Multimodal, samples: SwitchedSamples, rows: Ints, classes: Ints, chosen: Combinations) -> Codes:
    """Which of some samples (u,) leave their ``classes`` (u,) by any of the combinations (c, size), (u,).

    A sample that was found to do so is not asked again, so that the others go on with more combinations at a time.
    """
    changed = np.zeros(len(rows), dtype=bool)
    start = 0
    while start < len(chosen) and not changed.all():
        left = np.flatnonzero(~changed)
        part = chosen[start : start + max(1, ROWS_AT_ONCE // len(left))]
        after = inference.predicted_classes(model, samples.after(rows[left], part))
        changed[left] = (after.reshape(len(left), len(part)) != classes[left, None]).any(1)
        start += len(part)
    return changed


def _after(run: Run, samples: SwitchedSamples, chosen: Combinations, exclude: int | None) -> Floats:
    """Class probabilities (c, C) of one sample after each combination (c, size)."""
    parts = [chosen[start : start + ROWS_AT_ONCE] for start in range(0, len(chosen), ROWS_AT_ONCE)]
    after = (samples.after(np.array([0]), part) for part in parts)
    return np.concatenate([probabilities_of(run, shared, exclude=exclude) for shared in after])


def _best(
    run: Run, samples: SwitchedSamples, chosen: Combinations, probabilities: Floats, n: int
) -> tuple[Counterfactual, ...]:
    """The ``n`` best of combinations (c, size) that lead to ``probabilities`` (c, C)."""
    seen = _seen(run, samples, chosen)
    order = np.lexsort((-probabilities.max(1), ~seen))  # what was seen comes first, then what is likely
    return tuple(
        Counterfactual(
            changes=tuple(change_of(samples, int(place)) for place in chosen[row]),
            class_index=int(probabilities[row].argmax()),
            probability=float(probabilities[row].max()),
            seen=bool(seen[row]),
        )
        for row in order[:n]
    )


def _seen(run: Run, samples: SwitchedSamples, chosen: Combinations) -> Codes:
    """(c,) whether combinations (c, size) lead every modality that they edit to a code that training has."""
    after, seen = samples.after(np.array([0]), chosen), np.ones(len(chosen), dtype=bool)
    for name, codes in training_codes(run).items():
        if name in after:
            edits_it = np.array([switch.modality == name for switch in samples.switches])[chosen].any(1)
            seen &= ~edits_it | occur_among(after[name] > THRESHOLD, codes)
    return seen


def _check(run: Run, shared: Mapping[str, Floats], to_class: int | None, most: int, n: int) -> None:
    config = run.model.config
    if config.wiring not in HAS_CONCEPTS:
        raise UserError(f"A model of wiring {config.wiring!r} has no concepts to edit; choose one of {HAS_CONCEPTS}")
    for name, concepts in shared.items():
        if name in config.modalities and np.shape(concepts) != (config.width,):
            raise ValueError(f"{name!r} has concepts of shape ({config.width},) (got {np.shape(concepts)})")
    if to_class is not None and to_class not in range(config.n_classes):
        raise UserError(f"Classes are 0 to {config.n_classes - 1} (got {to_class})")
    if most not in range(1, MOST_EDITS + 1):
        raise UserError(f"most must be 1 to {MOST_EDITS} edits (got {most})")
    if n < 1:
        raise UserError(f"n must be at least 1 (got {n})")

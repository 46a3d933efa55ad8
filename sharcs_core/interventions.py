"""What happens when concepts are given other values: class probabilities and tree path, before and after.

Shapes: n samples, T shared concepts, C classes. The concepts of one sample are a mapping modality → (T,); a
modality that is not in it is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core import inference
from sharcs_core.errors import UserError
from sharcs_core.named import concepts_for
from sharcs_core.structures import Factor, Floats, TreePath

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


@dataclass(frozen=True)
class Edit:
    """Set one concept of one modality to ``value``, in [0, 1].

    Raises:
        ValueError: for a value outside [0, 1] or a negative concept.
    """

    modality: str
    concept: int
    value: float

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise UserError(f"A concept lies between 0 (off) and 1 (on) (got {self.value})")
        if self.concept < 0:
            raise UserError(f"Concepts are counted from 0 (got {self.concept})")


@dataclass(frozen=True)
class Outcome:
    """What the model and the tree say of one sample's concepts.

    Attributes:
        probabilities: (C,) of the model.
        path: the way through the tree.
        shared: modality → (T,) the concepts it was asked about.
    """

    probabilities: Floats
    path: TreePath
    shared: Mapping[str, Floats]

    @property
    def class_index(self) -> int:
        return int(np.argmax(self.probabilities))


@dataclass(frozen=True)
class Effect:
    """The outcome before and after some edits."""

    before: Outcome
    after: Outcome
    edits: tuple[Edit, ...]

    @property
    def change(self) -> Floats:
        """(C,) what the edits add to each class's probability."""
        return self.after.probabilities - self.before.probabilities


def apply_edits(shared: Mapping[str, Floats], edits: Iterable[Edit]) -> dict[str, Floats]:
    """The concepts with the edits made in order, so a later one wins; ``shared`` stays as it is.

    Raises:
        ValueError: for an absent modality or a concept that is not there.

    >>> apply_edits({"table": np.array([0.0, 1.0])}, [Edit("table", 0, 0.75)])
    {'table': array([0.75, 1.  ])}
    """
    edited = {  # a copy each, of whole numbers too as floats: an edit may lie between
        name: np.array(concepts, dtype=np.result_type(concepts, np.float16)) for name, concepts in shared.items()
    }
    for edit in edits:
        concepts = _present(edited, edit.modality)
        if edit.concept >= len(concepts):
            raise UserError(f"{edit.modality!r} has concepts 0 to {len(concepts) - 1} (got {edit.concept})")
        concepts[edit.concept] = edit.value
    return edited


def copy_concepts(shared: Mapping[str, Floats], modality: str, from_concepts: Floats) -> tuple[Edit, ...]:
    """The edits that give ``modality`` the concepts (T,) of another input, such as a neighbour's.

    Only the concepts that differ are edited. Raises ValueError for an absent modality or another width.
    """
    current, wanted = _present(shared, modality), np.asarray(from_concepts)
    if np.shape(current) != wanted.shape:
        raise ValueError(f"{modality!r} has concepts of shape {np.shape(current)} (got {wanted.shape})")
    differ = np.flatnonzero(current != wanted)
    return tuple(Edit(modality, int(concept), float(wanted[concept])) for concept in differ)


def edits_of_value(factor: Factor, modality: str, value: int) -> tuple[Edit, ...]:
    """The edits with which a modality says one value of a taught factor: all of the factor's concepts are set."""
    return tuple(Edit(modality, concept, activation) for concept, activation in concepts_for(factor, value).items())


def outcome_of(run: Run, shared: Mapping[str, Floats], *, exclude: int | None = None) -> Outcome:
    """What a run says of one sample; the companions in the bank stand for absent modalities.

    Args:
        exclude: the bank sample that must not be a companion, since it is the sample itself.

    Raises:
        ValueError: where every modality is absent, or for a modality that the run lacks.
    """
    rows = {name: np.asarray(concepts)[None] for name, concepts in shared.items()}  # (1, T) each
    probabilities = probabilities_of(run, rows, exclude=exclude)[0]
    return Outcome(probabilities, run.tree.path(shared), dict(shared))


def probabilities_of(run: Run, shared: Mapping[str, Floats], *, exclude: int | None = None) -> Floats:
    """Class probabilities (n, C) of samples, modality → (n, T); companions stand for absent modalities.

    Args:
        exclude: the bank sample that must not be a companion of any of them.

    Raises:
        ValueError: where every modality is absent, or for a modality that the run lacks.
    """
    modalities = run.model.config.modalities
    unknown = [name for name in shared if name not in modalities]
    if unknown or not shared:
        raise UserError(f"Give the concepts of at least one of {list(modalities)} (got {list(shared)})")
    if len(shared) == len(modalities):
        return inference.probabilities(run.model, shared)
    n = len(next(iter(shared.values())))
    left_out = None if exclude is None else [exclude] * n
    return inference.probabilities_absent(run.model, shared, run.bank, exclude=left_out)


def effect_of(run: Run, shared: Mapping[str, Floats], edits: Iterable[Edit], *, exclude: int | None = None) -> Effect:
    """The outcome of a sample before and after edits of its concepts; ``shared`` may lack modalities.

    ``exclude`` is as in :func:`outcome_of`.
    """
    made = tuple(edits)
    before, after = (outcome_of(run, values, exclude=exclude) for values in (shared, apply_edits(shared, made)))
    return Effect(before, after, made)


def _present(shared: Mapping[str, Floats], modality: str) -> Floats:
    if modality not in shared:
        raise UserError(
            f"The concepts of {modality!r} are absent, so there is nothing to edit; choose one of {sorted(shared)}"
        )
    return shared[modality]

"""What edits of concepts would do: each alone, all together beside real samples, and in words.

An *edit* sets one concept (:mod:`sharcs_core.interventions`); a *change* is what a person means by some of them: a
taught factor says another value, a free concept is switched. Whatever is asked about one sample is answered in one
pass of the model.

Shapes: n training samples, m bank samples, T shared concepts, E changes, C classes. The concepts of one sample are a
mapping modality → (T,); a modality that is not in it is absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sharcs_core.counterfactuals import Change, change_of, training_codes
from sharcs_core.interventions import Edit, apply_edits, probabilities_of
from sharcs_core.named import factor_named, values_said
from sharcs_core.naming import value_words
from sharcs_core.retrieval import nearest_rows, side_of
from sharcs_core.structures import THRESHOLD, Bank, Codes, Factor, Floats, Ints, TreePath
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


@dataclass(frozen=True)
class Occurrence:
    """How often training has the code that a sample's concepts make.

    Attributes:
        n_samples: training samples there are.
        alone: modality → how many of its training inputs have its code.
        together: training samples that have all of these codes at once.
    """

    n_samples: int
    alone: Mapping[str, int]
    together: int

    @property
    def unseen(self) -> tuple[str, ...]:
        """The modalities whose code no training input has."""
        return tuple(name for name, count in self.alone.items() if not count)


@dataclass(frozen=True)
class RealSample:
    """A sample of the bank that resembles given concepts.

    Attributes:
        row: its place in the bank.
        distance: Euclidean, the mean over the modalities that are given.
        same: the modalities in which it has the very code.
    """

    row: int
    sample_id: str
    distance: float
    same: tuple[str, ...]


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
    asked = {name: np.concatenate([rows[name], after[name]]) for name in rows}  # (1 + E, T) each
    probabilities = probabilities_of(run, asked, exclude=exclude)
    said, *classes = probabilities.argmax(1).tolist()
    return tuple(
        LoneEffect(change_of(samples, place), index, float(probabilities[1 + place, index]), index != said)
        for place, index in enumerate(classes)
    )


def steps_in_common(one: TreePath, other: TreePath) -> int:
    """How many questions two ways through one tree answer alike before they part."""
    pairs = zip(one.steps, other.steps, strict=False)
    alike = [(a.node, a.value) == (b.node, b.value) for a, b in pairs]
    return alike.index(False) if False in alike else len(alike)


def occurrence_of(run: Run, shared: Mapping[str, Floats]) -> Occurrence:
    """How often training has the codes of a sample's concepts, each alone and all together.

    Raises:
        ValueError: where every modality is absent, or for one that the run lacks.
    """
    codes = training_codes(run)
    unknown = [name for name in shared if name not in codes]
    if unknown or not shared:
        raise ValueError(f"Give the concepts of at least one of {list(codes)} (got {list(shared)})")
    same = {name: _has_code(codes[name], concepts) for name, concepts in shared.items()}  # (n,) each
    together = np.logical_and.reduce(list(same.values()))
    return Occurrence(
        n_samples=len(together),
        alone={name: int(own.sum()) for name, own in same.items()},
        together=int(together.sum()),
    )


def nearest_samples(
    run: Run,
    shared: Mapping[str, Floats],
    *,
    edited: Collection[str] = (),
    k: int = 3,
    exclude: int | None = None,
) -> tuple[RealSample, ...]:
    """The ``k`` bank samples that show a sample's concepts best.

    First come those that have the very code in most of the ``edited`` modalities, of these those that have it in
    most of the others, and of these the nearest; equal ones by lower row.

    Args:
        shared: modality → (T,) of what is compared.
        exclude: the bank sample that is left out, since it is the sample itself.

    Raises:
        ValueError: for ``k`` below 1, where every modality is absent, or for one that the bank lacks.
    """
    sides = run.bank.sides
    if k < 1:
        raise ValueError(f"k must be at least 1 (got {k})")
    if not shared or not set(shared) <= set(sides):
        raise ValueError(f"Give the concepts of at least one of {list(sides)} (got {list(shared)})")
    same = {name: _has_code(sides[name].shared > THRESHOLD, concepts) for name, concepts in shared.items()}  # (m,)
    apart = [np.linalg.norm(sides[name].shared - np.asarray(concepts), axis=1) for name, concepts in shared.items()]
    distance = np.mean(apart, axis=0)  # (m,)
    asked = np.sum([same[name] for name in shared if name in edited], axis=0) + np.zeros(len(distance))
    order = np.lexsort((distance, -np.sum(list(same.values()), axis=0), -asked))
    return tuple(
        RealSample(
            int(row),
            str(run.bank.sample_ids[row]),
            float(distance[row]),
            tuple(name for name, own in same.items() if own[row]),
        )
        for row in order[order != exclude][:k]
    )


def contrast(bank: Bank, modality: str, concept: int) -> tuple[int | None, int | None]:
    """Two bank rows that differ in one concept, which is off in the first and on in the second, and in little else.

    Only inputs that are at least as clear about it as half of those of their kind are looked at; of all pairs of them
    the one whose other concepts are nearest, equal ones by lower rows. None stands for a state that no input has.

    Raises:
        ValueError: for a modality or a concept that the bank lacks.
    """
    shared = np.asarray(side_of(bank, modality).shared, dtype=np.float64)
    if not 0 <= concept < shared.shape[1]:
        raise ValueError(f"{modality!r} has concepts 0 to {shared.shape[1] - 1} (got {concept})")
    own, others = shared[:, concept], np.delete(shared, concept, axis=1)
    off, on = (_clearest(own, np.flatnonzero((own > THRESHOLD) == is_on)) for is_on in (False, True))
    if not len(off) or not len(on):
        return (int(off[0]) if len(off) else None), (int(on[0]) if len(on) else None)
    nearest, distances = nearest_rows(others[off], others[on], k=1)
    place = int(distances[:, 0].argmin())
    return int(off[place]), int(on[nearest[place, 0]])


def _clearest(activations: Floats, rows: Ints) -> NDArray[np.int64]:
    """Of some rows the half whose activations (n,) of a concept are farthest from the threshold."""
    margins = np.abs(activations[rows] - THRESHOLD)
    return np.asarray(rows[margins >= np.median(margins)] if len(rows) else rows, dtype=np.int64)


def things_edited(factors: Sequence[Factor], edits: Iterable[Edit]) -> dict[tuple[str, Factor | int], tuple[Edit, ...]]:
    """What edits are about: (modality, taught factor or free concept) → its edits, in order.

    >>> things_edited([Factor("shape", 3, 0)], [Edit("image", 1, 1.0), Edit("image", 2, 0.0), Edit("image", 3, 1.0)])
    ... # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    {('image', Factor(name='shape', ...)): (Edit(...concept=1...), Edit(...concept=2...)),
     ('image', 3): (Edit(...concept=3...),)}
    """
    of_concept = {concept: factor for factor in factors for concept in factor.concepts}
    found: dict[tuple[str, Factor | int], tuple[Edit, ...]] = {}
    for edit in edits:
        thing = edit.modality, of_concept.get(edit.concept, edit.concept)
        found[thing] = (*found.get(thing, ()), edit)
    return found


def values_alone(run: Run, factor: Factor, modality: str) -> tuple[str, ...]:
    """Words for the values of a taught factor, (V,), without the factor's name: ``7`` rather than ``digit 7``."""
    return tuple(
        word.removeprefix(f"{factor.name} ") for word in value_words(run.task, factor, modality, run.concept_names)
    )


def changes_in_words(run: Run, changes: Iterable[Change]) -> str:
    """Changes as an expert says them, by modality.

    Such as ``Scene: material metal → rubber, size small → large; Question: colour red → blue``, or of a free
    concept ``Scene: “mostly sphere” off → on``.
    """
    return _by_modality(run, [(change.modality, _change_in_words(run, change)) for change in changes])


def edits_in_words(run: Run, shared: Mapping[str, Floats], edits: Iterable[Edit], most: int = 3) -> str:
    """What edits of a sample's concepts change, as :func:`changes_in_words` says it; the first few of many.

    A concept that is set between off and on, and one of a factor that says the same value after all, is told by its
    number: ``Scene: “red” 0.25``.

    Args:
        shared: modality → (T,) before the edits.
        most: so many changes are told; how many more there are is said.
    """
    said = [
        (modality, _edit_in_words(run, shared[modality], thing, own))
        for (modality, thing), own in things_edited(run.model.config.factors, edits).items()
    ]
    more = len(said) - most
    return _by_modality(run, said[:most]) + (f" and {more} more" if more > 0 else "")


def _change_in_words(run: Run, change: Change) -> str:
    if change.factor is None:
        assert change.concept is not None
        states = ("off", "on")
        return f"“{run.concept_names[change.concept]}” {states[change.before]} → {states[change.after]}"
    factor = factor_named(run.model.config.factors, change.factor)
    words = values_alone(run, factor, change.modality)
    return f"{factor.name} {words[change.before]} → {words[change.after]}"


def _edit_in_words(run: Run, concepts: Floats, thing: Factor | int, edits: Sequence[Edit]) -> str:
    """What the edits of one factor, or of one free concept, change in a modality's concepts (T,)."""
    modality = edits[0].modality
    after = apply_edits({modality: concepts}, edits)[modality]
    factor = thing if isinstance(thing, Factor) else Factor("", 2, thing)  # off and on are two values
    was, now = (int(values_said(np.asarray(values)[None], factor)[0]) for values in (concepts, after))
    is_between = isinstance(thing, int) and after[thing] not in (0, 1)
    if was == now or is_between:
        return ", ".join(f"“{run.concept_names[edit.concept]}” {edit.value:.2g}" for edit in edits)
    name, concept = (thing.name, None) if isinstance(thing, Factor) else (None, thing)
    return _change_in_words(run, Change(modality, name, concept, was, now, tuple(edits)))


def _by_modality(run: Run, said: Iterable[tuple[str, str]]) -> str:
    """Words for changes, each with its modality, those of one modality behind its title."""
    groups = groupby(said, key=lambda one: one[0])
    return "; ".join(f"{run.task.modality(name).title}: {', '.join(words for _, words in own)}" for name, own in groups)


def _has_code(codes: Codes, concepts: Floats) -> Codes:
    """Which of the codes (n, T) are that of concepts (T,), (n,)."""
    same: Codes = (codes == (np.asarray(concepts) > THRESHOLD)).all(1)
    return same

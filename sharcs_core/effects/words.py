"""Edits and changes of concepts in words.

Shapes: T shared concepts, V values of a factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from sharcs_core.counterfactuals import Change
from sharcs_core.interventions import Edit, apply_edits
from sharcs_core.named import factor_named, values_said
from sharcs_core.naming import value_words
from sharcs_core.structures import Factor, Floats

if TYPE_CHECKING:
    from sharcs_core.checkpoints import Run


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
    texts = [
        (modality, _edit_in_words(run, shared[modality], thing, own))
        for (modality, thing), own in things_edited(run.model.config.factors, edits).items()
    ]
    more = len(texts) - most
    return _by_modality(run, texts[:most]) + (f" and {more} more" if more > 0 else "")


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


def _by_modality(run: Run, texts: Iterable[tuple[str, str]]) -> str:
    """Words for changes, each with its modality, those of one modality behind its title."""
    groups = groupby(texts, key=lambda one: one[0])
    return "; ".join(f"{run.card.modality(name).title}: {', '.join(words for _, words in own)}" for name, own in groups)

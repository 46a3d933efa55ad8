"""Concepts in words, from the meanings of the bank inputs that switch a concept on.

Shapes: n inputs, T shared concepts, V values of a factor; k keys that the bank holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.marks import MarkTable, activations_of
from sharcs_core.meanings import UNKNOWN
from sharcs_core.named import mean_by_key
from sharcs_core.retrieval import side_of
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats, Ints
from sharcs_core.tasks.task import Task

MOST_NAMES = 6
"""A list of more names is cut short."""
MOST_CHARACTERS = 80
"""What says more than that is no longer read; something shorter is said."""
NEARLY = 0.95
"""Share of the keys for which a rule must hold to be said of a concept at all."""


@dataclass(frozen=True)
class Meaning:
    """What a concept says: as a sentence part, ``off for digit 1``, and as a name, ``not digit 1``."""

    sentence: str
    name: str


def key_activation(bank: Bank, modality: str | None = None) -> tuple[Ints, NDArray[np.float64]]:
    """The semantics keys in the bank, rising, and the mean activations (n_keys, T) of the inputs of each.

    They are those of one modality, or of all together: inputs of equal key mean the same whatever their modality.
    Inputs of which nothing is known are left out.
    """
    sides = list(bank.sides.values()) if modality is None else [side_of(bank, modality)]
    keys, shared = np.concatenate([side.semantics for side in sides]), np.concatenate([side.shared for side in sides])
    return mean_by_key(keys, shared)


def concept_meaning(bank: Bank, task: Task, modality: str, concept: int) -> str:
    """What a concept says in one modality, one of its :func:`concept_meanings`.

    Raises:
        ValueError: for a modality or a concept that is not there.
    """
    found = concept_meanings(bank, task, modality)
    if not 0 <= concept < len(found):
        raise UserError(f"{modality!r} has concepts 0 to {len(found) - 1} (got {concept})")
    return found[concept]


def concept_meanings(bank: Bank, task: Task, modality: str) -> tuple[str, ...]:
    """What each concept says in one modality, (T,), such as ``on for digit 3, 5, 8``.

    A key counts as on where its mean activation in the bank is above 0.5. Where that holds for more than half
    of the keys, the others are named instead: ``off for digit 1``. Where keys are made of several known factors,
    one or two of them say it if they can (``on for metal``, ``on for large if red, blue``), with ``mostly``
    before it where that holds for not quite all keys. What none of this says shortly is told as a share. Where nothing
    is known of what inputs mean, it is what sets the samples apart that have it on, in all modalities together, see
    :mod:`sharcs_core.marks`.

    Raises:
        ValueError: for a modality that is not there.
    """
    return tuple(meaning.sentence for meaning in _meanings(bank, task, modality))


def pooled_meanings(bank: Bank, task: Task) -> tuple[Meaning, ...]:
    """What each concept says in all modalities together, (T,), in the words of the first one.

    It is found as in :func:`concept_meanings`, from the inputs of all modalities.
    """
    return _meanings(bank, task, None)


def _meanings(bank: Bank, task: Task, modality: str | None) -> tuple[Meaning, ...]:
    keys, activations = key_activation(bank, modality)
    key_names = task.card.modality(modality or next(iter(bank.sides))).key_names
    found = tuple(_meaning(task, key_names, keys, activation) for activation in activations.T)
    if not task.card.own_keys:
        return found
    marks = MarkTable.of(bank, task.card).marks(activations_of(bank))
    return tuple(
        Meaning(own.in_short, own.name) if own.name else of_key for own, of_key in zip(marks, found, strict=True)
    )


def _meaning(task: Task, key_names: Sequence[str], keys: Ints, activation: Floats) -> Meaning:
    """What a concept says whose mean activations (k,) at the ``keys`` (k,) are known."""
    if not len(keys):
        return Meaning("nothing is known of what it says", "unnamed")
    on = activation > THRESHOLD
    if on.all() or not on.any():
        always = "always on" if len(on) and on.all() else "never on"
        return Meaning(always, always)
    fullest = _fullest(task, keys)
    by_name = _on_or_off([key_names[key] for key in keys[fullest]], on[fullest])
    if task.card.own_keys:
        return _resembling(by_name)
    if len(task.card.factors) < 2:
        return by_name
    return _by_factors(task, keys, activation, on, by_name)


def _fullest(task: Task, keys: Ints) -> Codes:
    """Which keys (k,) say something of as many factors as any; what the others say is among what these say."""
    n_said = np.zeros(len(keys), dtype=np.int64)
    for values in task.card.factors.values():
        n_said += np.asarray(values)[keys] != UNKNOWN
    fullest: Codes = n_said == n_said.max()
    return fullest


def _on_for(words: str) -> Meaning:
    return Meaning(f"on for {words}", words)


def _off_for(words: str) -> Meaning:
    return Meaning(f"off for {words}", f"not {words}")


def _on_or_off(names: Sequence[str], on: Codes) -> Meaning:
    """Which of ``names`` (k,) are on, or, where those are more than half, which are off."""
    is_on = bool(on.sum() <= len(on) / 2)
    words = _listed([name for name, o in zip(names, on, strict=True) if o == is_on])
    return _on_for(words) if is_on else _off_for(words)


def _resembling(meaning: Meaning) -> Meaning:
    """The same where keys are classes of samples: what is on for inputs of a class says what resembles it.

    >>> _resembling(Meaning("off for class 1", "not class 1"))
    Meaning(sentence='off for inputs of class 1', name='not like class 1')
    """
    state, _, words = meaning.sentence.partition(" for ")
    return Meaning(f"{state} for inputs of {words}", f"{'not ' * (state == 'off')}like {words}")


def _listed(names: Sequence[str]) -> str:
    """Names side by side, the first few of many; a word that numbers share is said once: ``digit 3, 5``."""
    heads = {name.partition(" ")[0] for name in names}
    numbers = [name.partition(" ")[2] for name in names]
    one_head = len(heads) == 1 and all(number.replace(" ", "").isdigit() for number in numbers)
    parts = [names[0], *numbers[1:]] if one_head else list(names)
    more = len(parts) - MOST_NAMES
    return ", ".join(parts) if more <= 0 else f"{', '.join(parts[:MOST_NAMES])} and {more} more"


def _by_factors(task: Task, keys: Ints, activation: Floats, on: Codes, by_name: Meaning) -> Meaning:
    """One factor where it says all, else a key or two, else the shortest that is true, else the share that is on."""
    by_one, by_two = list(_by_one(task, keys, activation, on)), list(_by_two(task, keys, activation, on))
    whole = [meaning for agrees, meaning in by_one if agrees == 1]
    if whole:
        return whole[0]
    if min(on.sum(), len(on) - on.sum()) <= 2 and len(by_name.sentence) <= MOST_CHARACTERS:
        return by_name
    candidates = [*by_one, *by_two, *([] if " more" in by_name.sentence else [(1.0, by_name)])]
    short = [(agrees, meaning) for agrees, meaning in candidates if len(meaning.sentence) <= MOST_CHARACTERS]
    exact = [meaning for agrees, meaning in short if agrees == 1]
    near = [_mostly(meaning) for agrees, meaning in short if agrees >= NEARLY]
    found = exact or near
    return min(found, key=lambda meaning: len(meaning.sentence)) if found else _as_share(task, keys, on)


def _mostly(meaning: Meaning) -> Meaning:
    return Meaning(f"mostly {meaning.sentence}", f"mostly {meaning.name}")


def _by_one(task: Task, keys: Ints, activation: Floats, on: Codes) -> Iterator[tuple[float, Meaning]]:
    """What each factor alone says: the share of keys for which it holds, and the words."""
    for factor in task.card.factors:
        of_key = np.asarray(task.card.factors[factor])[keys]
        says = of_key != UNKNOWN
        there = np.unique(of_key[says])
        is_on = np.array([activation[of_key == value].mean() > THRESHOLD for value in there], dtype=bool)
        if is_on.any() and not is_on.all():
            names = task.card.value_names(factor)
            yield (
                float((is_on[np.searchsorted(there, of_key[says])] == on[says]).mean()),
                _on_or_off([names[v] for v in there], is_on),
            )


def _by_two(task: Task, keys: Ints, activation: Floats, on: Codes) -> Iterator[tuple[float, Meaning]]:
    """What each ordered pair of factors says: ``on for large if red, blue; small if green``."""
    for first, second in permutations(task.card.factors, 2):
        a, b = (np.asarray(task.card.factors[factor])[keys] for factor in (first, second))
        says = (a != UNKNOWN) & (b != UNKNOWN)
        if not says.any():
            continue
        a, b = a[says], b[says]
        names = task.card.value_names(first), task.card.value_names(second)
        sums, counts = np.zeros((2, len(names[0]), len(names[1])))
        np.add.at(sums, (a, b), activation[says])
        np.add.at(counts, (a, b), 1)
        is_on = sums > THRESHOLD * counts
        agrees = float((is_on[a, b] == on[says]).mean())
        needs_both = (is_on != is_on[:1]).any() and (is_on != is_on[:, :1]).any()
        if agrees >= NEARLY and needs_both:
            for meaning_of, cells in ((_on_for, is_on), (_off_for, ~is_on & (counts > 0))):
                yield agrees, meaning_of(_cells(cells, counts > 0, names))


def _cells(chosen: Codes, there: Codes, names: tuple[Sequence[str], Sequence[str]]) -> str:
    """Pairs of values in words: values of the first factor that need no second one, then those with one."""
    groups: dict[str, list[str]] = {"": []}
    for first, row, known in zip(names[0], chosen, there, strict=True):
        if row.any():
            with_it = [name for name, own in zip(names[1], row, strict=True) if own]
            groups.setdefault("" if row[known].all() else f" if {_listed(with_it)}", []).append(first)
    return "; ".join(f"{_listed(firsts)}{with_it}" for with_it, firsts in groups.items() if firsts)


def _as_share(task: Task, keys: Ints, on: Codes) -> Meaning:
    """How many keys are on, and the value of a factor that is on most often."""
    shares = []
    for factor in task.card.factors:
        of_key, names = np.asarray(task.card.factors[factor])[keys], task.card.value_names(factor)
        there = np.unique(of_key[of_key != UNKNOWN])
        shares += [(float(on[of_key == value].mean()), names[value]) for value in there]
    share, name = max(shares, key=lambda found: found[0])
    part = f"{on.sum()} of {len(on)} meanings"
    return Meaning(f"on for {part}, most often for {name} ({100 * share:.0f} %)", f"most often {name} ({part})")

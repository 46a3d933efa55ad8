"""Concepts and rules in words, from the meanings of the bank inputs that switch a concept on.

Shapes: T shared concepts; k keys that the bank holds; V values of a factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.data.task import Task
from sharcs_core.retrieval import side_of
from sharcs_core.structures import THRESHOLD, Bank, Codes, Floats, Ints, TreeStep

MOST_NAMES = 6
"""A list of more names is cut short."""
MOST_CHARACTERS = 80
"""What says more than that is no longer read; something shorter is said."""
NEARLY = 0.95
"""Share of the keys for which a rule must hold to be said of a concept at all."""


def key_activation(bank: Bank, modality: str) -> tuple[NDArray[np.integer[Any]], NDArray[np.float64]]:
    """The semantics keys of a modality in the bank, rising, and the mean activations (n_keys, T) of each."""
    side = side_of(bank, modality)
    keys, of_row = np.unique(side.semantics, return_inverse=True)
    sums = np.zeros((len(keys), side.shared.shape[1]))
    np.add.at(sums, of_row, side.shared)
    return keys, sums / np.bincount(of_row, minlength=len(keys))[:, None]


def concept_meaning(bank: Bank, task: Task, modality: str, concept: int) -> str:
    """What a concept says, such as ``on for digit 3, 5, 8``.

    A key counts as on where its mean activation in the bank is above 0.5. Where that holds for more than half
    of the keys, the others are named instead: ``off for digit 1``. Where keys are made of several known factors,
    one or two of them say it if they can (``on for metal``, ``on for large if red, blue``), with ``mostly``
    before it where that holds for not quite all keys. What none of this says shortly is told as a share.

    Raises:
        ValueError: for a modality or a concept that is not there.
    """
    keys, activations = key_activation(bank, modality)
    if not 0 <= concept < activations.shape[1]:
        raise ValueError(f"{modality!r} has concepts 0 to {activations.shape[1] - 1} (got {concept})")
    on = activations[:, concept] > THRESHOLD
    if on.all() or not on.any():
        return "always on" if len(on) and on.all() else "never on"
    names = task.modality(modality).key_names
    by_name = _on_or_off([names[key] for key in keys], on)
    if len(task.factors) < 2:
        return by_name
    return _by_factors(task, keys, activations[:, concept], on, by_name)


def factor_values(task: Task, factor: str) -> tuple[str, ...]:
    """Words for the values of a known factor, such as ``red`` or ``digit 7``, (V,).

    They are read off the names of the keys: the word at the first place that says this factor and nothing else.
    A bare number is given the factor's name; so is a value that no single word says.
    """
    values = np.asarray(task.factors[factor])
    n_values = int(values.max()) + 1
    keys = [name.replace(",", " ").split() for name in task.modalities[0].key_names]
    for place in range(min(map(len, keys))):
        said = [
            {key[place] for key, own in zip(keys, values, strict=True) if own == value} for value in range(n_values)
        ]
        if all(len(words) == 1 for words in said) and len(set().union(*said)) == n_values:
            found = [words.pop() for words in said]
            return tuple(f"{factor} {word}" for word in found) if found[0].isdigit() else tuple(found)
    return tuple(f"{factor} {value}" for value in range(n_values))


def _on_or_off(names: Sequence[str], on: Codes) -> str:
    """Which of ``names`` (k,) are on, or, where those are more than half, which are off."""
    is_on = on.sum() <= len(on) / 2
    return f"{'on' if is_on else 'off'} for {_listed([name for name, o in zip(names, on, strict=True) if o == is_on])}"


def _listed(names: Sequence[str]) -> str:
    """Names side by side, the first few of many; a word that numbers share is said once: ``digit 3, 5``."""
    heads = {name.partition(" ")[0] for name in names}
    numbers = [name.partition(" ")[2] for name in names]
    one_head = len(heads) == 1 and all(number.replace(" ", "").isdigit() for number in numbers)
    said = [names[0], *numbers[1:]] if one_head else list(names)
    more = len(said) - MOST_NAMES
    return ", ".join(said) if more <= 0 else f"{', '.join(said[:MOST_NAMES])} and {more} more"


def _by_factors(task: Task, keys: Ints, activation: Floats, on: Codes, by_name: str) -> str:
    """One factor where it says all, else a key or two, else the shortest that is true, else the share that is on."""
    by_one, by_two = list(_by_one(task, keys, activation, on)), list(_by_two(task, keys, activation, on))
    whole = [words for agrees, words in by_one if agrees == 1]
    if whole:
        return whole[0]
    if min(on.sum(), len(on) - on.sum()) <= 2 and len(by_name) <= MOST_CHARACTERS:
        return by_name
    said = [*by_one, *by_two, *([] if " more" in by_name else [(1.0, by_name)])]
    short = [(agrees, words) for agrees, words in said if len(words) <= MOST_CHARACTERS]
    exact = [words for agrees, words in short if agrees == 1]
    near = [f"mostly {words}" for agrees, words in short if agrees >= NEARLY]
    found = exact or near
    return min(found, key=len) if found else _as_share(task, keys, on)


def _by_one(task: Task, keys: Ints, activation: Floats, on: Codes) -> Iterator[tuple[float, str]]:
    """What each factor alone says: the share of keys for which it holds, and the words."""
    for factor in task.factors:
        of_key = np.asarray(task.factors[factor])[keys]
        there = np.unique(of_key)
        is_on = np.array([activation[of_key == value].mean() > THRESHOLD for value in there])
        if is_on.any() and not is_on.all():
            names = factor_values(task, factor)
            yield (
                float((is_on[np.searchsorted(there, of_key)] == on).mean()),
                _on_or_off([names[v] for v in there], is_on),
            )


def _by_two(task: Task, keys: Ints, activation: Floats, on: Codes) -> Iterator[tuple[float, str]]:
    """What each ordered pair of factors says: ``on for large if red, blue; small if green``."""
    for first, second in permutations(task.factors, 2):
        a, b = (np.asarray(task.factors[factor])[keys] for factor in (first, second))
        names = factor_values(task, first), factor_values(task, second)
        sums, counts = np.zeros((2, len(names[0]), len(names[1])))
        np.add.at(sums, (a, b), activation)
        np.add.at(counts, (a, b), 1)
        is_on = sums > THRESHOLD * counts
        agrees = float((is_on[a, b] == on).mean())
        needs_both = (is_on != is_on[:1]).any() and (is_on != is_on[:, :1]).any()
        if agrees >= NEARLY and needs_both:
            for word, cells in (("on", is_on), ("off", ~is_on & (counts > 0))):
                yield agrees, f"{word} for {_cells(cells, counts > 0, names)}"


def _cells(chosen: Codes, there: Codes, names: tuple[Sequence[str], Sequence[str]]) -> str:
    """Pairs of values in words: values of the first factor that need no second one, then those with one."""
    groups: dict[str, list[str]] = {"": []}
    for first, row, known in zip(names[0], chosen, there, strict=True):
        if row.any():
            with_it = [name for name, own in zip(names[1], row, strict=True) if own]
            groups.setdefault("" if row[known].all() else f" if {_listed(with_it)}", []).append(first)
    return "; ".join(f"{_listed(firsts)}{with_it}" for with_it, firsts in groups.items() if firsts)


def _as_share(task: Task, keys: Ints, on: Codes) -> str:
    """How many keys are on, and the value of a factor that is on most often."""
    shares = []
    for factor in task.factors:
        of_key, names = np.asarray(task.factors[factor])[keys], factor_values(task, factor)
        shares += [(float(on[of_key == value].mean()), names[value]) for value in np.unique(of_key)]
    share, name = max(shares, key=lambda found: found[0])
    return f"on for {on.sum()} of {len(on)} meanings, most often for {name} ({100 * share:.0f} %)"


def rule_in_words(task: Task, steps: Sequence[TreeStep], bank: Bank | None = None) -> str:
    """The answers on a way through the tree as a sentence part.

    Such as ``image concept 3 is on and graph concept 0 is off``; with a bank, each concept is followed by its
    meaning in brackets; without steps, every sample follows the rule.

    Raises:
        ValueError: for a modality that the task lacks.
    """
    if not steps:
        return "every sample"
    return " and ".join(_step_in_words(task, step, bank) for step in steps)


def _step_in_words(task: Task, step: TreeStep, bank: Bank | None) -> str:
    modality = task.modality(step.modality).name
    said = f"{modality} concept {step.concept} is {'on' if step.value else 'off'}"
    return said if bank is None else f"{said} ({concept_meaning(bank, task, modality, step.concept)})"

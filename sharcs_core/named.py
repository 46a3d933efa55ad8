"""Named concepts: what the values of known factors ask of the concepts, and what the concepts say of the factors.

Shapes: n inputs, T shared concepts, V values of a factor; the first ``n_named`` of the T are taught.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sharcs_core.errors import UserError
from sharcs_core.structures import THRESHOLD, Codes, Factor, Floats, Ints

UNSURE = 0.2
"""A factor whose best two values are nearer than this is read, but not for sure."""


def taught(factors: Sequence[Factor], of_keys: Mapping[str, Sequence[int]], keys: Ints) -> NDArray[np.float32]:
    """What the named concepts of inputs ought to be, (n, n_named) of 0 and 1, or NaN where that is not known.

    Args:
        of_keys: name of a factor → its value for each key; -1 unknown.
        keys: (n,) semantics keys of the inputs; -1 unknown.

    Raises:
        ValueError: for a factor that the keys are not known to be made of.

    >>> taught([Factor("size", 2, 0), Factor("shape", 3, 1)], {"size": (0, 1), "shape": (2, 0)}, np.array([0, 1]))
    array([[0., 0., 0., 1.],
           [1., 1., 0., 0.]], dtype=float32)
    """
    columns = []
    for factor in factors:
        if factor.name not in of_keys:
            raise UserError(f"Inputs show no factor {factor.name!r}; choose from {sorted(of_keys)}")
        values = np.array([*of_keys[factor.name], -1])[np.asarray(keys)]  # of an unknown key, -1, the last
        wanted = np.eye(factor.n_values, dtype=np.float32)[values]  # (n, V)
        wanted[values < 0] = np.nan
        columns.append(wanted[:, 1:] if factor.n_values == 2 else wanted)
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(keys), 0), dtype=np.float32)


def values_said(shared: Floats, factor: Factor) -> NDArray[np.int64]:
    """The value (n,) of a factor that concepts (n, T) say: the largest of its concepts; of two, whether it is on."""
    own = np.asarray(shared)[:, factor.concepts]
    if factor.n_values == 2:
        return (own[:, 0] > THRESHOLD).astype(np.int64)
    values: NDArray[np.int64] = own.argmax(1)
    return values


def is_unsure(shared: Floats, factor: Factor) -> Codes:
    """(n,) whether the best two values of a factor are too near each other to tell them apart for sure."""
    own = np.asarray(shared)[:, factor.concepts]
    best = np.concatenate([own, 1 - own], axis=1) if factor.n_values == 2 else own
    highest = np.sort(best, axis=1)
    unsure: Codes = highest[:, -1] - highest[:, -2] < UNSURE
    return unsure


def concepts_for(factor: Factor, value: int) -> dict[int, float]:
    """The concepts that say a value of a factor: place among the T → 0 or 1, all of the factor's at once.

    Raises:
        ValueError: for a value that the factor does not have.

    >>> concepts_for(Factor("shape", 3, 1), 2)
    {1: 0.0, 2: 0.0, 3: 1.0}
    """
    if not 0 <= value < factor.n_values:
        raise UserError(f"{factor.name!r} has values 0 to {factor.n_values - 1} (got {value})")
    if factor.n_values == 2:
        return {factor.first: float(value)}
    return {concept: float(place == value) for place, concept in enumerate(factor.concepts)}


def factor_named(factors: Sequence[Factor], name: str) -> Factor:
    """The taught factor of that name. Raises ValueError for one that is not taught."""
    for factor in factors:
        if factor.name == name:
            return factor
    raise UserError(f"No factor {name!r} is taught; choose from {[factor.name for factor in factors]}")


def mean_by_key(keys: Ints, values: Floats) -> tuple[Ints, NDArray[np.float64]]:
    """The keys (n,) that occur, rising, (U,), and the mean of the ``values`` (n, T) of the inputs of each, (U, T).

    Inputs of key -1, of which nothing is known, are of no key.

    >>> mean_by_key(np.array([3, 3, 1]), np.array([[0.0], [1.0], [0.5]]))
    (array([1, 3]), array([[0.5],
           [0.5]]))
    """
    known = np.asarray(keys) >= 0
    occurring, of_input = np.unique(np.asarray(keys)[known], return_inverse=True)
    sums = np.zeros((len(occurring), np.shape(values)[1]))
    np.add.at(sums, of_input, np.asarray(values)[known])
    return occurring, sums / np.bincount(of_input, minlength=len(occurring))[:, None]


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a sentence, ``last`` before the last of several; none of none.

    >>> listed(["table"]), listed(["table", "graph", "text"]), listed(["a", "b"], "or"), listed([])
    ('table', 'table, graph and text', 'a or b', '')
    """
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def listed_first(names: Sequence[str], most: int) -> str:
    """The first names in a sentence, and how many more there are.

    >>> listed_first(["a", "b"], 3), listed_first(["a", "b", "c", "d"], 2)
    ('a and b', 'a, b and 2 more')
    """
    return listed([*names[:most], f"{len(names) - most:,} more"] if len(names) > most else names)


def lowered(title: str) -> str:
    """A title inside a sentence; words with capitals of their own, such as abbreviations, keep them.

    >>> lowered("Superpixel graph"), lowered("MRI scan"), lowered("Water pH")
    ('superpixel graph', 'MRI scan', 'water pH')
    """
    return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in title.split(" "))


def verb(title: str, one: str, several: str) -> str:
    """The form of a verb that goes with a title, by the ending of its head, which stands before *of*.

    >>> verb("Descriptors", "says", "say"), verb("Table of bits", "is", "are"), verb("Half picture", "is", "are")
    ('say', 'is', 'is')
    """
    ending = title.lower().partition(" of ")[0]
    return several if ending.endswith("s") and not ending.endswith(("ss", "us", "is")) else one


def counted(n: int, thing: str, things: str | None = None) -> str:
    """So many of something; ``things`` where several are not the one with an s.

    >>> counted(1, "sample"), counted(1200, "edge"), counted(1, "leaf", "leaves"), counted(0, "leaf", "leaves")
    ('1 sample', '1,200 edges', '1 leaf', '0 leaves')
    """
    return f"{n:,} {thing if n == 1 else things or f'{thing}s'}"


def names_of_values(factors: Mapping[str, Sequence[int]], key_names: Sequence[str], factor: str) -> tuple[str, ...]:
    """Words for the values of a known factor, such as ``red`` or ``digit 7``, (V,).

    They are read off the names of the keys: the word at the first place that says this factor and nothing else.
    A bare number is given the factor's name; so is a value that no single word says.
    """
    values = np.asarray(factors[factor])
    n_values = int(values.max()) + 1
    keys = [name.replace(",", " ").split() for name in key_names]
    for place in range(min(map(len, keys))):
        candidates = [
            {key[place] for key, own in zip(keys, values, strict=True) if own == value} for value in range(n_values)
        ]
        if all(len(words) == 1 for words in candidates) and len(set().union(*candidates)) == n_values:
            found = [words.pop() for words in candidates]
            return tuple(f"{factor} {word}" for word in found) if found[0].isdigit() else tuple(found)
    return tuple(f"{factor} {value}" for value in range(n_values))

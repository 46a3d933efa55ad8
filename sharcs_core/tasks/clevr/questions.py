"""Questions about a scene of one object: their words, and which of them are asked.

A question names the four attributes of an object, ``<size> <colour> <material> <shape>``, each in one of its
words. Its key is that of the objects it describes, ((size · 8 + colour) · 2 + material) · 3 + shape.

Shapes: n questions, 4 attributes or words each, 96 keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sharcs_core.structures import Codes, Ints

COLOUR_NAMES = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
SYNONYMS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "size": (("large", "big"), ("small", "tiny")),
    "colour": tuple((name,) for name in COLOUR_NAMES),
    "material": (("rubber", "matte"), ("metal", "metallic", "shiny")),
    "shape": (("cube", "block"), ("sphere", "ball"), ("cylinder",)),
}
"""Attribute → its values → the words for each, those of CLEVR (Johnson et al. 2017); the first names the value."""

FACTORS = tuple(SYNONYMS)
N_VALUES = tuple(len(values) for values in SYNONYMS.values())
N_KEYS = int(np.prod(N_VALUES))
# a table, for np.unravel_index is wrong on arrays (n, 1) of more than 8,192 (NumPy 2.4)
_ATTRIBUTES = np.indices(N_VALUES).reshape(len(N_VALUES), N_KEYS).T  # (96, 4)
_STEPS = np.array([int(np.prod(N_VALUES[factor + 1 :])) for factor in range(len(N_VALUES))])
REFERENCE_NEGATIVES = (8, 11, 27, 6)
"""How many of 52 negatives of the authors' questions differ from the object in 1, 2, 3 and 4 attributes."""


def attributes_of(keys: Ints) -> NDArray[np.int64]:
    """The value of each attribute, (n, 4), in the order of ``FACTORS``.

    >>> attributes_of(np.array([0, 95])).tolist()
    [[0, 0, 0, 0], [1, 7, 1, 2]]
    """
    return _ATTRIBUTES[np.asarray(keys, dtype=np.int64)]


def keys_of(attributes: Ints) -> NDArray[np.int64]:
    """The keys (n,) of attributes (n, 4); the inverse of :func:`attributes_of`."""
    keys: NDArray[np.int64] = np.asarray(attributes, dtype=np.int64) @ _STEPS
    return keys


WORDS = ("", *(word for values in SYNONYMS.values() for words in values for word in words))
"""Token t is ``WORDS[t]``; 0 is padding."""
TOKENS = {word: token for token, word in enumerate(WORDS) if word}
MEANINGS = {
    word: (factor, value)
    for factor, values in enumerate(SYNONYMS.values())
    for value, words in enumerate(values)
    for word in words
}
"""Word → the attribute it is of (a position in ``FACTORS``), and the value it says."""
KEY_NAMES = tuple(" ".join(words[0] for words in values) for values in product(*SYNONYMS.values()))


def wordings_of(key: int) -> list[tuple[str, ...]]:
    """Every way to say a key in four words.

    >>> len(wordings_of(0)), wordings_of(95)
    (8, [('small', 'yellow', 'metal', 'cylinder'), ('small', 'yellow', 'metallic', 'cylinder'), \
('small', 'yellow', 'shiny', 'cylinder'), ('tiny', 'yellow', 'metal', 'cylinder'), \
('tiny', 'yellow', 'metallic', 'cylinder'), ('tiny', 'yellow', 'shiny', 'cylinder')])
    """
    values = attributes_of(np.array(key)).tolist()
    return list(product(*(SYNONYMS[factor][value] for factor, value in zip(FACTORS, values, strict=True))))


_WORDINGS = [(key, wording) for key in range(N_KEYS) for wording in wordings_of(key)]
WORDINGS = np.array([[TOKENS[word] for word in wording] for _, wording in _WORDINGS], dtype=np.int16)
"""Tokens of every wording of every key, (800, 4), the wordings of a key together."""
WORDING_KEYS = np.array([key for key, _ in _WORDINGS])
_FIRST_WORDING = np.searchsorted(WORDING_KEYS, np.arange(N_KEYS))
_N_WORDINGS = np.bincount(WORDING_KEYS)


def keys_of_tokens(tokens: Ints) -> NDArray[np.int64]:
    """What questions (n, 4) ask for, (n,)."""
    values = np.array([-1, *(value for _, value in MEANINGS.values())])
    return keys_of(values[np.asarray(tokens, dtype=np.int64)])


def draw_wordings(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """A row of ``WORDINGS`` that says each key, every wording equally likely, (n,)."""
    keys = np.asarray(keys, dtype=np.int64)
    chosen: NDArray[np.int64] = _FIRST_WORDING[keys] + rng.integers(_N_WORDINGS[keys])
    return chosen


def n_differences(keys: Ints, others: Ints) -> NDArray[np.int64]:
    """In how many attributes two keys differ, broadcast against each other."""
    different: NDArray[np.int64] = (attributes_of(keys) != attributes_of(others)).sum(-1)
    return different


def draw_asked(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """What is asked of each of n objects: half of the questions describe it, the others do not.

    Of the negatives half are hard, a quarter is uniform and a quarter is like the authors' (see below).

    Args:
        keys: (n,) of the objects.

    Returns:
        (n,) keys of the questions. The shares are exact, up to rounding; who gets which is random.
    """
    asked = np.array(keys, dtype=np.int64)
    n_positive = len(asked) // 2
    n_hard = (len(asked) - n_positive + 1) // 2
    n_uniform = (len(asked) - n_positive - n_hard + 1) // 2
    order = rng.permutation(len(asked))
    _, hard, uniform, reference = np.split(order, np.cumsum([n_positive, n_hard, n_uniform]))
    asked[hard] = hard_negatives(asked[hard], rng)
    asked[uniform] = uniform_negatives(asked[uniform], rng)
    asked[reference] = reference_negatives(asked[reference], rng)
    return asked


def hard_negatives(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """Keys that differ in one attribute, each attribute and each of its other values equally likely."""
    attributes = attributes_of(keys)
    rows = np.arange(len(attributes))
    factor = rng.integers(len(FACTORS), size=len(attributes))
    n_values = np.array(N_VALUES)[factor]
    attributes[rows, factor] = (attributes[rows, factor] + 1 + rng.integers(n_values - 1)) % n_values
    return keys_of(attributes)


def uniform_negatives(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """Any other key, all equally likely."""
    keys = np.asarray(keys, dtype=np.int64)
    return (keys + 1 + rng.integers(N_KEYS - 1, size=len(keys))) % N_KEYS


def reference_negatives(keys: Ints, rng: np.random.Generator) -> NDArray[np.int64]:
    """Keys that differ in 1, 2, 3 or 4 attributes as often as the authors' negatives, else equally likely."""
    share = np.array(REFERENCE_NEGATIVES) / sum(REFERENCE_NEGATIVES)
    wanted = 1 + rng.choice(len(share), size=len(keys), p=share)
    eligible = n_differences(np.asarray(keys)[:, None], np.arange(N_KEYS)) == wanted[:, None]  # (n, 96)
    chosen: NDArray[np.int64] = np.where(eligible, rng.random(eligible.shape), -1.0).argmax(1)
    return chosen


def difficulty_of(keys: Ints, asked: Ints) -> dict[str, Codes]:
    """Which questions are positive, hard (one attribute differs) or easy (more differ), (n,) each."""
    differences = n_differences(keys, asked)
    return {"positive": differences == 0, "hard": differences == 1, "easy": differences > 1}


def factor_values() -> dict[str, tuple[int, ...]]:
    """Attribute → its value for each key."""
    values: Any = attributes_of(np.arange(N_KEYS)).T.tolist()
    return {name: tuple(column) for name, column in zip(FACTORS, values, strict=True)}

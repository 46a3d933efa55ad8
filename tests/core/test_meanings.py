"""When two inputs mean the same, against a plain double loop."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sharcs_core.errors import UserError
from sharcs_core.meanings import MOST_KEYS, UNKNOWN, Meanings, factors_by_key, keys_of

N_VALUES = {"colour": 3, "shape": 2, "size": 2}


def mean_the_same(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Slow and obvious: nothing that both say differs, and both say something of one factor at least."""
    both = [(a, b) for a, b in zip(one, other, strict=True) if UNKNOWN not in (a, b)]
    return bool(both) and all(a == b for a, b in both)


@pytest.fixture(scope="module")
def partial() -> dict[str, tuple[int, ...]]:
    return factors_by_key([("colour", "shape"), ("colour",), ("size", "shape"), ()], N_VALUES)


def test_keys_that_say_different_things_are_compared_by_what_both_say(partial):
    meanings = Meanings(partial)
    rows = list(zip(*partial.values(), strict=True))
    keys = np.arange(len(rows))
    expected = [[mean_the_same(one, other) for other in rows] for one in rows]
    assert meanings.same(keys, keys).tolist() == expected
    assert not meanings.complete


def test_an_unknown_key_means_the_same_as_nothing(partial):
    keys = np.array([0, UNKNOWN])
    assert Meanings(partial).same(keys, keys)[1].tolist() == [False, False]
    assert Meanings({}, own=True).same(keys, keys).tolist() == [[True, False], [False, False]]


def test_where_every_key_says_everything_equal_keys_are_equal_meanings():
    factors = {"digit": (0, 0, 1, 1), "half": (0, 1, 0, 1)}
    keys = np.array([0, 1, 2, 3])
    assert Meanings(factors).complete
    assert Meanings(factors).same(keys, keys).tolist() == np.eye(4, dtype=bool).tolist()


def test_modalities_that_say_nothing_in_common_cannot_be_compared(partial):
    meanings = Meanings(partial)
    rows = list(zip(*partial.values(), strict=True))
    colours = [key for key, row in enumerate(rows) if row[0] != UNKNOWN and row[1] == UNKNOWN]
    sizes = [key for key, row in enumerate(rows) if row[0] == row[1] == UNKNOWN]
    assert not meanings.comparable(np.array(colours), np.array(sizes))
    assert meanings.comparable(np.array(colours), np.arange(len(rows)))


def test_keys_say_what_they_were_made_of(partial):
    rng = np.random.default_rng(0)
    values = {"colour": rng.integers(-1, 3, 50), "shape": rng.integers(-1, 2, 50)}
    keys = keys_of(values, partial)
    meanings = Meanings(partial)
    for name, own in values.items():
        assert meanings.of(name, keys).tolist() == own.tolist()
    assert (meanings.of("size", keys) == UNKNOWN).all()
    assert ((keys == UNKNOWN) == ((values["colour"] == UNKNOWN) & (values["shape"] == UNKNOWN))).all()


def test_every_combination_has_one_key(partial):
    rows = list(zip(*partial.values(), strict=True))
    assert len(set(rows)) == len(rows)
    assert {row[:2] for row in rows if row[2] == UNKNOWN} >= {
        row for row in product((0, 1, 2, UNKNOWN), (0, 1, UNKNOWN)) if row != (UNKNOWN, UNKNOWN)
    }


def test_too_many_combinations_are_refused_in_one_sentence():
    many = {f"factor {i}": 9 for i in range(5)}
    with pytest.raises(UserError, match=f"more than {MOST_KEYS:,} different things"):
        factors_by_key([tuple(many)], many)

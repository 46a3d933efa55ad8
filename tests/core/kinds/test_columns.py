"""Columns: what is learned of them from training cells, how cells are prepared, and what is written of them again."""

from __future__ import annotations

import decimal
import math
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import LEAST_SEEN, MOST_VALUES, Column, cells_of, fit_column, prepare_rows
from sharcs_core.kinds.columns.cells import MOST_CHARACTERS, bare, natural, number_in, word

NOTHING = [None, math.nan, np.nan, np.float32("nan"), "", "  ", "\u200b", pd.NA, pd.NaT, decimal.Decimal("nan")]


def prepared(column, *cells):
    return prepare_rows([column], [list(cells)]).values


def refused(*cells, column):
    with pytest.raises(UserError) as error:
        prepare_rows([column], [list(cells)], lambda row: f"Row {row + 1}")
    assert "\n" not in str(error.value)
    return str(error.value)


# -- cells


@pytest.mark.parametrize("cell", NOTHING, ids=repr)
def test_a_cell_that_says_nothing_is_nothing(cell):
    assert bare(cell) is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (1, 1.0),
        (np.int8(-3), -3.0),
        (np.float32(0.5), 0.5),
        (torch.tensor(2.5), 2.5),
        (np.array(4), 4.0),
        (True, 1.0),
        (Fraction(1, 4), 0.25),
        (decimal.Decimal("0.1"), 0.1),
        (" 1.50 ", 1.5),
        ("-.5e-3", -0.0005),
        ("−7", -7.0),
        (10**400, math.inf),
        ("1_000", None),
        ("٣", None),
        ("0x10", None),
        ("nan", None),
        ("red", None),
    ],
    ids=repr,
)
def test_the_number_in_a_cell_is_found_however_it_is_wrapped(cell, number):
    assert number_in(bare(cell)) == number


@pytest.mark.parametrize("cell", [[1], (1, 2), {"a": 1}, {1}, b"1", np.ones(2), torch.ones(2), pd.DataFrame()], ids=str)
def test_what_is_no_single_value_is_refused(cell):
    with pytest.raises(UserError, match="bring one number or one word"):
        bare(cell)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (3, "3"),
        (3.0, "3"),
        (1e20, "1e+20"),
        ("a\n b\t", "a b"),
        ("re\u0301d", "r\u00e9d"),
        ("a\u200bb\x07\ud800", "ab"),
        ("x" * 200, "x" * MOST_CHARACTERS),
        (True, "True"),
    ],
    ids=ascii,
)
def test_a_word_is_one_line_of_what_can_be_seen(cell, said):
    assert word(cell) == said
    assert word(said) == said


def test_words_sort_as_people_count():
    assert sorted(["b", "a10", "a2", "10", "9", "1.5"], key=natural) == ["1.5", "9", "10", "a2", "a10", "b"]


# -- fitting


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2.5, np.float32(3)], "number"),
        (["1", "2.5", 3], "number"),
        ([1, None, "", 4], "number"),
        ([0, 1, 1], "number"),
        ([True, False, None], "bit"),
        (np.array([True, False]), "bit"),
        (["1", "red"], "category"),
        ([True, "red"], "category"),
        ([None, None], "category"),
        (np.array(["1", "2"]), "number"),
        (np.array([1, "x"], dtype=object), "category"),
    ],
    ids=str,
)
def test_a_column_is_of_numbers_where_every_cell_that_says_something_is_one(cells, kind):
    assert fit_column("c", cells).kind == kind


def test_numbers_are_centred_and_scaled_over_what_is_there():
    cells = [3.0, None, 5.0, 10.0, "6"]
    column = fit_column("c", cells)
    values = np.array([3.0, 5.0, 10.0, 6.0])
    assert (column.mean, column.scale) == (pytest.approx(values.mean()), pytest.approx(values.std()))
    assert column.missing
    ready = prepared(column, *cells)
    assert ready[[0, 2, 3, 4], 0].mean() == pytest.approx(0, abs=1e-6)
    assert ready[:, 1].tolist() == [0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    "cells",
    [[7.0] * 5, [0.1 + 0.2, 0.3], [0], [1e-320, 1e-320], [5e-324, 0, 0], [1e308, -1e308], [1.7e18, 1.7e18 + 256]],
)
def test_a_column_without_variation_or_at_the_ends_of_numbers_is_still_prepared(cells):
    ready = prepared(fit_column("c", cells), *cells)
    assert np.isfinite(ready).all()
    assert np.abs(ready).max() < 3


def test_the_order_of_training_rows_changes_nothing():
    rng = np.random.default_rng(0)
    numbers = (rng.normal(size=999) * 10.0 ** rng.integers(-8, 8, 999)).tolist()
    words = [f"w{int(k)}" for k in rng.integers(0, 300, 999)]
    for cells in (numbers, words, np.array(numbers)):
        shuffled = [cells[place] for place in rng.permutation(999)]
        assert fit_column("c", cells) == fit_column("c", shuffled)


def test_rare_values_share_a_place_and_only_the_most_frequent_have_their_own():
    cells = ["a"] * LEAST_SEEN + ["b"] * (LEAST_SEEN - 1) + ["c"] * 9
    assert fit_column("c", cells).values == ("a", "c")
    many = [f"v{number}" for number in range(MOST_VALUES + 20) for _ in range(LEAST_SEEN + number)]
    column = fit_column("c", many)
    assert column.values == tuple(f"v{number}" for number in range(20, MOST_VALUES + 20))
    assert column.width == MOST_VALUES + 1


@pytest.mark.parametrize("cells", [[1.0, math.inf], ["1", "-inf"], [1, "NaN"], np.array([np.inf]), [10**400]], ids=str)
def test_numbers_that_are_not_finite_are_refused(cells):
    with pytest.raises(UserError, match="c holds numbers that are not finite; write finite ones"):
        fit_column("c", cells)


def test_a_list_in_a_cell_is_refused_by_the_name_of_the_column():
    with pytest.raises(UserError, match=r"^c holds a list; bring one"):
        fit_column("c", [1, [2]])


# -- preparing


def test_a_category_has_one_place_a_value_one_for_all_others_and_one_for_none():
    column = Column("c", "category", values=("blue", "red"), missing=True)
    ready = prepared(column, "red", " blue", "teal", None, 3)
    assert ready.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    assert ready.dtype == np.float32


def test_what_is_missing_or_new_is_flagged():
    columns = [Column("a"), Column("b", missing=True), Column("c", "category", values=("x",))]
    rows = prepare_rows(columns, [[None, 1], [None, 1], ["x", "y"]])
    assert rows.values.tolist() == [[0, 0, 1, 1, 0], [1, 1, 0, 0, 1]]
    assert rows.lacking.tolist() == [[True, False, False], [False] * 3]
    assert rows.other.tolist() == [[False] * 3, [False, False, True]]


def test_a_number_of_another_word_size_is_prepared_alike():
    column = Column("c", mean=0.25, scale=3.0)
    for cells in ([1, 2], ["1", "2.0"], np.array([1, 2]), np.array([1, 2], np.float16), [np.int64(1), True + 1]):
        np.testing.assert_array_equal(prepare_rows([column], [cells]).values[:, 0], np.float32([0.25, 1.75 / 3]))


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        (Column("age"), "old", "Row 2: age is 'old'; write a number such as 0.5"),
        (Column("age"), "nan", "Row 2: age is 'nan', which is no finite number"),
        (Column("age"), -math.inf, "Row 2: age is -inf, which is no finite number"),
        (Column("age"), "1e400", "Row 2: age is '1e400', which is no finite number"),
        (Column("age"), "1,5", "Row 2: age is '1,5'; write a number"),
        (Column("age"), [1], "Row 2: age holds a list; bring one"),
        (Column("age", mean=40, scale=10), 1e30, "too far from what training had (about 40 ± 10)"),
        (Column("on", "bit"), 2, "Row 2: on is 2; write 0 or 1"),
        (Column("on", "bit"), "yes", "write 0 or 1"),
        (Column("kind", "category"), {}, "Row 2: kind holds an object"),
    ],
    ids=str,
)
def test_a_cell_that_does_not_fit_is_refused_by_row_and_column(column, cell, says):
    assert says in refused(0, cell, column=column)


def test_bits_are_kept_as_they_are():
    column = Column("on", "bit")
    cells = (0, 1, True, False, "1", "0.0", "true", "False", np.True_)
    assert prepared(column, *cells)[:, 0].tolist() == [0, 1, 1, 0, 1, 0, 1, 0, 1]


def test_zero_is_written_as_zero_whatever_it_was_scaled_by():
    column = Column("sum", mean=11.3, scale=7.7)
    (cell,) = cells_of([column], prepare_rows([column], [[0.0]]).values[0])
    assert cell == "0"


def test_no_prepared_number_is_minus_zero():
    assert not np.signbit(prepared(Column("c", mean=-0.0), -0.0, 0)).any()


# -- back


def test_cells_are_written_in_few_digits():
    columns = [Column("a", mean=0.1, scale=0.3), Column("b"), Column("c", "bit"), Column("d", mean=1.7e18, scale=1e13)]
    cells = [["1.5"], ["1230000"], ["1"], ["1700000000000000256"]]
    rows = prepare_rows(columns, cells)
    a, b, c, d = cells_of(columns, rows.values[0])
    assert (a, b, c) == ("1.5", "1230000", "1")
    assert prepare_rows([columns[3]], [[d]]).values[0] == rows.values[0, 3]


def test_the_word_for_other_values_is_none_of_the_values():
    column = Column("c", "category", values=("other", "other?"))
    assert cells_of([column], np.array([0, 0, 1.0])) == ("other??",)
    assert cells_of([column], np.array([1.0, 0, 0])) == ("other",)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_written_is_prepared_to_the_very_same_numbers(seed):
    draw = random.Random(seed)
    rng = np.random.default_rng(seed)
    size = 10.0 ** draw.randint(-12, 12)
    offset = draw.choice([0.0, 1.0, 1e3, -1e7]) * size
    numbers = rng.normal(offset, size, 40) * (1 if draw.random() < 0.5 else 10.0 ** rng.integers(-6, 3, 40))
    words = [draw.choice(["a", "b", "β", "other", "x, y", '"', "7"]) for _ in range(40)]
    holes = rng.random((2, 40)) < draw.choice([0, 0.2])
    cells = [
        [None if hole else value for hole, value in zip(holes[0], numbers.tolist(), strict=True)],
        [None if hole else value for hole, value in zip(holes[1], words, strict=True)],
        [bool(value) for value in rng.integers(0, 2, 40)],
    ]
    columns = [fit_column(name, of_one) for name, of_one in zip("nwb", cells, strict=True)]
    fresh = [[*cells[0], 0, offset, float(np.float32(numbers[0])), None], [*cells[1], "new", "other?", "other", None]]
    rows = prepare_rows(columns, [*fresh, [*cells[2], 0, 1, "1", None]])
    again = [cells_of(columns, row) for row in rows.values]
    reread = prepare_rows(columns, list(zip(*again, strict=True)))
    np.testing.assert_array_equal(reread.values, rows.values)

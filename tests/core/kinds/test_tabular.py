"""Rows of a table: fitted, prepared, read from CSV and written to it, and under noise."""

from __future__ import annotations

import hashlib
import random
from collections import namedtuple

import numpy as np
import pandas as pd
import pytest
import torch

from sharcs_core.errors import UserError
from sharcs_core.kinds.columns import Column
from sharcs_core.kinds.tabular import TABULAR, TableForm, row_cells
from sharcs_core.readers.checks import InputError
from sharcs_core.readers.tables import read_bits_table
from sharcs_core.structures import Inputs
from sharcs_core.tasks.xor.xor_and_xor import BITS, bits_tables
from sharcs_core.tensors import to_tensors

FORM = TableForm(
    (
        Column("age", mean=40.0, scale=10.0, missing=True),
        Column("colour", "category", values=("blue", "red"), missing=True),
        Column("on", "bit"),
    )
)
ROW = {"age": 45.5, "colour": "red", "on": 1}
READY = [[np.float32(0.55), 0, 0, 1, 0, 0, 1]]


def read(text, form=FORM, name="row.csv"):
    raw, notes = TABULAR.read(form, name, text if isinstance(text, bytes) else text.encode())
    inputs, (more,) = TABULAR.prepare(form, [raw])
    return inputs, (*notes, *more)


def refused(text, name="row.csv"):
    with pytest.raises(InputError) as error:
        read(text, name=name)
    assert "\n" not in str(error.value)
    return str(error.value)


def assert_equal(one, other):
    assert list(one.arrays) == list(other.arrays)
    for name, values in one.arrays.items():
        np.testing.assert_array_equal(values, other.arrays[name], err_msg=name)


# -- raw rows


@pytest.mark.parametrize(
    "raw",
    [
        ROW,
        dict(reversed(ROW.items())),
        pd.Series(ROW),
        namedtuple("Row", ROW)(**ROW),
        [45.5, "red", True],
        (np.float64(45.5), np.str_("red"), np.int8(1)),
        np.array([45.5, "red", 1], dtype=object),
        {"age": "45.5", "colour": " red ", "on": "1"},
        {**ROW, "more": 3},
    ],
    ids=lambda raw: type(raw).__name__,
)
def test_a_row_is_prepared_alike_in_whatever_shape_it_comes(raw):
    form = FORM
    if not hasattr(raw, "items") and not hasattr(raw, "_asdict"):
        form = TableForm(tuple(Column(f"column_{place}", c.kind, c.mean, c.scale, c.values, c.missing)
                               for place, c in enumerate(FORM.columns, start=1)))  # fmt: skip
    np.testing.assert_array_equal(TABULAR.prepare(form, [raw])[0].arrays["values"], READY)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("45", "is no row of a table (got str)"),
        (None, "got NoneType"),
        (3.5, "got float"),
        (np.ones((2, 3)), "got ndarray"),
        (pd.DataFrame({"age": [1]}), "got DataFrame"),
        ({}, "has no cells"),
        ({"age": 1, " age": 2}, "has the column 'age' more than once"),
        ({"": 1}, "has a column without a name"),
        ([1, "red"], "has 2 cells for 3 columns"),
        ({"size": 1}, "has none of the columns age, colour and on (got size)"),
        ({**ROW, "age": "old"}, "age is 'old'; write a number"),
        ({**ROW, "age": [1]}, "age holds a list"),
    ],
    ids=str,
)
def test_what_is_no_row_is_refused(raw, says):
    named = TableForm(tuple(Column(f"column_{place}") for place in (1, 2, 3))) if isinstance(raw, list) else FORM
    with pytest.raises(UserError) as error:
        TABULAR.prepare(named, [raw])
    assert str(error.value).startswith("The row")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_of_many_rows_the_one_at_fault_is_named():
    with pytest.raises(UserError, match=r"^Row 2: age is 'old'"):
        TABULAR.prepare(FORM, [ROW, {**ROW, "age": "old"}])
    with pytest.raises(UserError, match=r"^Row 2 is no row"):
        TABULAR.prepare(FORM, [ROW, 7])


# -- fitting


def test_columns_are_learned_by_what_they_hold():
    table = pd.DataFrame(
        {"size": [1.0, 2, 3, 4] * 3, "kind": ["a", "b", "a", None] * 3, "on": [True, False] * 6, "id": range(12)}
    )
    form = TABULAR.fit([row for _, row in table.iterrows()])
    assert form.names == ("size", "kind", "on", "id")
    assert [column.kind for column in form.columns] == ["number", "category", "bit", "number"]
    assert form.columns[1].values == ("a", "b")
    assert [column.missing for column in form.columns] == [False, True, False, False]


def test_columns_that_some_rows_lack_may_be_missing_and_stand_in_natural_order():
    form = TABULAR.fit([{"b10": 1, "b2": 2}, {"b10": 3, "a": 4}])
    assert form.names == ("a", "b2", "b10")
    assert [column.missing for column in form.columns] == [True, True, False]


def test_the_order_of_training_rows_changes_nothing():
    rng = np.random.default_rng(1)
    rows = [{"x": float(rng.normal()), "c": str(rng.integers(9)) + "!", "b": bool(rng.integers(2))} for _ in range(200)]
    assert TABULAR.fit(rows) == TABULAR.fit(rows[::-1])


def test_columns_without_names_are_numbered():
    assert TABULAR.fit([[1, 2], (3, 4), np.ones(2)]).names == ("column_1", "column_2")


@pytest.mark.parametrize(
    ("raws", "says"),
    [
        ([], "needs at least one training row"),
        ([[1, 2], [1]], "Rows have 1 cells and 2"),
        ([{"a": 1}, "x"], "Row 2 is no row"),
        ([{"a": float("inf")}], "a holds numbers that are not finite"),
        ([{"a": {"b": 1}}], "a holds an object"),
    ],
)
def test_what_no_columns_can_be_learned_from_is_refused(raws, says):
    with pytest.raises(UserError, match=says):
        TABULAR.fit(raws)


# -- preparing


def test_what_stood_in_a_row_with_categories_is_kept_to_be_shown():
    inputs, notes = TABULAR.prepare(FORM, [ROW, {"age": None, "colour": "teal", "on": False}])
    assert inputs.arrays["cells"].tolist() == [["45.5", "red", "1"], ["", "teal", "0"]]
    assert inputs.arrays["columns"].tolist() == [[0, 0, 1, 1, 1, 1, 2]] * 2
    assert notes == ((), ("Training had colour (teal) seldom or never; each counts as any other rare value",))
    assert "cells" not in to_tensors(inputs)


def test_a_table_of_single_places_has_values_alone():
    inputs, _ = TABULAR.prepare(BITS, [dict.fromkeys(BITS.names, 1)])
    assert list(inputs.arrays) == ["values"]


def test_what_is_missing_or_too_much_is_noted():
    _, (one, other) = TABULAR.prepare(FORM, [{"age": 1, "z": 2}, {"age": 1, "colour": "red", "on": ""}])
    assert one == (
        "The row does not say colour and on; it was taken as missing",
        "What is said of z was left out; the model does not read it",
    )
    assert other == ("Nothing is said of on, of which every training row said something; judge with care",)


def test_no_rows_are_no_inputs():
    inputs, notes = TABULAR.prepare(FORM, [])
    assert (len(inputs), notes) == (0, ())
    assert inputs.arrays["values"].shape == (0, FORM.width)


# -- files


@pytest.mark.parametrize(
    "text",
    [
        "age,colour,on\n45.5,red,1\n",
        "on,colour,age\r\n1,red,45.5\r\n",
        "age;colour;on\n45,5;red;1\n",
        "age\tcolour\ton\n45,5\tred\t1\n",
        "sep=;\nage;colour;on\n45,5;red;1\n",
        "sep=|\nage|colour|on\n45.5|red|1\n",
        "\ufeffage,colour,on\n4.55e1,red,1.0\n",
        "age,colour,on,\n45.5,red,1,\n",
        "\n age , colour ,on\n\n 45.5, red ,1\n,,\n",
        '"age","colour","on"\n"45.5","red","1"\n',
        "age,co\u200blour,on\n45.5,red,true\n",
        "age,colour,on\n45.5,red,1\n".encode("utf-16"),
    ],
)
def test_a_row_is_read_as_spreadsheets_write_it(text):
    np.testing.assert_array_equal(read(text)[0].arrays["values"], READY)


def test_what_was_changed_to_read_it_is_noted():
    assert read("on;age;x\n1;45,5;\n")[1] == (
        "The columns are separated by semicolons",
        "The numbers have a decimal comma",
        "The row does not say colour; it was taken as missing",
        "What is said of x was left out; the model does not read it",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("size\n1\n", "has none of the columns age, colour and on; write a header"),
        ("| age | colour |\n|---|---|\n| 1 | red |\n", "has 2 rows below its header"),
        ("age,colour,on\n", "has 0 rows"),
        ("age,colour,on\n1,red,1\n2,red,1\n", "has 2 rows below its header; keep exactly one"),
        ("age,colour,on\n1,red\n", "2 values for 3 columns"),
        ("age,colour,on\n1,red,1,5\n", "4 values for 3 columns"),
        ("age,age\n1,2\n", "has the column 'age' more than once"),
        ("age,on\nold,1\n", "row.csv: age is 'old'; write a number"),
        ("age,on\nnan,1\n", "no finite number"),
        ("age,on\n-Infinity,1\n", "no finite number"),
        ("age,on\n1e999,1\n", "no finite number"),
        ('age,on\n"1,5",1\n', "age is '1,5'; write a number"),
        ("age;on\n1.000,5;1\n", "age is '1.000,5'; write a number"),
        ("age,on\n1,2\n", "on is '2'; write 0 or 1"),
        ("age,on\n1e30,1\n", "check its unit"),
        (b"PK\x03\x04", "Excel"),
        (b"\xff\xff", "UTF-8"),
        ("age,on\n" + "9" * 200_000 + ",1", "row.csv is empty, or no table in CSV"),
    ],
)
def test_what_is_no_such_row_is_refused_with_the_cause(text, says):
    assert says in refused(text)


def test_another_suffix_is_refused():
    assert "choose a .csv file" in refused("age\n1\n", name="row.xlsx")


def test_a_row_is_written_under_its_own_names_and_in_full():
    inputs, _ = TABULAR.prepare(FORM, [{"age": 1 / 3, "colour": "te,al", "on": 0}])
    file = TABULAR.write(FORM, inputs, 0)
    assert (file.suffix, file.media_type) == (".csv", "text/csv")
    assert file.content.decode() == 'age,colour,on\n0.3333333333333333,"te,al",0\n'


def test_a_rare_value_whose_name_is_lost_is_written_as_other():
    inputs, _ = TABULAR.prepare(FORM, [{**ROW, "colour": "teal"}])
    without = Inputs("tabular", {name: values for name, values in inputs.arrays.items() if name != "cells"})
    assert row_cells(FORM, inputs, 0) == ("45.5", "teal", "1")
    assert row_cells(FORM, without, 0) == ("45.5", "other", "1")


def test_cells_that_say_something_else_than_the_values_are_not_written():
    inputs, _ = TABULAR.prepare(FORM, [ROW])
    inputs.arrays["values"][0, 0] = 1.0
    assert row_cells(FORM, inputs, 0) == ("50", "red", "1")


WORDS = ["red", "a,b", 'say "x"', "x;y", "naïve", "日本", "=1+1", "other", "'", "|", "sep=;", "0 1", "a\nb", " pad "]


@pytest.mark.parametrize("seed", range(40))
def test_a_written_row_is_read_as_it_was(seed):
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    makers = {
        "n": lambda: float(rng.normal(1e3, 7)),
        "i": lambda: int(rng.integers(-9, 9)),
        "w": lambda: draw.choice(WORDS),
        "b": lambda: bool(rng.integers(2)),
    }
    names = [f"{draw.choice(WORDS)} {place}" for place in range(draw.randint(1, 7))]
    kinds = [draw.choice("niwb") for _ in names]
    holes = draw.choice([0, 0.3])

    def row():
        return {n: None if draw.random() < holes else makers[k]() for n, k in zip(names, kinds, strict=True)}

    form = TABULAR.fit([row() for _ in range(draw.choice([1, 5, 60]))])
    rows = [row() for _ in range(15)]
    inputs, _ = TABULAR.prepare(form, rows)
    for place in range(len(rows)):
        file = TABULAR.write(form, inputs, place)
        assert_equal(read(file.content, form)[0], inputs.take([place]))


def test_the_row_of_bits_of_the_built_in_task_is_read_as_its_own_reader_reads_it():
    text = "bit_3,bit_1,bit_2,bit_0,bit_4,bit_5\n0,1,1,0,0,1\n"
    np.testing.assert_array_equal(
        read(text, BITS)[0].arrays["values"], read_bits_table("a.csv", text.encode())[0].arrays["values"]
    )


# -- encoder and noise


@pytest.mark.parametrize(("n_columns", "width"), [(6, 32), (40, 64), (500, 128)])
def test_layers_are_as_wide_as_the_table_asks_for(n_columns, width):
    form = TableForm(tuple(Column(str(place)) for place in range(n_columns)))
    config = TABULAR.settings(form)
    assert (config.n_features, config.hidden) == (n_columns, (width, width))
    scores = TABULAR.encoder(config, 5)({"values": torch.zeros(3, n_columns)})
    assert scores.shape == (3, 5)


def test_the_built_in_table_is_perturbed_by_the_random_numbers_that_it_always_was():
    inputs = bits_tables(*np.random.default_rng(1).integers(0, 2, (2, 50)), np.random.default_rng(2))
    noisy = TABULAR.perturb(inputs, 0.4, np.random.default_rng(3))["values"]
    assert hashlib.sha256(noisy.astype(np.uint8).tobytes()).hexdigest()[:16] == "0cc55df71c93e5e6"


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    rows = [
        {
            "x": None if rng.random() < 0.3 else float(rng.normal()),
            "c": str(rng.choice(["a", "b", "c", f"rare {place}"])),
            "b": bool(rng.integers(2)),
            "k": 5,
        }
        for place in range(400)
    ]
    form = TABULAR.fit(rows)
    return form, TABULAR.prepare(form, rows)[0]


@pytest.mark.parametrize("level", [0.3, 1.0])
def test_all_places_of_a_column_are_replaced_together_by_another_row(mixed, level):
    form, inputs = mixed
    noisy = Inputs("tabular", {**inputs.arrays, **TABULAR.perturb(inputs, level, np.random.default_rng(5))})
    columns = inputs.arrays["columns"][0]
    for column in (0, 1, 3):
        seen = {tuple(row) for row in inputs.arrays["values"][:, columns == column]}
        assert {tuple(row) for row in noisy.arrays["values"][:, columns == column]} <= seen
    changed = (noisy.arrays["cells"] != inputs.arrays["cells"])[:, 2]
    assert changed.mean() == pytest.approx(level / 2, abs=0.08)
    for row in range(0, 400, 23):
        assert row_cells(form, noisy, row) == tuple(noisy.arrays["cells"][row])


def test_noise_leaves_what_it_is_given(mixed):
    _, inputs = mixed
    before = {name: values.copy() for name, values in inputs.arrays.items()}
    changes = TABULAR.perturb(inputs, 1.0, np.random.default_rng(5))
    for name, values in before.items():
        np.testing.assert_array_equal(inputs.arrays[name], values)
    assert {name: (values.dtype, values.shape) for name, values in changes.items()} == {
        name: (before[name].dtype, before[name].shape) for name in ("values", "cells")
    }

"""metadata.csv and metadata.parquet: cells byte for byte, how the file is written found out, faults by row."""

from __future__ import annotations

import csv
import datetime
import decimal
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_folders import folder, mutations, picture
from sharcs_core.kinds.columns import natural
from sharcs_core.tasks.folder import csv_table, parquet_table
from sharcs_core.tasks.folder.description import Description
from sharcs_core.tasks.folder.faults import FolderError
from sharcs_core.tasks.folder.sheet import read_sheet


def sheet_of(path, content, name="metadata.csv", **said):
    return read_sheet(folder(path, {name: content}), Description(**said))


def parquet(path, table, **said):
    content = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pandas(table), content)
    return sheet_of(path, content.getvalue(), "metadata.parquet", **said)


def faults_of(path, content, name="metadata.csv"):
    with pytest.raises(FolderError) as caught:
        sheet_of(path, content, name)
    faults = [str(fault) for fault in caught.value.faults]
    assert not any("\n" in fault for fault in faults)
    return faults


# -- cells


ODD = (
    "00042",
    "1",
    "1.0",
    "1e3",
    "NA",
    "None",
    "null",
    "nan",
    "-999",
    "TRUE",
    " a ",
    "a,b",
    'say "x"',
    "two\nlines",
    "ü",
)


def test_cells_are_text_byte_for_byte_and_only_the_empty_one_is_missing(tmp_path):
    content = io.StringIO(newline="")
    csv.writer(content).writerows([("id", "cell"), *zip("abcdefghijklmno", ODD, strict=True), ("p", "")])
    sheet = sheet_of(tmp_path, content.getvalue())
    assert tuple(sheet.cells["cell"]) == (*ODD, None)
    assert sheet.rows[0] == ("a", "00042")


def test_other_cells_are_missing_where_task_toml_says_so(tmp_path):
    sheet = sheet_of(tmp_path, "a,b\n-999,NA\n-999.0,x\n", missing=("-999", "NA"))
    assert sheet.rows == [(None, None), ("-999.0", "x")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_quotes_and_ends_of_lines_are_found(tmp_path, separator, quote, end):
    rows = [("id", "some, text; or\tnone|", "n"), ("1", "a, b; c\td|e", "3"), ("2", "f, g", "4"), ("3", "", "5")]
    content = io.StringIO(newline="")
    style = {"delimiter": separator, "quotechar": quote, "lineterminator": end}
    csv.writer(content, quoting=csv.QUOTE_ALL, **style).writerows(rows)
    sheet = sheet_of(tmp_path, content.getvalue())
    assert sheet.rows == [tuple(cell or None for cell in row) for row in rows[1:]]
    assert any("separated" in note for note in sheet.notes) == (separator != ",")
    assert any("single quotes" in note for note in sheet.notes) == (quote == "'")


def test_a_first_line_may_say_what_separates(tmp_path):
    sheet = sheet_of(tmp_path, "sep=;\na;b,c\n1;2,3\n")
    assert (sheet.columns, sheet.rows, list(sheet.numbers)) == (("a", "b,c"), [("1", "2,3")], [2])


ENCODINGS = {
    "utf-8": None,
    "utf-8-sig": "UTF-8 with a mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 without a mark",
    "utf-16-be": "UTF-16 without a mark",
    "cp1252": "Windows-1252; 'Größe' is one",
}


@pytest.mark.parametrize(("encoding", "note"), ENCODINGS.items())
def test_the_encoding_is_found_and_said(tmp_path, encoding, note):
    text = "id,Größe\n" + "".join(f"{row},groß\n" for row in range(99)) + "x,–€\n"
    sheet = sheet_of(tmp_path, text.encode(encoding))
    assert sheet.columns == ("id", "Größe")
    assert sheet.rows[-1] == ("x", "–€")
    assert [note in one for one in sheet.notes] == ([True] if note else [])


@pytest.mark.parametrize(
    ("content", "decimal_mark", "read"),
    [
        ("a;b\n1,5;x\n2;y\n", ",", "1.5"),
        ('a,b\n"1,5",x\n2,y\n', ",", "1.5"),
        ("a;b\n1,500;x\n2;y\n", ".", "1,500"),  # may be thousands
        ("a;b\n1,500;0,5\n2;0,25\n", ",", "1.500"),
        ("a;b\n1,5;x\nred;y\n", ".", "1,5"),
        ("a;b\n1.5;x, y\n2;y\n", ".", "1.5"),
    ],
)
def test_a_decimal_comma_is_found_and_said(tmp_path, content, decimal_mark, read):
    sheet = sheet_of(tmp_path, content)
    assert sheet.decimal == decimal_mark
    assert sheet.pointed(sheet.cells["a"][0]) == read
    assert ("The numbers have a decimal comma" in sheet.notes) == (decimal_mark == ",")


def test_rows_are_counted_as_a_spreadsheet_does_and_blank_ones_left_out(tmp_path):
    sheet = sheet_of(tmp_path, '\na,b\n\n"two\nlines",1\n,,\n,\nx,2\n\n')
    assert sheet.rows == [("two\nlines", "1"), ("x", "2")]
    assert list(sheet.numbers) == [4, 7]
    assert sheet.notes == ("5 blank rows were left out",)


def test_a_column_without_a_name_that_counts_rows_or_is_empty_is_left_out(tmp_path):
    sheet = sheet_of(tmp_path, ",a,,b,\n0,x,,y,\n1,x,,y,\n")
    assert sheet.columns == ("a", "b")
    assert sheet.notes == ("Column 1 has no name and only counts the rows, so it was left out",)


def test_names_of_columns_are_on_one_line(tmp_path):
    sheet = sheet_of(tmp_path, ' a ,"two\nlines"\n1,2\n')
    assert sheet.columns == ("a", "two lines")
    assert len(sheet.notes) == 2


# -- faults


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ["is empty"]),
        ("\n\n", ["is empty"]),
        ("a,b\n", ["has no rows below its header"]),
        ("a,a,b\n1,2,3\n", ["row 1, column 'a': stands 2 times in the header"]),
        ("a, a,b\n1,2,3\n", ["row 1, column 'a': stands 2 times"]),
        ("a,,b\n1,2,3\n", ["row 1: column 2 has no name"]),
        ("a,b\n1,2\n1\n1,2,3\n\n1,2,,\n", ["row 3: has 1 cell for 2 columns", "row 4: has 3 cells for 2 columns"]),
        ('a,b\n1,2\n"x,2\n3,4\n', ['row 3: opens a quote " that is never closed']),
        ('a,b\n1,"x"y\n3,4\n', ["row 2: has text after a quote"]),
        ('a,b\n1,"' + "x" * 200_000 + '"\n', ["row 2: has a cell of more than 131,072 characters"]),
        ("a,b\n1,2\n3,\0\n", ["row 3: holds a NUL"]),
        ("a,b\nü,1\n".encode() + b"\xfc,2\n", ["row 3: is in another encoding than row 2, which is in UTF-8"]),
        (b"a,b\n\x81\xfc,2\n", ["row 2: is no text in UTF-8 or Windows-1252"]),
        (b"\xff\xfea", ["is no text in UTF-16"]),
        (b"PK\x03\x04...", ["is a ZIP archive"]),
        (b"PAR1\x15\x04\xff\0PAR1", ["is a Parquet file; call it metadata.parquet"]),
        (",".join(map(str, range(100_000))) + "\n", ["has 100,000 columns, more than 2,000; bring fewer columns"]),
        (";".join(map(str, range(100_000))) + "\n1;2\n", ["has 100,000 columns, more than 2,000"]),
    ],
)
def test_what_is_no_sheet_is_one_sentence_a_fault(tmp_path, content, says):
    faults = faults_of(tmp_path, content)
    assert len(faults) == len(says)
    assert all(one in fault for one, fault in zip(says, faults, strict=True)), faults


def test_every_ragged_row_is_told_and_of_many_the_number(tmp_path):
    faults = faults_of(tmp_path, "a,b\n" + "1\n" * 250)
    assert len(faults) == 101
    assert "150 further rows at fault" in faults[-1]


@pytest.mark.parametrize(("bound", "says"), [("MOST_ROWS", "more than 9"), ("MOST_CELLS", "more than 9")])
def test_a_sheet_beyond_a_bound_is_refused(tmp_path, monkeypatch, bound, says):
    monkeypatch.setattr(csv_table, bound, 9)
    (fault,) = faults_of(tmp_path, "a,b\n" + "1,2\n" * 20)
    assert says in fault


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "is not there; write one"),
        ({"train.csv": "a"}, "is not there; rename 'train.csv'"),
        ({"Metadata.CSV": "a", "b.csv": ""}, "write its name in small letters: rename 'Metadata.CSV'"),
        ({"metadata.xlsx": "a"}, "save 'metadata.xlsx' as CSV"),
        ({"metadata.csv": "a", "metadata.parquet": "b"}, "keep one of them"),
        ({"metadata.csv/a.png": ""}, "is a folder"),
    ],
)
def test_a_folder_without_one_sheet_is_refused(tmp_path, files, says):
    with pytest.raises(FolderError) as caught:
        read_sheet(folder(tmp_path, {"x.png": "", **files}))
    assert says in str(caught.value)


# -- Parquet


def test_the_same_cells_are_read_from_csv_and_from_parquet(tmp_path):
    whole = pd.DataFrame(
        {
            "code": ["00042", "1", None],
            "n": [10, 9, 2],
            "label": pd.array([10, 9, None], dtype="Int64"),
            "share": [0.1, 0.25, np.nan],
            "yes": [True, False, True],
            "day": [datetime.date(2024, 1, 31)] * 3,
            "site": pd.Categorical(["a", None, "b"]),
        }
    )
    from_csv = sheet_of(tmp_path / "csv", whole.to_csv(index=False))
    from_parquet = parquet(tmp_path / "parquet", whole)
    assert from_csv.rows == from_parquet.rows
    assert sorted(filter(None, from_parquet.cells["label"]), key=natural) == ["9", "10"]


@pytest.mark.parametrize(
    ("values", "of_type", "cells"),
    [
        ([1.0, None, 3.0], pa.float64(), ("1", None, "3")),
        ([0.1, float("nan"), float("inf")], pa.float32(), ("0.1", None, "inf")),
        ([1.5, 0.1, 1e-9], pa.float64(), ("1.5", "0.1", "1e-09")),
        ([2**63, 1, None], pa.uint64(), (str(2**63), "1", None)),
        ([decimal.Decimal("1.50"), None, decimal.Decimal("2")], pa.decimal128(5, 2), ("1.50", None, "2.00")),
        (["a", "", None], pa.large_string(), ("a", None, None)),
        ([None, None, None], pa.null(), (None, None, None)),
        ([True, None, False], pa.bool_(), ("True", None, "False")),
        ([0, None, 1], pa.timestamp("ns"), ("1970-01-01 00:00:00", None, None)),
    ],
)
def test_types_of_parquet_become_text(tmp_path, values, of_type, cells):
    read = parquet(tmp_path, pa.table({"a": pa.array(values, type=of_type), "b": ["x"] * 3})).cells["a"]
    assert tuple(read)[:2] == cells[:2]
    assert cells[2] is None or read[2] == cells[2]


def test_a_picture_inside_of_parquet_is_a_cell_that_names_it(tmp_path):
    one, other = picture(1), picture(2, "JPEG")
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = [{"bytes": one, "path": None}, {"bytes": other, "path": "x.bmp"}, None, {"bytes": None, "path": "c.png"}]
    places = folder(tmp_path, {"c.png": "content"})
    sheet = parquet(tmp_path, pa.table({"look": pa.array(cells, type=kind), "b": list("wxyz")}))
    named = sheet.cells["look"]
    assert named[2:] == [None, "c.png"]
    places = places.holding(sheet.pictures)
    found = [places.find(cell, (".png", ".jpg")) for cell in named if cell]
    assert [places.read(place, 10_000) for place in found] == [one, other, b"content"]
    assert len({place.name for place in found}) == 3


@pytest.mark.parametrize(
    ("values", "of_type", "says"),
    [
        ([[1, 2], None], pa.list_(pa.int64()), "holds a list in each cell"),
        ([[1.0], [2.0]], pa.list_(pa.float32(), 1), "holds a list in each cell"),
        ([{"x": 1}, None], pa.struct([("x", pa.int64())]), "holds an object ('x') in each cell"),
        ([[("a", 1)], None], pa.map_(pa.string(), pa.int64()), "holds a list in each cell"),
        ([b"x", None], pa.binary(), "holds a value of type binary in each cell"),
    ],
)
def test_a_column_of_what_is_no_cell_is_refused_unless_it_is_ignored(tmp_path, values, of_type, says):
    table = pa.table({"a": pa.array(values, type=of_type), "b": ["x", "y"]})
    with pytest.raises(FolderError) as caught:
        parquet(tmp_path, table)
    assert str(caught.value).startswith(f"metadata.parquet, column 'a': {says}")
    assert 'ignore = ["a"]' in str(caught.value)
    assert parquet(tmp_path, table, ignore=("a",)).cells["a"] == [None, None]


def test_the_index_of_a_data_frame_is_no_column(tmp_path):
    sheet = parquet(tmp_path, pd.DataFrame({"a": ["x", "y"], "b": ["1", "2"]}, index=[7, 9]))
    assert (sheet.columns, len(sheet.notes)) == (("a", "b"), 1)


def test_equal_words_of_a_small_file_are_held_once(tmp_path):
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, type=pa.int32()), pa.array(["x" * 10_000_000]))
    content = io.BytesIO()
    pq.write_table(pa.table({"a": long, "b": ["y"] * 2000}), content, dictionary_pagesize_limit=10**8)
    assert len(content.getvalue()) < 10**6
    assert len({id(cell) for cell in sheet_of(tmp_path, content.getvalue(), "metadata.parquet").cells["a"]}) == 1


def test_a_file_that_unpacks_to_more_than_a_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_table, "MOST_UNPACKED", 10_000)
    with pytest.raises(FolderError, match="unpacks to"):
        parquet(tmp_path, pa.table({"a": [f"{row:0100}" for row in range(1000)], "b": ["y"] * 1000}))


@pytest.mark.parametrize("seed", range(3))
def test_a_broken_parquet_file_is_one_sentence(tmp_path, seed):
    content = io.BytesIO()
    pq.write_table(pa.table({"a": ["x", "y"] * 20, "n": list(range(40))}), content)
    broken = enumerate(mutations(content.getvalue(), 100, seed))
    said = [fault_of(tmp_path / str(number), content) for number, content in broken]
    refused = [fault for fault in said if fault]
    assert refused
    assert not any("\n" in fault for fault in refused)


def fault_of(path, content):
    """What is said of a sheet in Parquet that cannot be read; nothing of one that can."""
    try:
        sheet_of(path, content, "metadata.parquet")
    except FolderError as error:
        return str(error)
    return ""

"""Faults as lines and as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from sharcs_core.tasks.folder.faults import MOST_LISTED, Fault, FolderError, as_csv, as_lines, first_faults


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault("metadata.csv", 7, "a", "is odd", "mend it"), "metadata.csv, row 7, column 'a': is odd; mend it"),
        (Fault("task.toml", 3, "label", "is odd"), "task.toml, line 3, key 'label': is odd"),
        (Fault("a.jsonl", 3, None, "is odd", is_note=True), "note: a.jsonl, line 3: is odd"),
        (Fault("metadata.csv", None, None, "is odd"), "metadata.csv: is odd"),
    ],
)
def test_a_line_says_where_what_and_the_mend(fault, line):
    assert as_lines([fault]) == [line]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_csv_is_a_formula(start):
    fault = Fault(f"{start}a.csv", 2, f"{start}col", f'{start}says, "quoted"\nand more', f"{start}mend")
    _, row = list(csv.reader(io.StringIO(as_csv([fault]).decode(), newline="")))
    assert row == [f"'{start}a.csv", "2", f"'{start}col", f"'{fault.says}", f"'{start}mend", "fault"]


def test_many_faults_of_one_sort_are_counted():
    faults = [Fault("metadata.csv", row, None, "is odd") for row in range(2, MOST_LISTED + 12)]
    shown = first_faults(faults, "odd rows")
    assert shown[:-1] == faults[:MOST_LISTED]
    assert "10 further odd rows, the last in row 111" in str(shown[-1])


def test_an_error_has_all_faults_and_says_the_first():
    faults = [Fault("metadata.csv", row, None, "is odd") for row in (2, 3, 4)]
    error = FolderError(faults)
    assert error.faults == tuple(faults)
    assert str(error) == "metadata.csv, row 2: is odd (and 2 more faults)"

"""What is wrong with ids and labels."""

from __future__ import annotations

import pytest

from sharcs_core.tasks.folder.labels import id_faults, ids_of, label_faults
from sharcs_core.tasks.folder.sheet import Sheet


def sheet(cells):
    return Sheet("metadata.csv", {"column": cells}, range(2, len(cells) + 2))


def said(faults):
    return [str(fault) for fault in faults]


def test_rows_without_ids_are_called_by_their_number():
    assert ids_of(sheet(["a", "b"]), None) == ("2", "3")
    assert ids_of(sheet(["a", "b"]), "column") == ("a", "b")


def test_an_id_that_stands_twice_is_told_with_both_rows_and_one_that_cannot_be_seen_with_its_own():
    faults = said(id_faults(sheet(["a", None, "b", " a", "\u200b", "1", "1.0"]), "column"))
    assert faults == [
        "metadata.csv, row 3, column 'column': is empty; give each row an id, or the sheet no such column",
        "metadata.csv, row 5, column 'column': is 'a', as in row 2; give each row its own; what rows share is a group",
        "metadata.csv, row 6, column 'column': is empty; give each row an id, or the sheet no such column",
    ]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["a", "a", None], "is 'a' in every row, so there is nothing to tell apart; bring a second class"),
        ([None, None], "is empty in every row"),
        (
            [f"{row}.5" for row in range(30)],
            "looks like a quantity (30 different numbers in 30 rows)",
        ),
        ([str(row % 60) for row in range(90)], "looks like a quantity (60 different numbers"),
        (["cat", "dog", "cat|dog"] * 3, "holds several labels in a cell, such as 'cat|dog'"),
        (["cat", "dog", "dog, cat"] * 3, "train a task for each"),
        (["['cat', 'dog']", "['cat']"], "holds several labels in a cell"),
        ([f"c{row}" for row in range(2000)], "has 2,000 classes, more than 1,000; group them"),
    ],
)
def test_what_is_no_column_of_classes_is_one_sentence_with_its_way_round(cells, says):
    (fault,) = said(label_faults(sheet(cells), "column"))
    assert says in fault


@pytest.mark.parametrize(
    "cells",
    [
        ["yes", None, "no"],
        [str(row % 10) for row in range(40)],
        [str(row % 60) for row in range(600)],
        ["1.5", "2.5"] * 9,
        ["salt and pepper", "salt", "sugar"],
        ["Paris, France", "Rome, Italy"],
    ],
)
def test_classes_are_without_fault(cells):
    assert label_faults(sheet(cells), "column") == []


def test_a_sheet_without_labels_is_told_how_to_have_them():
    (fault,) = said(label_faults(sheet(["a"]), None))
    assert 'label = "..." in task.toml' in fault


def test_labels_that_are_nearly_the_same_are_two_and_noted():
    notes = label_faults(sheet(["1", "1.0", "Yes", "yes", "yes ", "no"]), "column")
    assert all(note.is_note for note in notes)
    assert ["'1' (1) and '1.0' (1)" in str(notes[0]), "'Yes' (1) and 'yes' (1)" in str(notes[1])] == [True, True]


def test_a_label_that_is_not_among_the_classes_is_told_once_with_its_first_row():
    faults = said(label_faults(sheet(["a", "b", "c", "c"]), "column", ("a", "b")))
    assert faults == [
        "metadata.csv, row 4, column 'column': is 'c', which is not among classes; add it to classes in task.toml"
    ]

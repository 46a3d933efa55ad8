"""task.toml: what it says, and every fault with its line."""

from __future__ import annotations

import os
import re
from dataclasses import fields

import pytest

from made_folders import folder
from sharcs_core.tasks.folder.description import Description, ModalityDescription, description_of, read_description
from sharcs_core.tasks.folder.faults import FolderError

WHOLE = """
title = "Shapes"
question = "Do they agree?"
label = "answer"
classes = ["no", "yes"]
group = "person"
missing = ["-999"]
ignore = ["notes"]
redistribute = false

[modalities.picture]
kind = "image"
column = "file"
means = {colour = "colour", "shape of it" = "shape"}
[modalities.readings]
kind = "tabular"
numeric = ["ph", "zip"]
category = ["site"]
"""


def faults_of(text):
    with pytest.raises(FolderError) as caught:
        description_of(text if isinstance(text, bytes) else text.encode())
    return [str(fault) for fault in caught.value.faults]


def test_all_that_it_can_say_is_read():
    said = description_of(WHOLE.encode())
    assert (said.title, said.label, said.classes, said.redistribute) == ("Shapes", "answer", ("no", "yes"), False)
    assert (said.group, said.missing, said.ignore, said.id) == ("person", ("-999",), ("notes",), None)
    assert said.modalities["picture"].means == {"colour": "colour", "shape of it": "shape"}
    assert said.modalities["readings"] == ModalityDescription(kind="tabular", numeric=("ph", "zip"), category=("site",))


def test_a_folder_without_it_says_nothing(tmp_path):
    assert read_description(folder(tmp_path, {"a.txt": "x"})) == Description()


@pytest.mark.parametrize("key", [one.name for one in fields(Description) if one.name != "modalities"])
def test_a_key_with_a_letter_too_few_names_the_key_and_the_line(key):
    (fault,) = faults_of(f"\n# a comment\n{key[1:]} = 'x'")
    assert fault == f"task.toml, line 3, key {key[1:]!r}: is no key here; write {key!r}"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[modalities.a]\ncolum = 'x'", 2, "write 'column'"),
        ("label = 3", 1, 'must be text (got 3); write it in quotes, "3"'),
        ("\nmissing = [-999]", 2, 'write it in quotes, "-999"'),
        ("missing = '-999'", 1, "must be a list"),
        ("redistribute = 'no'", 1, "must be true or false"),
        ("redistribute = 0", 1, "must be true or false"),
        ("title = 2020-01-01", 1, "must be text"),
        ("label = ''", 1, "must be text of a character at least"),
        ("modalities = 1", 1, "must be a table"),
        ("[modalities]\na = 'image'", 2, "must be a table"),
        ("[modalities.a]\nkind = 'imge'", 2, "write 'image'"),
        ("[modalities.a]\nkind = 'video'", 2, "choose from 'tabular', 'image', 'graph', 'text'"),
        ("[modalities.'2 x']\nkind = 'image'", 1, "cannot be called '2 x'"),
        ("[modalities.a]\nkind = 'tabular'\ncolumn = 'x'", 3, "is for one column"),
        ("[modalities.a]\nkind = 'image'\nnumeric = ['x']", 3, "is for the columns of a table"),
        ("[modalities.a]\ncolumn = 'x'\nnumeric = ['x']", 3, "keep one of the two"),
        ("[modalities.a]\nmeans = {'' = 'x'}", 2, "is no name of a factor"),
        ("[modalities.a]\nmeans = {b = 1}", 2, "must be text"),
        ("classes = ['a', 'a']", 1, "names 'a' 2 times"),
        ("a = 1\nlabel = digit", 2, "is no TOML that one can read: invalid value"),
        ("a = 1\na = 2", 2, "cannot overwrite a value"),
        ('a = "x\n\n', 1, "is no TOML"),
        ("a = '''x\n\n", 3, "is no TOML"),
        ("\0", 1, "is no TOML"),
        (b"\n\nlabel = '\xff'", 3, "is not UTF-8 text"),
        ("\n" + ".".join("a" * 24_000) + " = 1", 2, "has a key of too many parts"),
        ("a = " + "[" * 20_000, None, "is nested too deeply"),
        ("a = " + "9" * 5_000, None, "too many digits"),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(text, line, says):
    (fault,) = faults_of(text)
    assert says in fault
    assert fault.startswith("task.toml" if line is None else f"task.toml, line {line}")
    assert "\n" not in fault


def test_every_fault_is_told_in_the_order_of_the_lines():
    faults = faults_of("lable = 'x'\n[modalities.a]\nkind = 3\ncolum = 'y'\nmeans = {b = 1}")
    assert [re.findall(r"line (\d+)", fault) for fault in faults] == [["1"], ["3"], ["4"], ["5"]]


def test_it_is_read_with_a_mark_before_it_and_no_further_than_a_bound(tmp_path):
    assert description_of(b"\xef\xbb\xbflabel = 'x'").label == "x"
    with pytest.raises(FolderError, match="too large"):
        read_description(folder(tmp_path, {"task.toml": "#" * 60_000}))


def test_one_that_is_a_link_out_of_the_folder_is_not_read(tmp_path):
    (tmp_path / "secret.toml").write_text("label = 'secret'", encoding="utf-8")
    (tmp_path / "task").mkdir()
    os.symlink("../secret.toml", tmp_path / "task" / "task.toml")
    with pytest.raises(FolderError, match="leads out of the folder") as caught:
        read_description(folder(tmp_path / "task", {"a.txt": "x"}))
    assert "secret'" not in str(caught.value)


def test_settings_are_read_and_other_tables_of_them_refused():
    said = description_of(b"[settings.model]\nvotes = true\n[settings.training]\nepochs = 9")
    assert said.settings == {"model": {"votes": True}, "training": {"epochs": 9}}
    with pytest.raises(FolderError, match="line 1"):
        description_of(b"[settings.modle]\nvotes = true")

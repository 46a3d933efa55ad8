"""What is written by us reads back: values in TOML, and cells in CSV."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from sharcs_core.tasks.folder import toml_text as toml
from sharcs_core.tasks.folder.sheet import sheet_of
from sharcs_core.tasks.folder.sheet_text import sheet_bytes

ODD = (
    *("", " ", "a", 'say "no"', "it's", "back\\slash", "\\", '"""', "'''", "two\nlines", "\n", "\r\n", "tab\there"),
    *(
        "\x00\x01\x1f\x7f\x80",
        "λ 猫 \U0001f600",
        "a # b",
        "[a]",
        "a.b = c",
        "\ufeff",
        "\u2028",
        'ends in "',
        "<b>&amp;</b>",
    ),
)


@pytest.mark.parametrize("text", ODD, ids=repr)
def test_a_text_reads_back_from_toml_in_every_place(text):
    lines = [f"{toml.key(text)} = {toml.quoted(text)}", f"prose = {toml.prose(text)}"]
    lines += [f"names = {toml.names([text, text * 60])}", f"table = {toml.table({text: text})}", toml.remark(text)]
    found = tomllib.loads("\n".join(lines))
    assert found == {text: text, "prose": text, "names": [text, text * 60], "table": {text: text}}


def test_drawn_texts_read_back_from_toml():
    rng = np.random.default_rng(0)
    letters = ['"', "\\", "\n", "\r", "\t", "'", "#", "=", "a", " ", "\x7f", "ü", "\x00"]
    for _ in range(2000):
        text = "".join(rng.choice(letters, rng.integers(0, 12)))
        found = tomllib.loads(
            f"{toml.key(text)} = {toml.prose(text)}\nlast = {toml.names([text])}  {toml.remark(text)}\n"
        )
        assert found == ({text: text, "last": [text]} if text != "last" else found)


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (["a", "b"], [["1", "2"], ["3", ""]]),
        (["a", "b"], [["x;y", "p;q;r"], ["x;y", "p;q;r"]]),
        (["'a'", "b'"], [["1", "2"]]),
        (["a;b;c;d", "e;f;g"], [["1;2;3;4", "5;6;7"]] * 60),
        (["a\tb\tc", "d"], [["1\t2\t3", "4"]] * 60),
        (["a", 'b"c'], [['"', '""'], ['"x', 'x"']]),
        (["a", "b"], [["two\nlines", "\r\n"], ["\r", "x"]]),
        (["sep=;", "b"], [["1", "2"]]),
        (["a", "b"], [[" 1", "2 "], ["\ufeffx", "\u2028"]]),
        (["=1+1", "@x"], [["-1", "+2"]]),
    ],
    ids=range(10),
)
def test_cells_read_back_from_csv(header, rows):
    found = sheet_of("metadata.csv", sheet_bytes(header, rows))
    assert list(found.columns) == [" ".join(name.split()) for name in header]
    assert found.rows == [tuple(cell or None for cell in row) for row in rows]


def test_drawn_cells_read_back_from_csv():
    rng = np.random.default_rng(0)
    letters = ['"', ";", ",", "\n", "\r", "\t", "'", "|", "a", " ", "=", "1"]
    for _ in range(300):
        n_columns = int(rng.integers(2, 5))
        rows = [["".join(rng.choice(letters, rng.integers(0, 6))) for _ in range(n_columns)] for _ in range(6)]
        kept = [["x", *row] for row in rows]
        header = ["key", *(f"c{place}{''.join(rng.choice(list(';|,'), 2))}" for place in range(n_columns))]
        found = sheet_of("metadata.csv", sheet_bytes(header, kept))
        assert found.rows == [tuple(cell or None for cell in row) for row in kept]


def test_nothing_is_quoted_that_needs_no_quotes():
    assert sheet_bytes(["id", "text"], [["1", "a b"], ["2", None]]) == b"id,text\n1,a b\n2,\n"

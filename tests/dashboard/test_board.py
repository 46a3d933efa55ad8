"""What the drawing board sends is distrusted, and it stands only where inputs are drawn by hand."""

from __future__ import annotations

import base64

import pytest

from pages import faultless, open_page
from views.upload.board import HEAD, content_of

PNG = b"\x89PNG\r\n\x1a\n and so on"


def sent(content):
    return {"png": HEAD + base64.b64encode(content).decode()}


def test_a_drawing_is_the_file_that_was_sent_and_an_empty_board_none():
    assert content_of(sent(PNG), 1000) == PNG
    assert content_of({"png": ""}, 1000) == b""


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        "",
        [],
        {},
        {"png": None},
        {"png": 7},
        {"png": HEAD},
        {"png": "data:text/html;base64,AAAA"},
        {"png": HEAD + "no base 64!"},
        {"png": HEAD + "AAA"},
        sent(b"x" * 1010),
    ],
)
def test_what_no_board_sends_is_no_drawing(drawn):
    assert content_of(drawn, 1000) is None


@pytest.mark.parametrize(
    ("run", "n_boards"),
    [("mnist_superpixels", 1), ("half_mnist", 1), ("xor_four_ways", 1), ("clevr", 0), ("xor_and_xor", 0)],
)
def test_a_board_stands_where_pictures_are_drawings(run, n_boards):
    page = faultless(open_page("upload", run=run))
    assert [toggle.label for toggle in page.toggle].count("Draw it") == n_boards

"""The drawing board, by mouse and by finger: what is drawn is read, kept over a reload, taken back and cleared."""

from __future__ import annotations

import pytest

SEVEN = ((0.25, 0.25), (0.7, 0.25), (0.45, 0.8))
READ_AS_7 = "The model reads the picture as 7"


def places(tab, points):
    canvas = tab.page.locator(".board canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw_by_mouse(tab, points):
    first, *further = places(tab, points)
    tab.page.mouse.move(*first)
    tab.page.mouse.down()
    for place in further:
        tab.page.mouse.move(*place, steps=8)
    tab.page.mouse.up()


def draw_by_finger(tab, points):
    touches = tab.page.context.new_cdp_session(tab.page)
    first, *further = places(tab, points)
    between = [first, *further]
    path = [
        (one[0] + (other[0] - one[0]) * step / 8, one[1] + (other[1] - one[1]) * step / 8)
        for one, other in zip(between, further, strict=False)
        for step in range(1, 9)
    ]
    kinds = ["touchStart", *["touchMove"] * len(path)]
    for kind, (x, y) in zip(kinds, [first, *path], strict=True):
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": 1}]})
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def open_board(tab):
    tab.open("upload?run=mnist_superpixels")
    tab.page.get_by_text("Draw it").click()
    tab.page.locator(".board canvas").wait_for()
    tab.settle()
    assert READ_AS_7 not in tab.text()


@pytest.mark.parametrize("draw", [draw_by_mouse, draw_by_finger])
def test_a_drawn_digit_is_read(visit, draw):
    tab = visit()
    open_board(tab)
    draw(tab, SEVEN)
    tab.wait_for_text(READ_AS_7)
    tab.settle()


def test_what_was_drawn_outlives_a_reload_and_is_cleared_for_good(visit):
    tab = visit()
    open_board(tab)
    draw_by_mouse(tab, SEVEN)
    tab.wait_for_text(READ_AS_7)
    tab.settle()
    tab.page.reload()
    tab.wait_for_text(READ_AS_7)
    clear = tab.page.locator(".board [data-do=clear]:enabled")
    clear.wait_for()  # the board has it too
    clear.click()
    tab.wait_for_text("Nothing to explain yet")
    tab.settle()
    assert tab.page.locator(".board .hint").is_visible()


def test_a_stroke_is_taken_back(visit):
    tab = visit()
    open_board(tab)
    draw_by_mouse(tab, SEVEN)
    tab.wait_for_text(READ_AS_7)
    tab.page.locator(".board [data-do=undo]").click()
    tab.wait_for_text("Nothing to explain yet")
    tab.settle()

"""Page Reasons by mouse and keyboard: words light places, places light words, and what is painted is kept."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from browsing import Visit
from sharcs_core.guided.annotating import annotation_at
from sharcs_core.guided.annotation_sheet import rows_of

RUN = "clevr_reasons"


@pytest.fixture
def tab(context, address):
    one = Visit(context, address)
    one.open(f"reasons?run={RUN}")
    one.page.locator(".words button").first.wait_for()
    yield one
    faults = one.faults
    one.close()
    assert not faults, "\n".join(faults)


def lit(tab):
    return tab.page.locator(".looking .lit").get_attribute("src")


def test_a_word_lights_its_place_and_a_place_its_words_without_a_jump(tab):
    whole, words = lit(tab), tab.page.locator(".words button")
    box = tab.page.locator(".looking").bounding_box()
    words.nth(1).focus()
    tab.page.keyboard.press("Enter")
    expect(words.nth(1)).to_have_attribute("aria-pressed", "true")
    assert lit(tab) != whole
    assert "Had it not looked there" in tab.text(".read-out")
    tab.page.keyboard.press("Escape")
    assert lit(tab) == whole
    cells = tab.page.locator(".cells button")
    cells.first.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        tab.page.keyboard.press(key)
    expect(cells.nth(9)).to_have_attribute("aria-pressed", "true")
    assert "Row 2, column 2" in tab.text(".read-out")
    assert lit(tab) == whole
    assert tab.page.locator(".looking").bounding_box() == box


def test_what_is_painted_by_mouse_is_kept_and_is_there_again_later(tab, data_folder):
    canvas = tab.page.locator(".painting canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in ((0.25, 0.25), (0.75, 0.5))]
    tab.page.mouse.move(*places[0])
    tab.page.mouse.down()
    tab.page.mouse.move(*places[1], steps=5)
    tab.page.mouse.up()
    tab.page.wait_for_timeout(400)  # what is painted is sent a moment after the pen is lifted
    tab.settle()
    tab.press("Keep it")
    tab.wait_for_text("1 annotation in")
    (row,) = rows_of(data_folder / "annotations")
    mask = annotation_at(data_folder / "annotations", row).mask
    expected = np.zeros((60, 80), dtype=bool)
    expected[15:30, 20:60] = True
    assert (mask != expected).sum() <= 2 * (15 + 40)  # a pixel's breadth at its edges
    tab.page.reload()
    tab.wait_for_text("1 annotation in")
    clear = tab.page.locator(".painting [data-do=clear]")
    expect(clear).to_be_enabled()  # the board has it too
    tab.press("Take back")
    tab.wait_for_text("It is taken back")
    assert rows_of(data_folder / "annotations") == ()

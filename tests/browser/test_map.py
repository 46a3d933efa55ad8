"""What a person does with the concept map in a real browser: click, lasso, zoom, recolour, leave, come back, reload."""

from __future__ import annotations

import io
import re
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import TimeoutError

from browsing import Visit
from drawings.theme import MARKS, MORE_MARKS
from on_map import MAP, click, isolated_point, points_of, wait_for_map
from two_runs import on_one_run

PANEL = ".map-panel"
SAYS = re.compile(r"^Your selection: [\d,]+ inputs$")

RANGES = """
(selector) => {
  const { x, y } = document.querySelector(selector).chart.view;
  return [...x, ...y].map((end) => Math.round(end * 1000));
}
"""
MARKED = "(selector) => (document.querySelector(selector).chart.chosen ?? []).reduce((sum, one) => sum + one, 0)"
BOXES = """
() => [...document.querySelectorAll('.map-name, .map-tag')].filter((one) => one.style.visibility === 'visible')
  .map((one) => one.getBoundingClientRect()).map(({ left, top, right, bottom }) => ({ left, top, right, bottom }))
"""


def distance(one: dict, other: dict) -> float:
    return ((one["x"] - other["x"]) ** 2 + (one["y"] - other["y"]) ** 2) ** 0.5


def zoom_at_rest(tab: Visit) -> list[int]:
    """The ranges of the axes, once they have stayed the same for most of a second: on a busy machine zooming lasts."""
    before, now = None, tab.ask(RANGES, MAP)
    while now != before:
        tab.page.wait_for_timeout(800)
        before, now = now, tab.ask(RANGES, MAP)
    return now


def press_segment(tab: Visit, name: str) -> None:
    """One of the choices above the map."""
    tab.page.locator("[data-testid=stMain]").get_by_role("radio", name=name, exact=True).first.click()
    tab.settle()


def drag(tab: Visit, tool: str, left: float, right: float) -> None:
    """Selects a part of the map's width with a tool of its bar."""
    tab.page.locator(f'{MAP} [data-tool="{tool}"]').click()
    box = tab.page.locator(f"{MAP} canvas").bounding_box()
    corners = ((left, 0.05), (right, 0.05), (right, 0.95), (left, 0.95), (left, 0.1))
    at = [(box["x"] + box["width"] * u, min(box["y"] + box["height"] * v, 980)) for u, v in corners]
    tab.page.mouse.move(*at[0])
    tab.page.mouse.down()
    for place in at[1:] if tool == "lasso" else at[2:3]:
        tab.page.mouse.move(*place, steps=6)
    tab.page.mouse.up()


def n_selected(tab: Visit, tool: str, left: float, right: float) -> int:
    """Selects; how many inputs the page says that these now are."""
    says = tab.page.get_by_text(SAYS)
    former = says.inner_text() if says.count() else "none yet"
    drag(tab, tool, left, right)
    says.filter(has_not_text=former).wait_for()
    tab.settle()
    return int(says.inner_text().split()[2].replace(",", ""))


def test_a_point_is_drawn_under_the_pointer_and_chosen_by_a_click_again_and_again(opened):
    tab = opened("concept_map")
    wait_for_map(tab)
    point = isolated_point(tab)
    click(tab, point)
    assert tab.ask(MARKED, MAP) == 0  # or all others would be pale
    tab.page.get_by_role("button", name="Surprise me").click()
    tab.settle()
    assert tab.in_address("sample") != point["id"].rsplit("/", 1)[0]
    click(tab, point)


@on_one_run
def test_a_box_and_a_lasso_tell_of_many_inputs(opened):
    tab = opened("concept_map")
    wait_for_map(tab)
    boxed = n_selected(tab, "box", 0.05, 0.95)
    assert tab.page.locator('[class*="st-key-lasso-"]').count() > 4
    tab.page.wait_for_timeout(500)  # or the next press would be the second of a double click
    assert 1 < n_selected(tab, "lasso", 0.1, 0.6) < boxed
    assert tab.page.locator('[class*="st-key-lasso-"]').count() > 4
    assert "They belong to" in tab.text(PANEL)
    first = tab.page.locator('[class*="st-key-lasso-"]').first.get_by_role("button")
    first.click()
    tab.wait_for_address("sample", first.inner_text())


@on_one_run
def test_selection_zoom_method_and_colour_survive_another_colour_another_page_and_a_reload(opened):
    tab = opened("concept_map")
    wait_for_map(tab)
    press_segment(tab, "UMAP")
    wait_for_map(tab)
    n = n_selected(tab, "lasso", 0.1, 0.6)
    box = tab.page.locator(f"{MAP} canvas").bounding_box()
    before = tab.ask(RANGES, MAP)
    tab.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.4)  # beside the lasso
    tab.page.mouse.wheel(0, -400)
    tab.page.wait_for_function(f"(before) => String(({RANGES})('{MAP}')) !== before", arg=",".join(map(str, before)))
    zoom = zoom_at_rest(tab)

    def is_kept() -> None:
        wait_for_map(tab)
        tab.page.wait_for_function(f"(n) => ({MARKED})('{MAP}') === n", arg=n)
        tab.page.wait_for_function(f"(zoom) => String(({RANGES})('{MAP}')) === zoom", arg=",".join(map(str, zoom)))
        assert f"{n:,}" in tab.page.get_by_text(SAYS).inner_text()

    press_segment(tab, "Concept")
    is_kept()
    press_segment(tab, "Answer")
    is_kept()
    tab.go_to("Retrieval")
    tab.go_to("Concept map")
    is_kept()
    assert (tab.in_address("map_method"), tab.in_address("map_colour")) == ("UMAP", "Answer")
    tab.page.reload()
    tab.page.wait_for_selector("h1")
    is_kept()
    tab.press("Clear")
    tab.page.wait_for_function(f"() => ({MARKED})('{MAP}') === 0")
    assert not tab.page.locator(PANEL).count()


@on_one_run
def test_a_short_selection_is_a_link_that_another_person_may_open(opened, visit, browser):
    tab = opened("concept_map")
    wait_for_map(tab)
    points = points_of(tab)[:3]
    ids = f"{tab.in_address('run')}:{','.join(point['id'] for point in points)}"
    with browser.new_context() as other:
        theirs = visit(other)
        theirs.open(f"concept_map?run={tab.in_address('run')}&selected={ids}")
        wait_for_map(theirs)
        theirs.wait_for_text("Your selection: 3 inputs")
        assert theirs.in_address("selected") == ids
        theirs.close()


def test_names_stand_apart_on_every_screen_and_the_line_joins_the_inputs(opened):
    for width in (1440, 390):
        tab = opened("concept_map", width=width, height=900)
        wait_for_map(tab)
        boxes = tab.ask(BOXES)
        assert len(boxes) > 3
        for i, one in enumerate(boxes):
            for other in boxes[:i]:
                apart = one["left"] >= other["right"] or other["left"] >= one["right"]
                assert apart or one["top"] >= other["bottom"] or other["top"] >= one["bottom"]
        ends = tab.page.locator(".map-line polyline").get_attribute("points").split()
        assert len(ends) == tab.page.locator(".map-ring").count()


def choose_by_keyboard(tab: Visit, label: str) -> None:
    """The first entry of a list. It is opened again where it did not: one that is drawn anew just then loses keys."""
    box, options = tab.page.get_by_label(re.compile(label)), tab.page.get_by_role("option")
    box.wait_for()
    for _ in range(3):
        tab.settle()
        box.press("ArrowDown")  # to the box itself, wherever the focus has gone
        with suppress(TimeoutError):
            options.first.wait_for(timeout=5000)
            break
    tab.page.keyboard.press("Enter")
    options.first.wait_for(state="hidden")


@on_one_run
def test_without_a_mouse_a_group_is_selected_and_one_of_it_chosen(opened):
    tab = opened("concept_map")
    wait_for_map(tab)
    choose_by_keyboard(tab, "Select a group")
    tab.page.get_by_text(SAYS).wait_for()  # the last that the page draws of the choice
    choose_by_keyboard(tab, "Choose from your selection")
    tab.page.wait_for_function("() => new URLSearchParams(location.search).get('sample')")
    tab.page.get_by_text(SAYS).wait_for()


def test_every_mistake_that_is_clicked_exactly_is_chosen(visit, shipped_runs):
    """Or another mistake that lies on it: those within three pixels are one to the pointer, and the topmost counts."""
    tab = visit()
    tab.open("concept_map?run=mnist_superpixels&map_colour=Mistakes")
    wait_for_map(tab)
    points = {point["id"]: point for point in points_of(tab, faults=True)}.values()
    for point in list(points)[:: len(points) // 10]:
        near = [other["id"].rsplit("/", 1)[0] for other in points if distance(point, other) <= 4]
        tab.page.mouse.move(point["x"] - 30, point["y"] - 30)
        tab.page.mouse.move(point["x"], point["y"], steps=4)
        tab.page.wait_for_timeout(400)
        tab.page.mouse.click(point["x"], point["y"])
        tab.page.wait_for_function(
            "(ids) => ids.includes(new URLSearchParams(location.search).get('sample'))", arg=near
        )
        tab.settle()


def test_keys_move_the_map_and_change_its_size(visit):
    tab = visit()
    tab.open("concept_map?run=xor_and_xor")
    wait_for_map(tab)
    canvas, whole = tab.page.locator(f"{MAP} canvas"), tab.ask(RANGES, MAP)

    def width(ranges: list[int]) -> int:
        return ranges[1] - ranges[0]

    canvas.press("ArrowRight")
    moved = tab.ask(RANGES, MAP)
    assert moved[0] > whole[0]
    assert abs(width(moved) - width(whole)) <= 1
    canvas.press("+")
    assert width(tab.ask(RANGES, MAP)) < 0.8 * width(whole)
    canvas.press("-")
    assert abs(width(tab.ask(RANGES, MAP)) - width(whole)) <= 2
    canvas.press("0")
    assert tab.ask(RANGES, MAP) == whole


def test_with_shift_a_second_box_is_added_and_escape_takes_both_back(visit):
    tab = visit()
    tab.open("concept_map?run=mnist_superpixels_free")
    wait_for_map(tab)
    first = n_selected(tab, "box", 0.05, 0.4)
    tab.page.keyboard.down("Shift")
    both = n_selected(tab, "box", 0.6, 0.95)
    tab.page.keyboard.up("Shift")
    assert n_selected(tab, "box", 0.6, 0.95) == both - first
    tab.page.locator(f"{MAP} canvas").press("Escape")
    tab.page.get_by_text(SAYS).wait_for(state="hidden")


def n_colours(tab: Visit) -> int:
    """How many colours the picture of the map has."""
    with Image.open(io.BytesIO(tab.page.locator(f"{MAP} canvas").screenshot())) as picture:
        return len(picture.convert("RGB").getcolors(2**24))


def test_points_come_back_when_the_graphics_memory_was_lost(visit):
    tab = visit()
    tab.open("concept_map?run=mnist_superpixels_free")
    wait_for_map(tab)
    painted = n_colours(tab)
    loss = f"document.querySelector('{MAP}').chart.painter.gl.getExtension('WEBGL_lose_context')"
    tab.ask(f"() => {{ window.loss = {loss}; window.loss.loseContext(); }}")
    tab.page.wait_for_timeout(300)
    assert n_colours(tab) < painted
    tab.ask("() => window.loss.restoreContext()")
    tab.page.wait_for_function(f"() => !document.querySelector('{MAP}').chart.painter.gl.isContextLost()")
    tab.page.wait_for_timeout(300)
    assert abs(n_colours(tab) - painted) < 0.2 * painted


NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"
NO_POINTS = """
const asked = window.fetch;
window.fetch = (address, how) => (String(address).includes('map_') ? Promise.reject(new Error()) : asked(address, how));
"""


SYMBOLS = tuple(dict.fromkeys(mark.symbol for mark in (*MARKS.values(), *MORE_MARKS)))
LARGE = """
([selector, symbols, size]) => {
  const { points, painter, at } = document.querySelector(selector).chart, n = 2 * symbols.length;
  const ink = { side: 'a/b', colour: '#000000', opacity: 1, size, fault: 0 };
  const both = (symbol) => [false, true].map((hollow) => ({ ...ink, symbol, hollow }));
  points.inks.splice(0, Infinity, ...symbols.flatMap(both));
  points.n = n;
  for (let i = 0; i < n; i++) [points.x[i], points.y[i], points.of[i]] = [-0.9 + 1.8 * i / n, i % 2 - 0.5, i];
  const loss = painter.gl.getExtension('WEBGL_lose_context');
  loss.loseContext();
  setTimeout(() => loss.restoreContext(), 200); // all is sent and painted anew
  document.querySelector('.map-overlay').remove();
  return symbols.flatMap((_, s) => [2 * s, 2 * s + 1]).map((i) => at(points.x[i], points.y[i]));
}
"""


def _around(picture: np.ndarray, x: int, y: int, far: int) -> np.ndarray:
    return picture[y - far : y + far, x - far : x + far]


def test_each_symbol_has_its_shape_filled_or_hollow(visit):
    size = 30
    tab = visit()
    tab.open("concept_map?run=xor_and_xor&map_colour=Kind")
    wait_for_map(tab)
    at = tab.ask(LARGE, [MAP, SYMBOLS, size])
    tab.page.wait_for_timeout(800)
    with Image.open(io.BytesIO(tab.page.locator(f"{MAP} canvas").screenshot())) as picture:
        dark = np.asarray(picture.convert("L")) < 128
    shapes = [_around(dark, round(one["x"]), round(one["y"]), size) for one in at]
    middle = slice(size - 2, size + 2)
    for symbol, filled, hollow in zip(SYMBOLS, shapes[::2], shapes[1::2], strict=True):
        assert filled[middle, middle].all(), symbol
        assert not hollow[middle, middle].any(), symbol
        assert hollow.any(), symbol
        assert not filled[[0, 0, -1, -1], [0, -1, 0, -1]].any(), symbol
        assert 0.2 < filled.mean() * 4 < 1, symbol
    up, down = (shapes[2 * SYMBOLS.index(f"triangle-{way}")] for way in ("up", "down"))
    assert up[size - 8].sum() < up[size + 8].sum()
    assert down[size - 8].sum() > down[size + 8].sum()
    different = {filled.tobytes() for filled in shapes[::2]}
    assert len(different) == len(SYMBOLS)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(NO_WEBGL, "cannot draw the map, for its WebGL is off"), (NO_POINTS, "did not come; reload the page")],
)
def test_where_no_points_can_be_drawn_the_map_says_so_and_the_list_is_there(visit, fault, said):
    tab = visit()
    tab.page.add_init_script(fault)
    tab.open("concept_map?run=xor_and_xor")
    tab.wait_for_text(said, ".map-fault")
    choose_by_keyboard(tab, "Select a group")
    tab.page.get_by_text(SAYS).wait_for()

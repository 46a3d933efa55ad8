"""Pages as those meet them who do not see them, see them badly, go by keys, or have a small window.

Each page is loaded once a run; then axe-core looks at it in light and in dark, its controls are read as a screen
reader reads them, and its window is made narrow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from browsing import PAGES, Visit

RUNS = {"clevr": ("light", "dark"), "mnist_superpixels": ("dark",), "xor_four_ways": ("light",)}
"""A scene beside a sentence; a picture beside a graph, and 19 classes; four modalities. And the themes to look in."""
FIRST = next(iter(RUNS))
EXPLAINED = "clevr_reasons"
THEMES = RUNS | {EXPLAINED: ("light", "dark")}
WHATEVER_RUN = ("Results", "Train", "Reasons")
"""Pages that are the same, or nearly so, whichever run is chosen."""
PARTS = ("Targets", "Studies", "Two runs", "Definitions")
"""Of the page of results, which opens on another part."""
GRAVE = ("serious", "critical")
WHOLE_LOOK = {"resultTypes": ["violations"], "rules": {"region": {"enabled": False}}}
"""All rules of axe-core but a dear one whose findings are never grave."""
LOOK_AT_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules that find otherwise in another theme."""
WIDTHS = (1024, 390)
CHARTS_MS = 10_000

CONTROLS = {
    *("button", "checkbox", "combobox", "link", "menuitem", "radio", "radiogroup", "searchbox", "slider", "spinbutton"),
    *("switch", "tab", "textbox"),
}
GROUPS = {"radiogroup", "group", "region", "navigation", "toolbar", "tablist", "tabpanel", "dialog", "form"}
MARKDOWN = re.compile(r"[*`]|:material|:\w+\[|\]\(")
SAMPLE = re.compile(r"(train|test)/\d+")
"""The id of a sample: two buttons of one name choose one sample."""
STREAMLITS = {"Help", "Link to heading", "Fullscreen", "Increment", "Decrement", "Open", "Remove"}
"""Names that Streamlit gives to small buttons beside a text, a figure or a field, and that no page can change."""
PLOTLYS = "toolbar "
"""Name of the bar of buttons of a chart, which Plotly gives no way to name: a chart's ``alt`` says what it shows."""

UNFOLD = """
() => document.querySelectorAll('[data-testid=stMain] details:not([open]) > summary').forEach((one) => one.click())
"""

WIDTHS_OF = """
(patience) => new Promise((resolve) => {
  const start = performance.now();
  const look = () => {
    const widths = [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
      .map((one) => [one.scrollWidth, one.clientWidth]);
    const fits = widths.every(([needed, there]) => needed <= there);
    if (fits || performance.now() - start > patience) resolve(widths);
    else setTimeout(look, 50);
  };
  look();
})
"""
"""How much width the page needs and has, once it fits: charts take the width of the window in their own time."""

CUT = """
() => {
  const main = document.querySelector('[data-testid=stMain]');
  const scrolls = (one) => {
    for (; one && one !== main; one = one.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(one).overflowX)) return true;
    return false;
  };
  const clipped = (one) =>
    ['hidden', 'clip'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1;
  const beyond = (one) => one.getBoundingClientRect().right > innerWidth + 1;
  return [...main.querySelectorAll('[data-testid=stHtml] *, [data-testid=stMarkdownContainer] *, button *')]
    .filter((one) => one.checkVisibility() && one.clientWidth > 1 && one.textContent.trim())
    .filter((one) => (clipped(one) || beyond(one)) && !scrolls(one))
    .map((one) => `${one.tagName} .${one.className}: ${one.textContent.trim().slice(0, 60)}`);
}
"""
"""Our own texts of which a part cannot be seen, nor scrolled to."""

COLLIDE = """
() => [...document.querySelectorAll('.class-shares .standing')].flatMap((bars) => {
  const letters = (name) => {
    const range = document.createRange();
    range.selectNodeContents(name);
    return { says: name.textContent, ...range.getBoundingClientRect().toJSON() };
  };
  const names = [...bars.querySelectorAll('li > span:not(.read-out)')]
    .filter((name) => name.checkVisibility({ visibilityProperty: true })).map(letters);
  return names.slice(1).filter((name, i) => name.left < names[i].right).map((name) => name.says);
})
"""
"""Classes whose names, side by side, touch those before them."""


@dataclass(frozen=True)
class Control:
    """What a screen reader announces: role and name, and the names of the groups that the control is in."""

    role: str
    name: str
    groups: tuple[str, ...]


def places() -> Iterator[tuple[str, str]]:
    """Page and run; the parts of the results, and what explanations taught, once."""
    yield from ((title, run) for run in RUNS for title in PAGES if title not in WHATEVER_RUN or run == FIRST)
    yield from ((f"Results: {part}", FIRST) for part in PARTS)
    yield "Reasons", EXPLAINED


@pytest.fixture(scope="module")
def only_tab(context, address) -> Iterator[Visit]:
    """The tab in which all pages are opened, one after the other."""
    one = Visit(context, address)
    yield one
    one.close()


@pytest.fixture(scope="module", params=places(), ids=" of ".join)
def tab(request, only_tab) -> Iterator[Visit]:
    """A page of a run, with all that is folded on it opened."""
    title, run = request.param
    page, _, part = title.partition(": ")
    only_tab.faults.clear()
    only_tab.page.set_viewport_size({"width": 1440, "height": 900})
    only_tab.open(f"{PAGES[page]}?run={run}&part={part.replace(' ', '%20')}")
    if page == "Explain your own":
        only_tab.press("Try an example")
    only_tab.ask(UNFOLD)
    only_tab.settle()
    yield only_tab
    assert not only_tab.faults, "\n".join(only_tab.faults)


def findings(tab: Visit, look: dict[str, Any]) -> list[str]:
    """What axe-core holds against the page, its graver findings only: rule, element and what is wrong with it."""
    lacking = "Checking pages needs axe-core; install requirements-dev.txt."
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=lacking)
    found = axe.Axe().run(tab.page, options=look).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_grave(tab):
    found, look = [], WHOLE_LOOK
    for theme in THEMES[tab.in_address("run")]:
        tab.page.emulate_media(color_scheme=theme)
        tab.settle()
        found += [f"{theme}: {finding}" for finding in findings(tab, look)]
        look = LOOK_AT_COLOURS
    assert not found, "\n".join(found)


def controls(tab: Visit) -> list[Control]:
    """The controls of the page in the browser's own accessibility tree."""
    session = tab.page.context.new_cdp_session(tab.page)
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    session.detach()
    return [
        Control(_said(node, "role"), _said(node, "name"), tuple(_groups(node, nodes)))
        for node in nodes.values()
        if not node["ignored"] and _said(node, "role") in CONTROLS
    ]


def _said(node: dict[str, Any], what: str) -> str:
    return str(node.get(what, {}).get("value", ""))


def _groups(node: dict[str, Any], nodes: dict[str, Any]) -> Iterator[str]:
    while node := nodes.get(node.get("parentId", ""), {}):
        if _said(node, "role") in GROUPS:
            yield f"{_said(node, 'role')} {_said(node, 'name')}"


def test_controls_are_announced_by_names_of_their_own(tab):
    found = controls(tab)
    nameless = [one for one in found if not one.name.strip() and one.role != "radiogroup"]
    raw = [one for one in found if MARKDOWN.search(one.name)]
    own = [one for one in found if one.name not in STREAMLITS and PLOTLYS not in one.groups]
    often = Counter(one for one in own if not SAMPLE.fullmatch(one.name))
    alike = [f"{times} times {one}" for one, times in often.items() if times > 1]
    assert not nameless, f"without a name: {nameless}"
    assert not raw, f"with raw Markdown: {raw}"
    assert not alike, f"not told apart: {alike}"


def test_nothing_is_told_to_the_pointer_alone(tab):
    titles = "() => [...document.querySelectorAll('[data-testid=stHtml] [title]')].map((one) => one.title)"
    assert not tab.ask(titles)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_narrow_window_shows_all_of_it(tab, width):
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.settle()
    widths = tab.ask(WIDTHS_OF, CHARTS_MS)
    assert all(needed <= there for needed, there in widths), f"(needed, there): {widths}"
    cut = tab.ask(CUT)
    assert not cut, "\n".join(cut)
    assert not tab.ask(COLLIDE)

"""The page of results in a real browser: definitions on hover, verdicts in sight, two runs, no fault on any part."""

from __future__ import annotations

import pytest

from browsing import PATIENCE_MS, Visit, person, running_app
from made_up_cells import write_made_up

SHOWN_NOTE = ".results .asked:hover .tip"


@pytest.fixture(scope="module")
def tab(browser, tmp_path_factory):
    """A tab on the app with made-up results; nothing may have gone wrong in it at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARCS_RESULTS", str(write_made_up(tmp_path_factory.mktemp("results"))))
        with running_app(tmp_path_factory.mktemp("server") / "log") as address, person(browser) as context:
            one = Visit(context, address, width=1000, height=900)
            yield one
            assert not one.faults, "\n".join(one.faults)


def open_part(tab: Visit, part: str, run: str = "xor_and_xor") -> None:
    tab.open(f"results?run={run}&part={part.replace(' ', '%20')}")


@pytest.fixture
def models(tab) -> Visit:
    """The tab on the part about models, which those who only look do not open anew."""
    if tab.in_address("part") != "Models":
        open_part(tab, "Models")
    return tab


def resize(tab: Visit, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.settle()


WIDER_THAN_THERE = """
(patience) => new Promise((resolve) => {
  const main = document.querySelector('[data-testid=stMain]'), start = performance.now();
  const look = () => {
    const wider = main.scrollWidth - main.clientWidth;
    if (wider <= 0 || performance.now() - start > patience) resolve(wider);
    else setTimeout(look, 50);
  };
  look();
})
"""
"""By how many pixels the page is too wide: charts take the width of the window in their own time."""


def note_at(tab: Visit, selector: str, words: str, which: int = 0) -> tuple[str, dict[str, float], dict[str, float]]:
    """Points at an element; the note that shows, its box and the element's."""
    asked = tab.page.locator(selector, has_text=words).nth(which)
    asked.hover()
    note = tab.page.locator(SHOWN_NOTE)
    note.wait_for(state="visible")
    return note.inner_text(), note.bounding_box(), asked.bounding_box()


@pytest.mark.parametrize(("heading", "says"), [("completeness", "decision tree"), ("parameters", "training sets")])
def test_a_heading_tells_its_definition_beside_it_and_inside_the_window(models, heading, says):
    words, note, asked = note_at(models, ".results thead th.asked", heading)
    assert says in words
    assert note["x"] >= 0
    assert note["x"] + note["width"] <= 1000
    assert abs(note["y"] - (asked["y"] + asked["height"])) < 40
    assert note["x"] - 10 <= asked["x"] + asked["width"]
    assert note["x"] + note["width"] + 10 >= asked["x"]


def test_what_cannot_be_tells_why_even_far_down_the_page(models):
    words, note, _ = note_at(models, ".results td.none", "n/a", which=-1)
    assert "one modality" in words
    assert note["y"] + note["height"] <= 900


def test_the_first_column_stays_in_sight_when_a_wide_table_is_moved(models):
    moved = models.ask(
        "() => { const t = document.querySelector('.results'); t.scrollLeft = 9999; return t.scrollLeft; }"
    )
    assert moved > 0
    left, name = (models.page.locator(f".results{part}").first.bounding_box()["x"] for part in ("", " tbody th"))
    assert abs(left - name) < 2


@pytest.mark.parametrize("part", ["Models", "Targets", "Studies", "Two runs", "Definitions"])
def test_every_part_has_an_address_and_fits_every_window(tab, part):
    open_part(tab, part, "half_mnist")
    chosen = tab.page.locator(".st-key-part [aria-checked=true], .st-key-part [kind=segmented_controlActive]")
    assert part in chosen.first.inner_text()
    if part == "Studies":
        are_drawn(tab)
    for width in (1000, 390):
        resize(tab, width)
        assert tab.ask(WIDER_THAN_THERE, PATIENCE_MS) <= 0
    resize(tab, 1000)


def are_drawn(tab: Visit) -> None:
    tab.page.locator(".js-plotly-plot .scatterlayer path.js-line").first.wait_for()
    assert tab.page.locator(".js-plotly-plot").count() == 9


VERDICTS_IN_SIGHT = """
() => [...document.querySelectorAll('.results.judged')].flatMap((table) =>
     [0, 9999].flatMap((far) => {
      table.scrollLeft = far;
      const window_ = table.getBoundingClientRect();
      return [...table.querySelectorAll('tbody th + td, .verdict')].map((verdict) => {
        const box = verdict.getBoundingClientRect(), title = table.querySelector('tbody th').getBoundingClientRect();
        return box.left >= title.right - 1 && box.right <= Math.min(window_.right, innerWidth) + 1;
      });
    }))
"""


def test_a_verdict_is_never_cut_however_far_its_table_is_moved(tab):
    open_part(tab, "Targets")
    for width in (1440, 1024, 390):
        resize(tab, width)
        seen = tab.ask(VERDICTS_IN_SIGHT)
        assert len(seen) > 40
        assert all(seen)
    resize(tab, 1000)


def test_another_model_brings_its_task_and_its_row(tab):
    tab.open("results?run=clevr")
    chosen = tab.page.locator(".results .chosen th > span:first-child").first
    assert chosen.inner_text() == "SHARCS (named)"
    tab.open("results?run=half_mnist")
    assert chosen.inner_text() == "SHARCS (free, few)"
    assert "HalfMNIST" in tab.text(".st-key-task [aria-checked=true], .st-key-task [kind=segmented_controlActive]")


def test_two_runs_are_compared_and_a_sample_is_chosen(tab):
    tab.open("results?run=clevr&part=Two%20runs")
    heads = tab.page.locator(".results").last.locator("thead th")
    assert heads.all_inner_texts()[:2] == ["named concepts", "free concepts"]
    cards = tab.page.locator(".differing")
    sample = cards.first.locator("code").inner_text()
    assert cards.first.locator("img, svg").count()
    tab.press(f"Choose {sample}")
    tab.wait_for_address("sample", sample)
    tab.page.get_by_text("settings differ").click()
    tab.wait_for_text("model.named.colour")

"""The page of concepts in a real browser: samples by two concepts, narrow screens."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from browsing import Visit
from sharcs_core.profiles import Pattern, find_samples

PARTS = ("All concepts", "One concept", "Find samples")


def see(tab: Visit, part: str) -> None:
    """Turns to a part of the page."""
    tab.page.locator(".st-key-see").get_by_role("radio", name=part).click()
    tab.settle()


def choose(tab: Visit, key: str, name: str) -> None:
    """Takes a concept into a list of concepts."""
    field = tab.page.locator(f".st-key-{key} input")
    field.click()
    field.fill(name)
    tab.page.get_by_role("option", name=name, exact=True).click()
    field.press("Escape")
    tab.settle()


def test_all_samples_with_two_concepts_are_listed_chosen_and_taken_along_as_a_file(opened, run):
    names = run.concept_names
    tab = opened("")
    tab.go_to("Concepts")
    see(tab, "Find samples")
    choose(tab, "on", names[0])
    choose(tab, "on", names[1])
    expected = find_samples(run, {"train": run.bank.labels, "test": run.test_bank.labels}, [Pattern((0, 1))])
    tab.wait_for_text(f"{len(expected):,} of {len(run.bank) + len(run.test_bank):,} samples")
    shown = tab.page.locator('[class*="st-key-found-t"] button')
    if not expected:
        tab.wait_for_text("No sample has these together")
        return
    tab.settle()  # a file that is asked for while the page is still drawn does not come
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Download as CSV").click()
    head, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    assert [row[0] for row in rows] == [one.sample_id for one in expected]
    assert f"{run.card.modalities[0].title}: {names[0]}" in head
    sample = shown.nth(min(2, len(expected) - 1)).inner_text()
    shown.nth(min(2, len(expected) - 1)).click()
    tab.wait_for_address("sample", sample)
    tab.settle()
    tab.page.reload()
    tab.wait_for_text(f"{len(expected):,} of {len(run.bank) + len(run.test_bank):,} samples")
    assert tab.in_address("sample") == sample


def test_nothing_is_wider_than_the_page(opened):
    tab = opened("concepts")
    for width in (1440, 1024, 390):
        tab.page.set_viewport_size({"width": width, "height": 1000})
        for part in PARTS:
            see(tab, part)
            wider = tab.ask(
                "(() => { const main = document.querySelector('[data-testid=stMain]');"
                " return main.scrollWidth - main.clientWidth; })()"
            )
            assert wider <= 0, f"{part} is {wider} px wider than {width}"

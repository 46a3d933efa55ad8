"""The page of concepts in a real browser: samples by two concepts, a renamed concept, narrow screens."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from browsing import Visit, running_app
from sharcs_core.profiles import Pattern, find_samples

FREE_RUN = "half_mnist"
NEW_NAME = "open to the left <b>"
PARTS = ("All concepts", "One concept", "Find samples")


@pytest.fixture(scope="module")
def own_address(browser, shipped_runs, tmp_path_factory):
    """A dashboard whose runs may be written to."""
    folder = tmp_path_factory.mktemp("own") / "runs"
    shutil.copytree(shipped_runs / FREE_RUN, folder / FREE_RUN, ignore=shutil.ignore_patterns("names.json"))
    with running_app(tmp_path_factory.mktemp("server") / "log", folder) as where:
        yield where


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


def test_a_renamed_concept_bears_its_name_on_four_pages_and_in_the_address(context, own_address):
    tab = Visit(context, own_address)
    tab.open(f"concepts?run={FREE_RUN}")
    former = tab.page.locator('[class*="st-key-look_at-"] button').first.inner_text()
    tab.page.locator('[class*="st-key-look_at-"] button').first.click()
    tab.wait_for_text(former, "h2")
    tab.settle()
    tab.page.get_by_role("textbox", name="Name").fill(NEW_NAME)
    tab.press("Save")
    tab.wait_for_text(f"It is called “{NEW_NAME}” now")
    tab.wait_for_address("concept", NEW_NAME)
    for title in ("Retrieval", "Intervention", "Decision tree", "Concepts"):
        tab.go_to(title)
        tab.wait_for_text(NEW_NAME)
    tab.page.reload()
    tab.wait_for_text(NEW_NAME, "h2")
    tab.settle()
    tab.press("Take it back")
    tab.wait_for_text(former, "h2")
    tab.settle()
    assert tab.faults == []
    tab.close()


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
